"""`liaison audit`: verify the log offline, export it, verify an export anywhere."""

import json
from datetime import date
from pathlib import Path
from typing import TextIO

from approvals import auditing
from tools.errors import StoreError
from tools.store import audit_export
from tools.store.audit_export import verify_export
from tools.workspace import Workspace


def verify(ws: Workspace, *, as_json: bool, stdout: TextIO) -> int:
    """0 when every row is there and unchanged; 1 naming the first that is not."""
    found = ws.audit.verify(ws.database)
    if as_json:
        print(json.dumps(found.model_dump(mode="json")), file=stdout)
    elif found.ok:
        print(f"{found.rows} audit rows: all there, none changed.", file=stdout)
    else:
        print(f"The audit log is broken at row {found.broken}: {found.problem}.", file=stdout)
    return 0 if found.ok else 1


def export(ws: Workspace, *, since: date | None, until: date | None, out: Path | None, stdout: TextIO, messages: TextIO) -> int:
    """Rows of these days, oldest first: as JSON lines on stdout, or with a signed manifest into the folder or .zip file `out`."""
    span = auditing.book_export(ws, since=since, until=until, by="cli")
    if out is None:
        for line in audit_export.json_lines(ws.database, first=span.first, last=span.last):
            stdout.write(line.decode())
        return 0
    at = ws.clock()
    if out.suffix == ".zip":
        if out.exists():
            raise StoreError(f"{out} is there already: name another file")
        with out.open("xb") as file:
            file.writelines(audit_export.zipped(ws.database, ws.ring, span, practice=ws.practice.key, by="cli", at=at))
    else:
        audit_export.write_folder(ws.database, ws.ring, span, out, practice=ws.practice.key, by="cli", at=at)
    messages.write(f"Rows {span.first} to {span.last} are in {out}, signed with the key that `liaison audit key` prints.\n")
    return 0


def key(ws: Workspace, *, as_json: bool, stdout: TextIO) -> int:
    """The public keys that verify exports, by the id a manifest names; the active one signs."""
    rows = [
        {"key_id": name, "public_key": ws.ring.public_key(name), "algorithm": "Ed25519", "active": name == ws.ring.active}
        for name in ws.ring.keys
    ]
    if as_json:
        print(json.dumps(rows), file=stdout)
    else:
        for row in rows:
            print(f"{row['public_key']}  {row['key_id']}{' (signs now)' if row['active'] else ''}", file=stdout)
    return 0


def verify_file(path: Path, *, public_key: str | None, as_json: bool, stdout: TextIO) -> int:
    """0 when the export is whole and the signature fits; 1 naming the first row that does not. Needs no installation of ours."""
    found = verify_export(path, key=public_key)
    if as_json:
        print(json.dumps(found.model_dump(mode="json")), file=stdout)
        return 0 if found.ok else 1
    if not found.ok:
        print(f"The export is not sound: {found.problem}.", file=stdout)
        return 1
    made = found.manifest
    assert made is not None  # noqa: S101 - a sound export has one
    print(
        f"{found.rows} rows ({made.first_row} to {made.last_row}) of {made.practice}: all there, none changed, the signature fits.",
        file=stdout,
    )
    if not found.known_key:
        print(
            f"It was signed with the key {made.public_key}, which is in the export itself: compare it with the one `liaison audit key` "
            "prints where the log is kept, or give it with --key.",
            file=stdout,
        )
    return 0
