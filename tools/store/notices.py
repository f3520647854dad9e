"""Notices at rest: told once, read by a person, carried by deliveries that are tried until sent or dead. Knows nothing of their words."""

from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from policies.notice_times import Medium, Mode, Preferences
from policies.notices import Notice, items_of, notice_of
from tools.store.database import insert_new, insert_once, upsert
from tools.store.notice_tables import notice_cursors, notice_deliveries, notice_items, notice_preferences, notices

TEAM = "#team"
"""The person of a notice that goes to the channel everybody reads."""
AUDIT, EXPIRY, WEEK = "audit", "expiry", "week"
KEPT = timedelta(days=90)
PAGE = 50
WAITING, SENT, STALE, DEAD = "waiting", "sent", "stale", "dead"
FIRST_RETRY = timedelta(minutes=1)
MOST_ATTEMPTS = 8
"""Over four hours: 1, 2, 4, … minutes. A mail server or Slack that is down that long needs a person."""


class Told(NamedTuple):
    """One notice of one person, as it is stored."""

    id: int
    person: str
    notice: Notice
    at: datetime
    read_at: datetime | None
    instead_of: str | None


class Delivery(NamedTuple):
    """One message: the notices it carries, to whom, by what. `reference` is set once it was sent: it is then a message to bring up to date."""

    message: str
    person: str
    medium: Medium
    mode: Mode
    notices: tuple[Told, ...]
    attempts: int
    reference: str | None
    first_at: datetime


# --- told


def tell(connection: Connection, *, person: str, notice: Notice, key: str, at: datetime, instead_of: str | None = None) -> int | None:
    """Keep the notice; its id, or None when this person was told the same before."""
    row = {
        "person": person,
        "kind": notice.kind.value,
        "key": key,
        "payload": notice.model_dump(mode="json"),
        "instead_of": instead_of,
        "at": at,
    }
    found = connection.execute(insert_new(connection, notices).values(row).returning(notices.c.id)).scalar()
    if found is None:
        return None
    for item in items_of(notice):
        insert_once(connection, notice_items, {"action": item.action, "notice": found})
    return int(found)


def cursor(connection: Connection, *, lock: bool = False) -> int:
    """The last row of the audit log that notices were made of. `lock` keeps other tellers out until the end of the transaction."""
    statement = select(notice_cursors.c.value).where(notice_cursors.c.name == AUDIT)
    return int(connection.scalar(statement.with_for_update() if lock else statement) or 0)


def move_cursor(connection: Connection, seq: int) -> None:
    _set(connection, AUDIT, str(seq))


def expiry_told(connection: Connection) -> datetime | None:
    """Items that expire up to then were told of; None = of none yet."""
    value = connection.scalar(select(notice_cursors.c.value).where(notice_cursors.c.name == EXPIRY))
    return datetime.fromisoformat(value) if value else None


def move_expiry_told(connection: Connection, until: datetime) -> None:
    _set(connection, EXPIRY, until.isoformat())


def week_told(connection: Connection) -> str | None:
    """The last week whose brief was told of, as 2026-W40; None = of none yet."""
    found: str | None = connection.scalar(select(notice_cursors.c.value).where(notice_cursors.c.name == WEEK))
    return found


def move_week_told(connection: Connection, week: str) -> None:
    _set(connection, WEEK, week)


def unread_count(connection: Connection, person: str) -> int:
    unread = select(func.count()).select_from(notices).where(notices.c.person == person, notices.c.read_at.is_(None))
    return int(connection.scalar(unread) or 0)


def page_of(connection: Connection, person: str, *, before: int | None = None, limit: int = PAGE) -> list[Told]:
    """The newest first, older than notice `before`."""
    statement = select(notices).where(notices.c.person == person).order_by(notices.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(notices.c.id < before)
    return [_told(row) for row in connection.execute(statement)]


def one_of(connection: Connection, person: str, notice: int) -> Told | None:
    """This notice of this person; None when it is not theirs."""
    row = connection.execute(select(notices).where(notices.c.person == person, notices.c.id == notice)).one_or_none()
    return _told(row) if row else None


def mark_read(connection: Connection, person: str, *, at: datetime, id_: int | None = None, up_to: int | None = None) -> int:
    """Mark one notice, or all up to `up_to` (what the page showed); how many were unread."""
    unread = and_(notices.c.person == person, notices.c.read_at.is_(None))
    which = notices.c.id == id_ if id_ is not None else notices.c.id <= (up_to if up_to is not None else 0)
    return connection.execute(update(notices).where(unread, which).values(read_at=at)).rowcount


def prune(connection: Connection, *, now: datetime, limit: int) -> int:
    """Forget up to `limit` of what was told more than `KEPT` ago; how many. The audit log keeps what it was about."""
    old = connection.scalars(select(notices.c.id).where(notices.c.at < now - KEPT).order_by(notices.c.id).limit(limit)).all()
    for column in (notice_items.c.notice, notice_deliveries.c.notice, notices.c.id):
        if old:
            connection.execute(delete(column.table).where(column.in_(old)))
    return len(old)


# --- preferences


def preferences_of(connection: Connection, person: str) -> Preferences | None:
    """What the person chose; None = never, so the defaults of their roles hold."""
    body = connection.scalar(select(notice_preferences.c.body).where(notice_preferences.c.person == person))
    return Preferences.model_validate(body) if body is not None else None


def save_preferences(connection: Connection, person: str, preferences: Preferences, *, at: datetime) -> None:
    row = {"person": person, "body": preferences.model_dump(mode="json"), "updated_at": at}
    connection.execute(upsert(connection, notice_preferences, key=("person",), update=("body", "updated_at")), [row])


# --- deliveries


def plan(connection: Connection, notice: int, *, person: str, medium: Medium, mode: Mode, next_at: datetime) -> None:
    """Ask for one delivery. A digest's message is fixed when it is due, so that it holds all there is by then."""
    message = _message(mode, f"{notice}:{medium}") if mode is Mode.AT_ONCE else None
    row = {"notice": notice, "person": person, "medium": medium.value, "mode": mode.value, "message": message}
    connection.execute(insert(notice_deliveries).values(row | {"status": WAITING, "next_at": next_at}))


def close_digests(connection: Connection, *, now: datetime) -> int:
    """Fix the messages of the digests that are due: what comes later is in the next one. How many."""
    row = notice_deliveries.c
    open_ = and_(row.mode == Mode.DIGEST.value, row.message.is_(None), row.status == WAITING, row.next_at <= now)
    due = connection.execute(select(row.person, row.medium, func.max(row.id)).where(open_).group_by(row.person, row.medium)).all()
    for person, medium, last in due:
        mine = and_(open_, row.person == person, row.medium == medium, row.id <= last)
        message = _message(Mode.DIGEST, f"{person}:{medium}:{last}")
        connection.execute(update(notice_deliveries).where(mine).values(message=message))
    return len(due)


def has_open_digest(connection: Connection, *, now: datetime) -> bool:
    row = notice_deliveries.c
    waits = select(row.id).where(row.status == WAITING, row.next_at <= now, row.message.is_(None)).limit(1)
    return connection.scalar(waits) is not None


def due_messages(connection: Connection, *, now: datetime, limit: int = 100) -> list[str]:
    """Messages to send, or to bring up to date, now."""
    row = notice_deliveries.c
    due = and_(row.status.in_((WAITING, STALE)), row.next_at <= now, row.message.is_not(None))
    statement = select(row.message).where(due).group_by(row.message).order_by(func.min(row.next_at)).limit(limit)
    return [str(message) for message in connection.scalars(statement)]


def delivery_of(connection: Connection, message: str) -> Delivery | None:
    """The message with what it carries; None when nothing of it is to be sent or mended any more."""
    row = notice_deliveries.c
    columns = (*notices.c, row.medium, row.mode, row.attempts, row.reference, row.next_at)
    joined = select(*columns).join(notices, notices.c.id == row.notice)
    rows = connection.execute(joined.where(row.message == message, row.status.in_((WAITING, STALE))).order_by(notices.c.id)).all()
    if not rows:
        return None
    first = rows[0]
    told = tuple(_told(one) for one in rows)
    return Delivery(message, first.person, Medium(first.medium), Mode(first.mode), told, first.attempts, first.reference, first.at)


def sent(connection: Connection, message: str, *, reference: str, at: datetime) -> None:
    values = {"status": SENT, "reference": reference, "sent_at": at, "error": None, "attempts": 0}
    connection.execute(update(notice_deliveries).where(_open(message)).values(values))


def failed(
    connection: Connection, delivery: Delivery, *, error: str, now: datetime, final: bool = False, wait: timedelta | None = None
) -> bool:
    """Try again later, or never when `final` or tried too often; True when it is dead. `error` never holds content."""
    attempts = delivery.attempts + 1
    is_dead = final or attempts >= MOST_ATTEMPTS
    after = max(wait or timedelta(), FIRST_RETRY * 2 ** (attempts - 1))
    values: dict[str, Any] = {"attempts": attempts, "error": error, "next_at": now + after}
    if is_dead:
        values["status"] = DEAD
    connection.execute(update(notice_deliveries).where(_open(delivery.message)).values(values))
    return is_dead


def made_stale(connection: Connection, actions: Collection[str], *, now: datetime) -> int:
    """Messages in Slack that show one of these items are to be brought up to date; how many deliveries."""
    row = notice_deliveries.c
    shows = select(notice_items.c.notice).where(notice_items.c.action.in_(sorted(actions)))
    shown = and_(row.medium == Medium.SLACK.value, row.status == SENT, row.notice.in_(shows))
    return connection.execute(update(notice_deliveries).where(shown).values(status=STALE, next_at=now)).rowcount


def dead_deliveries(connection: Connection, *, limit: int = 20) -> list[Row[Any]]:
    """(person, medium, notices, error, at) of each message that could not be delivered, the newest first."""
    row = notice_deliveries.c
    grouped = select(
        row.person, row.medium, func.count().label("notices"), func.max(row.error).label("error"), func.max(row.next_at).label("at")
    )
    return list(
        connection.execute(
            grouped.where(row.status == DEAD).group_by(row.message, row.person, row.medium).order_by(func.max(row.id).desc()).limit(limit)
        )
    )


def revive(connection: Connection, *, now: datetime) -> int:
    """Try the dead once more, after the cause was mended; how many."""
    values = {"status": WAITING, "attempts": 0, "next_at": now, "error": None}
    return connection.execute(update(notice_deliveries).where(notice_deliveries.c.status == DEAD).values(values)).rowcount


def _set(connection: Connection, name: str, value: str) -> None:
    connection.execute(upsert(connection, notice_cursors, key=("name",), update=("value",)), [{"name": name, "value": value}])


def _open(message: str) -> Any:
    return and_(notice_deliveries.c.message == message, notice_deliveries.c.status.in_((WAITING, STALE)))


def _message(mode: Mode, about: str) -> str:
    """Stable over attempts, so that a mail client drops the second copy of one that was sent twice."""
    return f"{'N' if mode is Mode.AT_ONCE else 'D'}-{sha256(about.encode()).hexdigest()[:24]}"


def _told(row: Row[Any]) -> Told:
    return Told(row.id, row.person, notice_of(row.payload), row.at, row.read_at, row.instead_of)
