"""Around every request of the API: a body has an end, and a fault of ours is a problem with a reference, never a page and never a message."""

import logging
import secrets
import traceback

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from approvals.web.api.problems import answer

BODY_LIMIT = 400_000
FRAMES = 5  # of a fault, innermost first: names and line numbers only, because messages may hold content
_LOG = logging.getLogger("liaison.desk")


class Limits:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        messages = await _body(receive) if scope["method"] not in ("GET", "HEAD", "OPTIONS") else None
        if messages is not None and not messages:
            detail = f"the body is longer than {BODY_LIMIT // 1000} kB: shorten it, or send it in parts"
            await answer(path, "too-large", detail)(scope, receive, send)
            return
        begun = False

        async def replayed() -> Message:
            return messages.pop(0) if messages else await receive()

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, replayed, sending)
        except Exception as error:
            if begun:
                raise
            reference = secrets.token_hex(4)
            where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(traceback.extract_tb(error.__traceback__)[-FRAMES:]))
            _LOG.error("api:fault %s %s in %s", reference, type(error).__name__, where)
            detail = f"something went wrong inside the desk: quote reference {reference} to whoever runs it; the log has a line with it"
            await answer(path, "fault", detail)(scope, receive, send)


async def _body(receive: Receive) -> list[Message]:
    """The messages of a whole body; empty when it is too long."""
    found: list[Message] = []
    size = 0
    while True:
        message = await receive()
        found.append(message)
        size += len(message.get("body", b""))
        if size > BODY_LIMIT:
            return []
        if message["type"] != "http.request" or not message.get("more_body"):
            return found
