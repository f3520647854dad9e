"""The clock: one leader rings, a missed time is caught up once, and the next leader takes over."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from agents.parts import Parts
from agents.schedule import leadership, ring_until
from approvals.queue import enqueue, get_action, history
from policies.actions import Status
from policies.records import Channel
from tests.approvals.conftest import LEAD, handoff
from tests.journeys.conftest import Open
from tools.store import schedules
from tools.store.database import Database
from tools.store.tables import jobs, leads, score_models, scores
from tools.store.tables import schedules as table

DEADLINE_S = 20


@pytest.fixture
def parts(open_ran: Open, database: Database) -> Parts:
    """The parts over an empty database of each engine, with the system's own time."""
    opened = open_ran()
    return replace(opened, workspace=replace(opened.workspace, database=database, clock=lambda: datetime.now(UTC)))


@contextmanager
def ringing(parts: Parts) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=ring_until, args=(parts, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(DEADLINE_S)
        assert not thread.is_alive()


def wait_for_jobs(database: Database, count: int) -> list[str]:
    """Subjects of the run jobs, once there are `count`; fails after a deadline."""
    looked = threading.Event()
    for _ in range(DEADLINE_S * 10):
        with database.read() as connection:
            found = list(connection.execute(select(jobs.c.subject).order_by(jobs.c.id)).scalars())
        if len(found) >= count:
            return found
        looked.wait(0.1)
    raise AssertionError(f"{found} after {DEADLINE_S} s, expected {count}")


def test_only_one_process_leads_and_the_next_takes_over(parts: Parts) -> None:
    with leadership(parts) as first:
        assert first is not None
        assert first()
        with leadership(parts) as second:
            assert second is None
    with leadership(parts) as third:
        assert third is not None


def test_the_leader_adopts_the_practices_schedules_and_catches_up_once(parts: Parts) -> None:
    database = parts.workspace.database
    with database.write() as connection:
        schedules.adopt(connection, parts.workspace.practice, now=parts.workspace.clock())
        long_ago = parts.workspace.clock() - timedelta(days=7, minutes=1)
        connection.execute(update(table).where(table.c.id == "search").values(last_planned_at=long_ago))

    with ringing(parts), ringing(parts):
        subjects = wait_for_jobs(database, 1)

    with database.read() as connection:
        known = {schedule.id for schedule in schedules.list_schedules(connection)}
        last = schedules.get_schedule(connection, "search").last_planned_at
    assert known == {channel.value for channel in Channel}
    assert subjects == ["search"]
    assert last is not None
    assert last > long_ago


def test_the_clock_wakes_at_the_instant_a_waiting_lead_stops_being_an_mql(parts: Parts) -> None:
    workspace = parts.workspace
    started = workspace.clock()
    until = started + timedelta(seconds=3)
    model = {"id": "orthopaedics@1", "name": "orthopaedics", "body": {}, "live": True, "signatures": [], "created_at": started}
    score = {
        "lead": LEAD,
        "model": "orthopaedics@1",
        "track": "b2c_patient",
        "service_line": "orthopaedics",
        "fit": 30.0,
        "g": 50.0,
        "groups": {},
    }
    with workspace.database.write() as connection:
        connection.execute(insert(leads).values(id=LEAD, track="b2c_patient", created_at=started, attributes={}, stage="engaged"))
        connection.execute(insert(score_models), [model])
        connection.execute(insert(scores), [{**score, "last_event_at": started, "mql_since": started, "mql_until": until}])
        action, _ = enqueue(workspace, connection, handoff(), run=None, now=started)
    assert action.status is Status.QUEUED

    looked = threading.Event()
    with ringing(parts):
        for _ in range(DEADLINE_S * 20):
            with workspace.database.read() as connection:
                expired = get_action(connection, action.id).status is Status.EXPIRED
            if expired:
                break
            looked.wait(0.05)

    with workspace.database.read() as connection:
        (entry,) = (one for one in history(connection, action.id) if one.event == "action:expire")
    assert until < entry.at < until + timedelta(seconds=5), "not at the next look round, fifteen seconds later"
