"""Approvals at the same moment share a transaction: each stands or falls alone, and one commit serves all."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import event, func, select

from approvals import decide
from approvals.approving import Approval, approve_all
from approvals.errors import NotAllowed
from approvals.queue import get_action
from policies.actions import Action, Status
from policies.records import ActionId
from tests.approvals.conftest import Put, about, proposal, status, with_policy
from tests.waiting import until
from tools.errors import Conflict, LiaisonError, NotFound
from tools.store.action_tables import decisions
from tools.store.audit import AuditLog
from tools.store.database import Database, open_database
from tools.store.tables import jobs
from tools.workspace import Workspace

Click = Callable[[], Action]


def all_at_once(ws: Workspace, clicks: list[Click]) -> "list[Future[Action]]":
    """Every click waits until the last has come."""
    started, let_go = threading.Event(), threading.Event()

    def hold(asked: object) -> list[str]:
        started.set()
        assert let_go.wait(30)
        return ["held"]

    with ThreadPoolExecutor(len(clicks) + 1) as pool:
        pool.submit(ws.database.together.ask, "hold", hold)
        assert started.wait(30)
        futures = [pool.submit(click) for click in clicks]
        until(lambda: ws.database.together.waiting == len(clicks))
        let_go.set()
    return futures


def test_each_approval_stands_or_falls_alone_in_one_commit(workspace: Workspace, put: Put) -> None:
    first, second, third = (put(proposal(subject=f"/{name}")) for name in ("knee", "hip", "spine"))
    commits: list[object] = []
    event.listen(workspace.database.engine, "commit", commits.append)
    stale = {**about(third), "content_hash": "0" * 64}

    fine, also_fine, late, wrong_role, unknown = all_at_once(
        workspace,
        [
            lambda: decide.approve(workspace, first.id, by="theo", **about(first)),
            lambda: decide.approve(workspace, second.id, by="mara", **about(second)),
            lambda: decide.approve(workspace, third.id, by="theo", **stale),
            lambda: decide.approve(workspace, third.id, by="sam", **about(third)),
            lambda: decide.approve(workspace, ActionId("A-000000000000"), by="theo", **about(third)),
        ],
    )

    refused = [type(one.exception()) for one in (late, wrong_role, unknown)]
    assert refused == [Conflict, NotAllowed, NotFound]
    assert len(commits) == 1
    with workspace.database.read() as connection:
        assert [fine.result(), also_fine.result()] == [get_action(connection, one.id) for one in (first, second)]
        assert connection.scalar(select(func.count()).select_from(decisions)) == 2
        assert connection.scalar(select(func.count()).select_from(jobs)) == 2
    assert status(workspace, third.id) is Status.QUEUED
    assert workspace.audit.verify(workspace.database).ok


def test_of_two_approvals_of_one_item_in_one_commit_one_is_told_who_was_first(workspace: Workspace, put: Put) -> None:
    action = put()

    futures = all_at_once(workspace, [partial(decide.approve, workspace, action.id, by=by, **about(action)) for by in ("theo", "inez")])

    (told,) = [str(one.exception()) for one in futures if one.exception()]
    assert "is approved already" in told
    assert status(workspace, action.id) is Status.APPROVED


TWO = {"kinds": ["landing_page_fix"], "reviews": [{"roles": ["marketing"]}, {"roles": ["compliance"]}]}


@pytest.mark.parametrize("seed", range(8))
def test_a_group_comes_to_what_one_after_the_other_comes_to(workspace: Workspace, put: Put, seed: int) -> None:
    """Any order of people and items, the same item several times: no review is lost, none counts twice, none fills a seat that is taken."""
    ws = with_policy(workspace, TWO)
    dice = random.Random(seed)
    asked = [(number, by) for number in range(3) for by in ("theo", "mara", "inez")] * 2
    dice.shuffle(asked)
    together = [put(proposal(subject=f"/together-{number}"), ws=ws) for number in range(3)]
    alone = [put(proposal(subject=f"/alone-{number}"), ws=ws) for number in range(3)]

    answers = approve_all([Approval(ws, together[number].id, by, **about(together[number])) for number, by in asked])
    one_by_one = [approve_all([Approval(ws, alone[number].id, by, **about(alone[number]))])[0] for number, by in asked]

    def told(answer: Action | Exception) -> object:
        return answer.status if isinstance(answer, Action) else type(answer)

    assert [told(answer) for answer in answers] == [told(answer) for answer in one_by_one]
    assert [status(ws, one.id) for one in together] == [status(ws, one.id) for one in alone] == [Status.APPROVED] * 3


def test_what_fails_after_the_commit_is_no_refusal(workspace: Workspace, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full when the head file is brought up to date: the approvals stand, and nobody is told that somebody else was first."""
    items = [put(proposal(subject=f"/page-{number}")) for number in range(2)]

    def full(*_: object) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(AuditLog, "settle", full)
    futures = all_at_once(workspace, [partial(decide.approve, workspace, item.id, by="theo", **about(item)) for item in items])

    assert [one.result().status for one in futures] == [Status.APPROVED] * 2
    monkeypatch.undo()
    assert workspace.audit.verify(workspace.database).ok


@pytest.fixture
def other_process(workspace: Workspace) -> Workspace:
    """A desk in another process: its own connections to the same database."""
    database = open_database(workspace.database.engine.url)
    return replace(workspace, database=database)


def test_of_two_desks_that_approve_at_once_one_is_told(workspace: Workspace, other_process: Workspace, put: Put) -> None:
    items = [put(proposal(subject=f"/page-{number}")) for number in range(10)]
    start = threading.Barrier(2)
    won: list[ActionId] = []
    told: list[LiaisonError] = []

    def approve_all(ws: Workspace, by: str) -> None:
        for item in items:
            start.wait()
            try:
                won.append(decide.approve(ws, item.id, by=by, **about(item)).id)
            except Conflict as error:
                told.append(error)

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(approve_all, workspace, "theo"), pool.submit(approve_all, other_process, "inez")]:
            one.result()

    assert sorted(won) == sorted(item.id for item in items)
    assert len(told) == len(items)
    other_process.database.close()
    assert workspace.audit.verify(workspace.database).ok


def test_a_database_that_fails_tells_everybody(workspace: Workspace, put: Put, database: Database) -> None:
    items = [put(proposal(subject=f"/page-{number}")) for number in range(3)]
    with workspace.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE decisions")

    futures = all_at_once(workspace, [partial(decide.approve, workspace, item.id, by="theo", **about(item)) for item in items])

    assert [one.exception() is None for one in futures] == [False, False, False]
    assert [status(workspace, item.id) for item in items] == [Status.QUEUED] * 3
