import pytest

from tools.retry import ATTEMPTS, Transient, retry_after_s, retrying


class Flaky:
    """Fails `failures` times with `error`, then answers."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.failures, self.error, self.calls = failures, error, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error
        return "answer"


def test_a_transient_failure_is_tried_again_after_the_time_asked_for() -> None:
    call, waits = Flaky(2, Transient("busy", retry_after_s=7.0)), list[float]()

    assert retrying(call, deadline_s=60, sleep=waits.append) == "answer"
    assert waits == [7.0, 7.0]


def test_without_a_wish_the_waits_grow() -> None:
    call, waits = Flaky(2, Transient("busy")), list[float]()

    retrying(call, deadline_s=60, sleep=waits.append)

    assert 0.5 <= waits[0] < waits[1] + 1 <= 3.5


def test_it_gives_up_after_the_last_attempt_with_the_last_error() -> None:
    call = Flaky(99, Transient("busy", retry_after_s=0.0))

    with pytest.raises(Transient, match="busy"):
        retrying(call, deadline_s=60, sleep=lambda _: None)
    assert call.calls == ATTEMPTS


def test_it_does_not_wait_beyond_the_deadline() -> None:
    call, waits = Flaky(1, Transient("busy", retry_after_s=61.0)), list[float]()

    with pytest.raises(Transient):
        retrying(call, deadline_s=60, sleep=waits.append)
    assert (call.calls, waits) == (1, [])


def test_any_other_error_rises_at_once() -> None:
    call = Flaky(1, ValueError("no"))

    with pytest.raises(ValueError, match="no"):
        retrying(call, deadline_s=60, sleep=lambda _: None)
    assert call.calls == 1


@pytest.mark.parametrize(
    ("header", "seconds"), [("3", 3.0), ("0.5", 0.5), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("", None), (None, None)]
)
def test_retry_after_is_read_as_seconds_or_not_at_all(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header) == seconds
