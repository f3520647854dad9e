"""One's own account: open sessions, password, authenticator; and the page that asks a person to prove again who they are."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import identity
from approvals.identity import PasswordRefused, Session, SignInRefused, totp
from approvals.web import qr
from approvals.web.desk import NeedsProof, desk_of, fresh_form, local_path, posted, see_other, signed_in

router = APIRouter()
Me = Annotated[Session, Depends(signed_in)]
Form = Annotated[dict[str, str], Depends(posted)]
METHODS = {"password": "with a password", "link": "with a one-time link", "sso": "with your organization's account"}
TOLD = {
    "ended": "The session is ended.",
    "others": "All other sessions are ended.",
    "password": "The password is changed, and all other sessions are ended.",
    "removed": "The authenticator is removed.",
}


@router.post("/account/objection")
def object_to_recovery(request: Request, me: Me, form: Form) -> Response:
    """Ends this session too: it may be the colleague's."""
    identity.object_to_recovery(desk_of(request).workspace, me.username, by=me.username)
    return see_other("/signin")


@router.get("/account")
def show(request: Request, me: Me, told: str = "") -> Response:
    return _page(request, me, told=TOLD.get(told, ""))


@router.post("/account/sessions/others")
def end_others(request: Request, me: Me, form: Form) -> Response:
    identity.revoke_all(desk_of(request).workspace, me.username, by=me.username, but=me.id)
    return see_other("/account?told=others")


@router.post("/account/sessions/{session_id}/end")
def end_one(request: Request, session_id: str, me: Me, form: Form) -> Response:
    identity.revoke(desk_of(request).workspace, me.username, session_id, by=me.username)
    return see_other("/account?told=ended")


@router.post("/account/password", dependencies=[Depends(fresh_form)])
def change_password(request: Request, me: Me, form: Form) -> Response:
    if form.get("password") != form.get("again"):
        return _page(request, me, status=422, error="the two passwords differ: type the same one twice")
    try:
        identity.change_password(desk_of(request).workspace, me, form.get("password", ""))
    except PasswordRefused as error:
        return _page(request, me, status=422, error=str(error))
    return see_other("/account?told=password")


@router.post("/account/authenticator/begin", dependencies=[Depends(fresh_form)])
def begin(request: Request, me: Me, form: Form) -> Response:
    try:
        totp.begin(desk_of(request).workspace, me.username)
    except SignInRefused as error:
        return _page(request, me, status=422, error=str(error))
    return see_other("/account/authenticator")


@router.get("/account/authenticator")
def show_enrolment(request: Request, me: Me) -> Response:
    desk = desk_of(request)
    if totp.has(desk.workspace, me.username) or not totp.is_begun(desk.workspace, me.username):
        return see_other("/account")
    return _enrolment_page(request, me)


@router.post("/account/authenticator")
def enrol(request: Request, me: Me, form: Form) -> Response:
    """Answers with the recovery codes, once."""
    desk = desk_of(request)
    try:
        codes = identity.confirm_totp(desk.workspace, me.username, form.get("code", ""))
    except SignInRefused as error:
        return _enrolment_page(request, me, error=str(error))
    return desk.page(request, "codes.html", me=me, is_reveal=True, codes=codes, to="/account")


@router.post("/account/authenticator/remove", dependencies=[Depends(fresh_form)])
def remove(request: Request, me: Me, form: Form) -> Response:
    try:
        identity.remove_totp(desk_of(request).workspace, me.username)
    except SignInRefused as error:
        return _page(request, me, status=422, error=str(error))
    return see_other("/account?told=removed")


@router.post("/account/authenticator/codes", dependencies=[Depends(fresh_form)])
def new_codes(request: Request, me: Me, form: Form) -> Response:
    """Answers with ten new recovery codes, once."""
    desk = desk_of(request)
    try:
        codes = identity.new_recovery_codes(desk.workspace, me.username)
    except SignInRefused as error:
        return _page(request, me, status=422, error=str(error))
    return desk.page(request, "codes.html", me=me, is_reveal=True, codes=codes, to="/account")


@router.get("/account/confirm")
def show_confirm(request: Request, me: Me, next: str = "/") -> Response:
    return _proof_page(request, me, action="/account/confirm", fields={"next": local_path(next)}, status=200)


@router.post("/account/confirm", dependencies=[Depends(fresh_form)])
def confirm(me: Me, form: Form) -> Response:
    return see_other(local_path(form.get("next")))


def ask_for_proof(request: Request, error: Exception) -> Response:
    """The answer to whatever needs a fresh proof: a page that holds the waiting form, or leads back to the waiting page."""
    if not isinstance(error, NeedsProof):
        raise error
    if error.fields is None:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return _proof_page(request, error.me, action="/account/confirm", fields={"next": local_path(here)})
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return _proof_page(request, error.me, action=path, fields=error.fields, error=error.error)


def _proof_page(request: Request, me: Session, *, action: str, fields: dict[str, str], error: str = "", status: int = 403) -> Response:
    desk = desk_of(request)
    ways = identity.proofs(desk.workspace, me)
    back = fields.get("next") if action == "/account/confirm" else action.rsplit("/", 1)[0]
    return desk.page(request, "proof.html", me=me, status=status, action=action, fields=fields, error=error, ways=ways, back=back or "/")


def _page(request: Request, me: Session, *, status: int = 200, **values: Any) -> Response:
    desk = desk_of(request)
    ws = desk.workspace
    person = ws.practice.person(me.username)
    values = {"told": "", "error": "", "methods": METHODS, **values}
    return desk.page(
        request,
        "account.html",
        me=me,
        status=status,
        seats=identity.seats(ws, me.username),
        ways=identity.proofs(ws, me),
        codes_left=totp.left(ws, me.username),
        is_required=person is not None and totp.is_required(ws.practice, person),
        shortest=identity.PASSWORD_MIN,
        opened_by=identity.opened_by(ws).get(me.username, ()),
        **values,
    )


def _enrolment_page(request: Request, me: Session, *, error: str = "") -> Response:
    desk = desk_of(request)
    secret, address = totp.pending(desk.workspace, me.username)
    page: dict[str, Any] = {"next": "/account", "person": me, "secret": secret, "picture": qr.drawn(address), "error": error}
    return desk.page(request, "enrol.html", me=me, status=403 if error else 200, is_reveal=True, action="/account/authenticator", **page)
