"""Score decay: how points fade while a lead is idle. Knows nothing of channels, tracks, caps or the store.

Every event's points fade by themselves, continuously: no clock is reset by activity, so an opened mail cannot rejuvenate an old download.
"""

import math
from datetime import UTC, datetime, timedelta

DAYS_PER_QUARTER = 365.25 / 4
LANDMARK = datetime(2020, 1, 1, tzinfo=UTC)
"""Stored values are worth their points at this instant. Any fixed instant gives the same scores; it may never move once rows are stored."""

_DAY = timedelta(days=1)


def rate_per_day(decay_per_quarter: float) -> float:
    """The constant λ (1/day) that loses `decay_per_quarter` (a fraction, 0.20-0.30) of the points in one quarter.  Source: MQL agreement."""
    if not 0 <= decay_per_quarter < 1:
        raise ValueError(f"decay_per_quarter is {decay_per_quarter:g}: write the fraction lost per quarter, for example 0.25")
    return -math.log1p(-decay_per_quarter) / DAYS_PER_QUARTER


def decayed(points: float, idle_days: float, decay_per_quarter: float) -> float:
    """Return `points` after `idle_days` (days) without engagement: after one quarter `1 - decay_per_quarter` of them are left.

    Raises ValueError if `idle_days` is negative.  Source: MQL agreement, "Decay".
    """
    if idle_days < 0:
        raise ValueError(f"idle_days is {idle_days:g}: the event lies in the future, check the time zone of its channel")
    return points * math.exp(-rate_per_day(decay_per_quarter) * idle_days)


def days(earlier: datetime, later: datetime) -> float:
    """Elapsed days, 86,400 seconds each: leap days and clock changes do not matter. Negative if `later` is before `earlier`."""
    return (later - earlier) / _DAY


def forward(points: float, at: datetime, rate: float) -> float:
    """What `points` earned at `at` add to the stored sum G = Σ w·e^{λ(t-L)}; `rate` is λ per day.

    The sum needs no order: a late event is added, a wrong one subtracted.  Source: Cormode et al., "Forward Decay", ICDE 2009.
    """
    return points * math.exp(rate * days(LANDMARK, at))


def current(stored: float, at: datetime, rate: float) -> float:
    """The points a stored sum is worth at `at`: the inverse of `forward`."""
    return stored * math.exp(-rate * days(LANDMARK, at))
