"""Reads the scrubber's word lists from package data, once, and the practice's own public facts from its record."""

import json
from email.utils import parseaddr
from functools import cache
from importlib.resources import files

from policies.phi.addresses import STATES
from policies.phi.lexicon import Lexicon, Weights, fold
from policies.phi.scrub import Scrubber
from tools.packs.recognisers import load_recognisers
from tools.practice import Practice


@cache
def load_lexicon() -> Lexicon:
    """The lists under `policies/phi/data`; about 60 ms the first time."""
    towns = {entry.rstrip("*"): entry.endswith("*") for line in _lines("places.txt") for entry in line.split("|")}
    return Lexicon(
        names=dict(line.split(" ", 1) for line in _lines("names.txt")),
        words=_words("words.txt"),
        terms=frozenset(map(fold, _words("terms.txt"))) | _words("terms_wide.txt"),
        phrases=frozenset(phrase for line in _lines("phrases.txt") for phrase in line.split("|")),
        acronyms=frozenset(map(str.lower, _words("acronyms.txt"))),
        eponyms=_words("eponyms.txt"),
        towns=towns,
        states=STATES,
        rare_names=_words("names_rare.txt"),
        rare_words=_words("words_rare.txt"),
        usage={word: code for line in _lines("usage.txt") for code, _, words in (line.partition(" "),) for word in words.split(" ")},
        weights=_weights(),
    )


def _weights() -> Weights:
    """Trained by `bench/phi/train.py`."""
    held = json.loads((files("policies.phi") / "data" / "tagger.json").read_text(encoding="utf-8"))
    return Weights(held["bias"], held["features"])


def public_phrases(practice: Practice) -> tuple[str, ...]:
    """What `practice` has published about itself and the scrubber leaves in place: names, sites, phones, addresses, web hosts."""
    organisation = practice.organisation
    own = [organisation.name, organisation.legal_name, organisation.postal_address, organisation.reply_to, organisation.phone]
    own += [organisation.website, organisation.unsubscribe_url, *practice.brands, *(line.name for line in practice.service_lines)]
    if practice.destinations.smtp is not None:
        own.append(parseaddr(practice.destinations.smtp.sender)[1])
    for location in practice.locations:
        own += [location.name, location.brand, location.address, location.phone, location.city]
        own += [f"{location.address}, {location.city}, {location.state} {location.zip}", f"{location.city}, {location.state}"]
    for provider in practice.providers:
        own += [provider.name, *filter(None, (provider.npi,))]
    # clinical pages and videos name who reviewed them
    own += [person.name.partition(",")[0] for person in practice.people if "clinical_reviewer" in person.roles]
    return tuple(dict.fromkeys(phrase for phrase in own if phrase))


def scrubber_of(practice: Practice | None) -> Scrubber:
    """The scrubber of one practice; without a practice nothing is excused."""
    if practice is None:
        return _plain()
    return Scrubber(load_lexicon(), public_phrases(practice), load_recognisers(practice.recognisers))


def _lines(name: str) -> list[str]:
    text = (files("policies.phi") / "data" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def _plain() -> Scrubber:
    return Scrubber(load_lexicon())


def _words(name: str) -> frozenset[str]:
    return frozenset(" ".join(_lines(name)).split())
