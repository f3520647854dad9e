"""Limits of money and time: at the figure, one step over it, and in a year nobody has published."""

from functools import cache
from typing import Any

import pytest

from policies.rules.limits import Limits, msib_over_cap, offer_over_limit, outside_state_window, review_age_over_limit, stark_ytd_over_cap
from tools.packs.rules import load_catalogue


@cache
def limits() -> Limits:
    return load_catalogue().limits


@pytest.mark.parametrize(
    ("facts", "over"),
    [
        ({}, None),
        ({"offer_value_usd": 15}, False),
        ({"offer_value_usd": 15.01}, True),
        ({"offer_value_usd": 10, "offer_year_total_usd": 75}, False),
        ({"offer_value_usd": 10, "offer_year_total_usd": 76}, True),
        ({"offer_value_usd": "cheap"}, True),
        ({"offer_value_usd": -1}, True),
        ({"offer_value_usd": float("nan")}, True),
    ],
)
def test_gifts_to_patients(facts: dict[str, Any], over: bool | None) -> None:
    assert offer_over_limit(limits(), facts) is over


@pytest.mark.parametrize(
    ("facts", "over"),
    [
        ({}, None),
        ({"stark_value_usd": 90, "stark_ytd_usd": 445, "stark_year": 2026}, False),
        ({"stark_value_usd": 91, "stark_ytd_usd": 445, "stark_year": 2026}, True),
        ({"stark_value_usd": 1, "stark_year": 2027}, True),
        ({"stark_value_usd": 1, "stark_year": 2031}, True),
        ({"stark_value_usd": 1}, True),
    ],
)
def test_gifts_to_referring_physicians(facts: dict[str, Any], over: bool | None) -> None:
    assert stark_ytd_over_cap(limits(), facts) is over


@pytest.mark.parametrize(
    ("facts", "over"),
    [
        ({}, None),
        ({"msib_value_usd": 43.99, "stark_year": 2024}, False),
        ({"msib_value_usd": 44, "stark_year": 2024}, True),
        ({"msib_value_usd": 1, "stark_year": 2027}, True),
        ({"msib_value_usd": 1}, True),
    ],
)
def test_benefits_to_medical_staff_must_cost_less_than_the_figure(facts: dict[str, Any], over: bool | None) -> None:
    assert msib_over_cap(limits(), facts) is over


@pytest.mark.parametrize(
    ("reviewed", "checked", "topic", "over"),
    [
        ("2025-03-02", "2026-03-02", "drugs_dosing_screening_vaccines", False),
        ("2025-03-01", "2026-03-02", "drugs_dosing_screening_vaccines", True),
        ("2025-03-01", "2026-03-02", "other_clinical", False),
        ("2025-03-01", "2026-03-02", None, True),
        ("2027-01-01", "2026-03-02", "general_wellness", True),
        ("soon", "2026-03-02", "general_wellness", True),
        ("2026-01-01", None, "general_wellness", True),
    ],
)
def test_medical_reviews_age_by_topic(reviewed: str, checked: str | None, topic: str | None, over: bool) -> None:
    assert review_age_over_limit(limits(), {"reviewed_on": reviewed, "checked_on": checked, "content_topic": topic}) is over


def test_no_review_date_says_nothing_about_its_age() -> None:
    assert review_age_over_limit(limits(), {"checked_on": "2026-03-02"}) is None


@pytest.mark.parametrize(
    ("state", "hour", "weekday", "outside"),
    [
        ("CT", 8, None, True),
        ("CT", 9, None, False),
        ("CT", 20, None, True),
        ("KY", 9, None, True),
        ("KY", 20, None, False),
        ("TX", 9, "monday", False),
        ("TX", 9, "sunday", True),
        ("TX", 9, None, None),
        ("TX", 12, "sunday", False),
        ("FL", 20, None, True),
        ("NM", 3, None, False),  # no narrower window than the federal one
        (None, 10, "monday", False),  # an unknown state must suit every window
        (None, 9, "monday", True),
        ("CT", None, None, None),
        ("CT", "noon", None, None),
    ],
)
def test_calling_hours_of_the_recipients_state(state: str | None, hour: object, weekday: str | None, outside: bool | None) -> None:
    facts = {"recipient_local_hour": hour, "recipient_local_weekday": weekday}

    assert outside_state_window(limits(), facts, None if state is None else (state,)) is outside
