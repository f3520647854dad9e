"""What the execution tests share: an approved action, a workspace with a mail server or a webhook, what was done."""

import base64
from typing import Any

from sqlalchemy import func, select

from approvals import decide
from approvals.queue import executions
from policies.actions import Action, ExecutionStatus, Proposal, Status
from tests.approvals.conftest import Put, about, seen, with_practice
from tools.workspace import Workspace

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes.").decode()
SENDER = "Larkfield Joint Care <hello@larkfield.example.com>"


def approved(ws: Workspace, put: Put, what: Proposal | None = None) -> Action:
    action = put(what, ws=ws)
    assert action.status is Status.QUEUED, action.findings
    return decide.approve(ws, action.id, by="theo", **about(action))


def with_smtp(ws: Workspace, port: int, *, baa: bool = True, **more: Any) -> Workspace:
    smtp = {"host": "127.0.0.1", "port": port, "starttls": False, "sender": SENDER, "baa": baa, **more}
    return with_practice(ws, destinations={"smtp": smtp})


def with_webhook(ws: Workspace, url: str, **more: Any) -> Workspace:
    hook = {"name": "crm", "url": url, "secret_env": "TEST_HOOK_SECRET", "allow_private_network": True, "baa": True, **more}
    return with_practice(ws, destinations={"webhook": hook})


def rows(ws: Workspace, table: Any) -> int:
    with ws.database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def done_by(ws: Workspace, action: Action) -> dict[str, ExecutionStatus]:
    with ws.database.read() as connection:
        return {one.operation: one.status for one in executions(connection, action.id)}


def held_by(ws: Workspace, action: Action) -> set[str]:
    return {finding.rule for finding in seen(ws, action).findings}
