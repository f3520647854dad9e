"""Slack on loopback (standard library): checks what the real one checks (token, form of blocks and views, a trigger used once), and signs."""

import hmac
import json
import threading
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

TOKEN, SECRET = "xoxb-test-token", "8f742231b10e8888abcd99yyyzzz85a5"
TEXTS = {"section": 3000, "header": 150}


class SlackServer:
    """`answers` are given instead of a real answer, one per call: a status, or an error code. `calls` holds (method, body) of what was accepted."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.raw: list[bytes] = []
        self.answers: list[int | str] = []
        self.triggers: set[str] = set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                outer.raw.append(raw)
                status, answer = outer._answer(self.path, self.headers["authorization"], self.headers["content-type"], raw)
                body = json.dumps(answer).encode()
                self.send_response(status)
                if status == 429:
                    self.send_header("retry-after", "600")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/api"

    def __enter__(self) -> "SlackServer":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def of(self, method: str) -> list[dict[str, Any]]:
        return [body for name, body in self.calls if name == method]

    def _answer(self, path: str, token: str | None, kind: str | None, raw: bytes) -> tuple[int, dict[str, Any]]:
        if self.answers:
            planned = self.answers.pop(0)
            return (planned, {}) if isinstance(planned, int) else (200, {"ok": False, "error": planned})
        method, body = path.removeprefix("/api/"), json.loads(raw)
        if token != f"Bearer {TOKEN}":
            return 200, {"ok": False, "error": "invalid_auth"}
        if kind != "application/json; charset=utf-8":
            return 200, {"ok": False, "error": "invalid_post_type"}
        if error := self._error(method, body):
            return 200, {"ok": False, "error": error}
        self.calls.append((method, body))
        where = "D0DIRECT00" if str(body.get("channel", "")).startswith("U") else body.get("channel", "")
        return 200, {"ok": True, "channel": where, "ts": body.get("ts") or f"17000000{len(self.calls):02}.000100"}

    def _error(self, method: str, body: dict[str, Any]) -> str:
        if method == "views.open":
            if body["trigger_id"] in self.triggers:
                return "exchanged_trigger_id"
            self.triggers.add(body["trigger_id"])
            return problem_of_view(body["view"])
        if method == "chat.update" and not any(one.get("channel") for name, one in self.calls if name == "chat.postMessage"):
            return "message_not_found"
        return problem_of_blocks(body["blocks"], most=50) if method in ("chat.postMessage", "chat.update") else "unknown_method"


def problem_of_view(view: dict[str, Any]) -> str:
    """ "" for a modal the real Slack would open. Limits: docs.slack.dev/reference/views and /block-kit."""
    if view["type"] != "modal" or not 1 <= len(view["title"]["text"]) <= 24:
        return "invalid_arguments"
    if any(len(view[part]["text"]) > 24 for part in ("submit", "close") if part in view):
        return "invalid_arguments"
    if any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
        return "missing_submit"
    return "invalid_arguments" if len(view.get("private_metadata", "")) > 3000 else problem_of_blocks(view["blocks"], most=100)


def problem_of_blocks(blocks: list[dict[str, Any]], *, most: int) -> str:
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if not 1 <= len(blocks) <= most or len(ids) != len(set(ids)) or any(len(one) > 255 for one in ids):
        return "invalid_blocks"
    for block in blocks:
        if block["type"] == "actions":
            names = [element["action_id"] for element in block["elements"]]
            buttons = [
                element["type"] == "button"
                and element["text"]["type"] == "plain_text"
                and len(element["text"]["text"]) <= 75
                and len(element.get("value", "")) <= 2000
                and len(element.get("url", "")) <= 3000
                for element in block["elements"]
            ]
            if not all(buttons) or len(names) != len(set(names)) or len(names) > 25:
                return "invalid_blocks"
        elif block["type"] == "input":
            if block["label"]["type"] != "plain_text" or len(block["label"]["text"]) > 2000 or block["element"]["max_length"] > 3000:
                return "invalid_blocks"
        elif not 1 <= len(block["text"]["text"]) <= TEXTS[block["type"]]:
            return "invalid_blocks"
    return ""


def signed(payload: dict[str, Any] | bytes, *, at: float, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    """A request as Slack sends it: the form body and its headers."""
    body = payload if isinstance(payload, bytes) else urlencode({"payload": json.dumps(payload)}).encode()
    timestamp = str(int(at))
    signature = "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, sha256).hexdigest()
    headers = {"content-type": "application/x-www-form-urlencoded", "x-slack-request-timestamp": timestamp, "x-slack-signature": signature}
    return body, headers


def click(user: str, button: dict[str, Any], *, trigger: str = "13345224609.738474920.8088930838d88f008e0") -> dict[str, Any]:
    container = {"type": "message", "message_ts": "1700000001.000100", "channel_id": "C0LARKFIELD", "is_ephemeral": False}
    action = {
        "type": "button",
        "block_id": "b",
        "action_ts": "1548426417.840180",
        **{name: button[name] for name in ("action_id", "value")},
    }
    return {
        "type": "block_actions",
        "user": {"id": user, "username": "x", "team_id": "T0"},
        "trigger_id": trigger,
        "container": container,
        "actions": [action],
    }


def submission(user: str, view: dict[str, Any], *, reason: str | None = None) -> dict[str, Any]:
    """What Slack sends when the modal it was given is submitted."""
    values = {"reason": {"words": {"type": "plain_text_input", "value": reason}}} if view["blocks"][-1]["type"] == "input" else {}
    return {
        "type": "view_submission",
        "user": {"id": user},
        "trigger_id": "1.2.3",
        "view": {**view, "id": "V0", "state": {"values": values}},
    }
