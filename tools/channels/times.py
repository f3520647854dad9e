"""Times as vendors write them -> aware instants. Knows formats and zones; refuses a naive time when nobody said its zone."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from tools.channels.files import BadRecord

_FORMATS = (
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d, %Y %I:%M %p",
)
_US_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10}
MEND_ZONE = "set `timezone` of this source in practice.yaml, or export times with an offset"


def moment(value: Any, *, field: str, zone: tzinfo | None) -> datetime:
    """An aware time. ISO 8601, epoch seconds or milliseconds, or a US date; a bare date is the start of that day in `zone`.

    Raises BadRecord naming `field`: missing, not a time, an unknown zone, or naive with `zone` None.
    """
    if value is None or value == "":
        raise BadRecord(field, "the record has no time", "export the column that says when it happened")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _epoch(float(value), field)
    if not isinstance(value, str) or len(value) > 64:
        raise BadRecord(field, "the value is not a time", "export times as ISO 8601, for example 2026-09-01T10:00:00Z")
    parsed = _parsed(value.strip(), field)
    if parsed.tzinfo is None:
        if zone is None:
            raise BadRecord(field, "the time has no time zone and the source names none", MEND_ZONE)
        parsed = parsed.replace(tzinfo=zone)
    return parsed


def start_of_day(value: Any, *, field: str, zone: tzinfo | None) -> datetime:
    """The first instant of an ISO day in `zone` (the account's reporting zone)."""
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadRecord(field, "the value is not a day", "export days as YYYY-MM-DD") from None
    return datetime(day.year, day.month, day.day, tzinfo=zone or UTC)


def corrected(timestamp: datetime, *, sent_at: datetime | None, received_at: datetime | None) -> datetime:
    """A client's time on our clock: timestamp + (receivedAt - sentAt). Source: Segment tracking spec, "Timestamps"."""
    return timestamp + (received_at - sent_at) if sent_at and received_at else timestamp


def _epoch(value: float, field: str) -> datetime:
    try:
        return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    except (OverflowError, ValueError, OSError):
        raise BadRecord(field, "the number is no time", "export epoch seconds") from None


def _parsed(text: str, field: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    body, _, word = text.rpartition(" ")
    if body and word.upper() not in ("AM", "PM") and any(character.isalpha() for character in word):
        return _parsed(body, field).replace(tzinfo=_zone(word, field))
    for pattern in _FORMATS:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the caller gives the zone
        except ValueError:
            continue
    raise BadRecord(field, "the value is not a time", "export times as ISO 8601, for example 2026-09-01T10:00:00Z")


def _zone(word: str, field: str) -> tzinfo:
    if word.upper() in ("UTC", "GMT", "Z"):
        return UTC
    if (hours := _US_ZONES.get(word.upper())) is not None:
        return timezone(timedelta(hours=hours))
    if word in _zones():
        return ZoneInfo(word)
    raise BadRecord(field, "the time names an unknown time zone", "write an offset (-05:00) or an IANA name (America/Chicago)")


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
