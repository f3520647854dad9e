import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from tools.learning.metrics import Floats, auc, gain, mean_difference, measures, reliability, wilson

cases = st.lists(st.tuples(st.integers(0, 20).map(lambda whole: whole / 20), st.booleans()), min_size=2, max_size=60).filter(
    lambda some: len({good for _, good in some}) == 2
)


def arrays(some: list[tuple[float, bool]]) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    return np.array([said for said, _ in some]), np.array([good for _, good in some])


@given(cases)
def test_every_measure_agrees_with_scikit_learn_ties_included(some: list[tuple[float, bool]]) -> None:
    said, good = arrays(some)
    found = {name: figure.value for name, figure in measures(said, good, seed=1, rounds=5).items()}

    assert found["auc"] == pytest.approx(sk.roc_auc_score(good, said), abs=1e-6)
    assert found["average_precision"] == pytest.approx(sk.average_precision_score(good, said), abs=1e-6)
    assert found["brier"] == pytest.approx(sk.brier_score_loss(good, said), abs=1e-6)
    assert found["log_loss"] == pytest.approx(sk.log_loss(good, np.clip(said, 1e-15, 1 - 1e-15)), abs=1e-6)


@given(cases)
def test_turning_scores_round_turns_the_area_round(some: list[tuple[float, bool]]) -> None:
    said, good = arrays(some)

    assert auc(said, good) + auc(-said, good) == pytest.approx(1)


@given(cases)
def test_all_leads_hold_all_conversions_and_gain_never_falls(some: list[tuple[float, bool]]) -> None:
    found = gain(*arrays(some), np.linspace(0, 1, 11))

    assert (found[0], found[-1]) == (0, pytest.approx(1))
    assert np.all(np.diff(found) >= -1e-12)


def test_honest_probabilities_have_a_small_calibration_error_and_shifted_ones_their_shift() -> None:
    rng = np.random.default_rng(3)
    said = rng.uniform(0.1, 0.8, 50_000)
    good = rng.random(50_000) < said

    assert measures(said, good, seed=1)["ece"].value == pytest.approx(0, abs=0.01)
    assert measures(said + 0.1, good, seed=1)["ece"].value == pytest.approx(0.1, abs=0.01)
    assert sum(one.low <= one.said <= one.high for one in reliability(said, good)) >= 8


def test_lift_is_how_many_times_more_the_top_tenth_converts() -> None:
    good = np.arange(100) < 20
    said = np.where(good, 0.9, 0.1)

    assert measures(said, good, seed=1)["lift_10"].value == pytest.approx(5)
    assert measures(np.full(100, 0.5), good, seed=1)["lift_10"].value == pytest.approx(1)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    truth, inside = 0.2 * 0.8, 0
    for seed in range(60):
        good = rng.random(400) < 0.2
        brier = measures(np.full(400, 0.2), good, seed=seed)["brier"]
        assert brier.low is not None
        assert brier.high is not None
        inside += brier.low <= truth <= brier.high

    assert 50 <= inside <= 60


def test_intervals_are_the_same_for_the_same_seed_and_many_leads_are_cheap() -> None:
    rng = np.random.default_rng(6)
    said = rng.random(200_000)
    good = rng.random(200_000) < said
    first, second = (measures(said, good, seed=9) for _ in range(2))

    assert first == second
    area = first["auc"]
    assert area.low is not None
    assert area.high is not None
    assert area.low < float(sk.roc_auc_score(good, said)) < area.high
    assert mean_difference(said, said, seed=1).value == 0


def test_one_kind_of_outcome_has_no_area() -> None:
    found = measures(np.array([0.1, 0.2]), np.array([True, True]), seed=1)

    assert found["auc"].value is None
    assert found["brier"].value is not None
    assert wilson(0.5, 0) == (0.0, 1.0)
