"""A handoff leaves the queue at the instant its lead stops being an MQL, and not before; nobody can approve it after."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from approvals import decide
from approvals.errors import NotDecidable
from approvals.execute import run_steps
from approvals.queue import expire_due, history
from policies.actions import Action, Status
from policies.records import LeadId
from tests.approvals.conftest import LEAD, Hand, Put, about, handoff, status
from tools.store.demotions import demoted, next_demotion
from tools.store.engagements import Stage
from tools.store.tables import engagements, lead_stages, score_models, scores
from tools.workspace import Workspace

MODEL = "orthopaedics@0123456789ab"


@pytest.fixture
def until(workspace: Workspace, clock: Hand) -> datetime:
    """Until when the lead is an MQL."""
    return clock() + timedelta(days=2)


@pytest.fixture
def waiting(workspace: Workspace, put: Put, lead: LeadId, clock: Hand, until: datetime) -> Action:
    """A queued handoff of a lead that is an MQL for two days more."""
    now = clock()
    with workspace.database.write() as connection:
        model = {"name": "orthopaedics", "body": {}, "signatures": [], "created_at": now}
        connection.execute(insert(score_models), [{"id": MODEL, "live": True, **model}, {"id": "older@1", "live": False, **model}])
        row = {"lead": lead, "track": "b2c_patient", "service_line": "orthopaedics", "fit": 30.0, "g": 50.0, "groups": {"a": 50.0}}
        row |= {"last_event_at": now, "mql_since": now}
        connection.execute(insert(scores), [{**row, "model": MODEL, "mql_until": until}, {**row, "model": "older@1", "mql_until": None}])
    return put(handoff())


def ends(workspace: Workspace, at: datetime | None) -> None:
    with workspace.database.write() as connection:
        connection.execute(update(scores).where(scores.c.model == MODEL).values(mql_until=at))


def test_it_leaves_at_the_instant_and_the_lead_is_engaged_again(
    workspace: Workspace, waiting: Action, clock: Hand, until: datetime
) -> None:
    clock.at = until
    assert expire_due(workspace) == ()
    assert status(workspace, waiting) is Status.QUEUED

    clock.at = until + timedelta(milliseconds=1)
    assert expire_due(workspace) == (waiting.id,)
    assert expire_due(workspace) == ()
    assert status(workspace, waiting) is Status.EXPIRED
    with workspace.database.read() as connection:
        last = history(connection, waiting.id)[0]
        stages = connection.scalars(select(lead_stages.c.stage).where(lead_stages.c.lead == LEAD).order_by(lead_stages.c.id)).all()
    assert (last.event, last.detail["because"]) == ("action:expire", "no_mql")
    assert stages[-2:] == ["mql", "engaged"]


def test_nobody_approves_it_after_that_instant(workspace: Workspace, waiting: Action, clock: Hand, until: datetime) -> None:
    clock.at = until + timedelta(milliseconds=1)

    with pytest.raises(NotDecidable, match="MQL no longer"):
        decide.approve(workspace, waiting.id, by="sam", **about(waiting))


def test_the_clock_wakes_for_the_first_end_among_those_that_wait(
    workspace: Workspace, waiting: Action, clock: Hand, until: datetime
) -> None:
    with workspace.database.read() as connection:
        assert next_demotion(connection, now=clock()) == until
        assert next_demotion(connection, now=until + timedelta(milliseconds=1)) is None
    decide.reject(workspace, waiting.id, by="sam", reason="not now", **about(waiting))
    with workspace.database.read() as connection:
        assert next_demotion(connection, now=clock()) is None


def test_a_lead_that_acts_again_stays(workspace: Workspace, waiting: Action, clock: Hand, until: datetime) -> None:
    ends(workspace, until + timedelta(days=9))
    clock.at = until + timedelta(days=1)

    assert expire_due(workspace) == ()


def unscored(workspace: Workspace, lead: LeadId, now: datetime) -> None:
    """An act of the lead that waits to be scored, as after a merge."""
    row = {"id": "E-1", "channel": "search", "source": "segment", "kind": "page_view", "occurred_at": now, "revised_at": now, "lead": lead}
    with workspace.database.write() as connection:
        connection.execute(insert(engagements), {**row, "digest": "d", "run": "R", "stage": Stage.STORED, "record": {}})


def test_while_a_score_is_put_together_again_or_is_ahead_of_the_clock_nothing_leaves(
    workspace: Workspace, waiting: Action, clock: Hand, until: datetime
) -> None:
    clock.at = until + timedelta(hours=1)
    with workspace.database.write() as connection:
        connection.execute(update(scores).where(scores.c.model == MODEL).values(last_event_at=clock() + timedelta(hours=1)))
    assert expire_due(workspace) == ()
    with workspace.database.write() as connection:
        connection.execute(delete(scores).where(scores.c.model == MODEL))
    unscored(workspace, LEAD, clock())
    assert expire_due(workspace) == ()
    with pytest.raises(NotDecidable, match="MQL no longer"):  # nor is it approved while nobody knows
        decide.approve(workspace, waiting.id, by="sam", **about(waiting))


def test_a_lead_without_a_score_on_the_line_any_more_leaves(workspace: Workspace, waiting: Action, clock: Hand) -> None:
    """Its act was revised to another line, its model was retired, or it was somebody else's."""
    with workspace.database.write() as connection:
        connection.execute(delete(scores).where(scores.c.model == MODEL))

    assert expire_due(workspace) == (waiting.id,)


def test_a_lead_that_is_disqualified_after_the_approval_goes_to_nobody(workspace: Workspace, waiting: Action, clock: Hand) -> None:
    approved = decide.approve(workspace, waiting.id, by="sam", **about(waiting))
    with workspace.database.write() as connection:
        gone = {"mql_since": None, "mql_until": None, "disqualified_at": clock()}
        connection.execute(update(scores).where(scores.c.model == MODEL).values(**gone))

    run_steps(workspace, approved.id)

    assert status(workspace, approved) is Status.QUEUED
    assert expire_due(workspace) == (waiting.id,)


def test_a_model_that_is_out_of_force_keeps_nobody_in_the_queue(
    workspace: Workspace, waiting: Action, clock: Hand, until: datetime
) -> None:
    with workspace.database.write() as connection:
        connection.execute(update(scores).where(scores.c.model == "older@1").values(mql_until=until + timedelta(days=99)))
    clock.at = until + timedelta(hours=1)

    with workspace.database.read() as connection:
        assert demoted(connection, now=clock()) == [waiting.id]
