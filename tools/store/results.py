"""What came of the work so far, as the strategist and the channel agents read it. Clean tables only, reads only but for `record_usage`."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from pydantic import AwareDatetime, Field
from sqlalchemy import Connection, and_, exists, func, insert, or_, select

from policies.actions import ActionKind, ExecutionStatus, Plan, Status
from policies.records import ActionId, Channel, EngagementId, EngagementKind, LeadId, Record, Track
from tools.llm_client import Usage
from tools.store.action_tables import actions, executions, llm_usage
from tools.store.chunks import in_chunks
from tools.store.database import Database, insert_new
from tools.store.models import IS_LIVE
from tools.store.tables import consents, contacts, engagements, lead_keys, leads, plans, runs, scores, suppressions

RESULT_DAYS = 30
NURTURE_STAGES = ("lead", "engaged", "recycled")
NO_AGENT_LIMIT = (ActionKind.MQL_HANDOFF, ActionKind.PLAN_BUDGET)  # not the channel agents' own: they take no place in its queue


class Prospect(Record):
    """A lead in nurture: interested, not an MQL. `steps_done` nurture mails of this line were executed, the last at `last_step_at`."""

    lead: LeadId
    track: Track
    service_line: str
    last_engaged_at: AwareDatetime
    steps_done: int = 0
    last_step_at: AwareDatetime | None = None


class LastResults(Record):
    """What the last 30 days brought. `spend_by_channel` is what is known to be spent; a channel that is missing counts its budget as spent."""

    mqls_by_line: dict[str, int] = Field(default_factory=dict)
    mqls_by_channel: dict[Channel, int] = Field(default_factory=dict)
    spend_by_channel: dict[Channel, float] = Field(default_factory=dict)


# --- for the channel agents


def known_actions(connection: Connection) -> frozenset[ActionId]:
    """Ids of every action there is: what is never proposed again."""
    return frozenset(ActionId(row.id) for row in connection.execute(select(actions.c.id)))


def waiting_count(connection: Connection, channel: Channel) -> int:
    """How many of the channel agent's actions wait for a person."""
    open_ = (Status.DRAFT, Status.QUEUED, Status.BLOCKED)
    statement = select(func.count()).where(actions.c.channel == channel, actions.c.status.in_(open_), actions.c.kind.not_in(NO_AGENT_LIMIT))
    return connection.scalar(statement) or 0


def survivors(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """Of these leads, the ones that were merged away → the lead they live on in."""
    found = in_chunks(
        connection, lambda part: select(leads.c.id, leads.c.merged_into).where(leads.c.id.in_(part), leads.c.merged_into.is_not(None)), ids
    )
    return {row.id: row.merged_into for row in found}


def handoff_days(connection: Connection, *, lapsed: bool = False) -> dict[str, tuple[str, ...]]:
    """Periods of the handoffs that each "lead:line" already has, in order: those that stand, or the `lapsed` ones that were closed undecided."""
    found: dict[str, tuple[str, ...]] = {}
    over = (Status.EXPIRED.value, Status.SUPERSEDED.value)
    state = actions.c.status.in_(over) if lapsed else actions.c.status.not_in(over)
    chosen = select(actions.c.subject, actions.c.period).where(actions.c.kind == ActionKind.MQL_HANDOFF, state)
    rows = list(connection.execute(chosen.order_by(actions.c.period)))
    now_called = _renamed(connection, [row.subject for row in rows])
    for subject, period in rows:
        found[now_called[subject]] = (*found.get(now_called[subject], ()), period)
    return found


def _renamed(connection: Connection, subjects: Collection[str]) -> dict[str, str]:
    """ "lead:line" → the same with the lead it lives on in after merges."""
    lives_on = survivors(connection, {subject.partition(":")[0] for subject in subjects})
    parts = {subject: subject.partition(":") for subject in subjects}
    return {subject: f"{lives_on.get(lead, lead)}:{line}" for subject, (lead, _, line) in parts.items()}


def prospects(connection: Connection, *, now: datetime, active_days: int = 56, limit: int = 500) -> list[Prospect]:
    """Leads that may get a nurture mail: active, e-mail consent on record, not suppressed, no MQL, nothing disqualifying. Newest first."""
    consented = exists().where(consents.c.lead == scores.c.lead, consents.c.purpose == "email", consents.c.granted)
    stopped = exists().where(suppressions.c.lead == scores.c.lead, suppressions.c.channel == "email")
    statement = (
        select(scores.c.lead, scores.c.track, scores.c.service_line, scores.c.last_qualifying_at)
        .join(leads, leads.c.id == scores.c.lead)
        .where(
            leads.c.stage.in_(NURTURE_STAGES),
            leads.c.merged_into.is_(None),
            scores.c.last_qualifying_at >= now - timedelta(days=active_days),
            scores.c.last_qualifying_at <= now,
            scores.c.disqualified_at.is_(None),
            or_(scores.c.mql_until.is_(None), scores.c.mql_until <= now),
            IS_LIVE,
            consented,
            ~stopped,
        )
        .order_by(scores.c.last_qualifying_at.desc(), scores.c.lead, scores.c.service_line)
        .limit(limit)
    )
    steps = _nurture_steps(connection)
    return [
        Prospect(
            lead=LeadId(row.lead),
            track=row.track,
            service_line=row.service_line,
            last_engaged_at=row.last_qualifying_at,
            steps_done=(done := steps.get(f"{row.lead}:{row.service_line}", (0, None)))[0],
            last_step_at=done[1],
        )
        for row in connection.execute(statement)
    ]


def _nurture_steps(connection: Connection) -> dict[str, tuple[int, datetime]]:
    """Per "lead:line" how many nurture mails were sent and when the last one was, mails to leads merged since included."""
    sent = and_(executions.c.action == actions.c.id, executions.c.status == ExecutionStatus.DONE)
    statement = (
        select(actions.c.subject, func.count().label("count"), func.max(executions.c.finished_at).label("last_at"))
        .join(executions, sent)
        .where(actions.c.kind == ActionKind.NURTURE_EMAIL)
        .group_by(actions.c.subject)
    )
    rows = list(connection.execute(statement))
    now_called = _renamed(connection, [row.subject for row in rows])
    steps: dict[str, tuple[int, datetime]] = {}
    for row in rows:
        known, last_at = steps.get(now_called[row.subject], (0, row.last_at))
        steps[now_called[row.subject]] = (known + row.count, max(last_at, row.last_at))
    return steps


def lead_of(connection: Connection, engagement: EngagementId) -> LeadId | None:
    found = connection.scalar(select(engagements.c.lead).where(engagements.c.id == engagement))
    return LeadId(found) if found else None


def may_email(connection: Connection, lead: LeadId) -> bool:
    statement = select(consents.c.granted).where(consents.c.lead == lead, consents.c.purpose == "email")
    return connection.scalar(statement) is True


def has_contact(connection: Connection, lead: LeadId) -> bool:
    """Whether any contact is on file for the lead. Looks at the rows' existence; opens nothing."""
    on_file = select(contacts.c.match_key).join(lead_keys, lead_keys.c.match_key == contacts.c.match_key)
    return connection.scalar(on_file.where(lead_keys.c.lead == lead, contacts.c.wrapped_key != b"").limit(1)) is not None


def is_suppressed(connection: Connection, lead: LeadId) -> bool:
    statement = select(suppressions.c.lead).where(suppressions.c.lead == lead, suppressions.c.channel == "email")
    return connection.scalar(statement) is not None


def attributes_of(connection: Connection, lead: LeadId) -> Mapping[str, str]:
    found: dict[str, str] | None = connection.scalar(select(leads.c.attributes).where(leads.c.id == lead))
    return found or {}


# --- for the strategist


def last_results(connection: Connection, *, now: datetime) -> LastResults | None:
    """The last 30 days before `now`; None when no run has finished yet, so that the first plan is the practice's own budget.

    An MQL counts for the channel of the lead's last engagement before it became one. Spend is known for search only, from the ads report.
    """
    since = now - timedelta(days=RESULT_DAYS)
    if connection.scalar(select(runs.c.id).where(runs.c.status == "done", runs.c.as_of < now).limit(1)) is None:
        return None
    last_touch = (
        select(engagements.c.channel)
        .where(engagements.c.lead == scores.c.lead, engagements.c.occurred_at <= scores.c.mql_since)
        .order_by(engagements.c.occurred_at.desc(), engagements.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    became = select(scores.c.service_line, last_touch.label("channel")).where(
        scores.c.mql_since > since, scores.c.mql_since <= now, scores.c.disqualified_at.is_(None), IS_LIVE
    )
    found = connection.execute(became).all()
    cost = engagements.c.record[("metrics", "cost_usd")].as_float()
    spent = connection.scalar(
        select(func.sum(cost)).where(
            engagements.c.channel == Channel.SEARCH,
            engagements.c.kind == EngagementKind.AD_SEARCH_TERM,
            engagements.c.occurred_at > since,
            engagements.c.occurred_at <= now,
        )
    )
    return LastResults(
        mqls_by_line=dict(sorted(Counter(line for line, _ in found).items())),
        mqls_by_channel={Channel(channel): count for channel, count in sorted(Counter(one for _, one in found if one).items())},
        spend_by_channel={Channel.SEARCH: round(spent, 2)} if spent else {},
    )


def plan_of(connection: Connection, period: str) -> Plan | None:
    """The plan made for `period`, adopted or not; None when the strategist has not made one."""
    found = connection.scalar(select(plans.c.plan).where(plans.c.period == period))
    return Plan.model_validate(found) if found else None


def save_plan(connection: Connection, plan: Plan, *, run: str, at: datetime) -> None:
    row = {"run": run, "period": plan.period, "plan": plan.model_dump(mode="json"), "created_at": at}
    connection.execute(insert_new(connection, plans), [row])


def adopted_budgets(connection: Connection) -> dict[Channel, float]:
    """Dollars per 30 days and channel of the plan adopted last; empty when the budget of practice.yaml is in force."""
    statement = select(plans.c.plan).where(plans.c.adopted_at.is_not(None)).order_by(plans.c.adopted_at.desc()).limit(1)
    found = connection.scalar(statement)
    return {one.channel: one.budget_usd for one in Plan.model_validate(found).channels} if found else {}


# --- what drafting cost


def record_usage(database: Database, usage: Usage, *, at: datetime, run: str | None = None) -> None:
    """One row per call of the language model, in its own transaction."""
    with database.write() as connection:
        connection.execute(insert(llm_usage).values(at=at, run=run, **usage.model_dump()))
