"""The policy at work: an approval completes when every review is met, and counts again before anything is executed."""

from typing import Any

import pytest
from sqlalchemy import func, select

from approvals import decide
from approvals.errors import NotAllowed
from approvals.execute import run_steps
from approvals.reviewers import able, panel_of
from policies.actions import ActionKind, Risk, Status
from tests.approvals.conftest import BODY, Put, about, proposal, seen, status, with_practice
from tests.approvals.executing import held_by
from tools.errors import Conflict
from tools.store.action_tables import decisions
from tools.workspace import Workspace

PEOPLE = [*BODY["people"], {"username": "ruth", "name": "Ruth Abara", "roles": ["clinical_reviewer"]}]
THREE = {"kinds": ["landing_page_fix"], "reviews": [{"roles": ["marketing"]}, {"roles": ["compliance"]}, {"roles": ["clinical_reviewer"]}]}


def under(ws: Workspace, *rules: dict[str, Any], people: Any = PEOPLE, **more: Any) -> Workspace:
    return with_practice(ws, people=people, approval_policy={"rules": list(rules), **more})


@pytest.mark.parametrize("order", [("theo", "inez", "ruth"), ("ruth", "theo", "inez")])
def test_marketing_compliance_and_a_clinician_review_in_any_order(workspace: Workspace, put: Put, order: tuple[str, ...]) -> None:
    ws = under(workspace, THREE)
    action = put(ws=ws)

    *first, last = order
    for person in first:
        assert decide.approve(ws, action.id, by=person, **about(action)).status is Status.QUEUED
    assert run_steps(ws, action.id) == "held"

    assert decide.approve(ws, action.id, by=last, **about(action)).status is Status.APPROVED
    assert run_steps(ws, action.id) == "done"


def test_a_review_that_is_there_is_not_given_twice(workspace: Workspace, put: Put) -> None:
    ws = under(workspace, THREE)
    action = put(ws=ws)
    decide.approve(ws, action.id, by="theo", **about(action))

    with pytest.raises(Conflict, match=r"from theo.*waits for compliance and clinical_reviewer"):
        decide.approve(ws, action.id, by="mara", **about(action))

    with ws.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(decisions)) == 1


def test_a_rule_written_after_the_approval_is_asked_for_before_execution(workspace: Workspace, put: Put) -> None:
    action = put()
    decide.approve(workspace, action.id, by="theo", **about(action))
    stricter = under(
        workspace, {"kinds": ["landing_page_fix"], "roles": ["marketing"]}, {"kinds": ["landing_page_fix"], "roles": ["compliance"]}
    )

    assert run_steps(stricter, action.id) == "held"

    assert status(workspace, action) is Status.QUEUED
    assert "EXEC-DECISION" in held_by(workspace, action)


def test_when_the_policy_comes_to_ask_for_less_one_more_approval_lets_the_item_go(workspace: Workspace, put: Put) -> None:
    ws = under(workspace, THREE)
    action = put(ws=ws)
    decide.approve(ws, action.id, by="theo", **about(action))
    looser = under(workspace, {"kinds": ["landing_page_fix"], "roles": ["marketing"]})
    with looser.database.read() as connection:
        panel = panel_of(looser.practice, connection, action, now=looser.clock())
        assert able(looser.practice, panel, lent=(), now=looser.clock()) == ("mara",)

    with pytest.raises(Conflict, match="approved this version"):
        decide.approve(looser, action.id, by="theo", **about(action))
    assert decide.approve(looser, action.id, by="mara", **about(action)).status is Status.APPROVED
    assert run_steps(looser, action.id) == "done"


def test_one_who_left_the_practice_no_longer_counts(workspace: Workspace, put: Put) -> None:
    action = put()
    decide.approve(workspace, action.id, by="theo", **about(action))
    left = with_practice(workspace, people=[one for one in BODY["people"] if one["username"] != "theo"])

    assert run_steps(left, action.id) == "held"
    assert "EXEC-DECISION" in held_by(workspace, action)


def test_a_rule_by_risk_asks_only_where_the_risk_is(workspace: Workspace, put: Put) -> None:
    rules = [
        {"kinds": ["landing_page_fix"], "roles": ["marketing"]},
        {"kinds": ["landing_page_fix"], "roles": ["compliance"], "risks": ["high"]},
    ]
    ws = under(workspace, *rules)
    low, high = put(proposal(subject="/hip", risk=Risk.LOW), ws=ws), put(proposal(subject="/knee", risk=Risk.HIGH), ws=ws)

    assert decide.approve(ws, low.id, by="theo", **about(low)).status is Status.APPROVED
    assert decide.approve(ws, high.id, by="theo", **about(high)).status is Status.QUEUED
    assert decide.approve(ws, high.id, by="inez", **about(high)).status is Status.APPROVED


@pytest.mark.parametrize(
    ("kind", "rules"),
    [
        (ActionKind.LANDING_PAGE_FIX, [{"kinds": ["landing_page_fix"], "reviews": [{"roles": ["clinical_reviewer"], "people": 2}]}]),
        (ActionKind.LANDING_PAGE_FIX, [{"kinds": ["landing_page_fix"], "roles": ["marketing"], "states": ["TX"], "channels": ["email"]}]),
        (ActionKind.VIDEO_METADATA, [{"kinds": ["video_metadata"], "roles": ["marketing"], "risks": ["low", "medium", "high"]}]),
    ],
)
def test_a_policy_that_cannot_be_met_is_closed(workspace: Workspace, put: Put, kind: ActionKind, rules: list[dict[str, Any]]) -> None:
    ws = under(workspace, *rules)
    action = put(proposal(kind), ws=ws)

    for person in PEOPLE:
        with pytest.raises(NotAllowed):
            decide.approve(ws, action.id, by=person["username"], **about(action))

    assert seen(ws, action).status is Status.QUEUED


def test_a_rule_sets_how_long_an_item_may_wait(workspace: Workspace, put: Put) -> None:
    ws = under(workspace, {"kinds": ["landing_page_fix"], "roles": ["marketing"], "expires_days": 3})

    action = put(ws=ws)

    assert (action.expires_at - action.created_at).days == 3
