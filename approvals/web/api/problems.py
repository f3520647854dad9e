"""Refusals as `application/problem+json` (RFC 9457): the sentence of the page and the command line, with a type a program can tell apart.

Never echoes what was sent: a wrong value may be the one thing that should not be in a log.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.exceptions import HTTPException

from approvals.errors import NotAllowed
from policies.records import Record
from tools.errors import Busy, Conflict, LiaisonError, NotFound

MEDIA_TYPE = "application/problem+json"


class Fault(Record):
    """One place of the request that is wrong."""

    at: str = Field(description="Where: a JSON Pointer into the body, or `query`, `path`, `header` and the name", examples=["/reason"])
    detail: str = Field(description="What is wrong there, without the value", examples=["Field required"])


class ProblemDetail(Record):
    """Why a request was refused: what happened, where, and how to mend it. Never content, never the value that was wrong."""

    type: str = Field(description="Tells kinds of refusal apart; the path of its explanation on this host", examples=["/api#conflict"])
    title: str = Field(description="The kind in words", examples=["Somebody was first"])
    status: int = Field(description="The HTTP status again", examples=[409])
    detail: str = Field(description="What, where, how to mend", examples=["action A-1b2c3d is no longer what you saw: … reload it"])
    instance: str = Field(description="The path that was asked for", examples=["/api/v1/actions/A-1b2c3d/approve"])
    errors: tuple[Fault, ...] = Field(default=(), description="With `invalid`: each place that is wrong")


TITLES = {
    "unauthenticated": (401, "No valid token"),
    "not-allowed": (403, "Not allowed"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "Not possible here"),
    "conflict": (409, "Somebody was first"),
    "too-large": (413, "Too long"),
    "invalid": (422, "The request does not fit its description"),
    "refused": (422, "Refused as it stands"),
    "too-many-requests": (429, "Too many requests"),
    "fault": (500, "The desk failed"),
    "busy": (503, "Busy"),
}
"""Each type of problem: its status and title."""

MEANING = {
    401: "No token, or one that is unknown, expired, revoked or whose owner has left the practice.",
    403: "The token lacks the scope, or its owner has not the role today.",
    404: "There is no such thing.",
    405: "The path is there, for other methods: `Allow` names them.",
    409: "Somebody was first, or it is no longer in that state: read it again. The detail says who and when.",
    413: "The body is longer than 400 kB.",
    422: "`invalid`: the request does not fit this description; `refused`: it does, and a rule of the desk forbids it as things stand.",
    429: "More requests in this minute than one token has. `Retry-After` says how many seconds to wait.",
    500: "A fault of the desk. The detail has a reference for whoever runs it.",
    503: "Another process holds what this needs. Ask again in a moment.",
}


class Problem(Exception):
    """Raised where no `LiaisonError` fits: `kind` is one of `TITLES`."""

    def __init__(self, kind: str, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.headers = dict(headers or {})


def answer(path: str, kind: str, detail: str, *, errors: tuple[Fault, ...] = (), headers: Mapping[str, str] | None = None) -> JSONResponse:
    status, title = TITLES[kind]
    body = ProblemDetail(type=f"/api#{kind}", title=title, status=status, detail=detail, instance=path[:400], errors=errors)
    return JSONResponse(body.model_dump(mode="json"), status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of an operation: the refusals it may give, besides those every operation may."""
    return {
        status: {
            "description": MEANING[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetail"}}},
            **({"headers": _RETRY} if status == 429 else {}),
        }
        for status in statuses
    }


_RETRY = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}}}


def _methods(request: Request) -> set[str]:
    """Every method of this path: the framework names those of the first route alone."""
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    return {method for pattern, methods in request.app.state.paths if pattern.match(path) for method in methods}


def handle(app: FastAPI) -> None:
    """Make every refusal of `app` a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(LiaisonError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def _problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - registered for this class alone
    return answer(request.url.path, error.kind, str(error), headers=error.headers)


def _refused(request: Request, error: Exception) -> JSONResponse:
    match error:
        case Conflict():
            kind = "conflict"
        case NotFound():
            kind = "not-found"
        case NotAllowed():
            kind = "not-allowed"
        case Busy():
            kind = "busy"
        case _:
            kind = "refused"
    return answer(request.url.path, kind, str(error))


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    faults = tuple(Fault(at=_place(one["loc"]), detail=str(one["msg"])) for one in error.errors()[:20])
    detail = "; ".join(f"{fault.at}: {fault.detail}" for fault in faults[:3])
    return answer(
        request.url.path, "invalid", f"{detail}: see {request.scope.get('root_path', '')} for what this operation takes", errors=faults
    )


def _place(loc: tuple[int | str, ...]) -> str:
    first, *rest = [str(part)[:80] for part in loc] or ["body"]
    if first == "body":
        return "/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in rest)
    return " ".join((first, *rest))


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    match error.status_code:
        case 404:
            return answer(request.url.path, "not-found", "there is no such path: /api lists what there is")
        case 405:
            allow = ", ".join(sorted(_methods(request))) or (error.headers or {}).get("Allow", "GET")
            detail = f"{request.method[:16]} is not possible on this path, {allow} is: /api lists what there is"
            return answer(request.url.path, "method-not-allowed", detail, headers={"Allow": allow})
        case _:
            return answer(request.url.path, "invalid", f"{HTTPStatus(error.status_code).phrase}: /api says what this operation takes")
