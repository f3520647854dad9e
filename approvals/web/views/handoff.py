"""One lead that was handed over: why, and what sales makes of it. The contact is revealed on one answer, never on a page."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import ValidationError

from approvals import inbox, response, returns
from approvals.identity import Session
from approvals.inbox import HandoffStatus
from approvals.reveal import MAY_REVEAL, Purpose, reveal
from approvals.web.desk import BadForm, desk_of, fresh_form, may_open, posted, see_other
from approvals.web.told import told_of
from policies.leads.bant import Ability, Bant, Timeframe
from policies.leads.lifecycle import CONSEQUENCES, WON, Attempt, LostReason, RejectReason
from policies.leads.sla import approval_wait, length
from policies.records import Contact
from tools.errors import NotFound
from tools.store import lifecycle
from tools.store.contacts import surviving

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/inbox"))]
Form = Annotated[dict[str, str], Depends(posted)]
Choice = TypeVar("Choice", bound=StrEnum)


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
    with desk.workspace.database.read() as connection:
        row = inbox.get_handoff(connection, execution)
        past = lifecycle.history(connection, surviving(connection, row.lead), line=row.service_line)
        attempts = inbox.attempts_of(connection, execution)
    ws = desk.workspace
    calendar = ws.practice.calendar(row.service_line, row.location)
    taken = row.status in inbox.WORKED
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
        contact=[(name, value) for name, value in contact.model_dump().items() if value] if contact is not None else None,
        is_sales=me.has(*inbox.SALES),
        purposes=purposes if me.has(*MAY_REVEAL) else [],
        past=past,
        attempts=attempts,
        attempt_kinds=list(Attempt),
        clocks=response.clocks_of(ws.practice, row, now=ws.clock()),
        sla=ws.practice.sla(row.service_line, row.track),
        place=calendar.zone,
        waited=length(approval_wait(response.life_of(row, past), calendar)),
        taken=taken,
        next_outcomes=_next(row),
        lost_reasons=list(LostReason),
        reasons=CONSEQUENCES,
        lines=returns.other_lines(ws, row),
        tomorrow=(ws.clock().astimezone(calendar.zone) + timedelta(days=1)).date(),
        abilities=list(Ability),
        timeframes=list(Timeframe),
        told=told_of(request),
        is_reveal=contact is not None,
    )


def _next(row: inbox.Handoff) -> list[HandoffStatus]:
    """What may become of the lead from here, without the loss."""
    if row.status is HandoffStatus.SQL:
        return [HandoffStatus(WON[row.track])]
    return [HandoffStatus.SEEN] if row.status in (HandoffStatus.OPPORTUNITY, HandoffStatus.BOOKED) else []


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadForm("the form holds no date: choose the day from which the lead may come back") from None


def _chosen(choices: type[Choice], value: str | None, name: str) -> Choice:
    if value not in set(choices):
        raise BadForm(f"the form holds no {name} from the list: choose one")
    return choices(value)
