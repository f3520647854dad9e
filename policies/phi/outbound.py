"""What may leave for each kind of destination: a typed allow-list a field, compiled once; everything else is dropped and named.

Clean records keep times to the second, ZIP3 and ages (scoring needs them); a destination gets them as coarse as its own schema says. For
advertising and analytics, pages, campaigns and conversions that reveal a condition become opaque ids. Pure: the keyed hash is passed in.
Sources: 45 CFR 164.514(b)(2) (ages, dates, ZIP3); HHS OCR bulletin on online tracking technologies (pages that reveal a condition); 164.514(c) (a
hash of an identifier is one).
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from policies.phi.registry import coarse_zip3
from policies.phi.schemas.values import state_code

Opaque = Callable[[str, str], str]
"""(kind, value) -> a keyed id that is equal for equal values and says nothing of them."""


class Outside(StrEnum):
    GOOGLE_ADS = "google_ads"
    META = "meta"
    ANALYTICS = "analytics"
    CRM = "crm"
    SALES = "sales"
    EMAIL = "email"
    LISTINGS = "listings"
    YOUTUBE = "youtube"
    LLM = "llm"


class Coarse(NamedTuple):
    """How a field leaves: `version` of the schema is over these names. `make` gives None for a value it does not accept."""

    name: str
    make: Callable[[Any, Opaque], Any]


def _time(unit: str) -> Coarse:
    cut = {"second": 19, "day": 10, "month": 7, "year": 4}[unit]

    def make(value: Any, opaque: Opaque) -> str | None:
        if isinstance(value, str) and 10 <= len(value) <= 40:
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return None
        if not isinstance(value, datetime) or value.tzinfo is None:
            return None
        try:
            return value.astimezone(UTC).isoformat()[:cut]
        except OverflowError:  # the first and the last hours of the calendar
            return None

    return Coarse(f"time:{unit}", make)


def _one_of(*members: str) -> Coarse:
    table = frozenset(members)
    return Coarse(f"one of {' '.join(sorted(members))}", lambda value, opaque: value if isinstance(value, str) and value in table else None)


def _number(low: float, high: float) -> Coarse:
    def make(value: Any, opaque: Opaque) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            return None
        return value

    return Coarse(f"number {low:g}-{high:g}", make)


def _opaque(kind: str) -> Coarse:
    def make(value: Any, opaque: Opaque) -> str | None:
        return opaque(kind, value) if isinstance(value, str) and 0 < len(value) <= 400 else None

    return Coarse(f"opaque {kind}", make)


def _state(value: Any, opaque: Opaque) -> str | None:
    return state_code(value)


def _zip3(value: Any, opaque: Opaque) -> str | None:
    return coarse_zip3(value) if isinstance(value, str) and len(value) <= 10 else None


def _age(value: Any, opaque: Opaque) -> str | None:
    """Decades, 90 and more pooled."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if text == "90+":
        return text
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or int(text) > 130:
        return None
    return "90+" if int(text) >= 90 else f"{int(text) // 10 * 10}s"


def _key(value: Any, opaque: Opaque) -> str | None:
    """A word of the practice's own registry (service line, location, provider, campaign): letters, digits and marks, no @ and no long number."""
    plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w:/.-]{0,79}", value, re.ASCII) and not re.search(r"\d{5}|\.\w+\.", value)
    return value if plain and not _GROUPED.search(value) else None


# A telephone, an SSN, a card or a date in groups: no word of a registry and no click id.
_GROUPED = re.compile(
    r"\d{3}[-.:_/]\d{2,4}[-.:_/]\d{4}|(?:19|20)\d\d[-./_:]\d{1,2}[-./_:]\d{1,2}|\d{3}[-._]\d{4}(?!\d)|\d{4}[-._]\d{4}[-._]\d{4}"
)


def _text(value: Any, opaque: Opaque) -> str | None:
    """Text that the scrubber has already passed; the egress guard reads it again."""
    return value if isinstance(value, str) and len(value) <= 20_000 else None


def _click_id(value: Any, opaque: Opaque) -> str | None:
    plain = isinstance(value, str) and re.fullmatch(r"(?=[^A-Za-z]*[A-Za-z][^A-Za-z]*[A-Za-z])[\w-]{10,200}", value, re.ASCII)
    return value if plain and not _GROUPED.search(value) else None


STATE, ZIP3, AGE, KEY, TEXT, CLICK_ID = (
    Coarse("state", _state),
    Coarse("zip3", _zip3),
    Coarse("age by decade", _age),
    Coarse("registry key", _key),
    Coarse("scrubbed text", _text),
    Coarse("click id", _click_id),
)
_KINDS = Coarse("kind", lambda value, opaque: value if isinstance(value, str) and re.fullmatch(r"[a-z_]{3,40}", value) else None)
_RATING, _VALUE = _number(1, 5), _number(0, 1_000_000)
_TRACK = _one_of("b2c_patient", "b2b_referral")
_COUNTS: dict[str, Coarse] = {name: _number(0, 1e9) for name in ("impressions", "clicks", "views", "cost_usd", "conversions")}
# Advertising and analytics: nothing that reveals a condition, no free text, no place below the state.
_ADVERTISING = {
    "kind": _opaque("conversion"),
    "occurred_at": _time("day"),
    "campaign": _opaque("campaign"),
    "object_key": _opaque("page"),
    "service_line": _opaque("line"),
    "state": STATE,
    "value_usd": _VALUE,
    **_COUNTS,
}
_KNOWN = {
    "id": KEY,
    "kind": _KINDS,
    "track": _TRACK,
    "service_line": KEY,
    "location": KEY,
    "provider": KEY,
    "campaign": KEY,
    "object_key": KEY,
    "state": STATE,
    "zip3": ZIP3,
    "age": AGE,
    "rating": _RATING,
    "fit": _number(0, 100),
    "intent": _number(0, 100),
    "total": _number(0, 100),
    "language": _one_of("en", "es"),
    **_COUNTS,
}
SCHEMAS: dict[Outside, Mapping[str, Coarse]] = {
    # Google signs no BAA for ads: the click id would tie a visit to a person.
    Outside.GOOGLE_ADS: _ADVERTISING,
    Outside.META: _ADVERTISING,
    Outside.ANALYTICS: _ADVERTISING,
    Outside.CRM: {**_KNOWN, "occurred_at": _time("second"), "text": TEXT, "click_id": CLICK_ID},
    Outside.SALES: {**_KNOWN, "occurred_at": _time("second"), "text": TEXT},
    Outside.EMAIL: {"campaign": KEY, "service_line": KEY, "location": KEY, "language": _one_of("en", "es"), "text": TEXT},
    Outside.LISTINGS: {"location": KEY, "provider": KEY, "rating": _RATING, "text": TEXT},
    Outside.YOUTUBE: {"service_line": KEY, "object_key": KEY, "text": TEXT},
    Outside.LLM: {**_KNOWN, "occurred_at": _time("month"), "zip3": Coarse("nothing", lambda value, opaque: None), "text": TEXT},
}


def version(destination: Outside) -> str:
    """12 hex digits over every field and its coarsening: another schema has another version."""
    lines = sorted(f"{name}|{coarse.name}" for name, coarse in SCHEMAS[destination].items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def flat(engagement: Mapping[str, Any]) -> dict[str, Any]:
    """A clean engagement as one level of fields: its metrics and fit attributes beside its own, whose names win."""
    return {**engagement.get("metrics", {}), **engagement.get("attributes", {}), **engagement}


def outbound(record: Mapping[str, Any], destination: Outside, opaque: Opaque) -> tuple[dict[str, Any], tuple[str, ...]]:
    """`record` as `destination` may have it, and the names of the fields that stay, in order; a name outside the schema is given as "[FIELD]".

    Values are parsed, never copied: a value of the wrong type stays. Raises nothing on any value. Cost: one look-up and one function a field.
    """
    schema = SCHEMAS[destination]
    out: dict[str, Any] = {}
    dropped: list[str] = []
    for name, value in record.items():
        coarse = schema.get(name)
        made = coarse.make(value, opaque) if coarse is not None and value is not None else None
        if made is not None:
            out[name] = made
        elif value is not None:
            dropped.append(name if coarse is not None else "[FIELD]")
    return out, tuple(dropped)
