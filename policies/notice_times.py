"""What a person wants to be told, by what, and when: the choices, and the instants that follow from them. Pure: the clock is given."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import Field

from policies.notices import NoticeKind
from policies.records import Record

WEEK = 7
WORKDAYS = (0, 1, 2, 3, 4)
DIGEST_AT = time(8, 0)


class Mode(StrEnum):
    """`OFF` is told in the desk only, under the bell."""

    OFF = "off"
    DIGEST = "digest"
    AT_ONCE = "at_once"


class Medium(StrEnum):
    EMAIL = "email"
    SLACK = "slack"


class Choice(Record):
    mode: Mode
    media: tuple[Medium, ...] = (Medium.EMAIL,)


ALWAYS = {
    kind: Choice(mode=Mode.AT_ONCE, media=(Medium.EMAIL, Medium.SLACK)) for kind in (NoticeKind.ACCESS_CHANGED, NoticeKind.AUTONOMY_RAISED)
}
"""Told at once, unless somebody said otherwise about exactly this: also to those who chose before the kind was there."""


class Preferences(Record):
    """`weekdays`: Monday = 0, the days a digest comes. `timezone` None = the practice's. Quiet hours may cross midnight; equal ends = none."""

    choices: dict[NoticeKind, Choice] = Field(default_factory=dict)
    digest_at: time = DIGEST_AT
    weekdays: tuple[int, ...] = Field(WORKDAYS, min_length=1)
    timezone: str | None = None
    quiet_from: time = time(20, 0)
    quiet_to: time = time(7, 0)

    def choice(self, kind: NoticeKind) -> Choice:
        return self.choices.get(kind, ALWAYS.get(kind, Choice(mode=Mode.OFF)))

    def zone(self, practice: ZoneInfo) -> ZoneInfo:
        return ZoneInfo(self.timezone) if self.timezone else practice


_DIGEST, _ONCE = Choice(mode=Mode.DIGEST), Choice(mode=Mode.AT_ONCE, media=(Medium.EMAIL, Medium.SLACK))
_PERSONAL = {
    NoticeKind.ACCESS_CHANGED: _ONCE,
    NoticeKind.MENTIONED: _ONCE,
    NoticeKind.ASSIGNED: _ONCE,
    NoticeKind.ESCALATED: _ONCE,
}
_DECIDES = _PERSONAL | {
    NoticeKind.ITEMS_WAIT: Choice(mode=Mode.DIGEST, media=(Medium.EMAIL, Medium.SLACK)),
    NoticeKind.EXPIRES_SOON: _ONCE,
    NoticeKind.PAUSED: _ONCE,
    NoticeKind.RESUMED: _DIGEST,
}
_RUNS_IT = {
    NoticeKind.EXECUTION_FAILED: _DIGEST,
    NoticeKind.EXECUTION_UNKNOWN: _ONCE,
    NoticeKind.CHANNEL_DEGRADED: _DIGEST,
    NoticeKind.AUTONOMY_LOWERED: _ONCE,
    NoticeKind.AUTONOMY_RAISED: _ONCE,
    NoticeKind.WEEKLY_BRIEF: _DIGEST,
}
_BY_ROLE: dict[str, dict[NoticeKind, Choice]] = {
    "marketing": _DECIDES | _RUNS_IT | {NoticeKind.HANDOFF_OVERDUE: _ONCE},
    "admin": _DECIDES | _RUNS_IT,
    "compliance": _DECIDES | {NoticeKind.AUTONOMY_LOWERED: _ONCE, NoticeKind.AUTONOMY_RAISED: _ONCE},
    "clinical_reviewer": _DECIDES,
    "privacy_officer": _DECIDES,
    "sales": _PERSONAL | {NoticeKind.HANDOFF_WAITS: _ONCE, NoticeKind.HANDOFF_OVERDUE: _ONCE, NoticeKind.ITEMS_WAIT: _DIGEST},
    "auditor": {NoticeKind.MENTIONED: _ONCE, NoticeKind.ACCESS_CHANGED: _ONCE},
}
_LOUDER = {Mode.OFF: 0, Mode.DIGEST: 1, Mode.AT_ONCE: 2}


def defaults(roles: Collection[str]) -> Preferences:
    """What somebody of these roles is told until they say otherwise: of two roles the one that is told sooner."""
    choices: dict[NoticeKind, Choice] = {}
    for role in sorted(roles):
        for kind, choice in _BY_ROLE.get(role, {}).items():
            if kind not in choices or _LOUDER[choice.mode] > _LOUDER[choices[kind].mode]:
                choices[kind] = choice
    return Preferences(choices=choices)


def offered(roles: Collection[str]) -> tuple[NoticeKind, ...]:
    """The kinds that can concern somebody of these roles, in the order of the enum."""
    known = {kind for role in roles for kind in _BY_ROLE.get(role, {})}
    return tuple(kind for kind in NoticeKind if kind in known)


def send_at(preferences: Preferences, mode: Mode, now: datetime, zone: ZoneInfo, *, absent_until: datetime | None = None) -> datetime:
    """When a notice of `now` may leave: at once outside quiet hours, else at their end; a digest at its next hour; not before a return."""
    start = max(now, absent_until) if absent_until else now
    if mode is Mode.DIGEST or start > now:
        return next_digest(preferences, start, zone)
    return after_quiet(preferences, start, zone)


def next_digest(preferences: Preferences, after: datetime, zone: ZoneInfo) -> datetime:
    """The first digest hour strictly after `after`, on one of the person's weekdays, by the clock on their wall."""
    day = after.astimezone(zone).date()
    for ahead in range(WEEK + 1):
        at = datetime.combine(day + timedelta(days=ahead), preferences.digest_at, zone)
        if at > after and at.weekday() in preferences.weekdays:
            return at.astimezone(after.tzinfo)
    raise ValueError("preferences name no weekday from 0 to 6: choose at least one day for the digest")


def after_quiet(preferences: Preferences, now: datetime, zone: ZoneInfo) -> datetime:
    """`now`, or the end of the quiet hours it falls into."""
    there = now.astimezone(zone)
    begin, end, clock = preferences.quiet_from, preferences.quiet_to, there.time()
    is_quiet = begin <= clock < end if begin < end else begin != end and (clock >= begin or clock < end)
    if not is_quiet:
        return now
    day = there.date() + timedelta(days=1 if clock >= end else 0)
    return datetime.combine(day, end, zone).astimezone(now.tzinfo)
