"""People: who may sign in, with which roles; an administrator makes links, ends sessions, resets authenticators. Roles
themselves are edited in practice.yaml."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import identity, tokens
from approvals.identity import Session
from approvals.web.desk import desk_of, fresh_form, may_open, posted, see_other

router = APIRouter()
Administrator = Annotated[Session, Depends(may_open("/people"))]


Form = Annotated[dict[str, str], Depends(posted)]
WORTH_A_LOOK = [Depends(fresh_form)]
TOLD = {
    "ended": "The person's sessions are ended.",
    "revoked": "The person's API tokens are revoked.",
    "objected": "Noted: what was done from that account does not count, and its sessions are ended. Now make its owner a new link yourself.",
    "reset": "The authenticator is reset, and the person's sessions are ended.",
}


@router.get("/people")
def show(request: Request, me: Administrator, told: str = "") -> Response:
    return _page(request, me, told=TOLD.get(told, ""))


@router.post("/people/{username}/sessions/end")
def end_sessions(request: Request, username: str, me: Administrator, form: Form) -> Response:
    identity.revoke_all(desk_of(request).workspace, username, by=me.username)
    return see_other("/people?told=ended")


@router.post("/people/{username}/tokens/revoke")
def revoke_tokens(request: Request, username: str, me: Administrator, form: Form) -> Response:
    tokens.revoke_all(desk_of(request).workspace, username, by=me.username)
    return see_other("/people?told=revoked")


@router.post("/people/{username}/objection")
def object_to_recovery(request: Request, username: str, me: Administrator, form: Form) -> Response:
    identity.object_to_recovery(desk_of(request).workspace, username, by=me.username)
    return see_other("/people?told=objected")


@router.post("/people/{username}/authenticator/reset", dependencies=WORTH_A_LOOK)
def reset_authenticator(request: Request, username: str, me: Administrator, form: Form) -> Response:
    identity.reset_totp(desk_of(request).workspace, username, by=me.username)
    return see_other("/people?told=reset")


@router.post("/people/{username}/link", dependencies=WORTH_A_LOOK)
def make_link(request: Request, username: str, me: Administrator, form: Form) -> Response:
    """Answers with the link itself, once: only its hash is stored, so no later page could show it."""
    token = identity.create_link(desk_of(request).workspace, username, by=me.username)
    return _page(request, me, link=f"{str(request.base_url).rstrip('/')}/welcome/{token}", link_for=username)


def _page(request: Request, me: Session, *, link: str = "", link_for: str = "", told: str = "") -> Response:
    desk = desk_of(request)
    practice = desk.workspace.practice
    now = desk.workspace.clock()
    with desk.workspace.database.read() as connection:
        live = Counter(token.owner for token in tokens.tokens_of(connection) if token.is_live(now))
    return desk.page(
        request,
        "people.html",
        me=me,
        people=practice.people,
        accounts=identity.accounts(desk.workspace),
        tokens=live,
        opened_by=identity.opened_by(desk.workspace),
        ways=practice.sign_in,
        told=told,
        link=link,
        link_for=practice.person(link_for),
    )
