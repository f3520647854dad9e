"""What one vendor's feed is: how its exports are read and how a record says which it is and when it happened."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from policies.records import Refusal
from tools.channels.files import BadRecord, Export, Item


class Parsed(NamedTuple):
    """A record's identity and times. The same record in two exports has the same `external_id`; `time_field` names where its time stands."""

    external_id: str
    occurred_at: datetime
    revised_at: datetime | None = None
    time_field: str = "time"


class Feed(NamedTuple):
    """`read` opens one export; `parse` takes one record and the zone of its naive times. Raises BadRecord."""

    read: Callable[[Export], Iterator[Item | Refusal]]
    parse: Callable[[dict[str, Any], tzinfo | None], Parsed]


def required_id(value: Any, field: str) -> str:
    """The vendor's own id as text. Raises BadRecord when the record has none: without it a copy would count twice."""
    if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
        return str(value).strip()
    raise BadRecord(field, "the record has no id", "export it with the vendor's id, which is how copies are recognised")


def hashed_id(*parts: Any) -> str:
    """An id made of a record's identifying columns, for vendors that give none."""
    return "h:" + hashlib.sha256("\x1f".join(str(part).strip() for part in parts).encode()).hexdigest()


def inside(body: Any, *path: str) -> Any:
    """The value at `path`, or None where the vendor left a step out."""
    for step in path:
        body = body.get(step) if isinstance(body, dict) else None
    return body
