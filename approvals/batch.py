"""Many like items decided at once: each is bound to what its page showed, checked anew, and decided or left out with the reason. Never half.

A batch saves the clicks, not the looking: what has findings to weigh or a high risk is opened alone.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from approvals.approving import Approval, approve_each, lock_and_read
from approvals.decide import reject_in
from approvals.errors import NotDecidable
from approvals.queue import findings_on, subjects_of
from policies.actions import Action, EvidenceRecord, Gate, Risk, Severity, Status, Verdict
from policies.records import ActionId, Record
from tools.errors import LiaisonError
from tools.store import actions as store
from tools.store.evidence import holding
from tools.workspace import Workspace

log = structlog.get_logger()

MOST = 1000
CHUNK = 100
"""Items per transaction: others wait no longer than that for the store, and one wait for the disk serves a hundred."""


class Item(NamedTuple):
    """What a decision is about: exactly the version and content the person saw."""

    id: ActionId
    version: int
    content_hash: str


class Left(Record):
    """An item that was not decided, and why in words."""

    id: ActionId
    why: str


class Batch(Record):
    """What became of the items: approved or rejected, counted (a second person follows), or left as they were."""

    decided: tuple[ActionId, ...] = ()
    counted: tuple[ActionId, ...] = ()
    left: tuple[Left, ...] = ()


Answer = tuple[Item, Action | Exception]
Decide = Callable[[Connection, Sequence[Item]], Iterator[Answer]]
"""Decides on some items in one transaction: each item with its action as it is then, or with why it was left as it was."""


def approve_many(ws: Workspace, items: Sequence[Item], *, by: str, reason: str = "") -> Batch:
    """Approve each of up to MOST items of one kind that still stands as it was shown and that no rule objects to now.

    Raises NotDecidable when they are too many, none, or of several kinds; one item's own refusal only leaves it out.
    """

    def decide(connection: Connection, part: Sequence[Item]) -> Iterator[Answer]:
        known = lock_and_read(connection, [item.id for item in part], now=ws.clock())
        subjects = frozenset().union(*(subjects_of(one.action) for one in known.values()))
        proofs = holding(connection, sorted(subjects), at=ws.clock())
        fine: list[Item] = []
        for item in part:
            action = known[item.id].action
            if why := alone(action) or _new_objection(ws, connection, action, proofs):
                yield item, NotDecidable(f"action {item.id}: {why}")
            else:
                fine.append(item)
        asked = [Approval(ws, item.id, by, item.version, item.content_hash, reason) for item in fine]
        yield from zip(fine, approve_each(connection, asked, known), strict=True)

    return _each(ws, items, decide)


def reject_many(ws: Workspace, items: Sequence[Item], *, by: str, reason: str) -> Batch:
    """Reject each of up to MOST items of one kind for one reason. Raises as `approve_many` does, and without a reason."""
    if not reason.strip():
        raise NotDecidable("rejecting these items needs a reason: say in a few words what is wrong with them")

    def decide(connection: Connection, part: Sequence[Item]) -> Iterator[Answer]:
        for item in part:
            answer: Action | Exception
            try:
                with connection.begin_nested():
                    answer = reject_in(ws, connection, item.id, by=by, version=item.version, content_hash=item.content_hash, reason=reason)
            except LiaisonError as error:
                answer = error
            yield item, answer

    return _each(ws, items, decide)


def alone(action: Action) -> str:
    """Why this item must be looked at alone and not approved with others; empty when it may be."""
    if action.risk is Risk.HIGH:
        return "it is of high risk: open it and decide on it alone"
    if action.verdict is not Verdict.PASS:
        return "a rule asks for a person's review: open it and read the finding"
    return ""


def _new_objection(ws: Workspace, connection: Connection, action: Action, proofs: Sequence[EvidenceRecord]) -> str:
    """What the rules of this minute say that the queue did not show."""
    seen = {finding.rule for finding in action.findings}
    found = findings_on(ws, connection, action, gate=Gate.CHECK, now=ws.clock(), proofs=proofs)
    new = [one.rule for one in found if one.rule not in seen and one.severity is not Severity.WARN]
    return f"{', '.join(new)} objects since it was queued: open it and read the finding" if new else ""


def _each(ws: Workspace, items: Sequence[Item], decide: Decide) -> Batch:
    if not items:
        raise NotDecidable("no item was chosen: choose at least one")
    if len(items) > MOST:
        raise NotDecidable(f"{len(items):,} items are too many for one batch: choose at most {MOST:,}")
    decided: list[ActionId] = []
    counted: list[ActionId] = []
    left: list[Left] = []
    # In order of id: two batches over the same items then take their locks in the same order.
    ordered = sorted(set(items))
    ids = [item.id for item in ordered]
    with ws.database.read() as connection:
        there = {action.id: action.kind for action in store.list_by_id(connection, ids)}
    if len(kinds := set(there.values())) > 1:
        raise NotDecidable(f"these items are of {len(kinds)} kinds: narrow the queue to one kind, and decide on like items together")
    left += [Left(id=id_, why=f"there is no action {id_}") for id_ in ids if id_ not in there]
    ordered = [item for item in ordered if item.id in there]
    for start in range(0, len(ordered), CHUNK):
        part = ordered[start : start + CHUNK]
        try:
            with ws.database.write() as connection:
                answers = dict(decide(connection, part))
        except Exception as error:  # what was committed before it must still be reported
            log.error("batch:fault", reason=type(error).__name__, items=len(part))
            left += [Left(id=item.id, why="a fault of ours kept it from being decided: try it again, or alone") for item in part]
            continue
        for item, answer in answers.items():
            if isinstance(answer, Exception):
                left.append(Left(id=item.id, why=str(answer)))
            else:
                (counted if answer.status is Status.QUEUED else decided).append(item.id)
    return Batch(decided=tuple(decided), counted=tuple(counted), left=tuple(left))
