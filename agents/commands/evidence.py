"""`liaison evidence`: add, list and revoke the stored proofs that clear findings."""

import json
from datetime import datetime
from pathlib import Path
from typing import TextIO

from approvals import evidence as desk
from policies.rules.browse import cleared_by
from tools.store.evidence import list_evidence
from tools.workspace import Workspace


def add(
    ws: Workspace, key: str, *, subject: str, document: Path, by: str, scope: list[str], expires_at: datetime | None, stdout: TextIO
) -> int:
    """`scope` holds name=value parts, for example state=TX."""
    limits = dict(part.partition("=")[::2] for part in scope)
    record, freed = desk.add(ws, key, subject=subject, document=document, by=by, scope=limits, expires_at=expires_at)
    print(f"{record.id}: {key} for {subject}", file=stdout)
    for action in freed:
        print(f"{action} is no longer blocked and waits in the queue", file=stdout)
    return 0


def list_all(ws: Workspace, *, as_json: bool, stdout: TextIO) -> int:
    """Every record, also expired and revoked ones, with the rules its key clears."""
    with ws.database.read() as connection:
        records = list_evidence(connection)
    now, clears = ws.clock(), cleared_by(ws.catalogue)
    if as_json:
        rows = [
            {**record.model_dump(mode="json"), "state": desk.state_of(record, now), "clears": clears.get(record.key, ())}
            for record in records
        ]
        print(json.dumps(rows), file=stdout)
        return 0
    for record in records:
        until = f" until {record.expires_at:%Y-%m-%d}" if record.expires_at else ""
        only = f", {', '.join(f'{name} {value}' for name, value in record.scope.items())} only" if record.scope else ""
        state, who = desk.state_of(record, now), record.verified_by
        print(f"{record.id}  {state}{until}  {record.key} for {record.subject}{only}, verified by {who}", file=stdout)
    if not records:
        print("No evidence is on file. Add some with liaison evidence add.", file=stdout)
    return 0


def revoke(ws: Workspace, evidence_id: str, *, by: str, stdout: TextIO) -> int:
    desk.revoke(ws, evidence_id, by=by)
    print(f"{evidence_id} is revoked.", file=stdout)
    return 0
