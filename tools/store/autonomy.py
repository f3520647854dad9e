"""Rows of the autonomy ladder: what is asked for, in force, and over. Who may write them is said in `approvals/autonomy.py`."""

from datetime import datetime
from typing import Any, NamedTuple

from pydantic import AwareDatetime
from sqlalchemy import Connection, Row, and_, case, func, insert, or_, select, text, update

from policies.actions import Action, ActionKind, Status, Verdict
from policies.approval.ladder import Level, Limits
from policies.kinds import KINDS, Operation
from policies.records import ActionId, Channel, Record
from tools.store import actions as store
from tools.store.action_tables import actions, decisions
from tools.store.approval_tables import autonomy_grants

EVERY = ""
POSTGRES_LOCK = 7206


class Grant(Record):
    """One level of one class: a kind, or a kind in one channel. In force once agreed to and until ended; only `act` has limits."""

    id: str
    kind: ActionKind
    channel: Channel | None
    level: Level
    limits: Limits | None
    asked_by: str
    asked_at: AwareDatetime
    agreed_by: str | None = None
    agreed_at: AwareDatetime | None = None
    ended_by: str | None = None
    ended_at: AwareDatetime | None = None
    ended_why: str | None = None

    @property
    def is_in_force(self) -> bool:
        return self.agreed_at is not None and self.ended_at is None


class Used(NamedTuple):
    """What a grant has approved in a time."""

    actions: int
    usd: float
    emails: int


def add(connection: Connection, grant: Grant) -> None:
    body = grant.model_dump(mode="json", include={"id", "kind", "level", "asked_by", "agreed_by", "ended_by", "ended_why"})
    body |= {"channel": grant.channel.value if grant.channel else EVERY, "limits": grant.limits.model_dump() if grant.limits else {}}
    body |= {"asked_at": grant.asked_at, "agreed_at": grant.agreed_at, "ended_at": grant.ended_at}
    connection.execute(insert(autonomy_grants).values(body))


def lock(connection: Connection) -> None:
    """One transaction at a time moves a class up or down. (SQLite's writers queue.)"""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": POSTGRES_LOCK})


def get(connection: Connection, identity: str, *, lock: bool = False) -> Grant | None:
    statement = select(autonomy_grants).where(autonomy_grants.c.id == identity)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    return _grant(row) if row else None


def agree(connection: Connection, identity: str, *, by: str, at: datetime) -> bool:
    """False when it was agreed to or ended already."""
    waits = and_(autonomy_grants.c.id == identity, autonomy_grants.c.agreed_at.is_(None), autonomy_grants.c.ended_at.is_(None))
    return connection.execute(update(autonomy_grants).where(waits).values(agreed_by=by, agreed_at=at)).rowcount == 1


def end(connection: Connection, identity: str, *, by: str, why: str, at: datetime) -> bool:
    """False when it was over already."""
    open_ = and_(autonomy_grants.c.id == identity, autonomy_grants.c.ended_at.is_(None))
    return connection.execute(update(autonomy_grants).where(open_).values(ended_by=by, ended_at=at, ended_why=why)).rowcount == 1


def in_force(connection: Connection, *, kind: ActionKind | None = None) -> tuple[Grant, ...]:
    """Every level in force, by kind and channel."""
    return _where(connection, autonomy_grants.c.agreed_at.is_not(None), kind)


def asked(connection: Connection, *, kind: ActionKind | None = None) -> tuple[Grant, ...]:
    """What waits for a second person."""
    return _where(connection, autonomy_grants.c.agreed_at.is_(None), kind)


def ended(connection: Connection, *, limit: int = 20) -> tuple[Grant, ...]:
    """What is over, the newest first."""
    over = select(autonomy_grants).where(autonomy_grants.c.ended_at.is_not(None))
    rows = connection.execute(over.order_by(autonomy_grants.c.ended_at.desc(), autonomy_grants.c.id).limit(limit))
    return tuple(_grant(row) for row in rows)


def changed_since(connection: Connection, grant: Grant) -> bool:
    """Did a level of the same class come into force or end after this one was asked for? (A class at its default has no row to end.)"""
    row = autonomy_grants.c
    channel = grant.channel.value if grant.channel else EVERY
    changed = or_(row.agreed_at > grant.asked_at, and_(row.agreed_at.is_not(None), row.ended_at > grant.asked_at))
    same = and_(row.kind == grant.kind.value, row.channel == channel, changed)
    return connection.scalar(select(row.id).where(same).limit(1)) is not None


def used(connection: Connection, grant: str, *, since: datetime, until: datetime) -> Used:
    """How much this grant has approved in that time, by the index of decisions."""
    mail = case((actions.c.kind.in_([kind.value for kind, spec in KINDS.items() if Operation.SMTP in spec.operations]), 1), else_=0)
    row = connection.execute(
        select(func.count(), func.coalesce(func.sum(actions.c.money_usd), 0.0), func.coalesce(func.sum(mail), 0))
        .select_from(decisions)
        .join(actions, actions.c.id == decisions.c.action)
        .where(decisions.c.by == grant, decisions.c.at >= since, decisions.c.at < until)
    ).one()
    return Used(row[0], float(row[1]), int(row[2]))


def proposed_since(connection: Connection, grant: Grant, *, limit: int = 200) -> list[Action]:
    """First versions of the grant's class proposed since it came into force, which wait or which a rule blocked; the oldest first.

    What a person has decided on, or has asked a new draft of, is left out by the caller's own transaction.
    """
    row = actions.c
    wanted = [row.kind == grant.kind.value, row.version == 1, row.created_at > grant.agreed_at]
    wanted.append(row.status.in_([Status.QUEUED.value, Status.BLOCKED.value]))
    if grant.channel is not None:
        wanted.append(row.channel == grant.channel.value)
    ids = connection.scalars(select(row.id).where(*wanted).order_by(row.created_at, row.id).limit(limit)).all()
    found = (store.get_action(connection, ActionId(id_)) for id_ in ids)
    return [action for action in found if action is not None]


def flawed_since(connection: Connection, grant: Grant) -> ActionId | None:
    """The first item of the class, proposed since the grant came into force, that a rule or a reader objected to."""
    row = actions.c
    wanted = [row.kind == grant.kind.value, row.created_at > grant.agreed_at, row.verdict != Verdict.PASS.value]
    wanted.append(row.status.in_([Status.QUEUED.value, Status.BLOCKED.value]))
    if grant.channel is not None:
        wanted.append(row.channel == grant.channel.value)
    found = connection.scalar(select(row.id).where(*wanted).order_by(row.created_at, row.id).limit(1))
    return ActionId(found) if found else None


def _where(connection: Connection, state: Any, kind: ActionKind | None) -> tuple[Grant, ...]:
    row = autonomy_grants.c
    statement = select(autonomy_grants).where(row.ended_at.is_(None), state).order_by(row.kind, row.channel, row.asked_at)
    if kind is not None:
        statement = statement.where(row.kind == kind.value)
    return tuple(_grant(row) for row in connection.execute(statement))


def _grant(row: Row[Any]) -> Grant:
    body = dict(row._mapping)
    limits = body.pop("limits")
    return Grant(**{**body, "channel": body["channel"] or None, "limits": Limits.model_validate(limits) if limits else None})
