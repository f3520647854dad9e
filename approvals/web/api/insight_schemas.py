"""What the API answers about how the work goes: pictures, the brief, practices, a lead's curve and who it is. Closed records, no contact."""

from typing import Literal

from pydantic import AwareDatetime, Field

from approvals.inbox import HandoffStatus
from approvals.web.api.schemas import Answer, Next
from policies.actions import ActionKind
from policies.leads.identity import Rule
from policies.records import Track

# --- pictures


class PictureAnswer(Answer):
    """`filters` names what narrows it; other filters are ignored."""

    key: str
    title: str
    group: str
    meaning: str
    fills: str = Field(description="What has to happen before there is anything to see")
    filters: tuple[str, ...]


class Pictures(Answer):
    items: tuple[PictureAnswer, ...]


class PictureFilters(Answer):
    track: Track | None
    line: str | None
    location: str | None
    days: int


class PictureData(PictureAnswer):
    """The numbers of a picture. A column whose head ends in "%" holds percentages, 0-100; null where there is no number."""

    asked: PictureFilters
    at: AwareDatetime
    is_empty: bool
    takeaway: str = Field(description="What to remember of it, in one sentence")
    head: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


# --- the brief


class LineInBrief(Answer):
    """One service line: this week and the days before it; MQLs of 30 days against the goal."""

    line: str
    name: str
    mqls: int
    mqls_before: int
    sqls: int
    sqls_before: int
    spend_usd: float
    spend_before_usd: float
    mqls_30_days: int | None
    goal: int | None
    cost_per_mql_usd: float | None
    max_cost_usd: float | None
    too_dear: bool


class DriverInBrief(Answer):
    """An act of leads that became more or less frequent."""

    words: str
    count: int
    before: int


class GroupInBrief(Answer):
    """Items of one kind, with the first few by id."""

    kind: ActionKind
    title: str
    count: int
    high_risk: int
    needs_review: int
    money_usd: float
    next_expiry: AwareDatetime | None
    actions: tuple[str, ...]


class NoteInBrief(Answer):
    words: str
    path: str = Field(description="The page of the desk that shows it; empty: none")
    detail: str


class BriefAnswer(Answer):
    """The week in numbers and sentences. What waits and what is stuck is as of the moment of writing, also for an earlier week."""

    week: str = Field(examples=["2026-W10"])
    practice: str
    since: AwareDatetime
    until: AwareDatetime
    objective: str
    lines: tuple[LineInBrief, ...]
    changed: tuple[str, ...]
    drivers: tuple[DriverInBrief, ...]
    why: tuple[str, ...]
    waits: tuple[GroupInBrief, ...]
    done: tuple[GroupInBrief, ...]
    failed: tuple[NoteInBrief, ...]
    risks: tuple[str, ...]
    money_waiting_usd: float
    high_risk_waiting: int
    needs_review_waiting: int
    budget_usd: float
    budget_share_usd: float = Field(description="What the budget gives for so many days")
    spend_usd: float
    spend_before_usd: float


# --- practices


class PracticeContact(Answer):
    """One person of a practice, by points; never by name."""

    lead: str
    fit: float
    intent: float
    total: float
    is_mql: bool
    telling: str = Field(description="The act that stands out, in words")
    execution: str | None = Field(description="The newest handoff on this line")
    status: HandoffStatus | None
    owner: str | None = Field(description="Who of us has the contact")
    next_step: str


class PracticeAnswer(Answer):
    """A practice under one model: the best fit, intent rolled up. `lead` is the contact it is known by; its name is sealed."""

    lead: str
    model: str
    fit: float
    intent: float
    total: float
    open_count: int = Field(description="Handoffs that sales works on")
    next_step: str
    contacts: tuple[PracticeContact, ...]


class PracticePage(Answer):
    model: str = Field(description="The referral model; empty: none is in force")
    items: tuple[PracticeAnswer, ...]
    next: Next = None


class PracticeDetail(Answer):
    """Under each referral model, with the ids of everything that was handed over of its people."""

    lead: str
    standings: tuple[PracticeAnswer, ...]
    handoffs: tuple[str, ...] = Field(description="Execution ids, the newest first")


# --- one lead


class PointOfCurve(Answer):
    at: AwareDatetime
    total: float
    is_ahead: bool = Field(description="Drawn forward: what it will be if nothing happens")


class LeadCurve(Answer):
    lead: str
    model: str
    service_line: str
    at: AwareDatetime
    threshold: float = Field(description="An MQL from here on")
    most: float
    ends_at: AwareDatetime | None = Field(description="When it stops being an MQL, if it is one and does")
    takeaway: str
    points: tuple[PointOfCurve, ...]


class MatchAnswer(Answer):
    """A row of the match log: `lead` went into `survivor`, or came out again. Rule, time and person, never a key."""

    at: AwareDatetime
    event: Literal["merge", "unmerge"]
    rule: Rule
    lead: str
    survivor: str
    by: str
    reason: str | None


class LeadMatches(Answer):
    """Who a lead is: it lives on in `survivor` (itself, when it was not merged), which `parts` went into."""

    lead: str
    survivor: str
    parts: tuple[str, ...]
    items: tuple[MatchAnswer, ...]


class Merged(Answer):
    lead: str
    survivor: str


class Unmerged(Answer):
    lead: str
    out_of: str
