"""The practice's own website and app, in the Segment tracking spec: page, track, identify, screen, group, alias."""

from typing import Any

from policies.phi.registry import words
from policies.phi.schemas.draft import UTM_MEDIUMS, UTM_SOURCES, Draft, Shape, Withheld, drafted
from policies.phi.schemas.schema import Field, Reader, Schema, Seen
from policies.phi.schemas.values import (
    USED,
    age,
    asset,
    campaign,
    flag,
    keep,
    language_code,
    line,
    location,
    mapped,
    npi_active,
    number,
    one_of,
    payer,
    payers,
    present,
    provider,
    seal,
    specialty,
    state,
    url,
    video,
    zip3,
)
from policies.records import EngagementKind, RawEngagement, Source

MIN_CALL_SECONDS = 90  # a shorter call is a wrong number or a question of hours: MQL agreement, "Calls"
HALF_WATCHED_PERCENT = 50

EVENTS: dict[str, EngagementKind] = {
    "Appointment Requested": EngagementKind.APPOINTMENT_REQUEST,
    "Consultation Requested": EngagementKind.APPOINTMENT_REQUEST,
    "Callback Requested": EngagementKind.CALLBACK_REQUEST,
    "Form Submitted": EngagementKind.IDENTIFY,  # the form's name decides
    "Scheduling Started": EngagementKind.SCHEDULING_STARTED,
    "Guide Downloaded": EngagementKind.GUIDE_DOWNLOAD,
    "Symptom Check Finished": EngagementKind.SYMPTOM_CHECK_FINISHED,
    "Webinar Registered": EngagementKind.WEBINAR_REGISTERED,
    "Webinar Attended": EngagementKind.WEBINAR_ATTENDED,
    "Listing Clicked": EngagementKind.LISTING_CLICK,
    "Video Watched": EngagementKind.VIDEO_HALF,
    "Call Completed": EngagementKind.TRACKED_CALL,
    "Directions Clicked": EngagementKind.LOCATION_CLICK,
    "Pricing Viewed": EngagementKind.PRICING_PAGE,
    "Provider Viewed": EngagementKind.PROVIDER_PROFILE,
    "Referral Packet Requested": EngagementKind.REFERRAL_FORM,
    "Peer Call Requested": EngagementKind.PEER_CALL_REQUEST,
    "Liaison Visit Accepted": EngagementKind.LIAISON_VISIT,
    "CME Attended": EngagementKind.CME_ATTENDED,
    "Staff Question Asked": EngagementKind.STAFF_QUESTION,
    "Unsubscribed": EngagementKind.UNSUBSCRIBE,
}

FORMS: dict[str, EngagementKind] = {
    "appointment": EngagementKind.APPOINTMENT_REQUEST,
    "consultation": EngagementKind.APPOINTMENT_REQUEST,
    "callback": EngagementKind.CALLBACK_REQUEST,
    "contact": EngagementKind.CALLBACK_REQUEST,  # whoever writes to a practice expects a person to answer
    "referral": EngagementKind.REFERRAL_FORM,
    "guide": EngagementKind.GUIDE_DOWNLOAD,
    "webinar": EngagementKind.WEBINAR_REGISTERED,
    "newsletter": EngagementKind.IDENTIFY,
    "careers": EngagementKind.CAREERS_PAGE,
}


def _under(prefixes: tuple[str, ...], fields: dict[str, Field]) -> dict[str, Field]:
    return {f"{prefix}.{name}": field for prefix in prefixes for name, field in fields.items()}


_PERSON: dict[str, Field] = {
    "email": seal("email"),
    "phone": seal("phone"),
    "firstName": seal("first"),
    "lastName": seal("last"),
    "organisation": seal("organisation"),
    "organization": seal("organisation"),
    "company": seal("organisation"),
    "npi": seal("npi"),
    "partnerEmail": seal("partner_email"),
    "partnerPhone": seal("partner_phone"),
    "state": keep("state", state),
    "postalCode": keep("zip3", zip3),
    "address.state": keep("state", state),
    "address.postalCode": keep("zip3", zip3),
    "age": keep("age", age),
    "insurance": keep("payer", payer),
    "preferredLocation": keep("location", location),
    "preferredTime": keep("preferred_time", present),
    "serviceLine": keep("line", line),
    "service": keep("line", line),
    "zip": keep("zip3", zip3),
    "consentEmail": keep("consent_email", flag),
    "consentSms": keep("consent_sms", flag),
    "consentHousehold": keep("consent_household", flag),
    "specialty": keep("specialty_match", specialty),
    "independent": keep("independent", flag),
    "acceptsPayers": keep("payer_overlap", payers),
    "npiActive": keep("npi_active", npi_active),
    "language": keep("language", language_code),
    "track": keep("track", one_of("b2b_referral", "b2c_patient")),
}


_LISTINGS = one_of("healthgrades", "zocdoc", "webmd", "google", "vitals", "yelp")

SEGMENT = Schema(
    paths={
        **dict.fromkeys(words("messageId timestamp originalTimestamp sentAt receivedAt version channel"), USED),
        **dict.fromkeys(words("context.library.name context.library.version context.timezone"), USED),
        "type": keep("type", one_of("page", "track", "identify", "screen", "group", "alias")),
        "event": keep("event", mapped(EVENTS)),
        "anonymousId": seal("anon"),
        "userId": seal("user"),
        "context.locale": keep("language", language_code),
        "context.campaign.name": keep("campaign", campaign),
        "context.campaign.id": keep("campaign", campaign),
        "context.campaign.source": keep("utm_source", one_of(*UTM_SOURCES)),
        "context.campaign.medium": keep("utm_medium", one_of(*UTM_MEDIUMS)),
        **_under(
            ("context.page", "properties"),
            {"path": url("path"), "url": url("url"), "search": url("search")},
        ),
        **_under(("traits", "context.traits", "properties"), _PERSON),
        **_under(
            ("properties",),
            {
                "location": keep("location", location),
                "provider": keep("provider", provider),
                "form": keep("form", mapped(FORMS)),
                "formName": keep("form", mapped(FORMS)),
                "formType": keep("form", mapped(FORMS)),
                "guide": keep("asset", asset("guide")),
                "webinar": keep("asset", asset("webinar")),
                "tool": keep("asset", asset("tool")),
                "videoId": keep("video", video),
                "percent": keep("percent", number(0, 100)),
                "listing": keep("listing", _LISTINGS),
                "durationSeconds": keep("duration_s", number(0, 86_400, digits=0)),
                "answered": keep("answered", flag),
                "value": keep("value_usd", number(0, 100_000, digits=2)),
            },
        ),
    }
)


def build_segment(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    values = seen.values
    draft = drafted(_kind(values), seen, reader.registry)
    metrics = {name: values[name] for name in ("percent", "duration_s", "value_usd") if name in values}
    object_key = values.get("video") or values.get("asset") or values.get("listing") or draft.object_key
    return draft.but(metrics=metrics, object_key=object_key)


def _kind(values: dict[str, Any]) -> EngagementKind:
    match values.get("type"):
        case "page":
            seen_page = values.get("path") or values.get("url")
            return seen_page.match.kind if seen_page else EngagementKind.PAGE_VIEW
        case "screen":
            return EngagementKind.PAGE_VIEW
        case "identify" | "group" | "alias":
            return EngagementKind.IDENTIFY
        case "track" if "event" in values:
            return _tracked(values["event"], values)
        case "track":
            raise Withheld("the event's name is not in the schema")
    raise Withheld("the message's type is not in the schema")


def _tracked(kind: EngagementKind, values: dict[str, Any]) -> EngagementKind:
    if kind is EngagementKind.IDENTIFY:
        form: EngagementKind = values.get("form", kind)
        return form
    if kind is EngagementKind.TRACKED_CALL and (values.get("duration_s", 0) < MIN_CALL_SECONDS or values.get("answered") is False):
        return EngagementKind.IDENTIFY
    if kind is EngagementKind.VIDEO_HALF and values.get("percent", 0) < HALF_WATCHED_PERCENT:
        return EngagementKind.IDENTIFY
    return kind


SHAPES = {Source.SEGMENT: Shape(SEGMENT, build_segment)}
