"""Logs: one line each on stderr, events named "subject:verb", ids and counts only. Content has no way in: long or free text is replaced.

A value is logged when it is a number, a boolean, or a short string without spaces beyond our own error sentences under `reason`; those sentences pass
the scrubber as well, which is loaded with the first of them. Nobody catches an exception's message: the hooks print its type and place.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import MutableMapping
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from policies.phi.scrub import Scrubber

_PLAIN = re.compile(r"[\w:./+=-]{1,80}")
_NUMBER = re.compile(r"\d{3}[-.]\d{2,3}[-.]\d{4}|\d{4}[-.]\d{4}[-.]\d{4}")  # an SSN, a telephone, a card: no id of ours
_SENTENCES = ("event", "reason")  # of our own, which by rule carry no content
_OURS = frozenset({*_SENTENCES, "level", "timestamp"})


def only_plain(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: replace whatever could be content by its type and length; exceptions by their type."""
    for key, value in list(event.items()):
        if key in ("exc_info", "exception", "stack_info"):
            del event[key]
        elif key not in _OURS and not key.isidentifier():
            del event[key]
            event["field"] = "<a name that is none>"
        elif key in _SENTENCES and not isinstance(value, str):
            event[key] = f"<{type(value).__name__}>"
        elif key not in _OURS and not (value is None or isinstance(value, bool | int | float)):
            text = str(value)
            if not _PLAIN.fullmatch(text) or _NUMBER.search(text):
                event[key] = f"<{type(value).__name__}, {len(text)} characters>"
    return event


@cache
def _scrubber() -> "Scrubber":
    from tools.packs.phi import scrubber_of

    return scrubber_of(None)


def scrubbed(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: our own sentences, in case one quotes what it should not."""
    for key in _SENTENCES:
        value = event.get(key)
        if isinstance(value, str) and (not _PLAIN.fullmatch(value) or _NUMBER.search(value)):
            event[key] = _scrubber().scrubbed(value).text
    return event


def configure(level: str) -> None:
    """Send our own logs, and warnings of libraries by name only, to stderr from `level` on; exceptions nobody caught as type and place."""
    sys.excepthook = report_exception
    sys.unraisablehook = lambda seen: report_exception(seen.exc_type, seen.exc_value, seen.exc_traceback)
    threading.excepthook = lambda seen: report_exception(seen.exc_type, seen.exc_value, seen.exc_traceback)
    number = logging.getLevelNamesMapping().get(level.upper(), logging.WARNING)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(number),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_plain,
            scrubbed,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_NameOnly())
    logging.captureWarnings(True)
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)


def report_exception(kind: type[BaseException], _: BaseException | None, trace: TracebackType | None) -> None:
    """An exception nobody caught, without its message: that may quote a text, a row or an address."""
    places = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(trace)[-6:]]
    said = f"liaison: unexpected {kind.__name__}; its message is not shown, since it may hold content"
    sys.stderr.write("\n".join((said, *places)) + "\n")


class _NameOnly(logging.Formatter):
    """A library's record as its logger and place: what it says may quote a request, a row or an address."""

    def format(self, record: logging.LogRecord) -> str:
        kind = f" {record.exc_info[0].__name__}" if record.exc_info and record.exc_info[0] else ""
        return f"{record.levelname.lower()} library:log {record.name}{kind} at {record.module}:{record.lineno}"
