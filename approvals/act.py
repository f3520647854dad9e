"""Act: approve, under a standing grant, what its class may do without a person. The grant decides; execution asks everything again.

The decision row carries the grant's id and the role "autonomy", bound to version and hash, so that execution's rule stays what it is: no
decision about exactly this text, no execution. The undo window is the grant's, and any person of the desk may use it.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from approvals.approving import EXECUTE
from approvals.autonomy import level_of, lower_grant
from approvals.ceilings import over
from approvals.decide import REDRAFT
from approvals.errors import NotAllowed
from approvals.pause import stopping
from approvals.queue import bound_to, move
from approvals.reviewers import AUTONOMY, panel_of
from policies.actions import Action, Decision, DecisionVerdict, Status, Verdict
from policies.approval import ladder
from policies.approval.ladder import Level, Limits
from policies.kinds import KINDS, Operation
from policies.records import ActionId, PersonId
from tools.store import actions as store
from tools.store import autonomy as grants
from tools.store.audit import Event
from tools.store.autonomy import Grant, Used
from tools.store.jobs import enqueue_job, open_subjects
from tools.workspace import Workspace

CENT = 0.005


def act_on_grants(ws: Workspace) -> list[ActionId]:
    """Approve what the grants in force allow, each within its limits of the day; a class in which a rule objects proposes again instead."""
    with ws.database.read() as connection:
        acting = [grant for grant in grants.in_force(connection) if grant.level is Level.ACT]
    approved: list[ActionId] = []
    for grant in acting:
        with ws.database.write() as connection:
            approved += _act(ws, connection, grant)
    return approved


def _act(ws: Workspace, connection: Connection, grant: Grant) -> list[ActionId]:
    """One grant, in one transaction: its limits are counted while nobody else can use them up."""
    now = ws.clock()
    found = grants.get(connection, grant.id, lock=True)
    if found is None or not found.is_in_force or found.limits is None:
        return []
    if (flawed := grants.flawed_since(connection, found)) is not None:
        lower_grant(ws, connection, found, f"{flawed}: its check asks for a person")
        return []
    since, until = ws.practice.day(now)
    used = grants.used(connection, found.id, since=since, until=until)
    redrafted = open_subjects(connection, kind=REDRAFT)
    done: list[ActionId] = []
    for candidate in grants.proposed_since(connection, found):
        if used.actions >= found.limits.per_day:
            break
        if candidate.id in redrafted or not _fits(candidate, found.limits, used):
            continue
        action = store.get_action(connection, candidate.id, lock=True)
        if action is None or not _may(ws, connection, action, found):
            continue
        if ceiling := next(iter(over(ws.practice, connection, action, now=now)), None):
            lower_grant(ws, connection, found, f"{action.id}: {ceiling[1]}")
            break
        _approve(ws, connection, action, found, found.limits, now=now)
        used = Used(used.actions + 1, used.usd + action.money_usd, used.emails + _mails(action))
        done.append(action.id)
    return done


def _may(ws: Workspace, connection: Connection, action: Action, grant: Grant) -> bool:
    """Is it exactly what this grant may act on, now, and has nobody decided on it?"""
    if action.status is not Status.QUEUED or action.verdict is not Verdict.PASS or action.expires_at <= ws.clock():
        return False
    if level_of(connection, action.kind, action.channel).grant != grant or stopping(connection, action.channel):
        return False
    try:
        panel = panel_of(ws.practice, connection, action, now=ws.clock())
    except NotAllowed:
        return False
    return not panel.decisions and not ladder.objection(action, panel.needed)


def _fits(action: Action, limits: Limits, used: Used) -> bool:
    return used.usd + action.money_usd <= limits.usd_per_day + CENT and used.emails + _mails(action) <= limits.emails_per_day


def _mails(action: Action) -> int:
    return int(Operation.SMTP in KINDS[action.kind].operations)


def _approve(ws: Workspace, connection: Connection, action: Action, grant: Grant, limits: Limits, *, now: datetime) -> None:
    decision = Decision(
        action=action.id,
        version=action.version,
        content_hash=action.content_hash,
        verdict=DecisionVerdict.APPROVE,
        by=PersonId(grant.id),
        role=AUTONOMY,
        reason="",
        at=now,
    )
    hold_until = now + timedelta(minutes=limits.undo_minutes)
    if store.insert_decision(connection, decision) and move(connection, action, Status.APPROVED, now=now, hold_until=hold_until):
        enqueue_job(connection, kind=EXECUTE, subject=action.id, now=now, not_before=hold_until)
        agreed = {"grant": grant.id, "asked_by": grant.asked_by, "agreed_by": grant.agreed_by}
        detail = {**bound_to(action), "role": AUTONOMY, "complete": True, "hold_until": hold_until, **agreed}
        ws.audit.append(connection, event=Event.ACTION_APPROVE, actor=grant.id, subject=action.id, detail=detail, at=now)
