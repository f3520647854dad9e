"""Execute: recheck → execute → confirm → record, for one approved action. The only module that opens a destination.

Each operation has one execution row, committed as `claimed` before the call; its id is a hash of (action, version, operation) and goes to the
provider as idempotency key. What lies in our own tables is written in the transaction that records `done`: exactly once. What goes outside is
called once and never again by itself: when its outcome cannot be told, it is `unknown` and waits for a person.
"""

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import Connection

from approvals.approving import EXECUTE
from approvals.autonomy import breach
from approvals.executions import done_operations, execution_id, of_version, operations_of, result_of
from approvals.guard import locked
from approvals.queue import bound_to, every, expire, get_action, move, revise
from approvals.recheck import objections
from policies.actions import Action, Execution, ExecutionStatus, Receipt, Status
from policies.kinds import Operation
from policies.records import ActionId, Contact, LeadId
from tools.destinations.human_task import HumanTask
from tools.destinations.plan_register import PlanRegister
from tools.destinations.port import Destination, Order
from tools.destinations.sales_inbox import SalesInbox
from tools.destinations.smtp import Smtp
from tools.destinations.suppression_list import SuppressionList
from tools.destinations.webhook import Webhook
from tools.egress import Egress
from tools.errors import DestinationRefused, EffectUnknown, EgressRefused, NotFound
from tools.settings import secret
from tools.store import actions as store
from tools.store.audit import Event
from tools.store.contacts import resolve
from tools.store.jobs import enqueue_job, open_subjects
from tools.workspace import Workspace

Outcome = Literal["ok", "held", "failed", "unknown", "done"]

_EVENTS = {
    ExecutionStatus.DONE: (Event.EXECUTION_DONE, Event.ACTION_DONE, Status.DONE),
    ExecutionStatus.FAILED: (Event.EXECUTION_FAIL, Event.ACTION_FAIL, Status.FAILED),
    ExecutionStatus.UNKNOWN: (Event.EXECUTION_UNKNOWN, Event.ACTION_UNKNOWN, Status.UNKNOWN),
}


# --- the four steps of the graph


def recheck(ws: Workspace, action_id: ActionId) -> Outcome:
    """ "ok" when the action may be executed now, or its execution has begun; else "held": it is back in the queue with the finding."""
    with ws.database.write() as connection:
        action = locked(connection, action_id)
        if action.status is Status.CLAIMED:
            return "ok"
        return "ok" if _may_start(ws, connection, action) else "held"


def execute(ws: Workspace, action_id: ActionId) -> Outcome:
    """Claim the action and perform its operations in order, stopping at the first that is not done.

    Safe to run twice: an operation that has an execution row is never called again. Between the recheck and here a process may have died and
    hours may have passed, so every claim checks again, in the transaction that writes the row.
    """
    if not _claim(ws, action_id):
        return "held"
    destinations = open_destinations(ws)
    with ws.database.read() as connection:
        action = get_action(connection, action_id)
    for operation in operations_of(ws, action):
        if not _perform(ws, action, operation, destinations.get(operation)):
            break
    return "ok"


def confirm(ws: Workspace, action_id: ActionId) -> Outcome:
    """Settle what a crash left `claimed`: read it back, and where the destination cannot tell, leave it to a person as `unknown`."""
    destinations = open_destinations(ws)
    with ws.database.write() as connection:
        action = locked(connection, action_id)
        for execution in of_version(connection, action):
            if execution.status is ExecutionStatus.CLAIMED and action.status is Status.CLAIMED:
                _settle(ws, connection, action, Operation(execution.operation), destinations)
    return "ok"


def record(ws: Workspace, action_id: ActionId) -> Outcome:
    """Move the action to done, failed or unknown, as its executions say; does nothing while one is still open."""
    now = ws.clock()
    with ws.database.write() as connection:
        action = locked(connection, action_id)
        if action.status is not Status.CLAIMED:
            return _outcome(action.status)
        states = {execution.operation: execution.status for execution in of_version(connection, action)}
        states |= dict.fromkeys(done_operations(connection, action), ExecutionStatus.DONE)
        result = result_of([states.get(operation) for operation in operations_of(ws, action)])
        if result is None:
            return "held"
        _, event, status = _EVENTS[result]
        move(connection, action, status, now=now)
        detail = {**bound_to(action), "operations": {name: state.value for name, state in states.items()}}
        ws.audit.append(connection, event=event, actor="worker", subject=action.id, detail=detail, at=now)
        return _outcome(status)


# --- around the graph (`due.py` calls it for every job that is due)


def recover(ws: Workspace) -> tuple[ActionId, ...]:
    """Ask again for the execution of actions that are approved or claimed but have no open job; returns their ids.

    Such an action was left by a crash, or approved again in the instant its former job ended.
    """
    lost: list[ActionId] = []
    with ws.database.write() as connection:
        waiting = open_subjects(connection, kind=EXECUTE)
        for action in every(connection, Status.APPROVED, Status.CLAIMED):
            if action.id not in waiting:
                not_before = store.hold_until(connection, action.id)
                enqueue_job(connection, kind=EXECUTE, subject=action.id, now=ws.clock(), not_before=not_before)
                lost.append(action.id)
    return tuple(lost)


def run_steps(ws: Workspace, action_id: ActionId) -> Outcome:
    """The four steps in a row, without a graph."""
    if recheck(ws, action_id) != "ok":
        return "held"
    for step in (execute, confirm):
        step(ws, action_id)
    return record(ws, action_id)


def open_destinations(ws: Workspace) -> dict[Operation, Destination]:
    """Every destination this practice has. Secrets are read here, by the names practice.yaml gives them, and nowhere kept."""
    egress = Egress(ws.scrubber, ws.database, ws.clock)
    found: dict[Operation, Destination] = {
        Operation.SALES_INBOX: SalesInbox(ws.practice),
        Operation.HUMAN_TASK: HumanTask(),
        Operation.SUPPRESSION_LIST: SuppressionList(),
        Operation.PLAN_REGISTER: PlanRegister(),
    }
    if (smtp := ws.practice.destinations.smtp) is not None:
        username = secret(smtp.username_env) if smtp.username_env else None
        password = secret(smtp.password_env) if smtp.password_env else None
        found[Operation.SMTP] = Smtp(smtp, ws.practice, egress, username=username, password=password)
    if (webhook := ws.practice.destinations.webhook) is not None:
        found[Operation.WEBHOOK] = Webhook(webhook, secret(webhook.secret_env), egress)
    return found


# --- one action


def _may_start(ws: Workspace, connection: Connection, action: Action) -> bool:
    """Is it approved, due, and free of objections? If not, it goes where it belongs: back to the queue, or out when its time is over."""
    now = ws.clock()
    hold_until = store.hold_until(connection, action.id)
    if action.status is not Status.APPROVED or (hold_until is not None and now < hold_until):
        return False
    if action.expires_at <= now:
        expire(ws, connection, action, now=now)
        return False
    found = objections(ws, connection, action, now=now)
    if found:
        detail = {"held_by": [finding.rule for finding in found]}
        breach(ws, connection, action, f"held back by {', '.join(detail['held_by'])}")
        author = action.author
        event = Event.ACTION_HOLD
        revise(ws, connection, action, action.content, author=author, event=event, actor="worker", now=now, added=found, detail=detail)
    return not found


def _claim(ws: Workspace, action_id: ActionId) -> bool:
    with ws.database.write() as connection:
        action = locked(connection, action_id)
        if action.status is Status.CLAIMED:
            return True
        if not _may_start(ws, connection, action):
            return False
        now = ws.clock()
        move(connection, action, Status.CLAIMED, now=now)
        ws.audit.append(connection, event=Event.ACTION_CLAIM, actor="worker", subject=action.id, detail=bound_to(action), at=now)
        return True


def _perform(ws: Workspace, action: Action, operation: Operation, destination: Destination | None) -> bool:
    """One operation; True when it is done and the next may follow."""
    mine, status = _start(ws, action, operation)
    if status is not ExecutionStatus.CLAIMED or destination is None:
        return status is ExecutionStatus.DONE
    if destination.embedded:
        with ws.database.write() as connection:
            return _call(ws, connection, action, operation, destination, resumed=not mine)
    return mine and _call_outside(ws, action, operation, destination)


def _start(ws: Workspace, action: Action, operation: Operation) -> tuple[bool, ExecutionStatus]:
    """Write the execution row, or find the one that is there: (is it ours to call, its status)."""
    now = ws.clock()
    identity = execution_id(action, operation)
    with ws.database.write() as connection:
        if operation in done_operations(connection, action):
            return False, ExecutionStatus.DONE
        for execution in of_version(connection, action):
            if execution.id == identity:
                return False, execution.status
        execution = Execution(
            id=identity, action=action.id, version=action.version, operation=operation, status=ExecutionStatus.CLAIMED, claimed_at=now
        )
        if not store.claim_execution(connection, execution):
            return False, ExecutionStatus.CLAIMED
        detail = {"action": action.id, "version": action.version, "operation": operation}
        ws.audit.append(connection, event=Event.EXECUTION_CLAIM, actor="worker", subject=identity, detail=detail, at=now)
        if error := _held(ws, connection, action, identity):
            _finish(ws, connection, action, identity, ExecutionStatus.FAILED, error=error)
            return False, ExecutionStatus.FAILED
        return True, ExecutionStatus.CLAIMED


def _call(ws: Workspace, connection: Connection, action: Action, operation: Operation, destination: Destination, *, resumed: bool) -> bool:
    """An embedded operation: its rows and its `done` are one transaction."""
    order = _order(ws, action, operation, connection=connection)
    if resumed and (error := _held(ws, connection, action, order.execution)):
        _finish(ws, connection, action, order.execution, ExecutionStatus.FAILED, error=error)
        return False
    try:
        receipt = destination.perform(order)
    except DestinationRefused as error:
        _finish(ws, connection, action, order.execution, ExecutionStatus.FAILED, error=str(error))
        return False
    _finish(ws, connection, action, order.execution, ExecutionStatus.DONE, receipt=receipt)
    return True


def _held(ws: Workspace, connection: Connection, action: Action, execution: str) -> str:
    """What came up between the claim and now, in words; empty when nothing did."""
    rules = [finding.rule for finding in objections(ws, connection, action, now=ws.clock())]
    return f"{execution} was not sent: {', '.join(rules)} came up; queue the item again when that is settled" if rules else ""


def _call_outside(ws: Workspace, action: Action, operation: Operation, destination: Destination) -> bool:
    """The one call to the outside, with no transaction open; then its outcome."""
    order = _order(ws, action, operation)
    receipt, error = None, None
    try:
        receipt = destination.perform(order)
        status = ExecutionStatus.DONE
    except (DestinationRefused, EgressRefused, NotFound) as refused:
        status, error = ExecutionStatus.FAILED, str(refused)
    except EffectUnknown as unknown:
        status, error = ExecutionStatus.UNKNOWN, str(unknown)
    except Exception as failure:
        # Its text may hold content; and whether anything left before it was raised, nobody can tell.
        status = ExecutionStatus.UNKNOWN
        error = f"{order.execution} ended in {type(failure).__name__}: ask the receiver whether it arrived, then record the outcome"
    with ws.database.write() as connection:
        _finish(ws, connection, action, order.execution, status, receipt=receipt, error=error)
    return status is ExecutionStatus.DONE


def _settle(
    ws: Workspace, connection: Connection, action: Action, operation: Operation, destinations: Mapping[Operation, Destination]
) -> None:
    order = _order(ws, action, operation, connection=connection)
    destination = destinations.get(operation)
    there = destination.read_back(order) if destination else None
    if there:
        receipt = order.receipt(operation, order.execution, read_back=True)
        _finish(ws, connection, action, order.execution, ExecutionStatus.DONE, receipt=receipt)
    elif there is None:
        error = (
            f"the process ended while {order.execution} was being sent: ask the receiver whether it arrived, "
            f"then record the outcome of action {action.id}"
        )
        _finish(ws, connection, action, order.execution, ExecutionStatus.UNKNOWN, error=error)
    # Not there: an embedded operation that `execute` performs when the job is taken up again.


def _finish(
    ws: Workspace,
    connection: Connection,
    action: Action,
    execution: str,
    status: ExecutionStatus,
    *,
    receipt: Receipt | None = None,
    error: str | None = None,
) -> None:
    now = ws.clock()
    detail = {"action": action.id, "version": action.version, "status": status, "reference": receipt.reference if receipt else None}
    first = store.finish_execution(connection, execution, from_=ExecutionStatus.CLAIMED, to=status, now=now, receipt=receipt, error=error)
    # Late: somebody took this process for dead and recorded `unknown`. The row stands; the log tells the person what really happened.
    event = _EVENTS[status][0] if first else Event.EXECUTION_LATE
    ws.audit.append(connection, event=event, actor="worker", subject=execution, detail=detail, at=now)
    if status is not ExecutionStatus.DONE:
        breach(ws, connection, action, f"its execution is {status}")


def _order(ws: Workspace, action: Action, operation: Operation, *, connection: Connection | None = None) -> Order:
    lead = action.content.audience.lead if action.content.audience else None

    def contact() -> Contact:
        if lead is None:
            raise NotFound(f"action {action.id} names no lead: reject it")
        with ws.database.read() as reading:
            return resolve(reading, ws.ring, LeadId(lead))

    return Order(
        execution=execution_id(action, operation), operation=operation, action=action, at=ws.clock(), connection=connection, contact=contact
    )


def _outcome(status: Status) -> Outcome:
    return {Status.DONE: "done", Status.FAILED: "failed", Status.UNKNOWN: "unknown"}.get(status, "held")  # type: ignore[return-value]
