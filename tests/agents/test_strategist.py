"""The plan and the brief: pure, so every case is a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.strategist import plan, plan_proposal, working_plan
from policies.actions import ActionKind, Plan, Risk
from policies.records import Channel
from tests.agents.conftest import Check
from tests.agents.made import NOW, practice
from tools.store.results import LastResults

DEAR_SEARCH = LastResults(
    mqls_by_line={"orthopaedics": 5, "dental": 10},
    mqls_by_channel={Channel.SEARCH: 6, Channel.YOUTUBE: 9},
    spend_by_channel={Channel.SEARCH: 6000.0},
)


def budgets(made: Plan) -> dict[str, float]:
    return {one.channel.value: one.budget_usd for one in made.channels}


def test_the_first_plan_is_the_practices_own_budget() -> None:
    made = plan(practice(), None, NOW)

    assert budgets(made) == {"search": 6000, "listings": 1000, "email": 1000, "youtube": 2000}
    assert (made.period, made.budget_usd, made.changes_spend) == ("2026-03", 10_000, False)
    assert plan_proposal(made, practice()) is None


def test_money_moves_from_the_dearest_to_the_cheapest_mql_when_a_goal_is_missed() -> None:
    made = plan(practice(), DEAR_SEARCH, NOW)

    assert budgets(made) == {"search": 4800, "listings": 1000, "email": 1000, "youtube": 3200}
    assert made.changes_spend
    assert made.reasons == (
        "Orthopaedics: 5 of 12 MQLs in 30 days",
        "Dental: 10 of 10 MQLs in 30 days",
        "search: $1,000.00 per MQL, 6 MQLs",
        "youtube: $222.22 per MQL, 9 MQLs",
        "$1,200.00 moves from search to youtube, at most 20% of a channel at once",
    )


def test_agents_work_with_the_old_budget_until_two_people_have_agreed() -> None:
    made = plan(practice(), DEAR_SEARCH, NOW)

    assert budgets(working_plan(made, practice()))["search"] == 6000
    assert budgets(working_plan(made, practice(), {Channel.SEARCH: 4800.0, Channel.YOUTUBE: 3200.0}))["search"] == 4800
    assert working_plan(made, practice()).channels[0].limits == {"focus": "orthopaedics"}


def test_a_plan_that_moves_money_is_an_action_with_its_figures(check: Check) -> None:
    proposal = plan_proposal(plan(practice(), DEAR_SEARCH, NOW), practice())

    assert proposal is not None
    assert (proposal.kind, proposal.subject, proposal.period) == (ActionKind.PLAN_BUDGET, "harbor", "2026-03")
    assert (proposal.money_usd, proposal.risk) == (1200.0, Risk.HIGH)
    assert "search: $6,000.00 → $4,800.00 (-1,200)" in proposal.content.body
    assert check(proposal) == {}


def test_an_adopted_plan_asks_for_nothing_more() -> None:
    made = plan(practice(), DEAR_SEARCH, NOW)
    adopted = {one.channel: one.budget_usd for one in made.channels}

    assert plan_proposal(made, practice(), in_force=adopted) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"mqls_by_channel": {Channel.SEARCH: 6}}, "fewer than two channels have 5 MQLs", id="one channel"),
        pytest.param(
            {"mqls_by_channel": {Channel.SEARCH: 6, Channel.EMAIL: 4}}, "fewer than two channels have 5 MQLs", id="too few to compare"
        ),
        pytest.param({"mqls_by_channel": {Channel.LISTINGS: 6, Channel.EMAIL: 7}}, "costs per MQL are close", id="close"),
    ],
)
def test_no_money_moves_without_evidence(changes: dict[str, object], reason: str) -> None:
    made = plan(practice(), DEAR_SEARCH.model_copy(update={**changes, "spend_by_channel": {}}), NOW)

    assert not made.changes_spend
    assert reason in made.reasons[-1]


def test_no_money_moves_while_every_goal_is_met() -> None:
    met = DEAR_SEARCH.model_copy(update={"mqls_by_line": {"orthopaedics": 12, "dental": 10}})

    made = plan(practice(), met, NOW)

    assert not made.changes_spend
    assert made.objective == "Keep every line at its goal: 12 MQLs for Orthopaedics, 10 MQLs for Dental"


counts = st.dictionaries(st.sampled_from(list(Channel)), st.integers(0, 60))
spends = st.dictionaries(st.sampled_from(list(Channel)), st.floats(0, 50_000))


@given(counts, spends)
def test_a_plan_never_spends_more_and_never_moves_more_than_allowed(mqls: dict[Channel, int], spent: dict[Channel, float]) -> None:
    made = plan(practice(), LastResults(mqls_by_channel=mqls, spend_by_channel=spent), NOW)

    assert made.budget_usd == 10_000
    for one in made.channels:
        before = practice().budget.by_channel_usd[one.channel]
        assert one.budget_usd >= before * 0.8 - 0.01
    assert made == plan(practice(), LastResults(mqls_by_channel=mqls, spend_by_channel=spent), NOW)
