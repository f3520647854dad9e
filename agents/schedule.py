"""The clock and the worker's loop, as `liaison serve` runs them. APScheduler rings in memory; the tables decide what a ring means.

Several processes may serve one PostgreSQL store: the leader rings (advisory lock there, lease row on SQLite), all of them work.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from agents.parts import Parts
from agents.redraft import redraft
from agents.replay import replay
from agents.worker import LEASE, finish_interrupted, run_action, run_channels
from approvals import execute as execution
from approvals import queue
from approvals.act import act_on_grants
from approvals.escalate import escalate_overdue
from approvals.notices import tell_all
from approvals.notify import NOTIFY, ask_due, deliver
from approvals.overdue import escalate_waiting
from policies.records import ActionId, Channel
from tools.errors import Busy, LiaisonError
from tools.store import jobs, retention, runs, schedules
from tools.store.demotions import next_demotion
from tools.store.jobs import Job

KINDS = ("execute", "redraft", "run", "replay", NOTIFY)
POLL_S = 0.5
TIDY_EVERY = timedelta(seconds=30)
PRUNE_EVERY = timedelta(hours=1)
LEADER_POLL_S = 2.0
JUST_AFTER = timedelta(milliseconds=1)
"""A lead is an MQL up to and including `mql_until`."""
LEADER_LOCK = 7203
LEADER_LEASE = "schedule leader"

log = structlog.get_logger("liaison")


def work_until(parts: Parts, stop: threading.Event) -> None:
    """Claim and do jobs until `stop`; one job's failure is recorded on its row and never ends the loop."""
    clock = parts.workspace.clock
    tidied = pruned = None
    while not stop.is_set():
        if pruned is None or clock() - pruned >= PRUNE_EVERY:
            forget(parts)
            pruned = clock()
        if tidied is None or clock() - tidied >= TIDY_EVERY:
            tidy(parts)
            notify(parts)
            tidied = clock()
        if not work_once(parts):
            stop.wait(POLL_S)


def tidy(parts: Parts) -> None:
    """What time and crashes leave: expired actions, claimed executions to be read back or called `unknown`, overdue leads and decisions,
    interrupted runs; and what a standing grant approves."""
    try:
        queue.expire_due(parts.workspace)
        execution.recover(parts.workspace)
        escalate_overdue(parts.workspace)
        escalate_waiting(parts.workspace)
        act_on_grants(parts.workspace)
        tell_all(parts.workspace)
        with runs.lease(parts.workspace.database, LEASE, clock=parts.workspace.clock) as epoch:
            finish_interrupted(parts, epoch=epoch)
    except Busy:
        return  # another process is running it
    except Exception as error:
        log.error("worker:tidy", reason=type(error).__name__)


def forget(parts: Parts) -> None:
    """Delete what only helps to operate and is older than it is kept (docs/retention.md)."""
    try:
        gone = retention.prune(parts.workspace.database, parts.workspace.settings, now=parts.workspace.clock())
    except Exception as error:  # a busy database: the next hour does it
        log.error("worker:forget", reason=type(error).__name__)
    else:
        if gone:
            log.info("worker:forget", **gone)


def notify(parts: Parts) -> None:
    """Tell people what happened, and ask for the messages that are due. A fault here stops nothing else."""
    try:
        tell_all(parts.workspace)
        ask_due(parts.workspace)
    except Exception as error:
        log.error("worker:notify", reason=type(error).__name__)


def work_once(parts: Parts) -> bool:
    """Do one due job; False when there is none."""
    database, clock = parts.workspace.database, parts.workspace.clock
    with database.write() as connection:
        job = jobs.claim_job(connection, kinds=KINDS, holder=jobs.this_holder(), now=clock())
    if job is None:
        return False
    outcome = _attempt(parts, job)
    with database.write() as connection:
        if outcome.again:
            jobs.retry_job(connection, job, now=clock(), error=outcome.error or "")
        else:
            jobs.finish_job(connection, job, error=outcome.error)
    return True


class _Outcome(NamedTuple):
    error: str | None = None
    again: bool = False


def _attempt(parts: Parts, job: Job) -> _Outcome:
    """Do the job. What was approved is tried again after an error, because nothing approved may be lost and `action_run` never sends twice."""
    try:
        perform(parts, job)
    except Busy as error:
        return _Outcome(str(error), again=True)
    except LiaisonError as error:
        log.error("job:fail", job=job.id, kind=job.kind, subject=job.subject, reason=str(error))
        return _Outcome(str(error), again=job.kind == "execute")
    except Exception as error:
        log.error("job:fail", job=job.id, kind=job.kind, subject=job.subject, reason=type(error).__name__)
        return _Outcome(type(error).__name__, again=job.kind == "execute")
    return _Outcome()


def perform(parts: Parts, job: Job) -> None:
    """One job: execute an approved action, redraft one, read dead letters again, or run channels."""
    if job.kind == "execute":
        run_action(parts, ActionId(job.subject))
    elif job.kind == "redraft":
        redraft(parts, job)
    elif job.kind == "replay" and "channel" in job.payload:
        replay(parts, job)
    elif job.kind == NOTIFY:
        deliver(parts.workspace, job.subject)
    else:
        channels = tuple(Channel(channel) for channel in job.payload.get("channels", ()))
        planned = job.payload.get("planned_at")
        planned_at = datetime.fromisoformat(planned) if planned else None
        trigger = "schedule" if planned_at else "desk"
        run_channels(parts, channels, trigger=trigger, schedule=job.subject if planned_at else None, planned_at=planned_at)


# --- the leader's clock


def ring_until(parts: Parts, stop: threading.Event) -> None:
    """Compete for leadership; while leading, let the clock ring. Whoever leads next starts with at most one catch-up per schedule."""
    while not stop.is_set():
        with leadership(parts) as still_leads:
            if still_leads is not None:
                _lead(parts, stop, still_leads)
        stop.wait(LEADER_POLL_S)


def _lead(parts: Parts, stop: threading.Event, still_leads: Callable[[], bool]) -> None:
    workspace = parts.workspace
    clock = BackgroundScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}, timezone="UTC")
    known: list[schedules.Schedule] = []

    def reload() -> None:
        """Rebuild the memory job store when the table has changed, and catch up."""
        with workspace.database.write() as connection:
            schedules.adopt(connection, workspace.practice, now=workspace.clock())
            current = schedules.list_schedules(connection)
            for schedule in current:
                schedules.tick(connection, schedule.id, now=workspace.clock())
        shape = [schedule._replace(last_planned_at=None) for schedule in current]
        if shape == known:
            return
        known[:] = shape
        for schedule in current:
            if schedule.enabled:
                clock.add_job(ring, schedule.trigger(), args=(schedule.id,), id=schedule.id, replace_existing=True)
            elif clock.get_job(schedule.id):
                clock.remove_job(schedule.id)

    def wake() -> None:
        """Handoffs whose lead is an MQL no longer leave the queue at that instant; then the clock is set for the next."""
        queue.expire_due(workspace)
        with workspace.database.read() as connection:
            ends_at = next_demotion(connection, now=workspace.clock())
        if ends_at is not None:
            clock.add_job(wake, "date", run_date=ends_at + JUST_AFTER, id="-demotion", replace_existing=True)

    def ring(schedule_id: str) -> None:
        with workspace.database.write() as connection:
            schedules.tick(connection, schedule_id, now=workspace.clock())

    reload()
    clock.add_job(reload, "interval", seconds=15, id="-reload")
    clock.add_job(wake, "interval", seconds=15, id="-wake", next_run_time=datetime.now(UTC))  # scores move meanwhile, and with them the end
    clock.start()
    try:
        while not stop.wait(LEADER_POLL_S):
            if not still_leads():
                return
    finally:
        clock.shutdown(wait=True)


@contextmanager
def leadership(parts: Parts) -> Iterator[Callable[[], bool] | None]:
    """Gives a question "do I still lead?" to the one process that rings, None to the others."""
    database, clock = parts.workspace.database, parts.workspace.clock
    if database.is_sqlite:
        with ExitStack() as held:
            try:
                epoch = held.enter_context(runs.lease(database, LEADER_LEASE, clock=clock))
            except Busy:
                yield None
                return
            yield lambda: runs.renew(database, LEADER_LEASE, epoch=epoch, now=clock())
        return
    # A session lock on a connection of its own: PostgreSQL gives it up the moment this process or its connection dies.
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        won = bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LEADER_LOCK}).scalar())

        def still_connected() -> bool:
            try:
                return connection.execute(text("SELECT 1")).scalar() == 1
            except OperationalError:
                return False

        try:
            yield still_connected if won else None
        finally:
            if won and still_connected():
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LEADER_LOCK})
