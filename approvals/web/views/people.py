"""People: who may sign in, with which roles; an administrator makes one-time links. Roles themselves are edited in practice.yaml."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import identity
from approvals.identity import Session
from approvals.web.desk import desk_of, may_open, posted

router = APIRouter()
Administrator = Annotated[Session, Depends(may_open("/people"))]


@router.get("/people")
def show(request: Request, me: Administrator) -> Response:
    return _page(request, me)


@router.post("/people/{username}/link")
def make_link(request: Request, username: str, me: Administrator, form: Annotated[dict[str, str], Depends(posted)]) -> Response:
    """Answers with the link itself, once: only its hash is stored, so no later page could show it."""
    token = identity.create_link(desk_of(request).workspace, username, by=me.username)
    return _page(request, me, link=f"{str(request.base_url).rstrip('/')}/welcome/{token}", link_for=username)


def _page(request: Request, me: Session, *, link: str = "", link_for: str = "") -> Response:
    desk = desk_of(request)
    practice = desk.workspace.practice
    return desk.page(
        request,
        "people.html",
        me=me,
        people=practice.people,
        accounts=identity.accounts(desk.workspace),
        link=link,
        link_for=practice.person(link_for),
    )
