"""Who stands in for whom, from when to when; and who was given an item. Rows in, records out; who may write them is said in `approvals/`."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, text, update

from policies.actions import ActionKind, Status
from policies.records import ActionId, Record
from tools.store.action_tables import actions
from tools.store.approval_tables import assignments, delegations
from tools.store.database import upsert

POSTGRES_LOCK = 7205
SHOWN = 100


class Delegation(Record):
    """`person` is away and `deputy`, when there is one, has their authority over `kinds` (none = every kind) from start to end."""

    id: str
    person: str
    deputy: str | None
    kinds: tuple[ActionKind, ...] = ()
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    made_by: str
    made_at: AwareDatetime
    revoked_at: AwareDatetime | None = None
    revoked_by: str | None = None

    def covers(self, kind: ActionKind, at: datetime) -> bool:
        """Is the authority over `kind` lent at that moment? The end is exclusive, and so is the moment it is taken back."""
        return self.runs(at) and (not self.kinds or kind in self.kinds)

    def runs(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at and (self.revoked_at is None or at < self.revoked_at)


class Assignment(Record):
    action: ActionId
    assignee: str
    by: str
    at: AwareDatetime


def add(connection: Connection, delegation: Delegation) -> None:
    body = delegation.model_dump(exclude={"kinds"}) | {"kinds": [kind.value for kind in delegation.kinds]}
    connection.execute(insert(delegations).values(body))


def get(connection: Connection, identity: str) -> Delegation | None:
    row = connection.execute(select(delegations).where(delegations.c.id == identity)).one_or_none()
    return _delegation(row) if row else None


def revoke(connection: Connection, identity: str, *, by: str, at: datetime) -> bool:
    """False when it was taken back already."""
    open_ = (delegations.c.id == identity) & delegations.c.revoked_at.is_(None)
    return connection.execute(update(delegations).where(open_).values(revoked_at=at, revoked_by=by)).rowcount == 1


def running(connection: Connection, *, at: datetime) -> tuple[Delegation, ...]:
    """Every delegation in force at that moment, by id."""
    found = connection.execute(select(delegations).where(delegations.c.ends_at > at, delegations.c.starts_at <= at, _kept(at)))
    return tuple(sorted((_delegation(row) for row in found), key=lambda one: one.id))


def to_deputies(connection: Connection, deputies: set[str]) -> tuple[Delegation, ...]:
    """Everything ever lent to these people: what an old decision rested on."""
    found = connection.execute(select(delegations).where(delegations.c.deputy.in_(sorted(deputies))).order_by(delegations.c.id))
    return tuple(_delegation(row) for row in found)


def lock(connection: Connection, person: str) -> None:
    """One transaction at a time arranges the absences of one person. (SQLite's writers queue.)"""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key, hashtext(:person))"), {"key": POSTGRES_LOCK, "person": person})


def upcoming(connection: Connection, *, at: datetime, person: str | None = None, limit: int = SHOWN) -> tuple[Delegation, ...]:
    """What runs or is still to come, the next to end first."""
    statement = select(delegations).where(delegations.c.ends_at > at, _kept(at)).order_by(delegations.c.ends_at, delegations.c.id)
    if person is not None:
        statement = statement.where(delegations.c.person == person)
    return tuple(_delegation(row) for row in connection.execute(statement.limit(limit)))


def assign(connection: Connection, assignment: Assignment) -> None:
    """One item has one assignee; the audit log keeps the earlier ones."""
    statement = upsert(connection, assignments, key=("action",), update=("assignee", "by", "at"))
    connection.execute(statement, assignment.model_dump())


def assignment_of(connection: Connection, action: ActionId) -> Assignment | None:
    row = connection.execute(select(assignments).where(assignments.c.action == action)).one_or_none()
    return Assignment(**row._mapping) if row else None


def _kept(at: datetime) -> ColumnElement[bool]:
    return or_(delegations.c.revoked_at.is_(None), delegations.c.revoked_at > at)


def _delegation(row: Row[Any]) -> Delegation:
    return Delegation(**row._mapping)


def assigned_to(connection: Connection, people: Collection[str]) -> tuple[Assignment, ...]:
    """Items that wait and were given to one of these people, in the order they were given."""
    given = assignments.c
    statement = (
        select(assignments)
        .join(actions, actions.c.id == given.action)
        .where(given.assignee.in_(sorted(people)), actions.c.status == Status.QUEUED.value)
        .order_by(given.at, given.action)
    )
    return tuple(Assignment(**row._mapping) for row in connection.execute(statement))
