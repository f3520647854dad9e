"""Sign in, the second factor, the one-time link, sign out."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import identity
from approvals.identity import Entrance, Next, PasswordRefused, Session, SignInRefused, TooManyAttempts, totp
from approvals.web import cookies, qr
from approvals.web.desk import desk_of, local_path, posted, posted_by_anyone, see_other, signed_in
from tools.oidc import Provider

router = APIRouter()
Form = Annotated[dict[str, str], Depends(posted_by_anyone)]
STEP_S = 600


@router.get("/")
def home(me: Annotated[Session, Depends(signed_in)]) -> Response:
    """Sales starts in its inbox, everybody else at the queue."""
    return see_other("/inbox" if me.roles == ("sales",) else "/queue")


@router.get("/signin")
def show(request: Request, next: str = "/") -> Response:
    return door(request, to=local_path(next))


@router.post("/signin")
def sign_in(request: Request, form: Form) -> Response:
    ws = desk_of(request).workspace
    to, username = local_path(form.get("next")), form.get("username", "").strip().lower()
    try:
        entrance = identity.sign_in(ws, username, form.get("password", ""), origin=cookies.origin_of(request))
    except SignInRefused as error:
        return door(request, to=to, refused=error, username=username)
    return entered(request, entrance, to=to)


@router.get("/signin/code")
def ask_code(request: Request, next: str = "/") -> Response:
    return _code_page(request, to=local_path(next))


@router.post("/signin/code")
def check_code(request: Request, form: Form) -> Response:
    desk, to = desk_of(request), local_path(form.get("next"))
    step = cookies.read(request, cookies.STEP) or ""
    try:
        token = identity.sign_in_code(desk.workspace, step, form.get("code", ""), origin=cookies.origin_of(request))
    except SignInRefused as error:
        return _code_page(request, to=to, refused=error)
    return desk.start_session(request, token, to=to)


@router.get("/signin/authenticator")
def show_enrolment(request: Request, next: str = "/") -> Response:
    return _enrolment_page(request, to=local_path(next))


@router.post("/signin/authenticator")
def enrol(request: Request, form: Form) -> Response:
    """Answers with the recovery codes, once, and the session's cookie."""
    desk, to = desk_of(request), local_path(form.get("next"))
    step = cookies.read(request, cookies.STEP) or ""
    try:
        token, codes = identity.sign_in_enrolling(desk.workspace, step, form.get("code", ""), origin=cookies.origin_of(request))
    except SignInRefused as error:
        return _enrolment_page(request, to=to, refused=error)
    page = desk.page(request, "codes.html", is_reveal=True, codes=codes, to=to)
    return desk.seat(request, page, token)


@router.get("/welcome/{token}")
def welcome(request: Request, token: str) -> Response:
    """Shows the form and spends nothing: a mail scanner that opens the link does not use it up."""
    return _welcome(request, token, error="")


@router.post("/welcome/{token}")
def set_password(request: Request, token: str, form: Form) -> Response:
    ws = desk_of(request).workspace
    if form.get("password") != form.get("again"):
        return _welcome(request, token, error="the two passwords differ: type the same one twice")
    try:
        entrance = identity.use_link(ws, token, form.get("password", ""), origin=cookies.origin_of(request))
    except PasswordRefused as error:
        return _welcome(request, token, error=str(error))
    except SignInRefused as error:
        return door(request, to="/", refused=error)
    return entered(request, entrance, to="/")


@router.post("/signout")
def sign_out(request: Request, form: Annotated[dict[str, str], Depends(posted)]) -> Response:
    """Where the provider still knows the person, the page says so; whoever shares the computer decides."""
    desk = desk_of(request)
    me = identity.session(desk.workspace, cookies.read(request, cookies.SESSION))
    identity.sign_out(desk.workspace, cookies.read(request, cookies.SESSION) or "")
    provider: Provider | None = request.app.state.provider
    end = provider.known_end_session() if provider and me and me.method == "sso" else None
    if provider and end:
        after = f"{str(request.base_url).rstrip('/')}/signin"
        asked = urlencode({"client_id": provider.config.client_id, "post_logout_redirect_uri": after})
        address = f"{end}{'&' if '?' in end else '?'}{asked}"
        response: Response = desk.page(request, "parted.html", is_reveal=True, address=address, name=provider.config.name)
    else:
        response = see_other("/signin")
    cookies.drop(request, response, cookies.SESSION)
    return response


def entered(request: Request, entrance: Entrance, *, to: str) -> Response:
    """On to the desk, or to the second factor; a session this browser had before ends."""
    if before := cookies.read(request, cookies.SESSION):
        identity.sign_out(desk_of(request).workspace, before)
    if entrance.next is Next.DESK:
        return desk_of(request).start_session(request, entrance.token, to=to)
    page = "/signin/code" if entrance.next is Next.CODE else "/signin/authenticator"
    response = see_other(f"{page}?next={quote(to, safe='')}")
    cookies.put(request, response, cookies.STEP, entrance.token, seconds=STEP_S)
    return response


def door(request: Request, *, to: str, refused: SignInRefused | None = None, username: str = "") -> Response:
    """The page everybody comes in by, with why it did not work the last time."""
    desk = desk_of(request)
    return desk.page(
        request,
        "signin.html",
        status=_status(refused),
        next=to,
        error=str(refused or ""),
        username=username,
        ways=desk.workspace.practice.sign_in,
    )


def _code_page(request: Request, *, to: str, refused: SignInRefused | None = None) -> Response:
    desk = desk_of(request)
    try:
        step = identity.step_of(desk.workspace, cookies.read(request, cookies.STEP))
    except SignInRefused as error:  # a page that is opened without a step says nothing of a failure
        return door(request, to=to, refused=refused or error) if request.method == "POST" else see_other("/signin")
    return desk.page(request, "code.html", status=_status(refused), next=to, person=step.person, error=str(refused or ""))


def _enrolment_page(request: Request, *, to: str, refused: SignInRefused | None = None) -> Response:
    desk = desk_of(request)
    try:
        step = identity.step_of(desk.workspace, cookies.read(request, cookies.STEP))
        if step.next is not Next.ENROL:
            raise SignInRefused("an authenticator is set up already: sign in with its code")
    except SignInRefused as error:
        return door(request, to=to, refused=refused or error) if request.method == "POST" else see_other("/signin")
    secret, address = totp.pending(desk.workspace, step.person.username)
    return desk.page(
        request,
        "enrol.html",
        status=_status(refused),
        is_reveal=True,
        action="/signin/authenticator",
        next=to,
        person=step.person,
        error=str(refused or ""),
        secret=secret,
        picture=qr.drawn(address),
    )


def _status(refused: SignInRefused | None) -> int:
    return 200 if refused is None else 429 if isinstance(refused, TooManyAttempts) else 403


def _welcome(request: Request, token: str, *, error: str) -> Response:
    desk = desk_of(request)
    try:
        person = identity.link_owner(desk.workspace, token)
    except SignInRefused as refused:
        return door(request, to="/", refused=refused)
    values: dict[str, Any] = {"token": token, "person": person, "error": error, "shortest": identity.PASSWORD_MIN}
    return desk.page(request, "welcome.html", status=422 if error else 200, ways=desk.workspace.practice.sign_in, **values)
