"""The worker: what the desk asked for is done through the graphs, once, and one channel's outage stops nobody."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from sqlalchemy import select

from agents.parts import Parts
from agents.schedule import perform, work_once
from agents.worker import LEASE, run_action, run_channels
from approvals import decide, queue
from policies.actions import Action, ActionKind, ExecutionStatus, Status
from policies.records import Channel, RawEngagement, Refusal
from tests.journeys.conftest import Open
from tools.channels import Connector
from tools.errors import Busy, DraftRefused
from tools.store import jobs, runs
from tools.store.tables import dead_letters
from tools.store.tables import jobs as jobs_table
from tools.store.trace import NodeStatus, trace_of


def first(parts: Parts, kind: ActionKind) -> Action:
    with parts.workspace.database.read() as connection:
        return queue.list_actions(connection, kind=kind, limit=1)[0]


def get(parts: Parts, action: Action) -> Action:
    with parts.workspace.database.read() as connection:
        return queue.get_action(connection, action.id)


def approve(parts: Parts, action: Action, *people: str) -> None:
    for person in people:
        decide.approve(parts.workspace, action.id, by=person, version=action.version, content_hash=action.content_hash)


def threads_left(parts: Parts) -> int:
    with sqlite3.connect(parts.workspace.settings.home / "checkpoints.db") as connection:
        left: int = connection.execute("SELECT COUNT(*) FROM checkpoints").fetchone()[0]
    connection.close()
    return left


def test_an_approved_handoff_is_executed_once_through_the_graph(open_ran: Open) -> None:
    parts = open_ran()
    action = first(parts, ActionKind.MQL_HANDOFF)
    approve(parts, action, "dana.whitcombe")

    assert work_once(parts)
    assert not work_once(parts)
    run_action(parts, action.id)  # again, as after a lost job row

    done = get(parts, action)
    with parts.workspace.database.read() as connection:
        executions = queue.executions(connection, action.id)
        told = [entry.event for entry in queue.history(connection, action.id)]
    assert done.status is Status.DONE
    assert [execution.status for execution in executions] == [ExecutionStatus.DONE]
    assert told.count("action:done") == 1
    assert threads_left(parts) == 0


def test_each_node_of_an_execution_leaves_its_trace(open_ran: Open) -> None:
    parts = open_ran()
    action = first(parts, ActionKind.MQL_HANDOFF)
    approve(parts, action, "dana.whitcombe")

    assert work_once(parts)

    with parts.workspace.database.read() as connection:
        trace = trace_of(connection, action.id)
    assert [(row.node, row.attempt, row.status) for row in trace] == [
        (node, 1, NodeStatus.DONE) for node in ("recheck", "execute", "confirm", "record")
    ]


def test_the_first_run_traced_every_node_and_every_branch(open_ran: Open) -> None:
    parts = open_ran()

    with parts.workspace.database.read() as connection:
        run = runs.recent_runs(connection, limit=1)[0]
        trace = trace_of(connection, run.id)

    done = {(row.node, row.channel) for row in trace if row.finished_at is not None}
    steps = {(step, "") for step in ("plan", "join", "scrub", "store", "score", "propose", "check", "queue")}
    assert done == steps | {("collect", channel.value) for channel in run.channels}
    assert {row.status for row in trace if row.channel != "search"} == {NodeStatus.DONE}
    broken = next(row for row in trace if row.channel == "search")
    assert broken.status is NodeStatus.DEGRADED
    assert broken.counts["refused"] >= 1


def test_an_action_that_is_paused_goes_back_to_the_queue(open_ran: Open) -> None:
    from approvals import pause

    parts = open_ran()
    action = first(parts, ActionKind.REVIEW_REPLY)
    approver = next(person.username for person in parts.workspace.practice.people if "compliance" in person.roles)
    approve(parts, action, approver)
    pause.pause(parts.workspace, "all", by="dana.whitcombe", reason="a look first")

    assert work_once(parts)

    assert get(parts, action).status is Status.QUEUED
    assert threads_left(parts) == 0


def test_a_redraft_brings_another_text_that_waits_again(open_ran: Open) -> None:
    parts = open_ran()
    action = first(parts, ActionKind.REVIEW_REPLY)
    decide.redraft(
        parts.workspace, action.id, by="dana.whitcombe", version=1, content_hash=action.content_hash, note="shorter and warmer, please"
    )

    assert work_once(parts)

    again = get(parts, action)
    assert again.version == 2
    assert again.status is Status.QUEUED
    assert again.content.body != action.content.body
    assert again.author == action.author


def test_a_redraft_without_another_wording_says_so_and_changes_nothing(open_ran: Open) -> None:
    parts = open_ran()
    action = first(parts, ActionKind.MQL_HANDOFF)
    decide.redraft(parts.workspace, action.id, by="dana.whitcombe", version=1, content_hash=action.content_hash, note="friendlier")

    assert work_once(parts)

    with parts.workspace.database.read() as connection:
        error = connection.execute(select(jobs_table.c.error).where(jobs_table.c.kind == "redraft")).scalar_one()
    assert "edit" in error
    assert get(parts, action).version == 1


def test_a_run_asked_for_at_the_desk_is_done_by_the_worker(open_ran: Open) -> None:
    parts = open_ran()
    with parts.workspace.database.write() as connection:
        jobs.enqueue_job(connection, kind="run", subject="all", now=parts.workspace.clock(), payload={"channels": ["youtube"]})

    assert work_once(parts)

    with parts.workspace.database.read() as connection:
        latest = {run.trigger: run for run in runs.recent_runs(connection)}["desk"]
    assert latest.status == "done"
    assert latest.channels == (Channel.YOUTUBE,)


def test_an_unknown_job_is_an_error_on_its_row_and_the_loop_lives(open_ran: Open) -> None:
    parts = open_ran()
    with parts.workspace.database.write() as connection:
        jobs.enqueue_job(connection, kind="run", subject="bad", now=parts.workspace.clock(), payload={"channels": ["fax"]})

    assert work_once(parts)
    assert not work_once(parts)

    with parts.workspace.database.read() as connection:
        row = connection.execute(select(jobs_table.c.status, jobs_table.c.error).where(jobs_table.c.subject == "bad")).one()
    assert row.status == "failed"
    assert "fax" not in row.error


def test_only_one_run_works_at_a_time(open_ran: Open) -> None:
    parts = open_ran()

    with runs.lease(parts.workspace.database, LEASE, clock=parts.workspace.clock), pytest.raises(Busy, match="under way"):
        run_channels(parts)


class Broken:
    """A vendor that fails in the middle of its answer, with content in its message."""

    channel = Channel.EMAIL

    def collect(self) -> Iterator[RawEngagement | Refusal]:
        raise ConnectionResetError("peer said: martha.quillfeather@example.net")
        yield


class Silent:
    """A vendor that never answers until the test is over."""

    channel = Channel.EMAIL

    def __init__(self) -> None:
        self.over = threading.Event()

    def collect(self) -> Iterator[RawEngagement | Refusal]:
        self.over.wait(30)
        yield from ()


def with_vendor(parts: Parts, vendor: Connector) -> Parts:
    def connectors(run: runs.Run) -> Mapping[Channel, Connector]:
        return {**parts.connectors(run), vendor.channel: vendor}

    return replace(parts, connectors=connectors)


def test_one_channels_failure_is_degraded_and_the_others_finish(open_ran: Open) -> None:
    parts = with_vendor(open_ran(), Broken())

    run = run_channels(parts)

    assert run is not None
    assert run.summary is not None
    assert run.status == "done"
    assert run.summary["channels"]["email"]["status"] == "degraded"
    assert run.summary["channels"]["email"]["reason"] == "ConnectionResetError"
    with parts.workspace.database.read() as connection:
        branch = next(row for row in trace_of(connection, run.id) if row.channel == "email")
    assert (branch.status, branch.error) == (NodeStatus.DEGRADED, "ConnectionResetError")
    assert run.summary["channels"]["youtube"]["status"] == "ok"


def test_a_channel_that_never_answers_is_degraded_after_its_time(open_ran: Open) -> None:
    silent = Silent()
    parts = with_vendor(open_ran(collect_timeout_s=0.2), silent)
    release = threading.Timer(3, silent.over.set)  # the branch has given up long before; this only lets its thread end
    release.start()

    run = run_channels(parts)

    release.cancel()
    silent.over.set()
    assert run is not None
    assert run.summary is not None
    assert run.summary["channels"]["email"]["status"] == "degraded"
    assert run.summary["channels"]["listings"]["status"] != ""


def test_a_mended_source_closes_its_dead_letters_on_the_next_run(ran: tuple[Path, Path], open_ran: Open, tmp_path: Path) -> None:
    mended = shutil.copytree(ran[0], tmp_path / "mended")
    (mended / "exports" / "search" / "google_ads_search_terms_2026-09-28_partial.json").write_text("[]")
    parts = open_ran(other=mended)

    run = run_channels(parts, (Channel.SEARCH,))

    with parts.workspace.database.read() as connection:
        letters = {row.file: row.status for row in connection.execute(select(dead_letters.c.file, dead_letters.c.status))}
    assert run is not None
    assert run.summary is not None
    assert run.summary["channels"]["search"]["status"] == "ok"
    assert {status for file, status in letters.items() if "partial" in file} == {"replayed"}
    assert "open" in {status for file, status in letters.items() if "partial" not in file}


def test_a_forged_checkpoint_runs_nothing_and_the_approved_action_is_executed_afresh(open_ran: Open) -> None:
    parts = open_ran()
    action = first(parts, ActionKind.MQL_HANDOFF)
    approve(parts, action, "dana.whitcombe")
    kind, body = JsonPlusSerializer().dumps_typed({"v": 4, "id": "1", "channel_values": {"action": {"id": "A-forged", "outcome": "ok"}}})
    with closing(sqlite3.connect(parts.workspace.settings.home / "checkpoints.db")) as connection, connection:
        columns = "thread_id, checkpoint_ns, checkpoint_id, type, checkpoint, metadata"
        connection.execute(f"INSERT INTO checkpoints ({columns}) VALUES (?, '', '1', ?, ?, '{{}}')", (f"act:{action.id}", kind, body))

    assert work_once(parts)

    assert get(parts, action).status is Status.DONE
    with parts.workspace.database.read() as connection_:
        assert len(queue.executions(connection_, action.id)) == 1


def test_a_redraft_of_something_that_is_gone_is_refused(open_ran: Open) -> None:
    parts = open_ran()
    action = first(parts, ActionKind.LANDING_PAGE_FIX) if _has(parts, ActionKind.LANDING_PAGE_FIX) else first(parts, ActionKind.MQL_HANDOFF)
    payload = {"version": 1, "content_hash": action.content_hash, "note": "x", "by": "dana.whitcombe"}
    with parts.workspace.database.write() as connection:
        jobs.enqueue_job(connection, kind="redraft", subject=action.id, now=parts.workspace.clock(), payload=payload)
        job = jobs.claim_job(connection, kinds=("redraft",), holder=jobs.this_holder(), now=parts.workspace.clock())

    assert job is not None
    with pytest.raises(DraftRefused):
        perform(parts, job)


def _has(parts: Parts, kind: ActionKind) -> bool:
    with parts.workspace.database.read() as connection:
        return bool(queue.list_actions(connection, kind=kind, limit=1))
