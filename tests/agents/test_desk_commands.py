"""The desk without a browser: queue, decide, execute, audit, pause, evidence."""

import io
import json
from functools import partial
from pathlib import Path

import pytest

from agents.commands import audit, evidence, pause
from agents.commands.decide import decide
from agents.commands.execute import execute
from agents.commands.queue import list_queue, show
from approvals.execute import run_steps
from policies.actions import Action, Status
from tests.approvals.conftest import *  # noqa: F403 - its fixtures
from tests.approvals.conftest import Put, proposal, status
from tools.workspace import Workspace


@pytest.fixture
def database(sqlite_database: object) -> object:
    return sqlite_database


def decided(ws: Workspace, action: Action, verb: str, by: str = "theo", reason: str = "", *set_: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = decide(ws, action.id, verb, by=by, reason=reason, set_=list(set_), stdout=out, stderr=err)
    return code, out.getvalue(), err.getvalue()


def executed(ws: Workspace, *, dry_run: bool = False) -> tuple[int, list[dict[str, object]]]:
    out = io.StringIO()
    code = execute(ws, partial(run_steps, ws), dry_run=dry_run, as_json=True, stdout=out, stderr=io.StringIO())
    return code, json.loads(out.getvalue())


def test_the_queue_as_json_holds_stored_values_only(workspace: Workspace, put: Put) -> None:
    action = put()
    first, second = io.StringIO(), io.StringIO()

    list_queue(workspace, as_json=True, stdout=first)
    list_queue(workspace, as_json=True, stdout=second)

    (row,) = json.loads(first.getvalue())
    assert first.getvalue() == second.getvalue()
    assert (row["id"], row["status"], row["content_hash"]) == (action.id, "queued", action.content_hash)


def test_one_action_is_shown_whole(workspace: Workspace, put: Put) -> None:
    action = put(proposal(content={"body": "We guarantee a pain-free result."}))
    as_json, plain = io.StringIO(), io.StringIO()

    show(workspace, action.id, as_json=True, stdout=as_json)
    show(workspace, action.id, as_json=False, stdout=plain)

    body = json.loads(as_json.getvalue())
    assert body["content"]["body"] == action.content.body
    assert [finding["rule"] for finding in body["findings"]] == [finding.rule for finding in action.findings]
    assert action.findings[0].rule in plain.getvalue()


def test_approve_then_execute_then_nothing_more(workspace: Workspace, put: Put) -> None:
    action = put()
    assert decided(workspace, action, "approve")[0] == 0
    assert executed(workspace, dry_run=True)[1][0]["would"] == "execute"

    code, rows = executed(workspace)

    assert code == 0
    assert (rows[0]["id"], rows[0]["status"]) == (action.id, "done")
    assert executed(workspace) == (0, [])


def test_a_late_decision_says_who_was_first_and_exits_1(workspace: Workspace, put: Put) -> None:
    action = put()
    decided(workspace, action, "reject", "theo", "not now")

    code, out, err = decided(workspace, action, "approve", "inez")

    assert (code, out) == (1, "")
    assert "theo rejected" in err


@pytest.mark.parametrize(("verb", "set_"), [("edit", ()), ("edit", ("title",)), ("approve", ("title=x",))])
def test_misuse_exits_2(workspace: Workspace, put: Put, verb: str, set_: tuple[str, ...]) -> None:
    assert decided(workspace, put(), verb, "theo", "", *set_)[0] == 2


def test_edit_and_reject_without_reason(workspace: Workspace, put: Put) -> None:
    action = put()

    assert decided(workspace, action, "edit", "theo", "", "title=Shorter = better")[0] == 0
    assert decided(workspace, action, "reject")[0] == 1
    assert status(workspace, action) is Status.QUEUED


def test_the_first_of_two_approvals_says_so(workspace: Workspace, put: Put) -> None:
    from policies.actions import ActionKind

    action = put(proposal(ActionKind.BUDGET_SHIFT))

    assert "1 of 2 approvals" in decided(workspace, action, "approve")[1]


def test_the_kill_switch_from_the_command_line(workspace: Workspace, put: Put) -> None:
    decided(workspace, put(), "approve")
    pause.pause(workspace, "all", by="mara", reason="an incident", stdout=io.StringIO())

    code, rows = executed(workspace)

    assert (code, rows[0]["status"], rows[0]["held_by"]) == (0, "queued", ["EXEC-PAUSED"])
    assert pause.resume(workspace, "all", by="mara", stdout=io.StringIO()) == 0


def test_verify_and_export(workspace: Workspace, put: Put) -> None:
    put()
    out, exported = io.StringIO(), io.StringIO()

    assert audit.verify(workspace, as_json=True, stdout=out) == 0
    audit.export(workspace, since=None, until=None, out=None, stdout=exported, messages=io.StringIO())
    (workspace.settings.home / "audit.head").unlink()

    assert json.loads(out.getvalue())["ok"]
    assert len(exported.getvalue().splitlines()) == 1
    assert audit.verify(workspace, as_json=False, stdout=io.StringIO()) == 1


def test_evidence_frees_what_it_clears(workspace: Workspace, put: Put, tmp_path: Path) -> None:
    blocked = put(proposal(content={"body": "This treatment is clinically proven to work."}))
    document = tmp_path / "study.pdf"
    document.write_bytes(b"a study")
    out = io.StringIO()

    for key in sorted({finding.cleared_by["any_of"][0] for finding in blocked.findings}):
        evidence.add(workspace, key, subject=blocked.id, document=document, by="inez", scope=[], expires_at=None, stdout=out)

    assert f"{blocked.id} is no longer blocked" in out.getvalue()
    assert status(workspace, blocked) is Status.QUEUED
    listed = io.StringIO()
    evidence.list_all(workspace, as_json=True, stdout=listed)
    (first, *_) = json.loads(listed.getvalue())
    evidence.revoke(workspace, first["id"], by="inez", stdout=io.StringIO())
