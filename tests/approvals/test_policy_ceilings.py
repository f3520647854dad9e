"""Ceilings: what may leave in a time holds at execution, whoever approved it, and says when there is room again."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from approvals import decide
from approvals.execute import run_steps
from approvals.pause import pause
from approvals.queue import executions
from policies.actions import Action, ActionKind, ExecutionStatus, Status
from tests.approvals.conftest import BODY, Hand, Put, about, email, handoff, proposal, seen, with_practice
from tests.approvals.executing import SECRET, SENDER, done_by, held_by, rows, with_webhook
from tests.servers.smtp import SmtpServer
from tools.store.tables import pauses
from tools.workspace import Workspace

RULES = BODY["approval_policy"]["rules"]


def capped(ws: Workspace, port: int = 25, **ceilings: Any) -> Workspace:
    smtp = {"host": "127.0.0.1", "port": port, "starttls": False, "sender": SENDER, "baa": True}
    return with_practice(ws, approval_policy={"rules": RULES, "ceilings": ceilings}, destinations={"smtp": smtp})


def run(ws: Workspace, put: Put, what: Any) -> tuple[str, Action]:
    action = put(what, ws=ws)
    decide.approve(ws, action.id, by="theo", **about(action))
    return run_steps(ws, action.id), seen(ws, action)


def spend(subject: str, usd: float) -> Any:
    return proposal(ActionKind.NEGATIVE_KEYWORDS, subject, money_usd=usd)


def test_the_day_s_spend_stops_at_its_ceiling_and_begins_anew_at_the_practice_s_midnight(
    workspace: Workspace, put: Put, clock: Hand
) -> None:
    ws = capped(workspace, spend_usd_per_day=100)
    assert run(ws, put, spend("a", 60))[0] == "done"

    outcome, held = run(ws, put, spend("b", 41))

    assert (outcome, held.status) == ("held", Status.QUEUED)
    (finding,) = [one for one in held.findings if one.rule == "EXEC-CEILING-SPEND-DAY"]
    assert "$60.00 was spent today; $41.00 more does not fit under the ceiling of $100.00" in finding.title
    assert "3 Mar 2026 at 00:00 EST" in finding.mend
    assert run(ws, put, spend("c", 40))[0] == "done"
    clock.forward(days=1)
    decide.approve(ws, held.id, by="theo", **about(held))
    assert run_steps(ws, held.id) == "done"


def test_thirty_days_of_spend_say_when_enough_of_them_are_past(workspace: Workspace, put: Put, clock: Hand) -> None:
    ws = capped(workspace, spend_usd_per_30_days=100)
    run(ws, put, spend("a", 30))
    clock.forward(days=2)
    run(ws, put, spend("b", 60))
    clock.forward(days=1)

    _, held = run(ws, put, spend("c", 50))

    (finding,) = [one for one in held.findings if one.rule == "EXEC-CEILING-SPEND-MONTH"]
    assert "3 Apr 2026" in finding.mend


def test_what_never_fits_says_so(workspace: Workspace, put: Put) -> None:
    _, held = run(capped(workspace, spend_usd_per_day=100), put, spend("a", 101))

    (finding,) = [one for one in held.findings if one.rule == "EXEC-CEILING-SPEND-DAY"]
    assert "never fits" in finding.mend


@pytest.mark.parametrize("ceilings", [{"emails_per_day": 1}, {"emails_per_lead_per_7_days": 1}])
def test_mails_stop_at_their_ceiling(
    workspace: Workspace, put: Put, clock: Hand, lead: str, mail: SmtpServer, ceilings: dict[str, int]
) -> None:
    ws = capped(workspace, mail.port, **ceilings)
    assert run(ws, put, email())[0] == "done"

    outcome, held = run(ws, put, email(period="2026-04"))

    assert outcome == "held"
    assert {rule for rule in held_by(ws, held) if rule.startswith("EXEC-CEILING")} == {
        "EXEC-CEILING-EMAILS" if "emails_per_day" in ceilings else "EXEC-CEILING-LEAD"
    }
    assert len(mail.messages) == 1
    clock.forward(days=8)
    again = seen(ws, held)
    decide.approve(ws, held.id, by="theo", **about(again))
    assert run_steps(ws, held.id) == "done"


def test_a_ceiling_of_none_lets_nothing_out(workspace: Workspace, put: Put, lead: str, mail: SmtpServer) -> None:
    outcome, held = run(capped(workspace, mail.port, emails_per_day=0), put, email())

    assert (outcome, mail.messages) == ("held", [])
    assert "EXEC-CEILING-EMAILS" in held_by(workspace, held)


def test_a_pause_takes_effect_between_two_operations_of_one_action(
    workspace: Workspace, put: Put, lead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody pulls the switch in the moment after the first operation is done: the second is never called."""
    monkeypatch.setenv("TEST_HOOK_SECRET", SECRET)
    ws = with_webhook(workspace, "http://127.0.0.1:9/never")
    action = put(handoff(), ws=ws)
    decide.approve(ws, action.id, by="theo", **about(action))

    def clock() -> datetime:
        if done_by(ws, action) == {"sales_inbox": ExecutionStatus.DONE} and not rows(ws, pauses):
            pause(ws, "all", by="mara", reason="stop")
        return ws.clock()

    assert run_steps(replace(ws, clock=clock), action.id) == "failed"

    assert done_by(ws, action) == {"sales_inbox": ExecutionStatus.DONE, "webhook": ExecutionStatus.FAILED}
    with ws.database.read() as connection:
        assert "EXEC-PAUSED" in str([one.error for one in executions(connection, action.id)])
