"""`liaison execute`: carry out what is approved and due, or show what would be carried out."""

import json
from collections.abc import Callable
from typing import Any, TextIO

from approvals.due import Preview, run_due
from approvals.due import dry_run as preview
from approvals.queue import executions, get_action
from policies.actions import Action, Execution, Status
from policies.kinds import KINDS
from policies.records import ActionId
from tools.workspace import Workspace


def execute(ws: Workspace, run_action: Callable[[ActionId], None], *, dry_run: bool, as_json: bool, stdout: TextIO, stderr: TextIO) -> int:
    """0 when every due action ended done or went back to the queue; 1 when one failed or its outcome is unknown: a person must look."""
    if dry_run:
        _write(
            [_previewed(one) for one in preview(ws)], as_json=as_json, stdout=stdout, empty="Nothing is approved: nothing would be done."
        )
        return 0
    ran = run_due(ws, run_action)
    with ws.database.read() as connection:
        ended = [(get_action(connection, identity), executions(connection, identity)) for identity in ran]
    nothing = "Nothing is due: approve something first, or the desk's worker has done it already (liaison queue show ID)."
    _write([_executed(*one) for one in ended], as_json=as_json, stdout=stdout, empty=nothing)
    trouble = [action.id for action, _ in ended if action.status in (Status.FAILED, Status.UNKNOWN)]
    if trouble:
        print(f"liaison execute: {len(trouble)} need a person: liaison queue show {trouble[0]}", file=stderr)
    return 1 if trouble else 0


def _previewed(one: Preview) -> dict[str, Any]:
    action = one.action
    return {
        "id": action.id,
        "kind": action.kind.value,
        "would": "return_to_queue" if one.held_by else "execute",
        "operations": list(one.operations),
        "held_by": [finding.rule for finding in one.held_by],
        "not_before": one.not_before.isoformat() if one.not_before else None,
        "content": action.content.model_dump(mode="json"),
    }


def _executed(action: Action, done: tuple[Execution, ...]) -> dict[str, Any]:
    return {
        "id": action.id,
        "kind": action.kind.value,
        "status": action.status.value,
        "held_by": [finding.rule for finding in action.findings if finding.family == "execution"],
        "executions": [one.model_dump(mode="json") for one in done if one.version == action.version],
    }


def _write(rows: list[dict[str, Any]], *, as_json: bool, stdout: TextIO, empty: str) -> None:
    if as_json:
        print(json.dumps(rows, ensure_ascii=False), file=stdout)
        return
    for row in rows:
        outcome = row.get("status") or row["would"]
        print(f"{row['id']}  {outcome:<16} {_title(row['kind'])}  {', '.join(row['held_by'])}".rstrip(), file=stdout)
        if "content" in row:
            print(f"    {', '.join(row['operations'])}: {row['content']['title']}", file=stdout)
        for one in row.get("executions", ()):
            print(
                f"    {one['operation']} {one['status']} {(one['receipt'] or {}).get('reference', '')} {one['error'] or ''}".rstrip(),
                file=stdout,
            )
    if not rows:
        print(empty, file=stdout)


def _title(kind: str) -> str:
    return next(spec.title for known, spec in KINDS.items() if known == kind)
