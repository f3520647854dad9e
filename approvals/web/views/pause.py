"""Pause one channel or everything, and resume. The switch itself is in `approvals/pause.py`; every page shows what is stopped."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import pause as switch
from approvals.identity import Session
from approvals.web.desk import desk_of, may_open, posted, see_other
from approvals.web.told import told_of

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/pause"))]
Form = Annotated[dict[str, str], Depends(posted)]


@router.get("/pause")
def show(request: Request, me: Reader) -> Response:
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        paused = {pause.scope: pause for pause in switch.active(connection)}
    return desk.page(
        request, "pause.html", me=me, scopes=switch.SCOPES, paused=paused, may_pause=me.has(*switch.MAY_PAUSE), told=told_of(request)
    )


@router.post("/pause/{scope}")
def pause(request: Request, scope: str, me: Reader, form: Form) -> Response:
    switch.pause(desk_of(request).workspace, scope, by=me.username, reason=form.get("reason", ""))
    return see_other("/pause?told=paused")


@router.post("/pause/{scope}/resume")
def resume(request: Request, scope: str, me: Reader, form: Form) -> Response:
    switch.resume(desk_of(request).workspace, scope, by=me.username)
    return see_other("/pause?told=resumed")
