"""API tokens: a person makes and revokes their own; an administrator sees and may revoke everybody's. The token itself is shown once."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import tokens
from approvals.errors import NotAllowed, NotDecidable
from approvals.identity import Session
from approvals.tokens import Scope
from approvals.web.desk import desk_of, fresh_form, may_open, posted, see_other
from approvals.web.told import told_of

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/tokens"))]
Form = Annotated[dict[str, str], Depends(posted)]

LIFETIMES = {"30": "30 days", "90": "90 days", "180": "half a year", "365": "one year"}
SCOPE_WORDS: dict[Scope, tuple[str, str]] = {
    Scope.READ_QUEUE: ("Read the queue", "Items, findings, versions, receipts, tasks, evidence, rules, policy, absences and the brief"),
    Scope.DECIDE: ("Decide", "Approve and reject, record and revoke evidence, say who stands in for you, where your roles may"),
    Scope.EDIT: ("Edit", "New versions, redrafts, undo, put back, settle, give an item to somebody, finish tasks"),
    Scope.READ_LEADS: ("Read leads", "Scores and their reasons, practices, pictures, handoffs; never a contact"),
    Scope.SALES: ("Work the sales inbox", "Accept, record attempts, qualify, give back"),
    Scope.REVEAL: ("Reveal contacts", "One contact for one purpose, each with its audit row. Only for a program that makes the call."),
    Scope.MATCH: ("Say who is who", "Merge two leads that are one person, and take a merge apart"),
    Scope.OPERATE: ("Operate", "Runs, dead letters, pause and resume, health, take a level of autonomy down"),
    Scope.READ_AUDIT: ("Read the audit log", "Rows, what one person did, verification"),
    Scope.EXPORT_AUDIT: ("Export the audit log", "The signed archive of whole days. Only for a program that keeps it safe."),
    Scope.OWN: ("What is yours", "Your notices and how you are told, your saved views of the queue"),
    Scope.ADMIN: ("Administer", "People and their state, webhooks and what they were sent"),
}


@router.get("/tokens")
def show(request: Request, me: Reader) -> Response:
    return _page(request, me)


@router.post("/tokens", dependencies=[Depends(fresh_form)])
def make(request: Request, me: Reader, form: Form) -> Response:
    """Answers with the token itself, once: only its hash is stored, so no later page could show it."""
    chosen = tuple(scope for scope in Scope if form.get(f"scope:{scope}"))
    lifetime = timedelta(days=int(form["lifetime"])) if form.get("lifetime") in LIFETIMES else tokens.DEFAULT
    workspace = desk_of(request).workspace
    try:
        made, text = tokens.create(workspace, by=me.username, name=form.get("name", ""), scopes=chosen, lifetime=lifetime)
    except (NotDecidable, NotAllowed) as error:
        return _page(request, me, error=str(error), name=form.get("name", ""), chosen=chosen)
    return _page(request, me, made=made, text=text)


@router.post("/tokens/{token_id}/revoke")
def revoke(request: Request, token_id: str, me: Reader, form: Form) -> Response:
    tokens.revoke(desk_of(request).workspace, token_id, by=me.username)
    return see_other("/tokens?told=token_revoked")


def _page(
    request: Request,
    me: Session,
    *,
    made: tokens.Token | None = None,
    text: str = "",
    error: str = "",
    name: str = "",
    chosen: tuple[Scope, ...] = (),
) -> Response:
    desk = desk_of(request)
    workspace = desk.workspace
    person, now = workspace.practice.person(me.username), workspace.clock()
    with workspace.database.read() as connection:
        every = tokens.tokens_of(connection, None if me.has("admin") else me.username)
    return desk.page(
        request,
        "tokens.html",
        me=me,
        status=422 if error else 200,
        live=[one for one in every if one.is_live(now)],
        over=[one for one in every if not one.is_live(now)],
        scopes=[(scope, *SCOPE_WORDS[scope]) for scope in tokens.scopes_of(person)] if person else [],
        scope_words=SCOPE_WORDS,
        lifetimes=LIFETIMES,
        made=made,
        text=text,
        error=error,
        name=name,
        chosen=chosen or (Scope.READ_QUEUE,),
        told=told_of(request),
    )
