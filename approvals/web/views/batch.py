"""Many like items at once: a page that shows every one of them in full, and the decision on those that stay chosen."""

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.batch import MOST, Item, alone, approve_many, reject_many
from approvals.identity import Session
from approvals.queue import list_by_id
from approvals.web.desk import BadForm, desk_of, may_open, posted
from approvals.web.filters import decider_of, filters_of, query_of
from policies.actions import Action
from policies.kinds import KINDS
from policies.records import ActionId
from tools.store import queue as reads

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/queue"))]
Form = Annotated[dict[str, str], Depends(posted)]
FIELD = "item:"
LISTED = 50
"""Decided items named on the page that says what became of them."""


class Shown(NamedTuple):
    """An item of the batch; `why` says why it cannot be approved with others, empty when it can."""

    action: Action
    why: str


@router.get("/queue/batch")
def show(request: Request, me: Reader) -> Response:
    """The chosen items (`item=…`, repeated), or the first MOST that match the filters of the address (`all=1`)."""
    desk = desk_of(request)
    filters = filters_of(request.query_params, decider_of(desk.workspace, me))
    with desk.workspace.database.read() as connection:
        if request.query_params.get("all") == "1":
            ids = [ActionId(row.id) for row in reads.queue_page(connection, filters, limit=MOST).rows]
        else:
            ids = [ActionId(value) for value in request.query_params.getlist("item")[:MOST]]
        found = list_by_id(connection, ids)
    kinds = {action.kind for action in found}
    shown = [Shown(action, alone(action)) for action in found]
    return desk.page(
        request,
        "batch.html",
        me=me,
        shown=shown,
        one_kind=len(kinds) == 1,
        spec=KINDS[found[0].kind] if found else None,
        kinds=KINDS,
        approvable=sum(not one.why for one in shown),
        query=query_of(filters),
        most=MOST,
    )


@router.post("/queue/batch")
def decide(request: Request, me: Reader, form: Form) -> Response:
    """What became of each; shown once, and doing it again changes nothing: what was decided is no longer what the form is about."""
    desk = desk_of(request)
    items = [_item(name, value) for name, value in form.items() if name.startswith(FIELD)]
    match form.get("verdict"):
        case "approve":
            done = approve_many(desk.workspace, items, by=me.username)
        case "reject":
            done = reject_many(desk.workspace, items, by=me.username, reason=form.get("reason", ""))
        case _:
            raise BadForm("the form does not say what to do with the items: use one of its two buttons")
    with desk.workspace.database.read() as connection:
        named = [*done.decided[:LISTED], *done.counted[:LISTED], *(one.id for one in done.left)]
        titles = {action.id: action.content.title for action in list_by_id(connection, named)}
    verb = "approved" if form["verdict"] == "approve" else "rejected"
    query = form.get("query", "")
    return desk.page(
        request, "batch_done.html", me=me, done=done, titles=titles, verb=verb, listed=LISTED, query=query if query.startswith("?") else ""
    )


def _item(name: str, value: str) -> Item:
    version, _, content_hash = value.partition(":")
    if not version.isdigit():
        raise BadForm("the form does not say which version of the item it is about: open the page again")
    return Item(ActionId(name.removeprefix(FIELD)), int(version), content_hash)
