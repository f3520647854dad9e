"""The autonomy ladder: who may raise a class of action, who may lower it, and what lowers it by itself. Nothing here approves anything.

Up takes two people, an administrator who asks and a compliance officer who agrees; down takes one, or one breach. A grant is the decision of
those two people: what it approves carries a decision row in its name, bound to version and hash like any other (`approvals/act.py`).
"""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from approvals.errors import NotAllowed, NotDecidable
from approvals.reviewers import AUTONOMY, DESK_ROLES, Panel, role_of
from policies.actions import Action, ActionKind, Decision, DecisionVerdict
from policies.approval import ladder
from policies.approval.ladder import Level, Limits
from policies.kinds import KINDS, Operation
from policies.records import Channel
from tools.errors import Conflict, NotFound
from tools.store import actions as store
from tools.store import autonomy as grants
from tools.store.audit import Event
from tools.store.autonomy import Grant
from tools.store.recoveries import hands, in_doubt
from tools.workspace import Workspace

ASKS, AGREES = ("admin",), ("compliance",)
TIME_TO_AGREE = timedelta(days=14)
RULES = "rules"
"""The actor of a level that was lowered by itself."""


class Standing(NamedTuple):
    """The level of one class now, and the grant it acts on when it acts."""

    level: Level
    grant: Grant | None


def level_of(connection: Connection, kind: ActionKind, channel: Channel) -> Standing:
    """Where this kind stands in this channel: the lower of its own level and its channel's; `propose` when nobody set one."""
    rows = [row for row in grants.in_force(connection, kind=kind) if row.channel in (None, channel)]
    level = ladder.lowest([row.level for row in rows])
    acting = sorted((row for row in rows if row.level is level), key=lambda row: row.channel is None)
    return Standing(level, acting[0] if acting and level is Level.ACT else None)


def observed(connection: Connection) -> frozenset[tuple[ActionKind, Channel | None]]:
    """The classes whose items are only shown: a kind, in one channel or (None) in all."""
    return frozenset((row.kind, row.channel) for row in grants.in_force(connection) if row.level is Level.OBSERVE)


def ask(ws: Workspace, kind: ActionKind, level: Level, *, by: str, channel: Channel | None = None, limits: Limits | None = None) -> Grant:
    """An administrator asks to raise a class; it stays as it is until compliance agrees. Raises NotAllowed, NotDecidable, Conflict."""
    now = ws.clock()
    role_of(ws.practice, by, ASKS)
    if level is Level.ACT:
        _may_act(kind, limits)
    with ws.database.write() as connection:
        grants.lock(connection)
        current = _own_level(connection, kind, channel)
        if not ladder.is_raise(current, level):
            raise NotDecidable(f"{kind} is at {current} already: lowering needs nobody's agreement, raising goes up")
        if any(one.channel == channel for one in grants.asked(connection, kind=kind)):
            raise Conflict(f"a level for {kind} waits for agreement already: agree to it or refuse it first")
        limits = limits if level is Level.ACT else None
        made = Grant(id=f"G-{secrets.token_hex(6)}", kind=kind, channel=channel, level=level, limits=limits, asked_by=by, asked_at=now)
        grants.add(connection, made)
        ws.audit.append(connection, event=Event.AUTONOMY_ASK, actor=by, subject=made.id, detail=_told(made, current), at=now)
    return made


def agree(ws: Workspace, grant_id: str, *, by: str) -> Grant:
    """A compliance officer, who did not ask for it, puts what was asked for in force. Raises Conflict when the class was lowered meanwhile."""
    now = ws.clock()
    role_of(ws.practice, by, AGREES)
    with ws.database.write() as connection:
        grants.lock(connection)
        asked = _asked(connection, grant_id)
        if by == asked.asked_by:
            raise NotAllowed(f"{by} asked for {asked.id}, and it takes two people: another compliance officer must agree")
        recoveries = in_doubt(connection, now=now)
        if not hands(recoveries, by, now).isdisjoint(hands(recoveries, asked.asked_by, asked.asked_at)):
            raise NotAllowed(
                f"{by} and {asked.asked_by} may be one person, because an account was opened again by a colleague: ask somebody else"
            )
        role_of(ws.practice, asked.asked_by, ASKS)  # who asked must still be who may ask
        if now > asked.asked_at + TIME_TO_AGREE or grants.changed_since(connection, asked):
            raise Conflict(
                f"{asked.id} is older than {TIME_TO_AGREE.days} days, or the class was changed since it was asked for: ask again"
            )
        current = _own_level(connection, asked.kind, asked.channel)
        _replace(connection, asked, by=by, why="raised", at=now)
        if not grants.agree(connection, asked.id, by=by, at=now):
            raise Conflict(f"{asked.id} was agreed to or refused at this moment: reload the page")
        detail = _told(asked, current) | {"asked_by": asked.asked_by}
        ws.audit.append(connection, event=Event.AUTONOMY_RAISE, actor=by, subject=asked.id, detail=detail, at=now)
    return asked.model_copy(update={"agreed_by": by, "agreed_at": now})


def refuse(ws: Workspace, grant_id: str, *, by: str) -> None:
    """Close what was asked for; nothing was in force."""
    role_of(ws.practice, by, DESK_ROLES)
    with ws.database.write() as connection:
        asked = _asked(connection, grant_id)
        grants.end(connection, asked.id, by=by, why="refused", at=ws.clock())
        detail = _told(asked, _own_level(connection, asked.kind, asked.channel)) | {"refused": True}
        ws.audit.append(connection, event=Event.AUTONOMY_LOWER, actor=by, subject=asked.id, detail=detail, at=ws.clock())


def lower(ws: Workspace, kind: ActionKind, level: Level, *, by: str, channel: Channel | None = None, why: str = "") -> None:
    """Anybody of the desk takes a class down, at once. Raises NotDecidable when that is not down."""
    role_of(ws.practice, by, DESK_ROLES)
    with ws.database.write() as connection:
        grants.lock(connection)
        # One channel may be taken down below what its kind may do; the kind by its own level.
        current = level_of(connection, kind, channel).level if channel else _own_level(connection, kind, channel)
        if ladder.RUNGS.index(level) >= ladder.RUNGS.index(current):
            raise NotDecidable(f"{kind} is at {current}: that is no lower. Raising asks an administrator and compliance")
        reason = ws.scrubber.scrub(why.strip()[:300]).text or "by hand"
        _lower(ws, connection, kind, channel, level, by=by, why=reason)


def breach(ws: Workspace, connection: Connection, action: Action, why: str) -> None:
    """Something went wrong with what a grant had approved: its class proposes again, in the caller's transaction. Nothing for other items."""
    for decision in store.decisions_of(connection, action.id):
        if decision.role == AUTONOMY:
            found = grants.get(connection, decision.by)
            if found is not None and found.is_in_force:
                lower_grant(ws, connection, found, f"{action.id}: {why}")


def lower_grant(ws: Workspace, connection: Connection, grant: Grant, why: str) -> None:
    """Take a class that acts down to `propose`, by itself."""
    _lower(ws, connection, grant.kind, grant.channel, Level.PROPOSE, by=RULES, why=why)


def objection(ws: Workspace, connection: Connection, panel: Panel) -> str | None:
    """Why the grant that approved this version does not carry it now; None when no grant approved it, "" when it holds.

    Asked again at execution: the grant must still be in force, the item still one it may act on, and the day within the grant's limits.
    """
    decision = _of_grant(panel)
    if decision is None:
        return None
    standing = level_of(connection, panel.action.kind, panel.action.channel)
    if standing.grant is None or standing.grant.id != decision.by:
        return "the grant that approved it is no longer in force"
    if why := ladder.objection(panel.action, panel.needed):
        return why
    since, until = ws.practice.day(decision.at)
    limits, used = _limits(standing.grant), grants.used(connection, decision.by, since=since, until=until)
    if used.actions > limits.per_day or used.usd > limits.usd_per_day + 0.005 or used.emails > limits.emails_per_day:
        return "the grant's limits of that day are exceeded"
    return ""


def _of_grant(panel: Panel) -> Decision | None:
    about = (panel.action.version, panel.action.content_hash)
    for decision in panel.decisions:
        same = (decision.version, decision.content_hash) == about
        if decision.role == AUTONOMY and decision.verdict is DecisionVerdict.APPROVE and same:
            return decision
    return None


def _limits(grant: Grant) -> Limits:
    if grant.limits is None:
        raise NotDecidable(f"grant {grant.id} has no limits: lower {grant.kind} and ask for it again")
    return grant.limits


def _may_act(kind: ActionKind, limits: Limits | None) -> None:
    if why := ladder.never(kind):
        raise NotDecidable(f"{kind} can never act without a person: {why}")
    if limits is None:
        raise NotDecidable(f"acting on {kind} needs limits: how many a day, dollars a day, emails a day, minutes to undo")
    if Operation.SMTP in KINDS[kind].operations and not limits.emails_per_day:
        raise NotDecidable(f"acting on {kind} sends email: say how many a day")


def _own_level(connection: Connection, kind: ActionKind, channel: Channel | None) -> Level:
    """The level this very class has, without what its kind adds."""
    return next((row.level for row in grants.in_force(connection, kind=kind) if row.channel == channel), Level.PROPOSE)


def _lower(ws: Workspace, connection: Connection, kind: ActionKind, channel: Channel | None, level: Level, *, by: str, why: str) -> None:
    now = ws.clock()
    current = _own_level(connection, kind, channel)
    made = Grant(
        id=f"G-{secrets.token_hex(6)}",
        kind=kind,
        channel=channel,
        level=level,
        limits=None,
        asked_by=by,
        asked_at=now,
        agreed_by=by,
        agreed_at=now,
    )
    _replace(connection, made, by=by, why=why, at=now)
    grants.add(connection, made)
    ws.audit.append(connection, event=Event.AUTONOMY_LOWER, actor=by, subject=made.id, detail=_told(made, current) | {"why": why}, at=now)


def _replace(connection: Connection, new: Grant, *, by: str, why: str, at: datetime) -> None:
    for row in grants.in_force(connection, kind=new.kind):
        if row.channel == new.channel:
            grants.end(connection, row.id, by=by, why=why, at=at)


def _asked(connection: Connection, grant_id: str) -> Grant:
    found = grants.get(connection, grant_id, lock=True)
    if found is None:
        raise NotFound(f"there is no grant {grant_id[:20]}: liaison policy lint lists what waits for agreement")
    if found.agreed_at is not None or found.ended_at is not None:
        raise Conflict(f"{found.id} was agreed to or closed already: reload the page")
    return found


def _told(grant: Grant, before: Level) -> dict[str, object]:
    limits = grant.limits.model_dump() if grant.limits else {}
    return {"kind": grant.kind, "channel": grant.channel or "", "level": grant.level, "before": before, "limits": limits}
