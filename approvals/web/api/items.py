"""What one can do with an item besides deciding it: ask where it stands, add a proof about it, give it to somebody; and who stands in for whom."""

from typing import Annotated

from fastapi import Path
from pydantic import AwareDatetime, Field

from approvals import delegate
from approvals import evidence as proofs
from approvals.queue import get_action
from approvals.web.api.access import Decider, Editor, QueueReader
from approvals.web.api.actions import Bound
from approvals.web.api.common import ActionPath, Identifier, router
from approvals.web.api.desk_schemas import AbsenceAnswer, Absences, AssignmentAnswer, AwayByFile
from approvals.web.api.problems import documented
from approvals.web.api.proof import EvidenceKey, evidence_answer
from approvals.web.api.schemas import ActionState, DecisionMade, EvidenceRecorded, Hash
from approvals.web.item import state_of
from policies.records import ActionId, Record
from tools.errors import NotFound
from tools.store import delegations as store

actions = router("actions")
absences = router("absences")

AbsencePath = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,40}$", description="The absence's id", examples=["D-1b2c3d4e5f60"])]


class Proof(Record):
    """That the token's owner verified a document about this item. Only its hash is sent."""

    key: EvidenceKey
    document_hash: Hash


class Assignment(Bound):
    to: Annotated[Identifier, Field(description="The user name of somebody who can approve it as it stands")]


class Away(Record):
    """Somebody is away. Naming a deputy lends authority that outlives this token, so that is done at the page."""

    person: Annotated[Identifier | None, Field(description="Left out: the token's owner")] = None
    starts_at: AwareDatetime
    ends_at: AwareDatetime


@actions.get(
    "/actions/{action_id}/state", operation_id="getActionState", summary="Where it stands, in a few fields", responses=documented(404)
)
def get_state(me: QueueReader, action_id: ActionPath) -> ActionState:
    """For who has the item open: is it still what was read, and was somebody else first?"""
    with me.workspace.database.read() as connection:
        found = state_of(connection, ActionId(action_id))
    fields = {name: getattr(found.action, name) for name in ("id", "status", "version", "content_hash", "updated_at", "expires_at")}
    last = DecisionMade.model_validate(found.last) if found.last else None
    return ActionState(**fields, author=found.author, waiting=found.waiting, last_decision=last, hold_until=found.hold_until)


@actions.post(
    "/actions/{action_id}/evidence",
    operation_id="addActionEvidence",
    summary="Record a proof about it",
    status_code=201,
    responses=documented(404),
)
def add_evidence(me: Decider, action_id: ActionPath, body: Proof) -> EvidenceRecorded:
    """The item is checked again at once: where the proof clears a finding, there is a new version of it."""
    with me.workspace.database.read() as connection:
        action = get_action(connection, ActionId(action_id))
    made, freed = proofs.record(me.workspace, body.key, subject=action.id, document_hash=body.document_hash, by=me.username)
    return EvidenceRecorded(evidence=evidence_answer(me.workspace, made), freed=freed)


@actions.post(
    "/actions/{action_id}/assign", operation_id="assignAction", summary="Give it to somebody to decide", responses=documented(404, 409)
)
def assign(me: Editor, action_id: ActionPath, body: Assignment) -> AssignmentAnswer:
    """They are told. Others who may decide it still may."""
    given = delegate.assign(
        me.workspace, ActionId(action_id), to=body.to, by=me.username, version=body.version, content_hash=body.content_hash
    )
    return AssignmentAnswer.model_validate(given)


@absences.get("/absences", operation_id="listAbsences", summary="Who is away, and who stands in")
def list_absences(me: QueueReader) -> Absences:
    now, people = me.workspace.clock(), me.workspace.practice.people
    with me.workspace.database.read() as connection:
        rows = store.upcoming(connection, at=now)
    written = [AwayByFile(person=one.username, until=one.absent_until) for one in people if one.absent_until and one.absent_until > now]
    return Absences(items=tuple(AbsenceAnswer.model_validate(row) for row in rows), written=tuple(written))


@absences.post("/absences", operation_id="addAbsence", summary="Say that somebody is away", status_code=201)
def add_absence(me: Decider, body: Away) -> AbsenceAnswer:
    """Without a deputy: who is away is told after their return, and nobody waits for them."""
    made = delegate.delegate(
        me.workspace,
        body.person or me.username,
        by=me.username,
        deputy=None,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        kinds=(),
    )
    return AbsenceAnswer.model_validate(made)


@absences.post("/absences/{absence}/end", operation_id="endAbsence", summary="They are back", responses=documented(404))
def end_absence(me: Decider, absence: AbsencePath) -> AbsenceAnswer:
    """What the deputy decided until now keeps counting."""
    delegate.revoke(me.workspace, absence, by=me.username)
    with me.workspace.database.read() as connection:
        found = store.get(connection, absence)
    if found is None:
        raise NotFound(f"there is no absence {absence}: the list of absences has the ids")
    return AbsenceAnswer.model_validate(found)
