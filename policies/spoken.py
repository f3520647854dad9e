"""How moments and counts are said, on every page and in every message."""

from datetime import UTC, datetime, tzinfo


def when(at: datetime, zone: tzinfo = UTC) -> str:
    """ "2 Mar 2026, 04:00 EST": the moment on a clock of that zone."""
    there = at.astimezone(zone)
    name = there.tzname() or ""
    return f"{there.day} {there:%b %Y, %H:%M} {f'UTC{name}' if name[:1] in '+-' else name}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """ "1 lead", "2 leads"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
