import numpy as np
import polars as pl
import pytest

from tests.tools.learning.made import made_leads
from tools.learning.columns import choose_columns
from tools.learning.leads import leads_of
from tools.learning.leaks import Sign, find_leaks, name_speaks_of_outcomes
from tools.learning.read import Table

INNOCENT = {"visits", "minutes", "noise", "payer", "in_area", "city"}


def signs(frame: pl.DataFrame, *, keep: tuple[str, ...] = ()) -> dict[str, Sign]:
    leads = leads_of(Table("leads.csv", frame, lines=True), outcome="converted", time="created", id_="lead_id")
    return {sign.column: sign for sign in find_leaks(choose_columns(leads, keep=keep).columns, leads.good, keep=keep)}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("base", [-3.5, -1.2])
def test_columns_filled_after_contact_are_flagged_and_innocent_ones_are_not(seed: int, base: float) -> None:
    found = signs(made_leads(seed=seed, base=base, leaks=True))

    assert {name for name, sign in found.items() if sign.leak} == {"Tags", "Lead Quality", "duration", "grp"}
    assert {name for name, sign in found.items() if not sign.leak} == INNOCENT


def test_each_sign_is_seen_for_itself() -> None:
    found = signs(made_leads(leaks=True))

    assert (found["Tags"].gap, found["Tags"].named, found["Tags"].pure > 0.3) == (True, True, True)
    assert (found["duration"].above, found["duration"].named, found["duration"].gap) == (True, True, False)
    assert (found["grp"].named, found["grp"].auc is not None and found["grp"].auc > 0.95) == (False, True)
    assert all(sign.why for sign in found.values() if sign.leak)


def test_a_strong_column_known_before_contact_is_no_leak() -> None:
    frame = made_leads()
    good = frame["converted"].to_numpy()
    rng = np.random.default_rng(4)
    strong = frame.with_columns(pl.Series("budget", good * 1.25 + rng.normal(size=len(good))))

    sign = signs(strong)["budget"]
    assert sign.auc is not None
    assert 0.78 < sign.auc < 0.84
    assert not sign.leak


def test_a_column_with_many_gaps_that_say_nothing_is_no_leak() -> None:
    frame = made_leads()
    rng = np.random.default_rng(4)
    gaps = frame.with_columns(pl.Series("job", np.where(rng.random(frame.height) < 0.5, "manager", None).tolist()))

    assert not signs(gaps)["job"].gap


def test_a_name_alone_or_a_telling_gap_alone_is_shown_but_stays() -> None:
    frame = made_leads()
    good = frame["converted"].to_numpy() == 1
    rng = np.random.default_rng(4)
    stated = rng.random(frame.height) < np.where(good, 0.8, 0.5)
    stage = pl.Series("stage", rng.choice(["a", "b"], frame.height))
    job = pl.Series("job", np.where(stated, rng.choice(["x", "y"], frame.height), None).tolist())
    one = frame.with_columns(stage, job)

    found = signs(one)
    assert (found["stage"].named, found["stage"].leak) == (True, False)
    assert (found["job"].gap, found["job"].leak, bool(found["job"].why)) == (True, False, True)


def test_a_gap_with_a_name_that_speaks_of_outcomes_is_a_leak() -> None:
    frame = made_leads()
    good = frame["converted"].to_numpy() == 1
    rng = np.random.default_rng(4)
    stated = rng.random(frame.height) < np.where(good, 0.9, 0.5)
    one = frame.with_columns(pl.Series("Lead Profile", np.where(stated, rng.choice(["x", "y"], frame.height), None).tolist()))

    assert signs(one)["Lead Profile"].leak


def test_a_kept_column_is_judged_but_stays() -> None:
    found = signs(made_leads(leaks=True), keep=("Tags",))

    assert (found["Tags"].leak, found["Tags"].kept) == (False, True)
    assert found["duration"].leak


def test_few_leads_prove_nothing() -> None:
    found = signs(made_leads(40, leaks=True))

    assert not any(sign.leak for sign in found.values())


@pytest.mark.parametrize(
    "name", ["Tags", "Lead Quality", "duration", "CallDuration", "lead_stage", "Last Notable Activity", "Lead Profile"]
)
def test_names_that_speak_of_outcomes(name: str) -> None:
    assert name_speaks_of_outcomes(name)


@pytest.mark.parametrize(
    "name", ["visits", "poutcome", "provider_profile", "Lead Source", "Total Time Spent on Website", "month", "campaign"]
)
def test_names_of_what_is_known_before(name: str) -> None:
    assert not name_speaks_of_outcomes(name)
