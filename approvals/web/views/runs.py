"""Runs: every pass over the channels, what it brought, and how long each step took."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.identity import Session
from approvals.web.desk import desk_of, may_open
from tools.store import desk as reads
from tools.store.runs import get_run, recent_runs, steps_of

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/runs"))]


@router.get("/runs")
def show(request: Request, me: Reader) -> Response:
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        runs = recent_runs(connection)
    return desk.page(request, "runs.html", me=me, runs=[(run, totals(run.summary)) for run in runs])


@router.get("/runs/{run_id}")
def show_one(request: Request, run_id: str, me: Reader) -> Response:
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        run = get_run(connection, run_id)
        steps = steps_of(connection, run.id)
        plan = reads.plan_of(connection, run.id)
    summary = run.summary or {}
    return desk.page(
        request,
        "run.html",
        me=me,
        run=run,
        totals=totals(summary),
        channels=summary.get("channels", {}),
        queued=summary.get("queued", []),
        blocked=summary.get("blocked", []),
        steps=steps,
        plan=plan,
    )


def totals(summary: dict[str, Any] | None) -> dict[str, int]:
    """The figures of a run's summary over all its channels; empty while it runs."""
    if not summary:
        return {}
    channels = summary.get("channels", {}).values()
    found = {name: sum(channel.get(name, 0) for channel in channels) for name in ("collected", "duplicates", "refused", "scrubbed")}
    return found | {name: _count(summary.get(name, 0)) for name in ("leads", "mqls", "queued", "blocked")}


def _count(value: Any) -> int:
    return len(value) if isinstance(value, list) else int(value)
