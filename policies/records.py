"""The records of the first half of the sentence: collect, scrub, store, score. `policies/actions.py` has the second half.

A record says how far along the sentence a value is. `RawEngagement` may hold PHI and lives only in the sealed zone; `Engagement` and
everything after it is clean: opaque ids, placeholders, no contact details. Knows nothing of storage, channels or the law.
"""

import json
import re
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, NewType

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

EngagementId = NewType("EngagementId", str)
LeadId = NewType("LeadId", str)
ActionId = NewType("ActionId", str)
RunId = NewType("RunId", str)
PersonId = NewType("PersonId", str)

Scalar = str | int | float | bool | None


class Record(BaseModel):
    """Frozen, closed: an unknown field is an error, a known one cannot change. Its errors never show the value that was wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Channel(StrEnum):
    SEARCH = "search"
    LISTINGS = "listings"
    EMAIL = "email"
    YOUTUBE = "youtube"


class Source(StrEnum):
    """One vendor shape. The scrubber has one versioned schema per source; a source without one is refused."""

    SEARCH_CONSOLE = "search_console"
    ADS = "ads"
    SEGMENT = "segment"
    HEALTHGRADES = "healthgrades"
    WEBMD = "webmd"
    ZOCDOC = "zocdoc"
    GOOGLE_BUSINESS = "google_business"
    SENDGRID = "sendgrid"
    IMAP = "imap"
    YOUTUBE_VIDEO = "youtube_video"
    YOUTUBE_COMMENT = "youtube_comment"
    YOUTUBE_ANALYTICS = "youtube_analytics"
    FORM_VENDOR = "form_vendor"
    CALL_TRACKING = "call_tracking"
    CRM = "crm"
    REVIEW = "review"
    YOUTUBE = "youtube"
    WEBINAR = "webinar"
    SMS = "sms"
    SCHEDULER = "scheduler"


class Track(StrEnum):
    B2C_PATIENT = "b2c_patient"
    B2B_REFERRAL = "b2b_referral"


class EngagementKind(StrEnum):
    """What was done. The scoring models name their intent events by these values."""

    APPOINTMENT_REQUEST = "appointment_request"
    CALLBACK_REQUEST = "callback_request"
    TRACKED_CALL = "tracked_call"
    SCHEDULING_STARTED = "scheduling_started"
    PRICING_PAGE = "pricing_page"
    PROVIDER_PROFILE = "provider_profile"
    LOCATION_CLICK = "location_click"
    SYMPTOM_CHECK_FINISHED = "symptom_check_finished"
    GUIDE_DOWNLOAD = "guide_download"
    WEBINAR_REGISTERED = "webinar_registered"
    WEBINAR_ATTENDED = "webinar_attended"
    LISTING_CLICK = "listing_click"
    VIDEO_HALF = "video_half"
    EMAIL_CLICK = "email_click"
    EMAIL_REPLY = "email_reply"
    SERVICE_PAGE = "service_page"
    REFERRAL_PAGE = "referral_page"
    REFERRAL_FORM = "referral_form"
    CME_ATTENDED = "cme_attended"
    PEER_CALL_REQUEST = "peer_call_request"
    LIAISON_VISIT = "liaison_visit"
    STAFF_QUESTION = "staff_question"
    UNSUBSCRIBE = "unsubscribe"
    SPAM_REPORT = "spam_report"
    BOUNCE = "bounce"
    OUTSIDE_AREA = "outside_area"
    CAREERS_PAGE = "careers_page"
    VENDOR_SOLICITOR = "vendor_solicitor"
    NO_SHOW = "no_show"
    # Observed, worth no points.
    PAGE_VIEW = "page_view"
    IDENTIFY = "identify"
    EMAIL_OPEN = "email_open"
    EMAIL_SENT = "email_sent"
    REVIEW = "review"
    LISTING_STATS = "listing_stats"
    SEARCH_QUERY = "search_query"
    AD_SEARCH_TERM = "ad_search_term"
    VIDEO = "video"
    VIDEO_STATS = "video_stats"
    VIDEO_COMMENT = "video_comment"


# --- collect


class RawEngagement(Record):
    """One record as the vendor gave it. MAY HOLD PHI: written encrypted by `collect`, read only by `scrub`, never logged or printed."""

    channel: Channel
    source: Source
    external_id: str = Field(min_length=1, repr=False)
    occurred_at: AwareDatetime
    revised_at: AwareDatetime
    payload: dict[str, Any] = Field(repr=False)


class Refusal(Record):
    """A record or file that cannot be read: goes to the dead-letter table, its payload sealed. Nothing here but `payload` may hold content.

    `whole_file` = nothing of the file could be read, so the channel's picture has a hole and it is shown as degraded.
    """

    channel: Channel
    source: Source
    file: str
    line: int | None = None
    field: str | None = None
    reason: str
    mend: str
    whole_file: bool = False
    payload: str = Field(repr=False, default="")


# --- scrub


class Label(StrEnum):
    """The 18 Safe Harbor identifiers, 45 CFR 164.514(b)(2)(i), as the product names them."""

    NAME = "NAME"
    LOCATION = "LOCATION"
    DATE = "DATE"
    AGE_OVER_89 = "AGE_OVER_89"
    PHONE = "PHONE"
    FAX = "FAX"
    EMAIL = "EMAIL"
    SSN = "SSN"
    MRN = "MRN"
    HEALTH_PLAN_ID = "HEALTH_PLAN_ID"
    ACCOUNT = "ACCOUNT"
    LICENSE = "LICENSE"
    VEHICLE = "VEHICLE"
    DEVICE_ID = "DEVICE_ID"
    URL = "URL"
    IP = "IP"
    BIOMETRIC = "BIOMETRIC"
    PHOTO = "PHOTO"
    OTHER_ID = "OTHER_ID"


class Span(Record):
    """`start`, `end` are code points of the input text, end exclusive."""

    start: int
    end: int
    label: Label


class ScrubbedText(Record):
    text: str
    spans: tuple[Span, ...] = ()


_PERSON_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ '\u2019-]|\.(?= |$)){0,39}")


def person_name(text: str | None) -> str | None:
    """`text` when it can be part of a person's name: at most 40 letters, spaces, hyphens, apostrophes and dots; otherwise None.

    Whoever fills in a web form writes what a mail will greet with: a sentence, a number or a link is no name.
    """
    plain = " ".join((text or "").split(" "))
    return plain if _PERSON_NAME.fullmatch(plain) and plain.count(" ") <= 3 else None


class Contact(Record):
    """Who to reach. Sealed zone only; a destination with a BAA resolves it at the moment of sending."""

    first_name: str | None = Field(default=None, repr=False)
    last_name: str | None = Field(default=None, repr=False)
    email: str | None = Field(default=None, repr=False)
    phone: str | None = Field(default=None, repr=False)
    organisation: str | None = Field(default=None, repr=False)


class Engagement(Record):
    """One observed act, clean. Times are aware UTC to the second; `text` is scrubbed.

    `match_keys` (of the person) and `group_keys` (of the practice or household) are keyed HMACs, never plain hashes.
    """

    id: EngagementId
    channel: Channel
    source: Source
    kind: EngagementKind
    occurred_at: AwareDatetime
    revised_at: AwareDatetime
    track: Track | None = None
    service_line: str | None = None
    location: str | None = None
    provider: str | None = None
    campaign: str | None = None
    object_key: str | None = None
    text: str | None = None
    language: str | None = None
    rating: int | None = None
    metrics: dict[str, float] = Field(default_factory=dict)
    attributes: dict[str, str] = Field(default_factory=dict)
    match_keys: tuple[str, ...] = ()
    group_keys: tuple[str, ...] = ()
    consent: dict[str, bool] = Field(default_factory=dict)
    flags: tuple[str, ...] = ()


class ScrubResult(Record):
    """What `scrub` returns for one raw engagement: the clean record (None = withheld) and, apart, what stays sealed.

    `refused` are JSON Pointers of fields dropped by default-deny; a "!json" step enters a string that held JSON.
    """

    engagement: Engagement | None
    contact: Contact | None = Field(default=None, repr=False)
    refused: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    withheld: str | None = None


# --- store, score


class Lead(Record):
    id: LeadId
    track: Track
    created_at: AwareDatetime
    attributes: dict[str, str] = Field(default_factory=dict)


class Award(NamedTuple):
    """One ledger row: points an engagement earned under one model. The score is the replay of these rows.

    No `Record`: scoring makes one per event and model, and nobody outside sends any. `rests_until` only on rows of a recycle, one per cap
    group: what the return by sales took, and until when the lead rests.
    """

    lead: LeadId
    model: str
    engagement: EngagementId
    event: str
    group: str
    weight: float
    occurred_at: datetime
    counted: bool
    object_key: str | None = None
    rests_until: datetime | None = None


class Contribution(Record):
    event_id: str
    type: str
    points_now: float


class Score(Record):
    """A lead's standing under one model at one instant. Points 0-100; `mql_until` is when it ends if nothing happens (None = not an MQL)."""

    lead: LeadId
    model: str
    track: Track
    service_line: str
    at: AwareDatetime
    fit: float
    intent: float
    total: float
    is_mql: bool
    fast_lane: bool = False
    mql_since: AwareDatetime | None = None
    mql_until: AwareDatetime | None = None
    reasons: tuple[str, ...] = ()


def canonical_json(value: Any) -> str:
    """`value` as JSON with sorted keys and no spaces: the one form that is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
