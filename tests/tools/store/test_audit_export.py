"""Exports of the audit log: what a third party can verify with nothing of ours, and what it finds when somebody was at it."""

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tools.errors import NotFound, StoreError
from tools.keys import KeyRing, new_ring
from tools.store import audit_export
from tools.store.audit import AuditLog, Event
from tools.store.audit_export import MANIFEST, verify_export
from tools.store.database import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def filled(ring: KeyRing, tmp_path: Path, database: Database) -> Database:
    log = AuditLog(ring, tmp_path / "audit.head")
    for number in range(12):
        detail = {"hash": 'a"hash":"trap', "n": number, "words": ["Grüße", None, True]}
        with database.write() as connection:
            log.append(connection, event=Event.ACTION_APPROVE, actor="mara", subject="A-1", detail=detail, at=NOW + timedelta(days=number))
    return database


def folder(database: Database, ring: KeyRing, target: Path, *, since: int | None = None, until: int | None = None) -> Path:
    span = audit_export.span_of(
        database,
        since=NOW + timedelta(days=since) if since is not None else None,
        until=NOW + timedelta(days=until) if until is not None else None,
    )
    audit_export.write_folder(database, ring, span, target, practice="harborview", by="ada", at=NOW)
    return target


def test_an_export_is_whole_and_its_signature_fits(filled: Database, ring: KeyRing, tmp_path: Path) -> None:
    made = folder(filled, ring, tmp_path / "out")

    found = verify_export(made, key=ring.public_key())

    assert (found.ok, found.rows, found.problem, found.known_key) == (True, 12, "", True)
    assert (made / "audit-start-20260302.jsonl").exists()


def test_days_give_the_rows_between_them_and_the_hash_before(filled: Database, ring: KeyRing, tmp_path: Path) -> None:
    made = folder(filled, ring, tmp_path / "out", since=3, until=7)

    found = verify_export(made, key=ring.public_key())

    assert found.ok
    assert found.manifest is not None
    assert (found.manifest.first_row, found.manifest.last_row, found.manifest.rows) == (4, 7, 4)
    assert found.manifest.file == "audit-20260305-20260309.jsonl"


def test_a_zip_is_the_same_export_in_one_file(filled: Database, ring: KeyRing, tmp_path: Path) -> None:
    span = audit_export.span_of(filled, since=None, until=None)
    path = tmp_path / "out.zip"
    path.write_bytes(b"".join(audit_export.zipped(filled, ring, span, practice="harborview", by="ada", at=NOW)))

    found = verify_export(path, key=ring.public_key())

    assert (found.ok, found.rows) == (True, 12)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["audit-start-20260302.jsonl", MANIFEST]


def test_anybody_can_recompute_a_line(filled: Database, ring: KeyRing, tmp_path: Path) -> None:
    import hashlib

    made = folder(filled, ring, tmp_path / "out")

    for line in next(made.glob("*.jsonl")).read_text().splitlines():
        row = json.loads(line)
        own = row.pop("hash")
        plain = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(plain.encode()).hexdigest() == own


def _rows(made: Path, change: Callable[[list[str]], list[str]]) -> None:
    path = next(made.glob("*.jsonl"))
    path.write_text("".join(line + "\n" for line in change(path.read_text().splitlines())))


def _manifest(made: Path, **changes: Any) -> None:
    body = json.loads((made / MANIFEST).read_text())
    (made / MANIFEST).write_text(json.dumps({**body, **changes}))


@pytest.mark.parametrize(
    ("tamper", "problem", "broken"),
    [
        (
            lambda made: _rows(made, lambda rows: [*rows[:4], rows[4].replace('"mara"', '"theo"'), *rows[5:]]),
            "row 5 was changed",
            5,
        ),
        (lambda made: _rows(made, lambda rows: rows[:3] + rows[4:]), "row 4 is missing", 4),
        (lambda made: _rows(made, lambda rows: rows[:-2]), "rows 11 to 12 are missing from the end", 11),
        (lambda made: _rows(made, lambda rows: [*rows[:6], "nonsense", *rows[7:]]), "row 7 was changed: it cannot be read", 7),
        (
            lambda made: _rows(made, lambda rows: [row.replace(":", ": ", 1) for row in rows]),
            "the file's SHA-256 is not",
            None,
        ),
        (lambda made: _manifest(made, made_by="somebody"), "the signature does not fit", None),
        (lambda made: _manifest(made, signature="AAAA"), "the signature does not fit", None),
        (lambda made: _manifest(made, head_hash="0" * 64), "the rows are not those the manifest was made for", None),
        (lambda made: _manifest(made, format="other/9"), "has the format other/9", None),
        (lambda made: _manifest(made, rows="many"), "is not a manifest", None),
        (lambda made: (made / MANIFEST).unlink(), "cannot be read", None),
        (lambda made: _manifest(made, file="../../etc/passwd"), "cannot be read", None),
    ],
)
def test_what_was_done_to_an_export_is_named(
    filled: Database, ring: KeyRing, tmp_path: Path, tamper: Callable[[Path], object], problem: str, broken: int | None
) -> None:
    made = folder(filled, ring, tmp_path / "out")

    tamper(made)
    found = verify_export(made, key=ring.public_key())

    assert not found.ok
    assert problem in found.problem
    assert found.broken == broken


def test_a_rewritten_chain_with_a_new_manifest_fails_under_the_right_key(filled: Database, ring: KeyRing, tmp_path: Path) -> None:
    forger = new_ring()
    made = folder(filled, forger, tmp_path / "out")

    assert verify_export(made, key=None).ok  # its own key fits, and the caller is told that it was its own
    assert not verify_export(made, key=None).known_key
    assert "another key" in verify_export(made, key=ring.public_key()).problem


def test_no_rows_in_that_time_and_a_folder_in_use_are_refused(filled: Database, ring: KeyRing, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no row in that time"):
        audit_export.span_of(filled, since=NOW + timedelta(days=400), until=None)
    folder(filled, ring, tmp_path / "out")
    with pytest.raises(StoreError, match="is there already"):
        folder(filled, ring, tmp_path / "out")
