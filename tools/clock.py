"""The clock: the only reader of the time of day outside tests. Everything else is given `now`."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Aware UTC now."""
    return datetime.now(UTC)


def fixed_clock(at: datetime) -> Clock:
    """A clock that always says `at` (aware); used for `--now` and in tests."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone: write it as 2026-11-23T09:00:00Z")
    utc = at.astimezone(UTC)
    return lambda: utc
