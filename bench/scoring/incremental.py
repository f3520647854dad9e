"""Events as they come: `score_batch` into SQLite, beside the very same rows written by executemany and nothing else."""

import gc
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import event

from bench.scoring import made
from policies.leads.model import Model
from policies.records import Engagement, LeadId
from tools.store.database import PRAGMAS, Database, open_database
from tools.store.scores import score_batch

BATCH = 1000

Linked = list[tuple[Engagement, LeadId]]
Write = tuple[str, list[Any]]


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of this process: neighbours do not count, and neither does waiting for the disk."""
    started = time.process_time()
    work()
    return time.process_time() - started


def filled(folder: Path, *, people: int, history: int, seed: int = 3) -> Path:
    """A database of `people` leads with `history` scored acts over 200 days."""
    path = folder / f"filled-{people}-{history}.db"
    database = open_database(f"sqlite:///{path}")
    try:
        with database.write() as connection:
            made.put_leads(connection, range(people))
        score_all(database, list(made.acts(history, people, since=made.DAY_0, until=made.later(200), seed=seed)), batch=20_000)
        with database.read() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        database.close()
    return path


def score_all(database: Database, linked: Linked, *, batch: int = BATCH) -> None:
    models = made.models()
    for start in range(0, len(linked), batch):
        some = linked[start : start + batch]
        with database.write() as connection:
            made.put(connection, some)
        with database.write() as connection:
            score_batch(connection, models, some, now=made.DAY_0)


class Pass(NamedTuple):
    """Processor seconds per batch, the product's and the same writes bare; `rows` written for `count` acts."""

    product: list[float]
    bare: list[float]
    count: int
    rows: int

    @property
    def ratio(self) -> float:
        """The median over batches, each beside its own bare twin: whatever the neighbours did, they did to both."""
        return median(product / bare for product, bare in zip(self.product, self.bare, strict=True))

    def per_second(self, batch: int, *, bare: bool = False) -> float:
        return batch / median(self.bare if bare else self.product)


def measure(folder: Path, *, people: int, history: int, count: int, batch: int = BATCH) -> Pass:
    """`count` acts through `score_batch`, batch by batch, each followed by the same writes into a copy of the database."""
    path, twin = filled(folder, people=people, history=history), folder / "bare.db"
    linked = list(made.acts(count, people, since=made.later(200), until=made.later(214), seed=5, first=history))
    database = open_database(f"sqlite:///{path}")
    with database.write() as connection:
        made.put(connection, linked)
    with database.read() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(path, twin)
    bare = bare_connection(twin)
    writes: list[Write] = []
    _record(database, writes)
    models, found = made.models(), Pass([], [], count, 0)
    gc.collect()
    gc.freeze()  # the invented acts, which no product holds, are not to be searched by the collector again and again
    rows = 0
    for start in range(0, count, batch):
        some = linked[start : start + batch]
        writes.clear()
        found.product.append(seconds(partial(_score, database, models, some)))
        found.bare.append(seconds(partial(_write, bare, writes)))
        rows += sum(len(rows_of) for _, rows_of in writes)
    bare.close()
    database.close()
    twin.unlink()
    return found._replace(rows=rows)


def _score(database: Database, models: Mapping[str, Model], some: Linked) -> None:
    with database.write() as connection:
        score_batch(connection, models, some, now=made.DAY_0)


def _write(connection: sqlite3.Connection, writes: list[Write]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for statement, rows in writes:
        connection.executemany(statement, rows)
    connection.execute("COMMIT")


def bare_connection(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _record(database: Database, into: list[Write]) -> None:
    @event.listens_for(database.engine, "before_cursor_execute")
    def _keep(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            into.append((statement, parameters if many else [parameters]))
