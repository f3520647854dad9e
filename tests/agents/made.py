"""A small invented practice and its engagements, for the tests of what the agents propose."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from agents.context import Context
from policies.actions import ChannelPlan
from policies.records import Channel, Engagement, EngagementId, EngagementKind, LeadId, Score, Source, Track
from tools.practice import Practice

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

_numbers = count(1)

SOURCES = {
    EngagementKind.AD_SEARCH_TERM: (Channel.SEARCH, Source.ADS),
    EngagementKind.SEARCH_QUERY: (Channel.SEARCH, Source.SEARCH_CONSOLE),
    EngagementKind.REVIEW: (Channel.LISTINGS, Source.HEALTHGRADES),
    EngagementKind.LISTING_STATS: (Channel.LISTINGS, Source.HEALTHGRADES),
    EngagementKind.BOUNCE: (Channel.EMAIL, Source.SENDGRID),
    EngagementKind.UNSUBSCRIBE: (Channel.EMAIL, Source.SENDGRID),
    EngagementKind.SPAM_REPORT: (Channel.EMAIL, Source.SENDGRID),
    EngagementKind.VIDEO: (Channel.YOUTUBE, Source.YOUTUBE_VIDEO),
    EngagementKind.VIDEO_COMMENT: (Channel.YOUTUBE, Source.YOUTUBE_COMMENT),
    EngagementKind.VIDEO_STATS: (Channel.YOUTUBE, Source.YOUTUBE_ANALYTICS),
}


def practice(**changes: Any) -> Practice:
    """The practice; without changes always the same frozen record, since checking time zones takes milliseconds."""
    return _made(**changes) if changes else _standing()


@cache
def _standing() -> Practice:
    return _made()


def _made(**changes: Any) -> Practice:
    body: dict[str, Any] = {
        "key": "harbor",
        "organisation": {
            "name": "Harbor Care",
            "legal_name": "Harbor Care PLLC",
            "postal_address": "12 Lantern Road, Austin, TX 78704",
            "reply_to": "hello@harbor.example.com",
            "phone": "(512) 555-0100",
            "website": "https://www.harbor.example.com",
            "sender_identity_verified": True,
            "unsubscribe_url": "https://www.harbor.example.com/stop",
        },
        "timezone": "America/Chicago",
        "brands": ["Harbor Care"],
        "locations": [
            _location("austin", "Harbor Orthopaedics Austin", "TX", "(512) 555-0101"),
            _location("tampa", "Harbor Dental Tampa", "FL", "(813) 555-0101"),
        ],
        "service_lines": [
            _line("orthopaedics", "Orthopaedics", ["austin"], "/orthopaedics", ["knee", "hip"]),
            _line("dental", "Dental", ["tampa"], "/dental", ["tooth", "implant"]),
            _line("physician_liaison", "Physician liaison", ["austin"], "/for-physicians", ["referral"], track="b2b_referral"),
        ],
        "providers": [
            _provider("ana-voss", "Ana Voss", "MD", "orthopaedics", "austin", "TX"),
            _provider("bo-lind", "Bo Lind", "MD", "orthopaedics", "austin", "TX", board="American Board of Orthopaedic Surgery"),
            _provider("cy-marrow", "Cy Marrow", "DMD", "dental", "tampa", "FL"),
        ],
        "campaigns": {"Ortho A": "orthopaedics", "Ortho B": "orthopaedics"},
        "goals": [
            {"service_line": "orthopaedics", "mqls_per_30_days": 12, "max_cost_per_mql_usd": 900},
            {"service_line": "dental", "mqls_per_30_days": 10, "max_cost_per_mql_usd": 350},
        ],
        "budget": {
            "monthly_usd": 10_000,
            "by_channel_usd": {"search": 6000, "listings": 1000, "email": 1000, "youtube": 2000},
            "max_shift_share": 0.2,
        },
        "channels": {channel.value: {"sources": []} for channel in Channel},
        "destinations": {"smtp": {"host": "localhost", "sender": "hello@harbor.example.com", "baa": True}},
        "people": [{"username": "ruth", "name": "Ruth Abara, MD", "roles": ["clinical_reviewer"]}],
        "approval_policy": {"rules": []},
    }
    return Practice.model_validate(body | changes)


def _location(key: str, name: str, state: str, phone: str) -> dict[str, str]:
    place = {"city": "Austin" if state == "TX" else "Tampa", "address": "12 Lantern Road", "zip": "78704" if state == "TX" else "33606"}
    return {"key": key, "name": name, "brand": "Harbor Care", "state": state, "phone": phone, "timezone": "America/Chicago"} | place


def _line(key: str, name: str, locations: list[str], path: str, terms: list[str], track: str = "b2c_patient") -> dict[str, Any]:
    return {"key": key, "name": name, "track": track, "model": key, "locations": locations, "paths": [path], "terms": terms}


def _provider(key: str, name: str, degree: str, line: str, location: str, state: str, board: str | None = None) -> dict[str, Any]:
    where = {"service_line": line, "location": location, "states": [state]}
    return {"key": key, "name": name, "credentials": degree, "board_certification": board} | where


def act(kind: EngagementKind, *, days_ago: float = 3, **changes: Any) -> Engagement:
    channel, source = SOURCES.get(kind, (Channel.SEARCH, Source.SEGMENT))
    at = NOW - timedelta(days=days_ago)
    body = {"id": f"E-{next(_numbers):020x}", "channel": channel, "source": source, "kind": kind, "occurred_at": at, "revised_at": at}
    return Engagement.model_validate(body | changes)


def context(channel: Channel, **changes: Any) -> Context:
    limits = changes.pop("limits", {})
    given = {"practice": practice(), "now": NOW, **changes}
    given.setdefault(
        "plan",
        ChannelPlan(channel=channel, objective="test", budget_usd=6000, max_actions=changes.pop("max_actions", 50), limits=limits),
    )
    given.pop("max_actions", None)
    return Context(**given)


def score(lead: str, line: str = "orthopaedics", **changes: Any) -> Score:
    body: dict[str, Any] = {
        "lead": LeadId(lead),
        "model": f"{line}@1",
        "track": Track.B2C_PATIENT,
        "service_line": line,
        "at": NOW,
        "fit": 30.0,
        "intent": 41.6,
        "total": 71.6,
        "is_mql": True,
        "mql_since": NOW - timedelta(days=2),
        "mql_until": NOW + timedelta(days=60),
        "reasons": ("asked about prices", "viewed a clinician's profile"),
    }
    return Score.model_validate(body | changes)


def lead_of(pairs: dict[EngagementId, str]) -> Any:
    return lambda engagement: pairs.get(engagement)
