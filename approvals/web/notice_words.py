"""Notices in words: one as a person reads it, and each kind as a person chooses about it in the settings."""

from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from approvals.web import words
from policies.notice_times import Medium, Mode
from policies.notices import NoticeKind, Words, item_line, items_of, words_of
from tools.practice import Practice
from tools.store.notices import Told

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
    NoticeKind.AUTONOMY_RAISED: "Autonomy is raised",
    NoticeKind.ACCESS_CHANGED: "Somebody else opens a way into an account",
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
    NoticeKind.AUTONOMY_RAISED: "wait",
    NoticeKind.ACCESS_CHANGED: "stop",
}


class Line(NamedTuple):
    """One notice in words, with the single items it names when there are several."""

    told: Told
    said: Words
    tone: str
    items: tuple[tuple[str, str], ...]  # id, words


def line(practice: Practice, told: Told) -> Line:
    names = {person.username: person.name for person in practice.people}
    said = words_of(told.notice, names=names, when=partial(words.when, zone=ZoneInfo(practice.timezone)))
    items = items_of(told.notice)
    named = tuple((item.action, item_line(item)) for item in items) if len(items) > 1 else ()
    return Line(told, said, TONE.get(told.notice.kind, "calm"), named)
