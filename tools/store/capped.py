"""When earlier awards gave points: what the count caps of later ones depend on. Bounded, however long the lead's history is.

A cap of k needs the counted awards of its key inside its window, of which there are at most k: one short range of an index per key.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from policies.leads.model import CountCap, Model
from policies.leads.score import CapKey, cap_key
from policies.records import Award, LeadId
from tools.store.ledger import Key
from tools.store.many import time_text

ALWAYS = datetime(1, 1, 1, tzinfo=UTC)


class Wanted(NamedTuple):
    """The awards of one key that gave points since an instant. No object: the cap counts per lead, or the acts are about nothing."""

    lead: LeadId
    model: str
    event: str
    since: datetime
    object_key: str | None


def counted_before(
    connection: Connection,
    models: Mapping[str, Model],
    fresh: Mapping[Key, Iterable[Award]],
    *,
    last: Mapping[Key, datetime | None],
) -> dict[Key, dict[CapKey, list[datetime]]]:
    """For every key of a capped award in `fresh`: when earlier ones gave points, ascending. `last`: the latest award stored, before all in `fresh`.

    What lies a window behind cannot matter, and most acts come when the lead's last one does: then nothing is read.
    """
    found: dict[Key, dict[CapKey, list[datetime]]] = {}
    for (key, cap), at in _read(connection, _wanted(models, fresh, last)):
        found.setdefault(key, {}).setdefault(cap, []).append(at)
    for of_lead in found.values():
        for times in of_lead.values():
            times.sort()
    return found


_Place = tuple[Key, CapKey]


def _wanted(models: Mapping[str, Model], fresh: Mapping[Key, Iterable[Award]], last: Mapping[Key, datetime | None]) -> dict[_Place, Wanted]:
    found: dict[_Place, Wanted] = {}
    for key, awards in fresh.items():
        model, latest = models[key[1]], last[key]
        if latest is None:
            continue
        for award in awards:
            if (cap := cap_key(model, award)) is None:
                continue
            rule = model.count_caps[award.event]
            since = _window_of(rule, award.occurred_at)
            if not rule.count or latest < since:
                continue
            other = found.get((key, cap))
            if other is None or since < other.since:
                found[key, cap] = Wanted(award.lead, award.model, award.event, since, award.object_key)
    return found


def _window_of(rule: CountCap, at: datetime) -> datetime:
    """The first instant that an award at `at` shares its count with."""
    if rule.window_days is None:
        return ALWAYS
    if rule.window_days:
        return at - timedelta(days=rule.window_days)
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


# --- one short index range per key

_QUERY = (
    "SELECT occurred_at FROM ledger{index} WHERE lead = {} AND model = {} AND event = {} AND {counted} AND object_key {object} "
    "AND occurred_at >= {}"
)


def _read(connection: Connection, wanted: Mapping[_Place, Wanted]) -> Iterator[tuple[_Place, datetime]]:
    read = _read_sqlite if connection.dialect.name == "sqlite" else _read_postgresql
    for about_objects in (True, False):
        if some := [(place, one) for place, one in wanted.items() if (one.object_key is not None) is about_objects]:
            yield from read(connection, some, about_objects)


def _read_sqlite(connection: Connection, wanted: Sequence[tuple[_Place, Wanted]], about_objects: bool) -> Iterator[tuple[_Place, datetime]]:
    # A statement per key: SQLite runs in this process, and binding a key costs less than taking it out of JSON.
    about = "= ?" if about_objects else "IS NULL"
    query = _QUERY.format("?", "?", "?", "?", index=" INDEXED BY ix_ledger_cap", counted="counted = 1", object=about)
    cursor = connection.connection.cursor()
    try:
        for place, (lead, model, event, since, object_key) in wanted:
            objects = (object_key,) if about_objects else ()
            for (at,) in cursor.execute(query, (lead, model, event, *objects, time_text(since))).fetchall():
                yield place, datetime.fromisoformat(at)
    finally:
        cursor.close()


def _read_postgresql(
    connection: Connection, wanted: Sequence[tuple[_Place, Wanted]], about_objects: bool
) -> Iterator[tuple[_Place, datetime]]:
    names = ("q.lead", "q.model", "q.event", "q.since")
    counted = _QUERY.format(*names, index="", counted="counted", object="= q.object_key" if about_objects else "IS NULL")
    keys = "unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[]) WITH ORDINALITY"
    columns_of_q = "q(lead, model, event, since, object_key, place)"
    query = f"SELECT q.place, a.occurred_at FROM {keys} AS {columns_of_q} CROSS JOIN LATERAL ({counted}) AS a"  # noqa: S608 - our own names
    columns = tuple(map(list, zip(*(one for _, one in wanted), strict=True)))
    for number, at in connection.exec_driver_sql(query, columns):
        yield wanted[number - 1][0], at.astimezone(UTC)
