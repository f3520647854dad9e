"""`make bench-desk`: the desk's figures of docs/benchmarks.md, on SQLite and PostgreSQL, as ratios of one run. `--quick` for a look."""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.desk import deciding, pages
from tests.servers.postgres import PostgresServer, find_programs
from tools.store.database import Database, open_database


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a fiftieth of the sizes")
    options.add_argument("--only", default="pdbw", help="p pages, d decisions, b batches, w weight of the first page")
    options.add_argument("--engine", choices=("sqlite", "postgresql"), help="one engine alone")
    given = options.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}")
    for engine in [given.engine] if given.engine else ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as name, databases(engine, Path(name)) as new:
            home = Path(name)
            if "p" in given.only:
                pages.queue(new, home, engine, queued=2_000 if given.quick else 100_000, decided=20_000 if given.quick else 1_000_000)
            if "d" in given.only:
                deciding.singly(new, home, engine, each=30 if given.quick else 150)
            if "b" in given.only:
                deciding.batch(new, home, engine, count=1000)
            if "w" in given.only and engine == "sqlite":
                pages.weight(new, home)


@contextmanager
def databases(engine: str, folder: Path) -> Iterator[pages.New]:
    """Opens a new database of `engine` under a name; PostgreSQL waits for the disk at every commit."""
    opened: list[Database] = []

    def keep(database: Database) -> Database:
        opened.append(database)
        return database

    if engine == "sqlite":
        yield lambda name: keep(open_database(f"sqlite:///{folder}/{name}.db"))
    else:
        programs = find_programs()
        if programs is None:
            raise SystemExit("PostgreSQL's programs are not installed: run sh deploy/test-deps.sh, or name --engine sqlite")
        with PostgresServer(programs, is_durable=True) as server:
            yield lambda name: keep(open_database(server.create_database(name)))
            for database in opened:
                database.close()
            return
    for database in opened:
        database.close()


if __name__ == "__main__":
    main()
