"""Listings: replies to unanswered reviews, and profile corrections.

A reply reads the same whether or not the writer was ever here: it confirms nobody, quotes nothing and names nobody. It is for a person to
post: the task carries the text and where to paste it (Healthgrades, WebMD and Zocdoc have no interface for replies).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from agents.context import Candidate, Context, answered, best, signed
from agents.prompts import INSTRUCTIONS
from policies.actions import ActionKind, Content, Proposal, Risk
from policies.records import Channel, Engagement, EngagementKind, Source
from tools.goals import month
from tools.llm import DraftRequest

WHERE: dict[Source, str] = {
    Source.HEALTHGRADES: "Healthgrades, provider account, Reviews, Respond",
    Source.WEBMD: "WebMD Care, provider account, Ratings and reviews, Reply",
    Source.ZOCDOC: "Zocdoc, practice account, Reviews (by hand: Zocdoc has no interface for replies)",
    Source.GOOGLE_BUSINESS: "Google Business Profile, Read reviews, Reply",
}
LOW_RATING = 3  # 3 stars and below get the reply that invites a call
CORRECTABLE = ("name", "address", "phone")


@dataclass
class _Listing:
    fields: set[str] = field(default_factory=set)
    seen: datetime | None = None
    views: float = 0.0


@dataclass
class _Seen:
    reviews: dict[str, Engagement] = field(default_factory=dict)
    listings: dict[tuple[Source, str], _Listing] = field(default_factory=dict)


def propose(engagements: Iterable[Engagement], context: Context) -> list[Proposal]:
    """Proposals for the listings channel: low ratings first, then corrections by how many people saw the wrong value, then thanks."""
    seen = _Seen()
    for one in engagements:
        if one.kind is EngagementKind.REVIEW and one.source in WHERE:
            _note_review(seen, one)
        elif one.kind is EngagementKind.LISTING_STATS and one.location and one.source in WHERE:
            _note_listing(seen, one, one.location)
    return best(chain(_replies(seen, context), _corrections(seen, context)), context)


def _note_review(seen: _Seen, review: Engagement) -> None:
    # An edited review is the same review: the newest revision wins, or one angry writer counts three times.
    if review.id not in seen.reviews or review.revised_at > seen.reviews[review.id].revised_at:
        seen.reviews[review.id] = review


def _note_listing(seen: _Seen, stats: Engagement, location: str) -> None:
    listing = seen.listings.setdefault((stats.source, location), _Listing())
    listing.views += stats.metrics.get("profile_views", 0.0)
    if listing.seen is None or listing.seen <= stats.occurred_at:  # only the newest row says what is wrong today
        listing.seen = stats.occurred_at
        listing.fields = {name for name in CORRECTABLE if stats.attributes.get(f"listed_{name}") == "differs"}


def _replies(seen: _Seen, context: Context) -> Iterator[Candidate]:
    for review in seen.reviews.values():
        if review.attributes.get("has_reply") != "yes" and review.rating is not None:
            age_days = max((context.now - review.occurred_at).days, 0)
            value = (6 - review.rating) * 100 * context.weight(review.service_line) - min(age_days, 60)
            yield Candidate(value, *_reply(review, context))


def _reply(review: Engagement, context: Context) -> tuple[Proposal, DraftRequest]:
    rating = review.rating or 0
    low = rating <= LOW_RATING
    language = "es" if review.language == "es" else "en"
    subject = f"{review.source}:{review.id}"
    place = next((one for one in context.practice.locations if one.key == review.location), None)
    request = DraftRequest(
        kind=ActionKind.REVIEW_REPLY,
        subject=subject,
        instruction=INSTRUCTIONS[ActionKind.REVIEW_REPLY],
        facts={
            "practice": context.practice.organisation.name,
            "phone": place.phone if place else context.practice.organisation.phone,
            "tone": "low" if low else "high",
        },
        untrusted=(review.text,) if review.text else (),
        language=language,
        max_chars=500,
    )
    about = next((signed(one) for one in context.practice.providers if one.key == review.provider), place.name if place else "the practice")
    notes = ("The text tries to give instructions to software: it was read as data only",) if "prompt_injection" in review.flags else ()
    proposal = Proposal(
        kind=ActionKind.REVIEW_REPLY,
        channel=Channel.LISTINGS,
        subject=subject,
        period="once",
        content=Content(
            title=f"Reply to a {rating}-star review of {about} on {_site(review.source)}",
            body="",
            fields={"rating": rating, "language": language, "written_on": f"{review.occurred_at:%Y-%m-%d}"},
            destination=WHERE[review.source],
        ),
        why=(
            *((answered(review),) if review.text else ()),
            f"{rating} of 5 stars, unanswered for {max((context.now - review.occurred_at).days, 0)} days",
            "The reply confirms no care relationship and repeats nothing of the review (45 CFR 164.502)",
            *notes,
        ),
        risk=Risk.HIGH if low else Risk.MEDIUM,
        states=context.states(location=review.location, provider=review.provider),
        facts={"platform": "reviews"},
    )
    return proposal, request


def _corrections(seen: _Seen, context: Context) -> Iterator[Candidate]:
    for (source, location), listing in seen.listings.items():
        if listing.fields:
            yield Candidate(200 + min(listing.views, 400), _correction(source, location, listing, context))


def _correction(source: Source, location: str, listing: _Listing, context: Context) -> Proposal:
    place = context.practice.location(location)
    right = {
        "name": place.name,
        "address": f"{place.address}, {place.city}, {place.state} {place.zip}",
        "phone": place.phone,
    }
    wrong = [name for name in CORRECTABLE if name in listing.fields]
    site = _site(source)
    return Proposal(
        kind=ActionKind.PROFILE_CORRECTION,
        channel=Channel.LISTINGS,
        subject=f"{source}:{location}",
        period=month(context.now),
        content=Content(
            title=f"Correct {', '.join(wrong)} of {place.name} on {site}",
            body="\n".join(f"{name.capitalize()}: {right[name]}" for name in wrong),
            fields={"location": location, "wrong_fields": ", ".join(wrong)},
            destination=f"{site}, listing of {place.name}, Edit profile",
        ),
        why=(
            f"The public listing differs from practice.yaml in: {', '.join(wrong)}",
            f"{listing.views:.0f} people saw the profile in the window",
        ),
        risk=Risk.LOW,
        states=(place.state,),
        facts={"platform": "reviews"},
    )


def _site(source: Source) -> str:
    return WHERE[source].split(",")[0]
