import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.channels.google_search import SMALL_COUNT, propose
from policies.actions import ActionKind, Proposal, Severity, action_id
from policies.records import Channel, Engagement, EngagementKind
from tests.agents.conftest import Check
from tests.agents.made import act, context


def term(
    text: str, *, campaign: str = "Ortho A", clicks: float = 40, cost: float = 80, conversions: float = 0, **changes: Any
) -> Engagement:
    metrics = {"clicks": clicks, "impressions": clicks * 10, "cost_usd": cost, "conversions": conversions}
    return act(EngagementKind.AD_SEARCH_TERM, text=text, campaign=campaign, service_line="orthopaedics", metrics=metrics, **changes)


def query(text: str, impressions: float, *, page: str = "/", **changes: Any) -> Engagement:
    return act(EngagementKind.SEARCH_QUERY, text=text, object_key=page, metrics={"clicks": 1.0, "impressions": impressions}, **changes)


def visit(visitor: int, route: str, kind: EngagementKind = EngagementKind.SERVICE_PAGE, **changes: Any) -> Engagement:
    return act(kind, object_key=route, campaign="Ortho A", service_line="orthopaedics", match_keys=(f"anon:{visitor:040x}",), **changes)


def of_kind(proposals: list[Proposal], kind: ActionKind) -> list[Proposal]:
    return [proposal for proposal in proposals if proposal.kind is kind]


# --- negative keywords


@pytest.mark.parametrize(
    "wasted",
    [
        "orthopedic surgeon jobs",
        "surgeon salary texas",
        "free knee brace",
        "diy knee wrap",
        "knee anatomy pdf",
        "dog knee surgery",
        "knee clip art",
    ],
)
def test_an_irrelevant_term_that_cost_money_becomes_a_negative_keyword(wasted: str, check: Check) -> None:
    [proposal] = propose([term(wasted)], context(Channel.SEARCH))

    assert proposal.kind is ActionKind.NEGATIVE_KEYWORDS
    assert f'"{wasted}"' in proposal.content.body
    assert proposal.why[0] == "40 clicks cost $80.00 in 1 days and brought no conversion"
    assert check(proposal) == {}


@pytest.mark.parametrize(
    "kept", ["knee pain specialist", "knee replacement cost", "catheter removal", "freedom knee brace", "free knee [NAME_1]"]
)
def test_a_relevant_or_personal_term_is_left_alone(kept: str) -> None:
    assert propose([term(kept)], context(Channel.SEARCH)) == []


def test_an_irrelevant_term_that_converts_is_left_alone() -> None:
    assert propose([term("knee surgeon jobs", conversions=2)], context(Channel.SEARCH)) == []


def test_a_competitor_named_in_the_plan_is_irrelevant() -> None:
    found = propose([term("riverbend clinic knee")], context(Channel.SEARCH, limits={"competitors": "Riverbend Clinic"}))

    assert found[0].why[1] == "looking for a competitor: 1 of 1"


def test_there_is_one_list_per_campaign_and_month_with_the_dearest_terms_first() -> None:
    acts = [term("knee jobs", cost=10), term("hip jobs", cost=90), term("knee jobs", cost=5), term("hip salary", campaign="Ortho B")]

    proposals = propose(acts, context(Channel.SEARCH))

    assert [(one.subject, one.period) for one in proposals] == [("Ortho A", "2026-03"), ("Ortho B", "2026-03")]
    assert proposals[0].content.body.splitlines()[1:] == ['"hip jobs"', '"knee jobs"']


# --- budget shift


def test_money_moves_from_the_dear_to_the_cheap_campaign_of_one_line(check: Check) -> None:
    acts = [
        act(
            EngagementKind.AD_SEARCH_TERM,
            days_ago=day,
            text="knee surgeon",
            campaign=campaign,
            service_line="orthopaedics",
            metrics={"clicks": 10, "cost_usd": 100, "conversions": conversions},
        )
        for day in range(1, 31)
        for campaign, conversions in (("Ortho A", 5), ("Ortho B", 1))
    ]

    [proposal] = of_kind(propose(acts, context(Channel.SEARCH)), ActionKind.BUDGET_SHIFT)

    assert proposal.content.fields | {"draft": None} == {
        "from_campaign": "Ortho B",
        "to_campaign": "Ortho A",
        "amount_usd": 600.0,
        "from_spent_usd": 3000.0,
        "from_cost_per_conversion_usd": 100.0,
        "to_spent_usd": 3000.0,
        "to_cost_per_conversion_usd": 20.0,
        "days": 30,
        "draft": None,
    }
    assert proposal.money_usd == 600.0  # 20 % of 3000 dollars a month
    assert proposal.why[:2] == (
        "Ortho B: $100.00 per conversion (30 conversions, $3,000.00)",
        "Ortho A: $20.00 per conversion (150 conversions, $3,000.00)",
    )
    assert check(proposal) == {}


def test_no_money_moves_between_service_lines_or_close_campaigns_or_on_few_clicks() -> None:
    across = [term("knee", conversions=9), term("tooth", campaign="Dental", conversions=1).model_copy(update={"service_line": "dental"})]
    close = [term("knee", conversions=10), term("hip", campaign="Ortho B", conversions=8)]
    thin = [term("knee", conversions=9), term("hip", campaign="Ortho B", clicks=5, conversions=0)]

    for acts in (across, close, thin):
        assert of_kind(propose(acts, context(Channel.SEARCH)), ActionKind.BUDGET_SHIFT) == []


# --- landing pages


def test_a_landing_page_that_loses_people_is_named_with_its_figures(check: Check) -> None:
    acts = [visit(n, "/orthopaedics") for n in range(60)] + [visit(n, "/dental") for n in range(100, 160)]
    acts += [visit(n, "/appointments", EngagementKind.APPOINTMENT_REQUEST) for n in range(100, 130)]

    [proposal] = of_kind(propose(acts, context(Channel.SEARCH)), ActionKind.LANDING_PAGE_FIX)

    assert proposal.subject == "route:/orthopaedics"
    assert proposal.why[0] == "60 visitors from campaigns landed here and 0.0% asked for contact; the average is 25.0%"
    assert check(proposal) == {}


def test_a_visitor_counts_once_however_often_they_land() -> None:
    acts = [visit(n % 10, "/orthopaedics") for n in range(200)] + [visit(n, "/dental", EngagementKind.CALLBACK_REQUEST) for n in range(10)]

    assert of_kind(propose(acts, context(Channel.SEARCH)), ActionKind.LANDING_PAGE_FIX) == []


# --- query coverage


def test_a_query_without_a_page_becomes_a_brief_with_author_and_reviewer(check: Check) -> None:
    [proposal] = propose([query("why does my knee click", 400, service_line="orthopaedics")], context(Channel.SEARCH))

    assert proposal.kind is ActionKind.QUERY_COVERAGE
    assert "Author: Bo Lind, MD." in proposal.content.body  # board-certified before the others
    assert "Medical reviewer: Ruth Abara, MD." in proposal.content.body
    assert check(proposal) == {"EEAT-REVIEWER": Severity.NEEDS_REVIEW}


def test_a_dental_brief_names_the_responsible_dentist(check: Check) -> None:
    [proposal] = propose([query("tooth pain at night", 400)], context(Channel.SEARCH))

    assert proposal.facts["responsible_dentist_identified"] is True
    assert "STATE-FL-DENTAL" not in check(proposal)


@pytest.mark.parametrize(
    "acts",
    [
        pytest.param([query("why does my knee click", SMALL_COUNT - 1)], id="too rare"),
        pytest.param(
            [query("why does my knee click", 400), query("why does my knee click", 5, page="/orthopaedics")], id="answered elsewhere"
        ),
        pytest.param([query("weather tomorrow", 400)], id="not our service"),
        pytest.param([query("knee surgeon jobs", 400)], id="irrelevant"),
        pytest.param([query("knee doctor for [NAME_1]", 400)], id="somebody's name"),
    ],
)
def test_no_brief_for_such_a_query(acts: list[Engagement]) -> None:
    assert propose(acts, context(Channel.SEARCH)) == []


def test_the_small_count_floor_cannot_be_lowered_by_a_plan() -> None:
    few = [query("why does my knee click", SMALL_COUNT - 1)]

    assert propose(few, context(Channel.SEARCH, limits={"min_impressions": 1})) == []


# --- all of them


def busy_week() -> list[Engagement]:
    acts = [
        term(f"{joint} {why}", campaign=f"Ortho {n % 7}") for n, joint in enumerate(("knee", "hip")) for why in ("jobs", "salary", "pdf")
    ]
    acts += [query(f"knee question {n}", 100 + n) for n in range(30)]
    return acts + [visit(n, "/orthopaedics") for n in range(50)]


@given(st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(shuffler: random.Random) -> None:
    acts = busy_week()
    before = propose(acts, context(Channel.SEARCH))

    shuffler.shuffle(acts)

    assert propose(acts, context(Channel.SEARCH)) == before


def test_the_plan_limits_how_many_wait_and_the_most_valuable_come_first() -> None:
    proposals = propose(iter(busy_week()), context(Channel.SEARCH, max_actions=3))

    assert len(proposals) == 3
    assert propose(busy_week(), context(Channel.SEARCH, max_actions=3, waiting=3)) == []
    assert proposals == propose(busy_week(), context(Channel.SEARCH))[:3]


def test_what_is_an_action_already_makes_room_for_the_next() -> None:
    first = propose(busy_week(), context(Channel.SEARCH, max_actions=1))
    known = frozenset(action_id(one.kind, one.channel, one.subject, one.period) for one in first)

    second = propose(busy_week(), context(Channel.SEARCH, max_actions=1, known=known))

    assert first[0].subject != second[0].subject


def test_a_line_behind_its_goal_goes_first() -> None:
    acts = [query("knee question", 120, service_line="orthopaedics"), query("tooth question", 100, service_line="dental")]

    proposals = propose(acts, context(Channel.SEARCH, limits={"focus": "dental"}))

    assert [one.content.fields["query"] for one in proposals] == ["tooth question", "knee question"]
