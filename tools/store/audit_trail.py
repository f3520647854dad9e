"""The audit log as it is read: by person, subject, family of events and time, newest first, a page at a time. Reads only.

Each filter is an end of an index. A family is several events, so it is read as one query per event, each with its own limit: a family that is
common and one that is rare cost the same.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, union

from policies.actions import AuditEntry
from policies.records import Record
from tools.store.action_tables import audit
from tools.store.audit import Event, entry_of

PAGE = 50


class TrailFilters(Record):
    """What an address may ask for; None or empty = all. `events` are names of events; `since` <= at < `until`."""

    actor: str | None = None
    subject: str | None = None
    events: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


class TrailPage(Record):
    """Newest first; `before` is the row that the next page begins before, None at the end."""

    rows: tuple[AuditEntry, ...]
    before: int | None


def families() -> dict[str, tuple[str, ...]]:
    """Every family → its events: "action" → ("action:approve", …), in the order of the list of events."""
    found: dict[str, list[str]] = {}
    for event in Event:
        found.setdefault(event.value.partition(":")[0], []).append(event.value)
    return {family: tuple(events) for family, events in found.items()}


def trail(connection: Connection, filters: TrailFilters, *, before: int | None = None, limit: int = PAGE) -> TrailPage:
    """One page of the log."""
    common = _within(connection, filters)
    if common is None:
        return TrailPage(rows=(), before=None)
    if filters.actor is not None:
        common.append(audit.c.actor == filters.actor)
    if filters.subject is not None:
        common.append(audit.c.subject == filters.subject)
    branches = [[*common, audit.c.event == event] for event in filters.events] if filters.events else [common]
    return _page(connection, branches, before=before, limit=limit)


def trail_of_person(
    connection: Connection, username: str, *, events: Collection[str] = (), before: int | None = None, limit: int = PAGE
) -> TrailPage:
    """What this person did, and what was done about their account; narrowed to `events`."""
    own = [audit.c.actor == username]
    about = [audit.c.subject == username]
    if not events:
        return _page(connection, [own, about], before=before, limit=limit)
    return _page(connection, [[*who, audit.c.event == event] for event in events for who in (own, about)], before=before, limit=limit)


def deeds(connection: Connection, username: str) -> dict[str, int]:
    """How often this person did each thing."""
    statement = select(audit.c.event, func.count()).where(audit.c.actor == username).group_by(audit.c.event)
    return {row[0]: row[1] for row in connection.execute(statement)}


def chain_of(connection: Connection, subjects: Sequence[str], *, limit: int = 2000) -> tuple[AuditEntry, ...]:
    """Every row about one of `subjects` (an action and its executions), oldest first."""
    statement = select(audit).where(audit.c.subject.in_(subjects)).order_by(audit.c.seq).limit(limit)
    return tuple(entry_of(row) for row in connection.execute(statement))


def last_of(connection: Connection, event: Event) -> AuditEntry | None:
    """The newest row of this event."""
    row = connection.execute(select(audit).where(audit.c.event == event.value).order_by(audit.c.seq.desc()).limit(1)).one_or_none()
    return entry_of(row) if row else None


def actors(connection: Connection) -> list[str]:
    """Everybody who ever did something, by name. A jump from one name to the next: no row between is read."""
    found: list[str] = []
    while True:
        last = found[-1] if found else ""
        name = connection.scalar(select(func.min(audit.c.actor)).where(audit.c.actor > last))
        if name is None:
            return found
        found.append(str(name))


def rows_in(connection: Connection, *, since: datetime | None, until: datetime | None) -> tuple[int, int] | None:
    """(first, last) row of those with since <= at < until; None when there is none. Rows are not in order of `at`: a run's carry its start."""
    when = [audit.c.at >= since] if since else []
    when += [audit.c.at < until] if until else []
    first, last = connection.execute(select(func.min(audit.c.seq), func.max(audit.c.seq)).where(*when)).one()
    return (first, last) if first is not None else None


def _within(connection: Connection, filters: TrailFilters) -> list[ColumnElement[bool]] | None:
    """The time asked for, also as a range of rows, so that a page far back does not walk there; None when nothing lies in it."""
    if filters.since is None and filters.until is None:
        return []
    span = rows_in(connection, since=filters.since, until=filters.until)
    if span is None:
        return None
    when = [audit.c.seq >= span[0], audit.c.seq <= span[1]]
    when += [audit.c.at >= filters.since] if filters.since else []
    when += [audit.c.at < filters.until] if filters.until else []
    return when


def _page(connection: Connection, branches: Sequence[Sequence[ColumnElement[bool]]], *, before: int | None, limit: int) -> TrailPage:
    parts: list[Any] = []
    for branch in branches:
        listed = select(audit.c.seq).where(*branch).order_by(audit.c.seq.desc()).limit(limit + 1)
        newest = (listed if before is None else listed.where(audit.c.seq < before)).subquery()
        parts.append(select(newest.c.seq))
    chosen = union(*parts).subquery()
    wanted = select(chosen.c.seq).order_by(chosen.c.seq.desc()).limit(limit + 1).subquery()
    statement = select(audit).join(wanted, wanted.c.seq == audit.c.seq).order_by(audit.c.seq.desc())
    rows = [entry_of(row) for row in connection.execute(statement)]
    more = len(rows) > limit
    return TrailPage(rows=tuple(rows[:limit]), before=rows[limit - 1].seq if more else None)
