"""The audit log: what it accepts, and what `verify` says of every way to change it. Triggers are dropped first, as an attacker would."""

import json
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tools.errors import StoreError
from tools.keys import KeyRing, new_ring
from tools.store.audit import AuditLog, Event, entries
from tools.store.audit_chain import GENESIS, Tail, entry_hash
from tools.store.audit_export import json_lines
from tools.store.database import Database


@pytest.fixture
def head(tmp_path: Path) -> Path:
    return tmp_path / "audit.head"


@pytest.fixture
def log(ring: KeyRing, head: Path) -> AuditLog:
    return AuditLog(ring, head)


def write(log: AuditLog, database: Database, now: datetime, count: int = 1) -> None:
    for number in range(count):
        with database.write() as connection:
            log.append(
                connection, event=Event.ACTION_QUEUE, actor="agent", subject=f"A-{number}", detail={"n": number, "usd": 12.5}, at=now
            )


def attack(database: Database, *statements: str) -> None:
    dropped = (
        ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete")
        if database.is_sqlite
        else ("DROP TRIGGER audit_no_change ON audit", "DROP TRIGGER audit_no_truncate ON audit")
    )
    with database.write() as connection:
        for statement in (*dropped, *statements):
            connection.execute(text(statement))


def test_an_untouched_log_verifies(log: AuditLog, database: Database, now: datetime) -> None:
    assert log.verify(database).ok

    write(log, database, now, 5)

    found = log.verify(database)
    assert (found.ok, found.rows, found.problem) == (True, 5, "")


def test_several_rows_of_one_transaction_are_chained_in_order(log: AuditLog, database: Database, now: datetime) -> None:
    with database.write() as connection:
        for subject in ("first", "second", "third"):
            log.append(connection, event="action:approve", actor="ana", subject=subject, at=now)

    with database.read() as connection:
        rows = entries(connection)
    assert [row.subject for row in rows] == ["third", "second", "first"]
    assert rows[2].prev_hash == GENESIS
    assert rows[1].prev_hash == rows[2].hash == entry_hash(rows[2].model_dump())
    assert log.verify(database).ok


def test_a_rolled_back_transaction_leaves_no_row(log: AuditLog, database: Database, now: datetime) -> None:
    write(log, database, now)
    with pytest.raises(RuntimeError), database.write() as connection:
        log.append(connection, event=Event.ACTION_DONE, actor="worker", subject="A-1", at=now)
        raise RuntimeError

    assert log.verify(database).rows == 1


def test_an_unknown_event_and_a_row_outside_a_write_are_refused(log: AuditLog, database: Database, now: datetime) -> None:
    with pytest.raises(ValueError, match="action:destroy"), database.write() as connection:
        log.append(connection, event="action:destroy", actor="ana", subject="A-1", at=now)
    with pytest.raises(StoreError, match="outside"), database.read() as connection:
        log.append(connection, event=Event.ACTION_DONE, actor="ana", subject="A-1", at=now)


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'eve' WHERE seq = 1", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_the_log(log: AuditLog, database: Database, now: datetime, statement: str) -> None:
    write(log, database, now)

    with pytest.raises(DBAPIError, match="append-only"), database.write() as connection:
        connection.execute(text(statement))

    assert log.verify(database).ok


@pytest.mark.parametrize(
    "change",
    ["actor = 'eve'", "event = 'action:reject'", "subject = 'A-99'", "at = '2020-01-01T00:00:00.000000Z'", "detail = '{\"n\": 7}'"],
)
def test_a_changed_row_is_named(log: AuditLog, database: Database, now: datetime, change: str) -> None:
    write(log, database, now, 5)

    attack(database, f"UPDATE audit SET {change} WHERE seq = 3")

    found = log.verify(database)
    assert (found.ok, found.broken) == (False, 3)
    assert "row 3 was changed" in found.problem


def test_a_row_removed_from_the_middle_is_named(log: AuditLog, database: Database, now: datetime) -> None:
    write(log, database, now, 5)

    attack(database, "DELETE FROM audit WHERE seq = 3")

    found = log.verify(database)
    assert (found.ok, found.broken, found.problem) == (False, 3, "row 3 is missing")


@pytest.mark.parametrize(("cut", "first"), [("seq > 3", 4), ("seq > 0", 1)])
def test_a_cut_tail_is_named(log: AuditLog, database: Database, now: datetime, cut: str, first: int) -> None:
    write(log, database, now, 5)

    attack(database, f"DELETE FROM audit WHERE {cut}")

    found = log.verify(database)
    assert (found.ok, found.broken) == (False, first)
    assert f"rows {first} to 5 are missing" in found.problem


def test_a_cut_tail_still_shows_after_new_rows_have_grown_over_it(log: AuditLog, database: Database, now: datetime) -> None:
    write(log, database, now, 5)
    attack(database, "DELETE FROM audit WHERE seq > 3")

    write(log, database, now, 4)

    found = log.verify(database)
    assert (found.ok, found.broken) == (False, 4)


def rehash(database: Database, *, from_: int) -> None:
    """Recompute the chain after a change, as somebody who knows the algorithm would."""
    with database.write() as connection:
        for entry in reversed(entries(connection)):
            row = entry.model_dump()
            if entry.seq < from_:
                previous = entry.hash
                continue
            row["prev_hash"] = previous
            previous = entry_hash(row)
            connection.execute(
                text("UPDATE audit SET prev_hash = :prev, hash = :hash WHERE seq = :seq"),
                {"prev": row["prev_hash"], "hash": previous, "seq": entry.seq},
            )


def test_a_rewritten_chain_does_not_match_the_head_file(log: AuditLog, database: Database, now: datetime) -> None:
    write(log, database, now, 5)
    attack(database, "UPDATE audit SET actor = 'eve' WHERE seq = 3")

    rehash(database, from_=3)

    found = log.verify(database)
    assert not found.ok
    assert "rewritten" in found.problem


def test_a_row_added_with_a_good_hash_is_foreign(log: AuditLog, database: Database, now: datetime, ring: KeyRing, tmp_path: Path) -> None:
    write(log, database, now, 3)
    elsewhere = AuditLog(ring, tmp_path / "other.head")

    write(elsewhere, database, now)

    found = log.verify(database)
    assert (found.ok, found.broken) == (False, 4)
    write(log, database, now)
    assert log.verify(database).broken == 4


@pytest.mark.parametrize("forge", ["count", "mac", "garbage"])
def test_a_forged_head_file_is_refused(log: AuditLog, database: Database, now: datetime, head: Path, forge: str) -> None:
    write(log, database, now, 3)
    body = json.loads(head.read_text())
    forged = {"count": body | {"committed": [2, GENESIS]}, "mac": body | {"mac": "0" * 64}, "garbage": "?"}[forge]

    head.write_text(json.dumps(forged))

    assert not log.verify(database).ok
    with pytest.raises(StoreError, match="head file"):
        write(log, database, now)


def test_a_head_file_of_another_ring_is_refused(log: AuditLog, database: Database, now: datetime, head: Path) -> None:
    write(log, database, now)

    assert not AuditLog(new_ring(), head).verify(database).ok


def test_a_missing_head_file_is_named(log: AuditLog, database: Database, now: datetime, head: Path) -> None:
    write(log, database, now, 2)

    head.unlink()

    assert "missing" in log.verify(database).problem
    write(log, database, now)
    assert not log.verify(database).ok


def test_a_crash_before_or_after_the_commit_is_not_tampering(log: AuditLog, database: Database, now: datetime) -> None:
    write(log, database, now, 2)
    with database.read() as connection:
        end = Tail(2, entries(connection)[0].hash)

    log.prepare(end, Tail(3, "f" * 64))  # died before its commit

    assert log.verify(database).ok
    with pytest.raises(SystemExit), database.write() as connection:
        log.append(connection, event=Event.ACTION_DONE, actor="worker", subject="A-1", at=now)
        connection.info["after_commit"].append(sys.exit)  # dies after its commit
    assert log.verify(database).rows == 3
    assert log.verify(database).ok
    write(log, database, now)
    assert log.verify(database).ok


def test_many_writers_at_once_make_one_chain(log: AuditLog, database: Database, now: datetime) -> None:
    threads = [threading.Thread(target=write, args=(log, database, now, 5)) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = log.verify(database)
    assert (found.ok, found.rows) == (True, 20), found.problem


def test_the_export_is_the_log_oldest_first_and_keeps_figures_as_text(log: AuditLog, database: Database, now: datetime) -> None:
    write(log, database, now, 3)

    lines = [json.loads(line) for line in json_lines(database)]

    assert [line["seq"] for line in lines] == [1, 2, 3]
    assert lines[0]["detail"] == {"n": 0, "usd": "12.5"}
