"""Schedule: when each channel runs by itself, how the last time went, and the jobs that failed. The table is the truth; the clock only rings."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from approvals.identity import Session
from approvals.operate import MAY_RUN, retry_job, switch_schedule
from approvals.web.desk import desk_of, may_open, posted, see_other
from approvals.web.told import told_of
from policies.records import Channel, Record
from tools.cron import in_words
from tools.errors import NotFound
from tools.store import operations, schedules
from tools.store.runs import Run

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/schedule"))]
Form = Annotated[dict[str, str], Depends(posted)]

SHOWN = 3
LATE = timedelta(minutes=15)
"""A run that began this long after its planned time made up for one that was missed."""


class Planned(Record):
    """One schedule as the page says it. `caught_up` = its last run began late, because nothing ran at its time."""

    id: str
    channels: tuple[Channel, ...]
    words: str
    cron: str
    timezone: str
    enabled: bool
    next_times: tuple[AwareDatetime, ...]
    last: Run | None
    planned_at: AwareDatetime | None
    caught_up: bool
    missed_at: AwareDatetime | None  # planned, come, and not run yet


@router.get("/schedule")
def show(request: Request, me: Reader) -> Response:
    desk = desk_of(request)
    now = desk.workspace.clock()
    with desk.workspace.database.read() as connection:
        known = {one.id: one for one in schedules.list_schedules(connection)}
        lasts = operations.last_of_schedules(connection)
        waiting = operations.open_jobs(connection, kinds=("run", "replay"))
        failed = operations.failed_job_rows(connection)
    # What the clock has not taken over yet is shown as practice.yaml has it; looking writes nothing.
    merged = {one.id: one for one in schedules.of_practice(desk.workspace.practice, now=now)} | known
    rows = []
    for one in sorted(merged.values(), key=lambda schedule: list(Channel).index(schedule.channels[0])):
        last, planned_at = lasts.get(one.id, (None, None))
        rows.append(
            Planned(
                id=one.id,
                channels=one.channels,
                words=in_words(one.cron),
                cron=one.cron,
                timezone=one.timezone,
                enabled=one.enabled,
                next_times=tuple(one.next_times(now, count=SHOWN)),
                last=last,
                planned_at=planned_at,
                caught_up=last is not None and planned_at is not None and last.started_at - planned_at > LATE,
                missed_at=one.latest_planned(now) if one.enabled else None,
            )
        )
    return desk.page(
        request,
        "schedule.html",
        me=me,
        rows=rows,
        waiting=waiting,
        failed=failed,
        may_run=me.has(*MAY_RUN),
        without=[channel for channel, config in desk.workspace.practice.channels.items() if config.enabled and channel.value not in merged],
        told=told_of(request),
    )


@router.post("/schedule/{schedule_id}/{switch}")
def turn(request: Request, schedule_id: str, switch: str, me: Reader, form: Form) -> Response:
    if switch not in ("on", "off"):
        raise NotFound(f"a schedule is switched on or off, not {switch[:20]}: use the buttons of the page")
    switch_schedule(desk_of(request).workspace, schedule_id, enabled=switch == "on", by=me.username)
    return see_other(f"/schedule?told=switched_{switch}")


@router.post("/jobs/{job_id}/retry")
def retry(request: Request, job_id: int, me: Reader, form: Form) -> Response:
    retry_job(desk_of(request).workspace, job_id, by=me.username)
    return see_other("/schedule?told=retried")
