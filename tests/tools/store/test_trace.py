"""The trace of a graph: every attempt at every node, and what a crash leaves."""

from datetime import UTC, datetime, timedelta

from tools.store.database import Database
from tools.store.trace import NodeStatus, begin_node, end_node, trace_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_an_attempt_has_times_counts_and_an_outcome(database: Database) -> None:
    with database.write() as connection:
        begun = begin_node(connection, "R-1", "scrub", at=NOW)
        end_node(connection, begun, status=NodeStatus.DONE, at=NOW + timedelta(seconds=3), counts={"scrubbed": 7})

    with database.read() as connection:
        (row,) = trace_of(connection, "R-1")
    assert (row.node, row.attempt, row.status, row.counts) == ("scrub", 1, NodeStatus.DONE, {"scrubbed": 7})
    assert row.took == timedelta(seconds=3)


def test_a_node_that_a_crash_cut_off_is_interrupted_when_it_is_tried_again(database: Database) -> None:
    with database.write() as connection:
        lost = begin_node(connection, "R-1", "score", at=NOW)
        begin_node(connection, "R-1", "score", at=NOW + timedelta(minutes=1))
        end_node(connection, lost, status=NodeStatus.DONE, at=NOW + timedelta(minutes=2), counts={})

    with database.read() as connection:
        rows = trace_of(connection, "R-1")
    assert [(row.attempt, row.status) for row in rows] == [(1, NodeStatus.INTERRUPTED), (2, NodeStatus.RUNNING)]


def test_branches_of_the_fan_out_are_attempts_of_their_own(database: Database) -> None:
    with database.write() as connection:
        for channel in ("email", "search"):
            begin_node(connection, "R-1", "collect", channel=channel, at=NOW)

    with database.read() as connection:
        rows = trace_of(connection, "R-1")
    assert [(row.channel, row.attempt, row.status) for row in rows] == [
        ("email", 1, NodeStatus.RUNNING),
        ("search", 1, NodeStatus.RUNNING),
    ]


def test_only_figures_and_words_are_kept_of_what_a_node_counted(database: Database) -> None:
    with database.write() as connection:
        begun = begin_node(connection, "R-1", "propose", at=NOW)
        counts = {"handoffs": 2, "nested": {"text": "anything"}, "rows": [1, 2]}
        end_node(connection, begun, status=NodeStatus.DONE, at=NOW, counts=counts)

    with database.read() as connection:
        assert trace_of(connection, "R-1")[0].counts == {"handoffs": 2}
