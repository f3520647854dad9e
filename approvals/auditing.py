"""What people do with the audit log itself: verify it, export it. Both leave a row of their own."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from approvals.errors import NotDecidable
from approvals.reviewers import role_of
from tools.errors import NotFound
from tools.practice import Person
from tools.store import audit_export, audit_trail
from tools.store.audit import Event
from tools.store.audit_chain import Tail, Verification
from tools.store.audit_export import Span
from tools.store.audit_trail import PAGE, TrailPage
from tools.workspace import Workspace

YEARS = (2000, 2999)
"""A day outside is a slip: no row is of it, and at the ends of the calendar there is no day after."""
DEEDS: dict[str, tuple[str, ...]] = {
    "decisions": tuple(
        event
        for event in Event
        if event.value.startswith(("action:approve", "action:reject", "action:edit", "action:redraft", "action:undo", "action:re"))
    ),
    "signins": tuple(event for event in Event if event.value.startswith("person:")),
    "reveals": tuple(event for event in Event if event.value.endswith(":reveal")),
}
"""What somebody may want to see of one person, by events."""
AUDIT_ROLES = ("compliance", "admin", "auditor", "privacy_officer")
PART = 40_000
"""Rows verified in one request: about a second."""


class Export(NamedTuple):
    """An export that was allowed and booked: its name as a download, and its bytes, made as they are read."""

    name: str
    rows: Span
    chunks: Iterator[bytes]


class Trail(NamedTuple):
    """A page of what one person did, and how often they did each thing at all. `person` None: not in practice.yaml any more."""

    person: Person | None
    page: TrailPage
    deeds: dict[str, int]


def of_person(ws: Workspace, username: str, *, events: Collection[str] = (), before: int | None = None, limit: int = PAGE) -> Trail:
    """What this person did and what was done about their account, narrowed to `events`. Raises NotFound for a name nobody ever had."""
    with ws.database.read() as connection:
        page = audit_trail.trail_of_person(connection, username, events=events, before=before, limit=limit)
        deeds = audit_trail.deeds(connection, username)
    known = ws.practice.person(username)
    if known is None and not deeds and not page.rows:
        raise NotFound(f"nobody called {username[:40]} is in practice.yaml or the audit log: choose a name in the timeline")
    return Trail(known, page, deeds)


def verify_on(ws: Workspace, cursor: str, *, by: str) -> Tail | Verification:
    """Verify the next part of the log, from `cursor` ("" = the start). A `Tail` says how far it came and that there is more."""
    role_of(ws.practice, by, AUDIT_ROLES)
    found = ws.audit.verify_part(ws.database, ws.audit.resume(cursor), rows=PART)
    if isinstance(found, Verification):
        book_verification(ws, found, by=by)
    return found


def book_verification(ws: Workspace, found: Verification, *, by: str) -> None:
    """A row that the log was verified, and how it came out."""
    with ws.database.write() as connection:
        detail = {"ok": found.ok, "rows": found.rows, "broken": found.broken}
        ws.audit.append(connection, event=Event.AUDIT_VERIFY, actor=by, subject="audit", detail=detail, at=ws.clock())


def days(ws: Workspace, since: date | None, until: date | None) -> tuple[datetime | None, datetime | None]:
    """The instants from the start of day `since` to the end of day `until` on the practice's own calendar. Raises NotDecidable."""
    if any(day and not YEARS[0] <= day.year <= YEARS[1] for day in (since, until)):
        raise NotDecidable(f"no row is of that year: write days from {YEARS[0]} to {YEARS[1]}")
    if since and until and since > until:
        raise NotDecidable(f"the export would begin on {since} and end on {until}: exchange the two days")
    zone = ZoneInfo(ws.practice.timezone)
    first = datetime.combine(since, time(), zone) if since else None
    last = datetime.combine(until + timedelta(days=1), time(), zone) if until else None
    return first, last


def book_export(ws: Workspace, *, since: date | None, until: date | None, by: str) -> Span:
    """Choose the rows and write that they were exported, before a byte leaves. Raises NotFound when there are none."""
    first, last = days(ws, since, until)
    span = audit_export.span_of(ws.database, since=first, until=last)
    detail = {"first": span.first, "last": span.last, "since": str(since or ""), "until": str(until or "")}
    with ws.database.write() as connection:
        ws.audit.append(connection, event=Event.AUDIT_EXPORT, actor=by, subject="audit", detail=detail, at=ws.clock())
    return span


def export(ws: Workspace, *, since: date | None, until: date | None, by: str) -> Export:
    """A signed ZIP archive of the days asked for. Raises NotAllowed, NotFound."""
    role_of(ws.practice, by, AUDIT_ROLES)
    span = book_export(ws, since=since, until=until, by=by)
    at = ws.clock()
    name = audit_export.file_name(span, at).removesuffix(".jsonl")
    return Export(f"{name}.zip", span, audit_export.zipped(ws.database, ws.ring, span, practice=ws.practice.key, by=by, at=at))
