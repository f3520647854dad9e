"""Sign in, the one-time link, sign out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import identity
from approvals.identity import PasswordRefused, Session, SignInRefused
from approvals.web.desk import COOKIE, desk_of, local_path, posted, posted_by_anyone, see_other, signed_in

router = APIRouter()
Form = Annotated[dict[str, str], Depends(posted_by_anyone)]


@router.get("/")
def home(me: Annotated[Session, Depends(signed_in)]) -> Response:
    """Sales starts in its inbox, everybody else at the queue."""
    return see_other("/inbox" if me.roles == ("sales",) else "/queue")


@router.get("/signin")
def show(request: Request, next: str = "/") -> Response:
    return desk_of(request).page(request, "signin.html", next=local_path(next), error="", username="")


@router.post("/signin")
def sign_in(request: Request, form: Form) -> Response:
    desk = desk_of(request)
    to, username = local_path(form.get("next")), form.get("username", "").strip().lower()
    try:
        token = identity.sign_in(desk.workspace, username, form.get("password", ""))
    except SignInRefused as error:
        return desk.page(request, "signin.html", status=403, next=to, error=str(error), username=username)
    return desk.start_session(request, token, to=to)


@router.get("/welcome/{token}")
def welcome(request: Request, token: str) -> Response:
    """Shows the form and spends nothing: a mail scanner that opens the link does not use it up."""
    return _welcome(request, token, error="")


@router.post("/welcome/{token}")
def set_password(request: Request, token: str, form: Form) -> Response:
    desk = desk_of(request)
    if form.get("password") != form.get("again"):
        return _welcome(request, token, error="the two passwords differ: type the same one twice")
    try:
        session = identity.use_link(desk.workspace, token, form.get("password", ""))
    except PasswordRefused as error:
        return _welcome(request, token, error=str(error))
    except SignInRefused as error:
        return desk.page(request, "signin.html", status=403, next="/", error=str(error), username="")
    return desk.start_session(request, session, to="/")


@router.post("/signout")
def sign_out(request: Request, form: Annotated[dict[str, str], Depends(posted)]) -> Response:
    identity.sign_out(desk_of(request).workspace, request.cookies[COOKIE])
    response = see_other("/signin")
    response.delete_cookie(COOKIE)
    return response


def _welcome(request: Request, token: str, *, error: str) -> Response:
    desk = desk_of(request)
    try:
        person = identity.link_owner(desk.workspace, token)
    except SignInRefused as refused:
        return desk.page(request, "signin.html", status=403, next="/", error=str(refused), username="")
    return desk.page(
        request, "welcome.html", status=422 if error else 200, token=token, person=person, error=error, shortest=identity.PASSWORD_MIN
    )
