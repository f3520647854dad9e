"""Tasks: approved work for a person, with the text ready to paste, ticked off when done."""

import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import inbox
from approvals.identity import Session
from approvals.inbox import Task
from approvals.web.desk import SELLERS, desk_of, may_open, posted, see_other
from approvals.web.told import told_of
from approvals.web.words import span
from tools.store import desk as reads
from tools.store.task_list import task_page, task_places

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/tasks"))]
# A task about a handoff carries its id within its own; a task of an approved item is an execution of that item itself.
_HANDOFF = re.compile(r"X-[0-9a-f]{8,40}")


@router.get("/tasks")
def show(request: Request, me: Reader, state: str = "open", where: str = "", after: str = "") -> Response:
    desk = desk_of(request)
    ws, status = desk.workspace, "done" if state == "done" else "open"
    with ws.database.read() as connection:
        places = task_places(connection, status)
        place = where if where in places else ""
        listing = task_page(connection, status, where=place, after=after)
        counts = reads.task_counts(connection)
    tasks = [Task(**row._mapping) for row in listing.rows]
    return desk.page(
        request,
        "tasks.html",
        me=me,
        tasks=tasks,
        ages={task.execution: span((task.done_at or ws.clock()) - task.created_at) for task in tasks},
        handoffs={task.execution: found[0] for task in tasks if (found := _HANDOFF.search(task.execution)) and found[0] != task.execution},
        places=places,
        where=place,
        after=after,
        next_page=address(status, place, after=listing.after) if listing.after else "",
        address=address,
        state=status,
        counts=counts,
        may_do=me.has(*inbox.TASKS),
        may_see_sales=me.has(*SELLERS),
        told=told_of(request),
    )


@router.post("/tasks/{execution}/done")
def done(request: Request, execution: str, me: Reader, form: Annotated[dict[str, str], Depends(posted)]) -> Response:
    inbox.finish_task(desk_of(request).workspace, execution, by=me.username)
    return see_other("/tasks?told=task")


def address(state: str, where: str = "", **more: str) -> str:
    """The address of a list of tasks; nothing is written that is the default."""
    pairs = [(name, value) for name, value in {"state": "" if state == "open" else state, "where": where, **more}.items() if value]
    return f"/tasks?{urlencode(pairs)}" if pairs else "/tasks"
