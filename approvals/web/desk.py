"""What every page of the desk shares: the workspace, the templates, who is signed in, the form and its token.

A GET reads. A POST carries the session's CSRF token and ends in a redirect, except the pages that are shown once (a revealed contact,
a new link) or compute something (audit verification).
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from itertools import groupby
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo

import structlog
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from approvals import identity
from approvals.identity import Session, SignInRefused
from approvals.pause import Pause, active
from approvals.web import cookies, events, markup, words
from approvals.web.guard import masked
from policies.rules.citations import links
from policies.rules.evidence import may_record
from tools.errors import LiaisonError
from tools.practice import Practice
from tools.reports.cache import Recent
from tools.store.notices import unread_count
from tools.workspace import Workspace

log = structlog.get_logger()
Answer = TypeVar("Answer", bound=Response)

COOKIE = cookies.SESSION
FORM_LIMIT_BYTES = 400_000
KEPT = 300  # reports and drawn pictures in memory: some tens of kB each
FIELDS_LIMIT = 1100  # a batch of 1,000 items

ALL_ROLES = tuple(words.ROLE)
STAFF = ("marketing", "compliance", "clinical_reviewer", "admin", "auditor", "privacy_officer")
SELLERS = ("sales", "marketing", "admin", "auditor", "privacy_officer")


class Section(NamedTuple):
    """One page of the navigation and the roles that may open it; `menu` names the menu it folds into, "" = it stands in the bar itself."""

    path: str
    name: str
    roles: tuple[str, ...]
    menu: str = ""


BY_ITSELF = ("/queue/events", "/actions/{action_id}/state", "/runs/{run_id}/progress")
"""What an open page asks for again and again: that is nobody's click, so it keeps no session alive."""

NAVIGATION = (
    Section("/queue", "Queue", (*STAFF, "sales")),
    Section("/inbox", "Sales inbox", SELLERS),
    Section("/tasks", "Tasks", ("marketing", "compliance", "clinical_reviewer", "admin", "auditor", "sales")),
    Section("/brief", "Brief", ALL_ROLES, "Insight"),
    Section("/pictures", "Pictures", SELLERS, "Insight"),
    Section("/leads", "Leads", SELLERS, "Insight"),
    Section("/practices", "Practices", SELLERS, "Insight"),
    Section("/runs", "Runs", STAFF, "Operations"),
    Section("/schedule", "Schedule", STAFF, "Operations"),
    Section("/dead-letters", "Dead letters", STAFF, "Operations"),
    Section("/health", "Health", STAFF, "Operations"),
    Section("/pause", "Pause", STAFF, "Operations"),
    Section("/rules", "Rules", ALL_ROLES, "Rules and proof"),
    Section("/policy", "Approval policy", ALL_ROLES, "Rules and proof"),
    Section("/evidence", "Evidence", ALL_ROLES, "Rules and proof"),
    Section("/audit", "Audit", ("compliance", "admin", "auditor", "privacy_officer"), "Rules and proof"),
    Section("/tokens", "API tokens", ALL_ROLES, "Settings"),
    Section("/notices", "Notices", ALL_ROLES, "Settings"),
    Section("/absence", "Absence and deputies", ALL_ROLES, "Settings"),
    Section("/webhooks", "Webhooks", ("admin",), "Settings"),
    Section("/people", "People", ("admin",), "Settings"),
)
"""`may_open` guards a page with the same row that shows its link."""


class NeedsSignIn(Exception):
    """Nobody is signed in: the app answers with the sign-in page."""


class NeedsProof(Exception):
    """What was asked for needs the person to prove again who they are. `fields`: the form that waits for it; None for a page."""

    def __init__(self, me: Session, fields: dict[str, str] | None, *, error: str = "") -> None:
        super().__init__(error)
        self.me, self.fields, self.error = me, fields, error


class Forbidden(LiaisonError):
    """Signed in, but this page is for other roles."""


class BadForm(LiaisonError):
    """The form did not come from a page of this desk, or is too long."""


class Desk:
    """One per app, kept in `app.state.desk`. `recent`: reports and drawn pictures, for everybody who looks at the same minute."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.recent = Recent(KEPT)

    def page(
        self, request: Request, template: str, *, me: Session | None = None, status: int = 200, is_reveal: bool = False, **values: Any
    ) -> HTMLResponse:
        """One page. `me` adds the navigation and the CSRF token; anonymous forms get a token of their own in a cookie.

        Identifiers in its text are masked, except on the answer that reveals a contact to who may see it, and on a rule's own page, whose
        examples are invented people (`is_reveal`).
        """
        csrf = me.csrf if me else cookies.read(request, cookies.FORM) or secrets.token_urlsafe(32)
        sections = [section for section in NAVIGATION if me and me.has(*section.roles)]
        here = "/" + request.url.path.split("/")[1]
        stopped: tuple[Pause, ...] = ()
        unread = 0
        if me:
            with self.workspace.database.read() as connection:
                stopped = active(connection)
                unread = unread_count(connection, me.username)
        html = (
            _templates()
            .get_template(template)
            .render(
                me=me,
                csrf=csrf,
                menus=[(name, list(group)) for name, group in groupby(sections, key=lambda section: section.menu)],
                here={"/actions": "/queue"}.get(here, here),
                practice=self.workspace.practice.organisation.name,
                stopped=stopped,
                unread_notices=unread,
                now=self.workspace.clock(),
                zone=ZoneInfo(self.workspace.practice.timezone),
                names={person.username: person.name for person in self.workspace.practice.people},
                known=known_names(self.workspace.practice),
                rule_of=self.workspace.catalogue.rule,
                **values,
            )
        )
        html, labels = (html, []) if is_reveal else masked(html, self.workspace.scrubber.patterns)
        if labels:
            log.error("page:mask", template=template, labels=len(labels), kind=labels[0].value)
        response = HTMLResponse(html, status)
        if me is None:
            cookies.put(request, response, cookies.FORM, csrf)
        return response

    def start_session(self, request: Request, token: str, *, to: str) -> RedirectResponse:
        """Go `to`, signed in; the cookies of the way there end."""
        return self.seat(request, see_other(to), token)

    def seat(self, request: Request, response: Answer, token: str) -> Answer:
        """`response` with the session's cookie."""
        cookies.put(request, response, cookies.SESSION, token, seconds=self.workspace.settings.session_hours * 3600)
        for done in (cookies.FORM, cookies.STEP, cookies.FLOW):
            cookies.drop(request, response, done)
        return response


def known_names(practice: Practice) -> dict[str, str]:
    """The practice's own keys → their names: service lines and locations."""
    return {place.key: place.name for place in practice.locations} | {line.key: line.name for line in practice.service_lines}


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def signed_in(request: Request) -> Session:
    is_a_click = getattr(request.scope.get("route"), "path", "") not in BY_ITSELF
    me = identity.session(desk_of(request).workspace, cookies.read(request, cookies.SESSION), is_a_click=is_a_click)
    if me is None:
        raise NeedsSignIn
    return me


def may_open(path: str) -> Callable[..., Session]:
    """A dependency: the signed-in person, if their roles may open the section at `path`."""
    roles = next(section.roles for section in NAVIGATION if section.path == path)

    def guard(request: Request, me: Annotated[Session, Depends(signed_in)]) -> Session:
        if not me.has(*roles):
            needed = words.listed([words.ROLE[role].lower() for role in roles])
            people = desk_of(request).workspace.practice.people
            admins = words.listed([person.name for person in people if "admin" in person.roles] or ["whoever runs the desk"], "or")
            raise Forbidden(f"This page is for {needed}. If your work needs it, ask {admins} for the role.")
        return me

    return guard


async def posted(request: Request, me: Annotated[Session, Depends(signed_in)]) -> dict[str, str]:
    """The fields of a form sent by the signed-in person's own page. Raises BadForm (403)."""
    return await _form(request, me.csrf)


async def fresh_form(
    request: Request, me: Annotated[Session, Depends(signed_in)], fields: Annotated[dict[str, str], Depends(posted)]
) -> None:
    """A dependency of a POST that is worth a second look: the person proved within 15 minutes who they are, or is asked to now.

    The form waits inside the page that asks, and is sent again from there with the proof; nothing of it is lost.
    """
    password, code = fields.pop("proof_password", ""), fields.pop("proof_code", "")
    if _is_fresh(request, me):
        return
    if not (password or code):
        raise NeedsProof(me, fields)
    prove = partial(identity.prove, desk_of(request).workspace, me, password=password, code=code, origin=cookies.origin_of(request))
    try:
        await run_in_threadpool(prove)
    except SignInRefused as error:
        raise NeedsProof(me, fields, error=str(error)) from None


def fresh(request: Request, me: Annotated[Session, Depends(signed_in)]) -> None:
    """The same before a page (GET) is shown: the person is asked on /account/confirm and comes back."""
    if not _is_fresh(request, me):
        raise NeedsProof(me, None)


def _is_fresh(request: Request, me: Session) -> bool:
    return me.fresh_until is not None and desk_of(request).workspace.clock() < me.fresh_until


async def posted_by_anyone(request: Request) -> dict[str, str]:
    """The fields of a form before sign-in: its token must equal the cookie the page came with."""
    return await _form(request, _anonymous_token(request))


async def posted_by_either(request: Request) -> dict[str, str]:
    """The fields of a form that stands before sign-in and behind it: single sign-on's, which also proves again who somebody is."""
    me = identity.session(desk_of(request).workspace, cookies.read(request, cookies.SESSION))
    return await _form(request, _anonymous_token(request), *([me.csrf] if me else []))


def _anonymous_token(request: Request) -> str:
    return cookies.read(request, cookies.FORM) or secrets.token_urlsafe(32)


def verified(fields: dict[str, str], *tokens: str) -> dict[str, str]:
    """`fields` without their CSRF token, which must be one of `tokens`. Raises BadForm."""
    given = fields.pop("csrf", "").encode()
    if not any(hmac.compare_digest(given, token.encode()) for token in tokens):
        raise BadForm("the form is older than your session or came from elsewhere, so nothing was done: open the page again")
    # Browsers send line ends as CRLF; the text was stored with LF and must not change by being looked at.
    return {name: value.replace("\r\n", "\n") for name, value in fields.items()}


def see_other(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303)


def local_path(value: str | None) -> str:
    """`value` if it is a path of this desk, else "/": an address from outside is never a redirect's target."""
    plain = value or "/"
    return plain if plain.startswith("/") and not plain.startswith(("//", "/\\")) and plain.isprintable() else "/"


def sign_in_path(request: Request) -> str:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/signin" if request.method != "GET" or path == "/" else f"/signin?next={quote(path, safe='')}"


@cache
def _templates() -> Environment:
    """The compiled templates, once per process: nothing in them belongs to one workspace, what does comes with the page."""
    found = Environment(
        loader=PackageLoader("approvals.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    found.globals.update(words=words, pieces=markup.pieces, may_record=may_record)
    found.filters.update(
        plain=words.plain,
        cited=links,
        proof=words.proof,
        money=words.money,
        when=_when,
        utc=words.when,
        when_in=words.when,
        short=words.short,
        label=words.label,
        said=_said,
        ago=_ago,
        person_name=_person_name,
        event_name=events.happened,
        channel_name=lambda key: words.CHANNEL.get(key, words.plain(key)),
    )
    return found


@pass_context
def _ago(page: Context, then: datetime) -> str:
    return words.ago(then, page["now"])


@pass_context
def _when(page: Context, at: datetime) -> str:
    return words.when(at, page["zone"])


@pass_context
def _said(page: Context, value: object, name: str) -> str:
    return words.said(value, name, page["known"])


@pass_context
def _person_name(page: Context, username: str) -> str:
    """The name of a person of the practice; agents and the system are named as they are."""
    name: str | None = page["names"].get(username)
    return name or ("a standing grant" if username.startswith("G-") else words.plain(username))


async def _form(request: Request, *tokens: str) -> dict[str, str]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT_BYTES:
            raise BadForm(f"the form is longer than {FORM_LIMIT_BYTES // 1000} kB: shorten the text and send it again")
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_LIMIT))
    except ValueError:
        raise BadForm("the form cannot be read: open the page again and send it from there") from None
    return verified(fields, *tokens)
