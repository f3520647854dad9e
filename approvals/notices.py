"""Who is told what: notices made from the audit log, row by row, and from the clock. Nothing else has to remember to tell anybody.

The cursor moves in the transaction that keeps the notices, and each has a key: after a crash nothing is missed and nothing told twice.
What is no longer so when the row is read (decided meanwhile, resumed already) is not told.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from approvals.deciders import deciders
from approvals.notice_rows import CHANGES, OPERATORS, For, of_row, people_of, waiting
from policies.actions import Action, Status
from policies.notice_times import Medium, Mode, Preferences, defaults, send_at
from policies.notices import SHOWN, ItemsExpireSoon, WeeklyBrief
from policies.records import ActionId
from tools.brief import week_name, week_of, weekly_brief
from tools.practice import Person
from tools.store import actions as store
from tools.store import delegations
from tools.store import notices as kept
from tools.store.action_tables import actions, audit
from tools.store.audit import entry_of
from tools.store.notices import TEAM
from tools.workspace import Workspace

ROWS = 500
"""Audit rows of one transaction."""
EXPIRES_WITHIN = timedelta(hours=24)


def tell_all(ws: Workspace) -> int:
    """Make the notices that are due; how many. Asks the store first, because most of the time there is nothing to lock it for."""
    told = 0
    while True:
        with ws.database.read() as connection:
            behind = kept.cursor(connection) < int(connection.scalar(select(func.max(audit.c.seq))) or 0)
        if not behind:
            return told + _tell_of_time(ws) + _tell_of_week(ws)
        told += _tell_of_rows(ws)


def _tell_of_rows(ws: Workspace) -> int:
    now = ws.clock()
    with ws.database.write() as connection:
        seen = kept.cursor(connection, lock=True)
        rows = [entry_of(row) for row in connection.execute(select(audit).where(audit.c.seq > seen).order_by(audit.c.seq).limit(ROWS))]
        if not rows:
            return 0
        found = [one for entry in rows for one in of_row(ws, connection, entry)]
        told = sum(_keep(ws, connection, one, now) for one in found)
        changed = {entry.subject for entry in rows if entry.event in CHANGES}
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


def _tell_of_week(ws: Workspace) -> int:
    """The brief of the week that is over, once. A new installation, or one that was off for weeks, is told of the last one alone, if at all."""
    now, zone = ws.clock(), ws.practice.timezone
    until = week_of(now, zone)[0]
    since = week_of(until - timedelta(days=1), zone)[0]
    week = week_name(since)
    with ws.database.read() as connection:
        last = kept.week_told(connection)
    if last == week:
        return 0
    notices = []
    if last is not None:
        written = weekly_brief(ws, since, until)
        told = {"done": written.executed, "waiting": written.waiting, "not_done": len(written.failed), "spend_usd": written.spend_usd}
        notice = WeeklyBrief(since=since, until=until, **told)
        notices = [For(person, week, notice) for person in people_of(ws, *OPERATORS, team=True)]
    with ws.database.write() as connection:
        kept.move_week_told(connection, week)
        return sum(_keep(ws, connection, one, now) for one in notices)


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
    away = _away_until(connection, person, now)
    for medium in choice.media:
        if medium in reachable(ws, person):
            # Whoever comes back finds one digest, not a heap of messages.
            mode = Mode.DIGEST if away else choice.mode
            next_at = send_at(wanted, mode, now, zone, absent_until=away)
            # The brief keeps the digest's hour but is a mail of its own.
            yield medium, Mode.AT_ONCE if isinstance(one.notice, WeeklyBrief) else mode, next_at


def _away_until(connection: Connection, person: Person, now: datetime) -> datetime | None:
    """When the person is back: by practice.yaml, or by the absence they entered at the desk. Their deputies are told as deciders meanwhile."""
    ends = [one.ends_at for one in delegations.running(connection, at=now) if one.person == person.username]
    ends += [person.absent_until] if person.absent_until and person.absent_until > now else []
    return max(ends, default=None)


def preferences(ws: Workspace, connection: Connection, person: Person) -> Preferences:
    """What the person chose, or what their roles are told until they do."""
    return kept.preferences_of(connection, person.username) or defaults(person.roles)


def reachable(ws: Workspace, person: Person) -> tuple[Medium, ...]:
    """What can carry a notice to this person, as practice.yaml stands."""
    by_mail = ws.practice.mail_relay() is not None and person.email is not None
    by_slack = ws.practice.notifications.slack is not None and person.slack_user is not None
    return (*((Medium.EMAIL,) if by_mail else ()), *((Medium.SLACK,) if by_slack else ()))
