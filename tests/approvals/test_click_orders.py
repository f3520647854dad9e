"""No order of clicks, crashes of policy or passing of time executes an action nobody decided on as it stands."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from approvals import decide, execute, pause
from approvals.errors import NotAllowed, NotDecidable
from approvals.queue import enqueue, expire_due
from policies.actions import ActionKind, DecisionVerdict, ExecutionStatus, Status
from policies.phi.scrub import Scrubber
from policies.rules.catalogue import Catalogue
from tests.approvals.conftest import BODY, Hand, about, proposal, seen
from tools.errors import Conflict
from tools.keys import new_ring
from tools.packs.registry import registry_of
from tools.practice import Practice
from tools.settings import Settings
from tools.store import actions as store
from tools.store.audit import AuditLog
from tools.store.database import Database
from tools.store.tables import pauses
from tools.workspace import Workspace

# Weighted towards the way to a send: an order of clicks that ends at once proves nothing.
PEOPLE = st.sampled_from(["mara", "theo", "inez", "mara", "theo", "inez", "sam", "ada"])
VERBS = (
    ["approve"] * 8
    + ["run_steps"] * 6
    + ["recheck", "execute", "confirm", "record", "edit", "edit", "reject", "requeue", "pause", "resume", "wait"]
)
CLICKS = st.tuples(st.sampled_from(VERBS), PEOPLE, st.sampled_from([True, True, True, False]))


@given(
    kind=st.sampled_from([ActionKind.LANDING_PAGE_FIX, ActionKind.BUDGET_SHIFT]),
    clicks=st.lists(CLICKS, min_size=5, max_size=24),
    number=st.uuids(),
)
@settings(max_examples=80)
def test_no_order_of_clicks_executes_an_undecided_action(
    kind: ActionKind, clicks: list[tuple[str, str, bool]], number: Any, soaked: Workspace
) -> None:
    ws = soaked
    with ws.database.write() as connection:
        connection.execute(pauses.delete())
        action, _ = enqueue(ws, connection, proposal(kind, f"page {number}", money_usd=0.0), run=None, now=ws.clock())
    shown = about(action)

    for verb, by, reloads in clicks:
        if reloads:
            shown = about(seen(ws, action))
        try:
            click(ws, action.id, verb, by, shown)
        except (Conflict, NotAllowed, NotDecidable):
            continue

    assert_decided_if_executed(ws, action.id, people=2 if kind is ActionKind.BUDGET_SHIFT else 1)


def click(ws: Workspace, identity: Any, verb: str, by: str, shown: dict[str, Any]) -> None:
    if verb == "approve":
        decide.approve(ws, identity, by=by, **shown)
    elif verb == "reject":
        decide.reject(ws, identity, by=by, reason="no", **shown)
    elif verb == "edit":
        decide.edit(ws, identity, by=by, changes={"title": f"Text {shown['version']}"}, **shown)
    elif verb == "requeue":
        decide.requeue(ws, identity, by=by)
    elif verb == "pause":
        pause.pause(ws, "search", by=by, reason="x")
    elif verb == "resume":
        pause.resume(ws, "search", by=by)
    elif verb == "wait":
        assert isinstance(ws.clock, Hand)
        ws.clock.forward(days=5)
        expire_due(ws)
    else:
        getattr(execute, verb)(ws, identity)


def assert_decided_if_executed(ws: Workspace, identity: Any, *, people: int) -> None:
    with ws.database.read() as connection:
        done = [one for one in store.executions_of(connection, identity) if one.status is ExecutionStatus.DONE]
        decisions = store.decisions_of(connection, identity)
        versions = {version.version: version for version in store.versions(connection, identity)}
        status = connection.scalar(select(store.actions.c.status).where(store.actions.c.id == identity))
    assert len(done) <= 1
    assert bool(done) == (status == Status.DONE)
    for execution in done:
        text = versions[execution.version].content_hash
        agreed = {one.by for one in decisions if (one.version, one.content_hash) == (execution.version, text)}
        assert all(one.verdict is DecisionVerdict.APPROVE for one in decisions if one.version == execution.version)
        assert len(agreed) >= people
        assert not agreed & {"sam", "ada"}
        if people == 2:
            writers = {version.author for version in versions.values() if version.version <= execution.version}
            assert not agreed & writers


@pytest.fixture(scope="module")
def soaked(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue, scrubber: Scrubber) -> Any:
    """One SQLite workspace for every example: each example makes its own action."""
    import shutil
    from datetime import UTC, datetime

    from tools.store.database import open_database

    home = tmp_path_factory.mktemp("clicks")
    shutil.copy(sqlite_template, home / "liaison.db")
    database: Database = open_database(f"sqlite:///{home / 'liaison.db'}")
    ring, practice = new_ring(), Practice.model_validate(BODY)
    yield Workspace(
        settings=Settings(home=home),
        directory=home,
        practice=practice,
        database=database,
        ring=ring,
        audit=AuditLog(ring, home / "audit.head"),
        clock=Hand(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)),
        catalogue=catalogue,
        scrubber=scrubber,
        registry=registry_of(practice),
    )
    database.close()
