"""What a lead may never be scored by, whatever it is called in a file. Knows words, not leads."""

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

_PLURALS = {"conditions": "condition", "diagnoses": "diagnosis", "medications": "medication", "disabilities": "disability"}


def forbidden_in(name: str) -> str | None:
    """The forbidden feature that `name` is or contains as words ("Patient-Diagnosis", "race_code", "symptoms_knee"), or None."""
    if name in FACTS_ONLY:
        return None
    words = [_PLURALS.get(word, word) for word in "".join(c if c.isalnum() else " " for c in name.lower()).split()]
    spelled = f"_{'_'.join(words)}_"
    return min((feature for feature in FORBIDDEN_FEATURES if f"_{feature}_" in spelled), key=lambda one: (-len(one), one), default=None)
