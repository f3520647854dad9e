"""What is due: claims the jobs that approvals wrote and hands each action to the graph, one after the other; or says what that would do."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from approvals.approving import EXECUTE
from approvals.execute import recover
from approvals.executions import operations_of
from approvals.queue import every, expire_due
from approvals.recheck import objections
from policies.actions import Action, Finding, Status
from policies.records import ActionId
from tools.store import actions as store
from tools.store.jobs import claim_job, finish_job, retry_job, this_holder
from tools.workspace import Workspace


class Preview(NamedTuple):
    """What executing one approved action would do now. `held_by` names the rules that would send it back instead."""

    action: Action
    operations: tuple[str, ...]
    held_by: tuple[Finding, ...]
    not_before: datetime | None


def run_due(ws: Workspace, run_action: Callable[[ActionId], object]) -> tuple[ActionId, ...]:
    """Execute every job that is due, one after the other, with `run_action` (the graph); returns the actions it was called for.

    A job that raises is put back for later and the error is raised after the others are done: a failure is not hidden, and stops nobody.
    """
    expire_due(ws)
    recover(ws)
    ran: list[ActionId] = []
    failure: Exception | None = None
    holder = this_holder(EXECUTE)
    while True:
        with ws.database.write() as connection:
            job = claim_job(connection, kinds=[EXECUTE], holder=holder, now=ws.clock())
        if job is None:
            break
        ran.append(ActionId(job.subject))
        try:
            run_action(ActionId(job.subject))
        except Exception as error:
            failure = failure or error
            with ws.database.write() as connection:
                retry_job(connection, job, now=ws.clock(), error=type(error).__name__)
        else:
            with ws.database.write() as connection:
                finish_job(connection, job)
    if failure is not None:
        raise failure
    return tuple(ran)


def dry_run(ws: Workspace) -> tuple[Preview, ...]:
    """What `liaison execute` would do now with every approved action. Changes nothing."""
    now = ws.clock()
    with ws.database.read() as connection:
        return tuple(
            Preview(
                action=action,
                operations=tuple(operations_of(ws, action)),
                held_by=objections(ws, connection, action, now=now),
                not_before=store.hold_until(connection, action.id),
            )
            for action in every(connection, Status.APPROVED)
        )
