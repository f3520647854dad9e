"""Tasks: approved work for a person, with the text ready to paste, ticked off when done."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from approvals import inbox
from approvals.identity import Session
from approvals.inbox import PAGE
from approvals.web.desk import desk_of, may_open, posted, see_other
from approvals.web.told import told_of
from tools.store import desk as reads

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/tasks"))]


@router.get("/tasks")
def show(request: Request, me: Reader, state: str = "open", page: Annotated[int, Query(ge=1, le=1_000_000)] = 1) -> Response:
    desk = desk_of(request)
    status = "done" if state == "done" else "open"
    with desk.workspace.database.read() as connection:
        tasks = inbox.list_tasks(connection, status=status, limit=PAGE + 1, offset=(page - 1) * PAGE)
        counts = reads.task_counts(connection)
    return desk.page(
        request,
        "tasks.html",
        me=me,
        tasks=tasks[:PAGE],
        more=len(tasks) > PAGE,
        number=page,
        state=status,
        counts=counts,
        may_do=me.has(*inbox.TASKS),
        told=told_of(request),
    )


@router.post("/tasks/{execution}/done")
def done(request: Request, execution: str, me: Reader, form: Annotated[dict[str, str], Depends(posted)]) -> Response:
    inbox.finish_task(desk_of(request).workspace, execution, by=me.username)
    return see_other("/tasks?told=task")
