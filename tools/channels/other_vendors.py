"""Feeds of vendors that come one JSON object per line: form vendors, call tracking, the CRM, webinars, SMS, scheduling, a merged YouTube export."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from policies.phi.events import occurred_at
from policies.phi.registry import normal
from policies.records import Source
from tools.channels.feed import Feed, Parsed, required_id
from tools.channels.files import BadRecord, json_lines

_ID_NAMES = tuple(
    map(
        normal,
        (
            "event_id",
            "id",
            "uuid",
            "token",
            "submission_id",
            "response_id",
            "call_id",
            "message_sid",
            "sid",
            "appointment_id",
            "resource_name",
        ),
    )
)
_SOURCES = (
    Source.FORM_VENDOR,
    Source.CALL_TRACKING,
    Source.CRM,
    Source.WEBINAR,
    Source.SMS,
    Source.SCHEDULER,
    Source.YOUTUBE,
)


def parse_any(body: dict[str, Any], zone: tzinfo | None) -> Parsed:
    """The record by the first id and the first event time it carries, at the top or in its envelope. Times need a zone of their own."""
    values = {normal(key): value for level in _levels(body) for key, value in level.items()}
    identity = required_id(next((values[name] for name in _ID_NAMES if values.get(name)), None), "id")
    at = occurred_at(body)
    if at is None:
        raise BadRecord("timestamp", "the record has no time with a zone", "export the time of the event as ISO 8601 with an offset")
    return Parsed(identity, at, time_field="timestamp")


def _levels(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Deepest first, so that what stands at the top wins."""
    for value in body.values():
        if isinstance(value, dict):
            yield value
    yield body


FEEDS = dict.fromkeys(_SOURCES, Feed(json_lines, parse_any))
