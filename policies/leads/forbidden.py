"""What a lead may never be scored by, whatever it is called in a file. Knows words, not leads."""

import re
from functools import lru_cache

FORBIDDEN_FEATURES = frozenset(
    {
        # Health content may not steer marketing (45 CFR 164.508(a)(3)); the fact that a self-check was finished is an event, its answers are not.
        *("condition", "diagnosis", "insurance_claim", "insurance_claims", "medication", "query_text", "symptom", "symptoms"),
        # Protected traits, 45 CFR 92.101.
        *(
            "age",
            "color",
            "colour",
            "disability",
            "ethnicity",
            "gender",
            "national_origin",
            "race",
            "religion",
            "sex",
            "sexual_orientation",
        ),
        # The value of referrals may not decide whom anything of value is given to (42 U.S.C. 1320a-7b(b)).
        *("referral_count", "referral_revenue", "referral_value", "referral_volume"),
    }
)

FACTS_ONLY = frozenset({"symptom_check_finished"})
"""Events whose name holds a forbidden word but not its content: that a self-check was finished says nothing of its answers."""

_SPELLINGS = {
    **dict.fromkeys(("dob", "birth_date", "birthdate", "birthday", "date_of_birth", "year_of_birth", "birth_year"), "age"),
    **dict.fromkeys(("diagnoses", "icd", "icd10", "icd_10"), "diagnosis"),
    **dict.fromkeys(("search_query", "search_term", "search_terms", "query"), "query_text"),
    **dict.fromkeys(("medications", "drug", "prescription"), "medication"),
    **dict.fromkeys(("conditions",), "condition"),
    **dict.fromkeys(("referrals", "referral_volumes", "referrals_count", "number_of_referrals"), "referral_volume"),
}
"""Other usual names of forbidden features."""


def words_of(name: str) -> str:
    """A name in lower snake case: "LastCallAt", "last call-at" -> last_call_at."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


@lru_cache(maxsize=4096)  # the same names are looked at whenever a model is read
def forbidden_in(name: str) -> str | None:
    """The forbidden feature that `name` is or holds as whole words ("Patient Age" is age, "page" is not; "race_code", "ICD10"), or None."""
    if name in FACTS_ONLY:
        return None
    padded = f"_{words_of(name)}_"
    for feature in sorted(FORBIDDEN_FEATURES):
        if f"_{feature}_" in padded:
            return feature
    return next((feature for spelling, feature in sorted(_SPELLINGS.items()) if f"_{spelling}_" in padded), None)
