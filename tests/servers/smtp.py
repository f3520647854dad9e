"""A real SMTP server on loopback (aiosmtpd): keeps what it accepts, and can refuse, hang up or wait as real servers do."""

import asyncio
import socket
import threading
from types import TracebackType
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

Manner = Literal["accept", "refuse_recipient", "refuse_message", "hang_up_early", "hang_up_after_data", "wait"]


class SmtpServer:
    """`manner` may change between messages. `reached` is set when a whole message has arrived, before it is answered."""

    def __init__(self, manner: Manner = "accept") -> None:
        self.manner: Manner = manner
        self.messages: list[bytes] = []
        self.recipients: list[str] = []
        self.reached = threading.Event()
        self.answer = threading.Event()
        self.port = _free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> "SmtpServer":
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.answer.set()
        self._controller.stop()

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.manner == "hang_up_early":
            _cut(server)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.manner == "refuse_recipient":
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.manner == "refuse_message":
            return "554 not today"
        self.messages.append(bytes(envelope.content or b""))
        self.recipients.extend(envelope.rcpt_tos)
        self.reached.set()
        if self.manner == "hang_up_after_data":
            _cut(server)
        if self.manner == "wait":
            await asyncio.get_running_loop().run_in_executor(None, self.answer.wait)
        return "250 accepted"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _cut(server: Any) -> None:
    server.transport.abort()
