"""Ceilings: what may leave in a time holds at execution, whoever approved it, and says when there is room again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from approvals import decide, matching, recheck
from approvals.execute import run_steps
from approvals.pause import pause
from approvals.queue import executions
from policies.actions import Action, ActionKind, Audience, ExecutionStatus, Status
from policies.leads.identity import MergeReason
from policies.records import LeadId
from tests.approvals.conftest import BODY, LEAD, Hand, Put, about, email, handoff, proposal, seen, with_practice
from tests.approvals.executing import SECRET, SENDER, done_by, held_by, rows, with_webhook
from tests.servers.smtp import SmtpServer
from tools.store.tables import consents, lead_keys, leads, pauses
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


def test_two_leads_that_are_one_person_share_a_ceiling(workspace: Workspace, put: Put, lead: str, mail: SmtpServer, clock: Hand) -> None:
    ws = capped(workspace, mail.port, emails_per_lead_per_7_days=1)
    other, now = LeadId("L-00000000aaaa"), clock()
    with ws.database.write() as connection:
        older = {"id": other, "track": "b2c_patient", "created_at": now - timedelta(days=300), "attributes": {}, "stage": "engaged"}
        connection.execute(insert(leads).values(older))
        connection.execute(insert(consents).values(lead=other, purpose="email", granted=True, at=now, engagement="E-2"))
        key = ws.ring.match_key("phone", "813-555-0142")
        connection.execute(insert(lead_keys).values(match_key=key, lead=other, added_at=now))
    run(ws, put, email())
    survivor = matching.merge(ws, LEAD, other, by="mara", reason=next(iter(MergeReason)))
    base = email(period="2026-05")
    content = base.content.model_copy(update={"audience": Audience(description="one lead", lead=survivor, count=1)})

    _, held = run(ws, put, base.model_copy(update={"subject": survivor, "content": content}))

    assert [finding.rule for finding in held.findings] == ["EXEC-CEILING-LEAD"]
    assert len(mail.messages) == 1


def test_two_workers_at_once_do_not_pass_the_months_budget(workspace: Workspace, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both would find room for the last $700 of $1,000 if they could count at the same time."""
    rules = [{"kinds": ["budget_shift"], "roles": ["marketing", "compliance"]}]
    ws = with_practice(workspace, approval_policy={"rules": rules}, budget={"monthly_usd": 1000, "by_channel_usd": {"search": 600}})
    content = {"destination": "Google Ads"}
    items = [put(proposal(ActionKind.BUDGET_SHIFT, f"{name}-shift", money_usd=700.0, content=content), ws=ws) for name in ("a", "b")]
    for item in items:
        for by in ("theo", "inez"):
            decide.approve(ws, item.id, by=by, **about(item))
    both, counted = threading.Barrier(2), recheck.spent_usd

    def beside_the_other(*args: Any, **more: Any) -> float:
        found = counted(*args, **more)
        with suppress(threading.BrokenBarrierError):
            both.wait(0.3)  # as long as the other could need to count too
        return found

    monkeypatch.setattr(recheck, "spent_usd", beside_the_other)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda item: run_steps(ws, item.id), items))

    assert sorted(outcomes) == ["done", "held"]
