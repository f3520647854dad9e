"""What the API answers about leads, sales, runs and the house: closed records, as in `schemas.py`. Only `Revealed` holds a contact."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from approvals.inbox import HandoffStatus
from approvals.web.api.schemas import Answer, Next
from policies.actions import ItemKind, Severity
from policies.leads.bant import Bant
from policies.leads.lifecycle import Attempt
from policies.records import Channel, Track
from policies.rules.rule import Family

# --- leads


class RankedLead(Answer):
    lead: str
    total: float
    fit: float
    intent: float
    is_mql: bool


class LeadsOnTop(Answer):
    """The highest totals of one service line at this moment. `mqls` counts every MQL of each line."""

    model: str
    items: tuple[RankedLead, ...]
    mqls: dict[str, int]


class ScoreStep(Answer):
    kind: str = Field(description="fit, event or cap")
    name: str
    count: int
    points: float


class LeadStanding(Answer):
    """A lead under one model; the steps add up to the total."""

    model: str
    service_line: str
    track: Track
    fit: float
    intent: float
    total: float
    is_mql: bool
    fast_lane: bool
    mql_since: AwareDatetime | None
    mql_until: AwareDatetime | None
    reasons: tuple[str, ...]
    steps: tuple[ScoreStep, ...]
    unmet: tuple[str, ...] = Field(description="What keeps it from being an MQL, in words")
    what_ifs: tuple[str, ...] = Field(description="The smallest changes that would make it one")
    curve: tuple["CurveAt", ...] = Field(description="Its total drawn forward if nothing happens")


class CurveAt(Answer):
    at: AwareDatetime
    total: float


class LeadExplained(Answer):
    lead: str
    at: AwareDatetime
    standings: tuple[LeadStanding, ...]


# --- sales


class ResponseClock(Answer):
    timer: str
    started_at: AwareDatetime
    due_at: AwareDatetime
    met_at: AwareDatetime | None
    missed: bool


class HandoffAnswer(Answer):
    """A lead handed to sales, with its reasons and clocks; never its contact."""

    execution: str
    action: str
    lead: str
    track: Track
    service_line: str
    handoff: dict[str, Any] = Field(description="What was approved: score, reasons, stage")
    status: HandoffStatus
    bant: Bant | None
    reason: str | None
    by: str | None
    location: str | None
    received_at: AwareDatetime
    due_at: AwareDatetime | None = Field(description="When the response time that runs ends")
    accepted_at: AwareDatetime | None
    first_attempt_at: AwareDatetime | None
    decided_at: AwareDatetime | None
    clocks: tuple[ResponseClock, ...] = ()


class HandoffPage(Answer):
    items: tuple[HandoffAnswer, ...]
    next: Next = None


class AttemptAnswer(Answer):
    at: AwareDatetime
    by: str
    outcome: Attempt


class Attempts(Answer):
    items: tuple[AttemptAnswer, ...]


class Revealed(Answer):
    """The contact behind a handoff. Do not keep it: the next look is a new reveal with its own audit row."""

    execution: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    organisation: str | None = None


class TaskAnswer(Answer):
    execution: str
    action: str
    title: str
    body: str
    where: str
    status: Literal["open", "done"]
    by: str | None
    created_at: AwareDatetime
    done_at: AwareDatetime | None


class TaskPage(Answer):
    items: tuple[TaskAnswer, ...]
    next: Next = None


# --- rules


class RuleAnswer(Answer):
    id: str
    family: Family
    title: str
    citation: str
    severity: Severity
    jurisdiction: str
    applies_to: tuple[ItemKind, ...]


class Rules(Answer):
    pack: str = Field(description="Version and hash of the rules in force")
    items: tuple[RuleAnswer, ...]


class RuleDetail(RuleAnswer):
    why: str
    suggested_fix: str
    rewrite: str
    cleared_by: tuple[str, ...] = Field(description="Evidence keys, any of which or all of which clear it")
    source: tuple[str, ...]
    effective: str
    as_of: str
    places: tuple[str, ...]


# --- runs and the house


class RunAnswer(Answer):
    id: str
    channels: tuple[Channel, ...]
    trigger: str
    status: str
    as_of: AwareDatetime
    started_at: AwareDatetime
    finished_at: AwareDatetime | None
    error: str | None


class RunPage(Answer):
    items: tuple[RunAnswer, ...]
    next: Next = None


class RunAsked(Answer):
    """A row for the worker; the run appears among the runs when it starts."""

    channels: tuple[Channel, ...] = Field(description="Empty: every enabled one")


class ScheduleAnswer(Answer):
    id: str
    channels: tuple[Channel, ...]
    cron: str
    timezone: str
    enabled: bool
    last_planned_at: AwareDatetime | None
    next_at: AwareDatetime | None


class Schedules(Answer):
    items: tuple[ScheduleAnswer, ...]


class RunStep(Answer):
    step: str
    started_at: AwareDatetime
    finished_at: AwareDatetime
    detail: dict[str, Any]


class RunDetail(RunAnswer):
    summary: dict[str, Any] | None
    steps: tuple[RunStep, ...]
    proposed: int = Field(description="How many new items it brought")


class PauseAnswer(Answer):
    scope: str = Field(description="A channel, or `all`")
    by: str
    reason: str
    at: AwareDatetime


class Pauses(Answer):
    items: tuple[PauseAnswer, ...]


class UnreadRecords(Answer):
    """Records of one file that could not be read for one reason; their payloads stay sealed."""

    id: str = Field(description="Of the group, while file, reason and mend stay as they are")
    channel: str
    source: str
    file: str
    reason: str
    mend: str
    count: int
    seen_at: AwareDatetime


class UnreadGroups(Answer):
    items: tuple[UnreadRecords, ...]


class UnreadLetter(Answer):
    id: int
    place: str = Field(description="Where in the file it stood")
    seen_at: AwareDatetime


class UnreadDetail(UnreadRecords):
    """A group with its first letters, by place."""

    letters: tuple[UnreadLetter, ...]
    is_withheld: bool = Field(description="The scrubber held them back, not the file's form")
    is_asked: bool = Field(description="They are about to be tried again")


class GivenUp(Answer):
    letters: int = Field(description="How many records were given up")


class ChannelHealth(Answer):
    run: str
    status: str
    finished_at: AwareDatetime | None


class FailedJob(Answer):
    id: int
    kind: str
    subject: str
    error: str
    created_at: AwareDatetime


class HealthAnswer(Answer):
    """What could not be read, what is degraded, what failed."""

    channels: dict[str, ChannelHealth] = Field(description="Each channel's newest finished run")
    dead_letters: tuple[UnreadRecords, ...]
    failed_jobs: tuple[FailedJob, ...]
    attention: int = Field(description="Items whose execution failed or has an unknown outcome")
    drafts: int = Field(description="Asked of the language model in the last 30 days")
    drafting_usd: float


class PersonAnswer(Answer):
    username: str
    name: str
    roles: tuple[str, ...]
    absent_until: AwareDatetime | None
    state: str = Field(description="ready, invited, locked or none")
    has_totp: bool = Field(description="Signs in with an authenticator too")


class People(Answer):
    items: tuple[PersonAnswer, ...]
