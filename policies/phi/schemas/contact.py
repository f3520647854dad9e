"""Ways people get in touch that other vendors carry: forms, tracked calls, the CRM, webinars, SMS, online scheduling.

Vendors of one kind name their fields alike but nest them differently, so these schemas accept field *names* inside known containers.
Free-text answers, recordings, transcripts and notes are never read (facts: "only the mapped closed-list fields").
"""

import re
from typing import Any

from policies.phi.registry import normal, words
from policies.phi.schemas.draft import UTM_MEDIUMS, UTM_SOURCES, Draft, Shape, drafted, joined
from policies.phi.schemas.schema import Field, Reader, Schema, Seen
from policies.phi.schemas.values import (
    USED,
    age,
    asset,
    campaign,
    flag,
    keep,
    known_line,
    language_code,
    line,
    location,
    mapped,
    npi_active,
    number,
    one_of,
    payer,
    payers,
    provider,
    seal,
    specialty,
    state,
    text,
    url,
    zip3,
)
from policies.phi.schemas.web import MIN_CALL_SECONDS
from policies.records import EngagementKind, RawEngagement, Source

CONTAINERS = words(
    """data payload body event record form form_response form_data formdata answers fields values submission response entry questions call caller
    lead person contact customer patient attendee participant registrant registration appointment booking properties traits attributes
    address consent consents utm tracking campaign object message webinar hidden name rawRequest raw_request"""
)


def _named(field: Field, *names: str) -> dict[str, Field]:
    return dict.fromkeys(names, field)


TIMES = words(
    """timestamp occurred_at event_time submitted_at submittedAt created_at created createdAt create_time received_at call_time start_time
    called_at sent_at date_sent registered_at joined_at attended_at updated_at updated last_modified modified_at"""
)

_IDENTITY = {
    **_named(
        seal("email"), "email", "email_address", "emailaddress", "work_email", "e-mail", "from_email", "invitee_email", "attendee_email"
    ),
    **_named(
        seal("phone"), "phone", "phone_number", "mobile", "mobile_phone", "cell", "telephone", "caller_number", "customer_phone_number"
    ),
    **_named(seal("phone"), "callernum", "caller_id", "from", "from_number"),
    **_named(seal("first"), "first_name", "fname", "given_name", "first"),
    **_named(seal("last"), "last_name", "lname", "family_name", "surname", "last"),
    **_named(seal("name"), "name", "full_name", "customer_name", "patient_name", "caller_name", "contact_name"),
    **_named(seal("organisation"), "organisation", "organization", "company", "company_name", "practice_name"),
    **_named(seal("user"), "user_id", "contact_id", "lead_id", "vid"),
    **_named(seal("npi"), "npi", "npi_number"),
    **_named(seal("partner_email"), "partner_email"),
    **_named(seal("partner_phone"), "partner_phone"),
}
_FIT = {
    **_named(keep("state", state), "state", "region", "province", "customer_state", "calling_state", "from_state", "mailing_state"),
    **_named(keep("zip3", zip3), "zip", "zip_code", "postal_code", "postcode", "zip3", "customer_zip", "from_zip", "mailing_postal_code"),
    **_named(keep("age", age), "age", "patient_age"),
    **_named(
        keep("payer", payer), "insurance", "payer", "insurance_provider", "insurance_carrier", "carrier", "insurance_plan", "plan_type"
    ),
    **_named(keep("line", line), "service_line", "service", "department", "service_type", "treatment", "interest", "procedure"),
    **_named(keep("location", location), "location", "office", "clinic", "preferred_location", "site", "location_name"),
    **_named(keep("provider", provider), "provider", "doctor", "physician", "provider_name", "practitioner"),
    **_named(keep("consent_email", flag), "consent_email", "email_consent", "email_opt_in", "opt_in_email", "newsletter"),
    **_named(keep("consent_sms", flag), "consent_sms", "sms_consent", "sms_opt_in", "opt_in_sms", "text_consent"),
    **_named(keep("consent_household", flag), "consent_household", "household_consent", "household_opt_in"),
    **_named(keep("language", language_code), "language", "locale", "lang", "preferred_language"),
    **_named(keep("specialty_match", specialty), "specialty"),
    **_named(keep("independent", flag), "independent"),
    **_named(keep("payer_overlap", payers), "accepts_payers", "networks"),
    **_named(keep("npi_active", npi_active), "npi_active", "npi_status"),
}
_ORIGIN = {
    **_named(keep("campaign", campaign), "campaign", "campaign_name", "campaign_id", "utm_campaign", "formatted_tracking_source"),
    **_named(keep("utm_source", one_of(*UTM_SOURCES)), "utm_source", "source", "source_name"),
    **_named(keep("utm_medium", one_of(*UTM_MEDIUMS)), "utm_medium", "medium"),
    **_named(
        url("url"), "page_url", "landing_page", "landing_page_url", "landing_url", "url", "page", "path", "page_path", "last_requested_url"
    ),
}
_COMMON = {**_named(USED, *TIMES), **_IDENTITY, **_FIT, **_ORIGIN}
_YEAR_SECONDS = number(0, 86_400, digits=0)

_FORM_WORDS = (
    (re.compile(r"guide|checklist|download|ebook"), EngagementKind.GUIDE_DOWNLOAD),
    (re.compile(r"refer"), EngagementKind.REFERRAL_FORM),
    (re.compile(r"peer"), EngagementKind.PEER_CALL_REQUEST),
    (re.compile(r"appointment|consult|schedul|booking|cita"), EngagementKind.APPOINTMENT_REQUEST),
    (re.compile(r"callback|callme|contact|llam"), EngagementKind.CALLBACK_REQUEST),
    (re.compile(r"webinar|seminar"), EngagementKind.WEBINAR_REGISTERED),
    (re.compile(r"symptom|quiz|assessment"), EngagementKind.SYMPTOM_CHECK_FINISHED),
    (re.compile(r"career|job"), EngagementKind.CAREERS_PAGE),
)


def _form_kind(value: Any, reader: Reader) -> EngagementKind | None:
    """What a form is for, by the words of its name; the name itself is not kept."""
    word = normal(value) if isinstance(value, str) and len(value) <= 200 else ""
    return next((kind for pattern, kind in _FORM_WORDS if pattern.search(word)), None)


def _schema(extra: dict[str, Field]) -> Schema:
    return Schema(names={**_COMMON, **extra}, inside=CONTAINERS)


FORM = _schema(_named(keep("kind", _form_kind), "form", "form_name", "form_type", "form_title", "type", "event", "event_type", "title"))


def build_form(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    return drafted(seen.values.get("kind", EngagementKind.IDENTIFY), seen, reader.registry)


CALL = _schema(
    {
        **_named(keep("duration_s", _YEAR_SECONDS), "duration", "duration_seconds", "talk_time"),
        **_named(keep("answered", flag), "answered", "is_answered"),
        **_named(keep("direction", one_of("inbound", "outbound")), "direction"),
        **_named(keep("first_call", flag), "first_call", "is_first_call"),
        **_named(
            keep("answered", mapped({"completed": True, "answered": True, "missed": False, "voicemail": False, "abandoned": False})),
            "status",
        ),
    }
)


def build_call(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    """A call counts from 90 s on, answered and inbound; a shorter one only tells us of the caller."""
    values = seen.values
    is_talk = (
        values.get("duration_s", 0) >= MIN_CALL_SECONDS and values.get("answered") is not False and values.get("direction") != "outbound"
    )
    draft = drafted(EngagementKind.TRACKED_CALL if is_talk else EngagementKind.IDENTIFY, seen, reader.registry)
    metrics = {name: float(values[name]) for name in ("duration_s", "first_call") if name in values}
    return draft.but(metrics=metrics, flags=() if is_talk else ("short_call",))


_STAGES = {name: name for name in words("subscriber lead mql sql opportunity customer recycled disqualified")} | {
    "marketingqualifiedlead": "mql",
    "salesqualifiedlead": "sql",
}
_CRM_EVENTS = {
    **dict.fromkeys(("no_show", "noshow", "missed appointment"), EngagementKind.NO_SHOW),
    **dict.fromkeys(("spam", "vendor", "solicitor", "vendor_solicitor"), EngagementKind.VENDOR_SOLICITOR),
    **dict.fromkeys(("outside_area", "out of area"), EngagementKind.OUTSIDE_AREA),
    **dict.fromkeys(("unsubscribed", "opted_out", "do_not_contact"), EngagementKind.UNSUBSCRIBE),
    **dict.fromkeys(("appointment_requested",), EngagementKind.APPOINTMENT_REQUEST),
    **dict.fromkeys(("callback_requested",), EngagementKind.CALLBACK_REQUEST),
}
CRM = _schema(
    {
        **_named(keep("stage", mapped(_STAGES)), "lifecyclestage", "lifecycle_stage", "stage", "lead_stage"),
        **_named(
            keep("kind", mapped(_CRM_EVENTS)),
            "event",
            "event_type",
            "type",
            "status",
            "lead_status",
            "hs_lead_status",
            "reason",
            "rejection_reason",
        ),
        **_named(seal("phone"), "mobilephone"),
        **_named(keep("opted_out", flag), "hs_email_optout", "email_opt_out", "has_opted_out_of_email", "do_not_contact"),
    }
)


def build_crm(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    values = seen.values
    draft = drafted(values.get("kind", EngagementKind.IDENTIFY), seen, reader.registry)
    if values.get("opted_out") or draft.kind is EngagementKind.UNSUBSCRIBE:
        return draft.but(kind=EngagementKind.UNSUBSCRIBE, consent=draft.consent | {"email": False})
    return draft


_WEBINAR_STATUS = {
    **dict.fromkeys(
        ("registered", "registrant", "webinar.registered", "registration", "no_show", "absent"), EngagementKind.WEBINAR_REGISTERED
    ),
    **dict.fromkeys(("attended", "joined", "participant", "webinar.attended", "completed", "present"), EngagementKind.WEBINAR_ATTENDED),
}
WEBINAR = _schema(
    {
        **_named(keep("kind", mapped(_WEBINAR_STATUS)), "status", "event", "event_type", "type", "attendance"),
        **_named(keep("attended", flag), "attended"),
        **_named(
            keep("minutes", number(0, 1_440, digits=1)),
            "minutes",
            "minutes_attended",
            "duration_minutes",
            "attendance_minutes",
            "time_in_session",
        ),
        **_named(keep("asset", asset("webinar")), "webinar_id", "webinar_title", "topic", "title", "webinar"),
    }
)


def build_webinar(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    values = seen.values
    attended = values["attended"] if "attended" in values else values.get("minutes", 0) > 0
    kind = values.get("kind") or (EngagementKind.WEBINAR_ATTENDED if attended else EngagementKind.WEBINAR_REGISTERED)
    draft = drafted(kind, seen, reader.registry)
    return draft.but(object_key=values.get("asset"), metrics={"minutes": values["minutes"]} if "minutes" in values else {})


SMS = _schema(
    {
        **_named(text("text"), "body", "text", "message", "message_body"),
        **_named(keep("direction", one_of("inbound", "outbound")), "direction"),
        **_named(
            keep("kind", mapped({"opt_out": EngagementKind.UNSUBSCRIBE, "stop": EngagementKind.UNSUBSCRIBE})),
            "event",
            "event_type",
            "opt_out_type",
        ),
    }
)
_STOP = re.compile(r"\s*(?:stop|stopall|unsubscribe|cancel|end|quit|revoke|opt ?out|alto|parar|baja)\W*", re.IGNORECASE)


def build_sms(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    """A text message. The carriers' opt-out words end SMS *and* nurture mail: the person asked to be left alone (47 CFR 64.1200(a)(10))."""
    values, body = seen.values, joined(seen, "text")
    if values.get("kind") or (body and _STOP.fullmatch(body)):
        draft = drafted(EngagementKind.UNSUBSCRIBE, seen, reader.registry)
        return draft.but(consent=draft.consent | {"sms": False}, flags=("sms",))
    kind = EngagementKind.EMAIL_SENT if values.get("direction") == "outbound" else EngagementKind.EMAIL_REPLY
    draft = drafted(kind, seen, reader.registry)
    line_key = draft.service_line or (reader.registry.line_in(body) if body else None)
    return draft.but(text=body, service_line=line_key, track=draft.track or reader.registry.track(line_key), flags=("sms",))


_VISIT_STATUS = {
    **dict.fromkeys(
        ("requested", "request", "proposed", "pending", "booked", "scheduled", "confirmed", "created", "appointment_created"), "requested"
    ),
    **dict.fromkeys(("started", "incomplete", "abandoned", "in_progress"), "started"),
    **dict.fromkeys(("no_show", "noshow", "missed"), "no_show"),
    **dict.fromkeys(("arrived", "fulfilled", "completed", "checked_in", "kept"), "kept"),
    **dict.fromkeys(("cancelled", "canceled"), "cancelled"),
}
SCHEDULER = Schema(
    names={
        **_COMMON,
        **_named(keep("visit", mapped(_VISIT_STATUS)), "status", "event", "event_type", "type", "appointment_status"),
        **_named(keep("line", known_line), "display"),
    },
    inside=(*CONTAINERS, "service_type", "coding"),  # FHIR: Appointment.serviceType[].coding[].display
)
_VISIT_KINDS = {
    "requested": EngagementKind.APPOINTMENT_REQUEST,
    "started": EngagementKind.SCHEDULING_STARTED,
    "no_show": EngagementKind.NO_SHOW,
}


def build_scheduler(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    """What became of a booking. The appointment's own time is a service date and is never read."""
    visit = seen.values.get("visit", "")
    draft = drafted(_VISIT_KINDS.get(visit, EngagementKind.IDENTIFY), seen, reader.registry)
    return draft.but(attributes=draft.attributes | ({"visit": visit} if visit else {}))


SHAPES = {
    Source.FORM_VENDOR: Shape(FORM, build_form),
    Source.CALL_TRACKING: Shape(CALL, build_call),
    Source.CRM: Shape(CRM, build_crm),
    Source.WEBINAR: Shape(WEBINAR, build_webinar),
    Source.SMS: Shape(SMS, build_sms),
    Source.SCHEDULER: Shape(SCHEDULER, build_scheduler),
}
