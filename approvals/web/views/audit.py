"""The audit log: a timeline by person, subject, kind of event and day; what one person did; whether the chain is whole; exports."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from approvals import auditing
from approvals.auditing import DEEDS
from approvals.identity import Session
from approvals.web import words
from approvals.web.desk import desk_of, fresh_form, may_open, posted, see_other
from approvals.web.events import EVENT
from tools.store import audit_trail
from tools.store.audit import Event
from tools.store.audit_chain import Tail, Verification
from tools.store.audit_trail import TrailFilters

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/audit"))]
Form = Annotated[dict[str, str], Depends(posted)]

FAMILY = {
    "run": "Runs",
    "job": "Jobs",
    "channel": "Channels and pauses",
    "batch": "Scrub and store",
    "lead": "Leads",
    "plan": "Plans",
    "action": "Items and decisions",
    "execution": "Executions",
    "handoff": "Sales handoffs",
    "task": "Tasks",
    "contact": "Contacts shown or shredded",
    "record": "Records shown",
    "evidence": "Evidence",
    "schedule": "Schedules",
    "model": "Scoring models",
    "person": "Accounts and sign-in",
    "dead_letter": "Unread records",
    "audit": "The audit log itself",
}
TABS = {"decisions": "Decisions", "signins": "Sign-ins and account", "reveals": "Contacts and records shown"}


class Asked(NamedTuple):
    """What the address asks for: the filters as text for the form, and the days as days of the practice's calendar."""

    actor: str
    subject: str
    family: str
    since: date | None
    until: date | None

    def query(self, **more: object) -> str:
        pairs = [(name, str(value)) for name, value in {**self._asdict(), **more}.items() if value]
        return f"/audit?{urlencode(pairs)}" if pairs else "/audit"


@router.get("/audit")
def show(request: Request, me: Reader) -> Response:
    return _page(request, me)


@router.get("/audit/verify")
def verified(me: Reader) -> Response:
    """The address that is left after a part was verified, opened again."""
    return see_other("/audit")


@router.post("/audit/verify")
def verify(request: Request, me: Reader, form: Form) -> Response:
    """Walks a part of the chain and answers with how far it came; the page goes on by itself, or by its button. Only the outcome is written."""
    workspace = desk_of(request).workspace
    found = auditing.verify_on(workspace, form.get("cursor", ""), by=me.username)
    if isinstance(found, Verification):
        return _page(request, me, verification=found)
    return _page(request, me, reached=found)


@router.post("/audit/export", dependencies=[Depends(fresh_form)])
def export(request: Request, me: Reader, form: Form) -> Response:
    """The signed archive as a download, made while it is sent."""
    made = auditing.export(desk_of(request).workspace, since=_day(form.get("since", "")), until=_day(form.get("until", "")), by=me.username)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return StreamingResponse(made.chunks, media_type="application/zip", headers=headers)


@router.get("/audit/people/{username}")
def person(request: Request, username: str, me: Reader, what: str = "", before: int | None = None) -> Response:
    desk = desk_of(request)
    chosen = what if what in DEEDS else ""
    found = auditing.of_person(desk.workspace, username, events=DEEDS[chosen] if chosen else (), before=_row(before))
    return desk.page(
        request,
        "audit_person.html",
        me=me,
        username=username,
        person=found.person,
        page=found.page,
        what=chosen,
        tabs=TABS,
        figures=[
            (EVENT.get(event, words.plain(event.replace(":", " "))), count) for event, count in sorted(found.deeds.items(), key=_most)
        ][:8],
        linked=linked,
    )


def linked(subject: str) -> str:
    """The page of what a row is about; "" when it has none."""
    if subject.startswith("A-"):
        return f"/actions/{subject}"
    if subject.startswith("R-"):
        return f"/runs/{subject}"
    if subject.startswith("L-") and ":" not in subject:
        return f"/leads/{subject}"
    return ""


def _page(request: Request, me: Session, *, verification: Verification | None = None, reached: Tail | None = None) -> Response:
    desk = desk_of(request)
    asked = _asked(request.query_params)
    families = audit_trail.families()
    since, until = (None, None)
    if not (asked.since and asked.until and asked.since > asked.until):
        since, until = auditing.days(desk.workspace, asked.since, asked.until)
    filters = TrailFilters(
        actor=asked.actor or None, subject=asked.subject or None, events=families.get(asked.family, ()), since=since, until=until
    )
    raw = request.query_params.get("before", "")
    before = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 16 else None
    with desk.workspace.database.read() as connection:
        page = audit_trail.trail(connection, filters, before=before)
        people = audit_trail.actors(connection)
        last_check = audit_trail.last_of(connection, Event.AUDIT_VERIFY)
        whole = audit_trail.rows_in(connection, since=None, until=None)
    return desk.page(
        request,
        "audit.html",
        me=me,
        page=page,
        asked=asked,
        filtered=filters != TrailFilters(),
        families={family: FAMILY.get(family, words.plain(family)) for family in families},
        people=people,
        older=asked.query(before=page.before) if page.before else None,
        newest=asked.query() if before is not None else None,
        verification=verification,
        reached=reached,
        cursor=desk.workspace.audit.cursor(reached) if reached else "",
        total=whole[1] if whole else 0,
        last_check=last_check,
        linked=linked,
    )


def _asked(query: Mapping[str, str]) -> Asked:
    """What of the address can be understood; the rest is left out."""
    actor, subject, family = (query.get(name, "").strip()[:120] for name in ("actor", "subject", "family"))
    known = family if family in audit_trail.families() else ""
    return Asked(actor, subject, known, _day(query.get("since", "")), _day(query.get("until", "")))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _row(before: int | None) -> int | None:
    return before if before is None or 0 <= before < 10**15 else None


def _most(deed: tuple[str, Any]) -> tuple[int, str]:
    return (-deed[1], deed[0])
