"""Models and awards for the pure scoring tests."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies.leads.model import Model
from policies.leads.score import weight_of
from policies.records import Award, EngagementId, LeadId

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)

CONTRACT: dict[str, Any] = {
    "track": "b2c_patient",
    "fit_weights": {"in_area": {"yes": 12}, "payer": {"accepted": 8, "*": 3}},
    "fit_cap": 40,
    "intent_points": {"request": 60, "call": 30, "page": 10, "penalty": -30, "open": 0},
    "max_counted": {"page": 3},
    "intent_cap": 60,
    "total_cap": 100,
    "decay_per_quarter": 0.25,
    "threshold": 60,
    "f_min": 20,
    "i_min": 25,
    "hysteresis": 0,
    "recency_days": 0,
    "disqualify_events": ["vendor"],
}


@pytest.fixture
def make_model() -> Callable[..., Model]:
    return lambda **changes: Model.model_validate(CONTRACT | changes)


@pytest.fixture
def make_award() -> Callable[..., Award]:
    def make(model: Model, event: str, day: float, *, name: str = "", object_key: str | None = None) -> Award:
        group, weight = weight_of(model, event)
        return Award(
            lead=LeadId("L-1"),
            model=model.id,
            engagement=EngagementId(name or f"{event}@{day}"),
            event=event,
            group=group,
            weight=weight,
            occurred_at=DAY_0 + timedelta(days=day),
            counted=True,
            object_key=object_key,
        )

    return make
