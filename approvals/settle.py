"""Settle: a person found out what became of an execution whose outcome nobody could tell, and records it. Nothing is sent."""

from typing import Literal

from approvals.errors import NotDecidable
from approvals.executions import done_operations, of_version, operations_of
from approvals.guard import clean, locked
from approvals.queue import bound_to, get_action, move
from approvals.reviewers import handling_role
from policies.actions import Action, ExecutionStatus, Receipt, Status
from policies.records import ActionId
from tools.errors import Conflict
from tools.store import actions as store
from tools.store.audit import Event
from tools.workspace import Workspace


def resolve_unknown(ws: Workspace, action_id: ActionId, *, by: str, outcome: Literal["done", "failed"], reason: str) -> Action:
    """A person found out what happened: record it. Nothing is sent; a failed action can be queued again afterwards."""
    now = ws.clock()
    if not reason.strip():
        raise NotDecidable(f"action {action_id}: say where you saw that it is {outcome}, for example the server's log")
    with ws.database.write() as connection:
        action = locked(connection, action_id)
        handling_role(ws.practice, action.kind, by)
        if action.status is not Status.UNKNOWN:
            raise Conflict(f"action {action.id} is {action.status}, not unknown: reload it")
        words = clean(ws, reason)
        for execution in of_version(connection, action):
            if execution.status is ExecutionStatus.UNKNOWN:
                found = ExecutionStatus(outcome)
                receipt = Receipt(operation=execution.operation, destination="person", reference=by, at=now) if outcome == "done" else None
                store.finish_execution(
                    connection, execution.id, from_=ExecutionStatus.UNKNOWN, to=found, now=now, receipt=receipt, error=f"{by}: {words}"
                )
        rest = set(operations_of(ws, action)) - done_operations(connection, action)
        status = Status.DONE if outcome == "done" and not rest else Status.FAILED
        move(connection, action, status, now=now)
        detail = {**bound_to(action), "outcome": outcome, "status": status, "reason": words}
        ws.audit.append(connection, event=Event.ACTION_RESOLVE, actor=by, subject=action.id, detail=detail, at=now)
        return get_action(connection, action.id)
