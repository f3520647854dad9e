"""Business time: when sales is at work, at one location. Knows hours, holidays and time zones; no lead, no clock.

Hours are wall-clock hours of the location; lengths are real time between instants, so a change of the clocks neither loses nor adds any.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Minutes = tuple[int, int]
"""From and to, minutes after midnight on the wall; 1440 is the next midnight."""

DEFAULT_HOURS: Mapping[int, tuple[Minutes, ...]] = dict.fromkeys(range(5), ((8 * 60, 18 * 60),))
"""Monday to Friday 08:00-18:00."""

HORIZON_DAYS = 3660
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Calendar:
    """One location: its zone, the hours by weekday (0 = Monday), the days it is closed besides, and whether it keeps US federal holidays."""

    zone: ZoneInfo
    hours: Mapping[int, tuple[Minutes, ...]] = field(default_factory=lambda: DEFAULT_HOURS)
    closed: frozenset[date] = frozenset()
    federal_holidays: bool = True

    def __post_init__(self) -> None:
        if not any(self.hours.values()):
            raise ValueError("business hours hold no open day: open at least one")

    def opens(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The open spans of the calendar day `day` there, as UTC instants, in order."""
        if day in self.closed or (self.federal_holidays and day in federal_holidays(day.year)):
            return
        for start, end in sorted(self.hours.get(day.weekday(), ())):
            opened, closes = self._instant(day, start), self._instant(day, end)
            if closes > opened:  # hours inside the hour that a change of the clocks skips
                yield opened, closes

    def _instant(self, day: date, minutes: int) -> datetime:
        wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open spans from `start` on, the first one cut at it; ends after ten years."""
        today = start.astimezone(self.zone).date()
        for ahead in range(-1, HORIZON_DAYS):
            for opened, closes in self.opens(today + timedelta(days=ahead)):
                if closes > start:
                    yield max(opened, start.astimezone(UTC)), closes

    def is_business_day(self, day: date) -> bool:
        return next(self.opens(day), None) is not None


def due(start: datetime, minutes: float, calendar: Calendar) -> datetime:
    """The instant (UTC) at which `minutes` of business time have passed since `start`; before opening the time starts at the opening.

    Raises ValueError if minutes is negative or the calendar has no such time within ten years.
    """
    if minutes < 0:
        raise ValueError(f"minutes is {minutes:g}: a response time cannot be negative")
    left = timedelta(minutes=minutes)
    for opened, closes in calendar.spans(start):
        if closes - opened >= left:
            return opened + left
        left -= closes - opened
    raise ValueError(f"the calendar is closed too long for {minutes:g} minutes after {start:%Y-%m-%d}: mend business_hours")


def due_days(start: datetime, days: int, calendar: Calendar) -> datetime:
    """The same time of day `days` business days later, within that day's hours; outside business hours it counts from the next opening."""
    spans = calendar.spans(start)
    opened, _ = _first(spans, start)
    wall = opened.astimezone(calendar.zone)
    day, left = wall.date(), days
    while left > 0:
        day += timedelta(days=1)
        left -= calendar.is_business_day(day)
        if (day - wall.date()).days > HORIZON_DAYS:
            raise ValueError(f"the calendar is closed too long for {days} days after {start:%Y-%m-%d}: mend business_hours")
    if days <= 0:
        return opened
    then = datetime.combine(day, wall.time(), tzinfo=calendar.zone).astimezone(UTC)
    found = list(calendar.opens(day))
    return next((max(then, opens) for opens, closes in found if closes >= then), found[-1][1])


def _first(spans: Iterator[tuple[datetime, datetime]], start: datetime) -> tuple[datetime, datetime]:
    found = next(spans, None)
    if found is None:
        raise ValueError(f"the calendar never opens after {start:%Y-%m-%d}: mend business_hours")
    return found


def elapsed(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """Business time between two instants; nothing when `end` is not after `start`."""
    total = timedelta()
    for opened, closes in calendar.spans(start):
        if opened >= end:
            break
        total += min(closes, end) - opened
    return total


def hours_of(text: str) -> tuple[Minutes, ...]:
    """ "08:00-12:00, 13:00-18:00" as spans; "closed" is none. Raises ValueError saying how to write it."""
    if text.strip() == "closed":
        return ()
    spans: list[Minutes] = []
    for part in text.split(","):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"{part.strip()[:20]!r} is not a span of hours: write 08:00-18:00, or closed")
        h1, m1, h2, m2 = map(int, match.groups())
        span = h1 * 60 + m1, h2 * 60 + m2
        if not span[0] < span[1] <= 24 * 60 or (spans and span[0] < spans[-1][1]):
            raise ValueError(f"{part.strip()} ends before it starts or overlaps the span before: write them in order, 24:00 at the latest")
        spans.append(span)
    return tuple(spans)


@cache
def federal_holidays(year: int) -> frozenset[date]:
    """US federal holidays as observed in `year`: Saturday's on Friday, Sunday's on Monday.  Source: 5 U.S.C. 6103."""
    fixed = [
        date(year, month, day) for month, day in ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25)) if (month, day) != (6, 19) or year >= 2021
    ]
    fixed.append(date(year + 1, 1, 1))  # observed on 31 December when it is a Saturday
    moving = [
        _nth(year, 1, 0, 3),  # Martin Luther King Jr.
        _nth(year, 2, 0, 3),  # Washington
        _last(year, 5, 0),  # Memorial Day
        _nth(year, 9, 0, 1),  # Labor Day
        _nth(year, 10, 0, 2),  # Columbus Day
        _nth(year, 11, 3, 4),  # Thanksgiving
    ]
    return frozenset(day for day in (*map(_observed, fixed), *moving) if day.year == year)


def _observed(day: date) -> date:
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last(year: int, month: int, weekday: int) -> date:
    end = date(year, month + 1, 1) - timedelta(days=1)
    return end - timedelta(days=(end.weekday() - weekday) % 7)
