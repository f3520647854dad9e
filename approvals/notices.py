"""Who is told what: notices made from the audit log, row by row, and from the clock. Nothing else has to remember to tell anybody.

The cursor moves in the transaction that keeps the notices, and each has a key: after a crash nothing is missed and nothing told twice.
What is no longer so when the row is read (decided meanwhile, resumed already) is not told.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from approvals.deciders import deciders
from approvals.escalate import told_at
from approvals.inbox import HandoffStatus, get_handoff
from approvals.pause import active
from approvals.response import clocks_of
from policies.actions import Action, AuditEntry, Risk, Status
from policies.leads.sla import Timer
from policies.notice_times import Medium, Mode, Preferences, defaults, send_at
from policies.notices import (
    SHOWN,
    ChannelDegraded,
    ExecutionFailed,
    ExecutionUnknown,
    HandoffOverdue,
    HandoffWaits,
    ItemsExpireSoon,
    ItemsWait,
    Notice,
    NoticeKind,
    Paused,
    Resumed,
    Scope,
    Waiting,
)
from policies.records import ActionId, Channel
from tools.errors import NotFound
from tools.practice import Person
from tools.store import actions as store
from tools.store import notices as kept
from tools.store.action_tables import actions, audit
from tools.store.audit import Event, entry_of
from tools.store.notices import TEAM
from tools.store.runs import recent_runs
from tools.workspace import Workspace

ROWS = 500
"""Audit rows of one transaction."""
EXPIRES_WITHIN = timedelta(hours=24)
RUNS_LOOKED_AT = 50
STAFF = ("marketing", "compliance", "clinical_reviewer", "privacy_officer", "admin")
OPERATORS = ("marketing", "admin")
TEAM_KINDS = (NoticeKind.ITEMS_WAIT, NoticeKind.EXECUTION_UNKNOWN, NoticeKind.CHANNEL_DEGRADED, NoticeKind.PAUSED, NoticeKind.RESUMED)


class For(NamedTuple):
    """One notice for one person. `key` is what it is about."""

    person: str
    key: str
    notice: Notice


def tell_all(ws: Workspace) -> int:
    """Make the notices that are due; how many. Asks the store first, because most of the time there is nothing to lock it for."""
    told = 0
    while True:
        with ws.database.read() as connection:
            behind = kept.cursor(connection) < int(connection.scalar(select(func.max(audit.c.seq))) or 0)
        if not behind:
            return told + _tell_of_time(ws)
        told += _tell_of_rows(ws)


def _tell_of_rows(ws: Workspace) -> int:
    now = ws.clock()
    with ws.database.write() as connection:
        seen = kept.cursor(connection, lock=True)
        rows = [entry_of(row) for row in connection.execute(select(audit).where(audit.c.seq > seen).order_by(audit.c.seq).limit(ROWS))]
        if not rows:
            return 0
        found = [one for entry in rows for one in _of_row(ws, connection, entry)]
        told = sum(_keep(ws, connection, one, now) for one in found)
        changed = {entry.subject for entry in rows if entry.event in _CHANGES}
        if changed:
            kept.made_stale(connection, changed, now=now)
        kept.move_cursor(connection, rows[-1].seq)
    return told


def _tell_of_time(ws: Workspace) -> int:
    """What no row of the log says: items whose time runs out, all that came into the window since the last look in one notice a person."""
    now = ws.clock()
    with ws.database.read() as connection:
        since = max(kept.expiry_told(connection) or now, now)
        row = actions.c
        soon = select(row.id).where(row.status == Status.QUEUED.value, row.expires_at > since, row.expires_at <= now + EXPIRES_WITHIN)
        due = [action for id_ in connection.scalars(soon) if (action := store.get_action(connection, ActionId(id_)))]
        by_person: dict[str, list[Action]] = {}
        for action in due:
            for person in deciders(ws, connection, action):
                by_person.setdefault(person, []).append(action)
    if not due:
        return 0
    with ws.database.write() as connection:
        kept.move_expiry_told(connection, now + EXPIRES_WITHIN)
        found = [For(person, f"{now:%Y%m%dT%H%M%S}", _expire_soon(items)) for person, items in by_person.items()]
        return sum(_keep(ws, connection, one, now) for one in found)


def _expire_soon(items: list[Action]) -> ItemsExpireSoon:
    first = sorted(items, key=lambda action: (action.expires_at, action.id))[:SHOWN]
    return ItemsExpireSoon(count=len(items), items=tuple(waiting(action) for action in first))


def _keep(ws: Workspace, connection: Connection, one: For, now: datetime) -> bool:
    """Keep the notice and ask for what carries it; False when it was told before."""
    id_ = kept.tell(connection, person=one.person, notice=one.notice, key=one.key, at=now)
    if id_ is None:
        return False
    for medium, mode, next_at in _ways(ws, connection, one, now):
        kept.plan(connection, id_, person=one.person, medium=medium, mode=mode, next_at=next_at)
    return True


def _ways(ws: Workspace, connection: Connection, one: For, now: datetime) -> Iterator[tuple[Medium, Mode, datetime]]:
    """By what this person is told outside the desk, and when."""
    if one.person == TEAM:
        yield Medium.SLACK, Mode.AT_ONCE, now
        return
    person = ws.practice.person(one.person)
    if person is None:
        return
    wanted = preferences(ws, connection, person)
    choice = wanted.choice(one.notice.kind)
    if choice.mode is Mode.OFF:
        return
    zone = wanted.zone(ZoneInfo(ws.practice.timezone))
    away = person.absent_until if person.absent_until and person.absent_until > now else None
    for medium in choice.media:
        if medium in reachable(ws, person):
            # Whoever comes back finds one digest, not a heap of messages.
            mode = Mode.DIGEST if away else choice.mode
            yield medium, mode, send_at(wanted, mode, now, zone, absent_until=away)


def preferences(ws: Workspace, connection: Connection, person: Person) -> Preferences:
    """What the person chose, or what their roles are told until they do."""
    return kept.preferences_of(connection, person.username) or defaults(person.roles)


def reachable(ws: Workspace, person: Person) -> tuple[Medium, ...]:
    """What can carry a notice to this person, as practice.yaml stands."""
    by_mail = ws.practice.mail_relay() is not None and person.email is not None
    by_slack = ws.practice.notifications.slack is not None and person.slack_user is not None
    return (*((Medium.EMAIL,) if by_mail else ()), *((Medium.SLACK,) if by_slack else ()))


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


# --- what each event tells


def _of_row(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
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
    return ItemsWait(run=run, count=len(items), high=high, second_look=second_look, items=tuple(waiting(action) for action in first))


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
            yield from (For(person, f"{entry.subject}:{channel}", notice) for person in _people(ws, *OPERATORS, team=True))


def _came_back(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    """One item that waits again: edited, redrafted, held at execution, put back. Whoever did it knows."""
    action = store.get_action(connection, ActionId(entry.subject)) if entry.subject.startswith("A-") else None
    if action is None or action.status is not Status.QUEUED or entry.detail.get("version") != action.version or action.version == 1:
        return
    for person in deciders(ws, connection, action):
        if person != entry.actor:
            yield For(person, _version(action), _items_wait([action]))


def _approved(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    """The first of two approvals: the others hear that one more is needed."""
    action = store.get_action(connection, ActionId(entry.subject))
    if action is None or action.status is not Status.QUEUED or entry.detail.get("version") != action.version:
        return
    for person in deciders(ws, connection, action):
        yield For(person, f"{_version(action)}:second", _items_wait([action], second_look=True))


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
    for person in sorted({*approved, *_people(ws, *OPERATORS, team=team)}):
        yield For(person, f"{_version(action)}:{status}", notice(action))


def _paused(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    if any(pause.scope == entry.subject and pause.at == entry.at for pause in active(connection)):
        notice = Paused(scope=Scope(entry.subject), by=entry.actor)
        yield from (For(person, f"{entry.seq}", notice) for person in _people(ws, *STAFF, team=True) if person != entry.actor)


def _resumed(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    if not any(pause.scope == entry.subject for pause in active(connection)):
        notice = Resumed(scope=Scope(entry.subject), by=entry.actor)
        yield from (For(person, f"{entry.seq}", notice) for person in _people(ws, *STAFF, team=True) if person != entry.actor)


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
    yield from (For(person, handoff.execution, notice) for person in _people(ws, "sales"))


def _overdue(ws: Workspace, connection: Connection, entry: AuditEntry) -> Iterator[For]:
    detail = entry.detail
    person = told_at(ws.practice, int(detail["level"]))
    if person is not None:
        notice = HandoffOverdue(handoff=detail["execution"], timer=Timer(detail["timer"]), due_at=datetime.fromisoformat(detail["due_at"]))
        yield For(person.username, f"{detail['execution']}:{detail['timer']}:{detail['level']}", notice)


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
    Event.CHANNEL_PAUSE: _paused,
    Event.CHANNEL_RESUME: _resumed,
    Event.EXECUTION_DONE: _handed_over,
    Event.HANDOFF_ESCALATE: _overdue,
}
_CHANGES = frozenset(
    event.value for event in Event if event.startswith("action:") and event not in (Event.ACTION_CHECK, Event.ACTION_REDRAFT)
)
"""Events after which a message that shows the item says something old."""


def _people(ws: Workspace, *roles: str, team: bool = False) -> list[str]:
    found = [person.username for person in ws.practice.people if not set(person.roles).isdisjoint(roles)]
    return [*found, TEAM] if team and _has_channel(ws) else found


def _has_channel(ws: Workspace) -> bool:
    slack = ws.practice.notifications.slack
    return slack is not None and slack.channel is not None


def _version(action: Action) -> str:
    return f"{action.id}:v{action.version}"
