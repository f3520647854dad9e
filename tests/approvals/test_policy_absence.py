"""Deputies, absences, assignments, and what happens to what nobody decides in time."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from approvals import decide, delegate
from approvals.errors import NotAllowed, NotDecidable
from approvals.execute import run_steps
from approvals.overdue import escalate_waiting
from approvals.queue import expire_due, history
from policies.actions import Action, ActionKind, Status
from policies.records import ActionId
from tests.approvals.conftest import BODY, Hand, Put, about, proposal, seen, status, with_practice
from tools.errors import Conflict
from tools.store.action_tables import decisions, human_tasks
from tools.store.audit import Event
from tools.store.delegations import Delegation
from tools.workspace import Workspace

FIX = {"kinds": ["landing_page_fix"], "reviews": [{"roles": ["marketing"]}, {"roles": ["compliance"]}]}
PAIR = {"kinds": ["landing_page_fix"], "roles": ["marketing"], "four_eyes": True}


def under(ws: Workspace, *rules: dict[str, Any], **more: Any) -> Workspace:
    return with_practice(ws, approval_policy={"rules": list(rules)}, **more)


def away(ws: Workspace, person: str, deputy: str | None, *, by: str | None = None, days: float = 3, **more: Any) -> Delegation:
    now = ws.clock()
    return delegate.delegate(ws, person, by=by or person, deputy=deputy, starts_at=now, ends_at=now + timedelta(days=days), **more)


def assign(ws: Workspace, action: Action, to: str, by: str = "mara") -> None:
    delegate.assign(ws, action.id, to=to, by=by, **about(action))


def tasks(ws: Workspace) -> list[tuple[str, str]]:
    with ws.database.read() as connection:
        return [(row.where, row.body) for row in connection.execute(select(human_tasks).order_by(human_tasks.c.execution))]


def test_a_deputy_decides_as_themself_in_the_role_of_who_is_away(workspace: Workspace, put: Put) -> None:
    ws = under(workspace, FIX)
    action = put(ws=ws)
    away(ws, "inez", "pia")

    decide.approve(ws, action.id, by="theo", **about(action))
    approved = decide.approve(ws, action.id, by="pia", **about(action))

    assert approved.status is Status.APPROVED
    with ws.database.read() as connection:
        row = connection.execute(select(decisions).where(decisions.c.by == "pia")).one()
        entry = history(connection, action.id)[0]
    assert (row.role, row.on_behalf_of) == ("compliance", "inez")
    assert (entry.actor, entry.detail["on_behalf_of"]) == ("pia", "inez")
    assert run_steps(ws, action.id) == "done"


def test_before_it_begins_after_it_ends_and_once_taken_back_nothing_is_lent(workspace: Workspace, put: Put, clock: Hand) -> None:
    ws = under(workspace, FIX)
    action = put(ws=ws)
    now = ws.clock()
    delegate.delegate(ws, "inez", by="inez", deputy="pia", starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=2))

    for days in (0, 3):
        clock.forward(days=days)
        with pytest.raises(NotAllowed):
            decide.approve(ws, action.id, by="pia", **about(action))
    taken_back = away(ws, "inez", "pia")
    delegate.revoke(ws, taken_back.id, by="inez")
    with pytest.raises(NotAllowed):
        decide.approve(ws, action.id, by="pia", **about(action))
    with pytest.raises(Conflict, match="over already"):
        delegate.revoke(ws, taken_back.id, by="inez")


def test_what_was_decided_while_the_authority_was_lent_counts_after_it_ended(workspace: Workspace, put: Put, clock: Hand) -> None:
    ws = under(workspace, FIX)
    action = put(ws=ws)
    lent = away(ws, "inez", "pia")
    decide.approve(ws, action.id, by="pia", **about(action))
    clock.forward(minutes=1)
    delegate.revoke(ws, lent.id, by="inez")

    decide.approve(ws, action.id, by="theo", **about(action))

    assert run_steps(ws, action.id) == "done"


def test_an_authority_counts_once_whoever_uses_it(workspace: Workspace, put: Put) -> None:
    ws = under(workspace, PAIR)
    action = put(ws=ws)
    away(ws, "theo", "pia")
    decide.approve(ws, action.id, by="theo", **about(action))

    with pytest.raises(Conflict):
        decide.approve(ws, action.id, by="pia", **about(action))

    assert status(ws, action) is Status.QUEUED
    assert decide.approve(ws, action.id, by="mara", **about(action)).status is Status.APPROVED


def test_neither_an_author_nor_who_acts_for_one_is_a_second_pair_of_eyes(workspace: Workspace, put: Put) -> None:
    ws = under(workspace, PAIR)
    action = put(ws=ws)
    away(ws, "theo", "pia")
    away(ws, "mara", "inez")

    by_theo = decide.edit(ws, action.id, by="theo", changes={"title": "Shorter form"}, **about(action))
    with pytest.raises(NotAllowed, match="theo wrote or edited"):
        decide.approve(ws, action.id, by="pia", **about(by_theo))
    by_inez = decide.edit(ws, action.id, by="inez", changes={"title": "A form in two fields"}, **about(by_theo))
    with pytest.raises(NotAllowed, match="inez wrote or edited"):
        decide.approve(ws, action.id, by="inez", **about(by_inez))


def test_a_deputy_cannot_lend_on_what_was_lent(workspace: Workspace, put: Put) -> None:
    ws = under(workspace, FIX)
    action = put(ws=ws)
    away(ws, "inez", "pia")
    away(ws, "pia", "sam")

    with pytest.raises(NotAllowed):
        decide.approve(ws, action.id, by="sam", **about(action))


def test_only_some_kinds_may_be_lent(workspace: Workspace, put: Put) -> None:
    ws = under(workspace, FIX)
    action = put(ws=ws)
    away(ws, "inez", "pia", kinds=[ActionKind.NURTURE_EMAIL])

    with pytest.raises(NotAllowed):
        decide.approve(ws, action.id, by="pia", **about(action))


@pytest.mark.parametrize(
    ("person", "deputy", "by", "told"),
    [
        ("inez", "pia", "theo", "only their own absence"),
        ("inez", "mara", "mara", "cannot make themself the deputy"),
        ("inez", "inez", "inez", "stand in for themself"),
        ("inez", "ada", "inez", "decides nothing"),
        ("inez", "nobody", "inez", "not one of the people"),
        ("nobody", None, "mara", "not one of the people"),
    ],
)
def test_who_may_arrange_a_deputy(workspace: Workspace, person: str, deputy: str | None, by: str, told: str) -> None:
    with pytest.raises(NotAllowed, match=told):
        away(workspace, person, deputy, by=by)


def test_two_deputies_for_the_same_time_and_kinds_are_refused(workspace: Workspace) -> None:
    away(workspace, "inez", "pia", kinds=[ActionKind.NURTURE_EMAIL])
    away(workspace, "inez", "theo", kinds=[ActionKind.LANDING_PAGE_FIX])

    with pytest.raises(Conflict, match="stands in for inez"):
        away(workspace, "inez", "theo", by="mara")


@pytest.mark.parametrize(("start", "end"), [(0, 0), (2, 1), (-3, -1), (0, 200)])
def test_an_absence_has_a_time_that_can_be(workspace: Workspace, start: int, end: int) -> None:
    now = workspace.clock()
    with pytest.raises(NotDecidable):
        times = {"starts_at": now + timedelta(days=start), "ends_at": now + timedelta(days=end)}
        delegate.delegate(workspace, "inez", by="inez", deputy=None, **times)


def test_an_item_is_given_only_to_somebody_who_can_approve_it(workspace: Workspace, put: Put) -> None:
    ws = under(workspace, PAIR)
    action = put(ws=ws)

    for wrong in ("sam", "nobody", ""):
        with pytest.raises(NotAllowed):
            assign(ws, action, wrong)
    assign(ws, action, "theo")

    with ws.database.read() as connection:
        assert history(connection, action.id)[0].event == Event.ACTION_ASSIGN
    assert decide.approve(ws, action.id, by="mara", **about(action)).status is Status.QUEUED


def test_an_item_past_its_time_is_told_once_per_level_and_then_expires(workspace: Workspace, put: Put, clock: Hand) -> None:
    ws = under(workspace, {**FIX, "sla_hours": 24, "expires_days": 3})
    action = put(ws=ws)
    decide.approve(ws, action.id, by="theo", **about(action))

    assert escalate_waiting(ws) == []
    clock.forward(hours=24)
    assert escalate_waiting(ws) == [(action.id, 1)]
    assert escalate_waiting(ws) == []
    clock.forward(hours=24)
    assert escalate_waiting(ws) == [(action.id, 2)]
    assert escalate_waiting(ws) == []

    (first, body), (second, _) = tasks(ws)
    assert first == "Inez Okafor"
    assert "waits for compliance" in body
    assert second == "Mara Lindqvist, marketing director"
    clock.forward(days=1)
    assert expire_due(ws) == (action.id,)
    assert status(ws, action) is Status.EXPIRED
    assert ws.audit.verify(ws.database).ok


def test_a_new_version_waits_from_its_own_beginning(workspace: Workspace, put: Put, clock: Hand) -> None:
    ws = under(workspace, {**FIX, "sla_hours": 24})
    action = put(ws=ws)
    clock.forward(hours=23)
    edited = decide.edit(ws, action.id, by="mara", changes={"title": "Shorter form"}, **about(action))

    clock.forward(hours=2)
    assert escalate_waiting(ws) == []
    clock.forward(hours=22)
    assert escalate_waiting(ws) == [(ActionId(edited.id), 1)]


def test_an_item_without_a_time_and_a_decided_one_are_never_told(workspace: Workspace, put: Put, clock: Hand) -> None:
    ws = under(
        workspace,
        {"kinds": ["landing_page_fix"], "roles": ["marketing"], "sla_hours": 4},
        {"kinds": ["suppression"], "roles": ["marketing"]},
    )
    timed, untimed = put(ws=ws), put(proposal(ActionKind.SUPPRESSION, "L-1"), ws=ws)
    decide.approve(ws, timed.id, by="theo", **about(timed))

    clock.forward(hours=12)

    assert escalate_waiting(ws) == []
    assert seen(ws, untimed).status is Status.QUEUED


def test_what_lies_with_somebody_away_is_told_at_once_unless_a_deputy_has_it(workspace: Workspace, put: Put) -> None:
    ws = under(workspace, PAIR)
    first, second = put(ws=ws), put(proposal(subject="/hip"), ws=ws)
    assign(ws, first, "theo")

    away(ws, "theo", None)

    assert escalate_waiting(ws) == [(first.id, 1)]
    assert escalate_waiting(ws) == []
    assert tasks(ws)[0][0] == "Mara Lindqvist"
    away(ws, "theo", "pia", days=2)
    assign(ws, second, "theo")
    assert escalate_waiting(ws) == []


def test_an_absence_written_in_the_practice_counts_like_one_at_the_desk(workspace: Workspace, put: Put, clock: Hand) -> None:
    until = clock() + timedelta(days=30)
    people = [one | ({"absent_until": until} if one["username"] == "theo" else {}) for one in BODY["people"]]
    ws = under(workspace, PAIR | {"sla_hours": 4}, people=people)
    put(ws=ws)

    clock.forward(hours=4)
    escalate_waiting(ws)

    assert [where for where, _ in tasks(ws)] == ["Mara Lindqvist"]
