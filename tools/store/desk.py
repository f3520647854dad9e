"""What the desk lists: the queue, a page at a time, and the installation's health. Reads only; opens nothing sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import AwareDatetime
from sqlalchemy import Column, ColumnElement, Connection, Select, and_, case, func, not_, or_, select

from policies.actions import ActionKind, DecisionVerdict, Plan, Risk, Status, Verdict
from policies.records import Channel, Record
from tools.store.action_tables import action_versions, actions, decisions, egress_log, human_tasks, llm_usage, sales_inbox
from tools.store.engagements import Letter
from tools.store.tables import dead_letters, jobs, plans, unknown_fields

PAGE = 25
PLACES = 5  # of one group of dead letters: enough to open the file at the right line
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
# One run proposes everything at one moment: of what is equally risky and equally old, the person who waits for a call goes first.
_by_person = case({ActionKind.MQL_HANDOFF: 0}, value=actions.c.kind, else_=1)
_ORDER = (_by_risk, actions.c.created_at, _by_person, actions.c.id)


class Decider(Record):
    """What one person may approve: `kinds`, and of them the `four_eyes` ones, which their author may not. No kinds: nothing is narrowed."""

    person: str
    kinds: tuple[str, ...]
    four_eyes: tuple[str, ...] = ()


class Filters(Record):
    """What the queue's address may ask for; None = all. `mine` narrows what waits to what that person can still approve."""

    shelf: str = "waiting"
    channel: Channel | None = None
    kind: str | None = None
    risk: Risk | None = None
    mine: Decider | None = None


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
    """Records of one file that could not be read for one reason. `places` are the first few: "line 13", "line 13, messageId"."""

    channel: str
    source: str
    file: str
    reason: str
    mend: str
    places: tuple[str, ...]
    count: int
    seen_at: AwareDatetime


class Redraft(NamedTuple):
    """The newest request for another text: `status` of its job, the `version` it was asked of, and why it failed."""

    status: str
    version: int
    error: str


def queue_page(connection: Connection, filters: Filters, *, after: str | None = None, limit: int = PAGE) -> Page:
    """One page of the queue: riskiest first, then oldest first. `after` is a cursor of an earlier page; a broken one starts again."""
    statement = _listed(filters).order_by(*_ORDER).limit(limit + 1)
    if place := _place(after):
        statement = statement.where(_beyond(place))
    rows = [_row(row) for row in connection.execute(statement)]
    more = len(rows) > limit
    return Page(rows=tuple(rows[:limit]), after=_cursor(rows[limit - 1]) if more else None)


def neighbours(connection: Connection, filters: Filters, action: str) -> tuple[str | None, str | None]:
    """The actions before and after this one in the same list, also when it has just left the list."""
    place = connection.execute(select(*_ORDER).where(actions.c.id == action)).one_or_none()
    if place is None:
        return None, None
    listed = _listed(filters).with_only_columns(actions.c.id).where(actions.c.id != action)
    later = connection.scalar(listed.where(_beyond(tuple(place))).order_by(*_ORDER).limit(1))
    earlier = connection.scalar(listed.where(~_beyond(tuple(place))).order_by(*(part.desc() for part in _ORDER)).limit(1))
    return earlier, later


def listed_count(connection: Connection, filters: Filters) -> int:
    """How many items these filters list."""
    return connection.scalar(_listed(filters).with_only_columns(func.count())) or 0


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
    statement = _rows().where(actions.c.run == run).order_by(*_ORDER).limit(limit)
    return [_row(row) for row in connection.execute(statement)]


def plan_of(connection: Connection, run: str) -> Plan | None:
    """The plan this run worked under."""
    plan = connection.scalar(select(plans.c.plan).where(plans.c.run == run))
    return Plan.model_validate(plan) if plan else None


def open_dead_letters(connection: Connection) -> list[DeadLetters]:
    """What could not be read and still waits for somebody, by file and reason. The payloads stay sealed."""
    letters = dead_letters.c
    group = (letters.channel, letters.source, letters.file, letters.reason, letters.mend)
    grouped = (
        select(*group, func.count().label("count"), func.max(letters.seen_at).label("seen_at"))
        .where(letters.status == "open")
        .group_by(*group)
        .order_by(letters.channel, letters.file, func.count().desc(), letters.reason, letters.source, letters.mend)
    )
    places = _first_places(connection)
    found = [row._asdict() for row in connection.execute(grouped)]
    return [DeadLetters(**row, places=places.get(tuple(row[column.name] for column in group), ())) for row in found]


def last_redraft(connection: Connection, action: str) -> Redraft | None:
    """The newest request for another text of this action; None when nobody asked."""
    newest = select(jobs).where(jobs.c.kind == "redraft", jobs.c.subject == action).order_by(jobs.c.id.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return Redraft(row.status, int(row.payload.get("version", 0)), row.error or "") if row else None


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


def _first_places(connection: Connection) -> dict[tuple[str, ...], tuple[str, ...]]:
    """(channel, source, file, reason, mend) → where its first open letters lie."""
    columns = [dead_letters.c[name] for name in Letter._fields]
    group = [dead_letters.c[name] for name in ("channel", "source", "file", "reason", "mend")]
    inside = (func.coalesce(dead_letters.c.line, 0), dead_letters.c.id)
    number = func.row_number().over(partition_by=group, order_by=inside).label("number")
    ranked = select(*columns, number).where(dead_letters.c.status == "open").subquery()
    first = select(*(ranked.c[name] for name in Letter._fields)).where(ranked.c.number <= PLACES).order_by(ranked.c.number)
    found: dict[tuple[str, ...], dict[str, None]] = {}
    for letter in (Letter(*row) for row in connection.execute(first)):
        if letter.place:
            found.setdefault((letter.channel, letter.source, letter.file, letter.reason, letter.mend), {})[letter.place] = None
    return {key: tuple(places) for key, places in found.items()}


def _listed(filters: Filters) -> Select[Any]:
    asked = {"channel": filters.channel, "kind": filters.kind, "risk": filters.risk}
    wanted = [actions.c[name] == value for name, value in asked.items() if value is not None]
    if filters.mine and filters.mine.kinds and filters.shelf == "waiting":
        wanted += _undecided_by(filters.mine)
    return _rows().where(actions.c.status.in_(SHELVES.get(filters.shelf, SHELVES["waiting"])), *wanted)


def _undecided_by(decider: Decider) -> list[ColumnElement[bool]]:
    """Of a kind this person may approve, not approved by them yet, and not their own text where two others must agree."""
    about_this = and_(decisions.c.action == actions.c.id, decisions.c.version == actions.c.version)
    approved = select(decisions.c.id).where(about_this, decisions.c.by == decider.person, decisions.c.verdict == DecisionVerdict.APPROVE)
    written = select(action_versions.c.version).where(action_versions.c.action == actions.c.id, action_versions.c.author == decider.person)
    # Inside another query's FROM these tables would be taken for its own, so they are correlated to `actions` alone.
    own = and_(actions.c.kind.in_(decider.four_eyes), written.correlate(actions).exists())
    return [actions.c.kind.in_(decider.kinds), not_(approved.correlate(actions).exists()), not_(own)]


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


def _beyond(place: tuple[Any, ...]) -> ColumnElement[bool]:
    """After `place` in the queue's order: a later part decides where all earlier ones are equal."""
    later = [and_(*(_ORDER[before] == place[before] for before in range(at)), _ORDER[at] > place[at]) for at in range(len(_ORDER))]
    return or_(*later)


def _cursor(row: QueueRow) -> str:
    rank = {Risk.HIGH: 0, Risk.MEDIUM: 1, Risk.LOW: 2}[row.risk]
    return f"{rank}~{row.created_at.isoformat()}~{int(row.kind != ActionKind.MQL_HANDOFF)}~{row.id}"


def _place(cursor: str | None) -> tuple[int, datetime, int, str] | None:
    try:
        rank, created_at, person, action = (cursor or "").split("~")
        at = datetime.fromisoformat(created_at)
        return (int(rank), at, int(person), action) if at.tzinfo else None
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
