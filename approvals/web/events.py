"""What happened, in words: every event of the audit log as a history says it."""

from approvals.web.words import plain
from tools.store.audit import Event

EVENT: dict[str, str] = {
    Event.RUN_START: "Run started",
    Event.RUN_FINISH: "Run finished",
    Event.RUN_FAIL: "Run failed",
    Event.CHANNEL_COLLECT: "Channels collected",
    Event.BATCH_SCRUB: "Records scrubbed",
    Event.BATCH_STORE: "Records stored",
    Event.LEAD_SCORE: "Leads scored",
    Event.ACTION_PROPOSE: "Drafted",
    Event.ACTION_CHECK: "Checked against the rules",
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
    Event.HANDOFF_ATTEMPT: "Sales tried to reach the lead",
    Event.HANDOFF_OUTCOME: "Outcome recorded by sales",
    Event.HANDOFF_ESCALATE: "Overdue: escalated",
    Event.LEAD_MERGE: "Two leads found to be one person",
    Event.LEAD_UNMERGE: "A merged lead taken out again",
    Event.TASK_DONE: "Task done",
    Event.EVIDENCE_ADD: "Evidence recorded",
    Event.EVIDENCE_REVOKE: "Evidence revoked",
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


def happened(event: str) -> str:
    """An audit event in words: "Approved"; "Lead score" for one without its own."""
    return EVENT.get(event, plain(event.replace(":", " ")))
