"""What happens while a page is open: one stream per page says that something changed, never what. The page stays as it was until it is asked."""

import time
from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from approvals.identity import Session
from approvals.web.desk import desk_of, may_open
from tools.store import queue as reads
from tools.store.audit import last_row
from tools.workspace import Workspace

router = APIRouter()
POLL_S = 1.0
LONGEST_S = 600.0  # the browser opens the stream again by itself
BEAT = ": \n\n"  # tells both ends that the other still listens
_OPEN_AT_MOST = 200  # streams of one process: more are answered once and closed
_open = anyio.CapacityLimiter(_OPEN_AT_MOST)


@router.get("/queue/events")
async def stream(
    request: Request, me: Annotated[Session, Depends(may_open("/queue"))], since: int = 0, seconds: float = LONGEST_S
) -> StreamingResponse:
    """Server-sent events named `changed`, each a sentence for the top of the queue, from audit row `since` on, for at most `seconds`."""
    told = _changes(request, desk_of(request).workspace, since, min(seconds, LONGEST_S))
    return StreamingResponse(told, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _changes(request: Request, ws: Workspace, since: int, seconds: float) -> AsyncIterator[str]:
    until = time.monotonic() + seconds
    told = since
    try:
        _open.acquire_on_behalf_of_nowait(request)
    except anyio.WouldBlock:
        return
    try:
        while not await request.is_disconnected():
            newest, waiting = await anyio.to_thread.run_sync(_look, ws, told)
            if newest > told:
                told = newest
                yield f"event: changed\nid: {newest}\ndata: <span>Something changed since you opened this page: {waiting} wait now.</span>\n\n"
            else:
                yield BEAT
            if time.monotonic() >= until:
                return
            await anyio.sleep(POLL_S)
    finally:
        _open.release_on_behalf_of(request)


def _look(ws: Workspace, told: int) -> tuple[int, int]:
    """(newest audit row, items that wait); the second only when the first has moved."""
    with ws.database.read() as connection:
        newest = last_row(connection)
        return newest, reads.counts(connection).shelves["waiting"] if newest > told else 0
