import math
from pathlib import Path

import numpy as np
import pytest

from policies.leads.model import Model
from policies.records import Track
from tests.tools.learning.made import PAYER, made_leads, written
from tools.learning.encode import MISSING, Term
from tools.learning.evaluate import rolling_folds
from tools.learning.fit import calibrate, sigmoid
from tools.learning.leads import Leads, leads_of
from tools.learning.learn import Learned, learn
from tools.learning.points import points_of, proposal_text, propose
from tools.learning.read import Table, read_table
from tools.packs.models import SHIPPED, load_model_file


def leads(folder: Path, name: str = "leads.csv", **made: float | bool | int) -> Leads:
    return leads_of(read_table(written(made_leads(**made), folder, name)), outcome="converted", time="created", id_="lead_id")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    return learn(leads(tmp_path_factory.mktemp("plain"), count=12_000, leaks=True))


@pytest.fixture(scope="module")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    return learn(leads(tmp_path_factory.mktemp("drifted"), count=12_000, drift=1.5, gap=True))


def test_known_coefficients_and_their_order_are_recovered(plain: Learned) -> None:
    log_odds = {(point.column, point.label): point.log_odds for point in plain.points}

    assert log_odds["visits", "(value)"] == pytest.approx(0.8, abs=0.08)
    assert log_odds["minutes", "(value)"] == pytest.approx(0.5, abs=0.08)
    assert log_odds["noise", "(value)"] == pytest.approx(0, abs=0.06)
    assert log_odds["in_area", "yes"] - log_odds["in_area", "no"] == pytest.approx(1.4, abs=0.12)
    for level in ("accepted", "self_pay"):
        assert log_odds["payer", level] - log_odds["payer", "unknown_plan"] == pytest.approx(PAYER[level] - PAYER["unknown_plan"], abs=0.15)
    order = list(dict.fromkeys(point.column for point in plain.points))
    assert order[:4] == ["visits", "in_area", "payer", "minutes"]
    assert set(order[4:]) == {"city", "noise"}


def test_points_are_twenty_per_doubling_of_the_odds(plain: Learned) -> None:
    points = {(point.column, point.label): point for point in plain.points}
    yes, no = points["in_area", "yes"], points["in_area", "no"]

    assert yes.points - no.points == pytest.approx(20 * (yes.log_odds - no.log_odds) / math.log(2), abs=0.1)
    assert no.points == 0


def test_the_model_is_as_good_as_the_truth_allows_and_decides(plain: Learned) -> None:
    assert plain.decision == "model"
    assert plain.evaluation is not None
    newest = plain.evaluation.slices[-1]
    assert newest.calibration == "isotonic"
    assert newest.model["auc"].value == pytest.approx(0.78, abs=0.03)
    assert plain.evaluation.over_base_rate.low is not None
    assert plain.evaluation.over_base_rate.low > 0


def test_leaks_and_forbidden_columns_never_reach_the_model(plain: Learned) -> None:
    out = {one.column: one.why for one in plain.left_out}

    assert out == {
        "currency": "constant",
        "Patient Age": "forbidden",
        "Tags": "leak",
        "Lead Quality": "leak",
        "duration": "leak",
        "grp": "leak",
    }
    assert {point.column for point in plain.points} == {"visits", "minutes", "noise", "payer", "in_area", "city"}


def test_calibration_on_newer_leads_mends_a_drifted_base_rate(drifted: Learned) -> None:
    assert drifted.evaluation is not None
    for window in (*drifted.evaluation.slices, drifted.evaluation.all):
        raw, calibrated, baseline = (found["ece"].value for found in (window.raw, window.model, window.baseline))
        assert raw is not None
        assert calibrated is not None
        assert baseline is not None
        assert calibrated < 0.6 * raw
        assert calibrated < baseline
    over = drifted.evaluation.over_baseline
    assert over.low is not None
    assert over.low > 0


def test_a_drifted_base_rate_rings_with_its_threshold(drifted: Learned, plain: Learned) -> None:
    assert drifted.drift is not None
    assert plain.drift is not None
    assert any("the share that converts went from" in alarm and "25%" in alarm for alarm in drifted.drift.alarms)
    assert plain.drift.alarms == ()


def test_a_shifted_feature_rings_with_its_index(tmp_path: Path) -> None:
    frame = made_leads()
    moved = frame["visits"].to_numpy() + np.where(np.arange(frame.height) > 0.8 * frame.height, 1.0, 0.0)
    table = Table("leads.csv", frame.with_columns(visits=moved), lines=True)
    found = learn(leads_of(table, outcome="converted", time="created", id_="lead_id"))

    assert found.drift is not None
    assert found.drift.features[0].column == "visits"
    assert "visits has shifted" in found.drift.alarms[0]


@pytest.mark.parametrize(("count", "reason"), [(400, "1,000 are needed"), (2, "no window of time"), (30, "no window of time|30 leads")])
def test_too_few_leads_leave_the_rules_in_charge_and_still_show_what_they_can(tmp_path: Path, count: int, reason: str) -> None:
    frame = made_leads(6000)
    good, bad = frame.filter(frame["converted"] == 1), frame.filter(frame["converted"] == 0)
    table = Table("few.csv", good[: count // 2].vstack(bad[: count // 2]), lines=True)
    found = learn(leads_of(table, outcome="converted", time="created", id_="lead_id"))

    assert found.decision == "rules"
    assert any(part in " ".join(found.reasons) for part in reason.split("|"))
    assert found.left_out
    assert any("too few newer leads" in note for note in found.notes) == (count < 400)
    assert (found.evaluation is None) == (count == 2)


def test_noise_leaves_the_rules_in_charge(tmp_path: Path) -> None:
    frame = made_leads().select("created", "converted", "noise")
    found = learn(leads_of(Table("noise.csv", frame, lines=True), outcome="converted", time="created"))

    assert found.decision == "rules"
    assert "not surely better" in found.reasons[0]


def test_a_file_without_any_usable_column_leaves_the_rules_in_charge() -> None:
    frame = made_leads().select("created", "converted", "currency")
    found = learn(leads_of(Table("bare.csv", frame, lines=True), outcome="converted", time="created"))

    assert found.reasons == ("no column is left to learn from",)


def test_the_same_leads_give_the_same_result_from_csv_parquet_and_any_order_of_rows(tmp_path: Path) -> None:
    frame = made_leads(3000, gap=True)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=1)
    files = [written(frame, tmp_path, "a.csv"), written(frame, tmp_path, "b.parquet"), written(shuffled, tmp_path, "c.csv")]
    found = [learn(leads_of(read_table(file), outcome="converted", time="created", id_="lead_id")) for file in files]
    bodies = [one.model_dump_json(exclude={"file", "notes"}) for one in found]

    assert bodies[0] == bodies[1] == bodies[2]
    assert "not in order" in found[2].notes[0]


def test_windows_follow_time_and_leads_of_one_time_stay_together() -> None:
    days = np.repeat(np.arange(10.0), 37)
    folds = rolling_folds(days)

    assert len(folds) == 3
    for fold in folds:
        train, calibration, test = (set(days[part].tolist()) for part in (fold.train, fold.calibrate, fold.test))
        assert max(train) < min(calibration)
        assert max(calibration) < min(test)
    assert folds[-1].test.stop == len(days)
    assert rolling_folds(np.array([1.0, 1.0, 2.0])) == []


def test_platt_finds_the_true_sigmoid_and_isotonic_never_says_never() -> None:
    rng = np.random.default_rng(2)
    log_odds = rng.normal(size=900)
    good = rng.random(900) < sigmoid(2 * log_odds - 1)
    platt = calibrate(log_odds, good)
    isotonic = calibrate(np.tile(log_odds, 2), np.tile(log_odds > 0, 2))

    assert platt.kind == "platt"
    assert platt.y == pytest.approx([2, -1], abs=0.3)
    assert isotonic.kind == "isotonic"
    extremes = isotonic.probability(np.array([-50.0, 50.0]))
    assert 0 < extremes[0] < extremes[1] < 1


def test_a_proposal_keeps_all_but_the_learned_fit_weights_and_can_be_loaded(plain: Learned, tmp_path: Path) -> None:
    base = load_model_file(SHIPPED / "dental.yaml")
    model, proposal = propose(base, plain.points)
    (tmp_path / "proposed.yaml").write_text(proposal_text(model, "leads.csv", "AUC 0.78."))

    loaded = load_model_file(tmp_path / "proposed.yaml")
    assert loaded == model
    assert loaded.id != base.id
    assert set(proposal.used) == {"payer", "in_area"}
    changed = {key for key, value in base.model_dump().items() if value != loaded.model_dump()[key]}
    assert changed == {"fit_weights"}
    assert loaded.fit_weights["in_area"]["yes"] == pytest.approx(20 * 1.4 / math.log(2), abs=4)
    assert loaded.fit_weights["contactable"] == base.fit_weights["contactable"]
    assert {"visits", "minutes"} <= set(proposal.ignored)
    assert "fit_cap" in proposal.notes[0]


def test_levels_are_judged_against_leads_that_state_nothing() -> None:
    points = points_of(
        [Term("payer", "accepted"), Term("payer", MISSING), Term("payer", "none")], np.array([0.5, 0.2, -0.3]), {"payer": 1.0}
    )
    base = Model(track=Track.B2C_PATIENT, fit_weights={"payer": {"accepted": 8}}, intent_points={}, decay_per_quarter=0.25, threshold=60)  # type: ignore[call-arg]
    model, _ = propose(base, points)

    assert model.fit_weights == {"payer": {"accepted": 9, "none": -14}}
