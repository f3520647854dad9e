"""Retry of reads and of the language model, by outcome. Knows nothing of any vendor, and is never used for a send: a send happens once.

The caller turns its vendor's errors into `Transient`; everything else rises at once.
"""

import math
import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

T = TypeVar("T")

ATTEMPTS = 3
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0


class Transient(Exception):
    """It may work the next time: too many requests, a timeout, a 5xx. `retry_after_s` is what the server asked for."""

    def __init__(self, reason: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


def retrying(call: Callable[[], T], *, deadline_s: float, attempts: int = ATTEMPTS, sleep: Callable[[float], None] = time.sleep) -> T:
    """Return `call()`, tried again on `Transient` after the server's Retry-After, else after a growing wait.

    Gives up, raising the last `Transient`, after `attempts` calls or as soon as the next wait would end after `deadline_s` (seconds).
    """
    growing = wait_exponential_jitter(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_s if isinstance(error, Transient) else None
        return growing(state) if asked is None else max(asked, 0.0)

    def past_deadline(state: RetryCallState) -> bool:
        return (state.seconds_since_start or 0.0) + state.upcoming_sleep > deadline_s

    def stop(state: RetryCallState) -> bool:
        return stop_after_attempt(attempts)(state) or past_deadline(state)

    return Retrying(retry=retry_if_exception_type(Transient), stop=stop, wait=wait, sleep=sleep, reraise=True)(call)


def retry_after_s(header: str | None) -> float | None:
    """Seconds of a Retry-After header in its number form; None when it is absent or a date (RFC 9110 §10.2.3), which then waits as usual."""
    try:
        seconds = float(header) if header else None
    except ValueError:
        return None
    return seconds if seconds is not None and math.isfinite(seconds) else None
