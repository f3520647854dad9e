"""The words of the desk: every closed set a page shows, said in plain English. Knows no record and no page; a test checks each set is complete."""

from datetime import datetime, timedelta

from policies.actions import ExecutionStatus, Risk, Severity, Status, Verdict
from policies.kinds import Operation
from policies.records import Channel, Track
from tools.store.audit import Event

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
ROLE: dict[str, str] = {
    "marketing": "Marketing",
    "compliance": "Compliance",
    "clinical_reviewer": "Clinical reviewer",
    "sales": "Sales",
    "privacy_officer": "Privacy officer",
    "admin": "Administrator",
    "auditor": "Auditor",
}
EVENT: dict[str, str] = {
    Event.RUN_START: "Run started",
    Event.RUN_FINISH: "Run finished",
    Event.RUN_FAIL: "Run failed",
    Event.CHANNEL_COLLECT: "Channels collected",
    Event.BATCH_SCRUB: "Records scrubbed",
    Event.BATCH_STORE: "Records stored",
    Event.LEAD_SCORE: "Leads scored",
    Event.ACTION_PROPOSE: "Drafted",
    Event.ACTION_QUEUE: "Checked and queued",
    Event.ACTION_BLOCK: "Checked and blocked by a rule",
    Event.ACTION_APPROVE: "Approved",
    Event.ACTION_REJECT: "Rejected",
    Event.ACTION_EDIT: "Edited",
    Event.ACTION_REDRAFT: "New draft asked for",
    Event.ACTION_UNDO: "Approval taken back",
    Event.ACTION_EXPIRE: "Expired",
    Event.ACTION_SUPERSEDE: "Closed, because the lead turned out to be another one",
    Event.ACTION_HOLD: "Held back and queued again",
    Event.ACTION_REQUEUE: "Put back into the queue",
    Event.ACTION_CLAIM: "Execution started",
    Event.ACTION_DONE: "Executed",
    Event.ACTION_FAIL: "Execution failed",
    Event.ACTION_UNKNOWN: "Outcome unknown",
    Event.ACTION_RESOLVE: "Outcome settled by a person",
    Event.EXECUTION_CLAIM: "Operation started",
    Event.EXECUTION_DONE: "Operation done",
    Event.EXECUTION_FAIL: "Operation failed",
    Event.EXECUTION_UNKNOWN: "Operation's outcome unknown",
    Event.HANDOFF_ACCEPT: "Accepted by sales",
    Event.HANDOFF_REJECT: "Returned by sales",
    Event.HANDOFF_QUALIFY: "Qualified as SQL",
    Event.TASK_DONE: "Task done",
    Event.CONTACT_REVEAL: "Contact shown",
    Event.PERSON_LINK: "One-time link made",
    Event.PERSON_PASSWORD: "Password set",
    Event.PERSON_SIGN_IN: "Signed in",
    Event.PERSON_SIGN_OUT: "Signed out",
    Event.PERSON_LOCK: "Locked after wrong passwords",
    Event.CHANNEL_PAUSE: "Paused",
    Event.CHANNEL_RESUME: "Resumed",
}
"""What happened, as the history says it; an event without its own words is named as it is."""
INBOX: dict[str, str] = {"new": "New", "accepted": "Accepted", "sql": "SQL", "rejected": "Rejected"}
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
    "new": "wait",
    "accepted": "go",
    "sql": "good",
    "open": "wait",
    "running": "go",
    "degraded": "wait",
    "ok": "good",
    "ready": "good",
    "invited": "go",
    "locked": "stop",
}
"""The colour a badge takes beside its words; what is missing here is calm."""


def plain(name: str) -> str:
    """A key such as `not_reachable` as words: "Not reachable"."""
    return name.replace("_", " ").replace("-", " ").strip().capitalize()


def happened(event: str) -> str:
    """An audit event in words: "Approved"; "Lead score" for one without its own."""
    return EVENT.get(event, plain(event.replace(":", " ")))


def ago(then: datetime, now: datetime) -> str:
    """How long since `then`, in the largest whole unit: "3 hours ago"; a future time is "in 3 hours"."""
    gap = now - then
    said = span(abs(gap))
    if said == "less than a minute":
        return "just now"
    return f"{said} ago" if gap >= timedelta(0) else f"in {said}"


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


def when(at: datetime) -> str:
    """ "2 Mar 2026, 09:00 UTC"."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


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
