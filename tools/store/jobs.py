"""Jobs: what the desk asks the worker to do, with leases. Knows kinds and subjects by name only, never what a job does.

A job is claimed for a time; whoever claims it renews or finishes it. A job whose holder died is free at once when it died on this host, and
when its lease ends otherwise. At most one job per (kind, subject) is open.
"""

import os
import socket
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Connection, and_, or_, select, update

from policies.records import Record
from tools.store.database import insert_new, insert_once
from tools.store.tables import jobs

LEASE = timedelta(minutes=5)  # longer than any single call to a destination
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
OPEN = ("queued", "running")


class Job(Record):
    id: int
    kind: str
    subject: str
    payload: dict[str, Any]
    not_before: AwareDatetime
    attempts: int
    holder: str


def enqueue_job(
    connection: Connection,
    *,
    kind: str,
    subject: str,
    now: datetime,
    payload: dict[str, Any] | None = None,
    not_before: datetime | None = None,
) -> bool:
    """Write a job row in the caller's transaction. False when one of the same (kind, subject) is still open."""
    row = {"kind": kind, "subject": subject, "payload": payload or {}, "not_before": not_before or now, "created_at": now}
    return insert_once(connection, jobs, row)


def enqueue_jobs(connection: Connection, *, kind: str, due: Iterable[tuple[str, datetime]], now: datetime) -> None:
    """`enqueue_job` for each (subject, not before) of `due`, at once, and not where one of the same is open."""
    rows = [{"kind": kind, "subject": one, "payload": {}, "not_before": at, "created_at": now} for one, at in due]
    if rows:
        connection.execute(insert_new(connection, jobs), rows)


def claim_job(connection: Connection, *, kinds: Sequence[str], holder: str, now: datetime, lease: timedelta = LEASE) -> Job | None:
    """Take the oldest job that is due, or whose holder is gone; None when there is none. `holder` comes from `this_holder()`."""
    _free_dead(connection)
    due = and_(jobs.c.status == "queued", jobs.c.not_before <= now)
    abandoned = and_(jobs.c.status == "running", jobs.c.lease_until < now)
    statement = select(jobs).where(jobs.c.kind.in_(kinds), or_(due, abandoned)).order_by(jobs.c.not_before, jobs.c.id).limit(1)
    row = connection.execute(statement.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    values = {"status": "running", "holder": holder, "lease_until": now + lease, "attempts": row.attempts + 1}
    connection.execute(update(jobs).where(jobs.c.id == row.id).values(values))
    return Job(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        payload=row.payload,
        not_before=row.not_before,
        attempts=row.attempts + 1,
        holder=holder,
    )


def renew_job(connection: Connection, job: Job, *, now: datetime, lease: timedelta = LEASE) -> bool:
    """Keep the job; False when the lease was lost to somebody else."""
    return connection.execute(_held(job).values(lease_until=now + lease)).rowcount == 1


def finish_job(connection: Connection, job: Job, *, error: str | None = None) -> bool:
    """Close the job as done, or failed with `error` (a class name or a message without content)."""
    return connection.execute(_held(job).values(status="failed" if error else "done", error=error, lease_until=None)).rowcount == 1


def retry_job(connection: Connection, job: Job, *, now: datetime, error: str) -> bool:
    """Put the job back for later: after 1 minute, then twice as long each time, at most an hour."""
    wait = min(FIRST_RETRY * 2 ** min(job.attempts - 1, 10), LONGEST_RETRY)
    return connection.execute(_held(job).values(status="queued", not_before=now + wait, error=error, lease_until=None)).rowcount == 1


def cancel_job(connection: Connection, *, kind: str, subject: str) -> bool:
    """Close a job nobody has started. False when there is none: it runs already, or is over."""
    waiting = and_(jobs.c.kind == kind, jobs.c.subject == subject, jobs.c.status == "queued")
    return connection.execute(update(jobs).where(waiting).values(status="done", error="cancelled before it started")).rowcount == 1


def open_subjects(connection: Connection, *, kind: str) -> frozenset[str]:
    """Subjects of the jobs of this kind that wait or run."""
    return frozenset(connection.scalars(select(jobs.c.subject).where(jobs.c.kind == kind, jobs.c.status.in_(OPEN))))


def this_holder(part: str = "worker") -> str:
    """ "host:pid:part", at most 64 characters: enough to tell on this host whether the holder still lives."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{part}"[:64]


def _held(job: Job) -> Any:
    return update(jobs).where(jobs.c.id == job.id, jobs.c.status == "running", jobs.c.holder == job.holder)


def _free_dead(connection: Connection) -> None:
    here = socket.gethostname()[:32]
    for row in connection.execute(select(jobs.c.id, jobs.c.holder).where(jobs.c.status == "running")).all():
        host, pid, _ = row.holder.split(":", 2)
        if host == here and not _lives(int(pid)):
            connection.execute(
                update(jobs).where(jobs.c.id == row.id, jobs.c.holder == row.holder).values(status="queued", lease_until=None)
            )


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it lives, as another user
    return True
