"""Facts a text shows by itself: "upload the emails of everyone who booked an HIV test" is a customer list built on health, whether or not a caller says so.

Rules that rest on facts alone then read such a text as they read a form. What the caller states about the same fact counts instead.
"""

from typing import Any, NamedTuple

from policies.actions import ItemKind

_COPY = frozenset({ItemKind.AD_COPY, ItemKind.EMAIL, ItemKind.WEB_PAGE, ItemKind.VIDEO_METADATA, ItemKind.LISTING})


class Shown(NamedTuple):
    """When `detector` hits in an item of one of `kinds`, the item is read as if it stated `facts`."""

    detector: str
    kinds: frozenset[ItemKind]
    facts: dict[str, Any]


SHOWN: tuple[Shown, ...] = (
    Shown(
        "audience_built_on_health",
        frozenset({ItemKind.AUDIENCE}),
        {"google_campaign_health": True, "audience_kind": "your_data", "targets_person": True, "has_user_identifier": True},
    ),
    Shown(
        "fence_around_care",
        frozenset({ItemKind.AUDIENCE, ItemKind.AD_COPY, ItemKind.OUTBOUND_EVENT}),
        {"geo_target_type": "radius", "near_health_facility": True, "radius_ft": 0},
    ),
    Shown(
        "patient_data_passed_on",
        frozenset({ItemKind.HANDOFF, ItemKind.VENDOR, ItemKind.EMAIL, ItemKind.OUTBOUND_EVENT, ItemKind.ENGAGEMENT_RECORD}),
        {"contains_phi": True, "handoff_fields": ["free_text"]},
    ),
    Shown(
        "named_person_with_care",
        frozenset({ItemKind.HANDOFF, ItemKind.ENGAGEMENT_RECORD}),
        {"contains_phi": True, "handoff_fields": ["free_text"]},
    ),
    # An event or list without a destination may go to Meta, whose rule on names is the strictest.
    Shown("name_reveals_a_condition", frozenset({ItemKind.OUTBOUND_EVENT, ItemKind.AUDIENCE}), {"destination": "meta"}),
    Shown("vendor_without_agreement", frozenset({ItemKind.VENDOR}), {"contains_phi": True, "vendor_baa": False}),
    Shown(
        "record_kept_too_short",
        frozenset({ItemKind.SYSTEM_RECORD, ItemKind.EMAIL, ItemKind.PAYMENT}),
        {"record_class": "policy", "retention_years": 0},
    ),
    Shown(
        "tracker_behind_login",
        frozenset({ItemKind.OUTBOUND_EVENT, ItemKind.WEB_PAGE}),
        {"page_authenticated": True, "tracker_present": True},
    ),
    Shown(
        "patient_data_for_value",
        frozenset({ItemKind.HANDOFF, ItemKind.PAYMENT, ItemKind.OUTBOUND_EVENT}),
        {"contains_phi": True, "received_value_for_data": True},
    ),
    Shown("undisclosed_connection", _COPY | {ItemKind.REVIEW_REQUEST}, {"endorser_received_value": True, "connection_disclosed": False}),
    Shown("user_data_to_ad_platform", frozenset({ItemKind.OUTBOUND_EVENT, ItemKind.AUDIENCE}), {"has_user_identifier": True}),
    Shown("renewing_membership", _COPY | {ItemKind.OFFER_INCENTIVE}, {"takes_payment": True}),
    Shown("list_without_consent", frozenset({ItemKind.SMS_CALL}), {"purpose": "marketing", "automated": True}),
    Shown("optout_ignored", frozenset({ItemKind.SMS_CALL}), {"revoked": True}),
    Shown("optout_ignored", frozenset({ItemKind.EMAIL}), {"purpose": "marketing", "recipient_suppressed": True}),
    Shown("optout_obstructed", frozenset({ItemKind.EMAIL}), {"purpose": "marketing", "optout_ok": False}),
    Shown("optout_obstructed", frozenset({ItemKind.SMS_CALL}), {"revoked": True}),
    Shown("artificial_voice", frozenset({ItemKind.SMS_CALL}), {"voice_kind": "ai"}),
    Shown("call_at_a_quiet_hour", frozenset({ItemKind.SMS_CALL}), {"purpose": "marketing", "recipient_local_hour": 22}),
    Shown("deceptive_subject", frozenset({ItemKind.EMAIL}), {"purpose": "marketing"}),
    Shown("sender_disguised", frozenset({ItemKind.EMAIL}), {"sender_identity_verified": False}),
    Shown("ai_as_clinician", frozenset({*_COPY, ItemKind.SMS_CALL, ItemKind.REVIEW_REPLY}), {"ai_generated": True}),
    Shown(
        "medical_review_is_old",
        frozenset({ItemKind.WEB_PAGE, ItemKind.VIDEO_METADATA}),
        {"ymyl_topic": True, "review_age_over_limit": True},
    ),
)
