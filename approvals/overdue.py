"""Overdue decisions: the others who can decide hear of it, then the marketing director; once per version and level, and never by deciding.

An item that waits too long is told on, never let through: when its time is over it expires undecided.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, insert

from approvals.delegate import absent, deputies_of
from approvals.errors import NotAllowed
from approvals.escalate import director
from approvals.queue import bound_to, get_action
from approvals.reviewers import Panel, able, panel_of, waits_for
from policies.actions import Action, Status
from policies.kinds import KINDS
from policies.records import ActionId
from tools.store import delegations
from tools.store.action_tables import human_tasks
from tools.store.approval_tables import approval_escalations
from tools.store.audit import Event
from tools.store.database import insert_once
from tools.store.delegations import Delegation
from tools.store.overdue import LEVELS, overdue, told
from tools.workspace import Workspace


class Due(NamedTuple):
    """One item, the level that hears of it now, and why."""

    panel: Panel
    level: int
    why: str


def escalate_waiting(ws: Workspace) -> list[tuple[ActionId, int]]:
    """Tell those who can decide of every item past its response time, and the marketing director when it is late by the whole term again.

    What was given to somebody who is away with no deputy is told at once. Each message is a task, an audit row and the key that makes it once,
    in one transaction. Returns (action, level).
    """
    now = ws.clock()
    with ws.database.read() as connection:
        due = list(_due(ws, connection, now=now))
    if not due:
        return []
    made = []
    with ws.database.write() as connection:
        running = delegations.running(connection, at=now)
        for one in due:
            action = get_action(connection, one.panel.action.id)
            if (action.status, action.version) != (Status.QUEUED, one.panel.action.version):
                continue
            key = {"action": action.id, "version": action.version, "level": one.level, "at": now}
            if not insert_once(connection, approval_escalations, key):
                continue
            to = _whom(ws, connection, one, running, now=now)
            connection.execute(insert(human_tasks).values(_task(action, one, to, now=now)))
            detail = {**bound_to(action), "level": one.level, "to": to, "why": one.why, "waits_for": waits_for(one.panel)}
            ws.audit.append(connection, event=Event.ACTION_ESCALATE, actor="clock", subject=action.id, detail=detail, at=now)
            made.append((action.id, one.level))
    return made


def _due(ws: Workspace, connection: Connection, *, now: datetime) -> Iterator[Due]:
    for id_ in overdue(connection, ws.practice.approval_policy.rules, now=now):
        panel = _panel(ws, connection, id_)
        if panel is None or panel.needed.sla_hours is None:
            continue
        late = (now - panel.action.updated_at) / timedelta(hours=panel.needed.sla_hours)
        known = told(connection, id_, panel.action.version)
        for level in range(1, LEVELS + 1):
            if late >= level and level not in known:
                yield Due(panel, level, f"undecided after {panel.needed.sla_hours * level:g} hours")
    running = delegations.running(connection, at=now)
    away = absent(ws.practice, running, now=now)
    for given in delegations.assigned_to(connection, away):
        panel = _panel(ws, connection, given.action)
        if panel is None or deputies_of(given.assignee, running, panel.action.kind, now=now):
            continue
        if 1 not in told(connection, given.action, panel.action.version):
            yield Due(panel, 1, f"given to {given.assignee}, who is away")


def _panel(ws: Workspace, connection: Connection, action: ActionId) -> Panel | None:
    """None where the policy is closed: lint and doctor say so, and nobody could decide it anyway."""
    try:
        return panel_of(ws.practice, connection, get_action(connection, action), now=ws.clock())
    except NotAllowed:
        return None


def _whom(ws: Workspace, connection: Connection, due: Due, running: tuple[Delegation, ...], *, now: datetime) -> str:
    """Names: the deputies of whom it was given to, else everybody who is here and can decide it; on level 2 the marketing director."""
    practice = ws.practice
    if due.level == LEVELS:
        return director(practice)
    away = absent(practice, running, now=now)
    given = delegations.assignment_of(connection, due.panel.action.id)
    deputies = deputies_of(given.assignee, running, due.panel.action.kind, now=now) if given and given.assignee in away else ()
    able_ = able(practice, due.panel, lent=running, now=now)
    here = [one for one in (deputies or able_) if one not in away and one in able_]
    names = [person.name for person in practice.people if person.username in here]
    return ", ".join(names) or director(practice)


def _task(action: Action, due: Due, to: str, *, now: datetime) -> dict[str, object]:
    return {
        "execution": f"W-{action.id[2:]}-{action.version}-{due.level}",
        "action": action.id,
        "title": f"Decision overdue: {KINDS[action.kind].title.lower()}",
        "body": f"Item {action.id}, version {action.version}: {due.why}. It waits for {waits_for(due.panel).replace('_', ' ')} and expires "
        f"undecided on {action.expires_at:%Y-%m-%d %H:%M} UTC. Decide it, or give it to somebody who can.",
        "where": to,
        "status": "open",
        "created_at": now,
    }
