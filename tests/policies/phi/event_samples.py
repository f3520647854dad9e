"""One good payload of every source, the practice they are read against, and short ways to scrub them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from policies.phi.events import CHANNELS, scrub_engagement
from policies.phi.registry import LineFacts, LocationFacts, ProviderFacts, Registry
from policies.phi.scrub import Scrubber
from policies.records import RawEngagement, ScrubResult, Source, Track
from tools.keys import KeyRing
from tools.packs.phi import load_lexicon

EXAMPLES = Path(__file__).parents[3] / "examples" / "practice"


AT = datetime(2026, 2, 27, 15, 4, 5, 678900, tzinfo=UTC)


RING = KeyRing(active="k1", match="k1", keys={"k1": bytes(32)})


SCRUBBER = Scrubber(load_lexicon(), allow=("Priya Halvorsen", "Cedar Clinic Austin"))


REGISTRY = Registry(
    lines=(
        LineFacts(
            key="orthopaedics", name="Orthopaedics", track=Track.B2C_PATIENT, paths=("/knee", "/knee/replacement"), terms=("knee", "hip")
        ),
        LineFacts(key="dental", name="Dental", track=Track.B2C_PATIENT, paths=("/dental",), terms=("tooth", "implant")),
        LineFacts(key="liaison", name="Referrals", track=Track.B2B_REFERRAL, paths=("/for-physicians",), terms=("referral",)),
    ),
    locations=(
        LocationFacts(key="austin", name="Cedar Clinic Austin", state="TX", phone="+15125550101", address="400 Cedar Road"),
        LocationFacts(key="tampa", name="Cedar Clinic Tampa", state="FL", phone="+18135550101", address="75 Heron Way"),
    ),
    providers=(
        ProviderFacts(
            key="priya-halvorsen",
            name="Priya Halvorsen",
            credentials="MD",
            npi="1234567893",
            service_line="orthopaedics",
            location="austin",
        ),
    ),
    campaigns={"Knee Search TX": "orthopaedics", "771": "dental"},
    payers=("Bluebird PPO",),
    zip3=("787",),
    specialties=("Family Medicine",),
)


GOOD: dict[Source, dict[str, Any]] = {
    Source.SEGMENT: {
        "type": "track",
        "event": "Appointment Requested",
        "messageId": "m-1",
        "anonymousId": "an-1",
        "userId": "us-1",
        "timestamp": "2026-02-27T15:04:05Z",
        "context": {
            "ip": "192.0.2.7",
            "userAgent": "Agent/1",
            "locale": "es-US",
            "page": {"path": "/knee/replacement", "url": "https://www.example.com/knee?x=1", "referrer": "https://www.example.net/"},
            "campaign": {"name": "Knee Search TX", "source": "google", "medium": "cpc", "term": "knee pain"},
        },
        "properties": {"location": "austin", "provider": "priya-halvorsen", "message": "call me", "value": 12.5},
        "traits": {
            "email": "someone@example.com",
            "phone": "(512) 555-0199",
            "firstName": "Some",
            "lastName": "One",
            "address": {"city": "Austin", "state": "TX", "postalCode": "78701"},
            "insurance": "Bluebird PPO",
            "consentEmail": True,
            "age": 93,
        },
    },
    Source.SENDGRID: {
        "email": "someone@example.com",
        "event": "click",
        "timestamp": 1772204645,
        "sg_event_id": "e-1",
        "sg_message_id": "g-1.f",
        "url": "https://www.example.com/dental?u=someone",
        "category": ["nurture", "Knee Search TX"],
        "ip": "192.0.2.7",
        "reason": "550 someone@example.com unknown",
    },
    Source.FORM_VENDOR: {
        "form_response": {
            "form_name": "Request an appointment",
            "submitted_at": "2026-02-27T15:04:05Z",
            "answers": [
                {"field": "email", "value": "someone@example.com"},
                {"field": "state", "value": "Texas"},
                {"field": "zip", "value": "78701-1234"},
                {"field": "service", "value": "Knee"},
                {"field": "symptoms", "value": "pain since my fall"},
            ],
        }
    },
    Source.CALL_TRACKING: {
        "id": "CAL1",
        "start_time": "2026-02-27T15:04:05Z",
        "duration": 180,
        "answered": True,
        "customer_phone_number": "+15125550199",
        "customer_name": "SOME ONE",
        "campaign": "Knee Search TX",
        "transcription": "hello",
        "recording": "https://example.com/r/1",
    },
    Source.CRM: {
        "id": "9",
        "updated_at": "2026-02-27T15:04:05Z",
        "properties": {"email": "someone@example.com", "lifecyclestage": "lead", "state": "FL", "notes": "likes tennis", "zip": "33602"},
    },
    Source.REVIEW: {
        "source": "google",
        "review": {"text": "Great knee care", "rating": "4/5", "reviewer_name": "Some One", "provider": "Priya Halvorsen, MD"},
        "created_at": "2026-02-27T15:04:05Z",
    },
    Source.YOUTUBE: {
        "video_id": "aB3dE5gH7jK",
        "publishedAt": "2026-02-27T15:04:05Z",
        "snippet": {"textOriginal": "My tooth hurts", "authorDisplayName": "@some", "likeCount": 3},
    },
    Source.ADS: {
        "searchTermView": {"searchTerm": "knee surgeon austin", "resourceName": "customers/1/searchTermViews/2", "status": "NONE"},
        "campaign": {"name": "Knee Search TX", "id": "3"},
        "metrics": {"clicks": "12", "impressions": "240", "costMicros": "30500000", "conversions": 1.0},
        "segments": {"date": "2026-02-27"},
    },
    Source.WEBINAR: {"registrant": {"email": "someone@example.com", "webinar_title": "Knees", "status": "attended", "minutes": 41}},
    Source.SMS: {"from": "+15125550199", "body": "Is the knee class on?", "direction": "inbound", "timestamp": "2026-02-27T15:04:05Z"},
    Source.SCHEDULER: {
        "appointment": {"status": "booked", "start": "2026-03-19T09:30:00Z", "service_type": "Dental", "created": "2026-02-27T15:04:05Z"},
        "patient": {"email": "someone@example.com", "dob": "1948-03-29"},
    },
    Source.SEARCH_CONSOLE: {
        "date": "2026-02-27",
        "query": "knee pain stairs",
        "page": "https://www.example.com/knee",
        "country": "usa",
        "device": "MOBILE",
        "clicks": 3,
        "impressions": 90,
        "ctr": 0.0333,
        "position": 7.251,
    },
    Source.HEALTHGRADES: {
        "Review ID": "h1",
        "Provider Name": "Priya Halvorsen, MD",
        "Location": "Cedar Clinic Austin",
        "Review Date": "02/27/2026",
        "Rating": "5",
        "Title": "Kind",
        "Review Text": "The knee team was kind to me.",
        "Reviewer Name": "Some One",
        "Response Text": "Thank you",
    },
    Source.WEBMD: {"id": "w1", "stars": "1", "comment": "Long wait", "author": "Some One", "submitted": "2026-02-27 10:00", "reply": ""},
    Source.ZOCDOC: {
        "review_url": "https://example.com/r/1",
        "overall_rating": "3.0",
        "body": "Fine",
        "patient": "Some O.",
        "bedside_rating": "4",
    },
    Source.GOOGLE_BUSINESS: {
        "reviewId": "g1",
        "starRating": "TWO",
        "comment": "La doctora fue muy amable pero la espera fue larga",
        "reviewer": {"displayName": "Some One"},
        "reviewReply": {"comment": "Gracias"},
    },
    Source.IMAP: {
        "message_id": "<1@example.com>",
        "from": {"name": "Some One", "address": "Someone@Example.com"},
        "subject": "Re: your knee",
        "body": "Can I come on a Saturday?\n> On Monday we wrote",
        "date": "2026-02-27T15:04:05+00:00",
    },
    Source.YOUTUBE_VIDEO: {
        "id": "aB3dE5gH7jK",
        "snippet": {
            "title": "Knee replacement",
            "description": "Author: Priya Halvorsen, MD.\nMedically reviewed by Priya Halvorsen, MD on May 1, 2025.",
        },
        "statistics": {"viewCount": "1200", "likeCount": "8"},
    },
    Source.YOUTUBE_COMMENT: {
        "snippet": {
            "videoId": "aB3dE5gH7jK",
            "channelId": "UCown",
            "topLevelComment": {
                "id": "c1",
                "snippet": {"textOriginal": "Is the implant painful?", "authorDisplayName": "@some", "likeCount": 2},
            },
        },
        "replies": {"comments": [{"snippet": {"authorChannelId": {"value": "UCown"}}}]},
    },
    Source.YOUTUBE_ANALYTICS: {"day": "2026-02-27", "video": "aB3dE5gH7jK", "views": 31, "averageViewPercentage": 44.5},
}


def scrub(source: Source, payload: dict[str, Any], registry: Registry = REGISTRY) -> ScrubResult:
    raw = RawEngagement(channel=CHANNELS[source], source=source, external_id="x", occurred_at=AT, revised_at=AT, payload=payload)
    return scrub_engagement(raw, natural_key="n1", registry=registry, scrubber=SCRUBBER, match_key=RING.match_key)


def clean(source: Source, payload: dict[str, Any]) -> dict[str, Any]:
    result = scrub(source, payload)
    assert result.engagement is not None
    return result.engagement.model_dump(mode="json")


def visible(result: ScrubResult) -> str:
    """Everything of a result that leaves the sealed zone."""
    return result.model_dump_json(exclude={"contact"}).casefold()
