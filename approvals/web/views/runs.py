"""Runs: every pass over the channels, what it brought, what each node took and what it cost; and asking for one now."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from approvals.identity import Session
from approvals.operate import MAY_RUN, ask_run
from approvals.web import words
from approvals.web.desk import desk_of, may_open, posted, see_other
from approvals.web.told import told_of
from policies.kinds import KINDS
from policies.records import Channel
from tools.store import desk as reads
from tools.store import operations
from tools.store.operations import RunFilters
from tools.store.runs import Run, get_run
from tools.store.trace import NodeAttempt, NodeStatus, trace_of

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/runs"))]
Form = Annotated[dict[str, str], Depends(posted)]

FIGURES = ("collected", "duplicates", "refused", "scrubbed")
STATUSES = {"running": "Running", "done": "Done", "degraded": "Done, degraded", "failed": "Failed"}
NODES = ("plan", "collect", "join", "scrub", "store", "score", "propose", "check", "queue")
NODE = {
    "plan": "Plan",
    "collect": "Collect",
    "join": "Join the channels",
    "scrub": "Scrub",
    "store": "Store",
    "score": "Score",
    "propose": "Propose",
    "check": "Check against the rules",
    "queue": "Queue",
    "recheck": "Check again",
    "execute": "Execute",
    "confirm": "Read back",
    "record": "Record",
}
NODE_STATUS = {
    NodeStatus.RUNNING: ("Running", "running"),
    NodeStatus.DONE: ("Done", "ok"),
    NodeStatus.DEGRADED: ("Degraded", "degraded"),
    NodeStatus.FAILED: ("Failed", "failed"),
    NodeStatus.INTERRUPTED: ("Cut off, taken up again", "degraded"),
}
WIDTH = 1000
"""Of the time bar, in units of its own: the picture scales."""


class Bar(NamedTuple):
    """One attempt in the run's time: where its bar begins and how long it is, of WIDTH; `seconds` None while it works."""

    row: NodeAttempt
    x: int
    width: int
    seconds: float | None


@router.get("/runs")
def show(request: Request, me: Reader) -> Response:
    desk = desk_of(request)
    filters = _filters(request.query_params)
    with desk.workspace.database.read() as connection:
        page = operations.run_page(connection, filters, after=request.query_params.get("after"))
        ids = [run.id for run in page.runs]
        proposed = reads.proposed_counts(connection, ids)
        costs = operations.cost_of_runs(connection, ids)
        waiting = operations.open_jobs(connection, kinds=("run", "replay"))
    return desk.page(
        request,
        "runs.html",
        me=me,
        runs=[(run, totals(run.summary)) for run in page.runs],
        proposed=proposed,
        costs=costs,
        waiting=waiting,
        filters=filters,
        filtered=filters != RunFilters(),
        statuses=STATUSES,
        older=_query(filters, after=page.after) if page.after else None,
        newest=_query(filters) if request.query_params.get("after") else None,
        channels=[channel for channel, config in desk.workspace.practice.channels.items() if config.enabled],
        may_run=me.has(*MAY_RUN),
        told=told_of(request),
    )


@router.post("/runs/ask")
def ask(request: Request, me: Reader, form: Form) -> Response:
    """Only writes the job: the worker takes it when the run before it is over."""
    wanted = form.get("channel", "")
    channels = [Channel(wanted)] if wanted in set(Channel) else []
    ask_run(desk_of(request).workspace, channels, by=me.username)
    return see_other("/runs?told=asked")


@router.get("/runs/{run_id}")
def show_one(request: Request, run_id: str, me: Reader) -> Response:
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        run = get_run(connection, run_id)
        values = _progress(connection, run, now=desk.workspace.clock())
        plan = reads.plan_of(connection, run.id)
        proposed = reads.proposed_by(connection, run.id)
        count = reads.proposed_counts(connection, [run.id]).get(run.id, 0)
        cost = operations.cost_of_runs(connection, [run.id]).get(run.id)
    return desk.page(
        request,
        "run.html",
        me=me,
        totals=totals(run.summary),
        channels=(run.summary or {}).get("channels", {}),
        proposed=proposed,
        count=count,
        plan=plan,
        cost=cost,
        kinds=KINDS,
        **values,
    )


@router.get("/runs/{run_id}/progress")
def progress(request: Request, run_id: str, me: Reader) -> Response:
    """The part of the page that moves while the run works; when it is over, the whole page is asked for once more."""
    if "HX-Request" not in request.headers:  # opened by hand, or by a browser that does not swap parts
        return see_other(f"/runs/{run_id}")
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        run = get_run(connection, run_id)
        values = _progress(connection, run, now=desk.workspace.clock())
    response = desk.page(request, "run_progress.html", me=me, **values)
    if run.status != "running":
        response.headers["HX-Refresh"] = "true"
    return response


def totals(summary: dict[str, Any] | None) -> dict[str, int]:
    """The figures of a run's summary over all its channels; empty while it runs."""
    channels = summary.get("channels", {}).values() if summary else ()
    return {name: sum(channel.get(name, 0) for channel in channels) for name in FIGURES} if channels else {}


def bars(trace: Sequence[NodeAttempt], *, begun: datetime, now: datetime) -> list[Bar]:
    """Each attempt as a bar in the time from `begun` to the last end, or to `now` while one still works."""
    ends = [row.finished_at or (now if row.status is NodeStatus.RUNNING else row.started_at) for row in trace]
    whole = max((end - begun for end in ends), default=timedelta(0)).total_seconds() or 1.0
    found = []
    for row, end in zip(trace, ends, strict=True):
        x = min(round((row.started_at - begun).total_seconds() / whole * WIDTH), WIDTH - 4)
        width = max(round((end - row.started_at).total_seconds() / whole * WIDTH), 4)
        found.append(Bar(row, x, min(width, WIDTH - x), row.took.total_seconds() if row.took is not None else None))
    return found


def _progress(connection: Connection, run: Run, *, now: datetime) -> dict[str, Any]:
    trace = trace_of(connection, run.id)
    begun = min((row.started_at for row in trace), default=run.started_at)
    finished = {row.node for row in trace if row.finished_at is not None and row.node != "collect"}
    branches = {row.channel for row in trace if row.node == "collect" and row.finished_at is not None}
    took = (run.finished_at or now) - begun
    return {
        "run": run,
        "bars": bars(trace, begun=begun, now=now),
        "width": WIDTH,
        "node_name": lambda row: (
            f"{NODE.get(row.node, row.node)}: {words.CHANNEL.get(row.channel, row.channel)}"
            if row.channel
            else NODE.get(row.node, row.node)
        ),
        "node_status": NODE_STATUS,
        "done_nodes": len(finished) + len(branches),
        "all_nodes": len(NODES) - 1 + len(run.channels),
        "took": words.span(took) if took >= timedelta(minutes=1) else f"{max(took.total_seconds(), 0):.1f} seconds",
    }


def _filters(query: Mapping[str, str]) -> RunFilters:
    """What the address asks for; a value that is none of ours is left out."""
    status, trigger, channel = (query.get(name, "") for name in ("status", "trigger", "channel"))
    return RunFilters(
        status=status if status in STATUSES else None,
        trigger=trigger if trigger in words.TRIGGER else None,
        channel=Channel(channel) if channel in set(Channel) else None,
    )


def _query(filters: RunFilters, *, after: str | None = None) -> str:
    pairs = [(name, str(value)) for name, value in (*filters.model_dump().items(), ("after", after)) if value]
    return f"/runs?{urlencode(pairs)}" if pairs else "/runs"
