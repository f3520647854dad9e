"""Account recoveries: a colleague made somebody a new way into an account that was in use, and may have gone in by it.

For `DOUBT` after that, what is done from the account counts as possibly the colleague's own (`policies.approval.seats`): time for its owner, who is
told at once with compliance and the privacy officer, to object.
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


class Recovery(NamedTuple):
    """`by` may have acted from the account of `username` since `at`; from `until` on nobody objected."""

    username: str
    by: str
    at: datetime
    until: datetime


def opened(connection: Connection, username: str, *, by: Collection[str], at: datetime, behind_factor: bool) -> None:
    """`by` can have set the account's password. `behind_factor`: nobody is in by that until the owner's authenticator goes (`factor_gone`)."""
    password_chosen(connection, username)
    _add(connection, username, by, at=at, until=None if behind_factor else at + DOUBT)


def factor_reset(connection: Connection, username: str, *, by: Collection[str], at: datetime) -> None:
    """`by` took the owner's authenticator away. Who knew the password already is in by `factor_gone`."""
    _add(connection, username, by, at=at, until=at + DOUBT)


def factor_gone(connection: Connection, username: str, *, at: datetime) -> None:
    """No authenticator stands before the account any more: whoever knows its password is in from now on."""
    waiting = (account_recoveries.c.username == username) & account_recoveries.c.until.is_(None)
    connection.execute(update(account_recoveries).where(waiting).values(at=at, until=at + DOUBT))


def password_chosen(connection: Connection, username: str) -> None:
    """The password that somebody else knew is gone."""
    connection.execute(delete(account_recoveries).where(account_recoveries.c.username == username, account_recoveries.c.until.is_(None)))


def in_doubt(connection: Connection, *, now: datetime) -> tuple[Recovery, ...]:
    """The recoveries of the last `DOUBT`: most often none."""
    row = account_recoveries.c
    found = connection.execute(select(row.username, row.by, row.at, row.until).where(row.until > now).order_by(row.id))
    return tuple(Recovery(*one) for one in found)


def hands(recoveries: Iterable[Recovery], username: str, at: datetime) -> frozenset[str]:
    """Everybody who may have acted from this account at that moment: its owner, and who may have gone in."""
    return frozenset(one.by for one in recoveries if one.username == username and one.at <= at) | {username}


def writers(connection: Connection, ids: Collection[ActionId], recoveries: Collection[Recovery]) -> dict[ActionId, frozenset[str]]:
    """Per action, who besides its authors may have written a version of it, from the account of one of them. Without recoveries no query."""
    found: dict[ActionId, set[str]] = {id_: set() for id_ in ids}
    if recoveries:
        version, names = action_versions.c, {one.username for one in recoveries}
        wanted = select(version.action, version.author, version.created_at).where(version.author.in_(names))
        for row in in_chunks(connection, lambda part: wanted.where(version.action.in_(part)), ids):
            found[ActionId(row.action)] |= hands(recoveries, row.author, row.created_at) - {row.author}
    return {id_: frozenset(names) for id_, names in found.items()}


def _add(connection: Connection, username: str, by: Collection[str], *, at: datetime, until: datetime | None) -> None:
    rows = [{"username": username, "by": name, "at": at, "until": until} for name in sorted(by) if name != username]
    if rows:
        connection.execute(insert(account_recoveries), rows)
