"""Whose decision an item waits for: the people whose approval of this version would fill a review that is still missing, deputies among them."""

from sqlalchemy import Connection

from approvals.errors import NotAllowed
from approvals.reviewers import able, panel_of
from policies.actions import Action
from tools.store import delegations
from tools.workspace import Workspace


def deciders(ws: Workspace, connection: Connection, action: Action) -> tuple[str, ...]:
    """User names, in the order of practice.yaml; none when the policy is misconfigured, which the desk shows and the lint names."""
    now = ws.clock()
    try:
        panel = panel_of(ws.practice, connection, action, now=now)
    except NotAllowed:
        return ()
    return able(ws.practice, panel, lent=delegations.running(connection, at=now), now=now)
