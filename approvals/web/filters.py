"""The queue's filters in an address: read them forgivingly, write them in one form."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from policies.actions import ActionKind, Risk
from policies.records import Channel
from tools.store.desk import SHELVES, Filters

Choice = TypeVar("Choice", bound=StrEnum)


def filters_of(query: Mapping[str, str]) -> Filters:
    """The filters an address asks for; a value that is none of ours is left out, never an error."""
    shelf = query.get("shelf", "waiting")
    return Filters(
        shelf=shelf if shelf in SHELVES else "waiting",
        channel=_one_of(Channel, query.get("channel")),
        kind=_one_of(ActionKind, query.get("kind")),
        risk=_one_of(Risk, query.get("risk")),
    )


def query_of(filters: Filters, **more: str) -> str:
    """`filters` as the tail of an address, with its question mark; empty when nothing differs from the plain queue."""
    asked = {"channel": filters.channel, "kind": filters.kind, "risk": filters.risk}
    if filters.shelf != "waiting":
        asked = {"shelf": filters.shelf, **asked}
    pairs = [(name, str(value)) for name, value in {**asked, **more}.items() if value]
    return f"?{urlencode(pairs)}" if pairs else ""


def _one_of(choices: type[Choice], value: str | None) -> Choice | None:
    return choices(value) if value in set(choices) else None
