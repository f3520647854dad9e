"""Decisions of eight clients at once, beside the bare statements they need; and a batch of a thousand."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import func, insert, select, update

from approvals import decide
from approvals.batch import Item, approve_many
from bench.desk import made
from bench.desk.pages import New
from policies.actions import Action, Status
from tools.errors import Conflict
from tools.store.action_tables import actions, audit, decisions
from tools.store.tables import jobs
from tools.workspace import Workspace

CLIENTS = 8


def _count(ws: Workspace) -> int:
    with ws.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(decisions)) or 0


def _approved_by_all(ws: Workspace, items: Sequence[Sequence[Action]]) -> float:
    """Seconds for each client to approve its own items, all at once; each item is also tried by a second person, who must be told."""
    lost: list[str] = []

    def work(mine: Sequence[Action], by: str) -> Callable[[], None]:
        def run() -> None:
            for one in mine:
                decide.approve(ws, one.id, by=by, version=one.version, content_hash=one.content_hash)
            for one in mine[:5]:
                try:
                    decide.approve(ws, one.id, by="inez", version=one.version, content_hash=one.content_hash)
                    lost.append(one.id)
                except Conflict:
                    continue

        return run

    spent = _together([work(part, "theo") for part in items])
    if lost:
        raise SystemExit(f"a second person's late decision won on {len(lost)} items")
    return spent


def singly(new: New, home: Path, engine: str, *, each: int) -> None:
    """(d) Decisions a second with their audit rows, from eight clients, beside the bare statements from as many."""
    ws = made.workspace(new("deciding"), home / "deciding")
    items = made.propose(ws, each * CLIENTS, prefix="one")
    parts = [items[number::CLIENTS] for number in range(CLIENTS)]
    spent = _approved_by_all(ws, parts)
    done = len(items)
    with ws.database.read() as connection:
        approved = connection.scalar(select(func.count()).select_from(actions).where(actions.c.status == Status.APPROVED)) or 0
        asked = connection.scalar(select(func.count()).select_from(jobs)) or 0
    whole = ws.audit.verify(ws.database)
    if (approved, asked, _count(ws), whole.ok) != (done, done, done, True):
        raise SystemExit(f"lost updates: {approved} approved, {asked} jobs, {_count(ws)} decisions of {done}; audit: {whole.problem}")
    bare = _bare(new, home, each)
    print(
        f"(d) {engine}: {done / spent:,.0f} decisions/s with audit from {CLIENTS} clients (asked 300 on PostgreSQL), nothing lost; bare statements "
        f"{done / bare:,.0f}/s: {spent / bare:.2f}x"
    )


def batch(new: New, home: Path, engine: str, *, count: int) -> None:
    """(b) A thousand like items, each checked again, on one page's click."""
    ws = made.workspace(new("batch"), home / "batch")
    items = [Item(one.id, one.version, one.content_hash) for one in made.propose(ws, count, prefix="many")]
    started = time.perf_counter()
    done = approve_many(ws, items, by="theo")
    spent = time.perf_counter() - started
    if len(done.decided) != count:
        raise SystemExit(f"{len(done.decided)} of {count} were decided: {done.left[:1]}")
    print(f"(b) {engine}: a batch of {count:,} in {spent:.2f} s (asked 3), {spent / count * 1000:.2f} ms an item")


def _bare(new: New, home: Path, each: int) -> float:
    """What any program must write for one decision and its audit row: the same rows, no checks, one commit each."""
    ws = made.workspace(new("bare"), home / "bare")
    items = made.propose(ws, each * CLIENTS, prefix="bare")
    row = {"event": "action:approve", "actor": "theo", "detail": {}, "prev_hash": "0" * 64, "hash": "0" * 64, "at": made.NOW}

    def work(number: int, mine: Sequence[Action]) -> Callable[[], None]:
        def run() -> None:
            for at, one in enumerate(mine):
                with ws.database.write() as connection:
                    said = {"verdict": "approve", "by": "theo", "role": "marketing", "reason": "", "at": made.NOW}
                    connection.execute(insert(decisions).values(action=one.id, version=1, content_hash=one.content_hash, **said))
                    connection.execute(
                        update(actions).where(actions.c.id == one.id, actions.c.status == "queued").values(status="approved")
                    )
                    asked = {"kind": "execute", "subject": one.id, "payload": {}, "not_before": made.NOW, "created_at": made.NOW}
                    connection.execute(insert(jobs).values(asked))
                    connection.execute(insert(audit).values(seq=10_000_000 + number * 100_000 + at, subject=one.id, **row))

        return run

    return _together([work(number, items[number::CLIENTS]) for number in range(CLIENTS)])


def _together(works: Sequence[Callable[[], None]]) -> float:
    threads = [threading.Thread(target=work) for work in works]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started
