"""What the API answers about actions, queue and evidence: closed records of their own, so that nothing new in the store leaves unnoticed.

Ids, enum values, numbers, times and scrubbed texts; a contact stands in `sales_schemas.Revealed` alone.
"""

from typing import Annotated, Any

from pydantic import AwareDatetime, ConfigDict, Field

from approvals.tokens import Scope
from policies.actions import ActionKind, Content, DecisionVerdict, ExecutionStatus, Finding, Risk, Status, Verdict
from policies.records import Channel, Record, Scalar, Track

Next = Annotated[str | None, Field(description="The next page's `cursor`; null at the end")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of exactly what is decided", examples=["0" * 64])]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="The version you have seen")]


class Answer(Record):
    """Made from a record of the desk by its fields' names; a field that is not named here stays inside."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True, hide_input_in_errors=True)


class Me(Answer):
    """Whose token this is, and what it may do now."""

    token: str = Field(examples=["T-1b2c3d4e5f60"])
    username: str
    name: str
    roles: tuple[str, ...]
    scopes: tuple[Scope, ...]


class QueueItem(Answer):
    id: str
    kind: ActionKind
    channel: Channel
    status: Status
    version: int
    content_hash: str
    verdict: Verdict
    risk: Risk
    money_usd: float
    title: str
    approvals: int
    created_at: AwareDatetime
    expires_at: AwareDatetime


class QueuePage(Answer):
    items: tuple[QueueItem, ...]
    next: Next = None


class QueueCounts(Answer):
    """`shelves` counts every shelf, `kinds` and `channels` what waits; the rest weighs it."""

    shelves: dict[str, int]
    kinds: dict[str, int]
    channels: dict[str, int]
    high_risk: int
    needs_review: int
    money_usd: float


class LeftOut(Answer):
    id: str
    why: str


class BatchAnswer(Answer):
    """What became of the items: decided, counted (a second person follows), or left as they were, each with the reason."""

    decided: tuple[str, ...]
    counted: tuple[str, ...]
    left: tuple[LeftOut, ...]


class DecisionMade(Answer):
    version: int
    content_hash: str
    verdict: DecisionVerdict
    by: str
    role: str
    reason: str
    at: AwareDatetime
    on_behalf_of: str | None = Field(None, description="Whose authority a deputy used")


class ActionAnswer(Answer):
    """One item, exactly as it would be decided. Send `version` and `content_hash` back with a decision."""

    id: str
    kind: ActionKind
    channel: Channel
    subject: str
    period: str
    status: Status
    version: int
    content: Content
    content_hash: str
    verdict: Verdict
    risk: Risk
    money_usd: float
    track: Track | None
    states: tuple[str, ...] | None
    why: tuple[str, ...]
    findings: tuple[Finding, ...]
    author: str
    run: str | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    expires_at: AwareDatetime


class ReachAnswer(Answer):
    """An audience in three disjoint parts. Who is suppressed counts there, whatever else they said."""

    consented: int
    suppressed: int
    silent: int
    total: int


class RecipientAnswer(Answer):
    """One lead by what they said about e-mail; `granted` null: nothing, which is no consent. Mails are those of the last seven days."""

    lead: str
    granted: bool | None
    said_at: AwareDatetime | None
    suppressed_because: str
    suppressed_at: AwareDatetime | None
    mailed_by_us: int
    mailed_by_others: int
    last_mailed_at: AwareDatetime | None


class RecipientsAnswer(Answer):
    """Whom it reaches by consent, counted now: `recipient` for one lead, `reach` for an audience. Never a contact."""

    words: str = Field(examples=["412 with consent, 31 suppressed"])
    service_line: str
    reach: ReachAnswer | None
    recipient: RecipientAnswer | None


class ActionDetail(ActionAnswer):
    """With its decisions, and what the token's owner may do with it now."""

    decisions: tuple[DecisionMade, ...]
    approvals_needed: int = Field(description="How many different people must approve; 0 = the policy lets nobody")
    approved_by: tuple[str, ...] = Field(description="Whose approval of this version counts")
    may_approve: bool
    may_handle: bool = Field(description="Reject, edit, redraft, undo, requeue")
    hold_until: AwareDatetime | None = Field(description="Until when an approval can be undone")
    assigned_to: str | None = Field(description="Whom it was given to; others may still decide it")
    recipients: RecipientsAnswer | None = Field(description="Where something is sent to people")


class ActionState(Answer):
    """Where an item stands, for who has it open."""

    id: str
    status: Status
    version: int
    content_hash: str
    author: str = Field(description="Who wrote this version")
    waiting: bool = Field(description="Somebody still has to decide")
    last_decision: DecisionMade | None = Field(description="About this version")
    hold_until: AwareDatetime | None
    updated_at: AwareDatetime
    expires_at: AwareDatetime


class ActionVersion(Answer):
    version: int
    content: Content
    content_hash: str
    author: str
    why: tuple[str, ...]
    findings: tuple[Finding, ...]
    pack: str = Field(description="Version and hash of the rules that were applied")
    created_at: AwareDatetime


class ActionVersions(Answer):
    items: tuple[ActionVersion, ...]


class CommentAnswer(Answer):
    """What somebody said about the item; scrubbed. `mentions` are user names."""

    id: int
    version: int
    by: str
    text: str
    mentions: tuple[str, ...]
    at: AwareDatetime


class CommentsAnswer(Answer):
    items: tuple[CommentAnswer, ...]


class ReceiptAnswer(Answer):
    operation: str
    destination: str
    reference: str
    detail: dict[str, Scalar]
    at: AwareDatetime


class ActionExecution(Answer):
    id: str
    version: int
    operation: str
    status: ExecutionStatus
    claimed_at: AwareDatetime
    finished_at: AwareDatetime | None
    receipt: ReceiptAnswer | None
    error: str | None


class ActionExecutions(Answer):
    items: tuple[ActionExecution, ...]


class AuditRow(Answer):
    """Ids, counts, hashes and enum values; no row holds content."""

    seq: int
    at: AwareDatetime
    event: str = Field(examples=["action:approve"])
    actor: str
    subject: str
    detail: dict[str, Any]
    prev_hash: str
    hash: str


class AuditPage(Answer):
    items: tuple[AuditRow, ...]
    next: Next = None


class PersonTrail(Answer):
    """What one person did and what was done about their account, newest first; `deeds` counts all they ever did, by event."""

    username: str
    deeds: dict[str, int]
    items: tuple[AuditRow, ...]
    next: Next = None


class AuditVerification(Answer):
    """`broken` is the first row that is changed, missing or foreign; `problem` says which."""

    ok: bool
    rows: int
    broken: int | None
    problem: str


class EvidenceAnswer(Answer):
    id: str
    key: str
    subject: str
    scope: dict[str, str]
    state: str = Field(description="valid, expired or revoked, at this moment")
    issued_at: AwareDatetime
    expires_at: AwareDatetime | None
    revoked_at: AwareDatetime | None
    document_hash: str
    verified_by: str


class EvidencePage(Answer):
    items: tuple[EvidenceAnswer, ...]
    next: Next = None


class EvidenceRecorded(Answer):
    evidence: EvidenceAnswer
    freed: tuple[str, ...] = Field(description="Ids of blocked actions that are in the queue again")
