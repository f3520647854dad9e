"""Identifiers planted in every field that holds content: not one byte of them leaves in a mail or a post."""

import json
from email import message_from_bytes
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from approvals import decide, pause
from approvals.execute import run_steps
from approvals.web.app import create_app
from policies.actions import ActionKind, Audience, Risk
from policies.notice_times import Choice, Medium, Mode, Preferences
from policies.notices import NoticeKind
from policies.records import LeadId
from tests.approvals.conftest import LEAD, RECIPIENT, Put, about, handoff, proposal
from tests.approvals.telling import MEMBERS, SECRET_ENV, TOKEN_ENV, reachable, work
from tests.approvals.test_notices import finished_run
from tests.servers.slack import SECRET, TOKEN, SlackServer, click, signed, submission
from tests.servers.smtp import SmtpServer
from tools.store import notices as kept
from tools.store.notice_tables import notices
from tools.workspace import Workspace

CANARIES = ("Quilla Fenwright", "813-555-0142", "quilla.fenwright", "MRN 00482213", "4 May 1961", "lupus", "12 Pier Road", LEAD)
PLANTED = " ".join(CANARIES)


def planted(kind: ActionKind, subject: str, **changes: Any) -> Any:
    content = {
        "title": f"Title {PLANTED}",
        "body": f"Body {PLANTED}",
        "fields": {"note": PLANTED, "lead_id": LEAD},
        "audience": Audience(description=PLANTED, lead=LEAD, count=1),
        "destination": f"To {PLANTED}",
    }
    return proposal(kind, f"{subject} {PLANTED}"[:110], content=content, why=(f"Because {PLANTED}",), **changes)


def loud(ws: Workspace) -> None:
    """Everybody is told of everything, at once and by both."""
    from datetime import time

    everything = {kind: Choice(mode=Mode.AT_ONCE, media=tuple(Medium)) for kind in NoticeKind}
    with ws.database.write() as connection:
        for person in ws.practice.people:
            wanted = Preferences(choices=everything, quiet_from=time(0), quiet_to=time(0))
            kept.save_preferences(connection, person.username, wanted, at=ws.clock())


def decoded(raw: bytes) -> str:
    parts = [part.get_payload(decode=True) for part in message_from_bytes(raw).walk() if not part.is_multipart()]
    return raw.decode() + "".join(part.decode() for part in parts if isinstance(part, bytes))


def test_no_planted_identifier_leaves_in_any_notice(
    workspace: Workspace, put: Put, lead: LeadId, mail: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_ENV, TOKEN)
    monkeypatch.setenv(SECRET_ENV, SECRET)
    with SlackServer() as slack:
        ws = reachable(workspace, smtp_port=mail.port, slack_url=slack.url)
        loud(ws)
        finished_run(
            ws,
            put,
            planted(ActionKind.LANDING_PAGE_FIX, "/knee", risk=Risk.LOW),
            planted(ActionKind.NEGATIVE_KEYWORDS, "words", risk=Risk.LOW),
            planted(ActionKind.VIDEO_METADATA, "video"),
            proposal(subject=f"/x {PLANTED}"[:110], risk=Risk.LOW),
            search="degraded",
        )
        given = put(handoff(), ws=ws)
        decide.approve(ws, given.id, by="theo", **about(given))
        assert run_steps(ws, given.id) == "done"
        pause.pause(ws, "all", by="mara", reason=PLANTED)
        work(ws)
        post = slack.of("chat.postMessage")
        button = next(
            one
            for message in post
            for block in message["blocks"]
            if block["type"] == "actions"
            for one in block["elements"]
            if one["action_id"] == "reject"
        )
        client = TestClient(create_app(ws))
        body, headers = signed(click(MEMBERS["theo"], button), at=ws.clock().timestamp())
        client.post("/slack/interactions", content=body, headers=headers)
        view = slack.of("views.open")[-1]["view"]
        body, headers = signed(submission(MEMBERS["theo"], view, reason=PLANTED), at=ws.clock().timestamp())
        answer = client.post("/slack/interactions", content=body, headers=headers)
        assert "Rejected" in answer.text
        work(ws)

        with ws.database.read() as connection:
            told = set(connection.scalars(select(notices.c.kind)))
            failed = connection.scalars(select(kept.notice_deliveries.c.error).where(kept.notice_deliveries.c.status != "sent")).all()
        left = [*(decoded(raw) for raw in mail.messages), *(raw.decode() for raw in slack.raw), answer.text]
        left += [json.dumps(json.loads(raw), ensure_ascii=False) for raw in slack.raw]

    assert told >= {"items_wait", "handoff_waits", "paused", "channel_degraded"}
    assert failed == []
    assert slack.of("chat.update")
    assert len(mail.messages) > 5
    found = [(canary, text[:60]) for text in left for canary in (*CANARIES, RECIPIENT) if canary.lower() in text.lower()]
    assert found == []
