"""Webhook endpoints and their deliveries: rows in, records out. Knows when a delivery is due, not what it says or how it is sent.

Deliveries are made of rows of the audit log that are already committed, by a cursor per endpoint: nothing that happened can be missed, and nothing
that did not happen can be told.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Connection, Row, and_, func, insert, select, update

from policies.actions import AuditEntry
from policies.records import Record
from tools.keys import KeyRing, Sealed
from tools.store.action_tables import audit
from tools.store.api_tables import webhook_deliveries, webhook_endpoints
from tools.store.audit import entry_of
from tools.store.database import insert_new

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
SEALED = ("key_id", "nonce", "ciphertext")


class State(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class Endpoint(Record):
    """Where to tell of which events. `failures` in a row of the endpoint itself; nothing goes there before `not_before`."""

    id: str
    name: str
    url: str
    events: tuple[str, ...]
    seq: int
    created_by: str
    created_at: AwareDatetime
    disabled_at: AwareDatetime | None
    failures: int
    not_before: AwareDatetime


class Delivery(Record):
    """One event for one endpoint. `event_id` never changes, however often it is sent; `answer` is the last status or the name of a fault."""

    id: int
    endpoint: str
    event_id: str
    seq: int
    event: str
    body: dict[str, Any]
    status: State
    attempts: int
    created_at: AwareDatetime
    not_before: AwareDatetime
    give_up_at: AwareDatetime
    last_attempt_at: AwareDatetime | None
    answer: str | None


def wait(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: 1 minute, then twice as long each time, at most an hour."""
    doublings: int = min(max(failures - 1, 0), 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def add_endpoint(connection: Connection, endpoint: Endpoint, sealed: Sealed) -> None:
    row = endpoint.model_dump() | {"events": list(endpoint.events)} | sealed._asdict()
    connection.execute(insert(webhook_endpoints).values(row))


def endpoints(connection: Connection) -> list[Endpoint]:
    """All of them, the oldest first."""
    return [
        _endpoint(row)
        for row in connection.execute(select(webhook_endpoints).order_by(webhook_endpoints.c.created_at, webhook_endpoints.c.id))
    ]


def get_endpoint(connection: Connection, endpoint: str) -> Endpoint | None:
    row = connection.execute(select(webhook_endpoints).where(webhook_endpoints.c.id == endpoint)).one_or_none()
    return _endpoint(row) if row else None


def change_endpoint(connection: Connection, endpoint: str, **values: Any) -> None:
    connection.execute(update(webhook_endpoints).where(webhook_endpoints.c.id == endpoint).values(**values))


def secrets_of(connection: Connection, ring: KeyRing, endpoint: str) -> dict[str, str]:
    """What was sealed with the endpoint; opened for the moment of signing only."""
    columns = [webhook_endpoints.c[name] for name in SEALED]
    row = connection.execute(select(*columns).where(webhook_endpoints.c.id == endpoint)).one()
    found: dict[str, str] = json.loads(ring.open(Sealed(*row), context=webhook_endpoints.name))
    return found


def sealed_secrets(ring: KeyRing, secrets: dict[str, str]) -> Sealed:
    return ring.seal(json.dumps(secrets).encode(), context=webhook_endpoints.name)


# --- from the audit log to deliveries


def tail(connection: Connection) -> int:
    """The number of the newest row of the audit log."""
    return connection.scalar(select(func.max(audit.c.seq))) or 0


def rows_after(connection: Connection, seq: int, *, limit: int) -> list[AuditEntry]:
    """The next rows of the audit log, oldest first."""
    statement = select(audit).where(audit.c.seq > seq).order_by(audit.c.seq).limit(limit)
    return [entry_of(row) for row in connection.execute(statement)]


def advance(connection: Connection, endpoint: Endpoint, *, to: int, deliveries: Sequence[dict[str, Any]]) -> bool:
    """Write the deliveries and move the endpoint's cursor, together. False, and nothing written, when somebody else has moved it."""
    mine = (webhook_endpoints.c.id == endpoint.id) & (webhook_endpoints.c.seq == endpoint.seq)
    if connection.execute(update(webhook_endpoints).where(mine).values(seq=to)).rowcount == 0:
        return False
    if deliveries:
        connection.execute(insert_new(connection, webhook_deliveries), list(deliveries))
    return True


# --- deliveries


def due(connection: Connection, *, now: datetime, limit: int) -> list[Delivery]:
    """Waiting deliveries whose time has come, of endpoints that take some now: in the order of the events, endpoint by endpoint."""
    table, to = webhook_deliveries.c, webhook_endpoints.c
    statement = (
        select(webhook_deliveries)
        .join(webhook_endpoints, to.id == table.endpoint)
        .where(table.status == State.WAITING.value, table.not_before <= now, to.not_before <= now, to.disabled_at.is_(None))
        .order_by(table.endpoint, table.seq, table.id)
        .limit(limit)
    )
    return [_delivery(row) for row in connection.execute(statement)]


def overdue(connection: Connection, *, now: datetime) -> list[tuple[str, int, int, int]]:
    """(endpoint, how many, first seq, last seq) of what was tried for too long."""
    table = webhook_deliveries.c
    statement = (
        select(table.endpoint, func.count(), func.min(table.seq), func.max(table.seq))
        .where(table.status == State.WAITING.value, table.give_up_at <= now)
        .group_by(table.endpoint)
        .order_by(table.endpoint)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(statement)]


def give_up(connection: Connection, endpoint: str, *, now: datetime) -> None:
    table = webhook_deliveries.c
    late = and_(table.endpoint == endpoint, table.status == State.WAITING.value, table.give_up_at <= now)
    connection.execute(update(webhook_deliveries).where(late).values(status=State.DEAD.value))


def change_delivery(connection: Connection, delivery: int, *, from_: Collection[State], **values: Any) -> bool:
    """False when it is in none of `from_` any more."""
    mine = (webhook_deliveries.c.id == delivery) & webhook_deliveries.c.status.in_([one.value for one in from_])
    return connection.execute(update(webhook_deliveries).where(mine).values(**values)).rowcount == 1


def get_delivery(connection: Connection, delivery: int) -> Delivery | None:
    row = connection.execute(select(webhook_deliveries).where(webhook_deliveries.c.id == delivery)).one_or_none()
    return _delivery(row) if row else None


def deliveries_of(connection: Connection, endpoint: str, *, limit: int) -> list[Delivery]:
    """The newest first; those that were given up before all others, because somebody must look at them."""
    table = webhook_deliveries.c
    dead_first = (table.status != State.DEAD.value, table.id.desc())
    statement = select(webhook_deliveries).where(table.endpoint == endpoint).order_by(*dead_first).limit(limit)
    return [_delivery(row) for row in connection.execute(statement)]


def counts(connection: Connection) -> dict[str, dict[State, int]]:
    """Endpoint → how many deliveries are in each state."""
    table = webhook_deliveries.c
    found: dict[str, dict[State, int]] = {}
    for endpoint, status, count in connection.execute(
        select(table.endpoint, table.status, func.count()).group_by(table.endpoint, table.status)
    ):
        found.setdefault(endpoint, {})[State(status)] = count
    return found


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(**{name: value for name, value in row._mapping.items() if name not in SEALED})


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(**row._mapping)
