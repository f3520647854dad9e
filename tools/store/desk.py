"""What the desk lists: the queue, a page at a time, and the installation's health. Reads only; opens nothing sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Column, ColumnElement, Connection, Select, and_, case, func, or_, select

from policies.actions import DecisionVerdict, Plan, Risk, Status, Verdict
from policies.records import Channel, Record
from tools.store.action_tables import action_versions, actions, decisions, egress_log, human_tasks, llm_usage, sales_inbox
from tools.store.tables import dead_letters, jobs, plans, unknown_fields

PAGE = 25
SHELVES: dict[str, tuple[Status, ...]] = {
    "waiting": (Status.QUEUED,),
    "blocked": (Status.BLOCKED,),
    "moving": (Status.APPROVED, Status.CLAIMED),
    "attention": (Status.UNKNOWN, Status.FAILED),
    "done": (Status.DONE,),
    "closed": (Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED),
}
"""The queue's tabs: which statuses lie on which shelf."""

_by_risk = case({Risk.HIGH: 0, Risk.MEDIUM: 1, Risk.LOW: 2}, value=actions.c.risk, else_=3)


class Filters(Record):
    """What the queue's address may ask for; None = all."""

    shelf: str = "waiting"
    channel: Channel | None = None
    kind: str | None = None
    risk: Risk | None = None


class QueueRow(Record):
    id: str
    kind: str
    channel: Channel
    status: Status
    verdict: Verdict
    risk: Risk
    money_usd: float
    title: str
    approvals: int
    created_at: AwareDatetime
    expires_at: AwareDatetime


class Page(Record):
    """Rows in order; `after` is the cursor of the next page, None at the end."""

    rows: tuple[QueueRow, ...]
    after: str | None


class Counts(Record):
    """`shelves` counts every tab; the rest describes what waits for a decision. Dollars."""

    shelves: dict[str, int]
    high_risk: int
    needs_review: int
    money_usd: float


class DeadLetters(Record):
    """Records of one file that could not be read for one reason."""

    channel: str
    source: str
    file: str
    reason: str
    mend: str
    count: int
    seen_at: AwareDatetime


def queue_page(connection: Connection, filters: Filters, *, after: str | None = None, limit: int = PAGE) -> Page:
    """One page of the queue: riskiest first, then oldest first. `after` is a cursor of an earlier page; a broken one starts again."""
    statement = _listed(filters).order_by(_by_risk, actions.c.created_at, actions.c.id).limit(limit + 1)
    if place := _place(after):
        statement = statement.where(_beyond(*place))
    rows = [_row(row) for row in connection.execute(statement)]
    more = len(rows) > limit
    return Page(rows=tuple(rows[:limit]), after=_cursor(rows[limit - 1]) if more else None)


def neighbours(connection: Connection, filters: Filters, action: str) -> tuple[str | None, str | None]:
    """The actions before and after this one in the same list, also when it has just left the list."""
    place = connection.execute(
        select(_by_risk.label("rank"), actions.c.created_at, actions.c.id).where(actions.c.id == action)
    ).one_or_none()
    if place is None:
        return None, None
    key = (place.rank, place.created_at, place.id)
    listed = _listed(filters).with_only_columns(actions.c.id).where(actions.c.id != action)
    forward = (_by_risk, actions.c.created_at, actions.c.id)
    backward = (_by_risk.desc(), actions.c.created_at.desc(), actions.c.id.desc())
    later = connection.scalar(listed.where(_beyond(*key)).order_by(*forward).limit(1))
    earlier = connection.scalar(listed.where(~_beyond(*key)).order_by(*backward).limit(1))
    return earlier, later


def counts(connection: Connection) -> Counts:
    """How much lies on every shelf, and the weight of what waits."""
    by_status = _counted(connection, actions.c.status)
    weight = connection.execute(
        select(
            func.coalesce(func.sum(case((actions.c.risk == Risk.HIGH, 1), else_=0)), 0).label("high"),
            func.coalesce(func.sum(case((actions.c.verdict == Verdict.NEEDS_REVIEW, 1), else_=0)), 0).label("review"),
            func.coalesce(func.sum(actions.c.money_usd), 0.0).label("money"),
        ).where(actions.c.status == Status.QUEUED)
    ).one()
    shelves = {shelf: sum(by_status.get(status, 0) for status in statuses) for shelf, statuses in SHELVES.items()}
    return Counts(shelves=shelves, high_risk=weight.high, needs_review=weight.review, money_usd=weight.money)


def handoff_counts(connection: Connection) -> dict[str, int]:
    """How many handoffs lie in the sales inbox, by state."""
    return _counted(connection, sales_inbox.c.status)


def task_counts(connection: Connection) -> dict[str, int]:
    """How many tasks are open and done."""
    return _counted(connection, human_tasks.c.status)


def proposed_counts(connection: Connection, runs: Sequence[str]) -> dict[str, int]:
    """How many new items each of these runs brought."""
    rows = connection.execute(select(actions.c.run, func.count()).where(actions.c.run.in_(runs)).group_by(actions.c.run))
    return {row[0]: row[1] for row in rows}


def proposed_by(connection: Connection, run: str, *, limit: int = 200) -> list[QueueRow]:
    """The items a run brought, as they stand now: riskiest first, then oldest."""
    statement = _rows().where(actions.c.run == run).order_by(_by_risk, actions.c.created_at, actions.c.id).limit(limit)
    return [_row(row) for row in connection.execute(statement)]


def plan_of(connection: Connection, run: str) -> Plan | None:
    """The plan this run worked under."""
    plan = connection.scalar(select(plans.c.plan).where(plans.c.run == run))
    return Plan.model_validate(plan) if plan else None


def open_dead_letters(connection: Connection) -> list[DeadLetters]:
    """What could not be read and still waits for somebody, by file and reason. The payloads stay sealed."""
    group = (dead_letters.c.channel, dead_letters.c.source, dead_letters.c.file, dead_letters.c.reason, dead_letters.c.mend)
    statement = (
        select(*group, func.count().label("count"), func.max(dead_letters.c.seen_at).label("seen_at"))
        .where(dead_letters.c.status == "open")
        .group_by(*group)
        .order_by(dead_letters.c.channel, dead_letters.c.file, func.count().desc(), dead_letters.c.reason)
    )
    return [DeadLetters.model_validate(row._asdict()) for row in connection.execute(statement)]


def unknown_field_counts(connection: Connection, *, limit: int = 50) -> list[tuple[str, str, int]]:
    """(source, JSON pointer, how often) of fields no schema knows: counted, kept sealed, never copied."""
    seen = unknown_fields.c.count.label("seen")
    statement = select(unknown_fields.c.source, unknown_fields.c.pointer, seen).order_by(seen.desc(), unknown_fields.c.pointer).limit(limit)
    return [(row.source, row.pointer, row.seen) for row in connection.execute(statement)]


def failed_jobs(connection: Connection, *, limit: int = 50) -> list[tuple[str, str, str, datetime]]:
    """(kind, subject, error, created) of jobs that ended badly, newest first."""
    statement = select(jobs).where(jobs.c.status == "failed").order_by(jobs.c.id.desc()).limit(limit)
    return [(row.kind, row.subject, row.error or "", row.created_at) for row in connection.execute(statement)]


def egress_refusals(connection: Connection, *, limit: int = 20) -> list[tuple[str, str, str, datetime]]:
    """(destination, subject, reason, at) of what the egress guard held back, newest first."""
    statement = select(egress_log).where(egress_log.c.allowed.is_(False)).order_by(egress_log.c.id.desc()).limit(limit)
    return [(row.destination, row.subject, row.reason, row.at) for row in connection.execute(statement)]


def drafting_cost(connection: Connection, *, since: datetime) -> tuple[int, float]:
    """(drafts asked of the language model, US dollars) since then."""
    statement = select(func.count(), func.coalesce(func.sum(llm_usage.c.cost_usd), 0.0)).where(llm_usage.c.at >= since)
    count, cost = connection.execute(statement).one()
    return count, cost


def _counted(connection: Connection, column: Column[str]) -> dict[str, int]:
    rows = connection.execute(select(column, func.count()).group_by(column))
    return {row[0]: row[1] for row in rows}


def _listed(filters: Filters) -> Select[Any]:
    asked = {"channel": filters.channel, "kind": filters.kind, "risk": filters.risk}
    wanted = [actions.c[name] == value for name, value in asked.items() if value is not None]
    return _rows().where(actions.c.status.in_(SHELVES.get(filters.shelf, SHELVES["waiting"])), *wanted)


def _rows() -> Select[Any]:
    approvals = (
        select(func.count())
        .where(
            decisions.c.action == actions.c.id,
            decisions.c.version == actions.c.version,
            decisions.c.verdict == DecisionVerdict.APPROVE,
        )
        .scalar_subquery()
    )
    same = and_(action_versions.c.action == actions.c.id, action_versions.c.version == actions.c.version)
    return select(actions, action_versions.c.content, approvals.label("approvals")).join(action_versions, same)


def _beyond(rank: int, created_at: datetime, action: str) -> ColumnElement[bool]:
    return or_(
        _by_risk > rank,
        and_(_by_risk == rank, or_(actions.c.created_at > created_at, and_(actions.c.created_at == created_at, actions.c.id > action))),
    )


def _cursor(row: QueueRow) -> str:
    rank = {Risk.HIGH: 0, Risk.MEDIUM: 1, Risk.LOW: 2}[row.risk]
    return f"{rank}~{row.created_at.isoformat()}~{row.id}"


def _place(cursor: str | None) -> tuple[int, datetime, str] | None:
    try:
        rank, created_at, action = (cursor or "").split("~")
        at = datetime.fromisoformat(created_at)
        return (int(rank), at, action) if at.tzinfo else None
    except ValueError:
        return None


def _row(row: Any) -> QueueRow:
    return QueueRow(
        id=row.id,
        kind=row.kind,
        channel=row.channel,
        status=row.status,
        verdict=row.verdict,
        risk=row.risk,
        money_usd=row.money_usd,
        title=row.content["title"],
        approvals=row.approvals,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
