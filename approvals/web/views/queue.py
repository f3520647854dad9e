"""The queue: what waits, riskiest and oldest first. Filters and paging live in the address, so a view can be kept and shared."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.identity import Session
from approvals.web.desk import desk_of, may_open
from approvals.web.filters import decider_of, filters_of, query_of
from approvals.web.told import told_of
from policies.kinds import KINDS
from tools.store import desk as reads

router = APIRouter()

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
def show(request: Request, me: Annotated[Session, Depends(may_open("/queue"))], after: str | None = None) -> Response:
    desk = desk_of(request)
    decider = decider_of(desk.workspace.practice, me)
    filters = filters_of(request.query_params, decider)
    narrowed = bool(filters.channel or filters.kind or filters.risk)
    with desk.workspace.database.read() as connection:
        page = reads.queue_page(connection, filters, after=after)
        counts = reads.counts(connection)
        listed = reads.listed_count(connection, filters)
    waiting = counts.shelves["waiting"]
    can_narrow = filters.shelf == "waiting" and bool(decider.kinds)
    mine = can_narrow and filters.mine is not None
    return desk.page(
        request,
        "queue.html",
        me=me,
        page=page,
        counts=counts,
        filters=filters,
        narrowed=narrowed,
        can_narrow=can_narrow,
        mine=mine,
        listed=listed,
        waiting=waiting,
        query=query_of(filters),
        shelves=SHELF_NAMES,
        shelf_query={shelf: query_of(filters.model_copy(update={"shelf": shelf})) for shelf in SHELF_NAMES},
        empty=EMPTY_FOR_YOU if mine and waiting else EMPTY[filters.shelf],
        kinds=KINDS,
        first_page=after is None,
        told=told_of(request),
    )
