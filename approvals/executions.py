"""What an action's execution rows amount to: its operations, which of them are done, how it ends. Reads only."""

import hashlib

from sqlalchemy import Connection

from policies.actions import Action, Execution, ExecutionStatus
from policies.kinds import KINDS, Operation
from policies.records import canonical_json
from tools.store import actions as store
from tools.workspace import Workspace


def operations_of(ws: Workspace, action: Action) -> tuple[Operation, ...]:
    """The kind's operations, without a webhook where the practice has none: the sales inbox is enough."""
    skipped = {Operation.WEBHOOK} if ws.practice.destinations.webhook is None else set()
    return tuple(operation for operation in KINDS[action.kind].operations if operation not in skipped)


def execution_id(action: Action, operation: str) -> str:
    """The same (action, version, operation) always has the same id: a repeated call carries the same idempotency key."""
    return f"X-{hashlib.sha256(canonical_json([action.id, action.version, operation]).encode()).hexdigest()[:24]}"


def of_version(connection: Connection, action: Action) -> tuple[Execution, ...]:
    return tuple(one for one in store.executions_of(connection, action.id) if one.version == action.version)


def done_operations(connection: Connection, action: Action) -> set[str]:
    """Operations done for any version: what was done once is never done again, whatever was edited since."""
    return {one.operation for one in store.executions_of(connection, action.id) if one.status is ExecutionStatus.DONE}


def result_of(states: list[ExecutionStatus | None]) -> ExecutionStatus | None:
    """The action's outcome; None while an operation is still claimed or was never started."""
    for worse in (ExecutionStatus.UNKNOWN, ExecutionStatus.FAILED):
        if worse in states:
            return worse
    return ExecutionStatus.DONE if all(state is ExecutionStatus.DONE for state in states) else None
