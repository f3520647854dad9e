"""Absence and deputies, and giving one item to a person. The rules of both are in `approvals/delegate.py`; the page only asks."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import delegate
from approvals.identity import Session
from approvals.web.desk import BadForm, desk_of, fresh_form, may_open, posted, see_other
from approvals.web.filters import decider_of, filters_of, query_of
from approvals.web.told import told_of
from policies.actions import ActionKind
from policies.kinds import KINDS
from policies.records import ActionId
from tools.store import delegations

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/absence"))]
Form = Annotated[dict[str, str], Depends(posted)]
KIND = "kind:"


@router.get("/absence")
def show(request: Request, me: Reader) -> Response:
    desk = desk_of(request)
    workspace = desk.workspace
    now = workspace.clock()
    with workspace.database.read() as connection:
        rows = delegations.upcoming(connection, at=now)
    people = workspace.practice.people
    return desk.page(
        request,
        "absence.html",
        me=me,
        rows=rows,
        written=[person for person in people if person.absent_until and person.absent_until > now],
        people=people,
        may_stand_in=[one for one in people if set(one.roles) & set(delegate.MAY_STAND_IN)],
        for_others=me.has("admin"),
        titles={kind: KINDS[kind].title for kind in ActionKind},
        starts=now.astimezone(ZoneInfo(workspace.practice.timezone)).strftime("%Y-%m-%dT%H:%M"),
        told=told_of(request),
    )


@router.post("/absence", dependencies=[Depends(fresh_form)])
def record(request: Request, me: Reader, form: Form) -> Response:
    workspace = desk_of(request).workspace
    zone = ZoneInfo(workspace.practice.timezone)
    kinds = [ActionKind(name.removeprefix(KIND)) for name in form if name.removeprefix(KIND) in set(ActionKind)]
    delegate.delegate(
        workspace,
        form.get("person") or me.username,
        by=me.username,
        deputy=form.get("deputy") or None,
        starts_at=_moment(form.get("starts", ""), zone),
        ends_at=_moment(form.get("ends", ""), zone),
        kinds=kinds,
    )
    return see_other("/absence?told=away")


@router.post("/absence/{delegation_id}/end")
def end(request: Request, delegation_id: str, me: Reader, form: Form) -> Response:
    delegate.revoke(desk_of(request).workspace, delegation_id, by=me.username)
    return see_other("/absence?told=back")


@router.post("/actions/{action_id}/assign")
def assign(request: Request, action_id: str, me: Annotated[Session, Depends(may_open("/queue"))], form: Form) -> Response:
    workspace = desk_of(request).workspace
    version = form.get("version", "")
    if not version.isascii() or not version.isdigit():
        raise BadForm("the form does not say which version it is about: open the item again and use its buttons")
    delegate.assign(
        workspace,
        ActionId(action_id),
        to=form.get("to", ""),
        by=me.username,
        version=int(version),
        content_hash=form.get("content_hash", ""),
    )
    filters = filters_of(request.query_params, decider_of(workspace, me))
    return see_other(f"/actions/{action_id}{query_of(filters, told=f'assigned:{action_id}')}")


def _moment(value: str, zone: ZoneInfo) -> datetime:
    """A moment as the browser's own field writes it, on the practice's clock."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise BadForm("the form lacks a day and time: write both, for example 2026-03-02 09:00") from None
    return at if at.tzinfo else at.replace(tzinfo=zone)
