"""Webhooks: who is told of what, whether it arrives, and the buttons that test, rotate, turn off and send again. A secret is shown once."""

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import webhooks
from approvals.errors import NotDecidable
from approvals.events_out import NAMES
from approvals.identity import Session
from approvals.web.desk import BadForm, desk_of, fresh_form, may_open, posted, see_other
from approvals.web.events import happened
from approvals.web.told import told_of
from tools.store import webhooks as store

router = APIRouter()
Administrator = Annotated[Session, Depends(may_open("/webhooks"))]
Form = Annotated[dict[str, str], Depends(posted)]

LATEST = 20
USUAL = ("action.done", "action.fail", "action.unknown", "handoff.accept")
"""Ticked in an empty form: what most receivers wait for."""
GROUPS = {
    "action": "Items of the queue",
    "handoff": "Sales",
    "task": "Tasks",
    "run": "Runs",
    "channel": "Pauses",
    "evidence": "Evidence",
}
STATE_WORDS = {store.State.WAITING: "Waiting", store.State.DONE: "Delivered", store.State.DEAD: "Given up"}
STATE_TONE = {store.State.WAITING: "queued", store.State.DONE: "done", store.State.DEAD: "failed"}


@router.get("/webhooks")
def show(request: Request, me: Administrator) -> Response:
    return _page(request, me)


@router.post("/webhooks", dependencies=[Depends(fresh_form)])
def add(request: Request, me: Administrator, form: Form) -> Response:
    """Answers with the signing secret, once: it is sealed, so no later page could show it."""
    chosen = [name for name in NAMES if form.get(f"event:{name}")]
    try:
        made, secret = webhooks.add(
            desk_of(request).workspace, by=me.username, name=form.get("name", ""), url=form.get("url", ""), events=chosen
        )
    except NotDecidable as error:
        return _page(request, me, error=str(error), given={"name": form.get("name", ""), "url": form.get("url", "")}, chosen=chosen)
    return _page(request, me, secret=secret, secret_of=made.name)


@router.post("/webhooks/{endpoint}/rotate", dependencies=[Depends(fresh_form)])
def rotate(request: Request, endpoint: str, me: Administrator, form: Form) -> Response:
    workspace = desk_of(request).workspace
    secret = webhooks.rotate(workspace, endpoint, by=me.username)
    with workspace.database.read() as connection:
        found = store.get_endpoint(connection, endpoint)
    return _page(request, me, secret=secret, secret_of=found.name if found else endpoint)


@router.post("/webhooks/{endpoint}/ping")
def ping(request: Request, endpoint: str, me: Administrator, form: Form) -> Response:
    webhooks.send_ping(desk_of(request).workspace, endpoint, by=me.username)
    return see_other("/webhooks?told=webhook_ping")


@router.post("/webhooks/{endpoint}/disable")
def disable(request: Request, endpoint: str, me: Administrator, form: Form) -> Response:
    webhooks.disable(desk_of(request).workspace, endpoint, by=me.username)
    return see_other("/webhooks?told=webhook_off")


@router.post("/webhooks/{endpoint}/enable")
def enable(request: Request, endpoint: str, me: Administrator, form: Form) -> Response:
    webhooks.enable(desk_of(request).workspace, endpoint, by=me.username)
    return see_other("/webhooks?told=webhook_on")


@router.post("/webhooks/deliveries/{delivery}/replay")
def replay(request: Request, delivery: str, me: Administrator, form: Form) -> Response:
    if not (delivery.isascii() and delivery.isdigit() and len(delivery) < 19):
        raise BadForm("the form does not say which delivery it is about: open the page again and use its buttons")
    webhooks.replay(desk_of(request).workspace, int(delivery), by=me.username)
    return see_other("/webhooks?told=webhook_replay")


def _page(
    request: Request,
    me: Session,
    *,
    secret: str = "",
    secret_of: str = "",
    error: str = "",
    given: dict[str, str] | None = None,
    chosen: list[str] | None = None,
) -> Response:
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        endpoints = store.endpoints(connection)
        latest = {one.id: store.deliveries_of(connection, one.id, limit=LATEST) for one in endpoints}
        counts = store.counts(connection)
    families = [(family, list(names)) for family, names in groupby(NAMES, key=lambda name: name.partition(".")[0])]
    return desk.page(
        request,
        "webhooks.html",
        me=me,
        status=422 if error else 200,
        endpoints=endpoints,
        latest=latest,
        counts=counts,
        families=[(GROUPS[family], names) for family, names in families],
        said=lambda name: happened(NAMES[name]) if name in NAMES else "Test",
        states=STATE_WORDS,
        tones=STATE_TONE,
        shown=LATEST,
        secret=secret,
        secret_of=secret_of,
        error=error,
        given=given or {"name": "", "url": ""},
        chosen=set(USUAL if chosen is None else chosen),
        told=told_of(request),
        private=desk.workspace.practice.webhooks.allow_private_network,
    )
