"""Items that wait for a decision longer than a rule allows, and have not been told of it. By index: what is young or told is never read."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from policies.actions import Status
from policies.approval.rules import ApprovalRule
from policies.records import ActionId
from tools.store.action_tables import actions
from tools.store.approval_tables import approval_escalations

LEVELS = 2


def overdue(connection: Connection, rules: Iterable[ApprovalRule], *, now: datetime, limit: int = 500) -> Iterator[ActionId]:
    """Queued items past the response time of a rule that may match them, not yet told on both levels, the longest waiting first.

    A rule's states are left to the caller: they lie with the version. An item told once is read again only when its time is over twice.
    """
    past = [_past(rule, now) for rule in rules if rule.sla_hours is not None]
    if not past:
        return
    row = actions.c
    waits = and_(row.status == Status.QUEUED.value, row.created_at <= now, or_(*past))
    yield from (ActionId(id_) for id_ in connection.scalars(select(row.id).where(waits).order_by(row.created_at, row.id).limit(limit)))


def told(connection: Connection, action: ActionId, version: int) -> set[int]:
    """The levels that have heard of this version."""
    key = approval_escalations.c
    return set(connection.scalars(select(key.level).where(key.action == action, key.version == version)))


def _past(rule: ApprovalRule, now: datetime) -> ColumnElement[bool]:
    row, key = actions.c, approval_escalations.c
    levels = select(func.count()).where(key.action == row.id, key.version == row.version).correlate(actions).scalar_subquery()
    sla = timedelta(hours=rule.sla_hours or 0)
    due = or_(
        and_(row.updated_at <= now - sla, levels == 0),
        and_(row.updated_at <= now - LEVELS * sla, levels == 1),
    )
    narrowed = [row.kind.in_([kind.value for kind in rule.kinds]), row.created_at <= now - sla, due]
    for column, values in ((row.risk, rule.risks), (row.channel, rule.channels)):
        if values:
            narrowed.append(column.in_([value.value for value in values]))
    if rule.min_usd:
        narrowed.append(func.abs(row.money_usd) >= rule.min_usd)
    return and_(*narrowed)
