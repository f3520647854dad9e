"""Dead letters: what could not be read, where it stood and how to mend it; try it again, or give it up. No payload is opened here."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import letters as mending
from approvals.identity import Session
from approvals.web.desk import desk_of, may_open, posted, see_other
from approvals.web.told import told_of
from policies.records import Channel
from tools.store import letters, operations

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/dead-letters"))]
Form = Annotated[dict[str, str], Depends(posted)]
SHOWN = 200


@router.get("/dead-letters")
def show(request: Request, me: Reader, channel: str = "") -> Response:
    desk = desk_of(request)
    chosen = Channel(channel) if channel in set(Channel) else None
    with desk.workspace.database.read() as connection:
        groups = letters.groups(connection)
        waiting = {job.subject for job in operations.open_jobs(connection, kinds=("replay",))}
    listed = {name: group for name, group in groups.items() if chosen is None or group.channel == chosen}
    return desk.page(
        request,
        "letters.html",
        me=me,
        groups=listed,
        is_withheld=letters.is_withheld,
        waiting=waiting,
        channel=chosen,
        channels=sorted({group.channel for group in groups.values()}),
        total=sum(group.count for group in listed.values()),
        told=told_of(request),
    )


@router.get("/dead-letters/{group_id}")
def show_one(request: Request, group_id: str, me: Reader) -> Response:
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        group = letters.get_group(connection, group_id)
        rows = letters.letters_of(connection, group, limit=SHOWN)
        waiting = any(job.subject == group_id for job in operations.open_jobs(connection, kinds=("replay",)))
    return desk.page(
        request,
        "letter_group.html",
        me=me,
        group_id=group_id,
        group=group,
        rows=rows,
        withheld=letters.is_withheld(group),
        waiting=waiting,
        may_mend=me.has(*mending.MAY_MEND),
    )


@router.post("/dead-letters/{group_id}/replay")
def replay(request: Request, group_id: str, me: Reader, form: Form) -> Response:
    mending.ask_replay(desk_of(request).workspace, group_id, by=me.username)
    return see_other("/dead-letters?told=replayed")


@router.post("/dead-letters/{group_id}/discard")
def discard(request: Request, group_id: str, me: Reader, form: Form) -> Response:
    mending.discard(desk_of(request).workspace, group_id, by=me.username, reason=form.get("reason", ""))
    return see_other("/dead-letters?told=discarded")
