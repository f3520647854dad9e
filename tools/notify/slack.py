"""Slack: post, update, open a modal, and know Slack's own requests by their signature. Every byte passes the guard; no call is repeated here.

Formats: docs.slack.dev (chat.postMessage, chat.update, views.open, verifying requests from Slack), read 2026-11.
"""

import hmac
import json
from collections.abc import Collection, Iterator
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from tools.egress import DestinationPolicy, Egress
from tools.notifications import SlackConfig
from tools.notify.port import NotDelivered
from tools.retry import retry_after_s

if TYPE_CHECKING:
    import httpx2

TIMEOUT_S = 10.0
MODAL_TIMEOUT_S = 2.5
"""A trigger_id lives three seconds."""
WINDOW_S = 300
DESTINATION = "notification:slack"

_TEXT = ("type", "text")
_BUTTON = ("type", "action_id", "value", "url", *(f"text.{name}" for name in _TEXT))
_BLOCK = (
    "type",
    "block_id",
    *(f"text.{name}" for name in _TEXT),
    *(f"label.{name}" for name in _TEXT),
    *(f"hint.{name}" for name in _TEXT),
    *(f"elements.{name}" for name in _BUTTON),
    *(f"element.{name}" for name in ("type", "action_id", "multiline", "max_length")),
)
_VIEW = (
    *(f"view.{name}" for name in ("type", "callback_id", "private_metadata")),
    *(f"view.{part}.{name}" for part in ("title", "submit", "close") for name in _TEXT),
    *(f"view.blocks.{name}" for name in _BLOCK),
)
ALLOWED = frozenset(
    (
        *(
            "channel",
            "ts",
            "text",
            "unfurl_links",
            "unfurl_media",
            "trigger_id",
            "response_action",
            "errors.reason",
            "blocks",
            "view.blocks",
        ),
        *(f"blocks.{name}" for name in _BLOCK),
        *_VIEW,
    )
)
"""Every field this product may send to Slack: structure, our own ids and typed words."""
_OPAQUE_FIELDS = frozenset(
    ("channel", "ts", "trigger_id", "private_metadata", "block_id", "value", "url", "action_id", "callback_id", "type")
)


class SlackClient:
    def __init__(self, config: SlackConfig, egress: Egress, *, token: SecretStr | None) -> None:
        self._config = config
        self._egress = egress
        self._token = token

    def post(self, channel: str, message: dict[str, Any], *, subject: str, filled: Collection[str]) -> str:
        """Post to a channel, or to a member as a direct message; "channel:ts" of the message."""
        body = {"channel": channel, "unfurl_links": False, "unfurl_media": False, **message}
        answer = self._call("chat.postMessage", body, subject=subject, filled=filled)
        return f"{answer['channel']}:{answer['ts']}"

    def update(self, reference: str, message: dict[str, Any], *, subject: str, filled: Collection[str]) -> None:
        channel, _, ts = reference.partition(":")
        self._call("chat.update", {"channel": channel, "ts": ts, **message}, subject=subject, filled=filled)

    def open_modal(self, trigger: str, view: dict[str, Any], *, subject: str, filled: Collection[str]) -> None:
        body = {"trigger_id": trigger, "view": view}
        self._call("views.open", body, subject=subject, filled=filled, timeout_s=MODAL_TIMEOUT_S)

    def released(self, body: dict[str, Any], *, subject: str, filled: Collection[str]) -> bytes:
        """The bytes of an answer to Slack's own request, past the guard like everything else."""
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        own = {*filled, *_structure(body)}
        return self._egress.release(
            DestinationPolicy(DESTINATION, baa=False, allowed_fields=ALLOWED), subject=subject, body=raw, opaque=own
        )

    def _call(
        self, method: str, body: dict[str, Any], *, subject: str, filled: Collection[str], timeout_s: float = TIMEOUT_S
    ) -> dict[str, Any]:
        import httpx2

        if self._token is None:
            raise NotDelivered(f"{self._config.bot_token_env} is not set: set it to the bot token of your Slack app, then restart")
        raw = self.released(body, subject=subject, filled=filled)
        headers = {"authorization": f"Bearer {self._token.get_secret_value()}", "content-type": "application/json; charset=utf-8"}
        try:
            with httpx2.Client(follow_redirects=False, trust_env=False, timeout=timeout_s) as client:
                return _answer(method, client.post(f"{self._config.base_url}/{method}", content=raw, headers=headers))
        except httpx2.HTTPError as error:
            raise NotDelivered(f"Slack cannot be reached ({type(error).__name__}): check the network") from None


def _answer(method: str, response: "httpx2.Response") -> dict[str, Any]:
    if response.status_code == 429:
        raise NotDelivered("Slack asks to slow down", wait_s=retry_after_s(response.headers.get("retry-after")))
    try:
        answer = response.json() if response.status_code == 200 else {}
    except ValueError:
        answer = {}
    if not isinstance(answer, dict) or not answer:
        raise NotDelivered(f"Slack answered {method} with {response.status_code}: it is tried again")
    if answer.get("ok") is not True:
        code = str(answer.get("error", ""))
        told = code if code.isascii() and code.replace("_", "").isalnum() and len(code) < 60 else "an error"
        raise NotDelivered(f"Slack refused {method}: {told}; docs/notifications.md says what to mend for each")
    return answer


def is_from_slack(secret: SecretStr, *, timestamp: str, signature: str, body: bytes, now: datetime) -> bool:
    """Signed by Slack, within five minutes of now. Source: docs.slack.dev, "Verifying requests from Slack": v0=HMAC-SHA256("v0:ts:body")."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    base = b"v0:" + timestamp.encode() + b":" + body
    expected = "v0=" + hmac.new(secret.get_secret_value().encode(), base, sha256).hexdigest()
    is_signed = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
    return is_signed and abs(now.timestamp() - int(timestamp)) <= WINDOW_S


def _structure(value: Any, name: str = "") -> Iterator[str]:
    """Keys of Slack's, our ids and our links: what stands in fields that hold no words."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _structure(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _structure(item, name)
    elif isinstance(value, str) and name in _OPAQUE_FIELDS:
        yield value
