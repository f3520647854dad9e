"""Which platforms an item meets: Google, Meta, YouTube, the review directories. Knows names, not rules."""

import re
from collections.abc import Mapping
from typing import Any

from policies.rules.rule import Platform

PLATFORM_FACTS = ("platform", "destination")

PLATFORMS: dict[str, frozenset[Platform]] = {
    **dict.fromkeys(("google", "google_ads", "google_search", "search", "web", "website", "gads", "gdn"), frozenset({Platform.GOOGLE})),
    **dict.fromkeys(("youtube", "youtube_ads"), frozenset({Platform.YOUTUBE, Platform.GOOGLE})),
    **dict.fromkeys(
        ("meta", "facebook", "instagram", "meta_ads", "facebook_ads", "instagram_ads", "whatsapp", "messenger"), frozenset({Platform.META})
    ),
    **dict.fromkeys(("google_business", "google_business_profile", "google_maps", "gbp"), frozenset({Platform.GOOGLE, Platform.REVIEWS})),
    **dict.fromkeys(("reviews", "healthgrades", "zocdoc", "webmd", "yelp", "vitals", "ratemds"), frozenset({Platform.REVIEWS})),
    **dict.fromkeys(("smtp", "email", "webhook", "sales_inbox", "sms", "phone", "print", "mail"), frozenset()),
    **dict.fromkeys(("bing", "microsoft_ads", "linkedin", "tiktok", "pinterest", "snapchat", "reddit", "twitter"), frozenset()),
}
"""Folded values of `facts.platform` and `facts.destination`. YouTube answers to Google's policies too, Google reviews to both. A name that
stands for none of the four says so with the empty set; a name that is not here is unknown and may be any of them."""


def platforms_of(facts: Mapping[str, Any]) -> frozenset[Platform] | None:
    """The platforms an item meets; None = unknown, so that every platform's rules run."""
    met = [_met_by(facts[field]) for field in PLATFORM_FACTS if names_in(facts.get(field))]
    known = [one for one in met if one is not None]
    return frozenset().union(*known) if met and len(known) == len(met) else None


def names_in(value: object) -> list[str]:
    """The names in one value, folded: a list, a comma list or a single name."""
    parts = [part for one in values_of(value) if one is not None for part in str(one).split(",") if part.strip()]
    return [re.sub(r"[^a-z]+", "_", part.lower()).strip("_").removeprefix("www_").removesuffix("_com") for part in parts]


def _met_by(value: object) -> frozenset[Platform] | None:
    """None as soon as one name is not in the table."""
    names = names_in(value)
    return frozenset().union(*(PLATFORMS[name] for name in names)) if all(name in PLATFORMS for name in names) else None


def is_platform(value: object, wanted: str) -> bool:
    """Does a given platform or destination mean `wanted`, however it is written? An unknown name may mean it."""
    met = _met_by(value)
    return wanted in names_in(value) or met is None or not met.isdisjoint(PLATFORMS.get(wanted, frozenset()))


def values_of(value: object) -> list[object]:
    """A fact that may be one value or several."""
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
