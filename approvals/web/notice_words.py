"""The words of the notification settings: each kind of notice as a person chooses about it."""

from policies.notice_times import Medium, Mode
from policies.notices import NoticeKind

KIND: dict[str, str] = {
    NoticeKind.ITEMS_WAIT: "Items wait for my decision",
    NoticeKind.EXPIRES_SOON: "An item of mine expires within a day",
    NoticeKind.ESCALATED: "An item is escalated to me",
    NoticeKind.MENTIONED: "Somebody mentions me",
    NoticeKind.ASSIGNED: "Somebody asks me to decide",
    NoticeKind.EXECUTION_FAILED: "Something approved failed",
    NoticeKind.EXECUTION_UNKNOWN: "An outcome is unknown",
    NoticeKind.CHANNEL_DEGRADED: "A channel is degraded",
    NoticeKind.PAUSED: "Somebody pauses a channel or everything",
    NoticeKind.RESUMED: "A pause is lifted",
    NoticeKind.HANDOFF_WAITS: "A lead waits in the sales inbox",
    NoticeKind.HANDOFF_OVERDUE: "A lead is overdue",
    NoticeKind.AUTONOMY_LOWERED: "Autonomy is lowered after a breach",
    NoticeKind.WEEKLY_BRIEF: "The week in brief",
}
MODE: dict[str, str] = {Mode.AT_ONCE: "At once", Mode.DIGEST: "In the digest", Mode.OFF: "In the desk only"}
MEDIUM: dict[str, str] = {Medium.EMAIL: "Email", Medium.SLACK: "Slack"}
WEEKDAY = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TONE: dict[str, str] = {
    NoticeKind.EXPIRES_SOON: "wait",
    NoticeKind.ESCALATED: "wait",
    NoticeKind.EXECUTION_FAILED: "stop",
    NoticeKind.EXECUTION_UNKNOWN: "stop",
    NoticeKind.CHANNEL_DEGRADED: "wait",
    NoticeKind.PAUSED: "stop",
    NoticeKind.HANDOFF_OVERDUE: "stop",
    NoticeKind.AUTONOMY_LOWERED: "stop",
}
