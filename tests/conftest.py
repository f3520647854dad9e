"""Fixtures every test may use: a database of each engine, a key ring, a fixed clock. Real parts only."""

import gc
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.servers.postgres import PostgresServer, find_programs
from tools.keys import KeyRing, new_ring
from tools.store.database import Database, open_database

# Derandomised: the suite must give the same answer twice. `make soak` turns randomness back on.
settings.register_profile("suite", derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: the collector of garbage need not walk over it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def ring() -> KeyRing:
    return new_ring()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server per test process, on loopback, with a migrated template database."""
    programs = find_programs()
    if programs is None:
        reason = "PostgreSQL's programs (initdb, postgres) are not installed: run deploy/test-deps.sh"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with PostgresServer(programs) as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file, copied for each test: ten times faster than migrating again."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = open_database(f"sqlite:///{path}")
    with database.read() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    path = tmp_path / "liaison.db"
    shutil.copy(sqlite_template, path)
    database = open_database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def postgres_database(postgres: PostgresServer) -> Iterator[Database]:
    name = f"t_{secrets.token_hex(6)}"
    database = open_database(postgres.create_database(name))
    yield database
    database.close()
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """Every test of the store runs on both engines."""
    name = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    found: Database = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="session")
def repository() -> Path:
    top = subprocess.run(["git", "rev-parse", "--show-toplevel"], capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    return Path(top.stdout.strip()) if top.returncode == 0 else Path(__file__).parent.parent
