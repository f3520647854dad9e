"""What one row of the audit log tells, and whom. Reads only; what is no longer so is not told."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from approvals.deciders import deciders
from approvals.escalate import told_at
from approvals.inbox import HandoffStatus, get_handoff
from approvals.pause import active
from approvals.response import clocks_of
from policies.actions import Action, ActionKind, AuditEntry, Risk, Status
from policies.approval.ladder import Level
from policies.leads.sla import Timer
from policies.notices import (
    SHOWN,
    AccessChanged,
    Assigned,
    AutonomyLowered,
    AutonomyRaised,
    ChannelDegraded,
    ExecutionFailed,
    ExecutionUnknown,
    HandoffOverdue,
    HandoffWaits,
    ItemEscalated,
    ItemsWait,
    Mentioned,
    Notice,
    Paused,
    Resumed,
    Scope,
    Waiting,
    WayIn,
)
from policies.records import ActionId, Channel
from tools.errors import NotFound
from tools.store import actions as store
from tools.store.action_tables import actions
from tools.store.audit import Event
from tools.store.notices import TEAM
from tools.store.runs import recent_runs
from tools.workspace import Workspace

RUNS_LOOKED_AT = 50
STAFF = ("marketing", "compliance", "clinical_reviewer", "privacy_officer", "admin")
OPERATORS = ("marketing", "admin")


class For(NamedTuple):
    """One notice for one person. `key` is what it is about."""

    person: str
    key: str
    notice: Notice


def of_row(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    tell = _TOLD.get(entry.event)
    if tell is not None:
        yield from tell(ws, connection, entry)


def _run_finished(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    ids = connection.scalars(
        select(actions.c.id).where(actions.c.run == entry.subject, actions.c.status == Status.QUEUED.value).order_by(actions.c.created_at)
    )
    found = [action for id_ in ids.all() if (action := store.get_action(connection, ActionId(id_)))]
    by_person: dict[str, list[Action]] = {}
    for action in found:
        for person in deciders(ws, connection, action):
            by_person.setdefault(person, []).append(action)
    if found and _has_channel(ws):
        by_person[TEAM] = found
    for person, items in by_person.items():
        yield For(person, entry.subject, _items_wait(items, run=entry.subject))
    yield from _degraded(ws, connection, entry)


def _items_wait(items: list[Action], *, run: str | None = None, second_look: bool = False) -> ItemsWait:
    order = {Risk.HIGH: 0, Risk.MEDIUM: 1, Risk.LOW: 2}
    first = sorted(items, key=lambda action: (order[action.risk], action.created_at, action.id))[:SHOWN]
    high = sum(action.risk is Risk.HIGH for action in items)
    return ItemsWait(
        run=run,
        count=len(items),
        high=high,
        second_look=second_look,
        first_expiry=min(action.expires_at for action in items),
        items=tuple(waiting(action) for action in first),
    )


def _degraded(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    """Channels that were well in the last finished run that had them, and are not now. One that stays ill is told once."""
    runs = [run for run in recent_runs(connection, limit=RUNS_LOOKED_AT) if run.summary]
    place = next((number for number, run in enumerate(runs) if run.id == entry.subject), None)
    if place is None:
        return
    for channel, outcome in (runs[place].summary or {})["channels"].items():
        earlier = (
            run.summary["channels"][channel]["status"] for run in runs[place + 1 :] if run.summary and channel in run.summary["channels"]
        )
        if outcome["status"] != "ok" and next(earlier, "ok") == "ok":
            notice = ChannelDegraded(channel=Channel(channel), run=entry.subject)
            yield from (For(person, f"{entry.subject}:{channel}", notice) for person in people_of(ws, *OPERATORS, team=True))


def _came_back(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    """One item that waits again: edited, redrafted, held at execution, put back. Whoever did it knows."""
    action = store.get_action(connection, ActionId(entry.subject)) if entry.subject.startswith("A-") else None
    if action is None or action.status is not Status.QUEUED or entry.detail.get("version") != action.version or action.version == 1:
        return
    for person in deciders(ws, connection, action):
        if person != entry.actor:
            yield For(person, version_of(action), _items_wait([action]))


def _approved(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    """The first of two approvals: the others hear that one more is needed."""
    action = _waiting(connection, entry)
    if action is None:
        return
    for person in deciders(ws, connection, action):
        yield For(person, f"{version_of(action)}:second", _items_wait([action], second_look=True))


def _failed(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    yield from _ended(ws, connection, entry, Status.FAILED, lambda action: ExecutionFailed(action=action.id, item=action.kind))


def _unknown(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    yield from _ended(ws, connection, entry, Status.UNKNOWN, lambda action: ExecutionUnknown(action=action.id, item=action.kind))


def _ended(ws: Workspace, connection: Connection, entry: AuditEntry, status: Status, notice: Callable[[Action], Notice]) -> Iterator[For]:
    """To whoever approved this version, and to those who run the desk."""
    action = store.get_action(connection, ActionId(entry.subject))
    if action is None or action.status is not status:
        return
    approved = {decision.by for decision in store.decisions_of(connection, action.id) if decision.version == action.version}
    team = status is Status.UNKNOWN
    for person in sorted({*approved, *people_of(ws, *OPERATORS, team=team)}):
        yield For(person, f"{version_of(action)}:{status}", notice(action))


def _paused(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    if any(pause.scope == entry.subject and pause.at == entry.at for pause in active(connection)):
        notice = Paused(scope=Scope(entry.subject), by=entry.actor)
        yield from (For(person, f"{entry.seq}", notice) for person in people_of(ws, *STAFF, team=True) if person != entry.actor)


def _resumed(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    if not any(pause.scope == entry.subject for pause in active(connection)):
        notice = Resumed(scope=Scope(entry.subject), by=entry.actor)
        yield from (For(person, f"{entry.seq}", notice) for person in people_of(ws, *STAFF, team=True) if person != entry.actor)


def _handed_over(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    try:
        handoff = get_handoff(connection, entry.subject)
    except NotFound:
        return  # another operation of an action
    if handoff.status is not HandoffStatus.NEW:
        return
    clocks = clocks_of(ws.practice, handoff, now=ws.clock())
    accept_by = next((clock.due_at for clock in clocks if clock.timer is Timer.ACCEPT), None)
    notice = HandoffWaits(handoff=handoff.execution, track=handoff.track, accept_by=accept_by)
    yield from (For(person, handoff.execution, notice) for person in people_of(ws, "sales"))


def _overdue(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    detail = entry.detail
    person = told_at(ws.practice, int(detail["level"]))
    if person is not None:
        notice = HandoffOverdue(handoff=detail["execution"], timer=Timer(detail["timer"]), due_at=datetime.fromisoformat(detail["due_at"]))
        yield For(person.username, f"{detail['execution']}:{detail['timer']}:{detail['level']}", notice)


def _commented(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    action = store.get_action(connection, ActionId(entry.subject))
    for person in entry.detail.get("mentions", ()) if action else ():
        if action and person != entry.actor and ws.practice.person(person):
            yield For(person, f"{entry.seq}", Mentioned(action=action.id, item=action.kind, by=entry.actor))


def _assigned(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    action, person = _waiting(connection, entry), entry.detail.get("to")
    if action and person and person != entry.actor:
        yield For(person, f"{entry.seq}", Assigned(item=waiting(action), by=entry.actor))


def _escalated(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    """First those who can decide it, then the marketing director."""
    action, director = _waiting(connection, entry), told_at(ws.practice, 2)
    if action is None:
        return
    people = deciders(ws, connection, action) if int(entry.detail["level"]) == 1 else (director.username,) if director else ()
    yield from (For(person, f"{version_of(action)}:{entry.detail['level']}", ItemEscalated(item=waiting(action))) for person in people)


def _lowered(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    if entry.detail.get("refused") or not entry.detail.get("kind"):
        return
    notice = AutonomyLowered(item=ActionKind(entry.detail["kind"]), level=Level(entry.detail["level"]))
    yield from (For(person, f"{entry.seq}", notice) for person in people_of(ws, *OPERATORS, "compliance") if person != entry.actor)


def _raised(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    notice = AutonomyRaised(item=ActionKind(entry.detail["kind"]), level=Level(entry.detail["level"]), by=entry.actor)
    yield from (For(person, f"{entry.seq}", notice) for person in people_of(ws, *OPERATORS, "compliance") if person != entry.actor)


def _let_in(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    """An account that was in use was opened for somebody by somebody else: its person is told, and those who keep the rules."""
    if entry.actor == entry.subject or entry.detail.get("first") or ws.practice.person(entry.subject) is None:
        return
    way = WayIn.LINK if entry.event == Event.PERSON_LINK else WayIn.AUTHENTICATOR
    notice = AccessChanged(person=entry.subject, by=entry.actor, way=way)
    told = dict.fromkeys((entry.subject, *people_of(ws, "admin", "compliance", "privacy_officer")))
    yield from (For(person, f"{entry.seq}", notice) for person in told if person != entry.actor)


def _waiting(connection: Connection, entry: AuditEntry) -> Action | None:
    """The item of the row, if it still waits in that version."""
    action = store.get_action(connection, ActionId(entry.subject))
    return action if action and action.status is Status.QUEUED and action.version == entry.detail.get("version") else None


_Teller = Callable[[Workspace, Connection, AuditEntry], Iterator[For]]
_TOLD: dict[str, _Teller] = {
    Event.RUN_FINISH: _run_finished,
    Event.ACTION_QUEUE: _came_back,
    Event.ACTION_PROPOSE: _came_back,
    Event.ACTION_EDIT: _came_back,
    Event.ACTION_HOLD: _came_back,
    Event.ACTION_REQUEUE: _came_back,
    Event.ACTION_UNDO: _came_back,
    Event.ACTION_APPROVE: _approved,
    Event.ACTION_FAIL: _failed,
    Event.ACTION_UNKNOWN: _unknown,
    Event.ACTION_COMMENT: _commented,
    Event.ACTION_ASSIGN: _assigned,
    Event.ACTION_ESCALATE: _escalated,
    Event.AUTONOMY_LOWER: _lowered,
    Event.AUTONOMY_RAISE: _raised,
    Event.PERSON_LINK: _let_in,
    Event.PERSON_TOTP_OFF: _let_in,
    Event.CHANNEL_PAUSE: _paused,
    Event.CHANNEL_RESUME: _resumed,
    Event.EXECUTION_DONE: _handed_over,
    Event.HANDOFF_ESCALATE: _overdue,
}
CHANGES = frozenset(
    event.value for event in Event if event.startswith("action:") and event not in (Event.ACTION_CHECK, Event.ACTION_REDRAFT)
)
"""Events after which a message that shows the item says something old."""


def people_of(ws: Workspace, *roles: str, team: bool = False) -> list[str]:
    found = [person.username for person in ws.practice.people if not set(person.roles).isdisjoint(roles)]
    return [*found, TEAM] if team and _has_channel(ws) else found


def _has_channel(ws: Workspace) -> bool:
    slack = ws.practice.notifications.slack
    return slack is not None and slack.channel is not None


def version_of(action: Action) -> str:
    return f"{action.id}:v{action.version}"


def waiting(action: Action) -> Waiting:
    """An item as a notice may name it."""
    return Waiting(
        action=action.id,
        item=action.kind,
        channel=action.channel,
        risk=action.risk,
        verdict=action.verdict,
        version=action.version,
        expires_at=action.expires_at,
    )
