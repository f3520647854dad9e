"""Runs, pauses, health and people: what an engineer watches and may stop."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import Field
from sqlalchemy import Connection

from approvals import identity, operate
from approvals import letters as mending
from approvals import pause as switch
from approvals.web.api.access import Administrator, Operator
from approvals.web.api.common import Identifier, Paged, Query_, Reason, RunPath, cursor_of, place_of, router
from approvals.web.api.problems import documented
from approvals.web.api.work_schemas import (
    ChannelHealth,
    FailedJob,
    GivenUp,
    HealthAnswer,
    PauseAnswer,
    Pauses,
    People,
    PersonAnswer,
    RunAnswer,
    RunAsked,
    RunDetail,
    RunPage,
    RunStep,
    ScheduleAnswer,
    Schedules,
    UnreadDetail,
    UnreadGroups,
    UnreadRecords,
)
from approvals.web.views.health import COST_WINDOW, RUNS, latest
from policies.records import Channel, Record
from tools.store import desk as reads
from tools.store import letters, operations, schedules
from tools.store.operations import RunFilters
from tools.store.queue import counts
from tools.store.runs import get_run, recent_runs, steps_of
from tools.store.schedules import Schedule

runs = router("runs")
pauses = router("pauses")
house = router("house")

SchedulePath = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,47}$", description="The schedule's id", examples=["search"])]
GroupPath = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", description="A group of dead letters", examples=["0123456789abcdef"])]
JobPath = Annotated[int, Path(ge=1, le=2**53, description="The job's number, as `health` lists it")]
Scope = Annotated[Literal["all", "search", "listings", "email", "youtube"], Path(description="A channel, or `all`: the kill switch")]


LETTERS = 200  # named one by one of a group


class RunQuery(Paged):
    status: Literal["running", "done", "degraded", "failed"] | None = None
    trigger: Identifier | None = None
    channel: Channel | None = None


class LetterQuery(Query_):
    channel: Channel | None = None


class RunWish(Record):
    channels: Annotated[tuple[Channel, ...], Field(max_length=4, description="Empty: every enabled one")] = ()


class ScheduleSwitch(Record):
    enabled: bool


class Stop(Record):
    reason: Reason


@runs.get("/runs", operation_id="listRuns", summary="Every pass over the channels, newest first")
def list_runs(me: Operator, query: Annotated[RunQuery, Query()]) -> RunPage:
    filters = RunFilters(status=query.status, trigger=query.trigger, channel=query.channel)
    with me.workspace.database.read() as connection:
        page = operations.run_page(connection, filters, after=place_of("runs", query.cursor), limit=query.limit)
    return RunPage(items=tuple(RunAnswer.model_validate(run) for run in page.runs), next=cursor_of("runs", page.after))


@runs.post("/runs", operation_id="askRun", summary="Ask for a run now", status_code=202, responses=documented(409))
def ask_run(me: Operator, body: RunWish) -> RunAsked:
    """The worker claims it. 409 when the same is asked for already."""
    operate.ask_run(me.workspace, body.channels, by=me.username)
    return RunAsked(channels=body.channels)


@runs.get("/runs/{run_id}", operation_id="getRun", summary="One run with its steps", responses=documented(404))
def show_run(me: Operator, run_id: RunPath) -> RunDetail:
    with me.workspace.database.read() as connection:
        run = get_run(connection, run_id)
        steps = [RunStep.model_validate(row) for row in steps_of(connection, run.id)]
        proposed = reads.proposed_counts(connection, [run.id]).get(run.id, 0)
    return RunDetail.model_validate(
        {**RunAnswer.model_validate(run).model_dump(), "summary": run.summary, "steps": steps, "proposed": proposed}
    )


@runs.get("/schedules", operation_id="listSchedules", summary="When the channels run by themselves")
def list_schedules(me: Operator) -> Schedules:
    ws, now = me.workspace, me.workspace.clock()
    with ws.database.read() as connection:
        known = {one.id: one for one in schedules.list_schedules(connection)}
    merged = {one.id: one for one in schedules.of_practice(ws.practice, now=now)} | known
    return Schedules(items=tuple(_schedule(one, now) for _, one in sorted(merged.items())))


@runs.put("/schedules/{schedule_id}", operation_id="switchSchedule", summary="Switch one on or off", responses=documented(404, 409))
def switch_schedule(me: Operator, schedule_id: SchedulePath, body: ScheduleSwitch) -> ScheduleAnswer:
    operate.switch_schedule(me.workspace, schedule_id, enabled=body.enabled, by=me.username)
    with me.workspace.database.read() as connection:
        return _schedule(schedules.get_schedule(connection, schedule_id), me.workspace.clock())


@runs.post("/jobs/{job}/retry", operation_id="retryJob", summary="Try a failed job again", status_code=202, responses=documented(404, 409))
def retry_job(me: Operator, job: JobPath) -> FailedJob:
    operate.retry_job(me.workspace, job, by=me.username)
    with me.workspace.database.read() as connection:
        found = operations.get_job(connection, job)
    return FailedJob.model_validate(found)


@runs.get("/dead-letters", operation_id="listDeadLetters", summary="Records that could not be read, by file and reason")
def list_dead_letters(me: Operator, query: Annotated[LetterQuery, Query()]) -> UnreadGroups:
    with me.workspace.database.read() as connection:
        return UnreadGroups(items=_unread(connection, query.channel))


@runs.get(
    "/dead-letters/{group}", operation_id="getDeadLetters", summary="One group, with where each record stood", responses=documented(404)
)
def get_dead_letters(me: Operator, group: GroupPath) -> UnreadDetail:
    """No payload is opened."""
    with me.workspace.database.read() as connection:
        found = letters.get_group(connection, group)
        rows = letters.letters_of(connection, found, limit=LETTERS)
        is_asked = any(job.subject == group for job in operations.open_jobs(connection, kinds=("replay",)))
    more = {"letters": rows, "is_withheld": letters.is_withheld(found), "is_asked": is_asked}
    return UnreadDetail.model_validate({"id": group, **found.model_dump(exclude={"places"}), **more})


@runs.post(
    "/dead-letters/{group}/replay",
    operation_id="replayDeadLetters",
    summary="Read them again",
    status_code=202,
    responses=documented(404, 409),
)
def replay_dead_letters(me: Operator, group: GroupPath) -> UnreadRecords:
    """After the file, the practice or the schema was mended. The worker claims it; what is still wrong is filed anew."""
    with me.workspace.database.read() as connection:
        found = letters.get_group(connection, group)
    mending.ask_replay(me.workspace, group, by=me.username)
    return UnreadRecords.model_validate({"id": group, **found.model_dump(exclude={"places"})})


@runs.post("/dead-letters/{group}/discard", operation_id="discardDeadLetters", summary="Give them up", responses=documented(404, 409))
def discard_dead_letters(me: Operator, group: GroupPath, body: Stop) -> GivenUp:
    """They are tried no more, and their payloads are deleted when their time is over."""
    return GivenUp(letters=mending.discard(me.workspace, group, by=me.username, reason=body.reason))


@pauses.get("/pauses", operation_id="listPauses", summary="What is stopped")
def list_pauses(me: Operator) -> Pauses:
    with me.workspace.database.read() as connection:
        return Pauses(items=tuple(PauseAnswer.model_validate(one) for one in switch.active(connection)))


@pauses.put("/pauses/{scope}", operation_id="pause", summary="Stop one channel, or everything", responses=documented(409))
def stop(me: Operator, scope: Scope, body: Stop) -> PauseAnswer:
    """Takes effect before the next execution; what was approved waits or goes back to the queue, never out."""
    return PauseAnswer.model_validate(switch.pause(me.workspace, scope, by=me.username, reason=body.reason))


@pauses.delete("/pauses/{scope}", operation_id="resume", summary="Let it go on", status_code=204, responses=documented(409))
def go_on(me: Operator, scope: Scope) -> None:
    switch.resume(me.workspace, scope, by=me.username)


@house.get("/health", operation_id="getHealth", summary="What could not be read, what is degraded, what failed")
def get_health(me: Operator) -> HealthAnswer:
    ws = me.workspace
    with ws.database.read() as connection:
        drafts, cost_usd = reads.drafting_cost(connection, since=ws.clock() - COST_WINDOW)
        found = latest(recent_runs(connection, limit=RUNS))
        return HealthAnswer(
            channels={
                key: ChannelHealth(run=run.id, status=outcome.get("status", ""), finished_at=run.finished_at)
                for key, (run, outcome) in found.items()
            },
            dead_letters=_unread(connection),
            failed_jobs=tuple(FailedJob.model_validate(job) for job in operations.failed_job_rows(connection)),
            attention=counts(connection).shelves["attention"],
            drafts=drafts,
            drafting_usd=cost_usd,
        )


@house.get("/people", operation_id="listPeople", summary="Who may sign in, with which roles")
def list_people(me: Administrator) -> People:
    states = identity.accounts(me.workspace)
    items = [
        PersonAnswer(
            username=one.username,
            name=one.name,
            roles=one.roles,
            absent_until=one.absent_until,
            state=states[one.username].state,
            has_totp=states[one.username].has_totp,
        )
        for one in me.workspace.practice.people
    ]
    return People(items=tuple(items))


def _unread(connection: Connection, channel: Channel | None = None) -> tuple[UnreadRecords, ...]:
    groups = letters.groups(connection, channel=channel).items()
    return tuple(UnreadRecords.model_validate({"id": group, **one.model_dump(exclude={"places"})}) for group, one in groups)


def _schedule(one: Schedule, now: datetime) -> ScheduleAnswer:
    return ScheduleAnswer.model_validate({**one._asdict(), "next_at": one.next_time(now)})
