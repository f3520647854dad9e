"""The approval policy as it stands today, what is wrong with it, and the autonomy ladder. Rules are written in practice.yaml, levels here."""

from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import autonomy
from approvals.identity import Session
from approvals.policy_lint import report
from approvals.reviewers import DESK_ROLES
from approvals.web.desk import BadForm, desk_of, fresh_form, may_open, posted, see_other
from approvals.web.told import told_of
from policies.actions import ActionKind
from policies.approval import ladder
from policies.approval.ladder import Level, Limits
from policies.kinds import KINDS
from policies.records import Channel
from tools.store import autonomy as grants

router = APIRouter()
Choice = TypeVar("Choice", bound=StrEnum)
Reader = Annotated[Session, Depends(may_open("/policy"))]
Form = Annotated[dict[str, str], Depends(posted)]
SHOWN = 8  # levels that are over
LEVEL: dict[str, str] = {Level.OBSERVE: "Observed", Level.PROPOSE: "Proposes", Level.ACT: "Acts"}


@router.get("/policy")
def show(request: Request, me: Reader) -> Response:
    desk = desk_of(request)
    workspace = desk.workspace
    with workspace.database.read() as connection:
        found = report(workspace.practice, connection, now=workspace.clock())
        in_force, asked, over = grants.in_force(connection), grants.asked(connection), grants.ended(connection, limit=SHOWN)
    return desk.page(
        request,
        "policy.html",
        me=me,
        report=found,
        ceilings=workspace.practice.approval_policy.ceilings,
        in_force=in_force,
        asked=asked,
        over=over,
        spec=KINDS,
        level_words=LEVEL,
        never={kind: ladder.never(kind) for kind in ActionKind},
        asks=me.has(*autonomy.ASKS),
        agrees=me.has(*autonomy.AGREES),
        lowers=me.has(*DESK_ROLES),
        least_undo=ladder.LEAST_UNDO_MINUTES,
        told=told_of(request),
    )


@router.post("/policy/levels", dependencies=[Depends(fresh_form)])
def ask(request: Request, me: Reader, form: Form) -> Response:
    level = _one_of(Level, form.get("level", ""), "level")
    limits = _limits(form) if level is Level.ACT else None
    autonomy.ask(desk_of(request).workspace, _kind(form), level, by=me.username, channel=_channel(form), limits=limits)
    return see_other("/policy?told=level_asked#ladder")


@router.post("/policy/levels/lower")
def lower(request: Request, me: Reader, form: Form) -> Response:
    level = _one_of(Level, form.get("level", ""), "level")
    channel, why = _channel(form), form.get("why", "")
    autonomy.lower(desk_of(request).workspace, _kind(form), level, by=me.username, channel=channel, why=why)
    return see_other("/policy?told=lowered#ladder")


@router.post("/policy/levels/{grant_id}/agree", dependencies=[Depends(fresh_form)])
def agree(request: Request, grant_id: str, me: Reader, form: Form) -> Response:
    autonomy.agree(desk_of(request).workspace, grant_id, by=me.username)
    return see_other("/policy?told=raised#ladder")


@router.post("/policy/levels/{grant_id}/refuse")
def refuse(request: Request, grant_id: str, me: Reader, form: Form) -> Response:
    autonomy.refuse(desk_of(request).workspace, grant_id, by=me.username)
    return see_other("/policy?told=refused#ladder")


def _kind(form: dict[str, str]) -> ActionKind:
    return _one_of(ActionKind, form.get("kind", ""), "kind")


def _channel(form: dict[str, str]) -> Channel | None:
    return _one_of(Channel, form["channel"], "channel") if form.get("channel") else None


def _limits(form: dict[str, str]) -> Limits:
    """Of the form's figures; an empty field is the default. Raises BadForm for what is no figure or out of range."""
    given = {name: form[name] for name in Limits.model_fields if form.get(name)}
    try:
        return Limits.model_validate(given)
    except ValueError:
        least = ladder.LEAST_UNDO_MINUTES
        raise BadForm(f"the limits are not figures that fit: 1 to 500 items a day, and at least {least} minutes to take one back") from None


def _one_of(choices: type[Choice], value: str, name: str) -> Choice:
    if value not in set(choices):
        raise BadForm(f"the form does not say which {name} it is about: open the page again and choose one")
    return choices(value)
