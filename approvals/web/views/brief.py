"""The weekly brief: one page that a director reads on Monday, by week. Reads only."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.identity import Session
from approvals.web.desk import desk_of, may_open
from approvals.web.reports import brief_of, weeks
from tools.brief import week_name, week_of

router = APIRouter()


@router.get("/brief")
def show(request: Request, me: Annotated[Session, Depends(may_open("/brief"))], week: str = "") -> Response:
    """This week so far, or the week the address names as 2026-W40; a name that is no week, or lies ahead, is this week."""
    desk = desk_of(request)
    now = desk.workspace.clock()
    this = week_of(now, desk.workspace.practice.timezone)
    since, end = weeks(desk.workspace, week) or this
    return desk.page(
        request,
        "brief.html",
        me=me,
        brief=brief_of(desk, (since, end)),
        name=week_name(since),
        is_now=since == this[0],
        earlier=week_name(since - timedelta(days=7)),
        later=None if since == this[0] else week_name(since + timedelta(days=7)),
        until=min(end, now),
    )
