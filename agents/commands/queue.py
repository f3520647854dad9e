"""`liaison queue`: what waits and what is blocked, without a browser. Shows stored values only: no age, no score at reading time."""

import json
from typing import Any, TextIO

from approvals.queue import every, executions, get_action, history, versions
from policies.actions import Action, Status
from policies.kinds import KINDS
from policies.records import ActionId
from tools.workspace import Workspace

WAITING = (Status.QUEUED, Status.BLOCKED)


def list_queue(ws: Workspace, *, as_json: bool, stdout: TextIO) -> int:
    """Every action that waits or is blocked, oldest first; with `as_json` one array."""
    with ws.database.read() as connection:
        waiting = list(every(connection, *WAITING))
    if as_json:
        print(json.dumps([row(action) for action in waiting], ensure_ascii=False), file=stdout)
        return 0
    if not waiting:
        print("Nothing waits. Run liaison run to collect engagement and propose actions.", file=stdout)
    for action in waiting:
        money = f"  ${action.money_usd:,.2f}" if action.money_usd else ""
        rules = ", ".join(finding.rule for finding in action.findings)
        print(f"{action.id}  {action.status:<8} {action.risk:<6} {action.verdict:<12} {KINDS[action.kind].title}{money}", file=stdout)
        print(f"    {action.content.title}{f'  [{rules}]' if rules else ''}", file=stdout)
    return 0


def show(ws: Workspace, action_id: str, *, as_json: bool, stdout: TextIO) -> int:
    """One action: the exact content, why, findings, versions, executions and history."""
    identity = ActionId(action_id)
    with ws.database.read() as connection:
        action = get_action(connection, identity)
        body: dict[str, Any] = {
            **row(action),
            "content": action.content.model_dump(mode="json"),
            "why": list(action.why),
            "facts": action.facts,
            "findings": [finding.model_dump(mode="json") for finding in action.findings],
            "versions": [{"version": one.version, "author": one.author, "pack": one.pack} for one in versions(connection, identity)],
            "executions": [one.model_dump(mode="json") for one in executions(connection, identity)],
            "history": [one.model_dump(mode="json", include={"seq", "at", "event", "actor"}) for one in history(connection, identity)],
        }
    if as_json:
        print(json.dumps(body, ensure_ascii=False), file=stdout)
        return 0
    print(f"{action.id}  {action.status}, version {action.version}: {KINDS[action.kind].title}\n\n{action.content.title}\n", file=stdout)
    print(action.content.body, file=stdout)
    for reason in action.why:
        print(f"why: {reason}", file=stdout)
    for finding in action.findings:
        print(f"{finding.severity}: {finding.rule} ({finding.citation}) {finding.quote}\n    mend: {finding.mend}", file=stdout)
    for one in body["executions"]:
        print(f"execution {one['id']}: {one['operation']} {one['status']} {one['error'] or ''}".rstrip(), file=stdout)
    for entry in reversed(body["history"]):
        print(f"{entry['at']}  {entry['event']}  {entry['actor']}", file=stdout)
    return 0


def row(action: Action) -> dict[str, Any]:
    """One line of `queue list --json`."""
    kept = {"id", "kind", "channel", "subject", "period", "status", "version", "content_hash", "verdict", "risk", "money_usd", "track"}
    body = action.model_dump(mode="json", include=kept | {"author", "run", "created_at", "expires_at"})
    return body | {"title": action.content.title, "rules": [finding.rule for finding in action.findings]}
