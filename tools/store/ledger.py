"""The points ledger and what is derived from it, row by row: awards, group sums, standings. Reads and writes; decides nothing."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, delete, insert, select

from policies.leads.model import Model
from policies.leads.mql import Standing
from policies.records import Award, LeadId
from tools.store.chunks import in_chunks
from tools.store.database import upsert
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


_AWARD = tuple(Award.model_fields)


def _awards(*conditions: Any) -> Select[Any]:
    return select(*(ledger.c[name] for name in _AWARD)).where(*conditions)


def _by_key(rows: Iterable[Row[Any]]) -> dict[Key, list[Award]]:
    found: dict[Key, list[Award]] = {}
    for row in rows:
        # Rows were validated when they were written; validating them again doubles the price of reading.
        award = Award.model_construct(**dict(zip(_AWARD, row, strict=True)))
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


def counted_before(
    connection: Connection, leads: Collection[LeadId], models: Collection[str], *, events: Collection[str], since: datetime | None
) -> dict[Key, list[Award]]:
    """Awards that gave points for `events`, from `since` on (None: ever): what the count caps of later events depend on."""
    rows = ledger.c
    of_events = (rows.model.in_(models), rows.event.in_(events), rows.counted, *(() if since is None else (rows.occurred_at >= since,)))
    return _by_key(in_chunks(connection, lambda part: _awards(rows.lead.in_(part), *of_events), leads))


def last_events(connection: Connection, leads: Collection[LeadId], models: Collection[str]) -> dict[Key, tuple[float, datetime | None]]:
    """Fit and time of the last event of every standing `leads` have."""
    rows = scores.c
    columns = (rows.lead, rows.model, rows.fit, rows.last_event_at)
    found = in_chunks(connection, lambda part: select(*columns).where(rows.lead.in_(part), rows.model.in_(models)), leads)
    return {(row.lead, row.model): (row.fit, row.last_event_at) for row in found}


def groups_of(connection: Connection, leads: Collection[LeadId], models: Collection[str]) -> dict[Key, dict[str, float]]:
    rows = score_groups.c
    found: dict[Key, dict[str, float]] = {}
    columns = (rows.lead, rows.model, rows.group, rows.g)
    query = in_chunks(connection, lambda part: select(*columns).where(rows.lead.in_(part), rows.model.in_(models)), leads)
    for row in query:
        found.setdefault((row.lead, row.model), {})[row.group] = row.g
    return found


def scored_of(connection: Connection, leads: Collection[LeadId], models: Mapping[str, Model]) -> dict[Key, Scored]:
    """The standings of `leads`; `models` by id."""
    rows = scores.c
    groups = groups_of(connection, leads, models)
    found = in_chunks(connection, lambda part: select(scores).where(rows.lead.in_(part), rows.model.in_(models)), leads)
    return {(row.lead, row.model): scored_row(row, models[row.model], groups.get((row.lead, row.model), {})) for row in found}


def scored_row(row: Row[Any], model: Model, groups: Mapping[str, float]) -> Scored:
    return Scored(model, row.fit, Standing(groups, *(row._mapping[name] for name in STANDING)))


def write_awards(connection: Connection, awards: Iterable[Award]) -> None:
    rows = [award.__dict__ for award in awards]
    if rows:
        connection.execute(insert(ledger), rows)


def write_standings(connection: Connection, standings: Mapping[Key, Scored]) -> None:
    if not standings:
        return
    statement = upsert(connection, scores, key=("lead", "model"), update=("fit", "g", "service_line", *STANDING))
    connection.execute(statement, [_row(lead, scored) for (lead, _), scored in standings.items()])
    groups = [
        {"lead": lead, "model": model, "group": group, "g": g}
        for (lead, model), scored in standings.items()
        for group, g in scored.standing.groups.items()
    ]
    if groups:
        connection.execute(upsert(connection, score_groups, key=("lead", "model", "group"), update=("g",)), groups)


def _row(lead: LeadId, scored: Scored) -> dict[str, Any]:
    standing = scored.standing
    return {
        "lead": lead,
        "model": scored.model.id,
        "track": scored.model.track,
        "service_line": scored.model.service_line or "",
        "fit": scored.fit,
        "g": ranking_key(standing.groups),
        **{name: getattr(standing, name) for name in STANDING},
    }


def ranking_key(groups: Mapping[str, float]) -> float:
    """What the rank index sorts by: the positive group sums. Negative ones and caps only lower a score, so it bounds the intent at every instant."""
    return sum(g for g in groups.values() if g > 0)


def erase(connection: Connection, leads: Collection[LeadId], models: Collection[str]) -> None:
    """Remove what `leads` (some hundreds) have under these models, before it is written anew."""
    for table in (ledger, score_groups, scores):
        connection.execute(delete(table).where(table.c.lead.in_(leads), table.c.model.in_(models)))
