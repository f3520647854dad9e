"""Reads the scrubber's word lists from package data, once, and the practice's own public facts from its record."""

from functools import cache
from importlib.resources import files

from policies.phi.lexicon import Lexicon, fold
from policies.phi.scrub import Scrubber
from tools.practice import Practice


@cache
def load_lexicon() -> Lexicon:
    """The lists under `policies/phi/data`; about 20 ms the first time."""
    cities = {entry.strip().rstrip("*"): entry.strip().endswith("*") for line in _lines("cities.txt") for entry in line.split("|")}
    return Lexicon(
        names=dict(line.split(" ", 1) for line in _lines("names.txt")),
        words=frozenset(word for line in _lines("words.txt") for word in line.split()),
        terms=frozenset(fold(word) for line in _lines("terms.txt") for word in line.split()),
        cities=cities,
    )


def public_phrases(practice: Practice) -> tuple[str, ...]:
    """What `practice` has published about itself and the scrubber leaves in place: names, sites, phones, addresses, web hosts."""
    organisation = practice.organisation
    own = [organisation.name, organisation.legal_name, organisation.postal_address, organisation.reply_to, organisation.phone]
    own += [organisation.website, organisation.unsubscribe_url, *practice.brands, *(line.name for line in practice.service_lines)]
    for location in practice.locations:
        own += [location.name, location.brand, location.address, location.phone, location.city]
        own += [f"{location.address}, {location.city}, {location.state} {location.zip}", f"{location.city}, {location.state}"]
    for provider in practice.providers:
        own += [provider.name, *filter(None, (provider.npi,))]
    return tuple(dict.fromkeys(phrase for phrase in own if phrase))


def scrubber_of(practice: Practice | None) -> Scrubber:
    """The scrubber of one practice; without a practice nothing is excused."""
    return Scrubber(load_lexicon(), public_phrases(practice) if practice else ())


def _lines(name: str) -> list[str]:
    text = (files("policies.phi") / "data" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
