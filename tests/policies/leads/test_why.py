"""The waterfall adds up, a counterfactual is true when it is acted out, and the curve is the score."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.leads.model import Model
from policies.leads.mql import NOTHING_YET, advance
from policies.leads.reasons import ending_words
from policies.leads.score import count_again, fit_points, intent, total_points, weight_of
from policies.leads.why import CURVE_POINTS, curve, ending, unmet, waterfall, what_ifs
from policies.records import Award, EngagementId, LeadId
from tests.policies.leads.conftest import CONTRACT, DAY_0

MODEL = Model.model_validate(
    CONTRACT
    | {
        "intent_points": {"request": 60, "call": 30, "page": 10, "penalty": -30, "visit": 8},
        "groups": {"pages": {"events": ["page", "visit"], "cap": 15}, "bad": {"events": ["penalty"], "cap": 20}},
        "fast_lane": ["request"],
        "threshold": 50,
    }
)
FIT = {"in_area": "yes", "payer": "accepted"}


def award(event: str, day: float, *, model: Model = MODEL, name: str = "") -> Award:
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
    )


def total_at(awards: list[Award], at: datetime) -> float:
    standing = advance(MODEL, 20, NOTHING_YET, count_again(MODEL, awards))
    return total_points(MODEL, fit_points(MODEL, FIT), intent(MODEL, standing.groups, at))


acts = st.lists(st.tuples(st.sampled_from(["call", "page", "penalty", "visit"]), st.floats(0, 200)), max_size=25)


@given(acts, st.floats(200, 400))
@settings(deadline=None)
def test_the_bars_of_the_waterfall_add_up_to_the_total(acts: list[tuple[str, float]], day: float) -> None:
    awards = count_again(MODEL, [award(event, on, name=f"{event}{place}") for place, (event, on) in enumerate(acts)])
    at = DAY_0 + timedelta(days=day)

    assert sum(step.points for step in waterfall(MODEL, FIT, awards, at=at)) == pytest.approx(total_at(awards, at), abs=1e-9)


def test_the_waterfall_names_traits_acts_and_what_each_cap_takes() -> None:
    awards = count_again(MODEL, [award("page", 0), award("page", 1), award("call", 2), award("penalty", 3)])
    steps = {(step.kind, step.name): step for step in waterfall(MODEL, FIT, awards, at=DAY_0 + timedelta(days=3))}

    assert (steps["fit", "in_area"].points, steps["fit", "payer"].points) == (12, 8)
    assert steps["event", "page"].count == 2
    assert steps["cap", "groups.pages"].points == pytest.approx(-5, abs=0.2)
    assert steps["cap", "groups.bad"].points == pytest.approx(10, abs=0.2)


@given(acts)
@settings(deadline=None)
def test_a_counterfactual_comes_true_when_it_is_acted_out_and_one_act_less_is_not_enough(acts: list[tuple[str, float]]) -> None:
    past = [award(event, day, name=f"{event}{place}") for place, (event, day) in enumerate(acts)]
    at = DAY_0 + timedelta(days=200)
    for what in what_ifs(MODEL, FIT, past, at=at):
        more = [award(what.name, 200 + later, name=f"new{later}") for later in range(what.count)]
        fit = fit_points(MODEL, FIT if what.kind == "event" else {**FIT, what.name: what.value})
        then = at + timedelta(days=max(0, what.count - 1))
        acted = advance(MODEL, fit, NOTHING_YET, count_again(MODEL, [*past, *(more if what.kind == "event" else [])]))
        assert acted.is_mql(then)
        if what.kind == "event" and what.count > 1:
            fewer = advance(MODEL, fit, NOTHING_YET, count_again(MODEL, [*past, *more[:-1]]))
            assert not fewer.is_mql(then - timedelta(days=1))


def test_one_call_more_would_do_and_requests_are_no_counterfactual() -> None:
    past = [award("page", 0), award("visit", 1)]

    (first, *rest) = what_ifs(MODEL, FIT, past, at=DAY_0 + timedelta(days=2))

    assert (first.kind, first.name, first.count) == ("event", "call", 1)
    assert first.total == pytest.approx(20 + 15 + 30, abs=0.5)
    assert not any(one.name == "request" for one in rest)


def test_a_trait_nobody_stated_may_be_the_difference() -> None:
    past = [award("call", 0), award("page", 1)]

    found = what_ifs(MODEL, {"in_area": "yes"}, past, at=DAY_0 + timedelta(days=2))

    assert [(one.name, one.value) for one in found if one.kind == "fit"] == [("payer", "accepted")]
    assert not [
        one for one in what_ifs(MODEL, {"in_area": "yes", "payer": "other"}, past, at=DAY_0 + timedelta(days=2)) if one.kind == "fit"
    ]


def test_an_mql_and_a_disqualified_lead_have_no_counterfactual(make_model: Callable[..., Model]) -> None:
    past = [award("call", 0), award("page", 0), award("visit", 0)]

    assert what_ifs(MODEL, FIT, past, at=DAY_0) == []
    assert what_ifs(MODEL, FIT, [*past[1:], award("vendor", 1)], at=DAY_0 + timedelta(days=2)) == []


@given(acts)
@settings(deadline=None)
def test_the_curve_is_the_score_at_every_point(acts: list[tuple[str, float]]) -> None:
    past = [award(event, day, name=f"{event}{place}") for place, (event, day) in enumerate(acts)]
    at = DAY_0 + timedelta(days=201)
    points = curve(MODEL, 20, past, at=at, until=at + timedelta(days=90))

    assert [point.at for point in points] == sorted(point.at for point in points)
    assert len(points) <= CURVE_POINTS + 1 + 2 * len(past)
    for point in points[-20:]:
        if point.at > at:
            assert point.total == pytest.approx(total_at(past, point.at), abs=1e-9)
    assert points[-1].total == pytest.approx(total_at(past, at + timedelta(days=90)), abs=1e-6)


@given(acts, st.floats(200, 320), st.sampled_from([12.0, 20.0, 40.0]))
@settings(deadline=None)
def test_what_is_unmet_is_said_exactly_when_the_lead_is_no_mql(acts: list[tuple[str, float]], day: float, fit: float) -> None:
    awards = count_again(MODEL, [award(event, on, name=f"{event}{place}") for place, (event, on) in enumerate(acts)])
    standing, at = advance(MODEL, fit, NOTHING_YET, awards), DAY_0 + timedelta(days=day)

    assert bool(unmet(MODEL, fit, standing, at=at)) is not standing.is_mql(at)
    assert (ending(MODEL, standing, at=at) is None) or standing.is_mql(at)


def test_the_lines_that_are_missed_are_named_with_their_figures(make_model: Callable[..., Model]) -> None:
    model = make_model(recency_days=30, threshold=50)
    standing = advance(model, 14, NOTHING_YET, [award("call", 0, model=model)])

    found = {one.kind: one for one in unmet(model, 14, standing, at=DAY_0 + timedelta(days=40))}

    assert (found["fit"].have, found["fit"].need) == (14, 20)
    assert found["total"].have == pytest.approx(14 + 30 * 0.75 ** (40 / 91.3125))
    assert (found["silent"].have, found["silent"].need) == (40, 30)


def test_who_asked_for_contact_is_an_mql_for_so_many_days_whatever_its_points(make_model: Callable[..., Model]) -> None:
    model = make_model(fast_lane=["request"], fast_lane_days=30, recency_days=None, f_min=0, i_min=1)
    ends = ending(model, advance(model, 0, NOTHING_YET, [award("request", 0, model=model)]), at=DAY_0 + timedelta(days=1))

    assert ends is not None
    assert (ends.by, ends.at) == ("request", DAY_0 + timedelta(days=30))
    assert ending_words(model, ends) == "it asked for contact, which counts for 30 days whatever its points"


def test_an_mql_ends_by_silence_or_by_its_points(make_model: Callable[..., Model]) -> None:
    silent, fading = make_model(recency_days=10, threshold=50), make_model(threshold=50)
    at = DAY_0 + timedelta(days=1)

    by_silence = ending(silent, advance(silent, 25, NOTHING_YET, [award("call", 0, model=silent)]), at=at)
    by_points = ending(fading, advance(fading, 25, NOTHING_YET, [award("call", 0, model=fading)]), at=at)

    assert by_silence is not None
    assert (by_silence.by, by_silence.at) == ("silence", DAY_0 + timedelta(days=10))
    assert by_points is not None
    assert by_points.by == "points"
