"""Runs, their steps, and the lease that keeps two from working at once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from policies.records import Channel
from tools.clock import fixed_clock
from tools.errors import Busy, NotFound
from tools.store import runs
from tools.store.database import Database
from tools.store.tables import leases

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLOCK = fixed_clock(NOW)


def test_a_tick_of_a_schedule_has_one_run(database: Database) -> None:
    with database.write() as connection:
        first = runs.start_run(connection, [Channel.EMAIL], as_of=NOW, trigger="schedule", schedule="email", planned_at=NOW)
        second = runs.start_run(connection, [Channel.EMAIL], as_of=NOW, trigger="schedule", schedule="email", planned_at=NOW)
        by_hand = runs.start_run(connection, [Channel.EMAIL], as_of=NOW, trigger="cli")

    assert first is not None
    assert second is None
    assert by_hand is not None


def test_an_unfinished_run_is_found_until_it_is_finished(database: Database) -> None:
    with database.write() as connection:
        run = runs.start_run(connection, [Channel.SEARCH], as_of=NOW, trigger="cli")
        assert run is not None
        assert runs.unfinished_run(connection) == run
        runs.finish_run(connection, run.id, status="done", at=NOW, summary={"channels": {}})
        assert runs.unfinished_run(connection) is None
        assert runs.get_run(connection, run.id).status == "done"
        with pytest.raises(NotFound, match="R-nothing"):
            runs.get_run(connection, "R-nothing")


def test_a_step_is_recorded_once(database: Database) -> None:
    with database.write() as connection:
        run = runs.start_run(connection, [Channel.SEARCH], as_of=NOW, trigger="cli")
        assert run is not None
        assert runs.finish_step(connection, run.id, "scrub", started_at=NOW, at=NOW, detail={"scrubbed": 3})
        assert not runs.finish_step(connection, run.id, "scrub", started_at=NOW, at=NOW, detail={"scrubbed": 9})
        assert [row.detail for row in runs.steps_of(connection, run.id)] == [{"scrubbed": 3}]


def test_two_cannot_hold_one_lease(database: Database) -> None:
    with (
        runs.lease(database, "channel run", clock=CLOCK),
        pytest.raises(Busy, match="channel run"),
        runs.lease(database, "channel run", clock=CLOCK),
    ):
        pass

    with runs.lease(database, "channel run", clock=CLOCK) as epoch:
        assert epoch == 1


def test_the_lease_of_a_dead_process_is_taken_over_and_fenced(database: Database) -> None:
    with runs.lease(database, "channel run", clock=CLOCK) as old:
        with database.write() as connection:
            connection.execute(update(leases).values(pid=2**22 + 1, holder="gone"))
        with runs.lease(database, "channel run", clock=CLOCK) as new:
            assert new == old + 1
            assert not runs.renew(database, "channel run", epoch=old, now=NOW)
            assert runs.renew(database, "channel run", epoch=new, now=NOW)


def test_a_lease_of_another_host_lasts_until_it_expires(database: Database) -> None:
    with runs.lease(database, "channel run", clock=CLOCK):
        with database.write() as connection:
            connection.execute(update(leases).values(host="another", holder="theirs"))
        later = fixed_clock(NOW + timedelta(seconds=runs.LEASE_S - 1))
        with pytest.raises(Busy), runs.lease(database, "channel run", clock=later):
            pass
        expired = fixed_clock(NOW + timedelta(seconds=runs.LEASE_S + 1))
        with runs.lease(database, "channel run", clock=expired) as epoch:
            assert epoch == 2


def test_a_reused_pid_does_not_keep_a_dead_process_lease_alive(database: Database) -> None:
    with runs.lease(database, "channel run", clock=CLOCK):
        with database.write() as connection:
            connection.execute(update(leases).values(pid=1, holder="0badb007-1:abcd"))  # a process that lives, but was born at another time
        with runs.lease(database, "channel run", clock=CLOCK) as epoch:
            assert epoch == 2
