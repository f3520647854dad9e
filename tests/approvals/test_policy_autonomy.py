"""The autonomy ladder: two people raise it, one lowers it, a breach lowers it by itself; and what acts is still decided, held and checked."""

from typing import Any

import pytest
from sqlalchemy import select

from approvals import autonomy, decide
from approvals.act import act_on_grants
from approvals.autonomy import level_of
from approvals.errors import NotAllowed, NotDecidable
from approvals.execute import run_steps
from approvals.pause import pause, resume
from approvals.queue import history
from policies.actions import Action, ActionKind, Risk, Status
from policies.approval.ladder import Level, Limits, never
from policies.kinds import KINDS
from policies.records import Channel
from tests.approvals.conftest import Hand, Put, about, email, proposal, seen, status, with_policy
from tests.approvals.executing import held_by
from tools.errors import Conflict
from tools.store.action_tables import decisions
from tools.store.autonomy import Grant, get
from tools.workspace import Workspace

FIX = ActionKind.LANDING_PAGE_FIX
RULE = {"kinds": ["landing_page_fix", "nurture_email"], "roles": ["marketing"]}


def grant(ws: Workspace, kind: ActionKind = FIX, channel: Channel | None = None, **limits: Any) -> Grant:
    asked = autonomy.ask(ws, kind, Level.ACT, by="mara", channel=channel, limits=Limits(**{"per_day": 5, "undo_minutes": 30, **limits}))
    return autonomy.agree(ws, asked.id, by="inez")


def level(ws: Workspace, kind: ActionKind = FIX, channel: Channel = Channel.SEARCH) -> Level:
    with ws.database.read() as connection:
        return level_of(connection, kind, channel).level


def ended(ws: Workspace, found: Grant) -> str:
    with ws.database.read() as connection:
        return (get(connection, found.id) or found).ended_why or ""


@pytest.fixture
def acted(workspace: Workspace, put: Put, clock: Hand) -> tuple[Workspace, Grant, Action]:
    """A class that acts, and an item it has approved by itself."""
    ws = with_policy(workspace, RULE)
    made = grant(ws)
    clock.forward(minutes=1)
    action = put(ws=ws)
    assert act_on_grants(ws) == [action.id]
    return ws, made, seen(ws, action)


def test_until_two_people_agree_everything_proposes(workspace: Workspace, put: Put) -> None:
    asked = autonomy.ask(workspace, FIX, Level.ACT, by="mara", limits=Limits(per_day=5))
    action = put()

    assert act_on_grants(workspace) == []
    assert level(workspace) is Level.PROPOSE
    for wrong in ("mara", "theo", "pia", "ada"):
        with pytest.raises(NotAllowed):
            autonomy.agree(workspace, asked.id, by=wrong)
    autonomy.agree(workspace, asked.id, by="inez")

    assert level(workspace) is Level.ACT
    assert act_on_grants(workspace) == []
    assert status(workspace, action) is Status.QUEUED


@pytest.mark.parametrize("by", ["theo", "inez", "sam", "ada"])
def test_only_an_administrator_asks(workspace: Workspace, by: str) -> None:
    with pytest.raises(NotAllowed):
        autonomy.ask(workspace, FIX, Level.ACT, by=by, limits=Limits(per_day=5))


@pytest.mark.parametrize("kind", list(ActionKind))
def test_some_kinds_never_act(workspace: Workspace, kind: ActionKind) -> None:
    closed = KINDS[kind].four_eyes or KINDS[kind].risk is Risk.HIGH or kind is ActionKind.MQL_HANDOFF

    assert bool(never(kind)) is closed
    if closed:
        with pytest.raises(NotDecidable, match="never act"):
            autonomy.ask(workspace, kind, Level.ACT, by="mara", limits=Limits(per_day=5, emails_per_day=5))


def test_what_acts_is_decided_by_its_grant_held_and_then_executed(acted: tuple[Workspace, Grant, Action], clock: Hand) -> None:
    ws, made, action = acted

    with ws.database.read() as connection:
        row = connection.execute(select(decisions)).one()
        entry = history(connection, action.id)[0]
    assert (row.by, row.role, row.version, row.content_hash) == (made.id, "autonomy", action.version, action.content_hash)
    assert (entry.actor, entry.detail["agreed_by"]) == (made.id, "inez")
    assert run_steps(ws, action.id) == "held"
    clock.forward(minutes=30)
    assert run_steps(ws, action.id) == "done"
    assert level(ws) is Level.ACT
    assert ws.audit.verify(ws.database).ok


def test_an_undo_by_a_person_lowers_the_class(acted: tuple[Workspace, Grant, Action]) -> None:
    ws, made, action = acted

    back = decide.undo(ws, action.id, by="theo")

    assert back.status is Status.QUEUED
    assert level(ws) is Level.PROPOSE
    assert "theo took it back" in ended(ws, made)
    assert act_on_grants(ws) == []


def test_an_edit_lowers_the_class(acted: tuple[Workspace, Grant, Action]) -> None:
    ws, _, action = acted

    decide.edit(ws, action.id, by="theo", changes={"title": "Shorter"}, **about(action))

    assert level(ws) is Level.PROPOSE


def test_what_a_recheck_holds_back_lowers_the_class(acted: tuple[Workspace, Grant, Action], clock: Hand) -> None:
    ws, made, action = acted
    pause(ws, "search", by="mara", reason="audit of the account")
    clock.forward(minutes=30)

    assert run_steps(ws, action.id) == "held"

    assert level(ws) is Level.PROPOSE
    assert "EXEC-PAUSED" in ended(ws, made)
    resume(ws, "search", by="mara")
    again = seen(ws, action)
    assert decide.approve(ws, action.id, by="theo", **about(again)).status is Status.APPROVED
    assert run_steps(ws, action.id) == "done"


def test_a_class_lowered_within_the_undo_window_executes_nothing_more(acted: tuple[Workspace, Grant, Action], clock: Hand) -> None:
    ws, _, action = acted
    autonomy.lower(ws, FIX, Level.PROPOSE, by="theo")
    clock.forward(minutes=30)

    assert run_steps(ws, action.id) == "held"

    assert "EXEC-AUTONOMY" in held_by(ws, action)
    assert status(ws, action) is Status.QUEUED


def test_a_failed_execution_lowers_the_class(workspace: Workspace, put: Put, clock: Hand, lead: str) -> None:
    ws = with_policy(workspace, RULE)
    made = grant(ws, ActionKind.NURTURE_EMAIL, emails_per_day=3)
    clock.forward(minutes=1)
    action = put(email(), ws=ws)
    act_on_grants(ws)
    clock.forward(minutes=30)

    run_steps(ws, action.id)

    assert level(ws, ActionKind.NURTURE_EMAIL, Channel.EMAIL) is Level.PROPOSE
    assert ended(ws, made)


def test_an_objection_to_one_draft_lowers_its_class_before_it_acts_on_another(workspace: Workspace, put: Put, clock: Hand) -> None:
    ws = with_policy(workspace, RULE)
    grant(ws)
    clock.forward(minutes=1)
    put(ws=ws)
    bad = put(proposal(subject="/hip", content={"body": "We guarantee a pain-free result, 100% cured."}), ws=ws)

    assert bad.status is Status.BLOCKED
    assert act_on_grants(ws) == []
    assert level(ws) is Level.PROPOSE


def test_the_limits_of_a_day_hold_and_the_next_day_begins_anew(workspace: Workspace, put: Put, clock: Hand) -> None:
    ws = with_policy(workspace, RULE)
    grant(ws, per_day=2, usd_per_day=50)
    clock.forward(minutes=1)
    paid = put(proposal(subject="/paid", money_usd=60), ws=ws)
    items = [put(proposal(subject=f"/page-{number}"), ws=ws) for number in range(3)]

    first = act_on_grants(ws)
    assert len(first) == 2
    assert act_on_grants(ws) == []
    clock.forward(days=1)
    second = act_on_grants(ws)

    assert sorted([*first, *second]) == sorted(item.id for item in items)
    assert status(ws, paid) is Status.QUEUED
    assert level(ws) is Level.ACT


@pytest.mark.parametrize("changes", [{"risk": Risk.HIGH}, {"channel": Channel.EMAIL}])
def test_what_is_risky_or_of_another_channel_is_left_to_people(
    workspace: Workspace, put: Put, clock: Hand, changes: dict[str, Any]
) -> None:
    ws = with_policy(workspace, RULE)
    grant(ws, channel=Channel.SEARCH)
    clock.forward(minutes=1)

    put(proposal(**changes), ws=ws)

    assert act_on_grants(ws) == []


def test_a_policy_that_asks_for_two_people_leaves_nothing_to_a_grant(workspace: Workspace, put: Put, clock: Hand) -> None:
    ws = with_policy(workspace, {**RULE, "four_eyes": True})
    grant(ws)
    clock.forward(minutes=1)
    put(ws=ws)

    assert act_on_grants(ws) == []


def test_what_is_only_observed_can_be_approved_by_nobody(workspace: Workspace, put: Put) -> None:
    action = put()
    decide.approve(workspace, action.id, by="theo", **about(action))

    autonomy.lower(workspace, FIX, Level.OBSERVE, by="theo", why="new agency")

    assert run_steps(workspace, action.id) == "held"
    assert "EXEC-AUTONOMY" in held_by(workspace, action)
    with pytest.raises(NotDecidable, match="only observed"):
        decide.approve(workspace, action.id, by="mara", **about(seen(workspace, action)))
    asked = autonomy.ask(workspace, FIX, Level.PROPOSE, by="mara")
    autonomy.agree(workspace, asked.id, by="inez")
    assert decide.approve(workspace, action.id, by="mara", **about(seen(workspace, action))).status is Status.APPROVED


def test_the_lower_of_a_kind_and_its_channel_holds(workspace: Workspace) -> None:
    grant(workspace, channel=Channel.SEARCH)
    assert (level(workspace), level(workspace, channel=Channel.EMAIL)) == (Level.ACT, Level.PROPOSE)

    autonomy.lower(workspace, FIX, Level.OBSERVE, by="theo")

    assert level(workspace) is Level.OBSERVE


def test_what_was_asked_for_is_void_once_the_class_was_lowered(workspace: Workspace, clock: Hand) -> None:
    grant(workspace)
    wider = autonomy.ask(workspace, FIX, Level.ACT, by="mara", limits=Limits(per_day=50))
    clock.forward(minutes=1)
    autonomy.lower(workspace, FIX, Level.PROPOSE, by="theo")

    with pytest.raises(Conflict, match="ask again"):
        autonomy.agree(workspace, wider.id, by="inez")

    assert level(workspace) is Level.PROPOSE


def test_lowering_is_never_up_and_an_ask_never_down(workspace: Workspace) -> None:
    with pytest.raises(NotDecidable, match="no lower"):
        autonomy.lower(workspace, FIX, Level.ACT, by="theo")
    with pytest.raises(NotDecidable, match="already"):
        autonomy.ask(workspace, FIX, Level.OBSERVE, by="mara")
    with pytest.raises(NotAllowed):
        autonomy.lower(workspace, FIX, Level.OBSERVE, by="sam")


def test_a_class_at_its_default_that_was_lowered_is_not_raised_by_an_older_wish(workspace: Workspace, clock: Hand) -> None:
    asked = autonomy.ask(workspace, FIX, Level.ACT, by="mara", limits=Limits(per_day=50))
    clock.forward(minutes=1)
    autonomy.lower(workspace, FIX, Level.OBSERVE, by="theo", why="it writes nonsense")
    clock.forward(minutes=1)

    with pytest.raises(Conflict, match="was changed"):
        autonomy.agree(workspace, asked.id, by="inez")

    assert level(workspace) is Level.OBSERVE


def test_one_channel_of_a_kind_that_acts_can_be_taken_down(workspace: Workspace, clock: Hand) -> None:
    asked = autonomy.ask(workspace, FIX, Level.ACT, by="mara", limits=Limits(per_day=50))
    autonomy.agree(workspace, asked.id, by="inez")

    autonomy.lower(workspace, FIX, Level.PROPOSE, by="theo", channel=Channel.SEARCH)

    assert level(workspace) is Level.PROPOSE
