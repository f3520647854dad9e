"""What a decision stands on: the item is there, is what the person saw, and is open. Whoever is too late is told who was first."""

from sqlalchemy import Connection

from policies.actions import Action, DecisionVerdict, Status
from policies.records import ActionId
from tools.errors import Conflict, NotFound
from tools.store import actions as store
from tools.workspace import Workspace

REASON_MAX = 500


def locked(connection: Connection, action_id: ActionId) -> Action:
    action = store.get_action(connection, action_id, lock=True)
    if action is None:
        raise NotFound(f"there is no action {action_id}: run liaison queue list for the ids")
    return action


def check_same(connection: Connection, action: Action, version: int, content_hash: str) -> None:
    if (action.version, action.content_hash) != (version, content_hash):
        raise Conflict(f"action {action.id} is no longer what you saw: {who_was_first(connection, action)}; reload it")


def check_open(connection: Connection, action: Action, *statuses: Status) -> None:
    if action.status not in statuses:
        raise Conflict(f"action {action.id} is {action.status} already: {who_was_first(connection, action)}; reload the queue")


def who_was_first(connection: Connection, action: Action) -> str:
    """Who last decided or changed the item, in words."""
    decided = [one for one in store.decisions_of(connection, action.id) if one.version == action.version]
    if decided:
        last = decided[-1]
        verb = "approved" if last.verdict is DecisionVerdict.APPROVE else "rejected"
        return f"{last.by} {verb} version {last.version} at {last.at:%Y-%m-%d %H:%M:%S} UTC"
    newest = store.versions(connection, action.id)[-1]
    return f"version {newest.version} by {newest.author} is there since {newest.created_at:%Y-%m-%d %H:%M:%S} UTC"


def clean(ws: Workspace, text: str) -> str:
    """A person's words without identifiers: reasons and notes live in the clean zone."""
    said = text.strip()[:REASON_MAX]
    return ws.scrubber.scrub(said).text if said else ""
