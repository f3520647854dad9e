"""A loopback server that speaks as much of the OpenAI API as the drafter uses. It keeps every request body and answers from a script."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

USAGE = (200, 80)  # input and output tokens that every answer reports


@dataclass
class Answer:
    """One scripted reply. `hang` holds the connection open, without a byte, until the server stops."""

    status: int = 200
    body: dict[str, Any] | str = ""
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False


def drafted(text: str, *, title: str = "", needs_person: bool = False) -> str:
    return json.dumps({"title": title, "text": text, "needs_person": needs_person})


def responses_answer(content: str, *, status: str = "completed", reason: str | None = None) -> Answer:
    part = {"type": "output_text", "text": content, "annotations": []}
    return _responses([part], status=status, reason=reason)


def responses_refusal(words: str) -> Answer:
    return _responses([{"type": "refusal", "refusal": words}])


def chat_answer(content: str | None, *, finish: str = "stop", refusal: str | None = None) -> Answer:
    message = {"role": "assistant", "content": content, "refusal": refusal}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": "gpt-5-mini",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": USAGE[0], "completion_tokens": USAGE[1], "total_tokens": sum(USAGE)},
    }
    return Answer(body=body)


def _responses(parts: list[dict[str, Any]], *, status: str = "completed", reason: str | None = None) -> Answer:
    body = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_760_000_000,
        "model": "gpt-5-mini",
        "status": status,
        "incomplete_details": {"reason": reason} if reason else None,
        "output": [{"type": "message", "id": "msg_1", "status": status, "role": "assistant", "content": parts}],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": USAGE[0],
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": USAGE[1],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": sum(USAGE),
        },
    }
    return Answer(body=body)


class OpenAIServer:
    """`with OpenAIServer([...]) as server:`; `server.requests` are the bodies it received, in order. The last answer repeats."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.paths: list[str] = []
        self._stopped = threading.Event()
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> "OpenAIServer":
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                answer = outer._next(self.path, body)
                if answer.hang:
                    outer._stopped.wait()
                    self.close_connection = True
                    return
                payload = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
                self.send_response(answer.status)
                for name, value in {"content-type": "application/json", "content-length": str(len(payload)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, path: str, body: bytes) -> Answer:
        with self._lock:
            self.requests.append(body)
            self.paths.append(path)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
