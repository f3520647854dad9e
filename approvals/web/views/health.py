"""Health: what could not be read, what is degraded, what failed, what was held back. Every line says how to mend it."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.identity import Session
from approvals.web.desk import desk_of, may_open
from policies.records import Channel
from tools.store import desk as reads
from tools.store.engagements import LETTER_OF_THE_SCRUB
from tools.store.notices import dead_deliveries
from tools.store.queue import counts
from tools.store.runs import Run, recent_runs

router = APIRouter()
COST_WINDOW = timedelta(days=30)
RUNS = 200  # looked through for a channel the last ones left out


@router.get("/health")
def show(request: Request, me: Annotated[Session, Depends(may_open("/health"))]) -> Response:
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        dead = reads.open_dead_letters(connection)
        unknown = reads.unknown_field_counts(connection)
        failed = reads.failed_jobs(connection)
        undelivered = dead_deliveries(connection)
        refused = reads.egress_refusals(connection)
        drafts, cost_usd = reads.drafting_cost(connection, since=desk.workspace.clock() - COST_WINDOW)
        runs = recent_runs(connection, limit=RUNS)
        lost = counts(connection).shelves["attention"]
    channels = latest(runs)
    return desk.page(
        request,
        "health.html",
        me=me,
        dead=dead,
        withheld=LETTER_OF_THE_SCRUB,
        dead_count=sum(letters.count for letters in dead),
        unknown=unknown,
        failed=failed,
        undelivered=undelivered,
        may_retry=me.has("admin"),
        refused=refused,
        drafts=drafts,
        cost_usd=cost_usd,
        last=runs[0] if runs else None,
        channels=[(key, channels[key]) for key in Channel if key in channels],
        lost=lost,
    )


def latest(runs: list[Run]) -> dict[str, tuple[Run, dict[str, Any]]]:
    """Each channel → the newest finished run that had it, and how it went there: a partial run says nothing of the others."""
    found: dict[str, tuple[Run, dict[str, Any]]] = {}
    for run in runs:
        for key, outcome in (run.summary or {}).get("channels", {}).items():
            found.setdefault(key, (run, outcome))
    return found
