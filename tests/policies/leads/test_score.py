from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.leads.model import CountCap, Model
from policies.leads.score import count_again, counted, fit_points, intent_of_groups
from policies.records import Award

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
hours = st.lists(st.integers(0, 24 * 60), max_size=30).map(sorted)


@pytest.mark.parametrize(
    ("attributes", "points"),
    [
        ({}, 0),
        ({"in_area": "yes"}, 12),
        ({"in_area": True}, 12),
        ({"in_area": "no"}, 0),
        ({"payer": "accepted"}, 8),
        ({"payer": "unheard of"}, 3),
        ({"payer": None}, 0),
        ({"in_area": "yes", "payer": "accepted", "unknown": "yes"}, 20),
    ],
)
def test_fit_adds_what_was_stated(make_model: Callable[..., Model], attributes: dict[str, Any], points: float) -> None:
    assert fit_points(make_model(), attributes) == points


def test_fit_is_cut_at_its_cap_and_never_negative(make_model: Callable[..., Model]) -> None:
    assert fit_points(make_model(fit_cap=15), {"in_area": "yes", "payer": "accepted"}) == 15
    assert fit_points(make_model(fit_weights={"in_area": {"no": -5}}), {"in_area": "no"}) == 0


def test_groups_are_cut_each_at_its_own_cap_and_the_sum_at_zero(make_model: Callable[..., Model]) -> None:
    model = make_model(groups={"pages": {"events": ["page"], "cap": 15}, "bad": {"events": ["penalty"], "cap": 20}})

    assert intent_of_groups(model, {"pages": 40, "intent": 10}) == 25
    assert intent_of_groups(model, {"pages": 40, "bad": -90}) == 0
    assert intent_of_groups(model, {"intent": 30, "bad": -90}) == 10
    assert intent_of_groups(model, {"intent": 90}) == 60


def at(hour: float) -> datetime:
    return DAY_0 + timedelta(hours=hour)


def test_the_first_of_a_calendar_day_counts() -> None:
    flags = counted(CountCap(count=1, per="day"), [at(1), at(23), at(24), at(25)])

    assert flags == [True, False, True, False]


def test_a_window_slides() -> None:
    flags = counted(CountCap(count=2, per="window:7"), [at(24 * d) for d in (0, 1, 6, 7, 7.5, 8)])

    assert flags == [True, True, False, True, False, True]


def test_ever_means_the_first_n() -> None:
    assert counted(CountCap(count=2), [at(h) for h in (0, 1, 9000)]) == [True, True, False]


@given(hours, st.integers(1, 3), st.integers(1, 20))
def test_no_window_ever_holds_more_than_the_cap(times: list[int], count: int, window: int) -> None:
    flags = counted(CountCap(count=count, per=f"window:{window}"), [at(h) for h in times])
    kept = [at(h) for h, flag in zip(times, flags, strict=True) if flag]

    assert all(later - earlier >= timedelta(days=window) for earlier, later in zip(kept, kept[count:], strict=False))
    assert flags[:1] == [True] * len(times[:1])


@given(hours, st.integers(0, 30), st.sampled_from(["day", "ever", "window:3", "window:30"]))
def test_judging_in_two_parts_is_judging_at_once(times: list[int], cut: int, per: str) -> None:
    cap = CountCap(count=2, per=per)
    moments = [at(h) for h in times]
    first = counted(cap, moments[:cut])
    before = [moment for moment, flag in zip(moments[:cut], first, strict=True) if flag]

    assert first + counted(cap, moments[cut:], before=before) == counted(cap, moments)


def test_a_cap_per_object_lets_another_object_count(make_model: Callable[..., Model], make_award: Callable[..., Award]) -> None:
    model = make_model(max_counted={}, caps={"page": {"count": 1, "per": "day", "each": "object"}})
    awards = [make_award(model, "page", 0.1 * n, object_key=key) for n, key in enumerate(["/knee", "/knee", "/hip"])]

    assert [award.counted for award in count_again(model, awards)] == [True, False, True]


def test_a_late_event_takes_its_place(make_model: Callable[..., Model], make_award: Callable[..., Award]) -> None:
    model = make_model(max_counted={"page": 2})
    on_time = count_again(model, [make_award(model, "page", day) for day in (2, 3)])
    judged = count_again(model, [*on_time, make_award(model, "page", 1)])

    assert [award.counted for award in judged] == [True, True, False]
    assert all(a.occurred_at < b.occurred_at for a, b in pairwise(judged))
