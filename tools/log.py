"""Logs: one line each on stderr, events named "subject:verb", ids and counts only. Content has no way in: long or free text is replaced.

A value is logged when it is a number, a boolean, or a short string without spaces beyond our own error sentences under `reason`.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

MAX_CHARS = 80
_PLAIN = re.compile(r"[\w:./+=-]{1,80}")
_OURS = frozenset({"event", "level", "timestamp", "reason"})  # sentences of our own, which by rule carry no content


def only_plain(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: replace whatever could be content by its type and length; exceptions by their type."""
    for key, value in list(event.items()):
        if key in ("exc_info", "exception", "stack_info"):
            del event[key]
        elif key not in _OURS and not (value is None or isinstance(value, bool | int | float)):
            text = str(value)
            if not _PLAIN.fullmatch(text):
                event[key] = f"<{type(value).__name__}, {len(text)} characters>"
    return event


def configure(level: str) -> None:
    """Send our own logs, and warnings of libraries by name only, to stderr from `level` on."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.WARNING)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(number),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_plain,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_NameOnly())
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)


class _NameOnly(logging.Formatter):
    """A library's record as its logger and place: what it says may quote a request, a row or an address."""

    def format(self, record: logging.LogRecord) -> str:
        kind = f" {record.exc_info[0].__name__}" if record.exc_info and record.exc_info[0] else ""
        return f"{record.levelname.lower()} library:log {record.name}{kind} at {record.module}:{record.lineno}"
