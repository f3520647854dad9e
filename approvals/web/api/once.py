"""A repeated POST with the same `Idempotency-Key` is answered as the first was, and nothing is done again. Kept for a day, per token.

The key is written before the work is done: when a crash cuts the first request short, its repetition is told so instead of doing the work twice.
The answer that reveals a contact is never kept, nor is an archive that is made while it is sent.
"""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from sqlalchemy import delete, select, update

from approvals import tokens
from approvals.web.api.access import admit
from approvals.web.api.problems import Problem
from approvals.web.desk import desk_of
from tools.store.api_tables import api_requests
from tools.store.database import insert_once
from tools.workspace import Workspace

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
PATTERN = r"^[!-~]{1,80}$"
REPLAYED = "Idempotency-Replayed"


async def once(request: Request, work: Callable[[Request], Awaitable[Response]]) -> Response:
    """`work(request)`, or what it answered before under the same key. Raises Problem for a key that belongs to another request."""
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return await work(request)
    if not re.fullmatch(PATTERN, key):
        raise Problem("invalid", f"header {HEADER}: it needs 1 to 80 printable ASCII characters without spaces, such as a UUID")
    body = await request.body()
    workspace = desk_of(request).workspace
    token = await run_in_threadpool(_token_of, workspace, request)
    if token is None:
        return await work(request)  # it is refused there, in the words of every refusal
    digest = hashlib.sha256(b"\n".join((request.url.path.encode(), body))).hexdigest()
    if not await run_in_threadpool(_begin, workspace, token, key, digest):
        admit(request, token)  # the work itself counts, its repetition must too
        return await run_in_threadpool(_first, workspace, token, key, digest)
    try:
        response = await work(request)
    except BaseException:
        await run_in_threadpool(_forget, workspace, token, key)
        raise
    is_kept = response.status_code < 500 and not getattr(request.state, "is_unmasked", False) and hasattr(response, "body")
    if not is_kept:
        await run_in_threadpool(_forget, workspace, token, key)
    else:
        await run_in_threadpool(_keep, workspace, token, key, response)
    return response


def _token_of(ws: Workspace, request: Request) -> str | None:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    found = tokens.resolve(ws, text.strip()) if scheme.lower() == "bearer" else None
    return found.token if found else None


def _begin(ws: Workspace, token: str, key: str, digest: str) -> bool:
    """Whether this is the first such request, which then holds the key."""
    now = ws.clock()
    with ws.database.write() as connection:
        connection.execute(delete(api_requests).where(api_requests.c.at <= now - KEPT))
        row: dict[str, Any] = {"token": token, "key": key, "request_hash": digest, "at": now}
        return insert_once(connection, api_requests, row)


def _first(ws: Workspace, token: str, key: str, digest: str) -> Response:
    """What the first request with this key was answered. Raises Problem when it was another one, or has no answer."""
    with ws.database.read() as connection:
        first = connection.execute(select(api_requests).where(_mine(token, key))).one_or_none()
    if first is None:  # it failed at this moment and gave the key back
        raise Problem("conflict", "the first request with this key has just failed: send it again")
    if first.request_hash != digest:
        raise Problem("invalid", f"header {HEADER}: this key belongs to another request of yours; make a new one for each request")
    if first.status is None:
        raise Problem(
            "conflict", "the first request with this key is under way, or was cut short: read what it was about before you send it anew"
        )
    return JSONResponse(first.body, first.status, headers={REPLAYED: "true"})


def _keep(ws: Workspace, token: str, key: str, response: Response) -> None:
    body = json.loads(bytes(response.body)) if response.body else None
    with ws.database.write() as connection:
        connection.execute(update(api_requests).where(_mine(token, key)).values(status=response.status_code, body=body))


def _forget(ws: Workspace, token: str, key: str) -> None:
    with ws.database.write() as connection:
        connection.execute(delete(api_requests).where(_mine(token, key)))


def _mine(token: str, key: str) -> Any:
    return (api_requests.c.token == token) & (api_requests.c.key == key)
