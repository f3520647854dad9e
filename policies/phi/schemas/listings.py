"""Listing sites: reviews and profile counts of Healthgrades, WebMD, Zocdoc and Google Business. The reviewer's name is never read."""

from typing import Any

from policies.phi.registry import normal
from policies.phi.schemas.draft import Draft, Shape, drafted, joined
from policies.phi.schemas.schema import Field, Reader, Schema, Seen
from policies.phi.schemas.values import (
    USED,
    count,
    e164,
    keep,
    language_code,
    location,
    one_of,
    present,
    provider,
    rating,
    seal,
    state,
    text,
)
from policies.records import EngagementKind, RawEngagement, Source, Track

# One word per idea, with the synonyms the sites' exports use for it. `tools/channels/listings.py` finds ids and dates by the same table.
COLUMNS: dict[str, tuple[str, ...]] = {
    "review_id": ("review_id", "id", "reviewId"),
    "review_url": ("review_url", "url"),
    "review_date": ("review_date", "submitted", "date", "published", "createTime"),
    "edited_at": ("edited_at", "updated_at", "updateTime", "last_edited"),
    "provider": ("provider_name", "provider", "doctor", "professional"),
    "npi": ("npi",),
    "location": ("location", "practice_location", "office", "listed_for"),
    "rating": ("rating", "stars", "overall_rating", "starRating"),
    "title": ("title", "headline"),
    "text": ("review_text", "comment", "body", "text", "review", "content"),
    "reply": ("response_text", "reply", "response"),
    "replied_at": ("response_date", "replied_on"),
    "period_start": ("period_start",),
    "period_end": ("period_end",),
}
COUNTS = ("profile_views", "phone_clicks", "website_clicks", "appointment_requests")
LISTED = ("listed_name", "listed_address", "listed_phone")


def _fields() -> dict[str, Field]:
    known: dict[str, Field] = {
        **dict.fromkeys(("review_id", "review_url", "review_date", "edited_at", "replied_at", "period_start", "period_end"), USED),
        "provider": keep("provider", provider),
        "npi": keep("provider", provider),
        "location": keep("location", location),
        "rating": keep("rating", rating),
        "title": text("title"),
        "text": text("text"),
        "reply": keep("has_reply", present),
    }
    fields = {synonym: field for name, field in known.items() for synonym in COLUMNS[name]}
    fields |= {name: keep(name, rating) for name in ("bedside_rating", "wait_time_rating")}
    fields |= {name: keep(name, count) for name in COUNTS}
    # What the public page shows is only ever compared with what the practice publishes; the text itself stays sealed.
    fields |= {name: seal(name) for name in LISTED}
    fields["status"] = keep("status", one_of("published", "pending", "removed", "flagged"))
    return fields


REVIEW_FILE = Schema(paths=_fields())

GOOGLE = Schema(
    paths={
        **dict.fromkeys(("name", "reviewId", "createTime", "updateTime"), USED),
        "starRating": keep("rating", rating),
        "comment": text("text"),
        "reviewReply.comment": keep("has_reply", present),
        "reviewReply.updateTime": USED,
        "location": keep("location", location),
    }
)

REVIEW = Schema(
    names={
        **_fields(),
        "score": keep("rating", rating),
        "state": keep("state", state),
        "language": keep("language", language_code),
        "source": keep("site", one_of("healthgrades", "webmd", "zocdoc", "google", "vitals", "yelp")),
        "platform": keep("site", one_of("healthgrades", "webmd", "zocdoc", "google", "vitals", "yelp")),
        **dict.fromkeys(("created_at", "created", "timestamp"), USED),
    },
    inside=("review", "data", "attributes", "payload", "reviewReply", "ratings"),
)


def build_review(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    """A review, or the week's counts of a profile when the row has no rating and no text but counts."""
    values = seen.values
    counts = {name: values[name] for name in COUNTS if name in values}
    if counts and "rating" not in values and not seen.texts:
        return _stats(counts, seen, reader)
    draft = drafted(EngagementKind.REVIEW, seen, reader.registry)
    words = joined(seen, "title", "text")
    attributes = {"has_reply": "yes" if values.get("has_reply") else "no"}
    attributes |= {name: str(values[name]) for name in ("bedside_rating", "wait_time_rating", "status", "site", "state") if name in values}
    line = draft.service_line or (reader.registry.line_in(words, track=Track.B2C_PATIENT) if words else None)
    return draft.but(
        rating=values.get("rating"),
        text=words,
        service_line=line,
        track=draft.track or reader.registry.track(line),
        attributes=attributes,
        flags=("edited",) if raw.revised_at > raw.occurred_at else (),
    )


def _stats(counts: dict[str, Any], seen: Seen, reader: Reader) -> Draft:
    draft = drafted(EngagementKind.LISTING_STATS, seen, reader.registry)
    attributes = {}
    if draft.location and LISTED[0] in seen.sealed:
        site = reader.registry.site(draft.location)
        published = {"listed_name": normal(site.name), "listed_address": normal(site.address), "listed_phone": site.phone}
        for name, ours in published.items():
            if (shown := seen.sealed.get(name)) and ours:
                same = (e164(shown) if name == "listed_phone" else normal(shown)) == ours
                attributes[name] = "matches" if same else "differs"
    return draft.but(metrics=counts, attributes=attributes, object_key=draft.location)


SHAPES = {
    Source.HEALTHGRADES: Shape(REVIEW_FILE, build_review),
    Source.WEBMD: Shape(REVIEW_FILE, build_review),
    Source.ZOCDOC: Shape(REVIEW_FILE, build_review),
    Source.GOOGLE_BUSINESS: Shape(GOOGLE, build_review),
    Source.REVIEW: Shape(REVIEW, build_review),
}
