"""Account recoveries: a colleague made somebody a new way into an account that was in use, and may have gone in by it.

For `DOUBT` after that, the account's approvals count as possibly the colleague's own (`policies.approval.seats`): time for its owner, who is told
at once with compliance and the privacy officer, to object.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from tools.store.identity_tables import account_recoveries

DOUBT = timedelta(hours=72)  # from a Friday evening to the next working evening


class Recovery(NamedTuple):
    """`by` could have entered the account of `username` from `at` on."""

    username: str
    by: str
    at: datetime


def add(connection: Connection, username: str, *, by: str, at: datetime) -> None:
    connection.execute(insert(account_recoveries).values(username=username, by=by, at=at))


def recovered(connection: Connection) -> tuple[Recovery, ...]:
    """Every recovery there is: a few rows a year."""
    rows = connection.execute(select(account_recoveries).order_by(account_recoveries.c.id))
    return tuple(Recovery(row.username, row.by, row.at) for row in rows)


def behind(recoveries: Iterable[Recovery], username: str, at: datetime) -> frozenset[str]:
    """Who besides its owner could have acted from this account at that moment."""
    return frozenset(one.by for one in recoveries if one.username == username and one.at <= at < one.at + DOUBT)


def author_accounts(recoveries: Collection[Recovery], authors: frozenset[str], *, since: datetime) -> frozenset[str]:
    """`authors` and whoever could have written from the account of one of them since then."""
    return authors | {one.by for one in recoveries if one.username in authors and one.at + DOUBT > since}
