"""The points ledger and what is derived from it, row by row: awards, standings with their group sums. Reads and writes; decides nothing."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, Select, String, cast, delete, select, type_coerce

from policies.leads.model import Model
from policies.leads.mql import Standing
from policies.records import Award, LeadId
from tools.store.chunks import in_chunks
from tools.store.many import Changes, Rows
from tools.store.tables import ledger, scores

Key = tuple[LeadId, str]
"""A lead and a model's id."""

STANDING = ("last_event_at", "last_qualifying_at", "fast_lane_at", "disqualified_at", "mql_since", "mql_until", "rests_until")


class Scored(NamedTuple):
    """One row of `scores`."""

    model: Model
    fit: float
    standing: Standing


class Known(NamedTuple):
    """One row of `scores` as it is read for adding to it."""

    fit: float
    standing: Standing


class Awarded(NamedTuple):
    """What an engagement was awarded for under one model: another kind, time, object or lead is another award."""

    lead: LeadId
    event: str
    occurred_at: datetime
    object_key: str | None


_AWARD = Award._fields
_KEY = ("lead", "model")

_LEDGER = Rows(ledger, _AWARD)
_SCORES = Rows(
    scores,
    (*_KEY, "track", "service_line", "fit", "g", "groups", *STANDING),
    key=_KEY,
    update=("fit", "g", "groups", "service_line", *STANDING),
)
# An engine rewrites every index of which a column is set, changed or not: what most events leave alone is not mentioned.
_SEEN = Changes(scores, ("last_event_at",), key=_KEY)
_POINTS = Changes(scores, ("g", "groups", "last_event_at", "last_qualifying_at"), key=_KEY)
_ALL = Changes(scores, ("g", "groups", *STANDING), key=_KEY)


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


def acted_after(connection: Connection, model: str, at: datetime) -> list[LeadId]:
    """The leads with a ledger row under `model` later than `at`: what they stand at then is the replay up to it."""
    rows = ledger.c
    # Made distinct here: asked for it, SQLite reads all of an index that begins with the lead.
    return sorted(set(connection.scalars(select(rows.lead).where(rows.model == model, rows.occurred_at > at))))


def known_of(connection: Connection, leads: Collection[LeadId], models: Collection[str]) -> dict[Key, Known]:
    """What `leads` stand at under the models of these ids."""
    rows = scores.c
    # As the engine has them: most of the dates are empty, and the column types would be asked about every one.
    dates = (type_coerce(rows[name], String) for name in STANDING)
    columns: tuple[Any, ...] = (rows.lead, rows.model, rows.fit, cast(rows.groups, String), *dates)
    found = in_chunks(connection, lambda part: select(*columns).where(rows.lead.in_(part), rows.model.in_(models)), leads)
    at = datetime.fromisoformat if connection.dialect.name == "sqlite" else _in_utc
    return {
        (lead, model): Known(
            fit, Standing(orjson.loads(groups), a and at(a), b and at(b), c and at(c), d and at(d), e and at(e), f and at(f), g and at(g))
        )
        for lead, model, fit, groups, a, b, c, d, e, f, g in map(tuple, found)
    }


def _in_utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def groups_of(connection: Connection, leads: Collection[LeadId], model: str) -> dict[LeadId, dict[str, float]]:
    """{lead: {cap group: G}} under one model."""
    rows = scores.c
    found = in_chunks(connection, lambda part: select(rows.lead, rows.groups).where(rows.lead.in_(part), rows.model == model), leads)
    return {row.lead: row.groups for row in found}


def scored_of(connection: Connection, leads: Collection[LeadId], models: Mapping[str, Model]) -> dict[Key, Scored]:
    """The standings of `leads`; `models` by id."""
    found = known_of(connection, leads, models)
    return {(lead, id_): Scored(models[id_], *known) for (lead, id_), known in found.items()}


def write_awards(connection: Connection, awards: Iterable[Award]) -> None:
    _LEDGER.write(connection, list(awards))


def write_standings(connection: Connection, standings: Mapping[Key, Scored]) -> None:
    """Rows that are not there yet, or may differ in anything."""
    _SCORES.write(connection, [_row(lead, scored) for (lead, _), scored in standings.items()])


def _row(lead: LeadId, scored: Scored) -> tuple[Any, ...]:
    model, (groups, *dates) = scored.model, scored.standing
    return (lead, model.id, model.track.value, model.service_line or "", scored.fit, ranking_key(groups), _json(groups), *dates)


def change_standings(connection: Connection, changed: Iterable[tuple[Key, Standing, Standing]]) -> None:
    """(key, stored standing, standing after later events) of rows that are there: only what moved is written. The fit stays."""
    seen: list[tuple[Any, ...]] = []
    points: list[tuple[Any, ...]] = []
    everything: list[tuple[Any, ...]] = []
    for key, old, new in changed:
        if new[3:] != old[3:]:
            everything.append((ranking_key(new.groups), _json(new.groups), *new[1:], *key))
        elif new.groups is not old.groups or new.last_qualifying_at != old.last_qualifying_at:
            points.append((ranking_key(new.groups), _json(new.groups), new.last_event_at, new.last_qualifying_at, *key))
        else:
            seen.append((new.last_event_at, *key))
    _SEEN.write(connection, seen)
    _POINTS.write(connection, points)
    _ALL.write(connection, everything)


def _json(groups: Mapping[str, float]) -> str:
    return orjson.dumps(groups).decode()


def ranking_key(groups: Mapping[str, float]) -> float:
    """What the rank index sorts by: the positive group sums. Negative ones and caps only lower a score, so it bounds the intent at every instant."""
    return sum(g for g in groups.values() if g > 0)


def erase(connection: Connection, leads: Collection[LeadId], models: Collection[str]) -> None:
    """Remove what `leads` (some hundreds) have under these models, before it is written anew."""
    for table in (ledger, scores):
        connection.execute(delete(table).where(table.c.lead.in_(leads), table.c.model.in_(models)))
