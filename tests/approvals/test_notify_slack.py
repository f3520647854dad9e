"""Slack: posts that ask, a click that only opens a confirmation, and a submission that decides as the person behind the member."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from approvals import decide
from approvals.notify import slack_of
from approvals.slack import about as about_action
from approvals.web.app import create_app
from policies.actions import Action, ActionKind, Risk, Status
from policies.notice_times import Medium, Mode
from tests.approvals.conftest import Hand, Put, about, proposal, seen
from tests.approvals.telling import DESK, MEMBERS, SECRET_ENV, TOKEN_ENV, prefer, reachable, work
from tests.approvals.test_notices import finished_run
from tests.servers.slack import SECRET, TOKEN, SlackServer, click, signed, submission
from tools.notify import blocks
from tools.store import notices as kept
from tools.store.audit import Event, entries
from tools.store.tables import jobs
from tools.workspace import Workspace

PATH = "/slack/interactions"


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackServer]:
    monkeypatch.setenv(TOKEN_ENV, TOKEN)
    monkeypatch.setenv(SECRET_ENV, SECRET)
    with SlackServer() as server:
        yield server


@pytest.fixture
def ws(workspace: Workspace, slack: SlackServer) -> Workspace:
    """Theo is told in Slack at once, nobody else at all."""
    ws = reachable(workspace, slack_url=slack.url)
    for person in ("mara", "inez", "sam", "pia", "ada"):
        prefer(ws, person, Mode.OFF)
    prefer(ws, "theo", Mode.AT_ONCE, Medium.SLACK)
    return ws


@pytest.fixture
def client(ws: Workspace) -> TestClient:
    return TestClient(create_app(ws))


def waits(ws: Workspace, put: Put, **changes: Any) -> Action:
    """One item of a finished run, told to Theo."""
    finished_run(ws, put, proposal(**{"risk": Risk.LOW, **changes}))
    assert work(ws) == 1
    with ws.database.read() as connection:
        (action,) = decide.store.list_actions(connection, statuses=(Status.QUEUED,), limit=5)
    return action


def buttons(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["action_id"]: one for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]}


def post(client: TestClient, ws: Workspace, payload: dict[str, Any], **how: Any) -> Any:
    body, headers = signed(payload, at=how.pop("at", ws.clock().timestamp()), **how)
    return client.post(PATH, content=body, headers=headers)


def opened(
    client: TestClient, ws: Workspace, slack: SlackServer, verb: str, *, who: str = "theo", trigger: str = "1.1.a"
) -> dict[str, Any]:
    """The modal that a click on the last message opens."""
    button = buttons(slack.of("chat.postMessage")[-1])[verb]
    answer = post(client, ws, click(MEMBERS[who], button, trigger=trigger))
    assert (answer.status_code, answer.content) == (200, b"")
    view: dict[str, Any] = slack.of("views.open")[-1]["view"]
    return view


def said(view: dict[str, Any]) -> str:
    return view["title"]["text"] + " " + " ".join(block["text"]["text"] for block in view["blocks"] if block["type"] == "section")


def nothing_decided(ws: Workspace, action: Action) -> bool:
    with ws.database.read() as connection:
        asked = connection.scalars(select(jobs.c.kind).where(jobs.c.kind == "execute")).all()
    return seen(ws, action).status is Status.QUEUED and not asked


def test_a_message_names_the_item_and_never_what_it_says(ws: Workspace, put: Put, slack: SlackServer) -> None:
    action = waits(ws, put)

    (message,) = slack.of("chat.postMessage")
    assert message["channel"] == MEMBERS["theo"]
    assert message["text"] == "Fix a landing page"
    assert buttons(message)["open"]["url"] == f"{DESK}/actions/{action.id}"
    assert buttons(message)["approve"]["value"] == f"{action.id}:v1"
    assert action.content.title not in json.dumps(message)
    assert action.content_hash not in json.dumps(message)


def test_a_click_only_asks_and_the_submission_decides(ws: Workspace, put: Put, client: TestClient, slack: SlackServer) -> None:
    action = waits(ws, put)

    view = opened(client, ws, slack, "approve")
    assert nothing_decided(ws, action)
    assert "Approve this item?" in said(view)
    assert "low risk" in said(view)
    assert "version 1" in said(view)
    assert action.content.title not in json.dumps(view)

    answer = post(client, ws, submission(MEMBERS["theo"], view))

    assert answer.json()["response_action"] == "update"
    assert said(answer.json()["view"]).startswith("Approved")
    assert seen(ws, action).status is Status.APPROVED
    with ws.database.read() as connection:
        (entry,) = [one for one in entries(connection, subject=action.id) if one.event == Event.ACTION_APPROVE]
    assert (entry.actor, entry.detail["client"]) == ("theo", "slack")
    work(ws)
    (update,) = slack.of("chat.update")
    assert "approved" in json.dumps(update)
    assert set(buttons(update)) == {"open"}


def test_a_decision_at_the_desk_brings_the_message_up_to_date(ws: Workspace, put: Put, slack: SlackServer) -> None:
    action = waits(ws, put)
    decide.reject(ws, action.id, by="inez", reason="not now", **about(action))

    assert work(ws) == 1

    (update,) = slack.of("chat.update")
    assert "rejected" in json.dumps(update)
    assert "not now" not in json.dumps(update)
    assert work(ws) == 0


def test_a_rejection_needs_its_reason_and_keeps_it(ws: Workspace, put: Put, client: TestClient, slack: SlackServer) -> None:
    action = waits(ws, put)
    view = opened(client, ws, slack, "reject")

    empty = post(client, ws, submission(MEMBERS["theo"], view, reason="   "))
    assert empty.json() == {"response_action": "errors", "errors": {"reason": "Say in a few words what is wrong with it."}}
    assert nothing_decided(ws, action)

    answer = post(client, ws, submission(MEMBERS["theo"], view, reason="Wrong page; call 813-555-0142"))

    assert said(answer.json()["view"]).startswith("Rejected")
    assert seen(ws, action).status is Status.REJECTED
    with ws.database.read() as connection:
        (decision,) = decide.store.decisions_of(connection, action.id)
    assert decision.reason.startswith("Wrong page")
    assert "0142" not in decision.reason


# --- who asks


@pytest.mark.parametrize(
    "how", [{"secret": "another secret"}, {"at": -301}, {"at": 301}], ids=["forged", "older than five minutes", "from the future"]
)
def test_a_request_slack_did_not_sign_just_now_is_refused(
    ws: Workspace, put: Put, client: TestClient, slack: SlackServer, how: dict[str, Any]
) -> None:
    action = waits(ws, put)
    view = opened(client, ws, slack, "approve")
    if "at" in how:
        how = {"at": ws.clock().timestamp() + how["at"]}

    assert post(client, ws, submission(MEMBERS["theo"], view), **how).status_code == 403
    assert nothing_decided(ws, action)


@pytest.mark.parametrize("missing", ["x-slack-signature", "x-slack-request-timestamp"])
def test_a_request_without_its_headers_is_refused(ws: Workspace, client: TestClient, slack: SlackServer, missing: str) -> None:
    body, headers = signed({"type": "block_actions"}, at=ws.clock().timestamp())
    del headers[missing]

    assert client.post(PATH, content=body, headers=headers).status_code == 403


def test_a_changed_body_is_refused(ws: Workspace, put: Put, client: TestClient, slack: SlackServer) -> None:
    action = waits(ws, put)
    view = opened(client, ws, slack, "approve")
    body, headers = signed(submission(MEMBERS["inez"], view), at=ws.clock().timestamp())

    assert client.post(PATH, content=body.replace(MEMBERS["inez"].encode(), MEMBERS["theo"].encode()), headers=headers).status_code == 403
    assert nothing_decided(ws, action)


def test_a_recorded_request_is_worth_nothing(ws: Workspace, put: Put, client: TestClient, slack: SlackServer, clock: Hand) -> None:
    waits(ws, put)
    button = buttons(slack.of("chat.postMessage")[-1])["approve"]
    body, headers = signed(click(MEMBERS["theo"], button), at=clock().timestamp())
    assert client.post(PATH, content=body, headers=headers).status_code == 200
    clock.forward(minutes=4)

    assert client.post(PATH, content=body, headers=headers).status_code == 403
    assert len(slack.of("views.open")) == 1


def test_a_confirmation_decides_once(ws: Workspace, put: Put, client: TestClient, slack: SlackServer, clock: Hand) -> None:
    waits(ws, put)
    view = opened(client, ws, slack, "approve")
    post(client, ws, submission(MEMBERS["theo"], view))
    clock.forward(seconds=1)

    again = post(client, ws, submission(MEMBERS["theo"], view))

    assert said(again.json()["view"]).startswith("No longer good")


def test_a_confirmation_is_good_for_fifteen_minutes(ws: Workspace, put: Put, client: TestClient, slack: SlackServer, clock: Hand) -> None:
    action = waits(ws, put)
    view = opened(client, ws, slack, "approve")
    clock.forward(minutes=16)

    answer = post(client, ws, submission(MEMBERS["theo"], view))

    assert said(answer.json()["view"]).startswith("No longer good")
    assert nothing_decided(ws, action)


def test_somebody_else_s_confirmation_is_not_yours(ws: Workspace, put: Put, client: TestClient, slack: SlackServer) -> None:
    action = waits(ws, put)
    view = opened(client, ws, slack, "approve")

    answer = post(client, ws, submission(MEMBERS["mara"], view))

    assert said(answer.json()["view"]).startswith("No longer good")
    assert nothing_decided(ws, action)


def test_a_member_nobody_knows_is_told_so_alone(ws: Workspace, put: Put, client: TestClient, slack: SlackServer) -> None:
    action = waits(ws, put)
    button = buttons(slack.of("chat.postMessage")[-1])["approve"]

    post(client, ws, click("U0STRANGER", button))

    view = slack.of("views.open")[-1]["view"]
    assert said(view).startswith("Not connected")
    assert action.id not in json.dumps(view)
    assert "submit" not in view
    assert len(slack.of("chat.postMessage")) == 1


def test_somebody_without_the_role_cannot_decide(ws: Workspace, put: Put, client: TestClient, slack: SlackServer) -> None:
    action = waits(ws, put)

    view = opened(client, ws, slack, "approve", who="sam")

    assert said(view).startswith("Not yours to decide")
    assert "submit" not in view
    assert nothing_decided(ws, action)


# --- what about


def test_what_changed_meanwhile_is_not_decided(ws: Workspace, put: Put, client: TestClient, slack: SlackServer) -> None:
    action = waits(ws, put)
    view = opened(client, ws, slack, "approve")
    decide.edit(ws, action.id, by="inez", changes={"title": "Make the form two fields"}, **about(action))

    answer = post(client, ws, submission(MEMBERS["theo"], view))
    late = opened(client, ws, slack, "approve", trigger="1.1.b")

    assert said(answer.json()["view"]).startswith("It has changed")
    assert "version 2 now" in said(answer.json()["view"])
    assert said(late).startswith("It has changed")
    assert "two fields" not in answer.text
    assert nothing_decided(ws, action)


def test_the_second_of_two_is_told_who_was_first(ws: Workspace, put: Put, client: TestClient, slack: SlackServer) -> None:
    action = waits(ws, put)
    view = opened(client, ws, slack, "approve")
    decide.reject(ws, action.id, by="inez", reason="not now", **about(action))

    answer = post(client, ws, submission(MEMBERS["theo"], view))

    assert said(answer.json()["view"]) == "Somebody was first Inez Okafor rejected it. It is rejected."
    assert "not now" not in answer.text


@pytest.mark.parametrize(
    "changes",
    [{"risk": Risk.HIGH}, {"kind": ActionKind.VIDEO_METADATA, "subject": "v", "content": {"body": "We guarantee lasting relief."}}],
)
def test_what_must_be_read_is_decided_in_the_desk(
    ws: Workspace, put: Put, client: TestClient, slack: SlackServer, changes: dict[str, Any]
) -> None:
    finished_run(ws, put, proposal(**{"risk": Risk.LOW, **changes}))
    work(ws)
    messages = slack.of("chat.postMessage")

    assert all(set(buttons(message)) == {"open"} for message in messages)


def test_a_button_that_slack_never_showed_decides_nothing(ws: Workspace, put: Put, client: TestClient, slack: SlackServer) -> None:
    action = waits(ws, put, risk=Risk.HIGH)
    forged = {"action_id": "approve", "value": f"{action.id}:v1"}

    post(client, ws, click(MEMBERS["theo"], forged))

    assert said(slack.of("views.open")[-1]["view"]).startswith("Open it in the desk")
    assert nothing_decided(ws, action)


def test_a_get_of_every_address_in_a_message_decides_nothing(ws: Workspace, put: Put, client: TestClient, slack: SlackServer) -> None:
    """Teams' previews, mail scanners and curious fingers open links: opening one shows a page, and that is all."""
    action = waits(ws, put)
    urls = {one["url"] for one in buttons(slack.of("chat.postMessage")[-1]).values() if "url" in one}

    for path in (*(url.removeprefix(DESK) for url in urls), PATH, f"{PATH}?payload=%7B%7D"):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert client.request(method, path).status_code in (200, 303, 405)

    assert nothing_decided(ws, action)


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions"},
        {"type": "block_actions", "actions": [{"action_id": "approve", "value": "A-0:v1\nx"}], "trigger_id": "1"},
        {"type": "block_actions", "actions": "approve", "user": "U0LARK001"},
        {"type": "view_submission", "view": {"callback_id": "other"}},
        {"type": "view_submission", "view": []},
        {"type": "view_closed"},
        {"type": "shortcut"},
        {},
    ],
)
def test_what_makes_no_sense_is_received_and_does_nothing(
    ws: Workspace, client: TestClient, slack: SlackServer, payload: dict[str, Any]
) -> None:
    assert post(client, ws, payload).content == b""
    assert slack.calls == []


# --- the way there


def test_slack_that_asks_to_wait_is_given_the_time(ws: Workspace, put: Put, slack: SlackServer, clock: Hand) -> None:
    slack.answers = [429]
    finished_run(ws, put, proposal())
    assert work(ws) == 1
    clock.forward(minutes=9)
    assert work(ws) == 0
    clock.forward(minutes=2)
    assert work(ws) == 1

    assert len(slack.of("chat.postMessage")) == 1


def test_what_slack_objects_to_is_said_without_the_message(ws: Workspace, put: Put, slack: SlackServer) -> None:
    slack.answers = ["not_in_channel"]
    finished_run(ws, put, proposal())
    work(ws)

    with ws.database.read() as connection:
        (error,) = connection.scalars(select(kept.notice_deliveries.c.error)).all()
    assert "not_in_channel" in error
    assert "landing" not in error


def test_without_the_token_the_line_names_its_variable(
    ws: Workspace, put: Put, slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN_ENV)
    finished_run(ws, put, proposal())
    work(ws)

    with ws.database.read() as connection:
        (error,) = connection.scalars(select(kept.notice_deliveries.c.error)).all()
    assert TOKEN_ENV in error
    assert slack.raw == []


@pytest.mark.parametrize("kind", ActionKind)
@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_the_confirmation_of_every_kind_is_one_slack_opens(
    ws: Workspace, put: Put, slack: SlackServer, kind: ActionKind, verb: str
) -> None:
    """The guard lets its words pass, and they keep Slack's limits."""
    action = seen(ws, put(proposal())).model_copy(update={"kind": kind})
    client = slack_of(ws)
    assert client is not None

    view = blocks.confirmation(verb=verb, prompt="0a" * 16, lines=about_action(action, verb))
    client.open_modal("1.1.a", view, subject=action.id, filled=(action.id, "0a" * 16))

    assert len(slack.of("views.open")) == 1
