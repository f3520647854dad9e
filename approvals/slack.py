"""Deciding from Slack: a button opens a confirmation, and only its submission decides, as the person of the practice behind the Slack member.

Slack is trusted for one thing, who clicked, and only in a request that it signed within five minutes and that was not seen before. What a
confirmation is about (version and content hash) stays on our side, good once, for fifteen minutes; every check of the desk runs again.
"""

import re
import secrets
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from approvals import decide
from approvals.deciders import deciders
from approvals.errors import NotAllowed, NotDecidable
from approvals.notify import NOTIFY, STATE, slack_of, undecidable
from approvals.reviewers import handling_role
from policies.actions import Action, DecisionVerdict, Status
from policies.kinds import KINDS
from policies.notices import CHANNEL, RISK, VERDICT, title
from policies.records import ActionId
from tools.errors import Conflict, LiaisonError
from tools.notify import blocks
from tools.notify.slack import WINDOW_S, is_from_slack
from tools.practice import Person
from tools.settings import secret
from tools.store import actions as store
from tools.store import notices as kept
from tools.store.database import insert_once
from tools.store.jobs import enqueue_job
from tools.store.notice_tables import slack_prompts, slack_requests
from tools.workspace import Workspace

PROMPT_LIVES = timedelta(minutes=15)
BODY_MAX = 200_000
CLIENT = "slack"
VERBS = ("approve", "reject")
UNKNOWN_MEMBER = "This account is not one of the people of the practice. Ask an administrator to add your member id to it."
_VALUE = re.compile(r"(A-[0-9a-f]{1,14}):v([1-9][0-9]{0,8})")
_TRIGGER = re.compile(r"[0-9A-Za-z.]{1,120}")


class SlackRefused(LiaisonError):
    """Not a request of our Slack app, or one that was seen before. HTTP 403; the answer never says which."""


class Said(NamedTuple):
    """What the modal says, and the names in it."""

    title: str
    lines: list[str]
    filled: tuple[str, ...] = ()


def accept(ws: Workspace, *, timestamp: str, signature: str, body: bytes) -> None:
    """Raise SlackRefused unless `body` is signed, fresh and new. Remembers it, so that a recorded request is worth nothing."""
    config = ws.practice.notifications.slack
    key = secret(config.signing_secret_env) if config else None
    now = ws.clock()
    if key is None or not is_from_slack(key, timestamp=timestamp, signature=signature, body=body, now=now):
        raise SlackRefused(
            "this is not a fresh request of the practice's Slack app: check the signing secret and the clock of this machine"
        )
    digest = sha256(f"{timestamp}:{signature}".encode()).hexdigest()
    with ws.database.write() as connection:
        # A timestamp may lie in the future by the window, so a request stays good for twice as long.
        connection.execute(delete(slack_requests).where(slack_requests.c.at < now - timedelta(seconds=3 * WINDOW_S)))
        connection.execute(delete(slack_prompts).where(slack_prompts.c.opened_at < now - timedelta(days=1)))
        if not insert_once(connection, slack_requests, {"digest": digest, "at": now}):
            raise SlackRefused("this request was seen before, so nothing was done")


def answer(ws: Workspace, payload: dict[str, Any]) -> bytes:
    """What Slack is answered; empty = received. A click opens a confirmation, a submitted confirmation decides, all else does nothing."""
    match payload.get("type"):
        case "block_actions":
            _clicked(ws, payload)
            return b""
        case "view_submission":
            return _submitted(ws, payload)
        case _:
            return b""


_NOT_YOURS = Said(
    "Not yours to decide", ["Your roles do not decide this kind of item, or you wrote it or approved it before. Nothing was decided."]
)


# --- a click: reads, and asks


def _clicked(ws: Workspace, payload: dict[str, Any]) -> None:
    clicks = payload.get("actions")
    click = clicks[0] if isinstance(clicks, list) and clicks and isinstance(clicks[0], dict) else {}
    verb, found = click.get("action_id"), _VALUE.fullmatch(str(click.get("value", "")))
    trigger, client = str(payload.get("trigger_id", "")), slack_of(ws)
    if verb not in VERBS or not found or client is None or not _TRIGGER.fullmatch(trigger):
        return  # "Open in the desk" is a link; Slack reports its click all the same
    person = _member(ws, payload)
    action_id, version = ActionId(found[1]), int(found[2])
    with ws.database.read() as connection:
        action = store.get_action(connection, action_id)
        why_not = _why_not(ws, connection, action, person, verb, version)
    if why_not or action is None or person is None:
        url = f"{ws.practice.notifications.desk_url}/actions/{action_id}" if person else ""
        said = why_not or Said("Not possible", ["There is no such item any more."])
        client.open_modal(trigger, blocks.told(said.title, said.lines, url=url), subject=action_id, filled=(url, *said.filled))
        return
    prompt = secrets.token_hex(16)
    row = {"id": prompt, "person": person.username, "verb": verb, "action": action.id, "version": action.version}
    with ws.database.write() as connection:
        connection.execute(insert(slack_prompts).values(row | {"content_hash": action.content_hash, "opened_at": ws.clock()}))
    client.open_modal(
        trigger, blocks.confirmation(verb=verb, prompt=prompt, lines=about(action, verb)), subject=action_id, filled=(prompt, action.id)
    )


def about(action: Action, verb: str) -> list[str]:
    """Kind, risk, verdict, version and effect: what a confirmation may say. The content is read in the desk."""
    kind = KINDS[action.kind]
    effect = f"{kind.effect}. Undo: {kind.undo}." if verb == "approve" else "It is closed for good; the reason is kept with it."
    return [
        f"{title(action.kind)} ({action.id}, version {action.version})",
        f"{CHANNEL[action.channel]}, {RISK[action.risk]}, {VERDICT[action.verdict]}",
        effect,
    ]


def _why_not(ws: Workspace, connection: Connection, action: Action | None, person: Person | None, verb: str, version: int) -> Said | None:
    """Why this member cannot decide this item here; None = they can."""
    if person is None:
        return Said("Not connected", [UNKNOWN_MEMBER])
    if action is None:
        return Said("Not possible", ["There is no such item any more."])
    if action.status is not Status.QUEUED:
        return _too_late(ws, connection, action)
    if action.version != version:
        return Said(
            "It has changed", [f"This is version {action.version} now, the message was about version {version}. Read it in the desk."]
        )
    if action.expires_at <= ws.clock():
        return Said("It has expired", ["Its time to decide is over. The next run drafts it anew."])
    if reason := undecidable(action):
        return Said("Open it in the desk", [reason])
    try:
        handling_role(ws.practice, action.kind, person.username)
    except NotAllowed:
        return _NOT_YOURS
    return None if verb == "reject" or person.username in deciders(ws, connection, action) else _NOT_YOURS


# --- a submission: decides


def _submitted(ws: Workspace, payload: dict[str, Any]) -> bytes:
    client = slack_of(ws)
    found = payload.get("view")
    view: dict[str, Any] = found if isinstance(found, dict) else {}
    prompt_id, reason = str(view.get("private_metadata", ""))[:40], _reason(view)
    person = _member(ws, payload)
    if client is None or view.get("callback_id") != blocks.CALLBACK:
        return b""

    def reply(said: Said) -> bytes:
        body = {"response_action": "update", "view": blocks.told(said.title, said.lines)}
        return client.released(body, subject=prompt_id or CLIENT, filled=said.filled)

    if person is None:
        return reply(Said("Not connected", [UNKNOWN_MEMBER]))
    with ws.database.read() as connection:
        row = connection.execute(select(slack_prompts).where(slack_prompts.c.id == prompt_id)).one_or_none()
    if row is None or row.person != person.username or row.used_at is not None or row.opened_at < ws.clock() - PROMPT_LIVES:
        return reply(
            Said("No longer good", ["This confirmation was used, is older than 15 minutes, or is not yours. Click the button again."])
        )
    if row.verb == "reject" and not reason:
        errors = {blocks.REASON_BLOCK: "Say in a few words what is wrong with it."}
        return client.released({"response_action": "errors", "errors": errors}, subject=prompt_id, filled=())
    return reply(_decide(ws, person, row, reason))


def _decide(ws: Workspace, person: Person, row: Any, reason: str) -> Said:
    """Use the prompt and decide, in one transaction; what came of it in words."""
    through = replace(ws, audit=ws.audit.through(client=CLIENT))
    bound: dict[str, Any] = {"by": person.username, "version": row.version, "content_hash": row.content_hash}
    action_id = ActionId(row.action)
    try:
        with ws.database.write() as connection:
            used = update(slack_prompts).where(slack_prompts.c.id == row.id, slack_prompts.c.used_at.is_(None)).values(used_at=ws.clock())
            if connection.execute(used).rowcount != 1:
                raise Conflict("this confirmation was used a moment ago")
            action = store.get_action(connection, action_id)
            if action is not None and (objection := undecidable(action)):
                raise NotDecidable(objection)
            if row.verb == "approve":
                action = decide.approve_in(through, connection, action_id, **bound)
            else:
                action = decide.reject_in(through, connection, action_id, reason=reason, **bound)
    except (Conflict, NotAllowed, NotDecidable) as error:
        return _refused(ws, action_id, person, row.version, error)
    _refresh(ws, action_id)
    if row.verb == "reject":
        return Said("Rejected", ["The reason is kept with the item."])
    return Said(
        "Approved", ["It is handed to the worker now." if action.status is Status.APPROVED else "A second person must approve too."]
    )


def _refused(ws: Workspace, action_id: ActionId, person: Person, version: int, error: LiaisonError) -> Said:
    """In words made of closed sets: the error's own text is for the desk."""
    with ws.database.read() as connection:
        action = store.get_action(connection, action_id)
        if isinstance(error, Conflict) and action is not None:
            if action.status is not Status.QUEUED:
                return _too_late(ws, connection, action)
            if action.version != version:
                return Said("It has changed", [f"This is version {action.version} now, so nothing was decided. Read it in the desk."])
            mine = any(one.by == person.username and one.version == version for one in store.decisions_of(connection, action.id))
            return Said("Decided already", ["You have approved this version. It waits for a second person." if mine else "Try again."])
    if isinstance(error, NotAllowed):
        return _NOT_YOURS
    return Said("Open it in the desk", ["It cannot be decided as it stands. Nothing was decided; the desk says why."])


def _too_late(ws: Workspace, connection: Connection, action: Action) -> Said:
    decided = [one for one in store.decisions_of(connection, action.id) if one.version == action.version]
    state = f"It is {STATE.get(action.status, 'no longer waiting')}."
    person = ws.practice.person(decided[-1].by) if decided else None
    if person is None:
        return Said("Somebody was first", [state])
    verb = "approved" if decided[-1].verdict is DecisionVerdict.APPROVE else "rejected"
    return Said("Somebody was first", [f"{person.name} {verb} it. {state}"], (person.name,))


def _refresh(ws: Workspace, action_id: ActionId) -> None:
    """Let the messages that show the item say what became of it, at the worker's next look and not at the next round."""
    now = ws.clock()
    with ws.database.write() as connection:
        kept.made_stale(connection, (action_id,), now=now)
        for message in kept.due_messages(connection, now=now):
            enqueue_job(connection, kind=NOTIFY, subject=message, now=now)


def _member(ws: Workspace, payload: dict[str, Any]) -> Person | None:
    user = payload.get("user")
    member = user.get("id") if isinstance(user, dict) else None
    return next((one for one in ws.practice.people if one.slack_user and one.slack_user == member), None)


def _reason(view: dict[str, Any]) -> str:
    step: Any = view
    for key in ("state", "values", blocks.REASON_BLOCK, blocks.REASON_ACTION, "value"):
        step = step.get(key) if isinstance(step, dict) else None
    return step.strip()[: blocks.REASON_MAX] if isinstance(step, str) else ""
