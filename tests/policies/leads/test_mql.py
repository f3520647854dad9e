import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.leads.model import Model
from policies.leads.mql import FOREVER, NOTHING_YET, Standing, advance, days_left, spells
from policies.leads.score import count_again, group_values, intent, intent_of_groups, total_points
from policies.records import Award, EngagementId, LeadId
from tests.policies.leads.made import capped_model

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
Make = Callable[..., Model]
MakeAward = Callable[..., Award]


def day(number: float) -> datetime:
    return DAY_0 + timedelta(days=number)


def test_the_published_crossing(make_model: Make) -> None:
    assert days_left(make_model(), 20, {"intent": 60}) == pytest.approx(128.70, abs=0.005)


def test_thresholds_and_floors_are_inclusive(make_model: Make, make_award: MakeAward) -> None:
    model = make_model(intent_points={"request": 40}, max_counted={})

    standing = advance(model, 20, NOTHING_YET, [make_award(model, "request", 0)])

    assert standing.is_mql(day(0))
    assert not standing.is_mql(day(0) + timedelta(seconds=1))
    assert standing.mql_since == standing.mql_until == day(0)


@pytest.mark.parametrize(("fit", "points"), [(19.99, 45), (36, 24.99), (20, 39.99)])
def test_just_below_a_floor_or_the_threshold_is_no_mql(make_model: Make, make_award: MakeAward, fit: float, points: float) -> None:
    model = make_model(intent_points={"request": points}, max_counted={})

    assert advance(model, fit, NOTHING_YET, [make_award(model, "request", 0)]).mql_since is None


def test_hysteresis_holds_a_lead_between_the_two_lines(make_model: Make, make_award: MakeAward) -> None:
    model = make_model(intent_points={"request": 41}, max_counted={}, hysteresis=6)
    standing = advance(model, 20, NOTHING_YET, [make_award(model, "request", 0)])

    left = math.log(41 / 34) / model.rate
    assert standing.mql_until is not None
    assert (standing.mql_until - day(left)) < timedelta(seconds=1)
    assert intent(model, standing.groups, day(left / 2)) + 20 < model.threshold
    assert standing.is_mql(day(left / 2))


def test_a_floor_of_intent_ends_it_before_the_total_does(make_model: Make, make_award: MakeAward) -> None:
    model = make_model(intent_points={"request": 30}, max_counted={})
    standing = advance(model, 40, NOTHING_YET, [make_award(model, "request", 0)])

    assert standing.mql_until is not None
    assert standing.mql_until - day(math.log(30 / 25) / model.rate) < timedelta(seconds=1)


def test_silence_ends_it(make_model: Make, make_award: MakeAward) -> None:
    model = make_model(recency_days=30)
    standing = advance(model, 20, NOTHING_YET, [make_award(model, "request", 0), make_award(model, "penalty", 10)])
    alive = advance(model, 20, NOTHING_YET, [make_award(model, "request", 0), make_award(model, "page", 10)])

    assert standing.mql_until is None
    assert alive.mql_until == day(40)


def test_a_penalty_does_not_count_as_activity(make_model: Make, make_award: MakeAward) -> None:
    model = make_model(recency_days=30, intent_points={"request": 60, "penalty": -1}, max_counted={})
    standing = advance(model, 20, NOTHING_YET, [make_award(model, "request", 0), make_award(model, "penalty", 10)])

    assert standing.mql_until == day(30)


def test_a_disqualifying_event_ends_it_for_good(make_model: Make, make_award: MakeAward) -> None:
    model = make_model(intent_points={"request": 60, "vendor": 0}, max_counted={})
    standing = advance(
        model, 20, NOTHING_YET, [make_award(model, "vendor", 1), make_award(model, "request", 0), make_award(model, "request", 2)]
    )

    assert standing.disqualified_at == day(1)
    assert not standing.is_mql(day(2))


def test_after_it_ended_only_a_new_event_that_gives_points_opens_it_again(make_model: Make, make_award: MakeAward) -> None:
    model = make_model(intent_points={"request": 41, "penalty": -5, "page": 10}, max_counted={})
    request, penalty, page = (make_award(model, name, d) for name, d in (("request", 0), ("penalty", 1), ("page", 2)))

    assert advance(model, 20, NOTHING_YET, [request, penalty]).mql_since is None
    assert advance(model, 20, NOTHING_YET, [request, penalty, page]).mql_since == day(2)


def test_a_lead_that_comes_back_after_it_faded_is_an_mql_since_its_return(make_model: Make, make_award: MakeAward) -> None:
    model = make_model()
    standing = advance(model, 20, NOTHING_YET, [make_award(model, "request", 0), make_award(model, "request", 400)])

    assert standing.mql_since == day(400)


def test_fit_alone_above_the_line_has_no_end(make_model: Make, make_award: MakeAward) -> None:
    model = make_model(fit_cap=60, i_min=0)

    assert advance(model, 60, NOTHING_YET, [make_award(model, "page", 0)]).mql_until == FOREVER


def test_a_request_goes_to_a_person_whatever_the_score(make_model: Make, make_award: MakeAward) -> None:
    model = make_model(intent_points={"call": 30}, max_counted={}, fast_lane=["call"], fast_lane_days=30)
    standing = advance(model, 0, NOTHING_YET, [make_award(model, "call", 3)])

    assert standing.in_fast_lane(model, day(3))
    assert (standing.mql_since, standing.mql_until) == (day(3), day(33))
    assert not standing.in_fast_lane(model, day(34))


def test_a_capped_group_holds_its_cap_before_it_fades(make_model: Make) -> None:
    """From the facts: a group at three times its cap stays there for ln 3 / λ = 349 days at 25 %."""
    model = make_model(groups={"pages": {"events": ["page"], "cap": 40}})

    assert days_left(model, 20, {"pages": 120}) == pytest.approx(math.log(3) / model.rate, abs=1e-6)
    assert math.log(3) / model.rate == pytest.approx(349, abs=0.5)


groups_of_model = {"a": {"events": ["page"], "cap": 15}, "b": {"events": ["call"], "cap": 30}, "c": {"events": ["penalty"], "cap": 20}}
values = st.fixed_dictionaries({"a": st.floats(0, 90), "b": st.floats(0, 90), "c": st.floats(-90, 0), "intent": st.floats(-30, 60)})


@given(values, st.floats(20, 40), st.floats(0, 10))
def test_the_predicted_end_has_the_right_sign_on_both_sides(groups: dict[str, float], fit: float, hysteresis: float) -> None:
    model = Model.model_validate(
        {
            "track": "b2c_patient",
            "intent_points": {"page": 1, "call": 1, "penalty": -1},
            "decay_per_quarter": 0.25,
            "threshold": 60,
            "i_min": 25,
            "hysteresis": hysteresis,
            "groups": groups_of_model,
        }
    )

    def holds(after_days: float, slack: float) -> bool:
        faded = {name: value * math.exp(-model.rate * after_days) for name, value in groups.items()}
        now = intent_of_groups(model, faded)
        return now >= 25 + slack and total_points(model, fit, now) >= 60 - hysteresis + slack

    left = days_left(model, fit, groups)

    if left is None:
        assert not holds(0, 1e-6)
    else:
        assert left < math.inf
        assert all(holds(left * share, -1e-6) for share in (0, 0.1, 0.5, 0.9, 1))
        assert not holds(left + 1 / 24, 1e-6)


events = st.lists(
    st.tuples(st.sampled_from(["request", "call", "page", "penalty", "open", "vendor"]), st.integers(0, 400), st.sampled_from("xyz")),
    max_size=25,
)


def standing_of(model: Model, fit: float, awards: list[Award]) -> Standing:
    return advance(model, fit, NOTHING_YET, count_again(model, awards))


def awards_of(model: Model, found: list[tuple[str, int, str]], make: MakeAward) -> list[Award]:
    return [make(model, event, number / 2, name=f"{n:03}", object_key=key) for n, (event, number, key) in enumerate(found)]


@given(found=events, data=st.data())
def test_no_order_of_arrival_changes_a_standing(found: list[tuple[str, int, str]], data: st.DataObject) -> None:
    model, make = capped_model(), plain_award
    awards = awards_of(model, found, make)
    shuffled = data.draw(st.permutations(awards))

    one, other = standing_of(model, 25, awards), standing_of(model, 25, shuffled)

    assert one.groups == pytest.approx(other.groups, rel=1e-9)
    assert (one.mql_since, one.disqualified_at, one.last_qualifying_at) == (
        other.mql_since,
        other.disqualified_at,
        other.last_qualifying_at,
    )


@given(found=events, cut=st.integers(0, 25))
def test_going_on_from_a_standing_is_starting_over(found: list[tuple[str, int, str]], cut: int) -> None:
    model = capped_model()
    awards = count_again(model, awards_of(model, sorted(found, key=lambda one: one[1]), plain_award))
    cut = next((n for n in range(cut, len(awards)) if n == 0 or awards[n].occurred_at > awards[n - 1].occurred_at), len(awards))

    stepwise = advance(model, 25, advance(model, 25, NOTHING_YET, awards[:cut]), awards[cut:])
    at_once = advance(model, 25, NOTHING_YET, awards)

    assert stepwise.groups == pytest.approx(at_once.groups, rel=1e-12)
    assert (stepwise.mql_since, stepwise.mql_until, stepwise.last_event_at) == (at_once.mql_since, at_once.mql_until, at_once.last_event_at)


@given(st.lists(st.tuples(st.floats(1, 60), st.integers(0, 300)), min_size=2, max_size=2), st.integers(0, 2000))
def test_idle_leads_never_overtake_each_other_in_intent(two: list[tuple[float, int]], later: int) -> None:
    model = capped_model()
    stored = [
        advance(model, 20, NOTHING_YET, [plain_award(model, "page", number, name="e")._replace(weight=points)]).groups
        for points, number in two
    ]
    one, other = (group_values(model, groups, day(300))["intent"] for groups in stored)
    one_later, other_later = (group_values(model, groups, day(300 + later))["intent"] for groups in stored)

    assert (one > other) == (one_later > other_later) or one == pytest.approx(other)


def plain_award(model: Model, event: str, number: float, *, name: str, object_key: str | None = None) -> Award:
    fields: dict[str, Any] = {"event": event, "group": "intent", "weight": model.intent_points[event], "object_key": object_key}
    return Award(lead=LeadId("L"), model=model.id, engagement=EngagementId(name), occurred_at=day(number), counted=True, **fields)


@given(found=events)
def test_the_spells_are_the_times_at_which_a_replay_says_mql(found: list[tuple[str, int, str]]) -> None:
    model = capped_model()
    judged = count_again(model, awards_of(model, found, plain_award))
    held = spells(model, 25, judged)

    assert all(a.until <= b.since for a, b in pairwise(held))
    for hours in range(0, 24 * 200, 61):
        at = DAY_0 + timedelta(hours=hours + 0.5)
        then = advance(model, 25, NOTHING_YET, count_again(model, [award for award in judged if award.occurred_at <= at]))
        assert then.is_mql(at) is any(spell.since <= at <= spell.until for spell in held)
