"""Who may record which proof. Knows the keys' owners; which rules a key clears is the catalogue's to say."""

from functools import lru_cache

_ALWAYS = ("compliance", "admin")


_PRIVACY = frozenset(
    {
        "affirmative_express_consent_specific",
        "authorization_states_remuneration",
        "authorization_states_sale",
        "baa_permitted_purpose",
        "breach_assessment_opened",
        "expert_determination",
        "expert_report_current",
        "hbnr_notice_sent",
        "hipaa_authorization",
        "meta_restriction_level_ok",
        "mhmda_consent_share",
        "mhmda_sale_authorization_le_1y",
        "nv_consent_share",
        "page_topic_suppressed",
        "part2_written_consent",
        "privacy_claim_verified",
        "privacy_officer_signoff",
        "recipient_in_expert_scope",
        "recipient_warned_prefers_unencrypted",
        "state_health_data_consent",
        "tx_permission",
        "verifiable_parental_consent",
    }
)
_CLINICAL = frozenset(
    {
        "board_cert_verified_recognized",
        "board_full_name_present",
        "clinical_reviewer_signed",
        "clinician_profile_linked",
        "comparable_presentation",
        "credential_override_verified",
        "currently_prescribed_or_lapsed_le_90d",
        "dental_specialty_verified",
        "expertise_matches_claim",
        "fair_balance_present",
        "fda_status_verified",
        "guideline_citation",
        "license_verified",
        "licensed_human_reviewed",
        "licensed_reviewer_attested",
        "own_patient_photo",
        "procedure_named",
        "substantiation_rct",
        "substantiation_record",
        "substantiation_typical",
        "typical_results_disclosure",
    }
)


ABOUT_ONE = frozenset(
    {
        "affirmative_express_consent_specific",
        "authorization_states_remuneration",
        "authorization_states_sale",
        "clinical_reviewer_signed",
        "currently_prescribed_or_lapsed_le_90d",
        "face_to_face",
        "hipaa_authorization",
        "licensed_human_reviewed",
        "mhmda_consent_share",
        "mhmda_sale_authorization_le_1y",
        "nv_consent_share",
        "own_patient_photo",
        "part2_written_consent",
        "recipient_warned_prefers_unencrypted",
        "tcpa_express_consent_nonmarketing",
        "tcpa_written_consent",
        "verifiable_parental_consent",
    }
)
"""Proofs about one person or one text. None of them can stand for a whole practice: one patient's authorization is nobody else's."""


ABOUT_TEXT = frozenset(
    {
        "authorization_states_remuneration",
        "authorization_states_sale",
        "clinical_reviewer_signed",
        "face_to_face",
        "hipaa_authorization",
        "licensed_human_reviewed",
        "own_patient_photo",
    }
)
"""Of those, proofs about the very words of an item, and whoever is told of in them: they hold for one item and fall with the next edit."""


def may_record(key: str) -> tuple[str, ...]:
    """The roles that may record evidence of this key, its owner first."""
    if key in _PRIVACY:
        return ("privacy_officer", *_ALWAYS)
    if key in _CLINICAL:
        return ("clinical_reviewer", *_ALWAYS)
    return _ALWAYS


@lru_cache(maxsize=1024)
def who_may_clear(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Every role that may record at least one of the keys; empty = nothing clears it."""
    return tuple(dict.fromkeys(role for key in keys for role in may_record(key)))
