"""Where Slack posts clicks and confirmations. No session and no form token: Slack's signature over the raw bytes is the proof."""

import json
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from approvals import slack
from approvals.web.desk import BadForm, desk_of

router = APIRouter()


@router.post("/slack/interactions")
async def interactions(request: Request) -> Response:
    """200 with nothing for a click; the modal's next words for a submission; 403 for anything Slack did not sign just now."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > slack.BODY_MAX:
            raise slack.SlackRefused("the request is too long to be one of Slack's")
    said = await run_in_threadpool(_answered, request, bytes(body))
    return Response(said, media_type="application/json") if said else Response()


def _answered(request: Request, body: bytes) -> bytes:
    workspace = desk_of(request).workspace
    headers = request.headers
    timestamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    slack.accept(workspace, timestamp=timestamp, signature=signature, body=body)
    return slack.answer(workspace, _payload(body))


def _payload(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(parse_qs(body.decode(), max_num_fields=10)["payload"][0])
    except (ValueError, KeyError):
        raise BadForm("the request holds no payload that can be read") from None
    if not isinstance(found, dict):
        raise BadForm("the payload is not an object")
    return found
