"""Whose decision an item waits for: the people who may approve this version now and have not."""

from sqlalchemy import Connection

from approvals.errors import NotAllowed
from approvals.reviewers import approving_role
from policies.actions import Action
from tools.store import actions as store
from tools.workspace import Workspace


def deciders(ws: Workspace, connection: Connection, action: Action) -> tuple[str, ...]:
    """User names, in the order of practice.yaml; none when the policy is misconfigured, which the desk shows and the lint names."""
    authors = store.authors(connection, action.id)
    decided = {one.by for one in store.decisions_of(connection, action.id) if one.version == action.version}
    return tuple(one.username for one in ws.practice.people if one.username not in decided and _may(ws, action, one.username, authors))


def _may(ws: Workspace, action: Action, username: str, authors: frozenset[str]) -> bool:
    try:
        approving_role(ws.practice, action.kind, username, authors=authors)
    except NotAllowed:
        return False
    return True
