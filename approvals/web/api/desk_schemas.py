"""What the API answers about what is a person's own and about the desk itself: notices, saved views, absences, policy, webhooks. Closed records."""

from pydantic import AwareDatetime, Field

from approvals.web.api.schemas import Answer, Next
from policies.actions import ActionKind, Risk
from policies.approval.ladder import Level
from policies.notice_times import Medium, Mode
from policies.notices import NoticeKind
from policies.records import Channel
from tools.store.webhooks import State

# --- notices and views


class NoticeItem(Answer):
    action: str
    words: str


class NoticeAnswer(Answer):
    """Something you were told, in the words of the page; made of ids, kinds, counts and times alone."""

    id: int
    kind: NoticeKind
    subject: str
    sentence: str
    path: str = Field(description="The page of the desk it leads to")
    items: tuple[NoticeItem, ...] = Field(description="The single items, where it is about several")
    instead_of: str | None = Field(description="For whom you stand in")
    at: AwareDatetime
    read_at: AwareDatetime | None


class NoticePage(Answer):
    items: tuple[NoticeAnswer, ...]
    next: Next = None
    unread: int = Field(description="How many of all your notices are unread")


class NoticesRead(Answer):
    marked: int
    unread: int


class NoticesRetried(Answer):
    deliveries: int = Field(description="How many are tried once more")


class NoticeChoice(Answer):
    mode: Mode
    media: tuple[Medium, ...]


class NoticePreferences(Answer):
    """How you are told. `offered` and `timezones` are what you may choose among, `reachable` what can carry a notice to you today."""

    choices: dict[NoticeKind, NoticeChoice]
    digest_at: str = Field(examples=["08:00"])
    weekdays: tuple[int, ...] = Field(description="Monday = 0: the days a digest comes")
    timezone: str | None = Field(description="null: the practice's")
    quiet_from: str
    quiet_to: str
    offered: tuple[NoticeKind, ...]
    timezones: tuple[str, ...]
    reachable: tuple[Medium, ...]


class SavedView(Answer):
    """Filters of the queue under a name. Send them to `/queue`; `query` is the same as the page's address."""

    owner: str
    name: str
    query: str
    shelf: str
    channel: Channel | None
    kind: ActionKind | None
    risk: Risk | None
    q: str
    mine: bool
    is_shared: bool


class SavedViews(Answer):
    items: tuple[SavedView, ...]


# --- absence


class AbsenceAnswer(Answer):
    """`person` is away; `deputy`, where there is one, has their authority meanwhile over `kinds` (none: every kind)."""

    id: str
    person: str
    deputy: str | None
    kinds: tuple[ActionKind, ...]
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    made_by: str
    made_at: AwareDatetime
    revoked_at: AwareDatetime | None
    revoked_by: str | None


class AwayByFile(Answer):
    person: str
    until: AwareDatetime


class Absences(Answer):
    """What runs or is still to come; `written` stands in practice.yaml."""

    items: tuple[AbsenceAnswer, ...]
    written: tuple[AwayByFile, ...]


class AssignmentAnswer(Answer):
    action: str
    assignee: str
    by: str
    at: AwareDatetime


# --- policy


class PolicyVariant(Answer):
    when: str
    who: str = Field(description="Who must approve, in words; empty: nobody may")
    sla_hours: float | None
    expires_days: int


class PolicyKind(Answer):
    kind: ActionKind
    title: str
    never_acts: str = Field(description="Why it can never be acted on without a person; empty when it can")
    variants: tuple[PolicyVariant, ...]


class PolicyProblem(Answer):
    level: str = Field(description="closed: nobody can approve something that may come; note: worth knowing")
    what: str
    mend: str


class PolicyCeilings(Answer):
    """What may leave in a time, whoever approved it; null = no ceiling."""

    spend_usd_per_day: float | None
    spend_usd_per_30_days: float | None
    emails_per_day: int | None
    emails_per_lead_per_7_days: int | None


class LevelLimits(Answer):
    undo_minutes: int
    per_day: int
    usd_per_day: float
    emails_per_day: int


class LevelAnswer(Answer):
    """The level of one class (a kind, or a kind in one channel). In force once agreed to and until ended."""

    id: str
    kind: ActionKind
    channel: Channel | None
    level: Level
    limits: LevelLimits | None
    asked_by: str
    asked_at: AwareDatetime
    agreed_by: str | None
    agreed_at: AwareDatetime | None
    ended_by: str | None
    ended_at: AwareDatetime | None
    ended_why: str | None


class PolicyAnswer(Answer):
    """The approval policy as practice.yaml says it today, and the autonomy ladder. A class without a level in force proposes."""

    hold_seconds: int
    kinds: tuple[PolicyKind, ...]
    problems: tuple[PolicyProblem, ...]
    ceilings: PolicyCeilings
    in_force: tuple[LevelAnswer, ...]
    asked: tuple[LevelAnswer, ...] = Field(description="Waiting for a second person")
    ended: tuple[LevelAnswer, ...] = Field(description="The latest that are over")


# --- webhooks


class EndpointAnswer(Answer):
    """Who is told of which events. Neither its secret nor its path is here: a path may itself be a key."""

    id: str
    name: str
    host: str
    events: tuple[str, ...]
    created_by: str
    created_at: AwareDatetime
    disabled_at: AwareDatetime | None
    failures: int = Field(description="Attempts in a row that failed")
    not_before: AwareDatetime
    deliveries: dict[State, int] = Field(description="How many are in each state")


class Endpoints(Answer):
    items: tuple[EndpointAnswer, ...]


class DeliveryAnswer(Answer):
    """One event for one endpoint; `event_id` is its `webhook-id` and never changes."""

    id: int
    endpoint: str
    event_id: str
    event: str
    object_id: str = Field(description="The id of what it is about")
    status: State
    attempts: int
    answer: str | None = Field(description="The last HTTP status, or the name of a fault")
    created_at: AwareDatetime
    last_attempt_at: AwareDatetime | None
    give_up_at: AwareDatetime


class Deliveries(Answer):
    items: tuple[DeliveryAnswer, ...]


class PingSent(Answer):
    event_id: str
