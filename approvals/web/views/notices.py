"""What the signed-in person was told, and what they want to be told by mail and Slack. Reading marks nothing; a POST does."""

from datetime import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import ValidationError

from approvals import notice_choices
from approvals.errors import NotDecidable
from approvals.identity import Session
from approvals.notices import preferences, reachable
from approvals.web import notice_words
from approvals.web.desk import BadForm, desk_of, may_open, posted, see_other
from approvals.web.told import told_of
from policies.notice_times import Choice, Medium, Mode, Preferences, offered
from tools.practice import Person
from tools.store import notices as store
from tools.store.notices import PAGE
from tools.workspace import Workspace

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/notices"))]
Form = Annotated[dict[str, str], Depends(posted)]


@router.get("/notices")
def show(request: Request, me: Reader) -> Response:
    desk = desk_of(request)
    before = _number(request.query_params.get("before", ""))
    with desk.workspace.database.read() as connection:
        found = store.page_of(connection, me.username, before=before)
        unread = store.unread_count(connection, me.username)
    return desk.page(
        request,
        "notices.html",
        me=me,
        lines=[notice_words.line(desk.workspace.practice, told) for told in found],
        newest=found[0].id if found else 0,
        older=found[-1].id if len(found) == PAGE else None,
        first=before is None,
        unread=unread,
        told=told_of(request),
    )


@router.post("/notices/read")
def read_all(request: Request, me: Reader, form: Form) -> Response:
    """All that the page showed; what came meanwhile stays unread."""
    notice_choices.mark_all(desk_of(request).workspace, by=me.username, up_to=_number(form.get("up_to", "")) or 0)
    return see_other("/notices?told=read")


@router.post("/notices/retry")
def retry(request: Request, me: Annotated[Session, Depends(may_open("/people"))], form: Form) -> Response:
    """What could not be delivered, once more: an administrator has mended the cause."""
    notice_choices.retry(desk_of(request).workspace, by=me.username)
    return see_other("/health")


@router.post("/notices/{notice}/read")
def read_one(request: Request, notice: int, me: Reader, form: Form) -> Response:
    notice_choices.mark_one(desk_of(request).workspace, notice, by=me.username)
    return see_other("/notices")


@router.get("/notices/settings")
def show_settings(request: Request, me: Reader) -> Response:
    workspace = desk_of(request).workspace
    with workspace.database.read() as connection:
        wanted = preferences(workspace, connection, _person(workspace, me))
    return _settings(request, me, wanted)


@router.post("/notices/settings")
def save_settings(request: Request, me: Reader, form: Form) -> Response:
    workspace = desk_of(request).workspace
    with workspace.database.read() as connection:
        before = preferences(workspace, connection, _person(workspace, me))
    try:
        notice_choices.choose(workspace, _chosen(me, form), by=me.username)
    except (ValueError, NotDecidable) as error:
        said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        return _settings(request, me, before, error=said)
    return see_other("/notices/settings?told=preferred")


def _settings(request: Request, me: Session, wanted: Preferences, *, error: str = "") -> Response:
    desk = desk_of(request)
    practice = desk.workspace.practice
    person = _person(desk.workspace, me)
    zones = dict.fromkeys([*notice_choices.zones(practice), *([wanted.timezone] if wanted.timezone else [])])
    values: dict[str, Any] = {
        "kinds": offered(me.roles),
        "wanted": wanted,
        "zones": list(zones),
        "can": reachable(desk.workspace, person),
        "has_mail": practice.mail_relay() is not None,
        "has_slack": practice.notifications.slack is not None,
        "person": person,
        "said": notice_words,
        "modes": list(Mode),
        "media": list(Medium),
    }
    return desk.page(request, "notice_settings.html", me=me, status=422 if error else 200, error=error, told=told_of(request), **values)


def _chosen(me: Session, form: dict[str, str]) -> Preferences:
    """The form as a record. Raises ValueError saying which field is wrong."""
    choices = {}
    for kind in offered(me.roles):
        mode = form.get(f"mode:{kind}", "")
        if mode not in list(Mode):
            raise BadForm("the form does not say how each notice should come: open the page again and send it from there")
        media = tuple(medium for medium in Medium if form.get(f"{medium}:{kind}"))
        choices[kind] = Choice(mode=Mode(mode), media=media)
    days = tuple(day for day in range(7) if form.get(f"day:{day}"))
    if not days:
        raise ValueError("Choose at least one day for the digest.")
    zone = form.get("timezone", "")
    hours = {name: _clock(form.get(name, "")) for name in ("digest_at", "quiet_from", "quiet_to")}
    return Preferences(choices=choices, weekdays=days, timezone=zone or None, **hours)


def _clock(value: str) -> time:
    try:
        found = time.fromisoformat(value)
    except ValueError:
        raise ValueError("Write times as hours and minutes, for example 08:00.") from None
    return found.replace(second=0, microsecond=0, tzinfo=None)


def _person(workspace: Workspace, me: Session) -> Person:
    person = workspace.practice.person(me.username)
    if person is None:
        raise BadForm("you are no longer one of the people in practice.yaml: sign in again")
    return person


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 18 else None
