"""`make bench-scoring`: the scoring figures of docs/benchmarks.md, as ratios of one run. `--quick` for CI."""

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path

from bench.scoring import full, incremental, stored
from tests.servers.postgres import PostgresServer, find_programs
from tools.store.database import open_database


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a hundredth of the sizes")
    options.add_argument("--only", default="abcde", help="which figures, for example ce")
    options.add_argument("--leads", type=int, help="leads of (c)")
    given = options.parse_args()
    quick = given.quick
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "a" in given.only:
            full.run(*((50_000, 5_000) if quick else (5_000_000, 500_000)))
        if "b" in given.only:
            batch = 1000
            people, history, count = (2_000, 8_000, 4_000) if quick else (20_000, 100_000, 40_000)
            found = incremental.measure(folder, people=people, history=history, count=count, batch=batch)
            print(
                f"(b) {found.per_second(batch):,.0f} events/s of one core (asked 20,000), {found.rows / count:.1f} rows each; bare SQL "
                f"{found.per_second(batch, bare=True):,.0f}: {found.ratio:.2f}x (asked 2x)"
            )
        if "c" in given.only:
            stored.reading(folder, small=1_000 if quick else 10_000, large=given.leads or (10_000 if quick else 1_000_000))
        if "d" in given.only:
            per_day = 100 if quick else 2_000
            database = open_database(f"sqlite:///{folder}/year.db")
            stored.day_and_year(database, per_day=per_day)
            database.close()
            programs = find_programs()
            if programs is None:
                print("(d) postgresql: not installed, run deploy/test-deps.sh")
            else:
                with PostgresServer(programs) as server:
                    database = open_database(server.create_database("year"))
                    stored.day_and_year(database, per_day=per_day)
                    database.close()
        if "e" in given.only:
            stored.one_lead(folder, lengths=(10, 1_000, 10_000) if quick else (10, 1_000, 100_000, 1_000_000))


if __name__ == "__main__":
    main()
