"""One lead that was handed over: why, and what sales makes of it. The contact is revealed on one answer, never on a page."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy import Connection

from approvals import inbox, response, returns
from approvals.identity import Session
from approvals.inbox import WORKED, Handoff, HandoffStatus
from approvals.reveal import MAY_REVEAL, Purpose, reveal
from approvals.web import sales_words
from approvals.web.curve import picture_of
from approvals.web.desk import BadForm, desk_of, fresh_form, may_open, posted, see_other
from approvals.web.standing import place_of, present_of, shown
from approvals.web.told import told_of
from policies.leads.bant import Bant, Timeframe
from policies.leads.lifecycle import CONSEQUENCES, WON, Attempt, LostReason, RejectReason, Stage, next_stages
from policies.leads.reasons import ending_words, step_words
from policies.leads.sla import approval_wait, length
from policies.phi.schemas.values import e164
from policies.records import Contact, LeadId
from tools.errors import NotFound
from tools.practice import Person, Practice
from tools.store import lifecycle
from tools.store.consents import consent_flags, suppressions_of
from tools.store.contacts import surviving
from tools.store.explain import explain
from tools.store.inbox_list import handoffs_of, next_due
from tools.store.models import models_in_force
from tools.workspace import Workspace

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/inbox"))]
Form = Annotated[dict[str, str], Depends(posted)]
Choice = TypeVar("Choice", bound=StrEnum)


class Reason(NamedTuple):
    """One reason for giving a lead back, with what it entails for this lead, before it is chosen. `missing`: why it cannot be chosen yet."""

    key: RejectReason
    name: str
    words: str
    asks: tuple[str, ...]
    missing: str
    back_on: date | None


class Way(NamedTuple):
    """One field of a revealed contact: what a click on it opens ("" = nothing), and what the person said about being reached by it."""

    name: str
    value: str
    opens: str
    consent: str
    is_refused: bool


class OtherLine(NamedTuple):
    """A line the lead may belong to. `points`: what it has there now; None = nothing was scored there."""

    key: str
    name: str
    points: float | None


@router.get("/inbox/{execution}")
def show_one(request: Request, execution: str, me: Reader) -> Response:
    return _page(request, me, execution)


@router.post("/inbox/{execution}/accept")
def accept(request: Request, execution: str, me: Reader, form: Form) -> Response:
    inbox.accept(desk_of(request).workspace, execution, by=me.username)
    return see_other(f"/inbox/{execution}?told=accepted")


@router.post("/inbox/{execution}/return")
def give_back(request: Request, execution: str, me: Reader, form: Form) -> Response:
    reason = _chosen(RejectReason, form.get("reason"), "reason")
    asks = CONSEQUENCES[reason].asks  # a field left over from another reason is not meant
    more: dict[str, Any] = {"return_on": _day(form.get("return_on", ""))} if "return_on" in asks else {}
    more |= {name: form[name].strip() for name in ("line", "of") if name in asks and form.get(name, "").strip()}
    returns.reject(desk_of(request).workspace, execution, by=me.username, reason=reason, **more)
    return see_other("/inbox?told=returned")


@router.post("/inbox/{execution}/qualify")
def qualify(request: Request, execution: str, me: Reader, form: Form) -> Response:
    try:
        bant = Bant.model_validate({name: form.get(name) for name in Bant.model_fields})
    except ValidationError:
        raise BadForm("the qualification is not complete: answer all four questions from their lists") from None
    inbox.qualify(desk_of(request).workspace, execution, by=me.username, bant=bant)
    return see_other(f"/inbox/{execution}?told=qualified")


@router.post("/inbox/{execution}/attempt")
def attempt(request: Request, execution: str, me: Reader, form: Form) -> Response:
    outcome = _chosen(Attempt, form.get("outcome"), "outcome")
    inbox.record_attempt(desk_of(request).workspace, execution, by=me.username, outcome=outcome)
    return see_other(f"/inbox/{execution}?told=attempt")


@router.post("/inbox/{execution}/reassign")
def hand_on(request: Request, execution: str, me: Reader, form: Form) -> Response:
    inbox.reassign(desk_of(request).workspace, execution, by=me.username, to=form.get("to", ""))
    return see_other(f"/inbox/{execution}?told=reassigned")


@router.post("/inbox/{execution}/outcome")
def outcome(request: Request, execution: str, me: Reader, form: Form) -> Response:
    found = _chosen(HandoffStatus, form.get("outcome"), "outcome")
    reason = _chosen(LostReason, form.get("reason"), "reason") if found is HandoffStatus.LOST else None
    inbox.record_outcome(desk_of(request).workspace, execution, by=me.username, outcome=found, reason=reason)
    return see_other(f"/inbox/{execution}?told=outcome")


@router.post("/inbox/{execution}/reveal", dependencies=[Depends(fresh_form)])
def show_contact(request: Request, execution: str, me: Reader, form: Form) -> Response:
    """The one answer that holds a contact: to a POST, never stored, never at an address that could be opened again."""
    purpose = _chosen(Purpose, form.get("purpose"), "purpose")
    try:
        contact = reveal(desk_of(request).workspace, execution, by=me.username, purpose=purpose)
    except NotFound:  # of the contact; when it is the handoff that is not there, the page raises it again
        contact = Contact()
    return _page(request, me, execution, contact=contact)


def _page(request: Request, me: Session, execution: str, *, contact: Contact | None = None) -> Response:
    desk = desk_of(request)
    ws = desk.workspace
    with ws.database.read() as connection:
        row = inbox.get_handoff(connection, execution)
        known = _known(ws, connection, row)
    calendar = ws.practice.calendar(row.service_line, row.location)
    taken, may = row.status in WORKED, next_stages(inbox.stage_of(row), row.track)
    purposes: list[Purpose] = (
        [purpose for purpose in Purpose if purpose is not Purpose.PRIVACY_REQUEST] if me.has("sales") and taken else []
    )
    if me.has("privacy_officer"):
        purposes.append(Purpose.PRIVACY_REQUEST)
    return desk.page(
        request,
        "handoff.html",
        me=me,
        row=row,
        contact=_ways(contact, known["agreed"]) if contact is not None else None,
        is_sales=me.has(*inbox.SALES),
        purposes=purposes if me.has(*MAY_REVEAL) else [],
        may_reveal=me.has(*MAY_REVEAL),
        attempt_kinds=list(Attempt),
        clocks=response.clocks_of(ws.practice, row, now=ws.clock()),
        sla=ws.practice.sla(row.service_line, row.track),
        place=calendar.zone,
        city=place_of(ws.practice, row),
        waited=length(approval_wait(response.life_of(row, known["past"]), calendar)),
        taken=taken,
        may_accept=Stage.ACCEPTED in may,
        may_qualify=Stage.SQL in may,
        may_return=not may.isdisjoint({Stage.RECYCLED, Stage.REJECTED}) and row.status in response.OPEN,
        may_lose=Stage.LOST in may,
        next_outcomes=[HandoffStatus(stage) for stage in (WON[row.track], Stage.SEEN) if stage in may],
        sellers=_sellers(ws.practice, but=row.by) if taken else [],
        tomorrow=(ws.clock().astimezone(calendar.zone) + timedelta(days=1)).date(),
        sales=sales_words,
        timeframes=list(Timeframe),
        step_words=step_words,
        ending_words=ending_words,
        told=told_of(request),
        is_reveal=contact is not None,
        **known,
    )


def _known(ws: Workspace, connection: Connection, row: Handoff) -> dict[str, Any]:
    """What the store says about the handoff and its lead, for the template."""
    now, lead = ws.clock(), surviving(connection, row.lead)
    return {
        "one_row": shown(ws, connection, [row])[0],
        "past": lifecycle.history(connection, lead, line=row.service_line),
        "attempts": inbox.attempts_of(connection, row.execution),
        "others": [Handoff(**one._mapping) for one in handoffs_of(connection, [lead]) if one.execution != row.execution],
        "next_item": next_due(connection, after=row.due_at, execution=row.execution) if row.due_at else None,
        "explained": _explained(ws, connection, lead, row.service_line),
        "reasons": [_reason(ws, connection, row, reason) for reason in RejectReason],
        "lines": _lines(ws, connection, row, lead),
        "lead": lead,
        "agreed": _agreed(connection, lead),
        "now_at": now,
    }


def _explained(ws: Workspace, connection: Connection, lead: LeadId, line: str) -> list[Any]:
    """The sum and the curve of this line as the lead's own page draws them; none for a lead without a score."""
    models = {name: model for name, model in models_in_force(connection, ws.practice, ws.directory).items() if model.service_line == line}
    try:
        found = explain(connection, models, lead, at=ws.clock())
    except NotFound:
        return []
    return [(one, picture_of(one, at=ws.clock())) for one in found]


def _reason(ws: Workspace, connection: Connection, row: Handoff, key: RejectReason) -> Reason:
    found = CONSEQUENCES[key]
    zone = ws.practice.calendar(row.service_line, row.location).zone
    rests = found.stage is Stage.RECYCLED and "return_on" not in found.asks
    back_on = (ws.clock() + timedelta(days=found.rest_days)).astimezone(zone).date() if rests else None
    return Reason(key, sales_words.REJECT[key], found.words, found.asks, returns.attempts_missing(ws, connection, row, key), back_on)


def _lines(ws: Workspace, connection: Connection, row: Handoff, lead: LeadId) -> list[OtherLine]:
    lines = returns.other_lines(ws, row)
    points = present_of(ws, connection, [(lead, line.key) for line in lines])
    return [OtherLine(line.key, line.name, points[lead, line.key].total if (lead, line.key) in points else None) for line in lines]


def _sellers(practice: Practice, *, but: str | None) -> list[Person]:
    return [person for person in practice.people if "sales" in person.roles and person.username != but]


def _agreed(connection: Connection, lead: LeadId) -> dict[str, bool]:
    """The latest word on each way of reaching this lead; a way that was stopped is a no, whoever stopped it."""
    said = dict(consent_flags(connection, [lead]).get(lead, {}))
    return said | {row["channel"]: False for row in suppressions_of(connection, [lead])}


def _ways(contact: Contact, agreed: Mapping[str, bool]) -> list[Way]:
    """What is on file. A number that cannot be dialled is text alone, and so is a way the person said no to."""
    dialled = (e164(contact.phone) or "") if contact.phone else ""
    opens = {"phone": f"tel:{dialled}" if dialled else "", "email": f"mailto:{contact.email}"}
    found = []
    for name, value in contact.model_dump().items():
        if value:
            said = agreed.get(name) if name in opens else True
            words = sales_words.CONSENT[said] if name in opens else ""
            found.append(Way(name, value, opens.get(name, "") if said is not False else "", words, said is False))
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadForm("the form holds no date: choose the day from which the lead may come back") from None


def _chosen(choices: type[Choice], value: str | None, name: str) -> Choice:
    if value not in set(choices):
        raise BadForm(f"the form holds no {name} from the list: choose one")
    return choices(value)
