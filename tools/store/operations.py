"""What runs the installation, as the desk lists it: runs by filter, what they cost, jobs that wait or failed. Reads only, but for a job's retry."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Connection, Text, and_, cast, func, or_, select, update

from policies.records import Channel, Record
from tools.store.action_tables import llm_usage
from tools.store.jobs import OPEN
from tools.store.runs import Run, run_of
from tools.store.tables import jobs, runs

PAGE = 30
DEGRADED = "degraded"
"""A run that is done, without one of its channels: no status of its own in the table."""


class RunFilters(Record):
    """What the address of the runs page may ask for; None = all. `status` is running, done, degraded or failed."""

    status: str | None = None
    trigger: str | None = None
    channel: Channel | None = None


class RunPage(Record):
    """Newest first; `after` is the cursor of the next page, None at the end."""

    runs: tuple[Run, ...]
    after: str | None


class Cost(Record):
    """What the language model was asked for one run: calls, tokens in and out, US dollars; `unusable` calls gave no draft."""

    calls: int
    input_tokens: int
    output_tokens: int
    usd: float
    unusable: int


class JobRow(Record):
    """One job as it may be shown. Its payload may hold a note of a person and is not among it; `channels` are of a run."""

    id: int
    kind: str
    subject: str
    status: str
    attempts: int
    error: str
    not_before: AwareDatetime
    created_at: AwareDatetime
    channels: tuple[str, ...] = ()


def run_page(connection: Connection, filters: RunFilters, *, after: str | None = None, limit: int = PAGE) -> RunPage:
    """One page of runs. `after` is a cursor of an earlier page; a broken one starts again."""
    statement = select(runs).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(limit + 1)
    degraded = cast(runs.c.summary, Text).like('%"status": "degraded"%') | cast(runs.c.summary, Text).like('%"status":"degraded"%')
    if filters.status == DEGRADED:
        statement = statement.where(runs.c.status == "done", degraded)
    elif filters.status:
        statement = statement.where(runs.c.status == filters.status)
    if filters.trigger:
        statement = statement.where(runs.c.trigger == filters.trigger)
    if filters.channel:
        statement = statement.where(cast(runs.c.channels, Text).like(f'%"{filters.channel.value}"%'))
    if place := _place(after):
        at, run = place
        statement = statement.where(or_(runs.c.started_at < at, and_(runs.c.started_at == at, runs.c.id < run)))
    found = [run_of(row) for row in connection.execute(statement)]
    last = found[limit - 1] if len(found) > limit else None
    return RunPage(runs=tuple(found[:limit]), after=f"{last.started_at.isoformat()}~{last.id}" if last else None)


def last_of_schedules(connection: Connection) -> dict[str, tuple[Run, datetime]]:
    """Each schedule → its newest run and the time that run was planned for."""
    newest = select(runs.c.schedule, func.max(runs.c.planned_at).label("planned_at")).group_by(runs.c.schedule).subquery()
    same = and_(runs.c.schedule == newest.c.schedule, runs.c.planned_at == newest.c.planned_at)
    return {row.schedule: (run_of(row), row.planned_at) for row in connection.execute(select(runs).join(newest, same))}


def cost_of_runs(connection: Connection, ids: Sequence[str]) -> dict[str, Cost]:
    """What each of these runs asked of the language model; a run that asked nothing is left out."""
    columns = llm_usage.c
    statement = (
        select(
            columns.run,
            func.count().label("calls"),
            func.sum(columns.input_tokens).label("input_tokens"),
            func.sum(columns.output_tokens).label("output_tokens"),
            func.sum(columns.cost_usd).label("usd"),
            func.count().filter(columns.outcome != "ok").label("unusable"),
        )
        .where(columns.run.in_(ids))
        .group_by(columns.run)
    )
    return {row.run: Cost(**{name: row._mapping[name] for name in Cost.model_fields}) for row in connection.execute(statement)}


def open_jobs(connection: Connection, *, kinds: Sequence[str]) -> list[JobRow]:
    """Jobs of these kinds that wait or run, oldest first."""
    statement = select(jobs).where(jobs.c.kind.in_(kinds), jobs.c.status.in_(OPEN)).order_by(jobs.c.id).limit(100)
    return [_job(row) for row in connection.execute(statement)]


def failed_job_rows(connection: Connection, *, limit: int = 50) -> list[JobRow]:
    """Jobs that ended badly, newest first."""
    statement = select(jobs).where(jobs.c.status == "failed").order_by(jobs.c.id.desc()).limit(limit)
    return [_job(row) for row in connection.execute(statement)]


def get_job(connection: Connection, job: int) -> JobRow | None:
    row = connection.execute(select(jobs).where(jobs.c.id == job)).one_or_none()
    return _job(row) if row else None


def retry_failed(connection: Connection, job: JobRow, *, now: datetime) -> bool:
    """Put a failed job back for now. False when it is not failed any more, or another of the same kind and subject is open."""
    again = select(jobs.c.id).where(jobs.c.kind == job.kind, jobs.c.subject == job.subject, jobs.c.status.in_(OPEN))
    if connection.scalar(again.limit(1)) is not None:
        return False
    put_back = update(jobs).where(jobs.c.id == job.id, jobs.c.status == "failed")
    return connection.execute(put_back.values(status="queued", not_before=now, error=None, attempts=0)).rowcount == 1


def _job(row: Any) -> JobRow:
    fields = {name: row._mapping[name] for name in ("id", "kind", "subject", "status", "attempts", "not_before", "created_at")}
    return JobRow(**fields, error=row.error or "", channels=tuple(row.payload.get("channels", ())))


def _place(cursor: str | None) -> tuple[datetime, str] | None:
    at, _, run = (cursor or "").partition("~")
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (found, run) if found.tzinfo and run else None
