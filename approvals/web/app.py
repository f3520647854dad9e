"""The desk as a FastAPI app: routes, headers and error pages. Opens nothing and reads nothing until a request comes."""

import logging
import re
import secrets
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from approvals import identity
from approvals.errors import NotAllowed
from approvals.queue import history
from approvals.slack import SlackRefused
from approvals.web import cookies
from approvals.web import desk as shared
from approvals.web.api import problems
from approvals.web.api.app import create_api
from approvals.web.desk import Desk
from approvals.web.refusals import said_to_a_person
from approvals.web.views import (
    absence,
    account,
    action,
    api,
    audit,
    batch,
    brief,
    events,
    evidence,
    handoff,
    health,
    inbox,
    item,
    leads,
    letters,
    notices,
    pause,
    people,
    pictures,
    policy,
    practices,
    queue,
    receipt,
    rules,
    runs,
    schedule,
    signin,
    slack,
    sso,
    tasks,
    tokens,
    webhooks,
    who_is_who,
)
from policies.actions import AuditEntry
from policies.records import ActionId
from tools.errors import Conflict, LiaisonError, NotFound
from tools.workspace import Workspace

VIEWS = (
    signin,
    sso,
    account,
    queue,
    action,
    item,
    inbox,
    handoff,
    leads,
    notices,
    brief,
    pictures,
    slack,
    who_is_who,
    practices,
    tasks,
    runs,
    schedule,
    health,
    rules,
    policy,
    evidence,
    letters,
    audit,
    batch,
    events,
    receipt,
    pause,
    absence,
    people,
    tokens,
    webhooks,
    api,
)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
}
HSTS = "max-age=31536000"
FROM_ELSEWHERE = ("cross-site", "same-site")  # Sec-Fetch-Site of a form that another page sent; old browsers and programs send none
_ITEM = re.compile(r"/actions/(A-[0-9a-f]{1,14})(?:/|$)")
FRAMES = 5  # of a fault, innermost first: names and line numbers only, because messages may hold content
_LOG = logging.getLogger("liaison.desk")


def create_app(workspace: Workspace) -> FastAPI:
    """The desk over `workspace`: pages, static files and `/healthz`."""
    app = FastAPI(title="Liaison", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = Desk(workspace)
    app.state.provider = sso.provider_for(workspace)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    for view in VIEWS:
        app.include_router(view.router)
    app.state.api = create_api(app.state.desk, requests_per_minute=workspace.settings.api_requests_per_minute)
    app.mount("/api", app.state.api)
    app.add_api_route("/healthz", _healthz, methods=["GET"])
    app.add_exception_handler(shared.NeedsSignIn, _ask_to_sign_in)
    app.add_exception_handler(shared.NeedsProof, account.ask_for_proof)
    app.add_exception_handler(LiaisonError, _refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.middleware("http")(_guarded)
    if proxies := workspace.settings.proxies():  # the outermost: whatever looks at the address or the scheme comes after it
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=proxies)
    return app


async def _guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Every answer carries the headers; a fault of ours becomes a page with a reference, and a log line without any content."""
    try:
        response = _from_elsewhere(request) or await call_next(request)
    except Exception as error:
        reference = secrets.token_hex(4)
        where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(traceback.extract_tb(error.__traceback__)[-FRAMES:]))
        _LOG.error("desk:fault %s %s in %s", reference, type(error).__name__, where)
        text = f"Something went wrong inside the desk. Quote reference {reference} to whoever runs it; the log has a line with it."
        response = _error_page(request, 500, "The desk failed", text)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if cookies.is_https(request):
        response.headers["Strict-Transport-Security"] = HSTS
    if request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _from_elsewhere(request: Request) -> Response | None:
    """The refusal of a form that another site sent, before anything reads it; the forms' own tokens stand behind this."""
    if request.method in ("GET", "HEAD", "OPTIONS") or request.headers.get("sec-fetch-site") not in FROM_ELSEWHERE:
        return None
    return _error_page(request, 403, "Not allowed", "The form was sent from another site, so nothing was done: open the page here.")


def _healthz(request: Request) -> JSONResponse:
    """Liveness for a load balancer: the database answers. Says nothing about the practice."""
    with shared.desk_of(request).workspace.database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    return JSONResponse({"status": "ok"})


def _ask_to_sign_in(request: Request, _: Exception) -> Response:
    return shared.see_other(shared.sign_in_path(request))


def _refused(request: Request, error: Exception) -> Response:
    match error:
        case Conflict():
            return _error_page(request, 409, "Somebody was first", str(error), template="conflict.html", meanwhile=_meanwhile(request))
        case NotFound():
            status, title = 404, "Not found"
        case shared.Forbidden() | shared.BadForm() | NotAllowed() | SlackRefused():
            status, title = 403, "Not allowed"
        case _:
            status, title = 422, "Refused"
    return _error_page(request, status, title, str(error))


def _meanwhile(request: Request) -> tuple[AuditEntry, ...]:
    """What was done last to the item of this address, newest first, for somebody who is signed in and came too late."""
    desk, found = shared.desk_of(request), _ITEM.match(request.url.path)
    if found is None or identity.session(desk.workspace, cookies.read(request, cookies.SESSION)) is None:
        return ()
    with desk.workspace.database.read() as connection:
        return history(connection, ActionId(found[1]), limit=3)


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if request.url.path.startswith("/api/"):  # a line end within the path is not matched by the API's mount
        return problems.answer(request.url.path, "not-found", "there is no such path: /api lists what there is")
    if status == 404:
        return _error_page(request, 404, "Not found", f"There is no page at {request.url.path}: go back to the queue.")
    return _error_page(request, status, "Not possible", f"{request.method} is not possible here: use the buttons of the page.")


def _error_page(request: Request, status: int, title: str, text: str, *, template: str = "error.html", **more: Any) -> Response:
    desk = shared.desk_of(request)
    try:
        me = identity.session(desk.workspace, cookies.read(request, cookies.SESSION))
        said = said_to_a_person(desk.workspace, text) if me else text
    except Exception:  # the store itself may be what failed: the page must still appear
        me, said = None, text
    back = request.url.path if request.method == "GET" else request.url.path.rsplit("/", 1)[0] or "/"
    return desk.page(request, template, me=me, status=status, title=title, text=said, back=back, **more)
