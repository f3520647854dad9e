"""What a kept value is replaced by: parsers that validate, coarsen or look up, and give None for everything they do not know.

No parser returns its input unless the input is a member of a closed list, a bounded number or a word of the practice's registry.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from policies.phi.registry import RouteMatch, coarse_zip3, normal, words
from policies.phi.schemas.schema import Field, Parse, Reader, Use

MAX_TEXT = 256_000
MAX_PAGES = 4_096
_ADDRESS = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,255}")
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, as "\\ud83d" in JSON: no UTF-8 for it exists
_STATE_CODES = words(
    """AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT
    VA WA WV WI WY PR"""
)
_STATE_NAMES = words(
    """alabama alaska arizona arkansas california colorado connecticut delaware districtofcolumbia florida georgia hawaii idaho illinois indiana
    iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada newhampshire
    newjersey newmexico newyork northcarolina northdakota ohio oklahoma oregon pennsylvania rhodeisland southcarolina southdakota tennessee
    texas utah vermont virginia washington westvirginia wisconsin wyoming puertorico"""
)
_STATES = dict(zip(_STATE_NAMES, _STATE_CODES, strict=True))
SELF_PAY = frozenset({"selfpay", "self", "cash", "none", "uninsured", "noinsurance", "outofpocket"})
YES = frozenset({"yes", "y", "true", "t", "1", "on", "optin", "optedin", "subscribed", "granted"})
NO = frozenset({"no", "n", "false", "f", "0", "off", "optout", "optedout", "unsubscribed", "denied"})
STARS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}


def keep(slot: str, parse: Parse) -> Field:
    return Field(slot, Use.KEEP, parse)


def seal(slot: str) -> Field:
    return Field(slot, Use.SEAL, short_text)


def url(slot: str) -> Field:
    return Field(slot, Use.URL, page)


def text(slot: str) -> Field:
    return Field(slot, Use.TEXT, long_text)


USED = Field("used", Use.USED, lambda value, reader: None)


def short_text(value: Any, reader: Reader) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > 320 or not (value.isascii() or not _SURROGATE.search(value)):
        return None
    return value.strip() or None


def long_text(value: Any, reader: Reader) -> str | None:
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) and len(value) <= MAX_TEXT else None


def one_of(*members: str) -> Parse:
    """The member that equals the value by letters and digits."""
    table = {normal(member): member for member in members}
    return lambda value, reader: table.get(normal(value)) if isinstance(value, str) else None


def mapped(table: dict[str, Any]) -> Parse:
    """The value's entry in a closed table whose keys are normalised here."""
    folded = {normal(key): entry for key, entry in table.items()}
    return lambda value, reader: folded.get(normal(value)) if isinstance(value, str) else None


def number(low: float, high: float, *, digits: int = 4) -> Parse:
    """A number within [low, high], rounded; numeric strings count (Google sends 64-bit integers as strings). The bound is what keeps a
    telephone or record number that stands in the wrong field from passing as a count."""

    def parse(value: Any, reader: Reader) -> float | None:
        if isinstance(value, bool):
            return None
        if isinstance(value, str):
            if len(value) > 24 or not re.fullmatch(r"-?\d+(?:\.\d+)?", value.strip(), re.ASCII):
                return None
            value = float(value)
        if not isinstance(value, int | float) or not low <= value <= high:
            return None
        return round(float(value), digits)

    return parse


count = number(0, 1_000_000, digits=0)


def micros_as_usd(value: Any, reader: Reader) -> float | None:
    """Millionths of the account's currency as dollars and cents."""
    micros = number(0, 1e12, digits=0)(value, reader)
    return None if micros is None else round(micros / 1_000_000, 2)


def flag(value: Any, reader: Reader) -> bool | None:
    if isinstance(value, bool):
        return value
    word = normal(str(value)) if isinstance(value, str | int) else ""
    return True if word in YES else False if word in NO else None


def present(value: Any, reader: Reader) -> bool | None:
    """Only whether something stands there; what it is does not come out."""
    return bool(str(value).strip()) if isinstance(value, str | int | dict | list) else None


def rating(value: Any, reader: Reader) -> int | None:
    """1-5, also as Google's words and as "4.0" or "4/5"."""
    if isinstance(value, str):
        if stars := STARS.get(normal(value)):
            return stars
        value = value.strip().removesuffix("/5").removesuffix(" stars").strip()
    parsed = number(1, 5)(value, reader)
    return round(parsed) if parsed is not None else None


def state(value: Any, reader: Reader) -> str | None:
    return state_code(value)


def state_code(value: Any) -> str | None:
    """The two letters of a US state, from its code or its name."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    code = value.strip().upper().removeprefix("US-")
    return code if code in _STATE_CODES else _STATES.get(normal(value))


def zip3(value: Any, reader: Reader) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value:05d}"
    return coarse_zip3(value) if isinstance(value, str) else None


def age(value: Any, reader: Reader) -> str | None:
    """Whole years as text; 90 and above pooled as "90+" (45 CFR 164.514(b)(2)(i)(C))."""
    years = number(0, 130, digits=0)(value, reader)
    return None if years is None else "90+" if years >= 90 else str(int(years))


def line(value: Any, reader: Reader) -> str | None:
    """A service line of the practice; "-" for a service it does not offer."""
    return (reader.registry.line(value) or "-") if isinstance(value, str) and len(value) <= 200 else None


def known_line(value: Any, reader: Reader) -> str | None:
    """Like `line`, for fields that hold other things too: only a service line the practice has."""
    return reader.registry.line(value) if isinstance(value, str) and len(value) <= 200 else None


def location(value: Any, reader: Reader) -> str | None:
    return reader.registry.location(value) if isinstance(value, str) else None


def provider(value: Any, reader: Reader) -> Any:
    return reader.registry.provider(str(value)) if isinstance(value, str | int) else None


def payer(value: Any, reader: Reader) -> str | None:
    if not isinstance(value, str):
        return None
    name = normal(value)
    return "self_pay" if name in SELF_PAY else "accepted" if name in reader.registry.payer_names else "other"


def payers(value: Any, reader: Reader) -> str | None:
    """Whether any payer of a list is one the practice accepts."""
    names = value if isinstance(value, list) else [value]
    known = [normal(name) for name in names if isinstance(name, str)]
    return None if not known else "yes" if reader.registry.payer_names.intersection(known) else "no"


def specialty(value: Any, reader: Reader) -> str | None:
    return ("yes" if normal(value) in reader.registry.specialty_names else "no") if isinstance(value, str) else None


def npi_active(value: Any, reader: Reader) -> str | None:
    answer = flag(value, reader)
    if answer is None and isinstance(value, str):
        answer = {"active": True, "a": True, "deactivated": False, "inactive": False, "retired": False, "d": False}.get(normal(value))
    return None if answer is None else "yes" if answer else "no"


def campaign(value: Any, reader: Reader) -> tuple[str, str | None] | None:
    """(name, service line): the practice's own name for a known campaign, an opaque keyed id for any other."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    return reader.registry.campaign(str(value)) or (opaque("campaign", str(value), reader), None)


def known_campaign(value: Any, reader: Reader) -> tuple[str, str] | None:
    """Like `campaign`, for fields that hold other words too: only a campaign the practice knows."""
    return reader.registry.campaign(value) if isinstance(value, str) else None


def opaque(kind: str, value: str, reader: Reader) -> str:
    """ "kind:" + 12 hex digits of a keyed hash: equal for equal values, says nothing of them."""
    return f"{kind}:{reader.match_key(kind, normal(_SURROGATE.sub('', value))).rsplit(':', 1)[-1][:12]}"


def asset(kind: str) -> Parse:
    """An opaque id of a guide, webinar, form or tool, so that repeats of one object can be told from different ones."""
    return lambda value, reader: opaque(kind, value, reader) if isinstance(value, str) and 0 < len(value) <= 200 else None


def video(value: Any, reader: Reader) -> str | None:
    """YouTube's own video id (public, the practice's channel), if it can be nothing else; otherwise opaque."""
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        return None
    classes = (r"[a-z]", r"[A-Z]", r"\d")
    is_id = (
        re.fullmatch(r"[\w-]{11}", value, re.ASCII) and all(re.search(kind, value) for kind in classes) and not re.search(r"\d{5}", value)
    )
    return value if is_id else opaque("video", value, reader)


class Page(NamedTuple):
    """What is kept of a URL: the page it means and the campaign that led there. `is_whole` = nothing else stood in it."""

    match: RouteMatch
    campaign: tuple[str, str | None] | None
    is_whole: bool


def page(value: Any, reader: Reader) -> Page | None:
    """A URL, path or query string; `utm_campaign` is the only parameter ever looked at, unknown path segments are gone."""
    if not isinstance(value, str) or len(value) > 8_000:
        return None
    if "?" in value or "@" in value or "#" in value or "%" in value:
        return _page(value, reader)
    known = reader.registry.pages  # plain addresses recur, and nobody's query stands in them
    found = known.get(value)
    if found is None:
        if len(known) >= MAX_PAGES:
            known.clear()
        found = known[value] = _page(value, reader)
    return found


def _page(value: str, reader: Reader) -> Page | None:
    try:
        parts = urlsplit(value)
        query = dict(parse_qsl(parts.query, max_num_fields=100))
    except ValueError:
        return None
    name, match = query.get("utm_campaign"), reader.registry.route(parts.path)
    is_whole = (parts.path.rstrip("/").casefold() or "/") == match.object_key and not (parts.query or parts.fragment or "@" in parts.netloc)
    return Page(match, campaign(name, reader) if name else None, is_whole)


def action_id(value: Any, reader: Reader) -> str | None:
    """Our own opaque action id as it comes back in a vendor's custom arguments."""
    return value if isinstance(value, str) and re.fullmatch(r"A-[0-9a-f]{12}", value) else None


def language_code(value: Any, reader: Reader) -> str | None:
    return {"en": "en", "es": "es"}.get(value[:2].lower()) if isinstance(value, str) else None


@lru_cache(maxsize=8192)
def address(text: str) -> str | None:
    """A mail address in lower case; None if it cannot be one."""
    lowered = text.strip().lower()
    return lowered if _ADDRESS.fullmatch(lowered) else None


def e164(phone: str) -> str | None:
    """A telephone number as E.164, read as a US number when it has no country code; None if it cannot be one."""
    import phonenumbers  # 0.1 s at import: only a record with a phone pays for it

    try:
        parsed = phonenumbers.parse(phone, "US")
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_possible_number(parsed) else None


def npi_is_valid(npi: str) -> bool:
    """The check digit of a National Provider Identifier: Luhn over 80840 + its ten digits (45 CFR 162.406)."""
    if not re.fullmatch(r"[12]\d{9}", npi, re.ASCII):
        return False
    doubled = [int(digit) * (2 if index % 2 == 1 else 1) for index, digit in enumerate(reversed("80840" + npi))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def instant(value: Any) -> datetime | None:
    """An aware time from ISO text with a zone, a bare ISO date (its start in UTC), or epoch seconds or milliseconds; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e14:
        return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    if isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) in (10, 13):
        return instant(int(value))
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip(), re.ASCII):
        value = f"{value.strip()}T00:00:00Z"
    if not isinstance(value, str) or not 16 <= len(value) <= 40:
        return None
    try:
        parsed = datetime.fromisoformat(value.strip())
        return parsed.astimezone(UTC) if parsed.tzinfo else None
    except (ValueError, OverflowError):  # the first and the last hours of the calendar have no UTC
        return None
