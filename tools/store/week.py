"""What the brief is written from: what happened between two instants, and what waits or is stuck now. Clean tables, reads only.

Counted in the database: the brief of a practice with a hundred thousand items in its queue is as long as that of a small one.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, Field
from sqlalchemy import Connection, Select, and_, case, func, or_, select

from policies.actions import ActionKind, ExecutionStatus, Risk, Status, Verdict
from policies.leads.lifecycle import Stage
from policies.leads.touches import NO_TOUCH
from policies.records import ActionId, Channel, EngagementKind, Record
from tools.store.action_tables import action_versions, actions, decisions, executions, llm_usage
from tools.store.lifecycle import WHOLE
from tools.store.models import IS_LIVE
from tools.store.tables import dead_letters, engagements, lead_stages, leads, runs, scores

WEEK = timedelta(days=7)

NAMED = 5
"""Actions of one kind that are named; the others are counted."""

LISTED = 50
"""Failed or blocked actions that are listed one by one, newest first."""


class Group(Record):
    """Actions of one kind: how many, their weight, and the first few of them by name. `next_expiry` is of those that wait."""

    kind: ActionKind
    title: str
    count: int
    high_risk: int = 0
    needs_review: int = 0
    money_usd: float = 0.0
    next_expiry: AwareDatetime | None = None
    actions: tuple[ActionId, ...] = ()


class Stuck(Record):
    """An action that a person must look at."""

    id: ActionId
    kind: ActionKind
    status: Status
    title: str
    rules: tuple[str, ...] = ()
    error: str | None = None


class Act(Record):
    """How often people of the practice's own audience did one thing through one channel."""

    kind: EngagementKind
    channel: Channel
    count: int


class Counts(Record):
    """What happened between two instants. By service line where a dict says so, dollars where a name says so."""

    runs: int = 0
    engagements: int = 0
    new_leads: int = 0
    new_mqls: dict[str, int] = Field(default_factory=dict)
    new_sqls: dict[str, int] = Field(default_factory=dict)
    spend_usd: dict[str, float] = Field(default_factory=dict)
    decided: dict[str, int] = Field(default_factory=dict)
    drafting_usd: float = 0.0
    acts: tuple[Act, ...] = ()


class Ledger(Record):
    """Everything the brief is written from. `now` counts the span, `before` the same days of the week before (of a longer span, the one that ended
    where it began); what waits, is blocked or stuck is as of this moment."""

    since: AwareDatetime
    until: AwareDatetime
    now: Counts
    before: Counts
    failed_runs: tuple[tuple[str, str], ...] = ()
    degraded: dict[str, str] = Field(default_factory=dict)
    done: tuple[Group, ...] = ()
    waiting: tuple[Group, ...] = ()
    blocked: tuple[Stuck, ...] = ()
    blocked_count: int = 0
    stuck: tuple[Stuck, ...] = ()
    stuck_count: int = 0
    unread: dict[str, int] = Field(default_factory=dict)


def ledger(connection: Connection, *, since: datetime, until: datetime) -> Ledger:
    """What happened from `since` to `until`, the same for the span before, and what waits or is stuck now."""
    back = max(until - since, WEEK)
    ran = connection.execute(select(runs).where(runs.c.started_at >= since, runs.c.started_at <= until).order_by(runs.c.started_at)).all()
    unread = select(dead_letters.c.channel, func.count()).where(dead_letters.c.status == "open").group_by(dead_letters.c.channel)
    return Ledger(
        since=since,
        until=until,
        now=counts(connection, since=since, until=until),
        before=counts(connection, since=since - back, until=until - back),
        failed_runs=tuple((row.id, row.error or "stopped before its end") for row in ran if row.status == "failed"),
        degraded=_degraded(ran[-1].summary if ran else None),
        done=_done(connection, since, until),
        waiting=_waiting(connection),
        blocked=_listed(connection, Status.BLOCKED),
        blocked_count=_how_many(connection, Status.BLOCKED),
        stuck=_listed(connection, Status.FAILED, Status.UNKNOWN),
        stuck_count=_how_many(connection, Status.FAILED, Status.UNKNOWN),
        unread=_pairs(connection, unread),
    )


def counts(connection: Connection, *, since: datetime, until: datetime) -> Counts:
    """An MQL counts at the act that made it one, if its spell is still the last one; an SQL when sales said so."""
    act, past = engagements.c, lead_stages.c
    # By channel, because the index of acts by time begins with it.
    acted = and_(act.channel.in_([one.value for one in Channel]), act.occurred_at >= since, act.occurred_at < until)
    became = select(scores.c.service_line, func.count()).where(
        scores.c.mql_until >= since, scores.c.mql_since >= since, scores.c.mql_since < until, IS_LIVE
    )
    qualified = select(past.service_line, func.count()).where(
        past.stage == Stage.SQL.value, past.at >= since, past.at < until, past.service_line != WHOLE
    )
    decided = select(decisions.c.verdict, func.count()).where(decisions.c.at >= since, decisions.c.at < until)
    cost = func.sum(act.record[("metrics", "cost_usd")].as_float())
    spent = select(func.coalesce(act.service_line, ""), cost).where(acted, act.kind == EngagementKind.AD_SEARCH_TERM.value)
    did = select(act.kind, act.channel, func.count()).where(acted, act.lead.is_not(None), act.kind.not_in([one.value for one in NO_TOUCH]))
    return Counts(
        runs=_count(connection, select(func.count()).select_from(runs).where(runs.c.started_at >= since, runs.c.started_at < until)),
        engagements=_count(connection, select(func.count()).select_from(engagements).where(acted)),
        new_leads=_count(
            connection,
            select(func.count())
            .select_from(leads)
            .where(leads.c.created_at >= since, leads.c.created_at < until, leads.c.merged_into.is_(None)),
        ),
        new_mqls=_pairs(connection, became.group_by(scores.c.service_line)),
        new_sqls=_pairs(connection, qualified.group_by(past.service_line)),
        spend_usd={line: round(usd, 2) for line, usd in _pairs(connection, spent.group_by(act.service_line)).items() if usd},
        decided=_pairs(connection, decided.group_by(decisions.c.verdict)),
        drafting_usd=connection.scalar(select(func.sum(llm_usage.c.cost_usd)).where(llm_usage.c.at >= since, llm_usage.c.at < until))
        or 0.0,
        acts=tuple(
            Act(kind=kind, channel=channel, count=count)
            for kind, channel, count in sorted(tuple(row) for row in connection.execute(did.group_by(act.kind, act.channel)))
        ),
    )


def _count(connection: Connection, statement: Select[Any]) -> int:
    return connection.scalar(statement) or 0


def _pairs(connection: Connection, statement: Select[Any]) -> dict[str, Any]:
    return {row[0]: row[1] for row in sorted(tuple(row) for row in connection.execute(statement))}


def _degraded(summary: Mapping[str, object] | None) -> dict[str, str]:
    """Channel → status, of the channels of the last run that did not end well."""
    channels = (summary or {}).get("channels")
    if not isinstance(channels, dict):
        return {}
    return {
        name: str(one.get("reason") or one["status"]) for name, one in sorted(channels.items()) if one.get("status") not in (None, "ok")
    }


def _waiting(connection: Connection) -> tuple[Group, ...]:
    """By kind: money first, then high risk, then number; the riskiest and oldest of each are named."""
    weight = (
        select(
            actions.c.kind,
            func.count().label("count"),
            func.sum(case((actions.c.risk == Risk.HIGH.value, 1), else_=0)).label("high_risk"),
            func.sum(case((actions.c.verdict == Verdict.NEEDS_REVIEW.value, 1), else_=0)).label("needs_review"),
            func.sum(actions.c.money_usd).label("money_usd"),
            func.min(actions.c.expires_at).label("next_expiry"),
        )
        .where(actions.c.status == Status.QUEUED.value)
        .group_by(actions.c.kind)
    )
    by_risk = case({Risk.HIGH.value: 0, Risk.MEDIUM.value: 1}, value=actions.c.risk, else_=2)
    found = []
    for row in connection.execute(weight):
        first = (
            select(actions.c.id)
            .where(actions.c.status == Status.QUEUED.value, actions.c.kind == row.kind)
            .order_by(by_risk, actions.c.created_at, actions.c.id)
            .limit(NAMED)
        )
        found.append(_group(row, tuple(connection.scalars(first))))
    return tuple(sorted(found, key=lambda group: (-group.money_usd, -group.high_risk, -group.count, group.kind)))


def _group(row: Any, named: tuple[str, ...]) -> Group:
    from policies.kinds import KINDS

    kind = ActionKind(row.kind)
    given = row._asdict() | {"kind": kind, "title": KINDS[kind].title, "money_usd": round(row.money_usd, 2), "actions": named}
    return Group(**given)


def _done(connection: Connection, since: datetime, until: datetime) -> tuple[Group, ...]:
    """What was executed and has its receipt, by kind."""
    inside = and_(executions.c.status == ExecutionStatus.DONE.value, executions.c.finished_at >= since, executions.c.finished_at < until)
    executed = (
        select(actions.c.id, actions.c.kind, actions.c.money_usd, func.max(executions.c.finished_at).label("at"))
        .join(executions, executions.c.action == actions.c.id)
        .where(inside, actions.c.status == Status.DONE.value)
        .group_by(actions.c.id, actions.c.kind, actions.c.money_usd)
        .subquery("executed")
    )
    weight = select(executed.c.kind, func.count().label("count"), func.sum(executed.c.money_usd).label("money_usd")).group_by(
        executed.c.kind
    )
    found = []
    for row in connection.execute(weight):
        newest = select(executed.c.id).where(executed.c.kind == row.kind).order_by(executed.c.at.desc(), executed.c.id).limit(NAMED)
        found.append(_group(row, tuple(connection.scalars(newest))))
    return tuple(sorted(found, key=lambda group: (-group.money_usd, -group.count, group.kind)))


def _how_many(connection: Connection, *statuses: Status) -> int:
    return _count(connection, select(func.count()).select_from(actions).where(actions.c.status.in_([one.value for one in statuses])))


def _listed(connection: Connection, *statuses: Status) -> tuple[Stuck, ...]:
    error = select(func.max(executions.c.error)).where(executions.c.action == actions.c.id).scalar_subquery()
    statement = (
        select(actions.c.id, actions.c.kind, actions.c.status, action_versions.c.content, action_versions.c.findings, error.label("error"))
        .join(action_versions, and_(action_versions.c.action == actions.c.id, action_versions.c.version == actions.c.version))
        .where(or_(*(actions.c.status == one.value for one in statuses)))
        .order_by(actions.c.created_at.desc(), actions.c.id)
        .limit(LISTED)
    )
    return tuple(
        Stuck(
            id=row.id,
            kind=row.kind,
            status=row.status,
            title=row.content["title"],
            rules=tuple(dict.fromkeys(finding["rule"] for finding in row.findings if finding["severity"] == "block")),
            error=row.error,
        )
        for row in connection.execute(statement)
    )
