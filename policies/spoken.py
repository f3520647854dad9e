"""How moments are said, on every page and in every message."""

from datetime import UTC, datetime, tzinfo


def when(at: datetime, zone: tzinfo = UTC) -> str:
    """ "2 Mar 2026, 04:00 EST": the moment on a clock of that zone."""
    there = at.astimezone(zone)
    name = there.tzname() or ""
    return f"{there.day} {there:%b %Y, %H:%M} {f'UTC{name}' if name[:1] in '+-' else name}"
