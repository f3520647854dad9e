"""Who asks, and whether they may: bearer tokens, scopes, and how many requests a minute. No cookie opens the API, so no form of another site can.

Requests are counted per token in the memory of this process: with several processes behind one balancer each counts its own share.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from approvals import tokens
from approvals.identity import Session
from approvals.tokens import Bearer, Scope
from approvals.web.api.problems import Problem
from approvals.web.desk import desk_of
from tools.workspace import Workspace

WINDOW_S = 60
_bearer = HTTPBearer(
    scheme_name="token",
    bearerFormat="liaison_…",
    description="An API token of a person, made on the page “API tokens”. It never may more than that person may at that moment.",
    auto_error=False,
)


class Caller(NamedTuple):
    """A request that was let in. What is done through `workspace` has the token's owner as its person, and the token in its audit rows."""

    bearer: Bearer
    workspace: Workspace

    @property
    def username(self) -> str:
        return self.bearer.username

    @property
    def session(self) -> Session:
        """The owner as the pages' functions know them; it opens no page, having no form token."""
        return Session(username=self.bearer.username, name=self.bearer.name, roles=self.bearer.roles, csrf="")


class Throttle:
    """At most `limit` requests of one token in each minute of the clock."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}

    def wait_s(self, token: str, now: datetime) -> int:
        """0 = go on; else the whole seconds until the next minute begins."""
        minute, second = divmod(int(now.timestamp()), WINDOW_S)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            self._counts[token] = self._counts.get(token, 0) + 1
            return WINDOW_S - second if self._counts[token] > self._limit else 0


def bearer_of(request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> Bearer:
    workspace = desk_of(request).workspace
    found = tokens.resolve(workspace, sent.credentials) if sent is not None else None
    if found is None:
        what = (
            "the request carries no token" if sent is None else "the token is unknown, expired, revoked, or its owner has left the practice"
        )
        challenge = "Bearer" if sent is None else 'Bearer error="invalid_token"'
        detail = f"{what}: make one on the page “API tokens” and send it as Authorization: Bearer liaison_…"
        raise Problem("unauthenticated", detail, headers={"WWW-Authenticate": challenge})
    admit(request, found.token)
    return found


def admit(request: Request, token: str) -> None:
    """Count one request of this token. Raises Problem when its minute is used up."""
    throttle: Throttle = request.app.state.throttle
    if wait := throttle.wait_s(token, desk_of(request).workspace.clock()):
        raise Problem(
            "too-many-requests", f"token {token} has used up this minute: ask again in {wait} s", headers={"Retry-After": str(wait)}
        )


def need(scope: Scope | None) -> Callable[..., Caller]:
    """A dependency: the caller, if the token has `scope` and its owner still has a role for it. None: any valid token."""

    def guard(request: Request, bearer: Annotated[Bearer, Depends(bearer_of)]) -> Caller:
        if scope is not None and scope not in bearer.scopes:
            detail = (
                f"token {bearer.token} may not do this: it needs the scope {scope}, and {bearer.username} a role for it; make another token"
            )
            raise Problem("not-allowed", detail)
        workspace = desk_of(request).workspace
        return Caller(bearer, replace(workspace, audit=workspace.audit.through(client="api", token=bearer.token)))

    guard.scope = scope  # type: ignore[attr-defined]  # read by the document, so that each operation says which scope it needs
    return guard


Anybody = Annotated[Caller, Depends(need(None))]
QueueReader = Annotated[Caller, Depends(need(Scope.READ_QUEUE))]
Decider = Annotated[Caller, Depends(need(Scope.DECIDE))]
Editor = Annotated[Caller, Depends(need(Scope.EDIT))]
LeadReader = Annotated[Caller, Depends(need(Scope.READ_LEADS))]
Seller = Annotated[Caller, Depends(need(Scope.SALES))]
Revealer = Annotated[Caller, Depends(need(Scope.REVEAL))]
Matcher = Annotated[Caller, Depends(need(Scope.MATCH))]
Operator = Annotated[Caller, Depends(need(Scope.OPERATE))]
AuditReader = Annotated[Caller, Depends(need(Scope.READ_AUDIT))]
AuditExporter = Annotated[Caller, Depends(need(Scope.EXPORT_AUDIT))]
Owner = Annotated[Caller, Depends(need(Scope.OWN))]
Administrator = Annotated[Caller, Depends(need(Scope.ADMIN))]
