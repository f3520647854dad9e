"""Queued handoffs whose lead is an MQL no longer, and when the next one will be: what the clock wakes up for. Reads; decides nothing."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from policies.actions import ActionKind, Status
from policies.records import ActionId
from tools.store.action_tables import actions
from tools.store.engagements import Stage
from tools.store.models import IS_LIVE
from tools.store.tables import engagements, score_models, scores

_row = scores.c
_ITS_SCORE = and_(_row.lead == actions.c.lead, actions.c.subject == _row.lead + ":" + _row.service_line, IS_LIVE)
_WAITING = and_(actions.c.kind == ActionKind.MQL_HANDOFF.value, actions.c.status == Status.QUEUED.value)


def demoted(connection: Connection, *, now: datetime, limit: int = 500, ids: Collection[ActionId] | None = None) -> list[ActionId]:
    """Queued handoffs (of `ids`) that no model in force stands behind at `now`: its time is over, or the line has no such lead or model any more.

    A lead whose acts wait to be scored, as after a merge, or that did something after `now` is left alone: it is judged when that is done. Where
    no model was ever in force nothing is judged.
    """
    ahead = exists().where(_ITS_SCORE, _row.last_event_at > now)
    unscored = exists().where(engagements.c.lead == actions.c.lead, engagements.c.stage < Stage.SCORED)
    query = select(actions.c.id).where(_WAITING, _unsupported(now), ~ahead, ~unscored).order_by(actions.c.id).limit(limit)
    if ids is not None:
        query = query.where(actions.c.id.in_(ids))
    return [ActionId(id_) for id_ in connection.scalars(query)]


def is_supported(connection: Connection, action: ActionId, *, now: datetime) -> bool:
    """Whether a model in force stands behind this handoff by what is scored now: asked at the approval, where a refusal costs another click."""
    return connection.scalar(select(actions.c.id).where(actions.c.id == action, _unsupported(now))) is None


def _unsupported(now: datetime) -> ColumnElement[bool]:
    stands = exists().where(_ITS_SCORE, _row.mql_until >= now)
    return and_(exists().where(score_models.c.live), ~stands)


def is_disqualified(connection: Connection, action: ActionId) -> bool:
    """Whether a model in force has ruled out the lead of this handoff, whatever was approved."""
    ruled_out = (
        select(_row.lead).select_from(actions).join(scores, _ITS_SCORE).where(actions.c.id == action, _row.disqualified_at.is_not(None))
    )
    return connection.scalar(ruled_out.limit(1)) is not None


def next_demotion(connection: Connection, *, now: datetime) -> datetime | None:
    """The first instant after `now` at which a queued handoff loses its lead's MQL if nothing happens; None if none does."""
    query = select(func.min(_row.mql_until)).select_from(actions).join(scores, _ITS_SCORE).where(_WAITING, _row.mql_until >= now)
    ends_at: datetime | None = connection.scalar(query)
    return ends_at
