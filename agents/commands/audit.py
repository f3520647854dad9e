"""`liaison audit`: verify the log offline, export it."""

import json
from typing import TextIO

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


def export(ws: Workspace, *, stdout: TextIO) -> int:
    """Every row as one JSON object per line, oldest first."""
    ws.audit.export(ws.database, stdout)
    return 0
