"""Account recoveries: a colleague made somebody a new way into an account that was in use, and may have gone in by it.

For `DOUBT` after that, what is done from the account counts as possibly the colleague's own (`policies.approval.seats`): time for its owner, who is
told at once with compliance and the privacy officer, to object. What was objected to stays in doubt longer than any item waits (`OBJECTED`).
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from policies.records import ActionId
from tools.store.action_tables import action_versions
from tools.store.chunks import in_chunks
from tools.store.identity_tables import account_recoveries

DOUBT = timedelta(hours=72)  # from a Friday evening to the next working evening
OBJECTED = timedelta(days=120)


class Recovery(NamedTuple):
    """`by` may have acted from the account of `username` since `at`, before `ended_at`. From `until` on that no longer matters."""

    username: str
    by: str
    at: datetime
    until: datetime
    ended_at: datetime | None

    def covers(self, at: datetime) -> bool:
        return self.at <= at and (self.ended_at is None or at < self.ended_at)


def entered(connection: Connection, username: str, *, by: Collection[str], at: datetime) -> None:
    """`by` may be in the account from now on."""
    _add(connection, username, by, at=at, until=at + DOUBT)


def opened(connection: Connection, username: str, *, by: Collection[str], waiting: Collection[str] = (), at: datetime) -> None:
    """`by` may have gone in with a new password. `waiting` may know it too, but an authenticator stands before them until it goes (`factor_gone`)."""
    password_chosen(connection, username)
    entered(connection, username, by=by, at=at)
    _add(connection, username, waiting, at=at, until=None)


def objected(connection: Connection, username: str, *, at: datetime, back: bool) -> bool:
    """Somebody says that the colleague had no business there; False when nothing is in doubt. `back`: its owner has the account again, by others."""
    row = account_recoveries.c
    open_now = (row.username == username) & (row.until > at) & row.ended_at.is_(None)
    values: dict[str, datetime] = {"until": at + OBJECTED} | ({"ended_at": at} if back else {})
    return bool(connection.execute(update(account_recoveries).where(open_now).values(values)).rowcount)


def factor_gone(connection: Connection, username: str, *, at: datetime) -> None:
    """No authenticator stands before the account any more: whoever knows its password is in from now on."""
    waiting = (account_recoveries.c.username == username) & account_recoveries.c.until.is_(None)
    connection.execute(update(account_recoveries).where(waiting).values(at=at, until=at + DOUBT))


def password_chosen(connection: Connection, username: str) -> None:
    """The password that somebody else knew is gone."""
    connection.execute(delete(account_recoveries).where(account_recoveries.c.username == username, account_recoveries.c.until.is_(None)))


def in_doubt(connection: Connection, *, now: datetime) -> tuple[Recovery, ...]:
    """The recoveries that still matter: most often none."""
    row = account_recoveries.c
    found = connection.execute(select(row.username, row.by, row.at, row.until, row.ended_at).where(row.until > now).order_by(row.id))
    return tuple(Recovery(*one) for one in found)


def behind(recoveries: Iterable[Recovery], username: str, at: datetime) -> frozenset[str]:
    """Who besides its owner may have acted from this account at that moment."""
    return frozenset(one.by for one in recoveries if one.username == username and one.covers(at))


def hands(recoveries: Iterable[Recovery], username: str, at: datetime) -> frozenset[str]:
    """Everybody who may have: its owner, and who is behind it."""
    return behind(recoveries, username, at) | {username}


def writers(connection: Connection, ids: Collection[ActionId], recoveries: Collection[Recovery]) -> dict[ActionId, frozenset[str]]:
    """Per action, who besides its authors may have written a version of it, from the account of one of them. Without recoveries no query."""
    found: dict[ActionId, set[str]] = {id_: set() for id_ in ids}
    if recoveries:
        version, names = action_versions.c, {one.username for one in recoveries}
        wanted = select(version.action, version.author, version.created_at).where(version.author.in_(names))
        for row in in_chunks(connection, lambda part: wanted.where(version.action.in_(part)), ids):
            found[ActionId(row.action)] |= behind(recoveries, row.author, row.created_at)
    return {id_: frozenset(names) for id_, names in found.items()}


def _add(connection: Connection, username: str, by: Collection[str], *, at: datetime, until: datetime | None) -> None:
    rows = [{"username": username, "by": name, "at": at, "until": until} for name in sorted(by) if name != username]
    if rows:
        connection.execute(insert(account_recoveries), rows)
