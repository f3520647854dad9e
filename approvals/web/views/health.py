"""Health: what could not be read, what is degraded, what failed, what was held back. Every line says how to mend it."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.identity import Session
from approvals.web.desk import desk_of, may_open
from tools.store import desk as reads
from tools.store.runs import recent_runs

router = APIRouter()
COST_WINDOW = timedelta(days=30)


@router.get("/health")
def show(request: Request, me: Annotated[Session, Depends(may_open("/health"))]) -> Response:
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        dead = reads.open_dead_letters(connection)
        unknown = reads.unknown_field_counts(connection)
        failed = reads.failed_jobs(connection)
        refused = reads.egress_refusals(connection)
        drafts, cost_usd = reads.drafting_cost(connection, since=desk.workspace.clock() - COST_WINDOW)
        runs = recent_runs(connection, limit=1)
        lost = reads.counts(connection).shelves["attention"]
    last = runs[0] if runs else None
    channels = ((last.summary if last else None) or {}).get("channels", {})
    return desk.page(
        request,
        "health.html",
        me=me,
        dead=dead,
        dead_count=sum(letters.count for letters in dead),
        unknown=unknown,
        failed=failed,
        refused=refused,
        drafts=drafts,
        cost_usd=cost_usd,
        last=last,
        channels=channels,
        lost=lost,
    )
