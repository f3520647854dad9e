"""The sales inbox and the task list: what people do after an action was executed. Sales accepts, tries to reach, qualifies and says what came of
it; `approvals/returns.py` is how it gives a lead back. Tasks are ticked off.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Connection, Table, bindparam, func, insert, select, update

from approvals.errors import NotAllowed, NotDecidable
from approvals.reviewers import DESK_ROLES, role_of
from policies.leads.bant import Bant, not_yet
from policies.leads.lifecycle import CONSEQUENCES, WON, Attempt, IllegalMove, LostReason, RejectReason, Stage, check_move
from policies.records import ActionId, LeadId, Record, Track
from tools.errors import Conflict, NotFound
from tools.practice import Practice
from tools.store import lifecycle
from tools.store.action_tables import handoff_attempts, human_tasks, sales_inbox
from tools.store.audit import Event
from tools.store.contacts import surviving
from tools.store.inbox_list import Sought, most_urgent
from tools.workspace import Workspace

PAGE = 50
EVERYTHING = Sought()
SALES = ("sales", "admin")
TASKS = (*DESK_ROLES, "sales")


class HandoffStatus(StrEnum):
    """Where a handoff stands with sales; `new` is an MQL that waits to be accepted, `rejected` went back to marketing."""

    NEW = "new"
    ACCEPTED = "accepted"
    SQL = "sql"
    OPPORTUNITY = "opportunity"
    BOOKED = "booked"
    SEEN = "seen"
    LOST = "lost"
    REJECTED = "rejected"


WORKED = (HandoffStatus.ACCEPTED, HandoffStatus.SQL, HandoffStatus.OPPORTUNITY, HandoffStatus.BOOKED)
"""Sales works on it."""


class Handoff(Record):
    execution: str
    action: ActionId
    lead: LeadId
    track: Track
    service_line: str
    handoff: dict[str, Any]
    status: HandoffStatus
    bant: Bant | None = None
    reason: RejectReason | LostReason | None = None
    by: str | None = None
    location: str | None = None
    received_at: AwareDatetime
    due_at: AwareDatetime | None = None
    accepted_at: AwareDatetime | None = None
    first_attempt_at: AwareDatetime | None = None
    decided_at: AwareDatetime | None = None


class AttemptMade(Record):
    at: AwareDatetime
    by: str
    outcome: Attempt


class Task(Record):
    execution: str
    action: ActionId
    title: str
    body: str
    where: str
    status: str
    by: str | None = None
    created_at: AwareDatetime
    done_at: AwareDatetime | None = None


def list_handoffs(connection: Connection, *, status: HandoffStatus | None = None, limit: int = PAGE, offset: int = 0) -> list[Handoff]:
    """The newest first."""
    statement = select(sales_inbox).order_by(sales_inbox.c.received_at.desc(), sales_inbox.c.execution).limit(limit).offset(offset)
    if status is not None:
        statement = statement.where(sales_inbox.c.status == status.value)
    return [Handoff(**row._mapping) for row in connection.execute(statement)]


def get_handoff(connection: Connection, execution: str) -> Handoff:
    """Raises NotFound."""
    return Handoff(**_row(connection, sales_inbox, execution, "handoff"))


def every(connection: Connection, *statuses: HandoffStatus) -> list[Handoff]:
    """All handoffs in these states, oldest first; none named = all there are."""
    statement = select(sales_inbox).order_by(sales_inbox.c.received_at, sales_inbox.c.execution)
    if statuses:
        statement = statement.where(sales_inbox.c.status.in_([status.value for status in statuses]))
    return [Handoff(**row._mapping) for row in connection.execute(statement)]


def attempts_of(connection: Connection, execution: str) -> list[AttemptMade]:
    """The first one first."""
    rows = select(handoff_attempts).where(handoff_attempts.c.handoff == execution).order_by(handoff_attempts.c.at, handoff_attempts.c.id)
    return [AttemptMade(at=row.at, by=row.by, outcome=row.outcome) for row in connection.execute(rows)]


def accept(ws: Workspace, execution: str, *, by: str) -> Handoff:
    """Sales takes the lead. Raises Conflict naming who was first."""
    return decide(ws, execution, by=by, to=HandoffStatus.ACCEPTED, event=Event.HANDOFF_ACCEPT, accepted_at=ws.clock())


def take_next(ws: Workspace, *, by: str, sought: Sought = EVERYTHING) -> Handoff:
    """Accept the lead whose response time runs out first and that nobody holds, of those `sought` lists. Two who ask at once get two leads.

    Raises NotFound when none is left.
    """
    with ws.database.write() as connection:
        role_of(ws.practice, by, SALES)
        execution = most_urgent(connection, sought)
        if execution is None:
            raise NotFound("no new lead is left to take here: somebody was faster, or the filters leave none; reload the list")
        before, at = get_handoff(connection, execution), ws.clock()
        to, event = HandoffStatus.ACCEPTED, Event.HANDOFF_ACCEPT
        return move(ws, connection, before, by=by, to=to, stage=Stage.ACCEPTED, event=event, accepted_at=at)


def reassign(ws: Workspace, execution: str, *, by: str, to: str) -> Handoff:
    """Give a lead that sales works on to another seller. Raises Conflict when it moved meanwhile, NotAllowed when `to` is not of sales."""
    with ws.database.write() as connection:
        role_of(ws.practice, by, SALES)
        before = get_handoff(connection, execution)
        receiver = ws.practice.person(to)
        if receiver is None or not set(receiver.roles) & {"sales"}:
            raise NotAllowed(f"handoff {execution} can only go to somebody of sales: choose a person of that role")
        if before.by == to:
            raise Conflict(f"handoff {execution} is with {to} already: reload it")
        held = (sales_inbox.c.execution == execution) & (sales_inbox.c.status == before.status.value) & (sales_inbox.c.by == before.by)
        if before.status not in WORKED or connection.execute(update(sales_inbox).where(held).values(by=to)).rowcount == 0:
            raise Conflict(f"handoff {execution} is {before.status}: only a lead that sales works on has somebody to hand it on; reload it")
        detail = {"execution": execution, "lead": before.lead, "from": before.by, "to": to}
        ws.audit.append(connection, event=Event.HANDOFF_REASSIGN, actor=by, subject=before.action, detail=detail, at=ws.clock())
        return get_handoff(connection, execution)


def qualify(ws: Workspace, execution: str, *, by: str, bant: Bant) -> Handoff:
    """An accepted lead becomes an SQL: its need is within scope, its time within a quarter, and who pays or decides is known.

    Raises NotDecidable saying what is missing and what to do instead.
    """
    with ws.database.read() as connection:
        track = get_handoff(connection, execution).track
    if missing := not_yet(track, bant):
        raise NotDecidable(f"handoff {execution} is no SQL yet: {'; '.join(missing)}")
    return decide(ws, execution, by=by, to=HandoffStatus.SQL, event=Event.HANDOFF_QUALIFY, bant=bant.model_dump(mode="json"))


def record_attempt(ws: Workspace, execution: str, *, by: str, outcome: Attempt) -> Handoff:
    """Sales tried to reach an accepted lead. The first attempt stops the response clock. Raises Conflict while nobody has accepted it."""
    now = ws.clock()
    with ws.database.write() as connection:
        role_of(ws.practice, by, SALES)
        before = get_handoff(connection, execution)
        mine = (sales_inbox.c.execution == execution) & sales_inbox.c.status.in_([status.value for status in WORKED])
        first = func.coalesce(sales_inbox.c.first_attempt_at, bindparam("now", now, type_=sales_inbox.c.first_attempt_at.type))
        if connection.execute(update(sales_inbox).where(mine).values(first_attempt_at=first, due_at=None)).rowcount == 0:
            raise Conflict(f"handoff {execution} is {before.status}: attempts are recorded on a lead that is accepted and not closed")
        connection.execute(insert(handoff_attempts).values(handoff=execution, at=now, by=by, outcome=outcome.value))
        detail = {"execution": execution, "lead": before.lead, "outcome": outcome}
        ws.audit.append(connection, event=Event.HANDOFF_ATTEMPT, actor=by, subject=before.action, detail=detail, at=now)
        return get_handoff(connection, execution)


def record_outcome(ws: Workspace, execution: str, *, by: str, outcome: HandoffStatus, reason: LostReason | None = None) -> Handoff:
    """What became of an SQL: booked (patients) or opportunity (practices), then seen; or lost, with a reason.

    Raises NotDecidable for another outcome, a lost one without its reason, or a reason with another; Conflict out of order.
    """
    if outcome not in (HandoffStatus.OPPORTUNITY, HandoffStatus.BOOKED, HandoffStatus.SEEN, HandoffStatus.LOST):
        raise NotDecidable(f"{outcome} is no outcome of an SQL: use opportunity, booked, seen or lost")
    if (outcome is HandoffStatus.LOST) != (reason is not None):
        raise NotDecidable(f"{outcome}: a lost lead needs a reason ({', '.join(LostReason)}), the other outcomes take none")
    kept = {"reason": reason.value} if reason else {}
    return decide(ws, execution, by=by, to=outcome, event=Event.HANDOFF_OUTCOME, **kept)


def list_tasks(connection: Connection, *, status: str | None = "open", limit: int = PAGE, offset: int = 0) -> list[Task]:
    """Oldest first; `status` is "open", "done" or None for both."""
    statement = select(human_tasks).order_by(human_tasks.c.created_at, human_tasks.c.execution).limit(limit).offset(offset)
    if status is not None:
        statement = statement.where(human_tasks.c.status == status)
    return [Task(**row._mapping) for row in connection.execute(statement)]


def get_task(connection: Connection, execution: str) -> Task:
    """Raises NotFound."""
    return Task(**_row(connection, human_tasks, execution, "task"))


def finish_task(ws: Workspace, execution: str, *, by: str) -> Task:
    """Somebody did it. Raises Conflict naming who was first."""
    now = ws.clock()
    with ws.database.write() as connection:
        before = get_task(connection, execution)
        role_of(ws.practice, by, TASKS)
        open_ = (human_tasks.c.execution == execution) & (human_tasks.c.status == "open")
        if connection.execute(update(human_tasks).where(open_).values(status="done", by=by, done_at=now)).rowcount == 0:
            raise Conflict(f"task {execution} was done already, by {before.by}: reload the list")
        ws.audit.append(connection, event=Event.TASK_DONE, actor=by, subject=before.action, detail={"execution": execution}, at=now)
        return get_task(connection, execution)


def decide(ws: Workspace, execution: str, *, by: str, to: HandoffStatus, event: Event, **values: Any) -> Handoff:
    """One move of one handoff, in a transaction of its own."""
    with ws.database.write() as connection:
        role_of(ws.practice, by, SALES)
        return move(ws, connection, get_handoff(connection, execution), by=by, to=to, stage=Stage(to), event=event, **values)


def move(
    ws: Workspace,
    connection: Connection,
    before: Handoff,
    *,
    by: str,
    to: HandoffStatus,
    stage: Stage,
    event: Event,
    until: datetime | None = None,
    **values: Any,
) -> Handoff:
    """The inbox row and the lead's stage move together, with one audit row. Raises Conflict when the handoff has left the state it was in."""
    now, old = ws.clock(), stage_of(before)
    reason: str | None = values.get("reason")
    try:
        check_move(old, stage, track=before.track)
        legal = True
    except IllegalMove:
        legal = False
    waiting = (sales_inbox.c.execution == before.execution) & (sales_inbox.c.status == before.status.value)
    after = before.model_copy(update={"status": to, "accepted_at": values.get("accepted_at", before.accepted_at)})
    values |= {"status": to.value, "by": by, "decided_at": now, "due_at": due_of(ws.practice, after)}
    changed = update(sales_inbox).where(waiting).values(**values)
    if not legal or connection.execute(changed).rowcount == 0:
        raise Conflict(f"handoff {before.execution} cannot become {to}: {_why_not(before, to)}; reload it")
    lead, line = surviving(connection, before.lead), before.service_line
    whose = {"action": before.action, "handoff": before.execution}
    lifecycle.move(connection, lead, line, from_=old, to=stage, at=now, by=by, reason=reason, until=until, **whose)
    detail = {"execution": before.execution, "lead": lead, "stage": stage, "reason": reason}
    ws.audit.append(connection, event=event, actor=by, subject=before.action, detail=detail, at=now)
    return get_handoff(connection, before.execution)


def due_of(practice: Practice, handoff: Handoff) -> datetime | None:
    """When the response time that runs for it ends, on the business hours of its location; None = none runs."""
    sla = practice.sla(handoff.service_line, handoff.track)
    calendar = practice.calendar(handoff.service_line, handoff.location)
    if handoff.status is HandoffStatus.NEW:
        return sla.accept.end(handoff.received_at, calendar)
    if handoff.status is HandoffStatus.ACCEPTED and handoff.first_attempt_at is None and handoff.accepted_at is not None:
        return sla.attempt.end(handoff.accepted_at, calendar)
    return None


def stage_of(handoff: Handoff) -> Stage:
    """The stage its lead has by this handoff."""
    if handoff.status is HandoffStatus.NEW:
        return Stage.MQL
    if handoff.status is HandoffStatus.REJECTED:
        return CONSEQUENCES[handoff.reason].stage if isinstance(handoff.reason, RejectReason) else Stage.REJECTED
    return Stage(handoff.status)


def _why_not(before: Handoff, to: HandoffStatus) -> str:
    if before.status is HandoffStatus.NEW:
        return f"it is {before.status}, accept it first"
    if to in WORKED and before.status is HandoffStatus.SQL:
        return f"a lead of track {before.track} becomes {WON[before.track]}"
    if before.status is HandoffStatus.ACCEPTED and to not in (HandoffStatus.ACCEPTED, HandoffStatus.REJECTED):
        return f"{before.by} accepted it, qualify it as an SQL first"
    return f"{before.by} made it {before.status}"


def _row(connection: Connection, table: Table, execution: str, what: str) -> dict[str, Any]:
    row = connection.execute(select(table).where(table.c.execution == execution)).one_or_none()
    if row is None:
        raise NotFound(f"there is no {what} {execution}: open the list for what is there")
    return dict(row._mapping)
