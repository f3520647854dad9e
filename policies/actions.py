"""The records of the second half of the sentence: propose, check, queue, decide, execute, audit. The first code to read after `records.py`."""

import hashlib
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, field_validator

from policies.records import ActionId, Channel, LeadId, PersonId, Record, RunId, Scalar, Track, canonical_json

# --- propose, check


SUBJECT_MAX = 120


class ActionKind(StrEnum):
    """The closed list of things the product may do. `policies/kinds.py` says what each one is."""

    NEGATIVE_KEYWORDS = "negative_keywords"
    BUDGET_SHIFT = "budget_shift"
    LANDING_PAGE_FIX = "landing_page_fix"
    QUERY_COVERAGE = "query_coverage"
    REVIEW_REPLY = "review_reply"
    PROFILE_CORRECTION = "profile_correction"
    NURTURE_EMAIL = "nurture_email"
    SUPPRESSION = "suppression"
    VIDEO_METADATA = "video_metadata"
    COMMENT_REPLY = "comment_reply"
    MQL_HANDOFF = "mql_handoff"
    PLAN_BUDGET = "plan_budget"


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Severity(StrEnum):
    BLOCK = "block"
    NEEDS_REVIEW = "needs_review"
    WARN = "warn"


class Verdict(StrEnum):
    """The worst finding wins; `warn` and `needs_evidence` alone stay `pass`."""

    BLOCK = "block"
    NEEDS_REVIEW = "needs_review"
    PASS = "pass"  # noqa: S105 - a verdict, not a password


class ItemKind(StrEnum):
    """The catalogue's `applies_to` values."""

    ENGAGEMENT_RECORD = "engagement_record"
    OUTBOUND_EVENT = "outbound_event"
    EMAIL = "email"
    SMS_CALL = "sms_call"
    AD_COPY = "ad_copy"
    REVIEW_REPLY = "review_reply"
    REVIEW_REQUEST = "review_request"
    LISTING = "listing"
    VIDEO_METADATA = "video_metadata"
    WEB_PAGE = "web_page"
    AUDIENCE = "audience"
    OFFER_INCENTIVE = "offer_incentive"
    HANDOFF = "handoff"
    PAYMENT = "payment"
    VENDOR = "vendor"
    SYSTEM_RECORD = "system_record"


class Gate(StrEnum):
    CHECK = "check"
    EXECUTE = "execute"


class Item(Record):
    """What the rules read: a text with facts. `states` None = unknown, so every state's rules run."""

    kind: ItemKind
    text: str
    states: tuple[str, ...] | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    evidence: tuple[str, ...] = ()


class Finding(Record):
    """A rule's objection. `needs_evidence` = the rule fired only because a sender or context fact is missing: blocks at execute, not at check.

    `start`, `end`: code points of the item's text. `why` is one plain sentence, `mend` what to do, `rewrite` what the offending sentence may say
    instead ("" = a person must write it), `may_clear` the roles that may record the evidence in `cleared_by`. `confidence` (0-1) only where a
    statistical reader found it.
    """

    rule: str
    family: str
    severity: Severity
    citation: str
    title: str = ""
    why: str = ""
    quote: str = ""
    start: int | None = None
    end: int | None = None
    mend: str = ""
    rewrite: str = ""
    may_clear: tuple[str, ...] = ()
    cleared_by: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    needs_evidence: bool = False
    confidence: float | None = None


class Audience(Record):
    """Whom an action reaches, as a definition, never as a list of contacts. Exactly one lead, or everybody a rule selects."""

    description: str
    lead: LeadId | None = None
    count: int | None = None


class Content(Record):
    """Exactly what is approved and sent. `body` may hold typed tokens such as `{{first_name}}`, resolved only by a destination with a BAA."""

    title: str
    body: str
    fields: dict[str, Scalar] = Field(default_factory=dict)
    audience: Audience | None = None
    destination: str = ""


class Proposal(Record):
    """What a channel agent returns: it has nothing to send with. (kind, channel, subject, period) is the natural key: a later run proposing
    the same again makes no second action. `facts` are compliance facts in the catalogue's names, stricter than the defaults or equal."""

    kind: ActionKind
    channel: Channel
    subject: str
    period: str
    content: Content
    why: tuple[str, ...] = ()
    risk: Risk = Risk.MEDIUM
    money_usd: float = 0.0
    track: Track | None = None
    states: tuple[str, ...] | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    author: str = "agent"

    @field_validator("subject")
    @classmethod
    def _fits(cls, subject: str) -> str:
        """A natural key fits its column on every engine: a long one is cut and told apart by a hash."""
        if len(subject) <= SUBJECT_MAX:
            return subject
        return f"{subject[: SUBJECT_MAX - 17]}~{hashlib.sha256(subject.encode()).hexdigest()[:16]}"


# --- queue, decide, execute, audit


class Status(StrEnum):
    DRAFT = "draft"
    QUEUED = "queued"
    BLOCKED = "blocked"
    APPROVED = "approved"
    CLAIMED = "claimed"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.QUEUED, Status.BLOCKED}),
    Status.BLOCKED: frozenset({Status.QUEUED, Status.REJECTED}),
    Status.QUEUED: frozenset({Status.APPROVED, Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED, Status.BLOCKED}),
    Status.APPROVED: frozenset({Status.CLAIMED, Status.QUEUED, Status.EXPIRED}),
    Status.CLAIMED: frozenset({Status.DONE, Status.FAILED, Status.UNKNOWN}),
    Status.UNKNOWN: frozenset({Status.DONE, Status.FAILED}),
    Status.FAILED: frozenset({Status.QUEUED}),
    Status.DONE: frozenset(),
    Status.REJECTED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.SUPERSEDED: frozenset(),
}
"""Every move an action may make (design §7); `tools/store/actions.py` enforces it in one conditional UPDATE.

queued -> blocked is an edit whose new version breaks a rule: the same row as draft -> blocked, reached again.
"""


class Action(Record):
    """A proposal with its identity and state. `content_hash` covers kind, channel, subject, period and content: a decision binds to it."""

    id: ActionId
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
    money_usd: float = 0.0
    track: Track | None = None
    states: tuple[str, ...] | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    author: str
    run: RunId | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    expires_at: AwareDatetime


class DecisionVerdict(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class Decision(Record):
    """One person's verdict on one version. `on_behalf_of` is whose authority a deputy used."""

    action: ActionId
    version: int
    content_hash: str
    verdict: DecisionVerdict
    by: PersonId
    role: str
    reason: str = ""
    at: AwareDatetime
    on_behalf_of: PersonId | None = None


class ExecutionStatus(StrEnum):
    CLAIMED = "claimed"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Receipt(Record):
    """Proof of one operation. `reference` is the provider's own id for it (a Message-ID, a webhook id); never content."""

    operation: str
    destination: str
    reference: str
    detail: dict[str, Scalar] = Field(default_factory=dict)
    at: AwareDatetime


class Execution(Record):
    """One operation of one approved version. `id` is the idempotency key given to the provider."""

    id: str
    action: ActionId
    version: int
    operation: str
    status: ExecutionStatus
    claimed_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    receipt: Receipt | None = None
    error: str | None = None


class EvidenceRecord(Record):
    """A stored proof that may clear a finding: never free text. `subject` is an action id, a provider key or "practice"."""

    id: str
    key: str
    subject: str
    scope: dict[str, str] = Field(default_factory=dict)
    issued_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None
    document_hash: str
    verified_by: str


class AuditEntry(Record):
    seq: int
    at: AwareDatetime
    event: str
    actor: str
    subject: str
    detail: dict[str, Any]
    prev_hash: str
    hash: str


class ChannelPlan(Record):
    """What the strategist gives one channel agent. Dollars per 30 days."""

    channel: Channel
    objective: str
    budget_usd: float
    max_actions: Annotated[int, Field(ge=0)] = 50
    limits: dict[str, Scalar] = Field(default_factory=dict)


class Plan(Record):
    """The CMO's plan for one period: objective, budget and limits per channel, with the reasons and what it would change."""

    period: str
    objective: str
    budget_usd: float
    channels: tuple[ChannelPlan, ...]
    reasons: tuple[str, ...] = ()
    changes_spend: bool = False


def content_hash(kind: ActionKind, channel: Channel, subject: str, period: str, content: Content) -> str:
    """SHA-256 hex of everything a decision is about: template, tokens, fields, audience definition and destination."""
    body = {"kind": kind, "channel": channel, "subject": subject, "period": period, "content": content.model_dump(mode="json")}
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def action_id(kind: ActionKind, channel: Channel, subject: str, period: str) -> ActionId:
    """The same natural key always gives the same id, so a redraft or a later run cannot make a second action."""
    digest = hashlib.sha256(canonical_json([kind, channel, subject, period]).encode()).hexdigest()
    return ActionId(f"A-{digest[:12]}")


def worst(findings: tuple[Finding, ...]) -> Verdict:
    """The verdict of a set of findings at *check*: `warn` and `needs_evidence` findings do not raise it."""
    severities = {finding.severity for finding in findings if not finding.needs_evidence}
    if Severity.BLOCK in severities:
        return Verdict.BLOCK
    return Verdict.NEEDS_REVIEW if Severity.NEEDS_REVIEW in severities else Verdict.PASS
