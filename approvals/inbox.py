"""The sales inbox and the task list: what people do after an action was executed. Sales accepts, qualifies or rejects; tasks are ticked off."""

from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, Field
from sqlalchemy import Connection, Table, select, update

from approvals.reviewers import DESK_ROLES, role_of
from policies.records import ActionId, LeadId, Record, Track
from tools.errors import Conflict, NotFound
from tools.store.action_tables import human_tasks, sales_inbox
from tools.store.audit import Event
from tools.store.tables import leads
from tools.workspace import Workspace

PAGE = 50
SALES = ("sales", "admin")
TASKS = (*DESK_ROLES, "sales")


class HandoffStatus(StrEnum):
    NEW = "new"
    ACCEPTED = "accepted"
    SQL = "sql"
    REJECTED = "rejected"


class RejectReason(StrEnum):
    """The closed list; each is a label the scoring model is measured against."""

    NOT_REACHABLE = "not_reachable"
    WRONG_SERVICE_LINE = "wrong_service_line"
    OUTSIDE_AREA = "outside_area"
    PAYER_MISMATCH = "payer_mismatch"
    EXISTING_PATIENT = "existing_patient"
    NOT_DECISION_MAKER = "not_decision_maker"
    TIMING_LATER = "timing_later"
    DUPLICATE = "duplicate"
    SPAM_VENDOR = "spam_vendor"
    COMPLIANCE_HOLD = "compliance_hold"


RECYCLED = frozenset({RejectReason.NOT_REACHABLE, RejectReason.TIMING_LATER, RejectReason.WRONG_SERVICE_LINE})
"""Reasons after which the lead may come back; the others close it."""


class Ability(StrEnum):
    """Budget, in the field's words: for patients, is coverage or payment known; for buyers, is there money."""

    COVERED = "covered"
    SELF_PAY = "self_pay"
    BUDGETED = "budgeted"
    UNKNOWN = "unknown"


class Timeframe(StrEnum):
    NOW = "now"
    ONE_MONTH = "one_month"
    ONE_QUARTER = "one_quarter"
    LATER = "later"


class Bant(Record):
    """Budget, authority, need, timeframe: closed values, no free text about a person."""

    budget: Ability
    authority: bool = Field(description="Speaks to the person who decides")
    need: bool = Field(description="The need is within the service line's scope")
    timeframe: Timeframe


class Handoff(Record):
    execution: str
    action: ActionId
    lead: LeadId
    track: Track
    service_line: str
    handoff: dict[str, Any]
    status: HandoffStatus
    bant: Bant | None = None
    reason: RejectReason | None = None
    by: str | None = None
    received_at: AwareDatetime
    decided_at: AwareDatetime | None = None


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


def accept(ws: Workspace, execution: str, *, by: str) -> Handoff:
    """Sales takes the lead. Raises Conflict naming who was first."""
    return _decide(
        ws, execution, by=by, from_=(HandoffStatus.NEW,), to=HandoffStatus.ACCEPTED, stage="accepted", event=Event.HANDOFF_ACCEPT
    )


def reject(ws: Workspace, execution: str, *, by: str, reason: RejectReason) -> Handoff:
    """Sales gives the lead back with a reason from the closed list; some reasons recycle it, the others close it."""
    return _decide(
        ws,
        execution,
        by=by,
        from_=(HandoffStatus.NEW, HandoffStatus.ACCEPTED),
        to=HandoffStatus.REJECTED,
        stage="recycled" if reason in RECYCLED else "rejected",
        event=Event.HANDOFF_REJECT,
        reason=reason.value,
    )


def qualify(ws: Workspace, execution: str, *, by: str, bant: Bant) -> Handoff:
    """An accepted lead becomes an SQL: ability, authority, need and timeframe are known."""
    return _decide(
        ws,
        execution,
        by=by,
        from_=(HandoffStatus.ACCEPTED,),
        to=HandoffStatus.SQL,
        stage="sql",
        event=Event.HANDOFF_QUALIFY,
        bant=bant.model_dump(mode="json"),
    )


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


def _decide(
    ws: Workspace, execution: str, *, by: str, from_: tuple[HandoffStatus, ...], to: HandoffStatus, stage: str, event: Event, **values: Any
) -> Handoff:
    now = ws.clock()
    with ws.database.write() as connection:
        before = get_handoff(connection, execution)
        role_of(ws.practice, by, SALES)
        waiting = (sales_inbox.c.execution == execution) & sales_inbox.c.status.in_([status.value for status in from_])
        moved = connection.execute(update(sales_inbox).where(waiting).values(status=to.value, by=by, decided_at=now, **values)).rowcount
        if moved == 0:
            who = f"{before.by} made it {before.status}" if before.by else f"it is {before.status}, accept it first"
            raise Conflict(f"handoff {execution} cannot become {to}: {who}; reload it")
        connection.execute(update(leads).where(leads.c.id == before.lead).values(stage=stage))
        detail = {"execution": execution, "lead": before.lead, "stage": stage, "reason": values.get("reason")}
        ws.audit.append(connection, event=event, actor=by, subject=before.action, detail=detail, at=now)
        return get_handoff(connection, execution)


def _row(connection: Connection, table: Table, execution: str, what: str) -> dict[str, Any]:
    row = connection.execute(select(table).where(table.c.execution == execution)).one_or_none()
    if row is None:
        raise NotFound(f"there is no {what} {execution}: open the list for what is there")
    return dict(row._mapping)
