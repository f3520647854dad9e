"""Counted windows: how many sign-ins one address, and one person, may get wrong in a while. Knows no passwords.

A row per address or person and window, keyed by a keyed hash, removed once its window is over: the table holds at most who tried in the last day.
"""

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, update

from approvals.identity.errors import TooManyAttempts
from policies.records import Record
from tools.store.audit import Event
from tools.store.database import insert_statement
from tools.store.identity_tables import signin_windows
from tools.workspace import Workspace

IPV6_PREFIX = 64  # what one customer gets: single addresses of it cost nothing
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Origin(Record):
    """Where a request came from: the peer's address (for counting only, stored as a keyed hash) and the browser's family."""

    address: str = ""
    agent: str = "unknown"


HERE = Origin()
"""The command line and tests: nothing is counted by address."""


class Limit(NamedTuple):
    kind: str
    most: int
    length: timedelta


# An office signs in from one address: what succeeds is given back, so only failures add up.
BY_ADDRESS = Limit("address", 40, timedelta(minutes=15))
# Beyond the lock-out (5 in a row, 15 minutes): the patient guesser. NIST SP 800-63B-4 section 3.2.2 allows at most 100 in a row.
BY_PERSON = Limit("person", 60, timedelta(hours=24))


def admit(ws: Workspace, limit: Limit, who: str, *, now: datetime) -> None:
    """Count one attempt before it is looked at, so that those sent at the same moment are all counted. Raises TooManyAttempts."""
    if not who:
        return
    starts = EPOCH + (now - EPOCH) // limit.length * limit.length
    bucket = _bucket(ws, limit, who)
    row = {"bucket": bucket, "starts_at": starts, "ends_at": starts + limit.length, "count": 1}
    with ws.database.write() as connection:
        connection.execute(delete(signin_windows).where(signin_windows.c.ends_at <= now))
        statement = insert_statement(connection, signin_windows).values(row)
        counted = statement.on_conflict_do_update(
            index_elements=["bucket", "starts_at"], set_={"count": signin_windows.c.count + 1}
        ).returning(signin_windows.c.count)
        count: int = connection.execute(counted).scalar_one()
        if count == limit.most + 1:
            subject = who if limit is BY_PERSON else f"address:{bucket[:12]}"
            ws.audit.append(connection, event=Event.PERSON_LIMIT, actor="system", subject=subject, detail={"attempts": limit.most}, at=now)
    if count > limit.most:
        minutes = max(1, round((starts + limit.length - now) / timedelta(minutes=1)))
        wait = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
        if limit is BY_PERSON:
            raise TooManyAttempts(
                f"too many wrong attempts for this person today: wait {wait}, or ask an administrator for a one-time link"
            )
        raise TooManyAttempts(f"too many wrong attempts from this network: wait {wait} and try again")


def forgive(ws: Workspace, connection: Connection, limit: Limit, who: str) -> None:
    """Take one attempt back: it was a good one."""
    bucket = _bucket(ws, limit, who)
    connection.execute(
        update(signin_windows).where(signin_windows.c.bucket == bucket, signin_windows.c.count > 0).values(count=signin_windows.c.count - 1)
    )


def forget(ws: Workspace, connection: Connection, limit: Limit, who: str) -> None:
    """Start anew: an administrator vouched for the person."""
    connection.execute(delete(signin_windows).where(signin_windows.c.bucket == _bucket(ws, limit, who)))


def _bucket(ws: Workspace, limit: Limit, who: str) -> str:
    return ws.ring.fingerprint(f"signin/{limit.kind}/{network(who) if limit.kind == 'address' else who}", length=64)


def network(address: str) -> str:
    """The address, or the /64 of an IPv6 address; whatever is no address counts as it is."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((int(found), IPV6_PREFIX), strict=False))
    return str(found)
