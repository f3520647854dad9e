"""What several resources share: ids and texts as the outside sends them, cursors, and the route that takes a last look at every answer."""

import base64
import binascii
import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import Field, StringConstraints

from approvals.web.api.last_look import masked
from approvals.web.api.once import once
from approvals.web.api.problems import Problem, documented
from approvals.web.desk import desk_of
from policies.records import Record

log = structlog.get_logger()

ALWAYS = (401, 403, 422, 429, 500)
"""Refusals any operation may give."""

# Control characters have no place in a text a person reads, and PostgreSQL keeps no NUL.
PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
SAID = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Note = Annotated[str, StringConstraints(max_length=500, pattern=PLAIN)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=SAID)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=100_000, pattern=PLAIN)]

Term = Annotated[str, StringConstraints(max_length=80, pattern=PLAIN)]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=SAID)]

_ID = r"^[A-Za-z0-9][A-Za-z0-9._:~-]{0,63}$"
ActionPath = Annotated[str, Path(pattern=_ID, description="The action's id", examples=["A-1b2c3d4e5f60"])]
HandoffPath = Annotated[str, Path(pattern=_ID, description="The handoff's execution id", examples=["X-1b2c3d4e5f60718293a4b5c6"])]
TaskPath = Annotated[str, Path(pattern=_ID, description="The task's execution id", examples=["X-1b2c3d4e5f60718293a4b5c6"])]
EvidencePath = Annotated[str, Path(pattern=_ID, description="The record's id", examples=["P-1b2c3d4e5f60"])]
LeadPath = Annotated[str, Path(pattern=_ID, description="The lead's opaque id", examples=["L-1b2c3d4e5f60"])]
PracticePath = Annotated[str, Path(pattern=_ID, description="A contact of the practice", examples=["L-1b2c3d4e5f60"])]
RunPath = Annotated[str, Path(pattern=_ID, description="The run's id", examples=["R-20260302090000-a1b2c3"])]
RulePath = Annotated[str, Path(pattern=_ID, description="The rule's id", examples=["HIPAA-001"])]

PAGE_MAX = 200


class Query_(Record):
    """A closed set of query parameters: a misspelt filter is an error, not a longer list."""


class Paged(Query_):
    cursor: Annotated[str | None, Field(max_length=400, pattern=r"^[A-Za-z0-9_-]+$", description="`next` of the page before")] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX, description="Most items of one page")] = 50


Page = Annotated[Paged, Query()]


class Guarded(APIRoute):
    """Takes a last look at every JSON answer, except one that reveals a contact to somebody with the right, or says what the law says.

    Answers a repeated POST as the first one, where it carries the same key (`once.py`).
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            response = await inner(request)
            is_json = response.headers.get("content-type") == "application/json"
            if is_json and response.body and not getattr(request.state, "is_unmasked", False):
                return await run_in_threadpool(_looked_at, request, response)
            return response

        async def handler(request: Request) -> Response:
            return await once(request, guarded)

        return handler


def router(tag: str) -> APIRouter:
    return APIRouter(tags=[tag], route_class=Guarded, responses=documented(*ALWAYS))


def cursor_of(kind: str, place: str | int | None) -> str | None:
    """A place in one list, as the outside keeps it; None at the end."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(json.dumps([kind, place], separators=(",", ":")).encode()).decode().rstrip("=")


def place_of(kind: str, cursor: str | None) -> Any:
    """What `cursor_of` made a cursor of; None for none. Raises Problem for one this list never gave."""
    if cursor is None:
        return None
    try:
        name, place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, TypeError):
        name, place = "", None
    if name != kind or not isinstance(place, str | int) or isinstance(place, bool):
        raise Problem("invalid", "query cursor: it is not one this list gave; start again without it, and take `next` of each page")
    return place


def offset_of(kind: str, cursor: str | None) -> int:
    place = place_of(kind, cursor)
    if place is None:
        return 0
    if not isinstance(place, int) or not 0 <= place < 2**31:
        raise Problem("invalid", "query cursor: it is not one this list gave; start again without it, and take `next` of each page")
    return place


def number_of(kind: str, cursor: str | None) -> int | None:
    """The row a page begins before; None for the first page."""
    place = place_of(kind, cursor)
    if place is not None and not (isinstance(place, int) and 0 < place < 2**62):
        raise Problem("invalid", "query cursor: it is not one this list gave; start again without it, and take `next` of each page")
    return place


def _looked_at(request: Request, response: Response) -> Response:
    body = json.loads(bytes(response.body))
    seen, count = masked(body, desk_of(request).workspace.scrubber.patterns)
    if not count:
        return response
    log.error("api:mask", route=getattr(request.scope.get("route"), "path", ""), count=count)
    headers = {name: value for name, value in response.headers.items() if name not in ("content-length", "content-type")}
    return JSONResponse(seen, response.status_code, headers=headers)
