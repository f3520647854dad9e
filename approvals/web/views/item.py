"""What one can do on an item's page without deciding: comment, add the evidence a finding asks for, and see whether somebody else was first."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import comments, evidence
from approvals.errors import NotDecidable
from approvals.identity import Session
from approvals.web.desk import desk_of, may_open, posted
from approvals.web.item import state_of
from approvals.web.upload import Sent, posted_with_document
from approvals.web.views.action import Refused, back_to, bound_in, page
from policies.records import ActionId

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/queue"))]


@router.post("/actions/{action_id}/comments")
def comment(request: Request, action_id: str, me: Reader, form: Annotated[dict[str, str], Depends(posted)]) -> Response:
    text = form.get("text", "")
    try:
        comments.add(desk_of(request).workspace, ActionId(action_id), by=me.username, version=bound_in(form)["version"], text=text)
    except NotDecidable as error:
        return page(request, me, action_id, status=422, refused=Refused("comment", str(error), text))
    return back_to(request, me, action_id, "commented")


@router.post("/actions/{action_id}/evidence")
def record_evidence(request: Request, action_id: str, me: Reader, sent: Annotated[Sent, Depends(posted_with_document)]) -> Response:
    """Record a proof about this item, from the finding that asks for it; the item is checked again at once."""
    key = sent.fields.get("key", "")
    try:
        evidence.record(desk_of(request).workspace, key, subject=action_id, document_hash=sent.document_hash, by=me.username)
    except NotDecidable as error:
        return page(request, me, action_id, status=422, refused=Refused(f"evidence:{key}", str(error)))
    return back_to(request, me, action_id, "proved")


@router.get("/actions/{action_id}/state")
def state(request: Request, action_id: str, me: Reader, version: int = 0, status: str = "") -> Response:
    """A fragment the open page asks for now and then: how long is left, and whether it still shows the item as it is."""
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        found = state_of(connection, ActionId(action_id))
    return desk.page(
        request,
        "action_state.html",
        me=me,
        action=found.action,
        seen_version=version,
        seen_status=status,
        last=found.last,
        author=found.author,
        hold_until=found.hold_until,
        waiting=found.waiting,
    )
