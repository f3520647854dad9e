"""Notices: what the product may tell a person outside the desk. PHI-free by type: no record here has a place for free text.

A field is an id of our own form, a value of a closed set, a count, dollars, a time, or the user name of somebody of the practice. The words are
made from these alone, so whatever carries them (mail, Slack) needs no BAA. Knows nothing of who is told, when, or by what.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AwareDatetime, Field, StringConstraints, TypeAdapter

from policies.actions import ActionKind, Risk, Verdict
from policies.approval.ladder import Level
from policies.kinds import KINDS
from policies.leads.sla import Timer
from policies.records import Channel, Record, Track

ActionRef = Annotated[str, StringConstraints(pattern=r"^A-[0-9a-f]{1,14}$")]
HandoffRef = Annotated[str, StringConstraints(pattern=r"^X-[0-9a-f]{1,24}$")]
RunRef = Annotated[str, StringConstraints(pattern=r"^R-\d{14}-[0-9a-f]{6}$")]
PersonRef = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{1,40}$")]
"""A user name of practice.yaml. One that is not there is never shown: its words are "somebody"."""
Count = Annotated[int, Field(ge=0)]
Usd = Annotated[float, Field(allow_inf_nan=False)]

SHOWN = 5
"""Items of one run that are named one by one; the rest is a number and a link."""


class NoticeKind(StrEnum):
    ITEMS_WAIT = "items_wait"
    EXPIRES_SOON = "expires_soon"
    ESCALATED = "escalated"
    MENTIONED = "mentioned"
    ASSIGNED = "assigned"
    EXECUTION_FAILED = "execution_failed"
    EXECUTION_UNKNOWN = "execution_unknown"
    CHANNEL_DEGRADED = "channel_degraded"
    PAUSED = "paused"
    RESUMED = "resumed"
    HANDOFF_WAITS = "handoff_waits"
    HANDOFF_OVERDUE = "handoff_overdue"
    AUTONOMY_LOWERED = "autonomy_lowered"
    AUTONOMY_RAISED = "autonomy_raised"
    ACCESS_CHANGED = "access_changed"
    WEEKLY_BRIEF = "weekly_brief"


class WayIn(StrEnum):
    """What somebody else did to an account that was in use: made a one-time link for it, or took its authenticator away."""

    LINK = "link"
    AUTHENTICATOR = "authenticator"


class Scope(StrEnum):
    """What a pause stops: everything, or one channel."""

    ALL = "all"
    SEARCH = Channel.SEARCH.value
    LISTINGS = Channel.LISTINGS.value
    EMAIL = Channel.EMAIL.value
    YOUTUBE = Channel.YOUTUBE.value


class Waiting(Record):
    """One item as a notice may name it: what kind of thing it is, never what it says."""

    action: ActionRef
    item: ActionKind
    channel: Channel
    risk: Risk
    verdict: Verdict
    version: Count
    expires_at: AwareDatetime


class ItemsWait(Record):
    """`items`: the riskiest first, at most `SHOWN` of `count`. `run` None = one item that came back to the queue by itself."""

    kind: Literal[NoticeKind.ITEMS_WAIT] = NoticeKind.ITEMS_WAIT
    run: RunRef | None = None
    count: Count
    high: Count
    second_look: bool = False  # one person has approved already
    first_expiry: AwareDatetime | None = None  # of all `count`; None in notices written before it was kept
    items: tuple[Waiting, ...] = Field(min_length=1, max_length=SHOWN)


class ItemsExpireSoon(Record):
    """`items`: the first to expire first, at most `SHOWN` of `count`."""

    kind: Literal[NoticeKind.EXPIRES_SOON] = NoticeKind.EXPIRES_SOON
    count: Count
    items: tuple[Waiting, ...] = Field(min_length=1, max_length=SHOWN)


class ItemEscalated(Record):
    kind: Literal[NoticeKind.ESCALATED] = NoticeKind.ESCALATED
    item: Waiting


class Mentioned(Record):
    kind: Literal[NoticeKind.MENTIONED] = NoticeKind.MENTIONED
    action: ActionRef
    item: ActionKind
    by: PersonRef


class Assigned(Record):
    kind: Literal[NoticeKind.ASSIGNED] = NoticeKind.ASSIGNED
    item: Waiting
    by: PersonRef


class ExecutionFailed(Record):
    kind: Literal[NoticeKind.EXECUTION_FAILED] = NoticeKind.EXECUTION_FAILED
    action: ActionRef
    item: ActionKind


class ExecutionUnknown(Record):
    kind: Literal[NoticeKind.EXECUTION_UNKNOWN] = NoticeKind.EXECUTION_UNKNOWN
    action: ActionRef
    item: ActionKind


class ChannelDegraded(Record):
    kind: Literal[NoticeKind.CHANNEL_DEGRADED] = NoticeKind.CHANNEL_DEGRADED
    channel: Channel
    run: RunRef


class Paused(Record):
    kind: Literal[NoticeKind.PAUSED] = NoticeKind.PAUSED
    scope: Scope
    by: PersonRef


class Resumed(Record):
    kind: Literal[NoticeKind.RESUMED] = NoticeKind.RESUMED
    scope: Scope
    by: PersonRef


class HandoffWaits(Record):
    kind: Literal[NoticeKind.HANDOFF_WAITS] = NoticeKind.HANDOFF_WAITS
    handoff: HandoffRef
    track: Track
    accept_by: AwareDatetime | None = None


class HandoffOverdue(Record):
    kind: Literal[NoticeKind.HANDOFF_OVERDUE] = NoticeKind.HANDOFF_OVERDUE
    handoff: HandoffRef
    timer: Timer
    due_at: AwareDatetime


class AutonomyLowered(Record):
    kind: Literal[NoticeKind.AUTONOMY_LOWERED] = NoticeKind.AUTONOMY_LOWERED
    item: ActionKind
    level: Level


class AutonomyRaised(Record):
    kind: Literal[NoticeKind.AUTONOMY_RAISED] = NoticeKind.AUTONOMY_RAISED
    item: ActionKind
    level: Level
    by: PersonRef


class AccessChanged(Record):
    """Whoever can let themself in as another is two people: so the other, and those who keep the rules, hear of it."""

    kind: Literal[NoticeKind.ACCESS_CHANGED] = NoticeKind.ACCESS_CHANGED
    person: PersonRef
    by: PersonRef
    way: WayIn


class WeeklyBrief(Record):
    """Figures of the week that ended at `until`; the page has the rest."""

    kind: Literal[NoticeKind.WEEKLY_BRIEF] = NoticeKind.WEEKLY_BRIEF
    since: AwareDatetime
    until: AwareDatetime
    done: Count
    waiting: Count
    not_done: Count
    spend_usd: Usd


Notice = (
    ItemsWait
    | ItemsExpireSoon
    | ItemEscalated
    | Mentioned
    | Assigned
    | ExecutionFailed
    | ExecutionUnknown
    | ChannelDegraded
    | Paused
    | Resumed
    | HandoffWaits
    | HandoffOverdue
    | AutonomyLowered
    | AutonomyRaised
    | AccessChanged
    | WeeklyBrief
)
_NOTICE: TypeAdapter[Notice] = TypeAdapter(Annotated[Notice, Field(discriminator="kind")])


def notice_of(payload: Mapping[str, Any]) -> Notice:
    """The stored form back as a record; raises pydantic's ValidationError for anything that is none."""
    return _NOTICE.validate_python(payload)


def items_of(notice: Notice) -> tuple[Waiting, ...]:
    """The items a notice asks a decision about: what Slack may offer buttons for, and what changes when somebody decides."""
    match notice:
        case ItemsWait() | ItemsExpireSoon():
            return notice.items
        case ItemEscalated() | Assigned():
            return (notice.item,)
        case _:
            return ()


# --- words


class Words(NamedTuple):
    """A notice as a person reads it. `path` is a page of the desk. `filled` are the names, times and ids that were put into the sentences."""

    subject: str
    sentence: str
    path: str
    filled: tuple[str, ...] = ()


CHANNEL: dict[Channel, str] = {
    Channel.SEARCH: "Google search",
    Channel.LISTINGS: "Listings and reviews",
    Channel.EMAIL: "Email",
    Channel.YOUTUBE: "YouTube",
}
RISK: dict[Risk, str] = {Risk.HIGH: "high risk", Risk.MEDIUM: "medium risk", Risk.LOW: "low risk"}
VERDICT: dict[Verdict, str] = {Verdict.BLOCK: "blocked by a rule", Verdict.NEEDS_REVIEW: "needs review", Verdict.PASS: "no objection"}
LEVEL: dict[Level, str] = {Level.OBSERVE: "observing", Level.PROPOSE: "proposing", Level.ACT: "acting"}
NOT_DONE: dict[Timer, str] = {Timer.ACCEPT: "nobody accepted it", Timer.ATTEMPT: "nobody tried to reach it"}
TRACK: dict[Track, str] = {Track.B2C_PATIENT: "patient lead", Track.B2B_REFERRAL: "referral lead"}
SOMEBODY = "Somebody"
_OF_NO_CHANNEL = (ActionKind.MQL_HANDOFF, ActionKind.PLAN_BUDGET)

When = Callable[[datetime], str]


def words_of(notice: Notice, *, names: Mapping[str, str], when: When) -> Words:
    """What is said. `names`: user name → name, of everybody in the practice; `when` says a moment on the reader's own clock."""
    who = names.get(getattr(notice, "by", ""), SOMEBODY)
    match notice:
        case ItemsWait():
            return _items_wait(notice, when)
        case ItemsExpireSoon():
            return _expire_soon(notice, when)
        case ItemEscalated(item=item):
            sentence = f"{title(item.item)} ({RISK[item.risk]}) has waited too long and was handed up to you."
            return Words(f"Escalated to you: {title(item.item)}", sentence, _page(item.action))
        case Mentioned():
            return Words(
                f"{who} mentioned you", f"In a comment on an item: {title(notice.item)}.", f"{_page(notice.action)}#comments", (who,)
            )
        case Assigned(item=item):
            sentence = f"{title(item.item)} ({RISK[item.risk]}) is yours to decide."
            return Words(f"{who} asks you to decide", sentence, _page(item.action), (who,))
        case ExecutionFailed():
            sentence = "Nothing was done. Mend the cause, then put it back into the queue."
            return Words(f"Failed: {title(notice.item)}", sentence, _page(notice.action))
        case ExecutionUnknown():
            sentence = "It may or may not have been done. Ask the provider, then record what you found; nothing is sent again by itself."
            return Words(f"Outcome unknown: {title(notice.item)}", sentence, _page(notice.action))
        case _:
            return _of_the_house(notice, who, names.get(getattr(notice, "person", ""), SOMEBODY), when)


def _of_the_house(notice: Notice, who: str, whom: str, when: When) -> Words:
    match notice:
        case ChannelDegraded():
            sentence = "The last run finished without a part of it. Health says what is missing and how to mend it."
            return Words(f"{CHANNEL[notice.channel]} is degraded", sentence, "/health")
        case Paused():
            sentence = f"{who} paused it. Nothing of it is executed until somebody resumes it."
            return Words(f"{scope_name(notice.scope)} is paused", sentence, "/pause", (who,))
        case Resumed():
            return Words(f"{scope_name(notice.scope)} runs again", f"{who} lifted the pause.", "/pause", (who,))
        case HandoffWaits():
            until = f" Accept it by {when(notice.accept_by)}." if notice.accept_by else ""
            filled = (when(notice.accept_by),) if notice.accept_by else ()
            return Words(f"A {TRACK[notice.track]} waits for you", f"It is new in the sales inbox.{until}", _lead(notice.handoff), filled)
        case HandoffOverdue():
            due = when(notice.due_at)
            return Words("A lead is overdue", f"It was due {due} and {NOT_DONE[notice.timer]}.", _lead(notice.handoff), (due,))
        case AutonomyLowered():
            sentence = f"It is {LEVEL[notice.level]} again after a breach of its limits. Only a person can raise it."
            return Words(f"Autonomy lowered: {title(notice.item)}", sentence, "/policy")
        case AutonomyRaised():
            sentence = f"It is {LEVEL[notice.level]} now; {who} agreed to it. Anybody of the desk can take it down at once."
            return Words(f"Autonomy raised: {title(notice.item)}", sentence, "/policy", (who,))
        case AccessChanged():
            did = "made a one-time link for" if notice.way is WayIn.LINK else "took the authenticator away from"
            sentence = (
                f"{who} {did} the account of {whom}. For three days what either approves counts as one person's. If {whom} did not ask for it: "
                f"object. {whom} does it under Your account, an administrator under People."
            )
            return Words(f"A way in for {whom}", sentence, "/notices", (who, whom))
        case WeeklyBrief():
            since, until = when(notice.since), when(notice.until)
            sentence = (
                f"{since} to {until}: {notice.done:,} done, {notice.waiting:,} waiting for a decision, "
                f"{notice.not_done:,} could not be done, ${notice.spend_usd:,.0f} spent."
            )
            return Words("The week in brief", sentence, f"/brief?week={notice.since:%G-W%V}", (since, until))
        case _:
            raise ValueError(f"{type(notice).__name__} has no words: add them to policies/notices.py")


def _items_wait(notice: ItemsWait, when: When) -> Words:
    first = notice.first_expiry or min(item.expires_at for item in notice.items)
    end = when(first)
    if notice.count == 1:
        item = notice.items[0]
        said = "It needs a second approval" if notice.second_look else "It waits for your decision"
        sentence = f"{said}: {_weight(item)}. It expires {end}."
        return Words(title(item.item), sentence, _page(item.action), (end,))
    high = {0: "None is high risk.", 1: "One is high risk."}.get(notice.high, f"{notice.high:,} are high risk.")
    return Words(f"{notice.count:,} items wait for your decision", f"{high} The first expires {end}.", "/queue", (end,))


def _expire_soon(notice: ItemsExpireSoon, when: When) -> Words:
    first = notice.items[0]
    end = when(first.expires_at)
    if notice.count == 1:
        return Words(
            f"Expires soon: {title(first.item)}", f"It expires {end}. Without a decision nothing is done.", _page(first.action), (end,)
        )
    sentence = f"The first expires {end}. Without a decision nothing is done."
    return Words(f"{notice.count:,} items expire within a day", sentence, "/queue", (end,))


def item_line(item: Waiting) -> str:
    """One item of a list: "Correct a listing: Listings and reviews, low risk, no objection"."""
    return f"{title(item.item)}: {_weight(item)}"


def _weight(item: Waiting) -> str:
    """A lead and a plan belong to no one channel, whatever brought them."""
    where = () if item.item in _OF_NO_CHANNEL else (CHANNEL[item.channel],)
    return ", ".join((*where, RISK[item.risk], VERDICT[item.verdict]))


def title(kind: ActionKind) -> str:
    return KINDS[kind].title


def scope_name(scope: Scope) -> str:
    return "Everything" if scope is Scope.ALL else CHANNEL[Channel(scope.value)]


def _page(action: str) -> str:
    return f"/actions/{action}"


def _lead(handoff: str) -> str:
    return f"/inbox/{handoff}"
