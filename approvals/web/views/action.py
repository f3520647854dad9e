"""One item: exactly what is approved, what the rules say of it, and the forms that decide. Every form carries the version and hash it showed."""

from typing import Annotated, Any, NamedTuple, TypedDict

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import decide
from approvals.errors import NotDecidable
from approvals.identity import Session
from approvals.queue import executions, get_action, history, versions
from approvals.settle import resolve_unknown
from approvals.web import item, words
from approvals.web.desk import BadForm, desk_of, may_open, posted, see_other
from approvals.web.filters import decider_of, filters_of, query_of
from approvals.web.panel import standing
from approvals.web.told import told_of
from policies.actions import Action, Finding, Status
from policies.kinds import KINDS, Operation
from policies.records import ActionId
from tools.practice import Practice
from tools.store import actions as store
from tools.store import desk as reads
from tools.store.jobs import OPEN
from tools.store.queue import Filters, neighbours

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/queue"))]
Form = Annotated[dict[str, str], Depends(posted)]


class Bound(TypedDict):
    """What a decision is about: exactly the version and content the person saw."""

    version: int
    content_hash: str


class Refused(NamedTuple):
    """A form of the page that was not taken: which one, why, and what it held."""

    form: str = ""
    why: str = ""
    text: str = ""


ACCEPTED = Refused()


@router.get("/actions/{action_id}")
def show(request: Request, action_id: str, me: Reader) -> Response:
    return page(request, me, action_id)


@router.post("/actions/{action_id}/approve")
def approve(request: Request, action_id: str, me: Reader, form: Form) -> Response:
    workspace = desk_of(request).workspace
    decided = decide.approve(workspace, ActionId(action_id), by=me.username, **bound_in(form))
    return _onward(request, me, action_id, "approved" if decided.status is Status.APPROVED else "counted")


@router.post("/actions/{action_id}/reject")
def reject(request: Request, action_id: str, me: Reader, form: Form) -> Response:
    if not form.get("reason", "").strip():
        return page(request, me, action_id, status=422, reject_open=True)
    decide.reject(desk_of(request).workspace, ActionId(action_id), by=me.username, reason=form["reason"], **bound_in(form))
    return _onward(request, me, action_id, "rejected")


@router.post("/actions/{action_id}/redraft")
def redraft(request: Request, action_id: str, me: Reader, form: Form) -> Response:
    decide.redraft(desk_of(request).workspace, ActionId(action_id), by=me.username, note=form.get("note", ""), **bound_in(form))
    return _onward(request, me, action_id, "redraft")


@router.get("/actions/{action_id}/edit")
def show_editor(request: Request, action_id: str, me: Reader, use: int = 0) -> Response:
    """The editor; `use` is the number of a finding whose wording shall stand in it already. Nothing is saved by looking."""
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        action = get_action(connection, ActionId(action_id))
    reworded = item.reworded(action, use)
    return _editor(request, me, action, reworded or _texts(action), used=action.findings[use - 1] if reworded else None)


@router.post("/actions/{action_id}/edit")
def edit(request: Request, action_id: str, me: Reader, form: Form) -> Response:
    workspace = desk_of(request).workspace
    bound = bound_in(form)
    changes = {name: value for name, value in form.items() if name in ("title", "body")}
    try:
        decide.edit(workspace, ActionId(action_id), by=me.username, changes=changes, **bound)
    except NotDecidable as error:
        with workspace.database.read() as connection:
            action = get_action(connection, ActionId(action_id))
        return _editor(request, me, action, _texts(action) | changes, error=str(error))
    return back_to(request, me, action_id, "edited")


@router.post("/actions/{action_id}/undo")
def undo(request: Request, action_id: str, me: Reader, form: Form) -> Response:
    decide.undo(desk_of(request).workspace, ActionId(action_id), by=me.username)
    return back_to(request, me, action_id, "undone")


@router.post("/actions/{action_id}/requeue")
def requeue(request: Request, action_id: str, me: Reader, form: Form) -> Response:
    decide.requeue(desk_of(request).workspace, ActionId(action_id), by=me.username)
    return back_to(request, me, action_id, "requeued")


@router.post("/actions/{action_id}/settle")
def settle(request: Request, action_id: str, me: Reader, form: Form) -> Response:
    """A person looked at the provider and says what became of an execution nobody could tell."""
    workspace = desk_of(request).workspace
    match form.get("outcome"):
        case "done" | "failed" as outcome:
            resolve_unknown(workspace, ActionId(action_id), by=me.username, outcome=outcome, reason=form.get("reason", ""))
        case _:
            raise BadForm("the form does not say what happened: choose one of the two outcomes")
    return back_to(request, me, action_id, "settled")


def page(
    request: Request, me: Session, action_id: str, *, status: int = 200, reject_open: bool = False, refused: Refused = ACCEPTED
) -> Response:
    """The item's page. `refused` keeps what a form held that could not be taken, beside why."""
    desk = desk_of(request)
    filters = filters_for(request, me)
    with desk.workspace.database.read() as connection:
        action = get_action(connection, ActionId(action_id))
        decisions = store.decisions_of(connection, action.id)
        mine = standing(desk.workspace.practice, connection, me, action, now=desk.workspace.clock())
        found = versions(connection, action.id)
        before, after = neighbours(connection, filters, action.id)
        hold_until = store.hold_until(connection, action.id)
        asked = reads.last_redraft(connection, action.id)
        values: dict[str, Any] = {
            "executions": executions(connection, action.id),
            "history": history(connection, action.id),
            **item.about(desk.workspace, connection, me, action),
        }
    failed = asked is not None and asked.status == "failed" and asked.version == action.version
    return desk.page(
        request,
        "action.html",
        me=me,
        status=status,
        action=action,
        spec=KINDS[action.kind],
        operations=_operations(desk.workspace.practice, action),
        decisions=decisions,
        mine=mine,
        changes=item.changes(found),
        pack=found[-1].pack,
        previous=before,
        next=after,
        query=query_of(filters),
        hold_until=hold_until,
        holding=hold_until is not None and hold_until > desk.workspace.clock(),
        pending=action.status in (Status.APPROVED, Status.CLAIMED),
        expired=action.expires_at <= desk.workspace.clock(),
        told=told_of(request),
        redrafting=asked is not None and asked.status in OPEN,
        no_redraft=words.redraft_failed(asked.error, editable=bool(KINDS[action.kind].editable)) if asked is not None and failed else "",
        reject_open=reject_open,
        refused=refused,
        **values,
    )


def _editor(
    request: Request, me: Session, action: Action, values: dict[str, str], *, error: str = "", used: Finding | None = None
) -> Response:
    return desk_of(request).page(
        request,
        "edit.html",
        me=me,
        status=422 if error else 200,
        action=action,
        values=values,
        used=used,
        has_tokens="{{" in action.content.title + action.content.body,
        query=query_of(filters_for(request, me)),
        error=error,
    )


def bound_in(form: dict[str, str]) -> Bound:
    version = form.get("version", "")
    if not version.isascii() or not version.isdigit():
        raise BadForm("the form does not say which version it is about: open the item again and use its buttons")
    return {"version": int(version), "content_hash": form.get("content_hash", "")}


def filters_for(request: Request, me: Session) -> Filters:
    return filters_of(request.query_params, decider_of(desk_of(request).workspace, me))


def _onward(request: Request, me: Session, action_id: str, told: str) -> Response:
    """To the next item of the list the person came from, or to the list when this was the last."""
    filters = filters_for(request, me)
    with desk_of(request).workspace.database.read() as connection:
        _, after = neighbours(connection, filters, action_id)
    query = query_of(filters, told=f"{told}:{action_id}")
    return see_other(f"/actions/{after}{query}" if after else f"/queue{query}")


def back_to(request: Request, me: Session, action_id: str, told: str) -> Response:
    return see_other(f"/actions/{action_id}{query_of(filters_for(request, me), told=f'{told}:{action_id}')}")


def _texts(action: Action) -> dict[str, str]:
    """What may be edited, by the names the form uses: words, never figures or identities."""
    return {"title": action.content.title, "body": action.content.body}


def _operations(practice: Practice, action: Action) -> list[Operation]:
    """What approval sets in motion here: a webhook the practice has not set up is left out."""
    return [one for one in KINDS[action.kind].operations if one is not Operation.WEBHOOK or practice.destinations.webhook is not None]
