"""Who stands highest now, and how many are MQLs: index scans, whatever the number of leads. Reads; writes nothing.

`scores.g` is the sum of a lead's positive group sums: its intent at t is never above g·e^{-λ(t-L)}, so the index (model, fit, g) hands out
candidates in falling order of the best they can be, one stream per level of fit, and most leads are never looked at.
"""

import math
from collections.abc import Collection, Generator, Mapping
from contextlib import ExitStack, closing
from datetime import datetime
from heapq import heapify, heappop, heapreplace
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from policies.leads.decay import LANDMARK, days
from policies.leads.model import Model
from policies.leads.score import group_values, intent_of_groups, total_points
from policies.records import LeadId
from tools.store import ledger as book
from tools.store.ledger import Scored
from tools.store.scores import as_of
from tools.store.tables import scores
from tools.store.tally import ending_from

NOBODY = LeadId("")
LOOK_AHEAD = 64
"""Candidates whose points are read at a time."""


class Ranked(NamedTuple):
    """A lead's place in the queue. `mass` is its points before any cap: of two leads at the same total, the one with more behind it comes first."""

    total: float
    mass: float
    lead: LeadId
    fit: float
    intent: float

    @property
    def order(self) -> tuple[float, float, LeadId]:
        return -self.total, -self.mass, self.lead


def top_leads(connection: Connection, model: Model, *, at: datetime, limit: int) -> list[Ranked]:
    """The `limit` leads with the highest total under `model` at `at`, exactly, highest first.

    Merges one index stream per level of fit (at most `fit_cap` + 1 where weights are whole numbers), and stops when the best that any lead not
    yet looked at could reach is below the last place. A lead with events after `at` is replayed up to it.
    """
    factor = math.exp(-model.rate * days(LANDMARK, at))
    best = [_ranked(model, lead, scored, factor, at=at) for lead, scored in _with_later_events(connection, model, at).items()]
    with ExitStack() as cursors:
        levels = _levels(connection, model)
        streams = [cursors.enter_context(closing(_candidates(connection, model, fit, factor, at=at))) for fit, _ in levels]
        # Until its turn comes a level is represented by the best it could hold: most levels are never read.
        heads = [_bound(model, NOBODY, fit, g, factor) for fit, g in levels]
        waiting = [(head.order, place, head) for place, head in enumerate(heads)]
        heapify(waiting)
        while waiting:
            best = sorted(best, key=lambda one: one.order)[:limit]
            if len(best) >= limit and best[-1].order <= waiting[0][0]:
                break
            batch = _next_best(waiting, streams)
            groups = book.groups_of(connection, [one.lead for one in batch], model.id)
            # A lead whose score is dropped meanwhile, because it is being merged, is not ranked.
            best += [_exact(model, one, groups[one.lead], at=at) for one in batch if one.lead in groups]
    return sorted(best, key=lambda one: one.order)[:limit]


_Waiting = list[tuple[tuple[float, float, LeadId], int, Ranked]]


def _next_best(waiting: _Waiting, streams: list[Generator[Ranked]]) -> list[Ranked]:
    """The heads of the streams, best first, taken off the heap `waiting`."""
    batch: list[Ranked] = []
    while waiting and len(batch) < LOOK_AHEAD:
        _, place, head = waiting[0]
        if head.lead != NOBODY:
            batch.append(head)
        following = next(streams[place], None)
        if following is None:
            heappop(waiting)
        else:
            heapreplace(waiting, (following.order, place, following))
    return batch


def count_mqls(connection: Connection, models: Mapping[str, Model], *, at: datetime) -> int:
    """How many leads are MQLs at `at` under the live `models`; a lead that is one on two lines counts twice.

    From the tally by day and a day's range of the index. A lead with events after `at` is taken out of it and replayed up to `at`.
    """
    count = 0
    for model in models.values():
        later = book.acted_after(connection, model.id, at)
        ends = [known.standing.mql_until for known in book.known_of(connection, later, [model.id]).values()]
        count += ending_from(connection, model.id, at) - sum(end is not None and end >= at for end in ends)
        count += sum(scored.standing.is_mql(at) for scored in as_of(connection, model, later, at=at).values())
    return count


def mqls_among(connection: Connection, model: Model, leads: Collection[LeadId], *, at: datetime) -> set[LeadId]:
    """Which of a page of `leads` are MQLs at `at` under `model`, from what is stored."""
    rows = scores.c
    found = connection.execute(select(rows.lead, rows.mql_until).where(rows.model == model.id, rows.lead.in_(leads)))
    return {row.lead for row in found if row.mql_until is not None and row.mql_until >= at}


def _with_later_events(connection: Connection, model: Model, at: datetime) -> dict[LeadId, Scored]:
    return as_of(connection, model, book.acted_after(connection, model.id, at), at=at)


def _levels(connection: Connection, model: Model) -> list[tuple[float, float]]:
    """The fits that occur, each with the highest g it holds: two seeks in the index per level, all in one query."""
    rows = scores.c
    level = select(func.max(rows.fit).label("fit")).where(rows.model == model.id).cte("level", recursive=True)
    below = select(func.max(rows.fit)).where(rows.model == model.id, rows.fit < level.c.fit).scalar_subquery()
    level = level.union_all(select(below).where(level.c.fit.is_not(None)))
    highest = select(func.max(rows.g)).where(rows.model == model.id, rows.fit == level.c.fit).scalar_subquery()
    return [(fit, g) for fit, g in connection.execute(select(level.c.fit, highest).where(level.c.fit.is_not(None)))]


def _candidates(connection: Connection, model: Model, fit: float, factor: float, *, at: datetime) -> Generator[Ranked]:
    """The leads of one level, each with the highest total it can have."""
    rows = scores.c
    level = select(rows.lead, rows.g, rows.last_event_at).where(rows.model == model.id, rows.fit == fit).order_by(rows.g.desc(), rows.lead)
    with connection.execute(level, execution_options={"yield_per": LOOK_AHEAD}) as rows_of_level:
        for row in rows_of_level:
            if row.last_event_at is None or row.last_event_at <= at:
                yield _bound(model, row.lead, fit, row.g, factor)


def _bound(model: Model, lead: LeadId, fit: float, g: float, factor: float) -> Ranked:
    """The highest total a lead with these can have."""
    intent = min(model.intent_cap, g * factor)
    return Ranked(total_points(model, fit, intent), g * factor, lead, fit, intent)


def _exact(model: Model, bound: Ranked, groups: Mapping[str, float], *, at: datetime) -> Ranked:
    intent = intent_of_groups(model, group_values(model, groups, at))
    return bound._replace(intent=intent, total=total_points(model, bound.fit, intent))


def _ranked(model: Model, lead: LeadId, scored: Scored, factor: float, *, at: datetime) -> Ranked:
    mass = book.ranking_key(scored.standing.groups) * factor
    return _exact(model, Ranked(0.0, mass, lead, scored.fit, 0.0), scored.standing.groups, at=at)
