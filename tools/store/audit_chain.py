"""The hash chain of the audit log: what of a row is hashed, and the walk along it. Knows no keys and no head file: anyone can recompute it."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import StatementError

from policies.records import Record, canonical_json
from tools.store.action_tables import audit

GENESIS = "0" * 64
PAGE = 2000


class Verification(Record):
    """`broken` is the number of the first row that is changed, missing or foreign; `problem` says which, in words. Empty when all is well."""

    ok: bool
    rows: int
    broken: int | None = None
    problem: str = ""


class Tail(NamedTuple):
    """Where a chain ends: how many rows, and the last row's hash."""

    rows: int
    hash: str


def entry_hash(row: Mapping[str, Any]) -> str:
    """SHA-256 hex of a row's seq, at, event, actor, subject, detail and prev_hash, as canonical JSON. Anyone can recompute it."""
    return hashlib.sha256(canonical_json(hashed_body(row)).encode()).hexdigest()


def hashed_body(row: Mapping[str, Any]) -> dict[str, Any]:
    """What of a row is hashed, as JSON values."""
    body = {name: row[name] for name in ("seq", "event", "actor", "subject", "detail", "prev_hash")}
    body["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return body


def tail_of(connection: Connection) -> Tail:
    row = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).one_or_none()
    return Tail(row.seq, row.hash) if row else Tail(0, GENESIS)


def hash_at(connection: Connection, seq: int) -> str:
    return connection.scalar(select(audit.c.hash).where(audit.c.seq == seq)) or GENESIS


def rows_after(connection: Connection, after: int) -> Iterator[Row[Any]]:
    """Every row after row `after`, oldest first, a page in memory."""
    while page := connection.execute(select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(PAGE)).all():
        yield from page
        after = page[-1].seq


def walk(connection: Connection, end: Tail, *, limit: int | None = None) -> Tail | Verification:
    """Follow the chain from `end` over at most `limit` rows; the new end, or the first broken row."""
    stop = None if limit is None else end.rows + limit
    if (
        end.rows == 0
        and (before := connection.scalar(select(audit.c.seq).where(audit.c.seq < 1).order_by(audit.c.seq).limit(1))) is not None
    ):
        return Verification(ok=False, rows=0, broken=before, problem=f"row {before} stands before the first one: it is forged")
    rows = rows_after(connection, end.rows)
    while stop is None or end.rows < stop:
        try:
            row = next(rows, None)
        except (ValueError, TypeError, StatementError):
            return _unreadable(connection, end)
        if row is None:
            return end
        if row.seq != end.rows + 1:
            problem = f"row {end.rows + 1} is missing"
            return Verification(ok=False, rows=end.rows, broken=end.rows + 1, problem=problem)
        if row.prev_hash != end.hash or row.hash != entry_hash(row._asdict()):
            return Verification(ok=False, rows=end.rows, broken=row.seq, problem=f"row {row.seq} was changed")
        end = Tail(row.seq, row.hash)
    return end


def _unreadable(connection: Connection, end: Tail) -> Verification:
    """A row of the next page cannot be read as what it should hold: which one."""
    first = end.rows + 1
    for seq in connection.scalars(select(audit.c.seq).where(audit.c.seq >= first).order_by(audit.c.seq).limit(PAGE)).all():
        try:
            connection.execute(select(audit).where(audit.c.seq == seq)).one()
        except (ValueError, TypeError, StatementError):
            return Verification(ok=False, rows=end.rows, broken=seq, problem=f"row {seq} was changed: it cannot be read")
    return Verification(ok=False, rows=end.rows, broken=first, problem=f"row {first} cannot be read")
