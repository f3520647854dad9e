"""Decide: approve, reject, edit, redraft, undo. Each is one transaction: compare-and-set, decision row, audit row, job.

A decision is about one version and one content hash; whoever acts on anything else is too late and is told who was first. Nothing here
touches the world: an approval writes a job, and `execute.py` checks everything again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from approvals.autonomy import breach, level_of
from approvals.errors import NotDecidable
from approvals.queue import bound_to, move, revise
from approvals.reviewers import Known, authority, handling_role, panel_of, with_vote
from policies.actions import Action, ActionKind, Content, Decision, DecisionVerdict, Severity, Status, Verdict
from policies.approval.ladder import Level
from policies.kinds import KINDS
from policies.records import ActionId, PersonId
from tools.errors import Conflict, NotFound
from tools.store import actions as store
from tools.store.audit import Event
from tools.store.demotions import is_supported
from tools.store.jobs import cancel_job, enqueue_job
from tools.workspace import Workspace

REASON_MAX = 500
EXECUTE, REDRAFT = "execute", "redraft"

_EDITABLE = (Status.QUEUED, Status.BLOCKED, Status.APPROVED, Status.FAILED)


def approve(ws: Workspace, action_id: ActionId, *, by: str, version: int, content_hash: str, reason: str = "") -> Action:
    """Record one person's approval; when every review is met the action is approved and its execution is asked for, after the hold window.

    Until then it stays queued for the reviewers who are missing, whatever their order. Raises Conflict (409) when the item is no longer what
    the person saw or their review is there already, NotAllowed (403) for the wrong person, NotDecidable when a rule blocks it or its time is over.

    People who approve at the same moment share one transaction; each approval stands or falls alone.
    """
    approved: Action = ws.database.together.ask(_Approval(ws, action_id, by, version, content_hash, reason), _approve_all)
    return approved


class _Approval(NamedTuple):
    ws: Workspace
    action_id: ActionId
    by: str
    version: int
    content_hash: str
    reason: str


def _approve_all(approvals: Sequence[_Approval]) -> list[Action | Exception]:
    """Each in a savepoint of its own: the action after it, or why it was refused."""
    answers: list[Action | Exception] = []
    with approvals[0].ws.database.write() as connection:
        known = lock_and_read(connection, {one.action_id for one in approvals})
        for one in approvals:
            mine = known.pop(one.action_id, None)  # whoever comes second to the same item reads it again
            bound = {"by": one.by, "version": one.version, "content_hash": one.content_hash, "reason": one.reason}
            try:
                with connection.begin_nested():
                    answers.append(approve_in(one.ws, connection, one.action_id, known=mine, **bound))  # type: ignore[arg-type]
            except Exception as error:
                answers.append(error)
    return answers


def lock_and_read(connection: Connection, ids: Collection[ActionId]) -> dict[ActionId, Known]:
    """Those of these actions that exist, their rows locked, and what a decision asks of each; one query for all of each thing."""
    locked = store.list_by_id(connection, ids, lock=True)
    decisions, authors = store.decisions_of_many(connection, ids), store.authors_of_many(connection, ids)
    levels = {one: level_of(connection, *one).level for one in {(action.kind, action.channel) for action in locked}}
    return {one.id: Known(one, decisions[one.id], authors[one.id], levels[one.kind, one.channel]) for one in locked}


def approve_in(
    ws: Workspace,
    connection: Connection,
    action_id: ActionId,
    *,
    by: str,
    version: int,
    content_hash: str,
    reason: str = "",
    known: Known | None = None,
) -> Action:
    """`approve` inside the caller's write transaction; the action as it stands then. `known`: what the caller has locked and read.

    The audit row comes last: a refusal leaves nothing behind, also where the caller goes on with other items.
    """
    now = ws.clock()
    action = known.action if known else _locked(connection, action_id)
    _same(connection, action, version, content_hash)
    if action.status is Status.BLOCKED or action.verdict is Verdict.BLOCK:
        rules = ", ".join(finding.rule for finding in action.findings if finding.severity is Severity.BLOCK) or "a rule"
        raise NotDecidable(f"action {action.id} breaks {rules}: edit it, add the evidence that clears the rule, or reject it")
    _open(connection, action, Status.QUEUED)
    if action.expires_at <= now:
        raise NotDecidable(f"action {action.id} expired at {action.expires_at:%Y-%m-%d %H:%M} UTC: ask for a new draft in the next run")
    if action.kind is ActionKind.MQL_HANDOFF and not is_supported(connection, action.id, now=now):
        raise NotDecidable(f"action {action.id}: its lead is an MQL no longer; when it is one again, the next run hands it over anew")
    level = known.level if known else level_of(connection, action.kind, action.channel).level
    if level is Level.OBSERVE:
        raise NotDecidable(f"action {action.id}: items of its class are only observed; an administrator and compliance can raise the class")
    panel = panel_of(ws.practice, connection, action, known=known)
    role, principal = authority(ws.practice, connection, panel, by, now=now)
    _decide(ws, connection, action, DecisionVerdict.APPROVE, by=by, role=role, reason=reason, on_behalf_of=principal)
    complete = with_vote(ws.practice, panel, by, principal).is_met
    if complete:
        hold_until = now + timedelta(seconds=ws.practice.approval_policy.hold_seconds)
        action = _move(connection, action, Status.APPROVED, now=now, hold_until=hold_until)
        enqueue_job(connection, kind=EXECUTE, subject=action.id, now=now, not_before=hold_until)
    detail = {**bound_to(action), "role": role, "complete": complete, **({"on_behalf_of": principal} if principal else {})}
    ws.audit.append(connection, event=Event.ACTION_APPROVE, actor=by, subject=action.id, detail=detail, at=now)
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
    action = _locked(connection, action_id)
    _same(connection, action, version, content_hash)
    _open(connection, action, Status.QUEUED, Status.BLOCKED)
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
        action = _locked(connection, action_id)
        _same(connection, action, version, content_hash)
        _open(connection, action, *_EDITABLE)
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
        action = _locked(connection, action_id)
        _same(connection, action, version, content_hash)
        _open(connection, action, Status.QUEUED, Status.BLOCKED, Status.FAILED)
        handling_role(ws.practice, action.kind, by)
        payload = {**bound_to(action), "by": by, "note": _clean(ws, note)}
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
        action = _locked(connection, action_id)
        _same(connection, action, version, content_hash)
        _open(connection, action, Status.QUEUED, Status.BLOCKED, Status.FAILED)
        writer = action.author
        new = revise(
            ws, connection, action, content, author=writer, event=Event.ACTION_PROPOSE, actor=writer, now=now, why=why, renewed=True
        )
        return _or_conflict(connection, action, new)


def undo(ws: Workspace, action_id: ActionId, *, by: str) -> Action:
    """Take an approval back while the hold window is open; the item waits again, as a new version. Raises Conflict when it is too late."""
    now = ws.clock()
    with ws.database.write() as connection:
        action = _locked(connection, action_id)
        _open(connection, action, Status.APPROVED)
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
        action = _locked(connection, action_id)
        _open(connection, action, Status.FAILED)
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


def _locked(connection: Connection, action_id: ActionId) -> Action:
    action = store.get_action(connection, action_id, lock=True)
    if action is None:
        raise NotFound(f"there is no action {action_id}: run liaison queue list for the ids")
    return action


def _same(connection: Connection, action: Action, version: int, content_hash: str) -> None:
    if (action.version, action.content_hash) != (version, content_hash):
        raise Conflict(f"action {action.id} is no longer what you saw: {_who_was_first(connection, action)}; reload it")


def _open(connection: Connection, action: Action, *statuses: Status) -> None:
    if action.status not in statuses:
        raise Conflict(f"action {action.id} is {action.status} already: {_who_was_first(connection, action)}; reload the queue")


def _who_was_first(connection: Connection, action: Action) -> str:
    """Who last decided or changed the item, in words."""
    decided = [one for one in store.decisions_of(connection, action.id) if one.version == action.version]
    if decided:
        last = decided[-1]
        verb = "approved" if last.verdict is DecisionVerdict.APPROVE else "rejected"
        return f"{last.by} {verb} version {last.version} at {last.at:%Y-%m-%d %H:%M:%S} UTC"
    newest = store.versions(connection, action.id)[-1]
    return f"version {newest.version} by {newest.author} is there since {newest.created_at:%Y-%m-%d %H:%M:%S} UTC"


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
        reason=_clean(ws, reason),
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
        raise Conflict(f"action {action.id} changed at this moment: {_who_was_first(connection, action)}; reload it")
    return new


def _clean(ws: Workspace, text: str) -> str:
    """A person's words without identifiers: reasons and notes live in the clean zone."""
    said = text.strip()[:REASON_MAX]
    return ws.scrubber.scrub(said).text if said else ""
