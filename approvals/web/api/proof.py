"""Evidence and rules: what is proved, and what is asked."""

from typing import Annotated

from fastapi import Query, Request
from pydantic import AwareDatetime, Field

from approvals import evidence as proofs
from approvals.evidence import State
from approvals.web.api.access import Decider, QueueReader
from approvals.web.api.common import (
    EvidencePath,
    Identifier,
    Paged,
    Query_,
    RulePath,
    Term,
    cursor_of,
    offset_of,
    router,
)
from approvals.web.api.problems import Problem, documented
from approvals.web.api.schemas import EvidenceAnswer, EvidencePage, EvidenceRecorded, Hash
from approvals.web.api.work_schemas import RuleAnswer, RuleDetail, Rules
from policies.actions import EvidenceRecord, ItemKind, Severity
from policies.records import Record
from policies.rules import browse
from policies.rules.browse import Asked
from policies.rules.rule import STATES, Family
from tools.errors import NotFound
from tools.store.evidence import list_evidence
from tools.workspace import Workspace

evidence = router("evidence")
rules = router("rules")


class EvidenceQuery(Paged):
    state: Annotated[State | None, Field(description="What it is worth today; left out: every record")] = None
    subject: Annotated[Identifier | None, Field(description="practice, a provider's key, a lead, an item's id or subject")] = None


EvidenceKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,63}$", examples=["substantiation_record"])]


class NewEvidence(Record):
    """That the token's owner verified a document. Only its hash is sent: keep the document where it belongs."""

    key: EvidenceKey
    subject: Annotated[Identifier, Field(examples=["practice"])]
    document_hash: Hash
    state: Annotated[str | None, Field(pattern=r"^[A-Z]{2}$", description="Only in this state, a USPS code")] = None
    expires_at: AwareDatetime | None = None


class RuleQuery(Query_):
    family: Family | None = None
    state: Annotated[str | None, Field(pattern=r"^[A-Z]{2}$", description="USPS code: rules that name this state")] = None
    kind: ItemKind | None = None
    severity: Severity | None = None
    words: Annotated[Term, Field(description="Each must stand in id, title, citation or reason")] = ""


@evidence.get("/evidence", operation_id="listEvidence", summary="The register of proofs, the newest first")
def list_all(me: QueueReader, query: Annotated[EvidenceQuery, Query()]) -> EvidencePage:
    now, first = me.workspace.clock(), offset_of("evidence", query.cursor)
    with me.workspace.database.read() as connection:
        found = reversed(list_evidence(connection, subject=query.subject))
    chosen = [one for one in found if query.state in (None, proofs.state_of(one, now))]
    last = first + query.limit
    more = cursor_of("evidence", last) if len(chosen) > last else None
    return EvidencePage(items=tuple(evidence_answer(me.workspace, one) for one in chosen[first:last]), next=more)


@evidence.post(
    "/evidence", operation_id="recordEvidence", summary="Record that you verified a document", status_code=201, responses=documented(409)
)
def record(me: Decider, body: NewEvidence) -> EvidenceRecorded:
    """Waiting items it is about are checked again, as new versions; what it frees goes into the queue."""
    made, freed = proofs.record(
        me.workspace,
        body.key,
        subject=body.subject,
        document_hash=body.document_hash,
        by=me.username,
        scope={"state": body.state} if body.state else {},
        expires_at=body.expires_at,
    )
    return EvidenceRecorded(evidence=evidence_answer(me.workspace, made), freed=freed)


@evidence.post("/evidence/{evidence_id}/revoke", operation_id="revokeEvidence", summary="End it", responses=documented(404, 409))
def revoke(me: Decider, evidence_id: EvidencePath) -> EvidenceAnswer:
    """From now on it clears nothing: what rests on it is checked again."""
    proofs.revoke(me.workspace, evidence_id, by=me.username)
    with me.workspace.database.read() as connection:
        return next(evidence_answer(me.workspace, one) for one in list_evidence(connection) if one.id == evidence_id)


@rules.get("/rules", operation_id="listRules", summary="The rules in force")
def list_rules(me: QueueReader, query: Annotated[RuleQuery, Query()], request: Request) -> Rules:
    request.state.is_unmasked = True  # sections of law look like telephone numbers
    if query.state is not None and query.state not in STATES:
        raise Problem("invalid", "query state: it is no USPS code of a state or territory, such as TX")
    catalogue = me.workspace.catalogue
    chosen = browse.chosen(catalogue, Asked(query.family, query.state, query.kind, query.severity, query.words))
    return Rules(pack=catalogue.pack, items=tuple(RuleAnswer.model_validate(one) for one in chosen))


@rules.get("/rules/{rule_id}", operation_id="getRule", summary="One rule", responses=documented(404))
def get_rule(me: QueueReader, rule_id: RulePath, request: Request) -> RuleDetail:
    request.state.is_unmasked = True
    rule = me.workspace.catalogue.rule(rule_id.upper())
    if rule is None:
        raise NotFound(browse.not_there(me.workspace.catalogue, rule_id))
    cleared_by = tuple(dict.fromkeys((*rule.cleared_by.any_of, *rule.cleared_by.all_of)))
    fields = {name: getattr(rule, name) for name in RuleDetail.model_fields if name not in ("cleared_by", "places")}
    return RuleDetail(**fields, cleared_by=cleared_by, places=browse.places(rule))


def evidence_answer(ws: Workspace, one: EvidenceRecord) -> EvidenceAnswer:
    return EvidenceAnswer(**one.model_dump(), state=proofs.state_of(one, ws.clock()).value)
