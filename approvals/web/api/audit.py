"""The audit log: a timeline by person, subject, family and day, what one person did, verification, and the signed export of whole days."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Path, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from approvals import auditing
from approvals.auditing import DEEDS
from approvals.web.api.access import AuditExporter, AuditReader
from approvals.web.api.common import Identifier, Paged, cursor_of, number_of, router
from approvals.web.api.problems import Problem, documented
from approvals.web.api.schemas import AuditPage, AuditVerification, PersonTrail
from policies.records import Record
from tools.store import audit_trail
from tools.store.audit_trail import TrailFilters

audit = router("audit")

ZIP = "application/zip"
UserPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="A user name", examples=["mara"])]


class AuditQuery(Paged):
    subject: Annotated[Identifier | None, Field(description="An action, run, handoff's action, person … alone")] = None
    actor: Annotated[Identifier | None, Field(description="What this person or part of the system did")] = None
    family: Annotated[Identifier | None, Field(description="The part of an event before the colon, such as `action`")] = None
    since: Annotated[date | None, Field(description="From this day on, by the practice's calendar")] = None
    until: Annotated[date | None, Field(description="Up to this day and with it")] = None


class PersonQuery(Paged):
    what: Annotated[Literal["decisions", "signins", "reveals"] | None, Field(description="Left out: everything")] = None


class ExportWish(Record):
    """Whole days by the practice's calendar; left out: from the first row, to the last."""

    since: date | None = None
    until: date | None = None


@audit.get("/audit", operation_id="listAudit", summary="The audit log, newest first")
def list_audit(me: AuditReader, query: Annotated[AuditQuery, Query()]) -> AuditPage:
    families = audit_trail.families()
    if query.family not in (None, *families):
        raise Problem("invalid", f"query family: it is none of {', '.join(families)}")
    since, until = auditing.days(me.workspace, query.since, query.until)
    events = families[query.family] if query.family else ()
    filters = TrailFilters(actor=query.actor, subject=query.subject, events=events, since=since, until=until)
    with me.workspace.database.read() as connection:
        page = audit_trail.trail(connection, filters, before=number_of("audit", query.cursor), limit=query.limit)
    return AuditPage.model_validate({"items": page.rows, "next": cursor_of("audit", page.before)})


@audit.get(
    "/audit/people/{username}",
    operation_id="listDeeds",
    summary="What one person did, and what was done about them",
    responses=documented(404),
)
def of_person(me: AuditReader, username: UserPath, query: Annotated[PersonQuery, Query()]) -> PersonTrail:
    events = DEEDS[query.what] if query.what else ()
    kind = f"audit:{username}"
    found = auditing.of_person(me.workspace, username, events=events, before=number_of(kind, query.cursor), limit=query.limit)
    page = {"items": found.page.rows, "next": cursor_of(kind, found.page.before)}
    return PersonTrail.model_validate({"username": username, "deeds": found.deeds, **page})


@audit.post("/audit/verify", operation_id="verifyAudit", summary="Walk the whole chain")
def verify(me: AuditReader) -> AuditVerification:
    """Leaves one row: that it was verified, by whom, and how it came out."""
    found = me.workspace.audit.verify(me.workspace.database)
    auditing.book_verification(me.workspace, found, by=me.username)
    return AuditVerification.model_validate(found)


@audit.post(
    "/audit/export",
    operation_id="exportAudit",
    summary="A signed archive of whole days",
    response_class=Response,
    responses={
        200: {
            "description": "A ZIP of JSON lines and their signed manifest",
            "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}},
        },
        **documented(404),
    },
)
def export(me: AuditExporter, body: ExportWish) -> StreamingResponse:
    """That it was exported, by whom and with which token, is written before the first byte. `liaison audit verify-export` checks it anywhere.

    The page asks its reader for a fresh proof; here the scope stands for it: a person proved it when they chose `export:audit` for the token.
    """
    made = auditing.export(me.workspace, since=body.since, until=body.until, by=me.username)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return StreamingResponse(made.chunks, media_type=ZIP, headers=headers)
