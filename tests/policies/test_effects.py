"""What an action is expected to bring: the sum, and silence where there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.actions import ActionKind
from policies.effects import ENOUGH, Known, predicted

money = st.floats(0, 1e6, allow_nan=False)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-10, 10**6), money, st.text(max_size=5))
names = st.sampled_from(
    [
        "amount_usd",
        "cost_usd",
        "days",
        "landings",
        "conversion_rate",
        "average_rate",
        "from_cost_per_conversion_usd",
        "to_cost_per_conversion_usd",
    ]
)


def test_wasted_clicks_are_brought_to_thirty_days_with_the_sum_shown() -> None:
    effect = predicted(ActionKind.NEGATIVE_KEYWORDS, {"cost_usd": 560.0, "days": 56})

    assert effect.said == "About $300 less spent on clicks that bring nothing, each 30 days"
    assert effect.sums == ("$560 spent on these searches in 56 days", "$560 ÷ 56 × 30 = $300")


def test_a_budget_shift_counts_what_is_given_up_too() -> None:
    fields = {"amount_usd": 600.0, "from_cost_per_conversion_usd": 100.0, "to_cost_per_conversion_usd": 20.0}

    assert predicted(ActionKind.BUDGET_SHIFT, fields).said == "About 24 more conversions a month for the same money"


def test_a_campaign_without_a_conversion_gives_nothing_up() -> None:
    effect = predicted(ActionKind.BUDGET_SHIFT, {"amount_usd": 600.0, "to_cost_per_conversion_usd": 20.0})

    assert effect.sums[1] == "given up: none, it brought no conversion"


def test_a_weak_page_is_measured_against_the_average() -> None:
    fields = {"landings": 200, "conversion_rate": 0.01, "average_rate": 0.05}

    assert predicted(ActionKind.LANDING_PAGE_FIX, fields).sums == ("(5.0% − 1.0%) × 200 visitors = 8.0",)


@pytest.mark.parametrize("kind", [ActionKind.NURTURE_EMAIL, ActionKind.MQL_HANDOFF])
def test_few_outcomes_give_no_rate(kind: ActionKind) -> None:
    known = Known(mails_sent=ENOUGH - 1, mails_clicked=5, handed_over=ENOUGH - 1, became_sql=9)

    assert predicted(kind, {}, known).said == ""
    assert predicted(kind, {}, known).none


def test_enough_outcomes_give_a_rate_and_what_an_mql_is_worth() -> None:
    effect = predicted(ActionKind.MQL_HANDOFF, {}, Known(handed_over=40, became_sql=10, worth_usd=220.0))

    assert effect.said == "A chance of about 25% that sales makes it an SQL"
    assert "$220 for one MQL" in effect.sums[1]


@given(st.sampled_from(ActionKind), st.dictionaries(names, scalars))
def test_every_kind_answers_with_a_prediction_and_its_sum_or_with_why_there_is_none(kind: ActionKind, fields: dict[str, object]) -> None:
    effect = predicted(kind, fields)  # type: ignore[arg-type]

    assert bool(effect.said) != bool(effect.none)
    assert not effect.said or (effect.sums and effect.assumes)


@given(money.filter(lambda cost: cost > 1), st.integers(1, 365), st.integers(2, 5))
def test_twice_the_waste_saves_twice_as_much(cost: float, days: int, times: int) -> None:
    def saved(amount: float) -> float:
        line = predicted(ActionKind.NEGATIVE_KEYWORDS, {"cost_usd": amount, "days": days}).sums[1]
        return float(line.rpartition("$")[2].replace(",", ""))

    assert saved(cost * times) == pytest.approx(saved(cost) * times, rel=1e-6, abs=0.01 * times + 0.01)
