"""A model with every kind of cap, for the property tests."""

from policies.leads.model import Model


def capped_model() -> Model:
    return Model.model_validate(
        {
            "track": "b2c_patient",
            "intent_points": {"request": 40, "call": 30, "page": 10, "penalty": -30, "open": 0, "vendor": 0},
            "max_counted": {"page": 3},
            "caps": {"call": {"count": 1, "per": "window:7"}, "request": {"count": 1, "per": "day", "each": "object"}},
            "decay_per_quarter": 0.25,
            "threshold": 60,
            "f_min": 20,
            "i_min": 20,
            "hysteresis": 6,
            "recency_days": 60,
            "disqualify_events": ["vendor"],
        }
    )
