"""The queue: what waits, riskiest and oldest first. Filters, search and paging live in the address, so a view can be kept and shared."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import saved_views
from approvals.autonomy import observed
from approvals.identity import Session
from approvals.web.desk import desk_of, may_open, posted, see_other
from approvals.web.filters import decider_of, filters_of, query_of
from approvals.web.standing import said_of_waiting
from approvals.web.told import told_of
from policies.actions import ActionKind
from policies.kinds import KINDS
from tools.store import audit, views
from tools.store import queue as reads
from tools.store.queue import Filters

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/queue"))]
Form = Annotated[dict[str, str], Depends(posted)]

SHELF_NAMES = {
    "waiting": "Waiting",
    "blocked": "Blocked",
    "moving": "Approved",
    "attention": "Needs a look",
    "done": "Done",
    "closed": "Closed",
}
EMPTY = {
    "waiting": (
        "Nothing waits for a decision",
        "The next run of the channels brings new proposals here. Runs shows when the last one was.",
    ),
    "blocked": ("Nothing is blocked", "An item a rule does not allow lands here until it is edited, gets evidence, or is rejected."),
    "moving": ("Nothing is being executed", "What you approve stays here until its receipt is in, usually seconds."),
    "attention": ("Nothing needs a look", "A failed item, or one whose outcome nobody can tell, comes here for a person to settle."),
    "done": ("Nothing is done yet", "What was approved and executed is kept here with its receipt."),
    "closed": ("Nothing is closed", "Rejected, expired and replaced items are kept here with the reason."),
}
EMPTY_FOR_YOU = ("Nothing waits for you", "What still waits is for others to decide: show all to see it.")


@router.get("/queue")
def show(request: Request, me: Reader, after: str | None = None) -> Response:
    desk = desk_of(request)
    decider = decider_of(desk.workspace, me)
    filters = filters_of(request.query_params, decider)
    narrowed = bool(filters.channel or filters.kind or filters.risk or filters.search)
    with desk.workspace.database.read() as connection:
        cells = reads.tally_of(connection)
        page = reads.queue_page(connection, filters, after=after, cells=cells)
        counts = reads.counts(connection, filters.shelf, cells=cells)
        listed = reads.listed_count(connection, filters, cells=cells)
        saved = views.views_of(connection, me.username)
        seen = audit.last_row(connection)
        shown_only = observed(connection)
        handed = [row.id for row in page.rows if row.kind == ActionKind.MQL_HANDOFF] if filters.shelf == "waiting" else []
        points = said_of_waiting(desk.workspace, connection, handed) if handed else {}
    waiting = counts.shelves["waiting"]
    can_narrow = filters.shelf == "waiting" and bool(decider.kinds)
    mine = can_narrow and filters.mine is not None
    query = query_of(filters)
    return desk.page(
        request,
        "queue.html",
        me=me,
        page=page,
        counts=counts,
        filters=filters,
        narrowed=narrowed,
        can_narrow=can_narrow,
        can_choose=can_narrow and bool(page.rows),
        mine=mine,
        listed=listed,
        waiting=waiting,
        query=query,
        shelves=SHELF_NAMES,
        shelf_query={shelf: query_of(filters.model_copy(update={"shelf": shelf})) for shelf in SHELF_NAMES},
        everybody=query_of(filters.model_copy(update={"mine": None})),
        only_mine=query_of(filters.model_copy(update={"mine": decider})),
        empty=EMPTY_FOR_YOU if mine and waiting else EMPTY[filters.shelf],
        kinds=KINDS,
        first_page=after is None,
        told=told_of(request),
        filters_asked=parse_qsl(query.removeprefix("?")),
        saved=saved,
        here_saved=any(view.query == query for view in saved),
        seen=seen,
        points=points,
        observed={row.id for row in page.rows if not shown_only.isdisjoint({(row.kind, None), (row.kind, row.channel)})},
    )


@router.post("/queue/views")
def save_view(request: Request, me: Reader, form: Form) -> Response:
    """Keep the present filters under a name."""
    ws = desk_of(request).workspace
    query = query_of(_asked(form, decider_of(ws, me)))
    saved_views.save(ws, form.get("name", ""), query, by=me.username, is_shared=form.get("shared") == "1")
    return see_other(f"/queue{query}")


@router.post("/queue/views/remove")
def remove_view(request: Request, me: Reader, form: Form) -> Response:
    saved_views.remove(desk_of(request).workspace, form.get("name", ""), by=me.username)
    return see_other("/queue")


def _asked(form: Mapping[str, str], decider: reads.Decider) -> Filters:
    """The filters of the address a form of the queue was on."""
    return filters_of(dict(parse_qsl(form.get("query", "").removeprefix("?"))), decider)
