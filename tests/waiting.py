"""Waiting for something that another thread is about to do."""

import time
from collections.abc import Callable

LIMIT_S = 30.0


def until(true: Callable[[], bool]) -> None:
    """Return as soon as it is true; fails when it never is."""
    give_up = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < give_up, "it never came true"
        time.sleep(0.001)
