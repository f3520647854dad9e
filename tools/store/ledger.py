"""The points ledger and what is derived from it, row by row: awards, group sums, standings. Reads and writes; decides nothing."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, delete, select

from policies.leads.model import Model
from policies.leads.mql import Standing
from policies.records import Award, LeadId
from tools.store.chunks import in_chunks
from tools.store.many import Rows
from tools.store.tables import ledger, score_groups, scores

Key = tuple[LeadId, str]
"""A lead and a model's id."""

STANDING = ("last_event_at", "last_qualifying_at", "fast_lane_at", "disqualified_at", "mql_since", "mql_until", "rests_until")


class Scored(NamedTuple):
    """One row of `scores` with its group sums."""

    model: Model
    fit: float
    standing: Standing


class Awarded(NamedTuple):
    """What an engagement was awarded for under one model: another kind, time, object or lead is another award."""

    lead: LeadId
    event: str
    occurred_at: datetime
    object_key: str | None


_AWARD = Award._fields
_SCORE = ("lead", "model", "track", "service_line", "fit", "g", *STANDING)

_LEDGER = Rows(ledger, _AWARD)
_SCORES = Rows(scores, _SCORE, key=("lead", "model"), update=("fit", "g", "service_line", *STANDING))
_GROUPS = Rows(score_groups, ("lead", "model", "group", "g"), key=("lead", "model", "group"), update=("g",))


def _awards(*conditions: Any) -> Select[Any]:
    return select(*(ledger.c[name] for name in _AWARD)).where(*conditions)


def _by_key(rows: Iterable[Row[Any]]) -> dict[Key, list[Award]]:
    found: dict[Key, list[Award]] = {}
    for row in rows:
        award = Award._make(row)
        found.setdefault((award.lead, award.model), []).append(award)
    return found


def awards_of(
    connection: Connection, leads: Collection[LeadId], models: Collection[str], *, until: datetime | None = None
) -> dict[Key, list[Award]]:
    """The ledger rows of `leads` under the models of these ids, up to and including `until`."""
    rows = ledger.c
    until_then = () if until is None else (rows.occurred_at <= until,)
    return _by_key(in_chunks(connection, lambda part: _awards(rows.lead.in_(part), rows.model.in_(models), *until_then), leads))


def awarded_before(connection: Connection, ids: Collection[str], models: Collection[str]) -> dict[str, dict[str, Awarded]]:
    """What these engagements were awarded so far: {engagement: {model: award}}."""
    rows = ledger.c
    columns = (rows.engagement, rows.model, rows.lead, rows.event, rows.occurred_at, rows.object_key)
    found: dict[str, dict[str, Awarded]] = {}
    for row in in_chunks(connection, lambda part: select(*columns).where(rows.engagement.in_(part), rows.model.in_(models)), ids):
        found.setdefault(row.engagement, {})[row.model] = Awarded(row.lead, row.event, row.occurred_at, row.object_key)
    return found


def standings_of(connection: Connection, leads: Collection[LeadId], models: Collection[str]) -> dict[Key, Row[Any]]:
    """The rows of `scores` that `leads` have: fit and standing, without the group sums."""
    rows = scores.c
    columns = (rows.lead, rows.model, rows.fit, *(rows[name] for name in STANDING))
    found = in_chunks(connection, lambda part: select(*columns).where(rows.lead.in_(part), rows.model.in_(models)), leads)
    return {(row.lead, row.model): row for row in found}


def groups_of(connection: Connection, leads: Collection[LeadId], models: Collection[str]) -> dict[Key, dict[str, float]]:
    rows = score_groups.c
    found: dict[Key, dict[str, float]] = {}
    columns = (rows.lead, rows.model, rows.group, rows.g)
    query = in_chunks(connection, lambda part: select(*columns).where(rows.lead.in_(part), rows.model.in_(models)), leads)
    for lead, model, group, g in map(tuple, query):
        found.setdefault((lead, model), {})[group] = g
    return found


def scored_of(connection: Connection, leads: Collection[LeadId], models: Mapping[str, Model]) -> dict[Key, Scored]:
    """The standings of `leads`; `models` by id."""
    groups = groups_of(connection, leads, models)
    found = standings_of(connection, leads, models)
    return {key: scored_row(row, models[key[1]], groups.get(key, {})) for key, row in found.items()}


def scored_row(row: Row[Any], model: Model, groups: Mapping[str, float]) -> Scored:
    return Scored(model, row.fit, Standing(groups, *_standing(row)))


_standing = attrgetter(*STANDING)


def write_awards(connection: Connection, awards: Iterable[Award]) -> None:
    _LEDGER.write(connection, list(awards))


NOTHING_STORED: Mapping[Key, Mapping[str, float]] = {}


def write_standings(
    connection: Connection, standings: Mapping[Key, Scored], *, stored: Mapping[Key, Mapping[str, float]] = NOTHING_STORED
) -> None:
    """`stored`: the group sums that are there already; only others are written."""
    _SCORES.write(connection, [_row(lead, scored) for (lead, _), scored in standings.items()])
    changed = []
    for key, scored in standings.items():
        there = stored.get(key, {})
        changed += [(*key, group, g) for group, g in scored.standing.groups.items() if there.get(group) != g]
    _GROUPS.write(connection, changed)


def _row(lead: LeadId, scored: Scored) -> tuple[Any, ...]:
    model, standing = scored.model, scored.standing
    track, line = model.track.value, model.service_line or ""
    return (lead, model.id, track, line, scored.fit, ranking_key(standing.groups), *_standing(standing))


def ranking_key(groups: Mapping[str, float]) -> float:
    """What the rank index sorts by: the positive group sums. Negative ones and caps only lower a score, so it bounds the intent at every instant."""
    return sum(g for g in groups.values() if g > 0)


def erase(connection: Connection, leads: Collection[LeadId], models: Collection[str]) -> None:
    """Remove what `leads` (some hundreds) have under these models, before it is written anew."""
    for table in (ledger, score_groups, scores):
        connection.execute(delete(table).where(table.c.lead.in_(leads), table.c.model.in_(models)))
