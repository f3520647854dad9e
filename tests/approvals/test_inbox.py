"""After execution: sales, tasks, and the one place where a contact is shown."""

import pytest
from sqlalchemy import select

from approvals import decide, inbox
from approvals.errors import NotAllowed
from approvals.execute import run_steps
from approvals.inbox import HandoffStatus
from approvals.queue import history
from approvals.returns import reject
from approvals.reveal import Purpose, reveal
from policies.leads.bant import Ability, Bant, Timeframe
from policies.leads.lifecycle import RejectReason
from policies.records import LeadId
from tests.approvals.conftest import RECIPIENT, Put, about, handoff
from tools.errors import Conflict, NotFound
from tools.store.contacts import shred
from tools.store.tables import leads
from tools.workspace import Workspace

BANT = Bant(budget=Ability.COVERED, authority=True, need=True, timeframe=Timeframe.ONE_MONTH)


@pytest.fixture
def received(workspace: Workspace, put: Put, lead: LeadId) -> str:
    action = put(handoff())
    decide.approve(workspace, action.id, by="theo", **about(action))
    assert run_steps(workspace, action.id) == "done"
    with workspace.database.read() as connection:
        (found,) = inbox.list_handoffs(connection, status=HandoffStatus.NEW)
    return found.execution


@pytest.fixture
def task(workspace: Workspace, put: Put) -> str:
    action = put()
    decide.approve(workspace, action.id, by="theo", **about(action))
    run_steps(workspace, action.id)
    with workspace.database.read() as connection:
        (found,) = inbox.list_tasks(connection)
    return found.execution


def stage(ws: Workspace) -> str:
    with ws.database.read() as connection:
        return str(connection.scalar(select(leads.c.stage)))


def test_an_accepted_lead_becomes_an_sql_with_bant(workspace: Workspace, received: str) -> None:
    with pytest.raises(Conflict, match="accept it first"):
        inbox.qualify(workspace, received, by="sam", bant=BANT)
    inbox.accept(workspace, received, by="sam")
    assert stage(workspace) == "accepted"

    qualified = inbox.qualify(workspace, received, by="sam", bant=BANT)

    assert (qualified.status, qualified.bant, stage(workspace)) == (HandoffStatus.SQL, BANT, "sql")
    assert workspace.audit.verify(workspace.database).ok


@pytest.mark.parametrize(("reason", "after"), [(RejectReason.PAYER_MISMATCH, "rejected"), (RejectReason.SPAM_VENDOR, "rejected")])
def test_a_rejection_has_a_reason_and_moves_the_lead(workspace: Workspace, received: str, reason: RejectReason, after: str) -> None:
    rejected = reject(workspace, received, by="sam", reason=reason)

    assert (rejected.reason, stage(workspace)) == (reason, after)
    with pytest.raises(Conflict, match="sam made it rejected"):
        inbox.accept(workspace, received, by="sam")


def test_only_sales_decides_on_a_handoff(workspace: Workspace, received: str) -> None:
    with pytest.raises(NotAllowed):
        inbox.accept(workspace, received, by="inez")
    with pytest.raises(NotFound):
        inbox.accept(workspace, "X-none", by="sam")


def test_a_task_is_done_once(workspace: Workspace, task: str) -> None:
    assert inbox.finish_task(workspace, task, by="theo").status == "done"

    with pytest.raises(Conflict, match="theo"):
        inbox.finish_task(workspace, task, by="mara")
    with workspace.database.read() as connection:
        assert inbox.list_tasks(connection) == []
        assert len(inbox.list_tasks(connection, status=None)) == 1


def test_sales_sees_the_contact_of_an_accepted_lead_and_every_look_is_recorded(workspace: Workspace, received: str) -> None:
    with pytest.raises(NotAllowed, match="accept it first"):
        reveal(workspace, received, by="sam", purpose=Purpose.CALL)
    inbox.accept(workspace, received, by="sam")

    looks = [reveal(workspace, received, by="sam", purpose=Purpose.CALL) for _ in range(2)]

    assert looks[0].email == RECIPIENT
    with workspace.database.read() as connection:
        handed = inbox.get_handoff(connection, received)
        rows = [entry for entry in history(connection, handed.action) if entry.event == "contact:reveal"]
    assert len(rows) == 2
    assert rows[0].detail["fields"] == ["email", "first_name", "last_name", "phone"]
    assert "Quilla" not in str(rows)


@pytest.mark.parametrize(
    ("by", "purpose"), [("mara", Purpose.CALL), ("ada", Purpose.CALL), ("sam", Purpose.PRIVACY_REQUEST), ("pia", Purpose.CALL)]
)
def test_nobody_else_sees_a_contact(workspace: Workspace, received: str, by: str, purpose: Purpose) -> None:
    inbox.accept(workspace, received, by="sam")

    with pytest.raises(NotAllowed):
        reveal(workspace, received, by=by, purpose=purpose)


def test_the_privacy_officer_may_look_on_a_person_s_request_and_a_shredded_contact_is_gone(
    workspace: Workspace, received: str, lead: LeadId
) -> None:
    assert reveal(workspace, received, by="pia", purpose=Purpose.PRIVACY_REQUEST).phone == "813-555-0142"
    with workspace.database.write() as connection:
        assert shred(connection, lead) == 1

    with pytest.raises(NotFound, match="shredded"):
        reveal(workspace, received, by="pia", purpose=Purpose.PRIVACY_REQUEST)
