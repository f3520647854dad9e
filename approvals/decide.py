"""Decide: approve, reject, edit, redraft, undo. Each is one transaction: compare-and-set, decision row, audit row, job.

A decision is about one version and one content hash; whoever acts on anything else is too late and is told who was first. Nothing here
touches the world: an approval writes a job, and `execute.py` checks everything again.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from approvals.approving import EXECUTE, Approval, approve_all, weigh, write
from approvals.autonomy import breach
from approvals.errors import NotDecidable
from approvals.guard import check_open, check_same, clean, locked, who_was_first
from approvals.queue import bound_to, move, revise
from approvals.reviewers import handling_role
from policies.actions import Action, Content, Decision, DecisionVerdict, Status
from policies.kinds import KINDS
from policies.records import ActionId, PersonId
from tools.errors import Conflict
from tools.store import actions as store
from tools.store.audit import Event
from tools.store.jobs import cancel_job, enqueue_job
from tools.workspace import Workspace

REDRAFT = "redraft"

_EDITABLE = (Status.QUEUED, Status.BLOCKED, Status.APPROVED, Status.FAILED)


def approve(ws: Workspace, action_id: ActionId, *, by: str, version: int, content_hash: str, reason: str = "") -> Action:
    """Record one person's approval; when every review is met the action is approved and its execution is asked for, after the hold window.

    Until then it stays queued for the reviewers who are missing, whatever their order. Raises Conflict (409) when the item is no longer what
    the person saw or their review is there already, NotAllowed (403) for the wrong person, NotDecidable when a rule blocks it or its time is over.

    People who approve at the same moment share one transaction; each approval stands or falls alone.
    """
    approved: Action = ws.database.together.ask(Approval(ws, action_id, by, version, content_hash, reason), approve_all)
    return approved


def approve_in(
    ws: Workspace, connection: Connection, action_id: ActionId, *, by: str, version: int, content_hash: str, reason: str = ""
) -> Action:
    """`approve` inside the caller's write transaction; the action as it stands then."""
    (action,) = write(connection, [weigh(connection, Approval(ws, action_id, by, version, content_hash, reason))])
    return action


def reject(ws: Workspace, action_id: ActionId, *, by: str, version: int, content_hash: str, reason: str) -> Action:
    """Close a queued or blocked action for good; the reason is kept with the decision. One person is enough."""
    with ws.database.write() as connection:
        return reject_in(ws, connection, action_id, by=by, version=version, content_hash=content_hash, reason=reason)


def reject_in(
    ws: Workspace, connection: Connection, action_id: ActionId, *, by: str, version: int, content_hash: str, reason: str
) -> Action:
    """`reject` inside the caller's write transaction; the action as it stands then."""
    now = ws.clock()
    if not reason.strip():
        raise NotDecidable(f"rejecting action {action_id} needs a reason: say in a few words what is wrong with it")
    action = locked(connection, action_id)
    check_same(connection, action, version, content_hash)
    check_open(connection, action, Status.QUEUED, Status.BLOCKED)
    role = handling_role(ws.practice, action.kind, by)
    _decide(ws, connection, action, DecisionVerdict.REJECT, by=by, role=role, reason=reason)
    action = _move(connection, action, Status.REJECTED, now=now)
    breach(ws, connection, action, f"{by} rejected it")
    ws.audit.append(connection, event=Event.ACTION_REJECT, actor=by, subject=action.id, detail={**bound_to(action), "role": role}, at=now)
    return action


def edit(ws: Workspace, action_id: ActionId, *, by: str, version: int, content_hash: str, changes: Mapping[str, str]) -> Action:
    """A new version with `changes` ("title", "body"), checked again. Every approval so far is void, also a complete one.

    Only text may be changed: figures and identities come from the data behind the proposal. Raises NotDecidable naming the field.
    """
    now = ws.clock()
    with ws.database.write() as connection:
        action = locked(connection, action_id)
        check_same(connection, action, version, content_hash)
        check_open(connection, action, *_EDITABLE)
        handling_role(ws.practice, action.kind, by)
        content = changed(action, changes)
        _stop_execution(connection, action)
        breach(ws, connection, action, f"{by} edited it")
        new = revise(ws, connection, action, content, author=by, event=Event.ACTION_EDIT, actor=by, now=now, renewed=True)
        return _or_conflict(connection, action, new)


def redraft(ws: Workspace, action_id: ActionId, *, by: str, version: int, content_hash: str, note: str) -> Action:
    """Ask the agent for another text. The worker answers with `replace_draft`; until then the item stays as it is."""
    now = ws.clock()
    if not note.strip():
        raise NotDecidable(f"a redraft of action {action_id} needs a note: say what the new text should do differently")
    with ws.database.write() as connection:
        action = locked(connection, action_id)
        check_same(connection, action, version, content_hash)
        check_open(connection, action, Status.QUEUED, Status.BLOCKED, Status.FAILED)
        handling_role(ws.practice, action.kind, by)
        payload = {**bound_to(action), "by": by, "note": clean(ws, note)}
        if not enqueue_job(connection, kind=REDRAFT, subject=action.id, now=now, payload=payload):
            raise Conflict(f"a redraft of action {action.id} was asked for already: wait for the new version")
        ws.audit.append(connection, event=Event.ACTION_REDRAFT, actor=by, subject=action.id, detail=bound_to(action), at=now)
        return action


def replace_draft(
    ws: Workspace, action_id: ActionId, *, version: int, content_hash: str, content: Content, why: tuple[str, ...] | None = None
) -> Action:
    """The agent's answer to a redraft: the next version, written by the action's agent. Raises Conflict when a person edited meanwhile."""
    now = ws.clock()
    with ws.database.write() as connection:
        action = locked(connection, action_id)
        check_same(connection, action, version, content_hash)
        check_open(connection, action, Status.QUEUED, Status.BLOCKED, Status.FAILED)
        writer = action.author
        new = revise(
            ws, connection, action, content, author=writer, event=Event.ACTION_PROPOSE, actor=writer, now=now, why=why, renewed=True
        )
        return _or_conflict(connection, action, new)


def undo(ws: Workspace, action_id: ActionId, *, by: str) -> Action:
    """Take an approval back while the hold window is open; the item waits again, as a new version. Raises Conflict when it is too late."""
    now = ws.clock()
    with ws.database.write() as connection:
        action = locked(connection, action_id)
        check_open(connection, action, Status.APPROVED)
        handling_role(ws.practice, action.kind, by)
        hold_until = store.hold_until(connection, action.id)
        if hold_until is None or now >= hold_until:
            raise Conflict(f"the hold window of action {action.id} is over: it is being executed")
        _stop_execution(connection, action)
        breach(ws, connection, action, f"{by} took it back")
        new = revise(ws, connection, action, action.content, author=action.author, event=Event.ACTION_UNDO, actor=by, now=now)
        return _or_conflict(connection, action, new)


def requeue(ws: Workspace, action_id: ActionId, *, by: str) -> Action:
    """Put a failed action back into the queue: it is approved and executed again, without what was already done."""
    now = ws.clock()
    with ws.database.write() as connection:
        action = locked(connection, action_id)
        check_open(connection, action, Status.FAILED)
        handling_role(ws.practice, action.kind, by)
        new = revise(
            ws, connection, action, action.content, author=action.author, event=Event.ACTION_REQUEUE, actor=by, now=now, renewed=True
        )
        return _or_conflict(connection, action, new)


def changed(action: Action, changes: Mapping[str, str]) -> Content:
    """The content with `changes` made. Raises NotDecidable for what a person may not edit in this kind, or when nothing changes."""
    editable = KINDS[action.kind].editable
    if not editable:
        raise NotDecidable(
            f"action {action.id} says what its figures and its lead are, so its text cannot be edited: reject it, or ask for a redraft"
        )
    if unknown := sorted(set(changes) - set(editable)):
        raise NotDecidable(f"action {action.id}: {unknown[0]} cannot be edited; one can edit {' and '.join(editable)}")
    new = action.content.model_copy(update=dict(changes))
    if new == action.content:
        raise NotDecidable(f"nothing was changed in action {action.id}: approve it as it is, or change a field")
    return new


# --- the guard


def _decide(
    ws: Workspace,
    connection: Connection,
    action: Action,
    verdict: DecisionVerdict,
    *,
    by: str,
    role: str,
    reason: str,
    on_behalf_of: str | None = None,
) -> None:
    decision = Decision(
        action=action.id,
        version=action.version,
        content_hash=action.content_hash,
        verdict=verdict,
        by=PersonId(by),
        role=role,
        reason=clean(ws, reason),
        at=ws.clock(),
        on_behalf_of=PersonId(on_behalf_of) if on_behalf_of else None,
    )
    if not store.insert_decision(connection, decision):
        raise Conflict(f"{by} has approved this version of action {action.id} already: it needs another person")


def _move(connection: Connection, action: Action, to: Status, *, now: datetime, hold_until: datetime | None = None) -> Action:
    if not move(connection, action, to, now=now, hold_until=hold_until):
        raise Conflict(f"action {action.id} was decided by somebody else at this moment: reload the queue")
    return action.model_copy(update={"status": to, "updated_at": now})


def _stop_execution(connection: Connection, action: Action) -> None:
    if action.status is Status.APPROVED and not cancel_job(connection, kind=EXECUTE, subject=action.id):
        raise Conflict(f"action {action.id} is being executed: it can no longer be changed")


def _or_conflict(connection: Connection, action: Action, new: Action | None) -> Action:
    if new is None:
        raise Conflict(f"action {action.id} changed at this moment: {who_was_first(connection, action)}; reload it")
    return new
