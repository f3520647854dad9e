"""What the desk shows beside its queue: what runs brought, what could not be read, the installation's health. Reads only; opens nothing sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import AwareDatetime
from sqlalchemy import Column, Connection, func, select

from policies.actions import Plan
from policies.records import Record
from tools.store.action_tables import actions, egress_log, human_tasks, llm_usage
from tools.store.engagements import Letter
from tools.store.queue import QueueRow, row_of, select_rows
from tools.store.tables import dead_letters, jobs, plans, unknown_fields

PLACES = 5  # of one group of dead letters: enough to open the file at the right line


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


def task_counts(connection: Connection) -> dict[str, int]:
    """How many tasks are open and done."""
    return _counted(connection, human_tasks.c.status)


def proposed_counts(connection: Connection, runs: Sequence[str]) -> dict[str, int]:
    """How many new items each of these runs brought."""
    rows = connection.execute(select(actions.c.run, func.count()).where(actions.c.run.in_(runs)).group_by(actions.c.run))
    return {row[0]: row[1] for row in rows}


def proposed_by(connection: Connection, run: str, *, limit: int = 200) -> list[QueueRow]:
    """The items a run brought, as they stand now: riskiest first, then oldest."""
    statement = select_rows().where(actions.c.run == run).order_by(actions.c.place, actions.c.id).limit(limit)
    return [row_of(row) for row in connection.execute(statement)]


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
