"""Runs: every pass over the channels, what it brought, and how long each step took."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.identity import Session
from approvals.web.desk import desk_of, may_open
from policies.kinds import KINDS
from tools.store import desk as reads
from tools.store.runs import get_run, recent_runs, steps_of

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/runs"))]


FIGURES = ("collected", "duplicates", "refused", "scrubbed")


@router.get("/runs")
def show(request: Request, me: Reader) -> Response:
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        runs = recent_runs(connection)
        proposed = reads.proposed_counts(connection, [run.id for run in runs])
    return desk.page(request, "runs.html", me=me, runs=[(run, totals(run.summary)) for run in runs], proposed=proposed)


@router.get("/runs/{run_id}")
def show_one(request: Request, run_id: str, me: Reader) -> Response:
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        run = get_run(connection, run_id)
        steps = steps_of(connection, run.id)
        plan = reads.plan_of(connection, run.id)
        proposed = reads.proposed_by(connection, run.id)
        count = reads.proposed_counts(connection, [run.id]).get(run.id, 0)
    return desk.page(
        request,
        "run.html",
        me=me,
        run=run,
        totals=totals(run.summary),
        channels=(run.summary or {}).get("channels", {}),
        proposed=proposed,
        count=count,
        steps=steps,
        plan=plan,
        kinds=KINDS,
    )


def totals(summary: dict[str, Any] | None) -> dict[str, int]:
    """The figures of a run's summary over all its channels; empty while it runs."""
    channels = summary.get("channels", {}).values() if summary else ()
    return {name: sum(channel.get(name, 0) for channel in channels) for name in FIGURES} if channels else {}
