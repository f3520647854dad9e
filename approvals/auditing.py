"""What people do with the audit log itself: verify it, export it. Both leave a row of their own."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from approvals.errors import NotDecidable
from approvals.reviewers import role_of
from tools.store import audit_export
from tools.store.audit import Event
from tools.store.audit_chain import Tail, Verification
from tools.store.audit_export import Span
from tools.workspace import Workspace

AUDIT_ROLES = ("compliance", "admin", "auditor", "privacy_officer")
PART = 40_000
"""Rows verified in one request: about a second."""


class Export(NamedTuple):
    """An export that was allowed and booked: its name as a download, and its bytes, made as they are read."""

    name: str
    rows: Span
    chunks: Iterator[bytes]


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
