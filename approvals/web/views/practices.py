"""Referring practices for the physician liaison: a list, and one practice with everything that was handed over of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from approvals.identity import Session
from approvals.web import sales_words
from approvals.web.accounts import listed, practice_of
from approvals.web.desk import desk_of, may_open
from approvals.web.standing import place_of, running_of
from policies.leads.reasons import group_words
from policies.records import LeadId

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/practices"))]
PAGE = 25
MEMBERS = 5
"""Contacts named in the list; the practice's own page has all."""


@router.get("/practices")
def show(request: Request, me: Reader, model: str = "", page: Annotated[int, Query(ge=1, le=400)] = 1) -> Response:
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        found = listed(desk.workspace, connection, model, start=(page - 1) * PAGE, limit=PAGE)
    return desk.page(
        request,
        "practices.html",
        me=me,
        models=found.models,
        name=found.model,
        rows=found.rows,
        number=page,
        more=found.more,
        shown=MEMBERS,
        group_words=group_words,
    )


@router.get("/practices/{lead}")
def show_one(request: Request, lead: str, me: Reader) -> Response:
    """The practice of this contact."""
    desk = desk_of(request)
    ws = desk.workspace
    with ws.database.read() as connection:
        found = practice_of(ws, connection, LeadId(lead))
    return desk.page(
        request,
        "practice.html",
        me=me,
        key=found.key,
        accounts=found.accounts,
        past=found.past,
        place={row.execution: place_of(ws.practice, row) for row in found.past},
        sales=sales_words,
        group_words=group_words,
        running={row.execution: running_of(ws.practice, row, now=ws.clock()) for row in found.past},
    )
