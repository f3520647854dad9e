"""Execution: what is checked again, what happens once, what a crash leaves, what a person settles."""

import json
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from approvals import decide, pause
from approvals import evidence as proofs
from approvals.due import dry_run, run_due
from approvals.execute import confirm, execute, record, recover, run_steps
from approvals.executions import execution_id
from approvals.queue import executions, history
from approvals.settle import resolve_unknown
from policies.actions import Action, ActionKind, ExecutionStatus, Severity, Status
from policies.kinds import Operation
from policies.records import ActionId, LeadId
from policies.rules.catalogue import CompiledRule, catalogue_of
from tests.approvals.conftest import RECIPIENT, Hand, Put, about, email, handoff, proposal, seen, status, with_policy
from tests.approvals.executing import SECRET, approved, done_by, held_by, rows, with_smtp, with_webhook
from tests.servers.smtp import SmtpServer
from tests.servers.webhook import WebhookServer
from tools.errors import Conflict
from tools.store.action_tables import decisions, human_tasks, sales_inbox
from tools.store.tables import consents, leads, plans, suppressions
from tools.workspace import Workspace

# --- once


def test_an_approved_task_is_done_once_with_receipt_and_audit(workspace: Workspace, put: Put) -> None:
    action = approved(workspace, put)

    assert run_steps(workspace, action.id) == "done"
    assert run_steps(workspace, action.id) == "held"
    assert execute(workspace, action.id) == "held"
    assert record(workspace, action.id) == "done"

    assert rows(workspace, human_tasks) == 1
    with workspace.database.read() as connection:
        (execution,) = executions(connection, action.id)
        events = [entry.event for entry in reversed(history(connection, action.id))]
    assert execution.id == execution_id(action, Operation.HUMAN_TASK)
    assert execution.receipt is not None
    assert events == ["action:queue", "action:approve", "action:claim", "action:done"]
    assert workspace.audit.verify(workspace.database).ok


def test_nothing_executes_without_a_decision(workspace: Workspace, put: Put) -> None:
    action = put()

    for step in (run_steps, execute, confirm, record):
        step(workspace, action.id)

    assert status(workspace, action) is Status.QUEUED
    assert rows(workspace, human_tasks) == 0


def test_a_due_job_runs_its_action_and_is_closed(workspace: Workspace, put: Put) -> None:
    action = approved(workspace, put)

    ran = run_due(workspace, partial(run_steps, workspace))

    assert ran == (action.id,)
    assert run_due(workspace, lambda identity: pytest.fail(identity)) == ()
    assert status(workspace, action) is Status.DONE


def test_a_job_that_raises_is_tried_again_later_and_the_error_is_shown(workspace: Workspace, put: Put, clock: Hand) -> None:
    action = approved(workspace, put)

    def break_down(_: ActionId) -> None:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - the very error
        run_due(workspace, break_down)
    assert run_due(workspace, lambda identity: pytest.fail(identity)) == ()
    clock.forward(minutes=1)

    assert run_due(workspace, partial(run_steps, workspace)) == (action.id,)
    assert status(workspace, action) is Status.DONE


def test_a_dry_run_shows_everything_and_changes_nothing(workspace: Workspace, put: Put) -> None:
    action = approved(workspace, put)
    pause.pause(workspace, "all", by="mara", reason="an incident")

    (preview,) = dry_run(workspace)

    assert (preview.action.id, preview.operations) == (action.id, ("human_task",))
    assert [finding.rule for finding in preview.held_by] == ["EXEC-PAUSED"]
    assert status(workspace, action) is Status.APPROVED


# --- recheck


@pytest.mark.parametrize("scope", ["all", "search"])
def test_a_pause_between_approval_and_execution_holds_the_action(workspace: Workspace, put: Put, scope: str) -> None:
    action = approved(workspace, put)
    pause.pause(workspace, scope, by="pia", reason="an incident")

    assert run_steps(workspace, action.id) == "held"

    held = seen(workspace, action)
    assert (held.status, held.version) == (Status.QUEUED, 2)
    assert "EXEC-PAUSED" in held_by(workspace, action)
    assert rows(workspace, human_tasks) == 0
    pause.resume(workspace, scope, by="pia")
    assert run_steps(workspace, action.id) == "held"  # the old approval was for version 1
    decide.approve(workspace, action.id, by="theo", **about(held))
    assert run_steps(workspace, action.id) == "done"


def test_another_channels_pause_holds_nothing(workspace: Workspace, put: Put) -> None:
    action = approved(workspace, put)
    pause.pause(workspace, "youtube", by="mara", reason="new editor")

    assert run_steps(workspace, action.id) == "done"


def test_a_rule_tightened_after_the_approval_holds_the_action(workspace: Workspace, put: Put) -> None:
    action = approved(workspace, put)
    model = next(one.rule for one in workspace.catalogue.rules if one.rule.id == "FTC-CLAIM-GUARANTEE")
    detect = model.detect.model_copy(update={"patterns_any": ("name and phone",), "patterns_none": ()})
    stricter = model.model_copy(update={"id": "HOUSE-1", "detect": detect, "severity": Severity.BLOCK})
    kinds = tuple({*stricter.applies_to, *(kind for one in workspace.catalogue.rules for kind in one.rule.applies_to)})
    every: tuple[CompiledRule, ...] = workspace.catalogue.rules
    pack = catalogue_of((*(one.rule for one in every), stricter.model_copy(update={"applies_to": kinds})), workspace.catalogue.limits)

    assert run_steps(replace(workspace, catalogue=pack), action.id) == "held"

    assert status(workspace, action) is Status.BLOCKED
    assert "HOUSE-1" in held_by(workspace, action)
    assert rows(workspace, human_tasks) == 0


def test_a_policy_tightened_after_the_approval_asks_for_the_second_person(workspace: Workspace, put: Put) -> None:
    action = approved(workspace, put)
    stricter = with_policy(workspace, {"kinds": ["landing_page_fix"], "roles": ["marketing", "compliance"], "four_eyes": True})

    assert run_steps(stricter, action.id) == "held"

    assert status(workspace, action) is Status.QUEUED
    assert "EXEC-DECISION" in held_by(workspace, action)


def test_a_policy_that_no_longer_names_the_kind_holds_it(workspace: Workspace, put: Put) -> None:
    action = approved(workspace, put)

    assert run_steps(with_policy(workspace), action.id) == "held"

    assert "EXEC-POLICY" in held_by(workspace, action)


@pytest.mark.parametrize("tampered", ["content", "decision"])
def test_what_was_changed_behind_the_desk_is_not_executed(workspace: Workspace, put: Put, tampered: str) -> None:
    action = approved(workspace, put)
    with workspace.database.write() as connection:
        if tampered == "decision":
            connection.execute(delete(decisions))
        else:
            body = json.dumps(action.content.model_copy(update={"body": "Something else."}).model_dump(mode="json"))
            cast = ":body" if workspace.database.is_sqlite else "CAST(:body AS jsonb)"
            connection.execute(text(f"UPDATE action_versions SET content = {cast}"), {"body": body})

    assert run_steps(workspace, action.id) == "held"

    assert held_by(workspace, action) & {"EXEC-HASH", "EXEC-DECISION"}
    assert rows(workspace, human_tasks) == 0


def test_an_approval_that_expired_is_not_executed(workspace: Workspace, put: Put, clock: Hand) -> None:
    action = approved(workspace, put)
    clock.forward(days=30)

    assert run_steps(workspace, action.id) == "held"

    assert status(workspace, action) is Status.EXPIRED
    assert rows(workspace, human_tasks) == 0


def test_the_month_s_money_is_capped(workspace: Workspace, put: Put, clock: Hand) -> None:
    ws = workspace
    actions = [put(proposal(ActionKind.BUDGET_SHIFT, f"shift {number}", money_usd=600.0)) for number in (1, 2)]
    for action in actions:
        for by in ("theo", "inez"):
            decide.approve(ws, action.id, by=by, **about(action))

    assert [run_steps(ws, action.id) for action in actions] == ["done", "held"]

    assert "EXEC-SPEND-CAP" in held_by(ws, actions[1])
    clock.forward(days=30)  # another month; the action itself has run out of time by then
    assert status(ws, actions[1]) is Status.QUEUED


@pytest.mark.parametrize("how", ["expired", "revoked"])
def test_expired_and_revoked_evidence_drop_out_before_execution(
    workspace: Workspace, put: Put, clock: Hand, tmp_path: Path, how: str
) -> None:
    document = tmp_path / "study.pdf"
    document.write_bytes(b"a study")
    blocked = put(proposal(content={"body": "This treatment is clinically proven to work."}))
    assert blocked.status is Status.BLOCKED
    keys = {key for finding in blocked.findings for key in finding.cleared_by["any_of"][:1]}
    proof = [
        proofs.add(workspace, key, subject=blocked.id, document=document, by="inez", expires_at=clock() + timedelta(days=3))[0]
        for key in sorted(keys)
    ]
    freed = seen(workspace, blocked)
    assert (freed.status, freed.version) == (Status.QUEUED, 2)
    decide.approve(workspace, freed.id, by="theo", **about(freed))

    if how == "revoked":
        proofs.revoke(workspace, proof[0].id, by="inez")
    else:
        clock.forward(days=4)

    assert run_steps(workspace, blocked.id) == "held"
    assert status(workspace, blocked) is Status.BLOCKED
    assert rows(workspace, human_tasks) == 0


# --- mail


def test_an_approved_mail_is_sent_once_to_the_lead_with_its_headers(workspace: Workspace, put: Put, lead: LeadId, mail: SmtpServer) -> None:
    ws = with_smtp(workspace, mail.port)
    action = approved(ws, put, email())

    assert run_steps(ws, action.id) == "done"

    (raw,) = mail.messages
    message = message_from_bytes(raw, policy=default)
    identity = execution_id(action, Operation.SMTP)
    assert mail.recipients == [RECIPIENT]
    assert message["Message-ID"] == f"<{identity}@larkfield.example.com>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"<https://larkfield.example.com/stop?e={identity}>" in message["List-Unsubscribe"]
    assert "Hi Quilla," in message.get_content()
    assert "{{" not in raw.decode()
    assert "12 Pier Road" in message.get_content()
    with ws.database.read() as connection:
        (execution,) = executions(connection, action.id)
        stored = f"{execution.model_dump()} {[entry.model_dump() for entry in history(connection, action.id)]}"
    assert RECIPIENT not in stored
    assert "Quilla" not in stored


@pytest.mark.parametrize("missing", ["baa", "smtp", "consent", "suppressed"])
def test_mail_needs_a_baa_consent_and_no_suppression(workspace: Workspace, put: Put, lead: LeadId, mail: SmtpServer, missing: str) -> None:
    ws = with_smtp(workspace, mail.port)
    action = approved(ws, put, email())
    with ws.database.write() as connection:
        if missing == "consent":
            connection.execute(update(consents).values(granted=False))
        if missing == "suppressed":
            connection.execute(insert(suppressions).values(lead=lead, channel="email", reason="asked", execution=None, at=ws.clock()))
    now = {"baa": with_smtp(workspace, mail.port, baa=False), "smtp": workspace}.get(missing, ws)

    assert run_steps(now, action.id) == "held"

    expected = {"consent": "EXEC-CONSENT", "suppressed": "EXEC-SUPPRESSED"}.get(missing, "EXEC-DESTINATION")
    assert expected in held_by(now, action)
    assert mail.messages == []


@pytest.mark.parametrize(
    ("manner", "outcome", "sent"),
    [
        ("refuse_recipient", "failed", 0),
        ("refuse_message", "failed", 0),
        ("hang_up_early", "failed", 0),
        ("hang_up_after_data", "unknown", 1),
    ],
)
def test_a_mail_server_s_answer_is_told_as_it_is(
    workspace: Workspace, put: Put, lead: LeadId, mail: SmtpServer, manner: Any, outcome: str, sent: int
) -> None:
    ws = with_smtp(workspace, mail.port)
    action = approved(ws, put, email())
    mail.manner = manner

    assert run_steps(ws, action.id) == outcome

    assert len(mail.messages) == sent
    mail.manner = "accept"
    assert recover(ws) == ()
    run_steps(ws, action.id)
    assert len(mail.messages) == sent
    with ws.database.read() as connection:
        (execution,) = executions(connection, action.id)
    assert execution.error is not None
    assert RECIPIENT not in execution.error


def test_a_server_that_is_not_there_is_a_failure_one_can_try_again(workspace: Workspace, put: Put, lead: LeadId, mail: SmtpServer) -> None:
    nowhere = with_smtp(workspace, 1)
    action = approved(nowhere, put, email())
    assert run_steps(nowhere, action.id) == "failed"

    ws = with_smtp(workspace, mail.port)
    again = decide.requeue(ws, action.id, by="theo")
    decide.approve(ws, action.id, by="inez", **about(again))

    assert run_steps(ws, action.id) == "done"
    assert len(mail.messages) == 1


def test_a_server_without_starttls_gets_nothing_when_it_is_required(workspace: Workspace, put: Put, lead: LeadId, mail: SmtpServer) -> None:
    ws = with_smtp(workspace, mail.port, starttls=True)
    action = approved(ws, put, email())

    assert run_steps(ws, action.id) == "failed"

    assert mail.messages == []


def test_an_unknown_outcome_is_settled_by_a_person_with_a_reason(workspace: Workspace, put: Put, lead: LeadId, mail: SmtpServer) -> None:
    ws = with_smtp(workspace, mail.port)
    action = approved(ws, put, email())
    mail.manner = "hang_up_after_data"
    run_steps(ws, action.id)

    settled = resolve_unknown(ws, action.id, by="mara", outcome="done", reason="seen in the server's log")

    assert settled.status is Status.DONE
    with pytest.raises(Conflict):
        resolve_unknown(ws, action.id, by="mara", outcome="failed", reason="no")
    assert len(mail.messages) == 1


# --- handoff, suppression, plan


def test_a_handoff_reaches_the_sales_inbox_and_the_webhook(
    workspace: Workspace, put: Put, lead: LeadId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_HOOK_SECRET", SECRET)
    with WebhookServer() as hook:
        ws = with_webhook(workspace, hook.url)
        action = approved(ws, put, handoff())

        outcome = run_steps(ws, action.id)

    assert outcome == "done", [one.error for one in _executions(ws, action)]
    assert done_by(ws, action) == {"sales_inbox": ExecutionStatus.DONE, "webhook": ExecutionStatus.DONE}
    (request,) = hook.requests
    body = json.loads(request.body)
    assert request.headers["webhook-id"] == body["execution"] == execution_id(action, Operation.WEBHOOK)
    assert body["lead"] == lead
    assert RECIPIENT not in request.body.decode()
    with ws.database.read() as connection:
        assert connection.scalar(select(leads.c.stage)) == "mql"


def _executions(ws: Workspace, action: Action) -> Any:
    with ws.database.read() as connection:
        return executions(connection, action.id)


def test_what_was_done_is_not_repeated_when_the_rest_is_tried_again(
    workspace: Workspace, put: Put, lead: LeadId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_HOOK_SECRET", SECRET)
    with WebhookServer(status=410) as hook:
        ws = with_webhook(workspace, hook.url)
        action = approved(ws, put, handoff())
        assert run_steps(ws, action.id) == "failed"
        hook.status = 200
        again = decide.requeue(ws, action.id, by="theo")
        decide.approve(ws, action.id, by="theo", **about(again))

        assert run_steps(ws, action.id) == "done"

    assert rows(ws, sales_inbox) == 1
    assert len(hook.requests) == 2


def test_a_suppression_is_in_force_at_once(workspace: Workspace, put: Put, lead: LeadId) -> None:
    given = {"subject": lead, "content": {"audience": {"description": "one lead", "lead": lead}, "fields": {"reason": "unsubscribe"}}}
    action = approved(workspace, put, proposal(ActionKind.SUPPRESSION, **given))

    assert run_steps(workspace, action.id) == "done"

    assert rows(workspace, suppressions) == 1


def test_a_plan_that_is_gone_is_a_failure_not_a_success(workspace: Workspace, put: Put) -> None:
    action = put(proposal(ActionKind.PLAN_BUDGET, "plan", money_usd=10.0))
    for by in ("theo", "inez"):
        decide.approve(workspace, action.id, by=by, **about(action))

    assert run_steps(workspace, action.id) == "failed"

    assert rows(workspace, plans) == 0
