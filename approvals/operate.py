"""What people ask of the worker beside decisions: run channels now, switch a schedule, try a failed job again. Each is a row and an audit line."""

from collections.abc import Sequence

from approvals.errors import NotDecidable
from approvals.reviewers import role_of
from policies.records import Channel
from tools.errors import Conflict, NotFound
from tools.store import schedules
from tools.store.audit import Event
from tools.store.jobs import enqueue_job
from tools.store.operations import get_job, retry_failed
from tools.workspace import Workspace

MAY_RUN = ("marketing", "admin")
EVERY = "all"


def ask_run(ws: Workspace, channels: Sequence[Channel], *, by: str) -> None:
    """Ask the worker for a run over `channels` (none = every enabled one). Raises Conflict when the same is asked for already."""
    role_of(ws.practice, by, MAY_RUN)
    chosen = [channel for channel in Channel if channel in channels]
    enabled = {channel for channel, config in ws.practice.channels.items() if config.enabled}
    if off := [channel.value for channel in chosen if channel not in enabled]:
        raise NotDecidable(f"{', '.join(off)}: switched off in practice.yaml (channels.{off[0]}.enabled), so there is nothing to run")
    subject = "+".join(chosen) or EVERY
    now = ws.clock()
    with ws.database.write() as connection:
        if not enqueue_job(connection, kind="run", subject=subject, now=now, payload={"channels": chosen, "by": by}):
            raise Conflict("this run was asked for already and waits for the worker: see the runs page")
        detail = {"channels": chosen or EVERY}
        ws.audit.append(connection, event=Event.RUN_ASK, actor=by, subject=subject, detail=detail, at=now)


def switch_schedule(ws: Workspace, schedule_id: str, *, enabled: bool, by: str) -> None:
    """Switch a schedule on or off; it stays so until somebody switches it back, whatever practice.yaml says. Raises NotFound, Conflict."""
    role_of(ws.practice, by, MAY_RUN)
    now = ws.clock()
    with ws.database.write() as connection:
        schedules.adopt(connection, ws.practice, now=now)
        old = schedules.get_schedule(connection, schedule_id)
        if old.enabled == enabled:
            raise Conflict(f"the schedule {schedule_id} is {'on' if enabled else 'off'} already: reload the page")
        schedules.change(connection, old._replace(enabled=enabled), now=now)
        detail = {"cron": old.cron, "timezone": old.timezone, "enabled": enabled}
        ws.audit.append(connection, event=Event.SCHEDULE_SET, actor=by, subject=schedule_id, detail=detail, at=now)


def retry_job(ws: Workspace, job_id: int, *, by: str) -> None:
    """Put a failed job back for the worker. Raises NotFound, Conflict."""
    role_of(ws.practice, by, MAY_RUN)
    now = ws.clock()
    with ws.database.write() as connection:
        job = get_job(connection, job_id)
        if job is None:
            raise NotFound(f"no job {job_id}: see the list on the schedule page")
        if not retry_failed(connection, job, now=now):
            raise Conflict("this job was tried again already, or another like it is open: reload the page")
        ws.audit.append(connection, event=Event.JOB_RETRY, actor=by, subject=job.subject, detail={"kind": job.kind, "job": job.id}, at=now)
