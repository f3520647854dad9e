"""The audit log: append-only, hash-chained, verifiable offline. Knows events, ids and hashes; refuses to know content.

Each row's hash is SHA-256 over its own fields and the hash before it. A head file outside the database, MACed with the key ring, holds how
many rows were committed and the last hash, so that a cut tail shows too; it is written before the commit (`pending`) and after it
(`committed`), so a crash between the two is not mistaken for tampering. Someone who holds the keys and the files is out of scope.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from policies.actions import AuditEntry
from policies.records import canonical_json
from tools.errors import StoreError
from tools.keys import KeyRing
from tools.store.action_tables import audit, decisions
from tools.store.audit_chain import GENESIS, Tail, Verification, entry_hash, hash_at, tail_of, walk
from tools.store.database import Database
from tools.store.tables import runs

POSTGRES_LOCK = 7202


class Event(StrEnum):
    """Every event there is, "subject:verb". The log accepts nothing else."""

    RUN_START = "run:start"
    RUN_FINISH = "run:finish"
    RUN_FAIL = "run:fail"
    RUN_ASK = "run:ask"
    JOB_RETRY = "job:retry"
    CHANNEL_COLLECT = "channel:collect"
    BATCH_SCRUB = "batch:scrub"
    BATCH_STORE = "batch:store"
    LEAD_SCORE = "lead:score"
    PLAN_MAKE = "plan:make"
    ACTION_PROPOSE = "action:propose"
    ACTION_CHECK = "action:check"
    ACTION_QUEUE = "action:queue"
    ACTION_BLOCK = "action:block"
    ACTION_APPROVE = "action:approve"
    ACTION_REJECT = "action:reject"
    ACTION_EDIT = "action:edit"
    ACTION_REDRAFT = "action:redraft"
    ACTION_UNDO = "action:undo"
    ACTION_EXPIRE = "action:expire"
    ACTION_SUPERSEDE = "action:supersede"
    ACTION_HOLD = "action:hold"
    ACTION_REQUEUE = "action:requeue"
    ACTION_CLAIM = "action:claim"
    ACTION_DONE = "action:done"
    ACTION_FAIL = "action:fail"
    ACTION_UNKNOWN = "action:unknown"
    ACTION_RESOLVE = "action:resolve"
    ACTION_ASSIGN = "action:assign"
    ACTION_ESCALATE = "action:escalate"
    DELEGATION_MAKE = "delegation:make"
    DELEGATION_REVOKE = "delegation:revoke"
    AUTONOMY_ASK = "autonomy:ask"
    AUTONOMY_RAISE = "autonomy:raise"
    AUTONOMY_LOWER = "autonomy:lower"
    ACTION_COMMENT = "action:comment"
    EXECUTION_CLAIM = "execution:claim"
    EXECUTION_DONE = "execution:done"
    EXECUTION_FAIL = "execution:fail"
    EXECUTION_UNKNOWN = "execution:unknown"
    EXECUTION_LATE = "execution:late"
    HANDOFF_ACCEPT = "handoff:accept"
    HANDOFF_REJECT = "handoff:reject"
    HANDOFF_QUALIFY = "handoff:qualify"
    HANDOFF_ATTEMPT = "handoff:attempt"
    HANDOFF_OUTCOME = "handoff:outcome"
    HANDOFF_ESCALATE = "handoff:escalate"
    HANDOFF_REASSIGN = "handoff:reassign"
    LEAD_MERGE = "lead:merge"
    LEAD_UNMERGE = "lead:unmerge"
    TASK_DONE = "task:done"
    CONTACT_REVEAL = "contact:reveal"
    CONTACT_SHRED = "contact:shred"
    RECORD_REVEAL = "record:reveal"
    EVIDENCE_ADD = "evidence:add"
    EVIDENCE_REVOKE = "evidence:revoke"
    CHANNEL_PAUSE = "channel:pause"
    CHANNEL_RESUME = "channel:resume"
    SCHEDULE_SET = "schedule:set"
    MODEL_PROPOSE = "model:propose"
    MODEL_SIGN = "model:sign"
    PERSON_LINK = "person:link"
    PERSON_PASSWORD = "person:password"  # noqa: S105 - an event's name
    PERSON_SIGN_IN = "person:sign_in"
    PERSON_SIGN_OUT = "person:sign_out"
    PERSON_LOCK = "person:lock"
    TOKEN_CREATE = "token:create"  # noqa: S105 - an event's name
    TOKEN_REVOKE = "token:revoke"  # noqa: S105 - an event's name
    WEBHOOK_ADD = "webhook:add"
    WEBHOOK_ROTATE = "webhook:rotate"
    WEBHOOK_DISABLE = "webhook:disable"
    WEBHOOK_ENABLE = "webhook:enable"
    WEBHOOK_PING = "webhook:ping"
    WEBHOOK_REPLAY = "webhook:replay"
    WEBHOOK_DEAD = "webhook:dead"
    PERSON_LIMIT = "person:limit"
    PERSON_CONFIRM = "person:confirm"
    PERSON_OBJECT = "person:object"
    PERSON_REVOKE = "person:revoke"
    PERSON_TOTP_ON = "person:totp_on"
    PERSON_TOTP_OFF = "person:totp_off"
    PERSON_RECOVERY = "person:recovery"
    PERSON_CODES = "person:codes"
    DEAD_LETTER_REPLAY = "dead_letter:replay"
    DEAD_LETTER_DISCARD = "dead_letter:discard"
    NOTICE_PREFER = "notice:prefer"
    NOTICE_FAIL = "notice:fail"
    AUDIT_VERIFY = "audit:verify"
    AUDIT_EXPORT = "audit:export"


@dataclass
class _Head:
    """The head file. `alarm` keeps the first disagreement an append met: it is never cleared by later rows."""

    committed: Tail
    pending: Tail | None = None
    alarm: tuple[int, str] | None = None


class AuditLog:
    """One per installation. `append` belongs to the caller's `Database.write()`: the row is committed with the change it records."""

    def __init__(self, ring: KeyRing, head_path: Path, *, through: Mapping[str, str] | None = None) -> None:
        self._ring = ring
        self._path = head_path
        self._through = dict(through or {})

    def through(self, **client: str) -> "AuditLog":
        """The same log, every row of which says by which client the person acted: `through(client="api", token="T-1b2c")`."""
        return AuditLog(self._ring, self._path, through=client)

    def append(
        self, connection: Connection, *, event: Event | str, actor: str, subject: str, detail: Mapping[str, Any] | None = None, at: datetime
    ) -> None:
        """Add one row when the transaction commits; nothing is left of it when the transaction rolls back.

        The rows of a transaction are chained at its end, in one batch: the log's lock is then the last one taken, so two writers cannot
        wait for each other. `detail` holds ids, counts, hashes and enum values, never content. Raises StoreError outside `write()`.
        """
        hooks: list[Any] | None = connection.info.get("before_commit")
        if hooks is None:
            raise StoreError("an audit row was written outside Database.write(): open a write transaction first")
        batch = next((hook for hook in hooks if isinstance(hook, _Batch)), None)
        if batch is None:
            batch = _Batch(self, connection, [])
            hooks.append(batch)
        told = _plain({**(detail or {}), **self._through})
        batch.rows.append({"at": at.astimezone(UTC), "event": Event(event).value, "actor": actor, "subject": subject, "detail": told})

    def verify(self, database: Database) -> Verification:
        """Walk the whole chain and compare its end with the head file. Reads only; needs the key ring, not the network."""
        with database.read() as connection:
            walked = walk(connection, Tail(0, GENESIS))
        return walked if isinstance(walked, Verification) else self._conclude(database, walked)

    def verify_part(self, database: Database, start: Tail, *, rows: int) -> Tail | Verification:
        """Walk on from `start`, which was verified before, over at most `rows` rows.

        A `Tail` says that there is more; the end of the log, or its first broken row, is a `Verification`.
        """
        with database.read() as connection:
            walked = walk(connection, start, limit=rows)
        if isinstance(walked, Verification) or walked.rows - start.rows >= rows:
            return walked
        return self._conclude(database, walked)

    def _conclude(self, database: Database, reached: Tail) -> Verification:
        # The rest, if rows came meanwhile, with the head held still: no writer passes its `before_commit` while we hold the lock.
        with self._locked(), database.read() as connection:
            walked = walk(connection, reached)
            return walked if isinstance(walked, Verification) else self._compare(connection, walked)

    def cursor(self, end: Tail) -> str:
        """`end` as text that only this installation can have written: how far a verification has come, for a form to carry."""
        return f"{end.rows}.{end.hash}.{self._cursor_mac(end)}"

    def resume(self, cursor: str) -> Tail:
        """The `Tail` of a cursor; the start of the log for one that is forged or broken."""
        rows, _, rest = cursor.partition(".")
        digest, _, mac = rest.partition(".")
        end = Tail(int(rows), digest) if rows.isascii() and rows.isdigit() and len(rows) < 16 else Tail(0, GENESIS)
        return end if hmac.compare_digest(mac.encode(), self._cursor_mac(end).encode()) else Tail(0, GENESIS)

    def _cursor_mac(self, end: Tail) -> str:
        return self._ring.fingerprint(f"audit-cursor/{end.rows}/{end.hash}", length=32)

    def _compare(self, connection: Connection, end: Tail) -> Verification:
        try:
            head = self._read_head()
        except StoreError as error:
            return Verification(ok=False, rows=end.rows, broken=max(end.rows, 1), problem=str(error))
        if head is None:
            if (
                end.rows == 0
                and connection.scalar(select(runs.c.id).limit(1)) is None
                and connection.scalar(select(decisions.c.id).limit(1)) is None
            ):
                return Verification(ok=True, rows=0)  # nothing has happened here yet
            problem = f"the head file {self._path.name} is missing: restore it from the backup that belongs to this database"
            return Verification(ok=False, rows=end.rows, broken=1, problem=problem)
        if head.alarm is not None:
            return Verification(ok=False, rows=end.rows, broken=head.alarm[0], problem=head.alarm[1])
        if end.rows < head.committed.rows:
            problem = f"rows {end.rows + 1} to {head.committed.rows} are missing from the end of the log"
            return Verification(ok=False, rows=end.rows, broken=end.rows + 1, problem=problem)
        if hash_at(connection, head.committed.rows) != head.committed.hash:
            problem = f"the log up to row {head.committed.rows} was rewritten: its hash is not the one in the head file"
            return Verification(ok=False, rows=end.rows, broken=head.committed.rows, problem=problem)
        if end not in (head.committed, head.pending):
            first = head.committed.rows + 1
            problem = f"row {first} and what follows were not written by this installation"
            return Verification(ok=False, rows=end.rows, broken=first, problem=problem)
        return Verification(ok=True, rows=end.rows)

    # --- the head file

    def prepare(self, base: Tail, coming: Tail) -> None:
        """Before the commit: `base` is what the database holds inside the exclusive transaction, `coming` what it will hold."""
        with self._locked():
            head = self._read_head() or _Head(Tail(0, GENESIS))
            if head.alarm is None and base not in (head.committed, head.pending):
                if base.rows < head.committed.rows:
                    lost = f"rows {base.rows + 1} to {head.committed.rows} were missing from the end of the log when row {coming.rows} came"
                    head.alarm = (base.rows + 1, lost)
                else:
                    first = min(head.committed.rows + 1, base.rows)
                    head.alarm = (first, f"row {first} and what follows were not written by this installation")
            self._write_head(_Head(base, coming, head.alarm))

    def settle(self, coming: Tail) -> None:
        """After the commit. Another writer may already be further: the head never goes back."""
        with self._locked():
            head = self._read_head()
            if head is not None and head.committed.rows < coming.rows:
                pending = head.pending if head.pending and head.pending.rows > coming.rows else None
                # Not forced to the disk: if this is lost with the power, `pending` still says what was to come, and verifying accepts either.
                self._write_head(_Head(coming, pending, head.alarm), durably=False)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path.with_suffix(".lock"), "a") as lock:
            flock(lock, LOCK_EX)  # released when the file closes
            yield

    def _read_head(self) -> _Head | None:
        try:
            body = json.loads(self._path.read_bytes())
            mac, key = body.pop("mac"), body["key"]
            if not hmac.compare_digest(mac, self._mac(body, key)):
                raise ValueError
            pending, alarm = body["pending"], body["alarm"]
            return _Head(Tail(*body["committed"]), Tail(*pending) if pending else None, (alarm[0], alarm[1]) if alarm else None)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError, StoreError):
            raise StoreError(
                f"the audit head file {self._path.name} was changed or belongs to another key ring: restore it from a backup"
            ) from None

    def _write_head(self, head: _Head, *, durably: bool = True) -> None:
        body: dict[str, Any] = {"key": self._ring.active, "committed": head.committed, "pending": head.pending, "alarm": head.alarm}
        body["mac"] = self._mac(body, self._ring.active)
        draft = self._path.with_suffix(".tmp")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(canonical_json(body))
            file.flush()
            if durably:
                os.fsync(file.fileno())
        os.replace(draft, self._path)

    def _mac(self, body: dict[str, Any], key: str) -> str:
        return hmac.new(self._ring.derive("audit", key), canonical_json(body).encode(), hashlib.sha256).hexdigest()


@dataclass
class _Batch:
    """The rows of one transaction, waiting for its commit."""

    log: AuditLog
    connection: Connection
    rows: list[dict[str, Any]]

    def __call__(self) -> None:
        if self.connection.dialect.name != "sqlite":
            self.connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({POSTGRES_LOCK})")
        base = tail_of(self.connection)
        end = base
        for row in self.rows:
            row |= {"seq": end.rows + 1, "prev_hash": end.hash}
            row["hash"] = entry_hash(row)
            end = Tail(row["seq"], row["hash"])
        self.connection.execute(insert(audit), self.rows)
        self.log.prepare(base, end)
        self.connection.info["after_commit"].append(lambda: self.log.settle(end))


def entry_of(row: Row[Any]) -> AuditEntry:
    return AuditEntry(**row._mapping)


def entries(connection: Connection, *, subject: str | None = None, before: int | None = None, limit: int = 100) -> tuple[AuditEntry, ...]:
    """The newest rows first, of one subject or of all, older than row `before`."""
    statement = select(audit).order_by(audit.c.seq.desc()).limit(limit)
    if subject is not None:
        statement = statement.where(audit.c.subject == subject)
    if before is not None:
        statement = statement.where(audit.c.seq < before)
    return tuple(entry_of(row) for row in connection.execute(statement))


def last_row(connection: Connection) -> int:
    """The number of the newest row; 0 before the first. It moves with everything that happens."""
    return connection.scalar(select(func.max(audit.c.seq))) or 0


def _plain(value: Any) -> Any:
    """`value` as JSON that both engines return unchanged: PostgreSQL rewrites floats, so they are kept as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | int | None):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
