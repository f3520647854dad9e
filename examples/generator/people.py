"""The invented people behind the engagement: who they are, what they want, and how far they will go. Knows no vendor's format."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from examples.generator.world import FIRST_NAMES, LAST_NAMES, LINES, MONDAYS, WEEKS, hex_id, practice, rng
from tools.practice import Location

ZIPS = {
    "austin": ("78704", "78745", "78664"),
    "el-paso": ("79902", "79912", "79835"),
    "san-antonio": ("78205", "78249", "78023"),
    "tampa": ("33606", "33618", "33572"),
    "orlando": ("32801", "32828", "32779"),
    "pensacola": ("32502", "32526", "32404"),
}
AWAY = (("Tulsa", "OK", "74104"), ("Shreveport", "LA", "71101"), ("Mobile", "AL", "36602"), ("Denver", "CO", "80203"))
AREA_CODES = ("512", "737", "915", "210", "726", "813", "656", "407", "689", "850", "448")
PAYERS = ("Bluestem Mutual", "Gulfline Health Plan", "Sunward PPO", "Lone Cedar Advantage", "Self-pay")
OTHER_PAYERS = ("Prairie Basin HMO", "Meridian Quarry Health")
PRACTICES = (
    "Cedar Hollow Family Clinic",
    "Gulf Lantern Internal Medicine",
    "Bluff Springs Sports Medicine",
    "Palm Arbor Pediatrics",
    "Tall Pine Primary Care",
    "Bayshore Rheumatology Associates",
)

# How many of each, over all three consumer lines. About 20 of them end as MQL: the requesters by fast lane, the researchers and the steady by
# accumulation.
CONSUMERS = {
    "last": 1,
    "requester": 7,
    "researcher": 6,
    "steady": 6,
    "nearly": 72,
    "lowfit": 24,
    "subscriber": 62,
    "optout": 24,
    "careers": 8,
    "vendor": 2,
}
REFERRERS = {"ref_fast": 2, "ref_active": 4, "ref_nearly": 12, "ref_lowfit": 6}
NPI_BLOCK = {"ref_fast": 2000, "ref_active": 2100, "ref_nearly": 2200, "ref_lowfit": 2300}
ANONYMOUS = 290
# Paid visitors who land on one page that does not do its work, and leave.
HIP_BOUNCES = 80


@dataclass(frozen=True)
class Person:
    """`kind` is the journey they take; `first_day` its start and `span_days` its length; `traits` what their identify call says."""

    kind: str
    line: str
    location: str
    zone: ZoneInfo
    first_day: date
    span_days: int
    anonymous_id: str
    skew: timedelta
    user_id: str | None = None
    traits: dict[str, Any] = field(default_factory=dict)
    email: str = ""
    phone: str = ""


def everyone() -> list[Person]:
    """All people in a fixed order: consumers, referring practices, then anonymous visitors."""
    chance = rng("people")
    names = [f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES]
    chance.shuffle(names)
    phones = [f"{area}555{number:04d}" for number in range(110, 200) for area in AREA_CODES]
    chance.shuffle(phones)
    kinds = [(kind, n) for kind, count in (CONSUMERS | REFERRERS).items() for n in range(count)]
    people = [_person(kind, n, names.pop(), phones.pop(), chance) for kind, n in kinds]
    return people + [_anonymous(n, chance) for n in range(ANONYMOUS)]


def _person(kind: str, n: int, name: str, phone: str, chance: random.Random) -> Person:
    referrer = kind.startswith("ref_")
    line = "physician_liaison" if referrer else _line(n)
    location = _location(line, n)
    first, last = name.split(" ", 1)
    domain = ("example.com", "example.org", "example.net")[n % 3]
    email = f"{first}.{last}{n}@{domain}".lower()
    span = chance.randint(14, 50)
    return Person(
        kind=kind,
        line=line,
        location=location,
        zone=place(location).zone(),
        first_day=_start(span, chance),
        span_days=span,
        anonymous_id=_uuid(chance),
        skew=_skew(n, chance),
        user_id=f"u_{hex_id(chance, 12)}",
        traits=_referrer_traits(kind, n, location) | _names(first, last, email, phone)
        if referrer
        else _traits(kind, n, line, location, chance) | _names(first, last, email, phone),
        email=email,
        phone=phone,
    )


def _anonymous(n: int, chance: random.Random) -> Person:
    line = "orthopaedics" if n < HIP_BOUNCES else _line(n)
    location = "austin" if n < HIP_BOUNCES else _location(line, n)
    return Person(
        kind="bounced" if n < HIP_BOUNCES else "passer",
        line=line,
        location=location,
        zone=place(location).zone(),
        first_day=_start(2, chance),
        span_days=2,
        anonymous_id=_uuid(chance),
        skew=_skew(n, chance),
    )


def place(key: str) -> Location:
    return practice().location(key)


def _line(n: int) -> str:
    return LINES[(0, 1, 0, 2, 1, 2, 0)[n % 7]]


def _location(line: str, n: int) -> str:
    locations = practice().line(line).locations
    return locations[n % len(locations)]


def _start(span_days: int, chance: random.Random) -> date:
    return MONDAYS[0] + timedelta(days=chance.randint(0, WEEKS * 7 - 1 - span_days))


def _skew(n: int, chance: random.Random) -> timedelta:
    """Most clocks are right; one in nineteen is three hours fast, one in twenty-three eleven minutes slow."""
    if n % 19 == 7:
        return timedelta(hours=3)
    if n % 23 == 5:
        return -timedelta(minutes=11)
    return timedelta(milliseconds=chance.randint(-400, 400))


def _uuid(chance: random.Random) -> str:
    raw = hex_id(chance, 32)
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"


def _names(first: str, last: str, email: str, phone: str) -> dict[str, Any]:
    return {"firstName": first, "lastName": last, "email": email, "phone": f"({phone[:3]}) {phone[3:6]}-{phone[6:]}"}


def _traits(kind: str, n: int, line: str, location: str, chance: random.Random) -> dict[str, Any]:
    where = place(location)
    city, state, code = where.city, where.state, ZIPS[location][n % 3]
    insurance = PAYERS[n % len(PAYERS)]
    consent = True
    if kind in ("careers", "vendor"):
        return {"organisation": "Rank Ladder Media"} if kind == "vendor" else {}
    if kind == "lowfit":
        # A little of everything that keeps fit below the floor: out of area, a payer nobody accepts, no consent.
        city, state, code = AWAY[n % len(AWAY)]
        insurance, consent = OTHER_PAYERS[n % 2], False
    elif kind in ("requester", "researcher", "steady"):
        insurance = OTHER_PAYERS[0] if n % 3 == 1 else insurance
        consent = n % 4 != 2
    elif kind in ("subscriber", "optout"):
        insurance = PAYERS[n % 5] if n % 2 else OTHER_PAYERS[n % 2]
    return {
        "address": {"city": city, "state": state, "postalCode": code},
        "insurance": insurance,
        "serviceLine": line,
        "consentEmail": consent,
        "consentSms": consent and n % 3 == 0,
    } | ({} if kind == "lowfit" else {"preferredLocation": location, "preferredTime": chance.choice(("morning", "afternoon", "evening"))})


def _referrer_traits(kind: str, n: int, location: str) -> dict[str, Any]:
    fits = kind != "ref_lowfit"
    where = place(location)
    return {
        "track": "b2b_referral",
        "npi": npi(f"29000{NPI_BLOCK[kind] + n:04d}"),
        "organisation": PRACTICES[n % len(PRACTICES)],
        "specialty": ("Family Medicine", "Internal Medicine", "Sports Medicine", "Pediatrics")[n % 4] if fits else "Podiatry",
        "independent": fits,
        "acceptsPayers": ["Bluestem Mutual", "Sunward PPO"] if fits and n % 2 == 0 else ["Prairie Basin HMO"],
        "address": {"city": where.city, "state": where.state, "postalCode": ZIPS[location][n % 3]}
        if fits
        else {"city": "Mobile", "state": "AL", "postalCode": "36602"},
        "consentEmail": True,
        "consentSms": False,
    }


def npi(nine_digits: str) -> str:
    """The number with its check digit (ISO 7812 over 80840 + nine digits). Ours begin with 29, which is not issued."""
    total = 0
    for place, digit in enumerate(reversed("80840" + nine_digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return f"{nine_digits}{-total % 10}"
