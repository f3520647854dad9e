"""Overdue is a read; escalation happens once; and what each handoff teaches."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from approvals import inbox
from approvals.escalate import Escalated, escalate_overdue
from approvals.response import by_due, outcomes
from policies.leads.lifecycle import Attempt, Label
from policies.leads.sla import Timer
from tests.approvals.conftest import Hand, with_practice
from tests.approvals.test_returns import LINES, LOCATION
from tools.store.action_tables import audit, handoff_escalations, sales_inbox
from tools.workspace import Workspace


@pytest.fixture
def ws(workspace: Workspace, clock: Hand) -> Workspace:
    clock.at = clock.at.replace(hour=15)  # Monday, 10:00 in Tampa
    return with_practice(workspace, locations=[LOCATION], service_lines=LINES)


def put(ws: Workspace, name: str, line: str = "dental", *, ago: float = 0, **values: Any) -> str:
    """A handoff in the inbox, received `ago` minutes ago."""
    row = {"execution": f"X-{name}", "action": f"A-{name}", "lead": f"L-{name}", "service_line": line, "handoff": {}, "status": "new"}
    row |= {"track": "b2b_referral" if line == "physician_liaison" else "b2c_patient", "received_at": ws.clock() - timedelta(minutes=ago)}
    with ws.database.write() as connection:
        connection.execute(insert(sales_inbox).values({**row, **values}))
    return f"X-{name}"


def test_the_next_due_stands_on_top_and_reading_changes_nothing(ws: Workspace) -> None:
    put(ws, "visit", "physician_liaison", ago=60)
    put(ws, "ortho", "orthopaedics", ago=1)
    put(ws, "dental", ago=2)
    put(ws, "late", ago=9)
    put(ws, "tried", ago=90, status="accepted", accepted_at=ws.clock(), first_attempt_at=ws.clock())

    with ws.database.read() as connection:
        found = by_due(ws.practice, inbox.every(connection), now=ws.clock())
        assert connection.scalar(select(func.count()).select_from(handoff_escalations)) == 0

    assert [(one.handoff.lead, one.clock.words if one.clock else None) for one in found] == [
        ("L-late", "overdue by 4 min"),
        ("L-dental", "3 min left"),
        ("L-ortho", "14 min left"),
        ("L-visit", "9 h left"),
        ("L-tried", None),
    ]


def test_each_level_hears_once_of_each_timer(ws: Workspace, clock: Hand) -> None:
    name = put(ws, "1")
    assert escalate_overdue(ws) == []
    clock.forward(minutes=6)
    assert escalate_overdue(ws) == [Escalated(name, Timer.ACCEPT, 1, "Sam Whitlock, sales lead")]
    assert escalate_overdue(ws) == []
    clock.forward(minutes=5)
    assert escalate_overdue(ws) == [Escalated(name, Timer.ACCEPT, 2, "Mara Lindqvist, marketing director")]
    inbox.accept(ws, name, by="sam")
    clock.forward(days=1)
    assert [(one.timer, one.level) for one in escalate_overdue(ws)] == [(Timer.ATTEMPT, 1), (Timer.ATTEMPT, 2)]
    inbox.record_attempt(ws, name, by="sam", outcome=Attempt.REACHED)
    assert escalate_overdue(ws) == []

    with ws.database.read() as connection:
        tasks = inbox.list_tasks(connection)
        events = connection.execute(select(audit.c.event, audit.c.actor, audit.c.detail).where(audit.c.event == "handoff:escalate")).all()
    assert [task.where for task in tasks].count("Sam Whitlock, sales lead") == 2
    assert "Dental lead overdue: nobody accepted it within 5 business minutes" in {task.title for task in tasks}
    assert "sam has it." in next(task.body for task in tasks if "tried" in task.title)
    assert [(row.actor, row.detail["level"]) for row in events] == [("clock", 1), ("clock", 2), ("clock", 1), ("clock", 2)]


def test_whoever_practice_yaml_names_is_told(ws: Workspace, clock: Hand) -> None:
    named = with_practice(ws, locations=[LOCATION], service_lines=LINES, escalation={"sales_lead": "inez", "marketing_director": "theo"})
    put(named, "1", ago=30)

    assert [one.to for one in escalate_overdue(named)] == ["Inez Okafor, sales lead", "Theo Brandt, marketing director"]


def test_nobody_is_late_outside_business_hours(ws: Workspace, clock: Hand) -> None:
    clock.at = clock.at.replace(hour=23)
    put(ws, "1", ago=2)  # two minutes before closing
    clock.forward(hours=10)

    assert escalate_overdue(ws) == []


def test_what_each_handoff_teaches(ws: Workspace) -> None:
    now = ws.clock()
    late = {"ago": 60, "decided_at": now}
    soon = {"ago": 60, "decided_at": now - timedelta(minutes=58)}
    put(ws, "new", ago=99)
    put(ws, "area", status="rejected", reason="outside_area", **soon)
    put(ws, "late", status="rejected", reason="outside_area", **late)
    put(ws, "timing", status="rejected", reason="timing_later", **soon)
    put(ws, "seen", status="seen", accepted_at=now, **late)
    put(ws, "lost", status="lost", reason="no_show", accepted_at=now - timedelta(minutes=57), first_attempt_at=now, **late)

    with ws.database.read() as connection:
        found = {one.lead: (one.outcome, one.reason, one.missed_sla) for one in outcomes(ws.practice, connection, now=now)}

    assert found == {
        "L-area": (Label.BAD, "outside_area", False),
        "L-late": (Label.UNKNOWN, "outside_area", True),
        "L-timing": (Label.UNKNOWN, "timing_later", False),
        "L-seen": (Label.GOOD, None, True),
        "L-lost": (Label.GOOD, "no_show", True),
    }
