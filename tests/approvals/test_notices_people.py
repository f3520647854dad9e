"""Notices that one person causes another: an item given, a decision overdue, a deputy who stands in, autonomy lowered."""

from datetime import timedelta

from sqlalchemy import select

from approvals import autonomy, delegate, identity
from approvals.notices import tell_all
from approvals.overdue import escalate_waiting
from policies.actions import ActionKind
from policies.approval.ladder import Level, Limits
from policies.notice_times import Mode
from policies.notices import AccessChanged, Assigned, AutonomyLowered, AutonomyRaised, ItemEscalated
from tests.approvals.conftest import Hand, Put, about, proposal, with_policy
from tests.approvals.telling import reachable
from tests.approvals.test_notices import finished_run, kinds, told
from tools.store.audit import Event
from tools.store.notice_tables import notice_deliveries
from tools.workspace import Workspace


def test_who_is_given_an_item_hears_from_whom(workspace: Workspace, put: Put) -> None:
    action = put()
    delegate.assign(workspace, action.id, to="inez", by="mara", **about(action))
    tell_all(workspace)

    (inez,) = told(workspace, "inez")
    assert isinstance(inez.notice, Assigned)
    assert (inez.notice.by, inez.notice.item.action) == ("mara", action.id)
    assert kinds(workspace, "mara") == []


def test_a_decision_that_is_overdue_is_told_to_those_who_can_make_it(workspace: Workspace, clock: Hand, put: Put) -> None:
    ws = with_policy(workspace, {"kinds": ["landing_page_fix"], "roles": ["compliance"], "sla_hours": 24})
    put(ws=ws)
    clock.forward(hours=24)
    assert len(escalate_waiting(ws)) == 1
    tell_all(ws)

    (inez,) = told(ws, "inez")
    assert isinstance(inez.notice, ItemEscalated)
    assert kinds(ws, "mara") == []
    clock.forward(hours=24)
    assert len(escalate_waiting(ws)) == 1
    tell_all(ws)
    assert kinds(ws, "mara") == ["escalated"]  # the marketing director, the second time


def test_a_mention_is_told_without_the_comment(workspace: Workspace, put: Put) -> None:
    action = put()
    with workspace.database.write() as connection:
        detail = {"comment": 1, "version": 1, "mentions": ["inez", "theo", "stranger"]}
        workspace.audit.append(connection, event=Event.ACTION_COMMENT, actor="theo", subject=action.id, detail=detail, at=workspace.clock())
    tell_all(workspace)

    assert kinds(workspace, "inez") == ["mentioned"]
    assert kinds(workspace, "theo") == []
    assert kinds(workspace, "stranger") == []


def test_a_deputy_is_told_while_the_other_is_away_and_gets_peace(workspace: Workspace, put: Put) -> None:
    rule = {"kinds": ["landing_page_fix"], "roles": ["compliance"]}
    ws = reachable(workspace, approval_policy={"rules": [rule]})
    back = ws.clock() + timedelta(days=3)
    delegate.delegate(ws, "inez", by="inez", deputy="pia", starts_at=ws.clock(), ends_at=back)
    finished_run(ws, put, proposal())
    tell_all(ws)

    assert "items_wait" in kinds(ws, "pia")
    row = notice_deliveries.c
    with ws.database.read() as connection:
        found = connection.execute(select(row.mode, row.next_at).where(row.person == "inez")).all()
    assert all(one.mode == Mode.DIGEST.value and one.next_at > back for one in found)


def test_autonomy_that_was_lowered_is_told_to_who_runs_the_desk(workspace: Workspace) -> None:
    autonomy.lower(workspace, ActionKind.LANDING_PAGE_FIX, Level.OBSERVE, by="mara", why="a claim is wrong")
    tell_all(workspace)

    (theo,) = told(workspace, "theo")
    assert isinstance(theo.notice, AutonomyLowered)
    assert theo.notice.level is Level.OBSERVE
    assert "claim" not in theo.notice.model_dump_json()


def test_a_way_into_somebodys_account_is_told_to_them_and_to_those_who_keep_the_rules(workspace: Workspace) -> None:
    """Whoever opens another's account could be both of four eyes."""
    identity.use_link(workspace, identity.create_link(workspace, "theo", by="mara"), "four unrelated quiet words")
    tell_all(workspace)
    assert all(not isinstance(one.notice, AccessChanged) for one in told(workspace, "inez"))  # the first link of an account is no news

    identity.create_link(workspace, "theo", by="mara")
    tell_all(workspace)

    for person in ("theo", "inez", "pia"):
        (notice,) = [one.notice for one in told(workspace, person) if isinstance(one.notice, AccessChanged)]
        assert (notice.person, notice.by) == ("theo", "mara")
    assert all(not isinstance(one.notice, AccessChanged) for one in told(workspace, "mara"))


def test_raised_autonomy_is_told_to_those_who_did_not_raise_it(workspace: Workspace) -> None:
    asked = autonomy.ask(workspace, ActionKind.LANDING_PAGE_FIX, Level.ACT, by="mara", limits=Limits(per_day=5))
    autonomy.agree(workspace, asked.id, by="inez")
    tell_all(workspace)

    (notice,) = [one.notice for one in told(workspace, "theo") if isinstance(one.notice, AutonomyRaised)]
    assert (notice.level, notice.by) == (Level.ACT, "inez")
