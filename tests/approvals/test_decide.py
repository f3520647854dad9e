"""Decisions: who may, about what, and who is too late."""

import threading
from typing import Any

import pytest
from sqlalchemy import func, select

from approvals import decide
from approvals.errors import NotAllowed, NotDecidable
from approvals.execute import run_steps
from approvals.queue import enqueue, expire_due, history
from policies.actions import Action, ActionKind, Severity, Status, Verdict
from policies.kinds import KINDS
from policies.records import ActionId
from tests.approvals.conftest import Hand, Put, about, proposal, seen, status, with_policy, with_practice
from tools.errors import Conflict, LiaisonError, NotFound
from tools.store.action_tables import decisions, executions, human_tasks
from tools.store.audit import Event
from tools.store.tables import jobs
from tools.workspace import Workspace

GUARANTEE = {"body": "We guarantee a pain-free result, 100% cured."}


def count(ws: Workspace, table: Any) -> int:
    with ws.database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def test_an_approval_is_a_decision_a_job_and_an_audit_row(workspace: Workspace, put: Put) -> None:
    action = put()

    approved = decide.approve(workspace, action.id, by="theo", **about(action))

    assert approved.status is Status.APPROVED
    assert (count(workspace, decisions), count(workspace, jobs)) == (1, 1)
    with workspace.database.read() as connection:
        assert [entry.event for entry in history(connection, action.id)] == [Event.ACTION_APPROVE, Event.ACTION_QUEUE]
    assert workspace.audit.verify(workspace.database).ok


def test_of_two_simultaneous_approvals_one_wins_and_one_executes(workspace: Workspace, put: Put) -> None:
    action = put()
    start = threading.Barrier(2)
    results: list[Action | LiaisonError] = []

    def click(by: str) -> None:
        start.wait()
        try:
            results.append(decide.approve(workspace, action.id, by=by, **about(action)))
        except LiaisonError as error:
            results.append(error)

    clicks = [threading.Thread(target=click, args=(by,)) for by in ("theo", "inez")]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()

    (late,) = [result for result in results if isinstance(result, LiaisonError)]
    assert isinstance(late, Conflict)
    (winner,) = {"theo", "inez"} - {name for name in ("theo", "inez") if f"{name} approved" not in str(late)}
    assert winner in str(late)
    assert (count(workspace, decisions), count(workspace, jobs)) == (1, 1)
    runs = [threading.Thread(target=run_steps, args=(workspace, action.id)) for _ in range(2)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()
    assert status(workspace, action) is Status.DONE
    assert (count(workspace, executions), count(workspace, human_tasks)) == (1, 1)
    assert workspace.audit.verify(workspace.database).ok


def test_four_eyes_need_two_different_people(workspace: Workspace, put: Put) -> None:
    action = put(proposal(ActionKind.BUDGET_SHIFT, money_usd=100.0))

    first = decide.approve(workspace, action.id, by="theo", **about(action))
    with pytest.raises(Conflict, match="another person"):
        decide.approve(workspace, action.id, by="theo", **about(action))
    assert first.status is status(workspace, action) is Status.QUEUED
    assert count(workspace, jobs) == 0
    second = decide.approve(workspace, action.id, by="inez", **about(action))

    assert second.status is Status.APPROVED
    assert count(workspace, jobs) == 1


def test_two_simultaneous_first_approvals_under_four_eyes_complete_it(workspace: Workspace, put: Put) -> None:
    action = put(proposal(ActionKind.BUDGET_SHIFT, money_usd=100.0))
    start = threading.Barrier(2)

    def click(by: str) -> None:
        start.wait()
        decide.approve(workspace, action.id, by=by, **about(action))

    clicks = [threading.Thread(target=click, args=(by,)) for by in ("theo", "inez")]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()

    assert status(workspace, action) is Status.APPROVED
    assert count(workspace, jobs) == 1


def test_an_editor_cannot_be_one_of_the_four_eyes_not_even_of_an_earlier_version(workspace: Workspace, put: Put) -> None:
    action = put(proposal(ActionKind.VIDEO_METADATA))

    second = decide.edit(workspace, action.id, by="theo", changes={"title": "A quiet title"}, **about(action))
    third = decide.edit(workspace, action.id, by="inez", changes={"body": "What to ask at a first visit."}, **about(second))

    for editor in ("theo", "inez"):
        with pytest.raises(NotAllowed, match="wrote or edited"):
            decide.approve(workspace, action.id, by=editor, **about(third))
    assert decide.approve(workspace, action.id, by="mara", **about(third)).status is Status.QUEUED


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([], "no rule names"),
        ([{"kinds": ["negative_keywords"], "roles": ["marketing"]}], "no rule names"),
        ([{"kinds": ["landing_page_fix"], "risks": ["high"], "roles": ["marketing"]}], "leave this case out"),
        ([{"kinds": ["landing_page_fix"], "roles": ["clinical_reviewer"]}], "has 0"),
        ([{"kinds": ["landing_page_fix"], "roles": ["auditor"], "four_eyes": True}], "has 1"),
    ],
)
def test_a_misconfigured_policy_lets_nothing_through(workspace: Workspace, put: Put, rules: list[dict[str, Any]], told: str) -> None:
    action = put()
    wrong = with_policy(workspace, *rules)

    with pytest.raises(NotAllowed, match=told):
        decide.approve(wrong, action.id, by="mara", **about(action))

    assert status(workspace, action) is Status.QUEUED
    assert count(workspace, decisions) == 0


@pytest.mark.parametrize("by", ["sam", "ada", "nobody", ""])
def test_only_people_with_the_role_approve(workspace: Workspace, put: Put, by: str) -> None:
    action = put()

    with pytest.raises(NotAllowed):
        decide.approve(workspace, action.id, by=by, **about(action))

    assert status(workspace, action) is Status.QUEUED


def test_a_blocked_action_cannot_be_approved_but_edited_into_the_queue(workspace: Workspace, put: Put) -> None:
    action = put(proposal(content=GUARANTEE))
    assert (action.status, action.verdict) == (Status.BLOCKED, Verdict.BLOCK)

    blocking = next(finding.rule for finding in action.findings if finding.severity is Severity.BLOCK)
    with pytest.raises(NotDecidable, match=blocking):
        decide.approve(workspace, action.id, by="mara", **about(action))
    mended = decide.edit(workspace, action.id, by="theo", changes={"body": "Ask us what to expect."}, **about(action))

    assert (mended.status, mended.version) == (Status.QUEUED, 2)


def test_an_edit_that_breaks_a_rule_is_blocked(workspace: Workspace, put: Put) -> None:
    action = put()

    broken = decide.edit(workspace, action.id, by="theo", changes=GUARANTEE, **about(action))

    assert broken.status is status(workspace, action) is Status.BLOCKED
    with pytest.raises(NotDecidable):
        decide.approve(workspace, action.id, by="inez", **about(broken))


def test_an_edit_voids_a_complete_approval_and_its_execution(workspace: Workspace, put: Put) -> None:
    action = put()
    decide.approve(workspace, action.id, by="theo", **about(action))

    edited = decide.edit(workspace, action.id, by="inez", changes={"title": "Make it two fields"}, **about(action))

    assert (edited.status, edited.version) == (Status.QUEUED, 2)
    assert run_steps(workspace, action.id) == "held"
    assert count(workspace, human_tasks) == 0
    with pytest.raises(Conflict, match="no longer what you saw"):
        decide.approve(workspace, action.id, by="theo", **about(action))
    decide.approve(workspace, action.id, by="theo", **about(edited))
    assert run_steps(workspace, action.id) == "done"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"fields.route": "/knee"}, "cannot be edited"),
        ({"status": "done"}, "cannot be edited"),
        ({"fields.count": "7"}, "cannot be edited"),
        ({"title": "Make the form shorter"}, "nothing was changed"),
    ],
)
def test_only_text_can_be_edited(workspace: Workspace, put: Put, changes: dict[str, str], told: str) -> None:
    action = put(proposal(content={"fields": {"count": 42}}))

    with pytest.raises(NotDecidable, match=told):
        decide.edit(workspace, action.id, by="theo", changes=changes, **about(action))

    assert seen(workspace, action) == action


@pytest.mark.parametrize("kind", [kind for kind in ActionKind if not KINDS[kind].editable])
def test_text_that_states_figures_or_a_lead_is_never_edited(workspace: Workspace, put: Put, kind: ActionKind) -> None:
    action = put(proposal(kind, money_usd=590.0))

    with pytest.raises(NotDecidable, match="cannot be edited"):
        decide.edit(workspace, action.id, by="theo", changes={"body": "raise by $99,999"}, **about(action))

    assert seen(workspace, action) == action


def test_a_rejection_needs_a_reason_and_is_final(workspace: Workspace, put: Put) -> None:
    action = put()

    with pytest.raises(NotDecidable, match="reason"):
        decide.reject(workspace, action.id, by="theo", reason="  ", **about(action))
    decide.reject(workspace, action.id, by="theo", reason="not now", **about(action))

    with pytest.raises(Conflict, match="theo rejected"):
        decide.approve(workspace, action.id, by="inez", **about(action))


def test_reasons_and_notes_are_kept_without_identifiers(workspace: Workspace, put: Put) -> None:
    action = put()

    decide.redraft(workspace, action.id, by="theo", note="the patient wrote from quilla@example.org", **about(action))
    decide.reject(workspace, action.id, by="theo", reason="call 813-555-0199 first", **about(action))

    with workspace.database.read() as connection:
        stored = f"{connection.scalars(select(decisions.c.reason)).all()} {connection.scalars(select(jobs.c.payload)).all()}"
    assert "quilla@example.org" not in stored
    assert "555-0199" not in stored


def test_an_expired_action_cannot_be_approved_and_leaves_the_queue(workspace: Workspace, put: Put, clock: Hand) -> None:
    action = put()
    clock.forward(days=30)

    with pytest.raises(NotDecidable, match="expired"):
        decide.approve(workspace, action.id, by="theo", **about(action))

    assert expire_due(workspace) == (action.id,)
    assert expire_due(workspace) == ()
    assert status(workspace, action) is Status.EXPIRED


def test_an_approval_can_be_undone_within_the_hold_window(workspace: Workspace, put: Put, clock: Hand) -> None:
    rule = {"kinds": ["landing_page_fix"], "roles": ["marketing"]}
    ws = with_policy(workspace, rule, hold_seconds=60)
    action = put()
    decide.approve(ws, action.id, by="theo", **about(action))
    assert run_steps(ws, action.id) == "held"
    assert status(ws, action) is Status.APPROVED

    undone = decide.undo(ws, action.id, by="mara")

    assert (undone.status, undone.version, undone.content_hash) == (Status.QUEUED, 2, action.content_hash)
    decide.approve(ws, action.id, by="theo", **about(undone))
    clock.forward(seconds=60)
    with pytest.raises(Conflict, match="window"):
        decide.undo(ws, action.id, by="mara")
    assert run_steps(ws, action.id) == "done"


def test_a_later_run_leaves_the_queue_as_it_is(workspace: Workspace, put: Put) -> None:
    action = put()

    with workspace.database.write() as connection:
        again, is_new = enqueue(workspace, connection, proposal(content={"body": "Another text."}), run=None, now=workspace.clock())

    assert not is_new
    assert again == action


def test_a_redraft_makes_a_new_version_of_the_same_action(workspace: Workspace, put: Put) -> None:
    action = put()
    decide.redraft(workspace, action.id, by="theo", note="friendlier", **about(action))
    with pytest.raises(Conflict, match="asked for already"):
        decide.redraft(workspace, action.id, by="mara", note="shorter", **about(action))

    new = decide.replace_draft(workspace, action.id, content=action.content.model_copy(update={"body": "Please."}), **about(action))

    assert (new.id, new.version, new.status) == (action.id, 2, Status.QUEUED)
    with pytest.raises(Conflict):
        decide.replace_draft(workspace, action.id, content=action.content, **about(action))


def test_an_unknown_action_is_not_found(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="A-none"):
        decide.approve(workspace, ActionId("A-none"), by="theo", version=1, content_hash="x")


def test_who_left_the_practice_can_no_longer_decide(workspace: Workspace, put: Put) -> None:
    action = put()
    without = with_practice(workspace, people=[{"username": "inez", "name": "Inez Okafor", "roles": ["compliance"]}])

    with pytest.raises(NotAllowed, match="not one of the people"):
        decide.approve(without, action.id, by="theo", **about(action))
