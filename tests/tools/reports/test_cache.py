"""What is kept of reports: computed once per key, the oldest forgotten, a failure kept by nobody."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tools.reports.cache import Recent


def test_a_value_is_made_once_however_many_ask_at_once() -> None:
    kept, made, start = Recent(4), [], threading.Barrier(4)

    def ask(_: int) -> int:
        start.wait(timeout=10)
        return kept.get("key", lambda: made.append(1) or len(made))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [1, 1, 1, 1]
    assert made == [1]


def test_the_least_recently_used_is_forgotten_first() -> None:
    kept = Recent(2)
    for key in ("a", "b", "a", "c"):
        kept.get(key, lambda key=key: key.upper())

    assert kept.get("a", lambda: "anew") == "A"
    assert kept.get("b", lambda: "anew") == "anew"


def test_a_failure_is_not_kept() -> None:
    kept = Recent(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)

    assert kept.get("a", lambda: 2) == 2
