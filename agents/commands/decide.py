"""`liaison decide`: approve, reject, edit or ask for a redraft, about the version that is there now."""

from typing import TextIO

from approvals import decide as desk
from approvals.queue import get_action
from approvals.reviewers import panel_of, waits_for
from policies.actions import Action, Status
from policies.records import ActionId
from tools.errors import LiaisonError
from tools.workspace import Workspace


def decide(ws: Workspace, action_id: str, verb: str, *, by: str, reason: str, set_: list[str], stdout: TextIO, stderr: TextIO) -> int:
    """0 when the decision is recorded; 1 when it was refused, with the reason on stderr; 2 when a --set is not k=v."""
    identity = ActionId(action_id)
    changes = dict(part.partition("=")[::2] for part in set_)
    if any("=" not in part for part in set_) or (verb == "edit") != bool(set_):
        print("liaison decide: edit takes --set name=value (title, body or fields.<name>), the other verbs take none", file=stderr)
        return 2
    try:
        with ws.database.read() as connection:
            seen = get_action(connection, identity)
        new = _decide(ws, seen, verb, by=by, reason=reason, changes=changes)
    except LiaisonError as error:
        print(f"liaison decide: {error}", file=stderr)
        return 1
    print(_told(ws, new, verb), file=stdout)
    return 0


def _decide(ws: Workspace, seen: Action, verb: str, *, by: str, reason: str, changes: dict[str, str]) -> Action:
    version, content_hash = seen.version, seen.content_hash
    if verb == "approve":
        return desk.approve(ws, seen.id, by=by, version=version, content_hash=content_hash, reason=reason)
    if verb == "reject":
        return desk.reject(ws, seen.id, by=by, version=version, content_hash=content_hash, reason=reason)
    if verb == "edit":
        return desk.edit(ws, seen.id, by=by, version=version, content_hash=content_hash, changes=changes)
    return desk.redraft(ws, seen.id, by=by, version=version, content_hash=content_hash, note=reason)


def _told(ws: Workspace, action: Action, verb: str) -> str:
    if verb == "redraft":
        return f"{action.id}: a new draft was asked for; liaison serve writes it"
    if verb == "approve" and action.status is Status.QUEUED:
        with ws.database.read() as connection:
            panel = panel_of(ws.practice, connection, action, now=ws.clock())
        given = len(panel.approvers)
        return f"{action.id}: {given} of {panel.needed.people} approvals; another person must approve too: {waits_for(panel)}"
    return f"{action.id}: {action.status}, version {action.version}"
