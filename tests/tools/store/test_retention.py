"""What is deleted when its time is over, and what never is."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from policies.notices import Resumed, Scope
from tools.keys import KeyRing
from tools.settings import Settings
from tools.store import notices, retention
from tools.store.action_tables import audit, decisions, egress_log, executions, sessions
from tools.store.api_tables import webhook_deliveries
from tools.store.audit import AuditLog, Event
from tools.store.database import Database
from tools.store.run_tables import node_attempts
from tools.store.tables import dead_letters, jobs

NOW = datetime(2032, 6, 1, tzinfo=UTC)
SETTINGS = Settings(keep_trace_days=30, keep_letters_days=60, keep_jobs_days=10)


def count(database: Database, table: Any, *where: Any) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*where)) or 0


def letter(number: int, status: str, days: int) -> dict[str, Any]:
    place = {"channel": "search", "source": "segment", "file": "a.jsonl", "reason": "r", "mend": "m", "run": "R-1"}
    sealed = {"key_id": "k1", "nonce": b"n", "ciphertext": b"c"}
    return {"digest": f"d{number}", "status": status, "seen_at": NOW - timedelta(days=days), **place, **sealed}


def test_only_what_is_over_and_old_goes(database: Database) -> None:
    job = {"kind": "run", "payload": {}, "not_before": NOW}
    trace = {"subject": "R-1", "node": "scrub", "status": "done", "counts": {}}
    with database.write() as connection:
        connection.execute(insert(dead_letters), [letter(1, "open", 900), letter(2, "discarded", 61), letter(3, "replayed", 59)])
        connection.execute(
            insert(jobs),
            [
                {**job, "subject": "a", "status": "done", "created_at": NOW - timedelta(days=11)},
                {**job, "subject": "b", "status": "queued", "created_at": NOW - timedelta(days=11)},
                {**job, "subject": "c", "status": "failed", "created_at": NOW - timedelta(days=9)},
            ],
        )
        connection.execute(
            insert(node_attempts),
            [{**trace, "attempt": day, "started_at": NOW - timedelta(days=day)} for day in (29, 31)],
        )

    gone = retention.prune(database, SETTINGS, now=NOW)

    assert gone == {"node_attempts": 1, "dead_letters": 1, "jobs": 1}
    assert count(database, dead_letters, dead_letters.c.status == "open") == 1
    assert count(database, jobs, jobs.c.status == "queued") == 1
    assert retention.prune(database, SETTINGS, now=NOW) == {}


def test_more_rows_than_one_transaction_takes_all_go(database: Database) -> None:
    row = {"destination": "smtp", "subject": "A-1", "bytes": 1, "allowed": True, "reason": ""}
    old, young = NOW - timedelta(days=2193), NOW - timedelta(days=2191)
    with database.write() as connection:
        connection.execute(insert(egress_log), [{**row, "at": old}] * (retention.BATCH + 5) + [{**row, "at": young}] * 3)

    assert retention.prune(database, Settings(), now=NOW) == {"egress_log": retention.BATCH + 5}
    assert count(database, egress_log) == 3


def test_notices_and_deliveries_go_when_they_are_old_and_over(database: Database) -> None:
    told = Resumed(scope=Scope.ALL, by="mara")
    event = {"endpoint": "W-1", "seq": 1, "event": "action:done", "body": {}, "not_before": NOW, "give_up_at": NOW}
    with database.write() as connection:
        for days in (91, 89):
            notices.tell(connection, person="mara", notice=told, key=f"{days}", at=NOW - timedelta(days=days))
        rows = [
            {**event, "event_id": f"{status}-{days}", "status": status, "created_at": NOW - timedelta(days=days)}
            for status in ("waiting", "done", "dead")
            for days in (9, 11)
        ]
        connection.execute(insert(webhook_deliveries), rows)

    assert retention.prune(database, SETTINGS, now=NOW) == {"notices": 1, "webhook_deliveries": 2}
    assert count(database, webhook_deliveries, webhook_deliveries.c.status == "waiting") == 2


def test_sessions_go_a_week_after_their_end(database: Database) -> None:
    filled = {column.name: NOW if column.name.endswith("_at") else "x" for column in sessions.columns if not column.nullable}
    with database.write() as connection:
        for token, ended in (("old", 8), ("young", 6)):
            row = {**filled, "id": token, "token_hash": token, "expires_at": NOW - timedelta(days=ended)}
            connection.execute(insert(sessions).values(**row))

    retention.prune(database, Settings(), now=NOW)

    with database.read() as connection:
        assert connection.scalars(select(sessions.c.token_hash)).all() == ["young"]


def test_no_setting_reaches_the_audit_log_or_what_it_is_about(database: Database, ring: KeyRing, tmp_path: Path) -> None:
    log = AuditLog(ring, tmp_path / "audit.head")
    with database.write() as connection:
        log.append(connection, event=Event.RUN_START, actor="agent", subject="R-1", at=NOW - timedelta(days=9000))

    retention.prune(database, Settings(keep_trace_days=1, keep_letters_days=1, keep_jobs_days=1, keep_usage_days=31), now=NOW)

    assert log.verify(database).ok
    assert count(database, audit) == 1
    assert not {rule.table.name for rule in retention.rules(Settings(), now=NOW)} & {
        audit.name,
        decisions.name,
        executions.name,
        "consents",
    }


def test_every_table_that_is_pruned_is_in_the_page_of_retention(repository: Path) -> None:
    page = (repository / "docs" / "retention.md").read_text()
    settings = set(re.findall(r"LIAISON_(KEEP_[A-Z_]+)", page))

    assert all(f"`{rule.table.name}`" in page for rule in retention.rules(Settings(), now=NOW))
    assert settings == {name.upper() for name in Settings.model_fields if name.startswith("keep_")}
