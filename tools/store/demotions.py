"""Queued handoffs whose lead is an MQL no longer, and when the next one will be: what the clock wakes up for. Reads; decides nothing."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from policies.actions import ActionKind, Status
from policies.records import ActionId
from tools.store.action_tables import actions
from tools.store.tables import score_models, scores

_row = scores.c
IS_LIVE = _row.model.in_(select(score_models.c.id).where(score_models.c.live))
"""Rows of models that went out of force stay in `scores`; nobody keeps them."""

_ITS_SCORE = and_(_row.lead == actions.c.lead, actions.c.subject == _row.lead + ":" + _row.service_line, IS_LIVE)
_WAITING = and_(actions.c.kind == ActionKind.MQL_HANDOFF.value, actions.c.status == Status.QUEUED.value)


def demoted(connection: Connection, *, now: datetime, limit: int = 500, ids: Collection[ActionId] | None = None) -> list[ActionId]:
    """Queued handoffs (of `ids`) that a model in force no longer stands behind at `now`.

    A lead whose score is being put together again, or that did something after `now`, is left alone: it is judged when that is done.
    """
    over = exists().where(_ITS_SCORE, _row.last_event_at <= now, _ended(now))
    stands = exists().where(_ITS_SCORE, _row.mql_until >= now)
    query = select(actions.c.id).where(_WAITING, over, ~stands).order_by(actions.c.id).limit(limit)
    if ids is not None:
        query = query.where(actions.c.id.in_(ids))
    return [ActionId(id_) for id_ in connection.scalars(query)]


def next_demotion(connection: Connection, *, now: datetime) -> datetime | None:
    """The first instant after `now` at which a queued handoff loses its lead's MQL if nothing happens; None if none does."""
    query = select(func.min(_row.mql_until)).select_from(actions).join(scores, _ITS_SCORE).where(_WAITING, _row.mql_until >= now)
    ends_at: datetime | None = connection.scalar(query)
    return ends_at


def _ended(now: datetime) -> ColumnElement[bool]:
    return _row.mql_until.is_(None) | (_row.mql_until < now)
