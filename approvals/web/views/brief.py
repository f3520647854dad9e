"""The weekly brief: one page that a director reads on Monday, by week. Reads only."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.identity import Session
from approvals.web.desk import desk_of, may_open
from tools.brief import week_name, week_named, week_of, weekly_brief

router = APIRouter()


@router.get("/brief")
def show(request: Request, me: Annotated[Session, Depends(may_open("/brief"))], week: str = "") -> Response:
    """This week so far, or the week the address names as 2026-W40; a name that is no week, or lies ahead, is this week."""
    desk = desk_of(request)
    ws, now = desk.workspace, desk.workspace.clock()
    zone = ws.practice.timezone
    this = week_of(now, zone)
    since, end = week_named(week, zone) or this
    if since > this[0]:
        since, end = this
    kept = (f"{now:%Y%m%d%H%M}", week_name(since))
    written = request.app.state.pictures.get(("brief", *kept), lambda: weekly_brief(ws, since, min(end, now)))
    return desk.page(
        request,
        "brief.html",
        me=me,
        brief=written,
        name=week_name(since),
        is_now=since == this[0],
        earlier=week_name(since - timedelta(days=7)),
        later=None if since == this[0] else week_name(since + timedelta(days=7)),
        until=min(end, now),
    )
