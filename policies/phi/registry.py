"""The practice's public facts in pure form: its routes, campaigns, locations, providers, payers. What a vendor's value may be replaced by.

Everything here is published by the practice itself, so its keys may appear in clean records. Knows nothing of `practice.yaml` or of leads.
"""

import re
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from pydantic import Field

from policies.records import EngagementKind, Record, Track


def words(table: str) -> tuple[str, ...]:
    """The words of a table written as running text."""
    return tuple(table.split())


# 45 CFR 164.514(b)(2)(i)(B): prefixes with 20,000 people or fewer, union of the census 2000 list printed by OCR and the 2010 counts.
RESTRICTED_ZIP3 = frozenset(words("036 059 063 102 202 203 204 205 369 556 692 753 772 790 821 823 830 831 878 879 884 890 893"))
# Prefixes with no census population: unassigned, or military mail. Opinion where the census is silent: unknown counts as restricted.
UNKNOWN_ZIP3 = frozenset(
    words(
        """000 001 002 003 004 099 213 269 340 343 345 348 353 419 428 429 517 518 519 529 533 536 552 568 578 579 589 621 632 642 643 659
        663 682 694 695 696 697 698 699 702 709 715 732 742 771 817 818 819 839 848 849 854 858 861 862 866 867 868 869 876 886 887 888
        892 896 899 909 929 962 963 964 965 966 969 987 090 091 092 093 094 095 096 097 098"""
    )
)


class LineFacts(Record):
    key: str
    name: str
    track: Track
    paths: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


class LocationFacts(Record):
    """`phone` is E.164; `address` and `phone` are compared with what a listing shows, never copied into a record."""

    key: str
    name: str
    state: str
    phone: str = ""
    address: str = ""


class ProviderFacts(Record):
    key: str
    name: str
    credentials: str = ""
    npi: str | None = None
    service_line: str | None = None
    location: str | None = None


class RouteMatch(NamedTuple):
    """What a path of the website means. `object_key` is a template made of the practice's own words, never the path itself."""

    kind: EngagementKind
    object_key: str | None = None
    service_line: str | None = None
    provider: str | None = None
    location: str | None = None
    track: Track | None = None


# First path segment, or last one below a service line, -> what the page is. Words of the field, not of one practice.
PAGE_WORDS: dict[str, EngagementKind] = {
    **dict.fromkeys(("pricing", "prices", "cost", "costs", "insurance", "financing", "payment-plans"), EngagementKind.PRICING_PAGE),
    **dict.fromkeys(("careers", "jobs"), EngagementKind.CAREERS_PAGE),
    **dict.fromkeys(("refer", "referrals", "for-physicians", "for-providers", "referring-providers"), EngagementKind.REFERRAL_PAGE),
    **dict.fromkeys(("appointments", "contact", "blog", "about", "book"), EngagementKind.PAGE_VIEW),
}
PROVIDER_WORDS = frozenset({"providers", "doctors", "physicians", "our-team"})
LOCATION_WORDS = frozenset({"locations", "offices", "directions"})


class Registry(Record):
    """Looked up by every schema. `Registry()` knows no practice: routes are generic, every campaign opaque, every location unknown."""

    lines: tuple[LineFacts, ...] = ()
    locations: tuple[LocationFacts, ...] = ()
    providers: tuple[ProviderFacts, ...] = ()
    campaigns: dict[str, str] = Field(default_factory=dict)  # name or id -> service line key
    payers: tuple[str, ...] = ()
    zip3: tuple[str, ...] = ()  # the catchment area
    specialties: tuple[str, ...] = ()

    def route(self, path: str) -> RouteMatch:
        """The meaning of a URL path; an unknown path is a plain page view without an object."""
        clean = "/" + "/".join(part for part in path.casefold().split("/") if part)
        if clean == "/":
            return RouteMatch(EngagementKind.PAGE_VIEW, "/")
        first, *rest = clean[1:].split("/")
        if first in PROVIDER_WORDS:
            provider = self.provider(rest[0]) if rest else None
            line = provider.service_line if provider else None
            key = f"/providers/{provider.key}" if provider else "/providers"
            return RouteMatch(EngagementKind.PROVIDER_PROFILE, key, line, provider.key if provider else None)
        if first in LOCATION_WORDS:
            location = self.location(rest[0]) if rest else None
            return RouteMatch(EngagementKind.LOCATION_CLICK, f"/locations/{location}" if location else "/locations", location=location)
        for prefix, owner in self._prefixes:
            if clean == prefix or clean.startswith(prefix + "/"):
                return self._below(prefix, owner, clean[len(prefix) + 1 :])
        if kind := PAGE_WORDS.get(first):
            track = Track.B2B_REFERRAL if kind is EngagementKind.REFERRAL_PAGE else None
            return RouteMatch(kind, f"/{first}", self.referral_line if track else None, track=track)
        return RouteMatch(EngagementKind.PAGE_VIEW)

    def _below(self, prefix: str, line: LineFacts, rest: str) -> RouteMatch:
        last = rest.rsplit("/", 1)[-1]
        if line.track is Track.B2B_REFERRAL:
            return RouteMatch(EngagementKind.REFERRAL_PAGE, prefix, line.key, track=line.track)
        if (kind := PAGE_WORDS.get(last)) is EngagementKind.PRICING_PAGE:
            return RouteMatch(kind, f"{prefix}/{last}", line.key, track=line.track)
        return RouteMatch(EngagementKind.SERVICE_PAGE, prefix, line.key, track=line.track)

    def line(self, value: str) -> str | None:
        """The service line whose key or name is `value`, else the one whose longest term occurs in it as a word."""
        return self._line_names.get(normal(value)) or self.line_in(value)

    def line_in(self, text: str, *, track: Track | None = None) -> str | None:
        """The service line with the longest of its terms in `text`; with `track`, only lines of that track count."""
        hits = {term: self._line_of_term[term] for term in self._terms.findall(text.casefold())} if self._terms else {}
        lines = {term: line for term, line in hits.items() if track in (None, self.track(line))}
        return lines[max(lines, key=len)] if lines else None

    def track(self, line: str | None) -> Track | None:
        return self._tracks.get(line) if line else None

    def location(self, value: str) -> str | None:
        return self._location_names.get(normal(value))

    def provider(self, value: str) -> ProviderFacts | None:
        """By key, name with or without credentials or title, or NPI."""
        name = normal(value)
        return self._provider_names.get(name) or self._provider_names.get(normal(value.split(",")[0])) or self._provider_names.get(name[2:])

    def provider_in(self, text: str) -> ProviderFacts | None:
        """The first provider of the practice whose full name `text` mentions."""
        folded = text.casefold()
        return next((provider for provider in self.providers if provider.name.casefold() in folded), None)

    def campaign(self, value: str) -> tuple[str, str] | None:
        """(name as the practice writes it, service line), or None when the practice does not know the campaign."""
        return self._campaign_names.get(normal(value))

    def site(self, key: str) -> LocationFacts:
        return next(location for location in self.locations if location.key == key)

    @cached_property
    def pages(self) -> dict[str, Any]:
        """What `policies/phi/schemas/values.py` has made of plain addresses; it bounds it."""
        return {}

    @cached_property
    def states(self) -> frozenset[str]:
        return frozenset(location.state for location in self.locations)

    @cached_property
    def referral_line(self) -> str | None:
        """The practice's first B2B line: where referral acts count that name no line."""
        return next((line.key for line in self.lines if line.track is Track.B2B_REFERRAL), None)

    @cached_property
    def payer_names(self) -> frozenset[str]:
        return frozenset(map(normal, self.payers))

    @cached_property
    def specialty_names(self) -> frozenset[str]:
        return frozenset(map(normal, self.specialties))

    @cached_property
    def _prefixes(self) -> tuple[tuple[str, LineFacts], ...]:
        pairs = [("/" + path.casefold().strip("/"), line) for line in self.lines for path in line.paths]
        return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))

    @cached_property
    def _line_names(self) -> dict[str, str]:
        return {normal(name): line.key for line in self.lines for name in (line.key, line.name)}

    @cached_property
    def _line_of_term(self) -> dict[str, str]:
        return {term.casefold(): line.key for line in reversed(self.lines) for term in line.terms}

    @cached_property
    def _terms(self) -> re.Pattern[str] | None:
        terms = sorted(self._line_of_term, key=len, reverse=True)
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, terms))})\b") if terms else None

    @cached_property
    def _tracks(self) -> dict[str, Track]:
        return {line.key: line.track for line in self.lines}

    @cached_property
    def _location_names(self) -> dict[str, str]:
        return {normal(name): location.key for location in self.locations for name in (location.key, location.name)}

    @cached_property
    def _provider_names(self) -> dict[str, ProviderFacts]:
        named = [
            (normal(name), provider)
            for provider in self.providers
            for name in (provider.key, provider.name, f"{provider.name} {provider.credentials}", provider.npi or "")
        ]
        return {name: provider for name, provider in named if name}

    @cached_property
    def _campaign_names(self) -> dict[str, tuple[str, str]]:
        # Two spellings of one campaign ("Knee TX", "knee-tx") become the first one written, or its spend would be counted apart.
        return {normal(name): (name, line) for name, line in reversed(self.campaigns.items())}


@lru_cache(maxsize=4096)
def normal(name: str) -> str:
    """Letters and digits only, case folded: how names and keys are compared."""
    return "".join(character for character in name.casefold() if character.isalnum())


def coarse_zip3(value: str) -> str | None:
    """The first three digits of a US ZIP code, "000" where fewer than 20,001 people live or the prefix is unknown; None if it is no ZIP."""
    if not re.fullmatch(r"\d{5}(?:-?\d{4})?|\d{3}", value.strip(), re.ASCII):
        return None
    prefix = value.strip()[:3]
    return "000" if prefix in RESTRICTED_ZIP3 or prefix in UNKNOWN_ZIP3 else prefix
