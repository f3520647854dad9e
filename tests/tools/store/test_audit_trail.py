"""The audit log as it is read: filters, pages and the chain of one subject, on both engines."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tools.keys import KeyRing
from tools.store import audit_trail
from tools.store.audit import AuditLog, Event
from tools.store.audit_chain import GENESIS, Tail, Verification
from tools.store.audit_trail import TrailFilters
from tools.store.database import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def log(ring: KeyRing, tmp_path: Path, database: Database) -> AuditLog:
    """Thirty rows of three people over thirty days; every third is a sign-in."""
    log = AuditLog(ring, tmp_path / "audit.head")
    for number in range(30):
        event = (Event.PERSON_SIGN_IN, Event.ACTION_APPROVE, Event.ACTION_REJECT)[number % 3]
        subject = "mara" if event is Event.PERSON_SIGN_IN else f"A-{number % 2}"
        with database.write() as connection:
            log.append(connection, event=event, actor=("mara", "theo")[number % 2], subject=subject, at=NOW + timedelta(days=number))
    return log


def seqs(database: Database, filters: TrailFilters, *, limit: int = 50) -> list[int]:
    """Every row the filters list, over as many pages as it takes."""
    found: list[int] = []
    before: int | None = None
    while True:
        with database.read() as connection:
            page = audit_trail.trail(connection, filters, before=before, limit=limit)
        found += [row.seq for row in page.rows]
        before = page.before
        if before is None:
            return found


@pytest.mark.parametrize("limit", [1, 4, 50])
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (TrailFilters(), range(1, 31)),
        (TrailFilters(actor="theo"), range(2, 31, 2)),
        (TrailFilters(subject="A-1"), [seq for seq in range(1, 31) if (seq - 1) % 3 and (seq - 1) % 2]),
        (TrailFilters(events=("action:approve", "action:reject")), [seq for seq in range(1, 31) if (seq - 1) % 3]),
        (TrailFilters(events=("action:reject",), actor="mara"), [seq for seq in range(1, 31) if (seq - 1) % 3 == 2 and seq % 2]),
        (TrailFilters(since=NOW + timedelta(days=3), until=NOW + timedelta(days=6)), [4, 5, 6]),
        (TrailFilters(since=NOW + timedelta(days=99)), []),
        (TrailFilters(actor="nobody"), []),
    ],
)
def test_filters_list_what_they_say_however_long_the_pages(
    database: Database, log: AuditLog, filters: TrailFilters, expected: list[int], limit: int
) -> None:
    assert seqs(database, filters, limit=limit) == sorted(expected, reverse=True)


def test_a_run_that_carries_its_start_is_found_by_its_own_time(database: Database, log: AuditLog) -> None:
    with database.write() as connection:
        log.append(connection, event=Event.RUN_START, actor="agent", subject="R-1", at=NOW + timedelta(days=4, hours=1))

    found = seqs(database, TrailFilters(since=NOW + timedelta(days=4), until=NOW + timedelta(days=5)))

    assert found == [31, 5]


def test_a_person_is_what_they_did_and_what_was_done_about_them(database: Database, log: AuditLog) -> None:
    with database.read() as connection:
        everything = audit_trail.trail_of_person(connection, "mara")
        signins = audit_trail.trail_of_person(connection, "mara", events=["person:sign_in"])
        done = audit_trail.deeds(connection, "theo")
        names = audit_trail.actors(connection)

    assert [row.seq for row in signins.rows] == sorted((seq for seq in range(1, 31) if seq % 3 == 1), reverse=True)
    assert {row.seq for row in everything.rows} == {row.seq for row in signins.rows} | set(range(1, 31, 2))
    assert done == {"person:sign_in": 5, "action:approve": 5, "action:reject": 5}
    assert names == ["mara", "theo"]


def test_the_chain_of_a_subject_is_oldest_first(database: Database, log: AuditLog) -> None:
    with database.read() as connection:
        rows = audit_trail.chain_of(connection, ["A-0", "A-1"])

    assert [row.seq for row in rows] == [seq for seq in range(1, 31) if (seq - 1) % 3]


def test_a_verification_in_parts_ends_as_one_in_a_piece(database: Database, log: AuditLog) -> None:
    end: Tail | Verification = Tail(0, GENESIS)
    steps = []
    while isinstance(end, Tail):
        end = log.verify_part(database, log.resume(log.cursor(end)), rows=7)
        steps.append(end.rows)

    assert steps == [7, 14, 21, 28, 30]
    assert end == log.verify(database)


def test_a_verification_that_goes_on_names_the_changed_row(database: Database, log: AuditLog) -> None:
    first = log.verify_part(database, Tail(0, GENESIS), rows=10)
    with database.write() as connection:
        for statement in ("DROP TRIGGER audit_no_update",) if database.is_sqlite else ("DROP TRIGGER audit_no_change ON audit",):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("UPDATE audit SET actor = 'somebody' WHERE seq = 20")

    assert isinstance(first, Tail)
    found = log.verify_part(database, first, rows=100)

    assert isinstance(found, Verification)
    assert (found.ok, found.broken, found.problem) == (False, 20, "row 20 was changed")


@pytest.mark.parametrize(
    "forge", [lambda text: text.replace("10.", "25.", 1), lambda text: text[:-4] + "0000", lambda _: "", lambda _: "9"]
)
def test_a_cursor_somebody_made_up_starts_again(database: Database, log: AuditLog, forge: object) -> None:
    reached = log.verify_part(database, Tail(0, GENESIS), rows=10)

    assert isinstance(reached, Tail)
    assert callable(forge)
    assert log.resume(forge(log.cursor(reached))) == Tail(0, GENESIS)
    assert log.resume(log.cursor(reached)) == reached
