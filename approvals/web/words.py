"""The words of the desk: every closed set a page shows, said in plain English. Knows no record and no page; a test checks each set is complete."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from approvals.evidence import State
from policies import spoken
from policies.actions import ExecutionStatus, ItemKind, Risk, Severity, Status, Verdict
from policies.kinds import KINDS, Operation
from policies.leads.lifecycle import Attempt, Stage
from policies.leads.sla import Timer
from policies.records import Channel, Track

STATUS: dict[str, str] = {
    Status.DRAFT: "Draft",
    Status.QUEUED: "Waiting for a decision",
    Status.BLOCKED: "Blocked by a rule",
    Status.APPROVED: "Approved, executing",
    Status.CLAIMED: "Executing",
    Status.DONE: "Done",
    Status.FAILED: "Failed, nothing was done",
    Status.UNKNOWN: "Outcome unknown",
    Status.REJECTED: "Rejected",
    Status.EXPIRED: "Expired",
    Status.SUPERSEDED: "Replaced by a new draft",
}
VERDICT: dict[str, str] = {Verdict.BLOCK: "Blocked", Verdict.NEEDS_REVIEW: "Needs review", Verdict.PASS: "No objection"}
SEVERITY: dict[str, str] = {Severity.BLOCK: "Blocks", Severity.NEEDS_REVIEW: "Needs review", Severity.WARN: "Note"}
RISK: dict[str, str] = {Risk.HIGH: "High risk", Risk.MEDIUM: "Medium risk", Risk.LOW: "Low risk"}
CHANNEL: dict[str, str] = {
    Channel.SEARCH: "Google search",
    Channel.LISTINGS: "Listings and reviews",
    Channel.EMAIL: "Email",
    Channel.YOUTUBE: "YouTube",
}
TRACK: dict[str, str] = {Track.B2C_PATIENT: "Patients", Track.B2B_REFERRAL: "Referring practices"}
EXECUTION: dict[str, str] = {
    ExecutionStatus.CLAIMED: "Started",
    ExecutionStatus.DONE: "Done",
    ExecutionStatus.FAILED: "Failed",
    ExecutionStatus.UNKNOWN: "Outcome unknown",
}
OPERATION: dict[str, str] = {
    Operation.SALES_INBOX: "Put into the sales inbox",
    Operation.WEBHOOK: "Notify the sales system",
    Operation.SMTP: "Send the email",
    Operation.HUMAN_TASK: "Create a task with the ready text",
    Operation.SUPPRESSION_LIST: "Add to the do-not-contact list",
    Operation.PLAN_REGISTER: "Adopt the plan",
}
FAMILY: dict[str, str] = {
    "hipaa": "HIPAA",
    "ftc": "FTC",
    "can_spam": "CAN-SPAM",
    "tcpa": "TCPA",
    "aks": "Anti-kickback",
    "state_board": "State board",
    "fda": "FDA",
    "privacy": "Privacy law",
    "platform": "Platform policy",
    "ymyl": "Health content quality",
}
ITEM: dict[str, str] = {
    ItemKind.ENGAGEMENT_RECORD: "Engagement record",
    ItemKind.OUTBOUND_EVENT: "Event sent to a vendor",
    ItemKind.EMAIL: "Email",
    ItemKind.SMS_CALL: "Text message or call",
    ItemKind.AD_COPY: "Ad copy",
    ItemKind.REVIEW_REPLY: "Reply to a review",
    ItemKind.REVIEW_REQUEST: "Request for a review",
    ItemKind.LISTING: "Listing",
    ItemKind.VIDEO_METADATA: "Video title and description",
    ItemKind.WEB_PAGE: "Web page",
    ItemKind.AUDIENCE: "Audience",
    ItemKind.OFFER_INCENTIVE: "Offer or incentive",
    ItemKind.HANDOFF: "Handoff to sales",
    ItemKind.PAYMENT: "Payment",
    ItemKind.VENDOR: "Vendor",
    ItemKind.SYSTEM_RECORD: "System record",
}
"""What rules apply to, as the catalogue names it."""
EVIDENCE: dict[str, str] = {State.VALID: "Valid", State.EXPIRED: "Expired", State.REVOKED: "Revoked"}
ROLE: dict[str, str] = {
    "marketing": "Marketing",
    "compliance": "Compliance",
    "clinical_reviewer": "Clinical reviewer",
    "sales": "Sales",
    "privacy_officer": "Privacy officer",
    "admin": "Administrator",
    "auditor": "Auditor",
}
TRIGGER: dict[str, str] = {
    "cli": "Command line",
    "schedule": "Schedule",
    "desk": "Asked for at the desk",
    "replay": "Unread records tried again",
    "studio": "LangGraph Studio",
}
INBOX: dict[str, str] = {
    "new": "New",
    "accepted": "Accepted",
    "sql": "SQL",
    "opportunity": "Opportunity",
    "booked": "Booked",
    "seen": "Seen",
    "lost": "Lost",
    "rejected": "Returned",
}
STAGE: dict[str, str] = {
    Stage.ANONYMOUS: "Anonymous visitor",
    Stage.LEAD: "Lead",
    Stage.ENGAGED: "Engaged",
    Stage.MQL: "MQL",
    Stage.ACCEPTED: "Accepted by sales",
    Stage.SQL: "SQL",
    Stage.OPPORTUNITY: "Opportunity",
    Stage.BOOKED: "Booked",
    Stage.SEEN: "Seen",
    Stage.LOST: "Lost",
    Stage.RECYCLED: "Recycled",
    Stage.REJECTED: "Rejected",
}
TIMER: dict[str, str] = {Timer.ACCEPT: "Accept", Timer.ATTEMPT: "First attempt"}
ATTEMPT: dict[str, str] = {Attempt.REACHED: "Reached", Attempt.NO_ANSWER: "No answer", Attempt.LEFT_MESSAGE: "Left a message"}
ACCOUNT: dict[str, str] = {
    "ready": "Can sign in",
    "invited": "Link open, not used yet",
    "locked": "Locked for a few minutes",
    "none": "Never signed in",
}
TONE: dict[str, str] = {
    Status.QUEUED: "wait",
    Status.BLOCKED: "stop",
    Status.APPROVED: "go",
    Status.CLAIMED: "go",
    Status.DONE: "good",
    Status.FAILED: "stop",
    Status.UNKNOWN: "wait",
    Verdict.BLOCK: "stop",
    Verdict.NEEDS_REVIEW: "wait",
    Verdict.PASS: "good",
    Severity.WARN: "calm",
    Risk.HIGH: "stop",
    Risk.MEDIUM: "wait",
    Risk.LOW: "calm",
    State.VALID: "good",
    State.EXPIRED: "wait",
    State.REVOKED: "stop",
    "new": "wait",
    "accepted": "go",
    "sql": "good",
    "opportunity": "good",
    "booked": "good",
    "seen": "good",
    "overdue": "stop",
    "open": "wait",
    "running": "go",
    "degraded": "wait",
    "ok": "good",
    "ready": "good",
    "invited": "go",
    "locked": "stop",
}
"""The colour a badge takes beside its words; what is missing here is calm."""


_SAID: dict[str, str] = {  # values of fields, beside the practice's own keys
    **CHANNEL,
    **TRACK,
    **{kind.value: spec.title for kind, spec in KINDS.items()},
    "fast_lane": "Asked for contact (fast lane)",
    "mql": "MQL",
    "en": "English",
    "es": "Spanish",
}
_CAPITALS = frozenset({"baa", "cmp", "ekra", "fda", "fl", "fmv", "hbnr", "hipaa", "mhmda", "nv", "oig", "rct", "tcpa", "tx"})
_PROOF_WORDS = {
    "cert": "certification",
    "google": "Google",
    "le": "at most",
    "meta": "Meta",
    "1y": "1 year",
    "90d": "90 days",
    "part2": "Part 2",
}
_KEY = re.compile(r"[a-z]+(_[a-z]+)+")


def label(name: str) -> str:
    """The name of a field as a person says it: `amount_usd` is "Amount", because its value carries the dollar sign."""
    return plain(name.removesuffix("_usd").removesuffix("_id"))


def said(value: object, name: str, known: Mapping[str, str]) -> str:
    """The value of the field `name` in words. `known` names the practice's own keys, its service lines and locations."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if name.endswith("_usd"):
            return money(value) if abs(value) >= 0.005 else "$0"
        if name.endswith("_rate"):
            return f"{value:.1%}"
        return f"{value:,g}" if float(value).is_integer() else str(value)
    if isinstance(value, list | tuple):
        return ", ".join(said(item, name, known) for item in value) or "none"
    if isinstance(value, str):
        return known.get(value) or _SAID.get(value) or (plain(value) if _KEY.fullmatch(value) else short(value))
    return short(value)


def lead_headline(service_line: str, score: object) -> str:
    """ "Dental lead, 48 points": what sales reads first. `service_line` is its name."""
    return f"{service_line} lead, {score} points" if isinstance(score, int | float) else f"{service_line} lead"


def run_state(status: str, summary: Mapping[str, Mapping[str, Mapping[str, object]]] | None) -> tuple[str, str]:
    """(words, tone key) of a run; one that finished without one of its channels says so."""
    channels = (summary or {}).get("channels", {}).values()
    if status == "done" and any(channel.get("status", "ok") != "ok" for channel in channels):
        return "Done, degraded", "degraded"
    return plain(status), status


def listed(names: Collection[str], last: str = "and") -> str:
    """ "Ada", "Ada and Bo", "Ada, Bo and Cy"."""
    *first, end = names
    return f"{', '.join(first)} {last} {end}" if first else end


def redraft_failed(error: str, *, editable: bool) -> str:
    """Why no new draft came, from the error of its job: "subject: what happened", or only the name of a fault."""
    reason = error.partition(": ")[2]
    if not reason:
        return "The new draft failed. Ask for it again; Health has a line about it for whoever runs the desk."
    if not editable:
        return "The agent has no other wording: approve or reject the item as it is."
    return f"The agent has no other wording: {reason.removeprefix('there is no other wording; ')}."


def plain(name: str) -> str:
    """A key such as `not_reachable` as words: "Not reachable"."""
    return name.replace("_", " ").replace("-", " ").strip().capitalize()


def proof(key: str) -> str:
    """An evidence key as a person says it: `hipaa_authorization` is "HIPAA authorization"."""
    said = " ".join(word.upper() if word in _CAPITALS else _PROOF_WORDS.get(word, word) for word in key.split("_"))
    return said[:1].upper() + said[1:]


def roles(keys: Iterable[str]) -> str:
    """The roles in words: "clinical reviewer, compliance or administrator"."""
    return listed([ROLE[key].lower() for key in keys], "or")


def ago(then: datetime, now: datetime) -> str:
    """How long since `then`, in the largest whole unit: "3 hours ago"; a future time is "in 3 hours"."""
    gap = now - then
    # An item that has fourteen days expires in fourteen days, also a minute later.
    said = span(abs(gap) if gap >= timedelta(0) else _rounded(-gap))
    if said == "less than a minute":
        return "just now"
    return f"{said} ago" if gap >= timedelta(0) else f"in {said}"


def left(until: datetime, now: datetime) -> str:
    """How long a deadline is away, rounded as `ago` rounds it: "7 days"."""
    return span(_rounded(until - now))


def _rounded(length: timedelta) -> timedelta:
    """Up to the next whole unit where a twentieth of one is missing; a deadline is never said later than that."""
    for unit in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)):
        if count := int(length / unit + 0.05):
            return count * unit
    return length


def span(length: timedelta) -> str:
    for unit, seconds in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if count := int(length.total_seconds() // seconds):
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"


def money(usd: float) -> str:
    """ "$1,250" or "$0.50"; "no spend" when nothing is spent."""
    if abs(usd) < 0.005:
        return "no spend"
    return f"{'-' if usd < 0 else ''}${abs(usd):,.{0 if float(usd).is_integer() else 2}f}"


def short(value: object) -> str:
    """A value of a receipt or an audit row, cut to what fits beside others; a hash keeps its first twelve digits."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(short(item) for item in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {short(item)}" for name, item in value.items()) or "none"
    text = "none" if value is None else str(value)
    return f"{text[:12]}…" if len(text) == 64 and set(text) <= set("0123456789abcdef") else text


when = spoken.when
"""A moment on a clock of a zone."""
