"""Approvals in two halves: weigh each by itself, which only reads and may refuse, then write all that stand at once.

So people who approve at the same moment share one transaction, and a batch pays once for what a single approval pays: each stands or falls alone,
because the rows are locked before they are weighed.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from approvals.autonomy import level_of
from approvals.errors import NotDecidable
from approvals.guard import check_open, check_same, clean, locked
from approvals.queue import bound_to
from approvals.reviewers import Known, authority, panel_of, with_vote
from policies.actions import Action, ActionKind, Decision, DecisionVerdict, Severity, Status, Verdict
from policies.approval.ladder import Level
from policies.records import ActionId, PersonId
from tools.errors import LiaisonError
from tools.store import actions as store
from tools.store.audit import Event
from tools.store.demotions import is_supported
from tools.store.jobs import enqueue_jobs
from tools.store.recoveries import in_doubt, writers
from tools.workspace import Workspace

EXECUTE = "execute"
"""The kind of the job; its subject is the action."""


class Approval(NamedTuple):
    """One person's approval of exactly this version and content, as it was asked for."""

    ws: Workspace
    action_id: ActionId
    by: str
    version: int
    content_hash: str
    reason: str = ""


class Weighed(NamedTuple):
    """An approval that stands, not yet written. `action` is as it was before; `complete`: no review is missing after it."""

    approval: Approval
    action: Action
    decision: Decision
    complete: bool


def approve_all(approvals: Sequence[Approval]) -> list[Action | Exception]:
    """In one transaction of its own: the action after each approval, or why it was refused. A fault of one alone is not the others'."""
    try:
        with approvals[0].ws.database.write() as connection:
            return approve_each(
                connection, approvals, lock_and_read(connection, {one.action_id for one in approvals}, now=approvals[0].ws.clock())
            )
    except Exception as error:
        if len(approvals) == 1:
            return [error]
    return [answer for one in approvals for answer in approve_all([one])]


def approve_each(connection: Connection, approvals: Sequence[Approval], known: Mapping[ActionId, Known]) -> list[Action | Exception]:
    """`approve_all` inside the caller's write transaction. `known`: from `lock_and_read`, in the same transaction.

    What was read of an item counts for the first approval of it alone: whoever comes second is weighed when the first is written, and reads it anew.
    """
    answers: list[Action | Exception] = []
    standing: dict[int, Weighed] = {}
    unread = dict(known)
    for place, one in enumerate(approvals):
        there = unread.pop(one.action_id, None)
        if there is None:
            _write(connection, standing, answers)
        try:
            standing[place] = weigh(connection, one, known=there)
            answers.append(standing[place].action)
        except LiaisonError as error:
            answers.append(error)
    _write(connection, standing, answers)
    return answers


def _write(connection: Connection, standing: dict[int, Weighed], answers: list[Action | Exception]) -> None:
    for place, action in zip(standing, write(connection, tuple(standing.values())), strict=True):
        answers[place] = action
    standing.clear()


def lock_and_read(connection: Connection, ids: Collection[ActionId], *, now: datetime) -> dict[ActionId, Known]:
    """Those of these actions that exist, their rows locked, and what a decision asks of each; one query for all of each thing."""
    actions = store.list_by_id(connection, ids, lock=True)
    decisions, authors = store.decisions_of_many(connection, ids), store.authors_of_many(connection, ids)
    levels = {one: level_of(connection, *one).level for one in {(action.kind, action.channel) for action in actions}}
    recoveries = in_doubt(connection, now=now)
    wrote = writers(connection, ids, recoveries)
    return {
        one.id: Known(one, decisions[one.id], authors[one.id], levels[one.kind, one.channel], recoveries, wrote[one.id]) for one in actions
    }


def weigh(connection: Connection, approval: Approval, *, known: Known | None = None) -> Weighed:
    """Whether this approval stands, with the item's row locked; writes nothing. `known`: what the caller has locked and read.

    Raises Conflict, NotAllowed, NotDecidable and NotFound, as `decide.approve` says.
    """
    ws, now = approval.ws, approval.ws.clock()
    action = known.action if known else locked(connection, approval.action_id)
    check_same(connection, action, approval.version, approval.content_hash)
    if action.status is Status.BLOCKED or action.verdict is Verdict.BLOCK:
        rules = ", ".join(finding.rule for finding in action.findings if finding.severity is Severity.BLOCK) or "a rule"
        raise NotDecidable(f"action {action.id} breaks {rules}: edit it, add the evidence that clears the rule, or reject it")
    check_open(connection, action, Status.QUEUED)
    if action.expires_at <= now:
        raise NotDecidable(f"action {action.id} expired at {action.expires_at:%Y-%m-%d %H:%M} UTC: ask for a new draft in the next run")
    if action.kind is ActionKind.MQL_HANDOFF and not is_supported(connection, action.id, now=now):
        raise NotDecidable(f"action {action.id}: its lead is an MQL no longer; when it is one again, the next run hands it over anew")
    level = known.level if known else level_of(connection, action.kind, action.channel).level
    if level is Level.OBSERVE:
        raise NotDecidable(f"action {action.id}: items of its class are only observed; an administrator and compliance can raise the class")
    panel = panel_of(ws.practice, connection, action, now=now, known=known)
    role, principal = authority(ws.practice, connection, panel, approval.by, now=now)
    decision = Decision(
        **bound_to(action),
        action=action.id,
        verdict=DecisionVerdict.APPROVE,
        by=PersonId(approval.by),
        role=role,
        reason=clean(ws, approval.reason),
        at=now,
        on_behalf_of=PersonId(principal) if principal else None,
    )
    return Weighed(approval, action, decision, with_vote(ws.practice, panel, approval.by, principal, now=now).is_met)


def write(connection: Connection, standing: Sequence[Weighed]) -> list[Action]:
    """Decisions, moves, jobs and audit rows of approvals that were weighed in this transaction; the actions as they are then."""
    if not standing:
        return []
    now = standing[0].decision.at
    store.insert_decisions(connection, [one.decision for one in standing])
    holds = {
        one.action.id: now + timedelta(seconds=one.approval.ws.practice.approval_policy.hold_seconds) for one in standing if one.complete
    }
    store.approve_many(connection, [one.action for one in standing if one.complete], now=now, hold_until=holds)
    enqueue_jobs(connection, kind=EXECUTE, due=holds.items(), now=now)
    for one in standing:
        _record(connection, one)
    moved = {"status": Status.APPROVED, "updated_at": now}
    return [one.action.model_copy(update=moved) if one.complete else one.action for one in standing]


def _record(connection: Connection, one: Weighed) -> None:
    made = one.decision
    lent = {"on_behalf_of": made.on_behalf_of} if made.on_behalf_of else {}
    detail = {**bound_to(one.action), "role": made.role, "complete": one.complete, **lent}
    one.approval.ws.audit.append(connection, event=Event.ACTION_APPROVE, actor=made.by, subject=one.action.id, detail=detail, at=made.at)
