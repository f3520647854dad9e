"""Attacks on the audit log that need no key: rows before the first, rows that cannot be read, everything gone at once."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from tools.keys import KeyRing
from tools.store.audit import AuditLog, Event
from tools.store.database import Database
from tools.store.runs import start_run

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
COLUMNS = "seq, at, event, actor, subject, detail, prev_hash, hash"


def log_of(database: Database, ring: KeyRing, folder: Path) -> AuditLog:
    log = AuditLog(ring, folder / "audit.head")
    for number in range(3):
        with database.write() as connection:
            log.append(connection, event=Event.RUN_START, actor="agent", subject=f"R-{number}", at=NOW)
    return log


def test_a_row_before_the_first_is_forged(sqlite_database: Database, ring: KeyRing, tmp_path: Path) -> None:
    log = log_of(sqlite_database, ring, tmp_path)
    with sqlite_database.write() as connection:
        connection.execute(
            text(f"INSERT INTO audit ({COLUMNS}) SELECT -5, at, event, 'ghost', subject, detail, prev_hash, hash FROM audit LIMIT 1")
        )

    found = log.verify(sqlite_database)

    assert (found.ok, found.broken) == (False, -5)


def test_a_row_that_cannot_be_read_is_named(sqlite_database: Database, ring: KeyRing, tmp_path: Path) -> None:
    log = log_of(sqlite_database, ring, tmp_path)
    with sqlite_database.write() as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
        for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")).all():
            connection.execute(text(f'DROP TRIGGER "{name}"'))
        connection.execute(text("UPDATE audit SET detail = 'not json' WHERE seq = 2"))

    found = log.verify(sqlite_database)

    assert (found.ok, found.broken) == (False, 2)


def test_an_empty_log_beside_a_history_is_no_empty_log(sqlite_database: Database, ring: KeyRing, tmp_path: Path) -> None:
    log = log_of(sqlite_database, ring, tmp_path)
    with sqlite_database.write() as connection:
        start_run(connection, [], as_of=NOW, trigger="cli")
        for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")).all():
            connection.execute(text(f'DROP TRIGGER "{name}"'))
        connection.execute(text("DELETE FROM audit"))
    (tmp_path / "audit.head").unlink()

    assert not log.verify(sqlite_database).ok


def test_a_new_home_has_an_empty_log_that_verifies(sqlite_database: Database, ring: KeyRing, tmp_path: Path) -> None:
    assert AuditLog(ring, tmp_path / "audit.head").verify(sqlite_database).ok
