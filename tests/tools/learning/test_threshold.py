import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.learning.threshold import CUTS, WEEK, Flags, Floats, Thresholds, break_even, costs, thresholds, work_top

# The published backtest of X Education: at these ranks, so many conversions and this probability (2,772 leads, 1,107 conversions).
RANKED = (
    (277, 267, 0.916),
    (554, 499, 0.763),
    (831, 684, 0.599),
    (969, 777, 0.50),
    (1108, 841, 0.419),
    (1331, 921, 0.30),
    (1386, 936, 0.263),
    (1932, 1050, 0.10),
    (2772, 1107, 0.01),
)


def published() -> tuple[Floats, Flags]:
    said: list[float] = []
    good: list[bool] = []
    before, hits, above = 0, 0, 0.99
    for rank, conversions, probability in RANKED:
        count = rank - before
        said += np.linspace(above, probability, count + 1)[1:].tolist()
        good += (np.diff(np.floor(np.linspace(0, conversions - hits, count + 1) + 1e-9)) > 0).tolist()
        before, hits, above = rank, conversions, probability
    return np.array(said), np.array(good)


def decided(count: int = 800, *, seed: int = 3) -> tuple[Floats, Floats, Flags]:
    """Handoffs over 26 weeks whose chance of being good is even at 70 points and known everywhere."""
    rng = np.random.default_rng(seed)
    score = np.clip(rng.normal(65, 18, count), 0, 100)
    good = rng.random(count) < 1 / (1 + np.exp(-(score - 70) / 8))
    return np.sort(rng.random(count)) * 26 * WEEK, score, good


def test_the_published_table_of_working_the_best_leads_comes_out() -> None:
    said, good = published()

    rows = [(top.leads, round(top.precision or 0, 3), round(top.recall or 0, 3), round(top.cut or 0, 3)) for top in work_top(said, good)]
    assert rows == [
        (277, 0.964, 0.241, 0.916),
        (554, 0.901, 0.451, 0.763),
        (831, 0.823, 0.618, 0.599),
        (1108, 0.759, 0.760, 0.419),
        (1386, 0.675, 0.846, 0.263),
    ]


@pytest.mark.parametrize(("cost", "rule", "everyone"), [(30, 52_170, 27_540), (50, 29_250, -27_900), (10, 85_680, 82_980)])
def test_the_published_profits_of_the_break_even_rule_come_out(cost: float, rule: float, everyone: float) -> None:
    said, good = published()
    found = costs(said, good, cost, 100, probability=said)

    assert (found.rule, found.everyone) == (rule, everyone)
    assert found.break_even == cost / 100
    assert found.rule_cut == pytest.approx(cost / 100, abs=1e-6)
    assert found.best >= found.rule


def test_break_even_is_cost_over_what_contact_adds() -> None:
    assert break_even(30, 100) == 0.3
    assert break_even(30, 200, 0.5) == 0.3


def test_nobody_is_contacted_when_nobody_pays() -> None:
    found = costs(np.array([80.0, 60.0]), np.array([False, False]), 10, 100)

    assert (found.rule, found.rule_cut, found.best, found.best_cut, found.everyone) == (0, None, 0, None, -20)


def test_each_side_gets_the_outermost_threshold_that_gives_what_it_asks_for() -> None:
    found = thresholds(*decided(), precision=0.6, coverage=0.7)
    at = {cut.theta: cut for cut in found.cuts}
    assert found.sales is not None
    assert found.marketing is not None
    low, high = found.sales.theta.value, found.marketing.theta.value
    assert low is not None
    assert high is not None

    assert (at[low].precision.value or 0) >= 0.6 > (at[low - 1].precision.value or 1)
    assert (at[high].recall.value or 0) >= 0.7 > (at[high + 1].recall.value or 1)
    assert found.sales.theta.low is not None
    assert found.sales.theta.high is not None
    assert found.sales.theta.low <= low <= found.sales.theta.high
    assert found.both == tuple(theta for theta in CUTS if low <= theta <= high)
    assert found.suggested == low


def test_where_costs_are_known_the_suggestion_is_the_most_profitable_both_can_live_with() -> None:
    found = thresholds(*decided(), precision=0.6, coverage=0.7, contact_cost=50, value=100)
    profit = {cut.theta: cut.profit.value or 0 for cut in found.cuts if cut.profit}

    assert found.suggested is not None
    assert profit[found.suggested] == max(profit[theta] for theta in found.both)


def test_what_no_threshold_gives_is_said_not_invented() -> None:
    found = thresholds(*decided(), precision=1.0, coverage=1.0)

    assert found.marketing is not None
    assert found.marketing.theta.value is None
    assert (found.both, found.suggested) == ((), None)


def test_capacity_is_the_quantile_that_leaves_k_of_n() -> None:
    time, score, good = decided(2600)
    found = thresholds(time, score, good, per_week=20, contact_cost=10, value=100).capacity

    assert found is not None
    assert found.arrivals == pytest.approx(100, rel=0.01)
    assert found.theta.value == pytest.approx(float(np.quantile(score, 1 - 20 / found.arrivals)), abs=0.3)
    taken = int((score >= (found.theta.value or 0)).sum())
    assert taken <= 20 * 26.01
    assert found.theta.low is not None
    assert found.theta.high is not None
    assert found.theta.low < found.theta.value < found.theta.high
    assert found.worth is not None
    assert found.worth > 0


@pytest.mark.parametrize(("per_week", "within"), [(1000.0, 50.0), (0.01, 100.0)])
def test_capacity_stays_in_the_agreed_range(per_week: float, within: float) -> None:
    found = thresholds(*decided(), per_week=per_week).capacity

    assert found is not None
    assert found.within == within


leads = st.lists(st.tuples(st.floats(0, 100), st.booleans()), min_size=1, max_size=80)


@given(leads)
def test_a_higher_threshold_never_hands_over_more_nor_reaches_more(some: list[tuple[float, bool]]) -> None:
    score, good = np.array([one for one, _ in some]), np.array([one for _, one in some])
    found = thresholds(np.arange(len(some)) * 3600.0, score, good, rounds=10)

    for lower, higher in zip(found.cuts, found.cuts[1:], strict=False):
        assert lower.leads >= higher.leads
        assert (lower.recall.value or 0) >= (higher.recall.value or 0)
    for cut in found.cuts:
        chosen = score >= cut.theta
        assert cut.leads == chosen.sum()
        assert cut.precision.value == (pytest.approx(good[chosen].mean(), abs=1e-6) if chosen.any() else None)


@given(leads)
@settings(max_examples=25)
def test_no_cut_earns_more_than_the_best_and_money_scales(some: list[tuple[float, bool]]) -> None:
    time, score, good = np.arange(float(len(some))), np.array([one for one, _ in some]), np.array([one for _, one in some])
    found = thresholds(time, score, good, contact_cost=3, value=10, rounds=10)
    tenfold = thresholds(time, score, good, contact_cost=30, value=100, rounds=10)

    assert found.cost is not None
    assert tenfold.cost is not None
    assert all(cut.profit is not None and (cut.profit.value or 0) <= found.cost.best + 1e-6 for cut in found.cuts)
    assert tenfold.cost.best == pytest.approx(10 * found.cost.best)


def test_the_same_seed_gives_the_same_intervals_and_the_order_of_leads_does_not_matter() -> None:
    time, score, good = decided()
    order = np.random.default_rng(1).permutation(len(score))

    def told(found: Thresholds) -> str:
        return found.model_dump_json()

    first = thresholds(time, score, good, precision=0.6, coverage=0.7, per_week=10, contact_cost=1, value=10)
    again = thresholds(time[order], score[order], good[order], precision=0.6, coverage=0.7, per_week=10, contact_cost=1, value=10)
    assert told(first) == told(again)


def test_intervals_hold_the_precision_of_fresh_leads_about_as_often_as_they_say() -> None:
    _, score, good = decided(200_000, seed=99)
    truth = float(good[score >= 70].mean())
    inside = 0
    for seed in range(60):
        precision = next(cut.precision for cut in thresholds(*decided(400, seed=seed)).cuts if cut.theta == 70)
        assert precision.low is not None
        assert precision.high is not None
        inside += precision.low <= truth <= precision.high

    assert 51 <= inside <= 60


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"precision": 0.0}, "precision is 0"),
        ({"coverage": 1.5}, "coverage is 1.5"),
        ({"per_week": -1.0}, "capacity is -1"),
        ({"per_week": float("nan")}, "capacity is nan"),
        ({"contact_cost": -1.0, "value": 5.0}, "contact cost is -1"),
        ({"value": 5.0}, "go together"),
        ({"converts": 0.0}, "converts is 0"),
    ],
)
def test_numbers_out_of_range_are_named(asked: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        thresholds(*decided(10), **asked)  # type: ignore[arg-type]


def test_arrays_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match="2 times, 1 scores"):
        thresholds(np.zeros(2), np.zeros(1), np.zeros(1, bool))
    with pytest.raises(ValueError, match="at least one lead"):
        thresholds(np.zeros(0), np.zeros(0), np.zeros(0, bool))
    with pytest.raises(ValueError, match="not a number"):
        thresholds(np.zeros(1), np.array([np.nan]), np.zeros(1, bool))
