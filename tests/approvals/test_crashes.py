"""kill -9 and crashes between claim and record: never two sends, nothing approved is lost."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import update

from approvals import pause
from approvals.due import run_due
from approvals.execute import recover, run_steps
from policies.actions import Action, ActionKind, ExecutionStatus, Status
from policies.kinds import Operation
from policies.records import LeadId
from tests.approvals.conftest import BODY, Put, email, proposal, status
from tests.approvals.executing import approved, rows, with_smtp
from tests.servers.smtp import SmtpServer
from tools.store.action_tables import human_tasks
from tools.store.tables import jobs
from tools.workspace import Workspace


def test_kill_9_while_the_mail_is_sent_never_sends_it_twice(
    workspace: Workspace, put: Put, lead: LeadId, mail: SmtpServer, tmp_path: Path
) -> None:
    ws = with_smtp(workspace, mail.port)
    action = approved(ws, put, email())
    mail.manner = "wait"
    with start_child(ws, action, tmp_path) as child:
        reached = mail.reached.wait(60)
        os.kill(child.pid, signal.SIGKILL)
    assert reached
    mail.answer.set()
    mail.manner = "accept"

    assert status(ws, action) is Status.CLAIMED
    ran = run_due(ws, partial(run_steps, ws))
    assert ran == (action.id,)
    assert status(ws, action) is Status.UNKNOWN
    assert run_due(ws, partial(run_steps, ws)) == ()
    assert len(mail.messages) == 1
    assert ws.audit.verify(ws.database).ok


def start_child(ws: Workspace, action: Action, folder: Path) -> "subprocess.Popen[bytes]":
    """The same workspace in a process of its own, executing `action`."""
    keys = {key: base64.b64encode(value).decode() for key, value in ws.ring.keys.items()}
    ring = {"active": ws.ring.active, "match": ws.ring.match, "keys": keys}
    given = {
        "home": str(folder),
        "url": ws.database.engine.url.render_as_string(hide_password=False),
        "ring": json.dumps(ring),
        "practice": {**BODY, "destinations": ws.practice.destinations.model_dump(mode="json")},
        "now": ws.clock().isoformat(),
        "action": action.id,
    }
    script = Path(__file__).with_name("child_execute.py")
    return subprocess.Popen([sys.executable, str(script), json.dumps(given)], cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("kind", ["embedded", "outside"])
def test_a_crash_after_the_claim_is_settled(workspace: Workspace, put: Put, lead: LeadId, mail: SmtpServer, kind: str) -> None:
    ws = with_smtp(workspace, mail.port)
    action = approved(ws, put, proposal() if kind == "embedded" else email())
    leave_claimed(ws, action)

    recover(ws)
    run_due(ws, partial(run_steps, ws))

    assert status(ws, action) is (Status.DONE if kind == "embedded" else Status.UNKNOWN)
    assert rows(ws, human_tasks) == (1 if kind == "embedded" else 0)
    assert mail.messages == []


def leave_claimed(ws: Workspace, action: Action) -> None:
    """What a process leaves that dies right after it wrote the claim."""
    from approvals.execute import _claim, _start  # the two writes before the call

    assert _claim(ws, action.id)
    operation = Operation.HUMAN_TASK if action.kind is ActionKind.LANDING_PAGE_FIX else Operation.SMTP
    assert _start(ws, action, operation) == (True, ExecutionStatus.CLAIMED)
    with ws.database.write() as connection:
        connection.execute(update(jobs).values(status="done"))


def test_a_pause_after_the_claim_stops_what_a_crash_left(workspace: Workspace, put: Put) -> None:
    action = approved(workspace, put)
    leave_claimed(workspace, action)
    pause.pause(workspace, "all", by="mara", reason="an incident")

    recover(workspace)
    run_due(workspace, partial(run_steps, workspace))

    assert status(workspace, action) is Status.FAILED
    assert rows(workspace, human_tasks) == 0


def test_two_workers_at_once_send_one_mail(workspace: Workspace, put: Put, lead: LeadId, mail: SmtpServer) -> None:
    ws = with_smtp(workspace, mail.port)
    action = approved(ws, put, email())

    workers = [threading.Thread(target=run_steps, args=(ws, action.id)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(mail.messages) == 1
