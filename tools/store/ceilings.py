"""What has left in a time: money and mails, counted by index. What is being sent counts, and what may have been sent."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, text

from policies.actions import ExecutionStatus, Status
from policies.kinds import Operation
from policies.records import ActionId, LeadId
from tools.store import lifecycle
from tools.store.action_tables import actions, executions
from tools.store.contacts import surviving

POSTGRES_LOCK = 7204

_SPENT = (Status.CLAIMED.value, Status.DONE.value, Status.UNKNOWN.value)
_SENT = (ExecutionStatus.CLAIMED.value, ExecutionStatus.DONE.value, ExecutionStatus.UNKNOWN.value)


class Spent(NamedTuple):
    at: datetime
    usd: float


def hold(connection: Connection) -> None:
    """Let one transaction at a time count and claim: two that count at once would both find room for the last one. (SQLite's writers queue.)"""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": POSTGRES_LOCK})


def spent_usd(connection: Connection, *, since: datetime, besides: ActionId) -> float:
    """Money of the actions executed, or perhaps executed, since `since`, without the action `besides`. US dollars."""
    statement = select(func.coalesce(func.sum(actions.c.money_usd), 0.0)).where(*_spending(since, besides))
    return float(connection.scalar(statement) or 0.0)


def spends(connection: Connection, *, since: datetime, besides: ActionId) -> Iterator[Spent]:
    """The same one by one, the oldest first."""
    statement = select(actions.c.updated_at, actions.c.money_usd).where(*_spending(since, besides)).order_by(actions.c.updated_at)
    for row in connection.execute(statement):
        yield Spent(row.updated_at, row.money_usd)


def sent(connection: Connection, *, since: datetime, besides: ActionId) -> int:
    """Mails handed to the mail server since `since`, or perhaps handed over."""
    return connection.scalar(select(func.count()).select_from(executions).where(*_mails(since, besides))) or 0


def sent_to(connection: Connection, lead: LeadId, *, since: datetime, besides: ActionId) -> list[datetime]:
    """When mails went to this person since `since`, the oldest first, under whatever lead they were before a merge. By their few actions alone."""
    same = lifecycle.family(connection, [surviving(connection, lead)])
    statement = (
        select(executions.c.claimed_at)
        .join(actions, actions.c.id == executions.c.action)
        .where(actions.c.lead.in_(sorted(same)), *_mails(since, besides))
        .order_by(executions.c.claimed_at)
    )
    return list(connection.scalars(statement))


def _spending(since: datetime, besides: ActionId) -> tuple[ColumnElement[bool], ...]:
    return (actions.c.updated_at >= since, actions.c.money_usd > 0, actions.c.status.in_(_SPENT), actions.c.id != besides)


def _mails(since: datetime, besides: ActionId) -> tuple[ColumnElement[bool], ...]:
    mail = executions.c.operation == Operation.SMTP.value
    return (mail, executions.c.claimed_at >= since, executions.c.status.in_(_SENT), executions.c.action != besides)
