"""An audit export for a third party: rows of the log as JSON lines, and a manifest signed with Ed25519. Written and verified in constant memory.

A line is a row exactly as it was hashed, plus its `hash`: take `hash` off, write the rest with sorted keys, no spaces, as UTF-8, and its SHA-256
is `hash`; `prev_hash` is the hash of the line before. The signature is over the manifest without `signature`, written the same way.
"""

import base64
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import AwareDatetime, ValidationError
from sqlalchemy import Row, select

from policies.records import Record, canonical_json
from tools.errors import NotFound, StoreError
from tools.keys import KeyRing
from tools.store.action_tables import audit
from tools.store.audit_chain import hashed_body, rows_after
from tools.store.audit_trail import rows_in
from tools.store.database import Database

FORMAT = "liaison-audit-export/1"
MANIFEST = "manifest.json"
MAX_LINE_BYTES = 1_000_000
CHUNK = 1 << 16


class Manifest(Record):
    """What an export says of itself. `since` <= at < `until` was asked for; the rows from the first to the last of them are all there.

    A row in between may carry another time: a run's rows carry its start, and a chain has no holes.
    """

    format: str = FORMAT
    practice: str
    product: str
    made_at: AwareDatetime
    made_by: str
    since: AwareDatetime | None
    until: AwareDatetime | None
    file: str
    rows: int
    first_row: int
    last_row: int
    prev_hash: str
    head_hash: str
    sha256: str
    algorithm: str = "Ed25519"
    key_id: str
    public_key: str
    signature: str = ""


class Span(Record):
    """The rows of one export, chosen before anything is written: `prev_hash` is the hash before the first."""

    since: AwareDatetime | None
    until: AwareDatetime | None
    first: int
    last: int
    prev_hash: str


class ExportCheck(Record):
    """`problem` names the first thing that is wrong, with the row where one is; empty when all is well. `known_key` = the key was given."""

    ok: bool
    rows: int
    broken: int | None = None
    problem: str = ""
    manifest: Manifest | None = None
    known_key: bool = False


def span_of(database: Database, *, since: datetime | None, until: datetime | None) -> Span:
    """The rows to export. Raises NotFound when there is none in that time."""
    with database.read() as connection:
        found = rows_in(connection, since=since, until=until)
        if found is None:
            raise NotFound("the audit log has no row in that time: choose other days")
        prev_hash = connection.scalar(select(audit.c.prev_hash).where(audit.c.seq == found[0]))
    return Span(since=since, until=until, first=found[0], last=found[1], prev_hash=str(prev_hash))


def file_name(span: Span, made_at: datetime) -> str:
    """ "audit-20260101-20260331.jsonl": the first and last day asked for; an open end is the word "start" or the day it was made."""
    first = f"{span.since:%Y%m%d}" if span.since else "start"
    last = f"{span.until - timedelta(seconds=1):%Y%m%d}" if span.until else f"{made_at:%Y%m%d}"
    return f"audit-{first}-{last}.jsonl"


def json_lines(database: Database, *, first: int = 1, last: int | None = None) -> Iterator[bytes]:
    """Rows `first` to `last` (None = the end), one JSON object per line, oldest first; a page of rows in memory."""
    with database.read() as connection:
        for row in rows_after(connection, first - 1):
            if last is not None and row.seq > last:
                return
            yield _line(row)


def zipped(database: Database, ring: KeyRing, span: Span, *, practice: str, by: str, at: datetime) -> Iterator[bytes]:
    """The export as the bytes of a ZIP archive, made as they are asked for."""
    sink = _Sink()
    name = file_name(span, at)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(_entry(name, at), "w", force_zip64=True) as entry:
            tally = _Tally(span.prev_hash)
            for line in json_lines(database, first=span.first, last=span.last):
                entry.write(tally.of(line))
                yield from sink.taken()
        signed = _signed(ring, _manifest(span, tally, name, ring, practice=practice, by=by, at=at))
        archive.writestr(_entry(MANIFEST, at), signed)
    yield from sink.taken(everything=True)


def write_folder(database: Database, ring: KeyRing, span: Span, folder: Path, *, practice: str, by: str, at: datetime) -> Manifest:
    """The export as two files in `folder`. Raises StoreError when one of them is there already."""
    name = file_name(span, at)
    folder.mkdir(parents=True, exist_ok=True)
    if taken := [found for found in (name, MANIFEST) if (folder / found).exists()]:
        raise StoreError(f"{folder / taken[0]} is there already: name an empty folder")
    tally = _Tally(span.prev_hash)
    with (folder / name).open("wb") as file:
        for line in json_lines(database, first=span.first, last=span.last):
            file.write(tally.of(line))
    manifest = _manifest(span, tally, name, ring, practice=practice, by=by, at=at)
    (folder / MANIFEST).write_bytes(_signed(ring, manifest))
    return manifest


def verify_export(path: Path, *, key: str | None) -> ExportCheck:
    """Check an export offline: each row's hash, the chain between them, the count, the file's SHA-256 and the signature.

    `key` is the public key as `liaison audit key` prints it; without it the manifest's own is used, which shows changes by others but not who
    signed. Needs no database, no key ring and no network.
    """
    try:
        with _opened(path) as (manifest_bytes, lines):
            return _checked(manifest_bytes, lines, key=key)
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        return ExportCheck(ok=False, rows=0, problem=f"the export cannot be read ({type(error).__name__}): name its folder or ZIP file")


def _checked(manifest_bytes: bytes, lines: Iterable[bytes], *, key: str | None) -> ExportCheck:
    try:
        manifest = Manifest.model_validate_json(manifest_bytes)
    except ValidationError:
        return ExportCheck(ok=False, rows=0, problem=f"{MANIFEST} is not a manifest of an audit export, or was changed")
    if manifest.format != FORMAT:
        return ExportCheck(ok=False, rows=0, problem=f"{MANIFEST} has the format {manifest.format[:40]}; this version knows {FORMAT}")
    digest = hashlib.sha256()
    expected, prev_hash = manifest.first_row, manifest.prev_hash
    for line in lines:
        digest.update(line)
        row = _row_of(line)
        if row is None or row.get("seq") != expected:
            # A row that is gone and one that cannot be read look different to who must mend it.
            problem = f"row {expected} was changed: it cannot be read" if row is None else f"row {expected} is missing"
            return ExportCheck(ok=False, rows=expected - manifest.first_row, broken=expected, problem=problem, manifest=manifest)
        own = row.pop("hash", None)
        if row.get("prev_hash") != prev_hash or hashlib.sha256(canonical_json(row).encode("utf-8", "replace")).hexdigest() != own:
            return ExportCheck(
                ok=False, rows=expected - manifest.first_row, broken=expected, problem=f"row {expected} was changed", manifest=manifest
            )
        expected, prev_hash = expected + 1, own
    rows = expected - manifest.first_row
    problem, broken = _wrong_with(manifest, manifest_bytes, rows=rows, head=prev_hash, sha256=digest.hexdigest(), key=key)
    return ExportCheck(ok=not problem, rows=rows, broken=broken, problem=problem, manifest=manifest, known_key=key is not None)


def _wrong_with(manifest: Manifest, raw: bytes, *, rows: int, head: str, sha256: str, key: str | None) -> tuple[str, int | None]:
    """(problem, row) of an export whose rows are whole in themselves; ("", None) when nothing is wrong."""
    if rows < manifest.rows:
        first = manifest.first_row + rows
        return f"rows {first} to {manifest.last_row} are missing from the end", first
    if rows > manifest.rows or head != manifest.head_hash or manifest.last_row != manifest.first_row + rows - 1:
        return "the rows are not those the manifest was made for", None
    if sha256 != manifest.sha256:
        return "the file's SHA-256 is not the one in the manifest", None
    if key is not None and key.strip() != manifest.public_key:
        return f"it was signed with another key than the one given (its key id is {manifest.key_id[:16]})", None
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode((key or manifest.public_key).strip(), validate=True))
        body = json.loads(raw)
        signature = base64.b64decode(body.pop("signature"), validate=True)
        public.verify(signature, canonical_json(body).encode())
    except (InvalidSignature, ValueError, KeyError):
        return "the signature does not fit: the manifest was changed after it was signed", None
    return "", None


def _row_of(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _manifest(span: Span, tally: "_Tally", name: str, ring: KeyRing, *, practice: str, by: str, at: datetime) -> Manifest:
    return Manifest(
        practice=practice,
        product=f"liaison {version('liaison')}",
        made_at=at,
        made_by=by,
        since=span.since,
        until=span.until,
        file=name,
        rows=tally.rows,
        first_row=span.first,
        last_row=span.last,
        prev_hash=span.prev_hash,
        head_hash=tally.head,
        sha256=tally.digest.hexdigest(),
        key_id=ring.active,
        public_key=ring.public_key(),
    )


def _signed(ring: KeyRing, manifest: Manifest) -> bytes:
    body = manifest.model_dump(mode="json", exclude={"signature"})
    signature = base64.b64encode(ring.signing_key().sign(canonical_json(body).encode())).decode()
    return (json.dumps({**body, "signature": signature}, indent=2) + "\n").encode()


def _line(row: Row[Any]) -> bytes:
    return (canonical_json({**hashed_body(row._asdict()), "hash": row.hash}) + "\n").encode()


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (max(at.year, 1980), at.month, at.day, at.hour, at.minute, at.second))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


class _Tally:
    """What the manifest must say of the lines written so far."""

    def __init__(self, prev_hash: str) -> None:
        self.rows, self.head, self.digest = 0, prev_hash, hashlib.sha256()

    def of(self, line: bytes) -> bytes:
        self.rows += 1
        self.digest.update(line)
        # The last such key is the row's own: only `detail`, which sorts before it, nests, and inside a text the quotes are escaped.
        self.head = line[line.rindex(b'"hash":"') + 8 :][:64].decode()
        return line


class _Sink(io.RawIOBase):
    """A file for ZipFile to write to and for a response to take from."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def taken(self, *, everything: bool = False) -> Iterator[bytes]:
        if self._held and (everything or len(self._held) >= CHUNK):
            taken, self._held = bytes(self._held), bytearray()
            yield taken


@contextmanager
def _opened(path: Path) -> Iterator[tuple[bytes, Iterable[bytes]]]:
    """(manifest, lines of the rows) of a folder or a ZIP archive. The file is named by the manifest, and never looked for outside."""
    if path.is_dir():
        manifest = (path / MANIFEST).read_bytes()
        with (path / _named(manifest)).open("rb") as file:
            yield manifest, _lines(file)
        return
    with zipfile.ZipFile(path) as archive:
        with archive.open(MANIFEST) as entry:
            manifest = entry.read(MAX_LINE_BYTES)
        with archive.open(_named(manifest)) as entry:
            yield manifest, _lines(entry)


def _named(manifest: bytes) -> str:
    body = _row_of(manifest) or {}
    return Path(str(body.get("file", ""))).name or "audit.jsonl"


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(MAX_LINE_BYTES):
        yield line
