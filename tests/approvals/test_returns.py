"""What sales makes of a lead after it has it: attempts, outcomes, and every reason for giving it back with what it entails."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from approvals import decide, inbox
from approvals.errors import NotAllowed, NotDecidable
from approvals.execute import run_steps
from approvals.inbox import HandoffStatus
from approvals.returns import reject
from policies.leads.bant import Ability, Bant, Timeframe
from policies.leads.lifecycle import Attempt, LostReason, RejectReason, Stage
from policies.records import LeadId
from tests.approvals.conftest import LEAD, Hand, Put, about, handoff, with_practice
from tools.errors import Conflict, NotFound
from tools.store import lifecycle
from tools.store.action_tables import sales_inbox
from tools.store.consents import suppressed
from tools.store.contacts import shred
from tools.store.tables import engagements, leads
from tools.workspace import Workspace

BANT = Bant(budget=Ability.COVERED, authority=True, need=True, timeframe=Timeframe.ONE_MONTH)
LOCATION = {
    **{"key": "tampa", "name": "Tampa", "brand": "Larkfield", "state": "FL", "city": "Tampa", "address": "12 Pier Road", "zip": "33601"},
    **{"phone": "813-555-0101", "timezone": "America/New_York"},
}
LINES = [
    {"key": key, "name": key.title(), "track": track, "model": key, "locations": ["tampa"]}
    for key, track in (("orthopaedics", "b2c_patient"), ("dental", "b2c_patient"), ("physician_liaison", "b2b_referral"))
]


@pytest.fixture
def ws(workspace: Workspace) -> Workspace:
    return with_practice(workspace, locations=[LOCATION], service_lines=LINES)


@pytest.fixture
def received(ws: Workspace, put: Put, lead: LeadId) -> str:
    action = put(handoff(), ws=ws)
    assert stages(ws) == [("orthopaedics", "mql")], "it is an MQL while it waits for approval"
    decide.approve(ws, action.id, by="theo", **about(action))
    assert run_steps(ws, action.id) == "done"
    with ws.database.read() as connection:
        (found,) = inbox.list_handoffs(connection, status=HandoffStatus.NEW)
    return found.execution


def stages(ws: Workspace, lead: LeadId = LEAD) -> list[tuple[str, str]]:
    with ws.database.read() as connection:
        return [(row.service_line, row.stage) for row in lifecycle.history(connection, lead)]


def stage(ws: Workspace) -> str:
    with ws.database.read() as connection:
        return str(connection.scalar(select(leads.c.stage).where(leads.c.id == LEAD)))


def last_event(ws: Workspace) -> tuple[str, str]:
    with ws.database.read() as connection:
        row = connection.exec_driver_sql("SELECT event, actor FROM audit ORDER BY seq DESC LIMIT 1").one()
        return row.event, row.actor


# --- the way of an SQL


def test_an_sql_is_booked_and_seen_and_every_stage_is_in_the_history(ws: Workspace, received: str, clock: Hand) -> None:
    inbox.accept(ws, received, by="sam")
    clock.forward(minutes=3)
    inbox.record_attempt(ws, received, by="sam", outcome=Attempt.LEFT_MESSAGE)
    clock.forward(hours=2)
    inbox.record_attempt(ws, received, by="sam", outcome=Attempt.REACHED)
    assert last_event(ws) == ("handoff:attempt", "sam")
    inbox.qualify(ws, received, by="sam", bant=BANT)
    inbox.record_outcome(ws, received, by="sam", outcome=HandoffStatus.BOOKED)
    done = inbox.record_outcome(ws, received, by="sam", outcome=HandoffStatus.SEEN)

    assert (done.status, stage(ws)) == (HandoffStatus.SEEN, "seen")
    assert done.first_attempt_at == done.accepted_at + timedelta(minutes=3)  # type: ignore[operator]
    assert [one for _, one in stages(ws)] == ["mql", "accepted", "sql", "booked", "seen"]
    with ws.database.read() as connection:
        assert [one.outcome for one in inbox.attempts_of(connection, received)] == [Attempt.LEFT_MESSAGE, Attempt.REACHED]
    assert ws.audit.verify(ws.database).ok
    assert last_event(ws) == ("handoff:outcome", "sam")


def test_a_lost_lead_has_a_reason(ws: Workspace, received: str) -> None:
    inbox.accept(ws, received, by="sam")
    inbox.qualify(ws, received, by="sam", bant=BANT)
    with pytest.raises(NotDecidable, match="a lost lead needs a reason"):
        inbox.record_outcome(ws, received, by="sam", outcome=HandoffStatus.LOST)
    with pytest.raises(NotDecidable, match="take none"):
        inbox.record_outcome(ws, received, by="sam", outcome=HandoffStatus.BOOKED, reason=LostReason.NO_SHOW)

    lost = inbox.record_outcome(ws, received, by="sam", outcome=HandoffStatus.LOST, reason=LostReason.COST_OR_COVERAGE)

    assert (lost.reason, stage(ws)) == (LostReason.COST_OR_COVERAGE, "lost")


def test_what_is_out_of_order_is_refused_and_changes_nothing(ws: Workspace, received: str) -> None:
    with pytest.raises(Conflict, match="accepted and not closed"):
        inbox.record_attempt(ws, received, by="sam", outcome=Attempt.REACHED)
    with pytest.raises(Conflict, match="accept it first"):
        inbox.record_outcome(ws, received, by="sam", outcome=HandoffStatus.BOOKED)
    inbox.accept(ws, received, by="sam")
    with pytest.raises(Conflict, match="qualify it as an SQL first"):
        inbox.record_outcome(ws, received, by="sam", outcome=HandoffStatus.BOOKED)
    inbox.qualify(ws, received, by="sam", bant=BANT)
    with pytest.raises(Conflict, match="track b2c_patient becomes booked"):
        inbox.record_outcome(ws, received, by="sam", outcome=HandoffStatus.OPPORTUNITY)
    with pytest.raises(NotDecidable, match="no outcome"):
        inbox.record_outcome(ws, received, by="sam", outcome=HandoffStatus.ACCEPTED)
    with pytest.raises(Conflict, match="sam made it sql"):
        reject(ws, received, by="sam", reason=RejectReason.OUTSIDE_AREA)
    for who in ("theo", "inez", "nobody"):
        with pytest.raises(NotAllowed):
            inbox.record_attempt(ws, received, by=who, outcome=Attempt.REACHED)

    assert [one for _, one in stages(ws)] == ["mql", "accepted", "sql"]


def test_a_handoff_nobody_approves_leaves_the_lead_engaged(ws: Workspace, put: Put, lead: LeadId) -> None:
    action = put(handoff(), ws=ws)
    decide.reject(ws, action.id, by="theo", reason="not now", **about(action))

    assert stages(ws) == [("orthopaedics", "mql"), ("orthopaedics", "engaged")]
    assert stage(ws) == "engaged"


# --- giving back


def tried(ws: Workspace, received: str, clock: Hand, *, times: int = 3, days: float = 3.5) -> None:
    inbox.accept(ws, received, by="sam")
    for _ in range(times):
        inbox.record_attempt(ws, received, by="sam", outcome=Attempt.NO_ANSWER)
        clock.forward(days=days)


@pytest.mark.parametrize(("times", "days"), [(0, 0), (2, 5), (3, 1)])
def test_nobody_is_unreachable_before_three_attempts_over_a_week(
    ws: Workspace, received: str, clock: Hand, times: int, days: float
) -> None:
    tried(ws, received, clock, times=times, days=days)

    with pytest.raises(NotDecidable, match="3 over 7 days"):
        reject(ws, received, by="sam", reason=RejectReason.NOT_REACHABLE)
    assert stage(ws) == "accepted"


def test_an_unreachable_lead_rests_for_thirty_days(ws: Workspace, received: str, clock: Hand) -> None:
    tried(ws, received, clock)

    reject(ws, received, by="sam", reason=RejectReason.NOT_REACHABLE)

    with ws.database.read() as connection:
        row = lifecycle.history(connection, LEAD)[-1]
    assert (row.stage, row.reason, row.until, row.handoff) == (Stage.RECYCLED, "not_reachable", clock() + timedelta(days=30), received)


def test_a_lead_without_a_contact_needs_no_attempts(ws: Workspace, received: str) -> None:
    with ws.database.write() as connection:
        shred(connection, LEAD)

    assert reject(ws, received, by="sam", reason=RejectReason.NOT_REACHABLE).status is HandoffStatus.REJECTED


@pytest.mark.parametrize("day", [None, date(2026, 3, 2), date(2026, 3, 1), date(2029, 1, 1)])
def test_timing_later_asks_for_a_day_that_lies_ahead(ws: Workspace, received: str, day: date | None) -> None:
    with pytest.raises(NotDecidable, match="a date after 2026-03-02"):
        reject(ws, received, by="sam", reason=RejectReason.TIMING_LATER, return_on=day)
    with pytest.raises(NotDecidable, match="belongs to timing_later"):
        reject(ws, received, by="sam", reason=RejectReason.OUTSIDE_AREA, return_on=date(2026, 4, 1))


def test_timing_later_rests_until_that_day_begins_there(ws: Workspace, received: str) -> None:
    reject(ws, received, by="sam", reason=RejectReason.TIMING_LATER, return_on=date(2026, 4, 1))

    with ws.database.read() as connection:
        until = lifecycle.history(connection, LEAD)[-1].until
    assert until is not None
    assert until.isoformat() == "2026-04-01T04:00:00+00:00", "midnight in Tampa"
    assert stage(ws) == "recycled"


def test_a_lead_on_the_wrong_line_goes_to_the_right_inbox(ws: Workspace, received: str, clock: Hand) -> None:
    for wrong in (None, "physician_liaison", "orthopaedics", "astrology"):
        with pytest.raises(NotDecidable, match="name dental"):
            reject(ws, received, by="sam", reason=RejectReason.WRONG_SERVICE_LINE, line=wrong)
    clock.forward(minutes=4)
    reject(ws, received, by="sam", reason=RejectReason.WRONG_SERVICE_LINE, line="dental")

    with ws.database.read() as connection:
        (moved,) = inbox.list_handoffs(connection, status=HandoffStatus.NEW)
    assert (moved.service_line, moved.lead, moved.received_at) == ("dental", LEAD, clock())
    assert stages(ws) == [("orthopaedics", "mql"), ("orthopaedics", "rejected"), ("dental", "mql")]
    inbox.accept(ws, moved.execution, by="sam")
    assert stage(ws) == "accepted"


def test_spam_is_suppressed_on_every_channel(ws: Workspace, received: str) -> None:
    reject(ws, received, by="sam", reason=RejectReason.SPAM_VENDOR)

    with ws.database.read() as connection:
        assert all(suppressed(connection, [LEAD], channel=channel) == {LEAD} for channel in ("email", "sms", "phone"))


def test_a_compliance_hold_suppresses_and_asks_compliance(ws: Workspace, received: str) -> None:
    reject(ws, received, by="sam", reason=RejectReason.COMPLIANCE_HOLD)

    with ws.database.read() as connection:
        assert suppressed(connection, [LEAD]) == {LEAD}
        (task,) = inbox.list_tasks(connection)
    assert (task.where, task.title) == ("compliance", "Look into a lead that sales put on hold")


def test_a_duplicate_is_merged_into_the_lead_it_is(ws: Workspace, received: str, clock: Hand) -> None:
    other = LeadId("L-other0000000")
    row: dict[str, Any] = {
        "id": other,
        "track": "b2c_patient",
        "created_at": clock() - timedelta(days=9),
        "attributes": {},
        "stage": "accepted",
    }
    with ws.database.write() as connection:
        connection.execute(leads.insert().values(row))
    with pytest.raises(NotFound, match="L-none"):
        reject(ws, received, by="sam", reason=RejectReason.DUPLICATE, of=LeadId("L-none"))
    with pytest.raises(NotDecidable, match="reason duplicate"):
        reject(ws, received, by="sam", reason=RejectReason.OUTSIDE_AREA, of=other)

    reject(ws, received, by="sam", reason=RejectReason.DUPLICATE, of=other)

    with ws.database.read() as connection:
        merged = dict(connection.execute(select(leads.c.id, leads.c.merged_into)).all())
        assert connection.scalar(select(leads.c.stage).where(leads.c.id == other)) == "accepted"
        assert connection.scalar(select(engagements.c.stage)) is None
    assert merged == {LEAD: other, other: None}


def test_a_rejection_needs_no_lead_that_is_still_there(ws: Workspace, received: str) -> None:
    """A lead may be taken apart while sales has it; what sales says is kept all the same."""
    with ws.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM lead_keys")
        connection.execute(delete(leads).where(leads.c.id == LEAD))

    assert reject(ws, received, by="sam", reason=RejectReason.OUTSIDE_AREA).reason is RejectReason.OUTSIDE_AREA


def test_who_was_first_is_named(ws: Workspace, received: str) -> None:
    inbox.accept(ws, received, by="sam")
    with pytest.raises(Conflict, match="sam made it accepted"):
        inbox.accept(ws, received, by="mara")
    with ws.database.write() as connection:
        connection.execute(update(sales_inbox).values(status="new"))  # the row and the history disagree: nothing is moved
    with pytest.raises(Conflict, match="is accepted on orthopaedics by now, not mql"):
        inbox.accept(ws, received, by="mara")
