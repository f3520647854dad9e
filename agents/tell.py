"""Tells webhooks of what happened, beside the worker: a receiver that takes its time must not hold up an execution."""

import threading

import structlog

from agents.parts import Parts
from approvals import webhooks

POLL_S = 1.0

log = structlog.get_logger("liaison")


def tell_until(parts: Parts, stop: threading.Event) -> None:
    """Send what is due until `stop`; a failure is logged by its name and never ends the loop."""
    while not stop.is_set():
        try:
            webhooks.tell(parts.workspace)
        except Exception as error:
            log.error("webhook:tell", reason=type(error).__name__)
        stop.wait(POLL_S)
