"""What a recycle takes: exactly half of the intent that was shown, as rows of the ledger, whatever the caps and the order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.leads.model import Model
from policies.leads.mql import NOTHING_YET, Standing, advance
from policies.leads.reasons import reasons
from policies.leads.recycle import RECYCLE, Recycle, with_recycles
from policies.leads.score import intent
from policies.leads.why import waterfall
from policies.records import Award, Contribution, EngagementId, LeadId, Track

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
LEAD = LeadId("L-1")
MODEL = Model.model_validate(
    {
        "track": Track.B2C_PATIENT,
        "intent_points": {"call": 30, "page": 12, "mail": 4, "leave": -20, "ask": 40},
        "groups": {"page": {"cap": 24, "events": ["page"]}, "negative": {"cap": 30, "events": ["leave"]}},
        "fast_lane": ["ask"],
        "decay_per_quarter": 0.25,
        "threshold": 50,
        "i_min": 10,
    }
)


def at(day: float) -> datetime:
    return DAY_0 + timedelta(days=day)


def award(name: str, event: str, day: float) -> Award:
    group = MODEL.group_of.get(event, "intent")
    weight = MODEL.intent_points[event]
    fields = {"engagement": EngagementId(f"E-{name}"), "event": event, "group": group, "weight": weight, "counted": True}
    return Award(lead=LEAD, model=MODEL.id, occurred_at=at(day), **fields)  # type: ignore[arg-type]


def acts(*what: tuple[str, float]) -> list[Award]:
    return [award(f"{n:02}", event, day) for n, (event, day) in enumerate(what)]


def recycle(day: float, rest: float = 0, name: str = "X-1") -> Recycle:
    return Recycle(name, at(day), at(day + rest))


def standing(awards: list[Award], *recycles: Recycle, fit: float = 25) -> Standing:
    return advance(MODEL, fit, NOTHING_YET, with_recycles(MODEL, LEAD, awards, recycles))


def test_a_row_takes_half_of_its_group() -> None:
    rows = [one for one in with_recycles(MODEL, LEAD, acts(("call", 0), ("page", 1), ("leave", 2)), [recycle(2)]) if one.event == RECYCLE]

    by_group = {row.group: row for row in rows}
    kept = 0.75 ** (2 / 91.3125)
    assert by_group["intent"].weight == pytest.approx(-0.5 * 30 * kept)
    assert by_group["page"].weight == pytest.approx(-0.5 * 12 * 0.75 ** (1 / 91.3125))
    assert by_group["negative"].weight == pytest.approx(10)
    assert {(row.object_key, row.occurred_at, row.counted) for row in rows} == {("X-1", at(2), True)}
    assert [row.engagement for row in rows] == ["R:X-1:intent", "R:X-1:negative", "R:X-1:page"]


journeys = st.lists(st.tuples(st.sampled_from(["call", "page", "mail", "leave", "ask"]), st.integers(0, 40)), max_size=12)


@given(journey=journeys, day=st.integers(0, 45), again=st.integers(0, 10))
def test_intent_is_halved_whatever_the_caps_and_no_order_matters(journey: list[tuple[str, float]], day: int, again: int) -> None:
    awards = acts(*journey)
    first, second = recycle(day), recycle(day + again, name="X-2")
    past = [one for one in awards if one.occurred_at <= first.at]
    before = intent(MODEL, standing(past).groups, first.at)

    assert intent(MODEL, standing(past, first).groups, first.at) == pytest.approx(before / 2, abs=1e-9)
    twice = with_recycles(MODEL, LEAD, awards, [first, second])
    assert with_recycles(MODEL, LEAD, reversed(twice), [second, first]) == twice
    assert with_recycles(MODEL, LEAD, awards, []) == sorted(awards, key=lambda one: (one.occurred_at, one.engagement))


def test_points_above_a_cap_were_never_shown_and_do_not_outlive_a_recycle() -> None:
    awards = acts(*(("page", day) for day in range(8)))

    assert intent(MODEL, standing(awards, recycle(8)).groups, at(8)) == pytest.approx(12)


def test_a_late_act_before_the_recycle_is_halved_too() -> None:
    on_time, late = acts(("call", 0), ("page", 3))

    rows = with_recycles(MODEL, LEAD, [on_time], [recycle(5)])
    again = with_recycles(MODEL, LEAD, [*rows, late], [recycle(5)])

    assert again == with_recycles(MODEL, LEAD, [on_time, late], [recycle(5)])
    assert {one.group for one in again if one.event == RECYCLE} == {"intent", "page"}


def test_a_recycle_ends_the_spell_and_its_request() -> None:
    before = standing(acts(("ask", 0)))
    after = standing(acts(("ask", 0)), recycle(1))

    assert before.is_mql(at(1))
    assert before.in_fast_lane(MODEL, at(2))
    assert (after.mql_since, after.mql_until, after.in_fast_lane(MODEL, at(2))) == (None, None, False)


def test_a_recycled_lead_is_an_mql_again_only_by_a_new_act_after_its_rest() -> None:
    rested = [recycle(3, rest=30)]
    many = acts(*(("call", day) for day in (0, 1, 2)))

    assert standing(many, *rested).mql_since is None, "still above the threshold, but nothing new happened"
    assert standing([*many, award("90", "call", 20)], *rested).mql_since is None, "it rests"
    assert standing([*many, award("91", "leave", 40)], *rested).mql_since is None, "what takes points qualifies nobody"
    assert standing([*many, award("92", "call", 40)], *rested).mql_since == at(40)


def test_who_asks_for_a_person_does_not_have_to_rest() -> None:
    assert standing([*acts(("call", 0)), award("90", "ask", 10)], recycle(3, rest=30)).mql_since == at(10)


def test_a_lead_without_points_rests_all_the_same() -> None:
    (row,) = with_recycles(MODEL, LEAD, [], [recycle(3, rest=30)])

    assert (row.group, row.weight, row.rests_until) == ("intent", 0.0, at(33))


def test_a_models_own_event_of_that_name_is_an_ordinary_act() -> None:
    model = MODEL.model_copy(update={"intent_points": {**MODEL.intent_points, RECYCLE: 20}})
    one = award("1", "call", 0)._replace(event=RECYCLE, weight=20.0)

    assert advance(model, 0, NOTHING_YET, [one]).last_qualifying_at == at(0)


def test_the_waterfall_and_the_reasons_say_it_once() -> None:
    awards = with_recycles(MODEL, LEAD, acts(("call", 0), ("page", 0)), [recycle(0)])

    steps = {step.name: step for step in waterfall(MODEL, {}, awards, at=at(0))}
    assert (steps[RECYCLE].count, steps[RECYCLE].points) == (1, pytest.approx(-21))
    worth = [Contribution(event_id=one.engagement, type=one.event, points_now=one.weight) for one in awards]
    assert "was given back by sales (-21.0)" in reasons(MODEL, {}, worth, fast_lane=False)
