"""When earlier awards gave points: what the count caps of later ones depend on. Bounded, however long the lead's history is.

A cap of k needs the last k counted awards of its key inside its window, and no others: one short range of an index per key.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from policies.leads.model import Model
from policies.leads.score import CapKey, cap_key
from policies.records import Award, LeadId
from tools.store.ledger import Key
from tools.store.many import time_text

ALWAYS = datetime(1, 1, 1, tzinfo=UTC)


class Wanted(NamedTuple):
    """The last `latest` awards of one key that gave points since an instant."""

    lead: LeadId
    model: str
    event: str
    since: datetime
    latest: int
    object_key: str | None
    each: str

    @property
    def counted_per(self) -> str:
        """ "lead", "object" or "no object": acts about nothing in particular share one count."""
        return "lead" if self.each == "lead" else "no object" if self.object_key is None else "object"


def counted_before(
    connection: Connection, models: Mapping[str, Model], fresh: Mapping[Key, Iterable[Award]]
) -> dict[Key, dict[CapKey, list[datetime]]]:
    """For every key of a capped award in `fresh` (all later than what is stored): when earlier ones gave points, ascending."""
    found: dict[Key, dict[CapKey, list[datetime]]] = {}
    for (key, cap), at in _read(connection, _wanted(models, fresh)):
        found.setdefault(key, {}).setdefault(cap, []).append(at)
    for of_lead in found.values():
        for times in of_lead.values():
            times.sort()
    return found


_Place = tuple[Key, CapKey]


def _wanted(models: Mapping[str, Model], fresh: Mapping[Key, Iterable[Award]]) -> dict[_Place, Wanted]:
    earliest: dict[_Place, Award] = {}
    for key, awards in fresh.items():
        for award in awards:
            cap = cap_key(models[key[1]], award)
            if cap is not None:
                first = earliest.setdefault((key, cap), award)
                if award.occurred_at < first.occurred_at:
                    earliest[key, cap] = award
    found = {}
    for place, award in earliest.items():
        rule = models[award.model].count_caps[award.event]
        if rule.count:
            since = ALWAYS if rule.window_days is None else award.occurred_at - timedelta(days=max(1, rule.window_days))
            found[place] = Wanted(award.lead, award.model, award.event, since, rule.count, award.object_key, rule.each)
    return found


# --- one short index range per key

_COUNTED = "SELECT occurred_at FROM ledger{index} WHERE lead = {} AND model = {} AND event = {} AND {counted} AND occurred_at >= {}"
_LATEST = " ORDER BY occurred_at DESC LIMIT {}"
_SQLITE_INDEX = {
    "lead": " INDEXED BY ix_ledger_lead",
    "object": " INDEXED BY ix_ledger_object",
    "no object": " INDEXED BY ix_ledger_object",
}
_OBJECT = {"lead": "", "object": " AND object_key = {}", "no object": " AND object_key IS NULL"}


def _read(connection: Connection, wanted: Mapping[_Place, Wanted]) -> Iterator[tuple[_Place, datetime]]:
    by_kind: dict[str, list[tuple[_Place, Wanted]]] = {}
    for place, one in wanted.items():
        by_kind.setdefault(one.counted_per, []).append((place, one))
    read = _read_sqlite if connection.dialect.name == "sqlite" else _read_postgresql
    for kind, some in by_kind.items():
        yield from read(connection, kind, some)


def _read_sqlite(connection: Connection, kind: str, wanted: Sequence[tuple[_Place, Wanted]]) -> Iterator[tuple[_Place, datetime]]:
    # A statement per key: SQLite runs in this process, and one join over all keys would not stop at the last `count` of each.
    marks = "?" * (6 if kind == "object" else 5)
    query = (_COUNTED + _OBJECT[kind] + _LATEST).format(*marks, index=_SQLITE_INDEX[kind], counted="counted = 1")
    cursor = connection.connection.cursor()
    try:
        for place, one in wanted:
            objects = (one.object_key,) if kind == "object" else ()
            cursor.execute(query, (one.lead, one.model, one.event, time_text(one.since), *objects, one.latest))
            for (at,) in cursor.fetchall():
                yield place, datetime.fromisoformat(at)
    finally:
        cursor.close()


def _read_postgresql(connection: Connection, kind: str, wanted: Sequence[tuple[_Place, Wanted]]) -> Iterator[tuple[_Place, datetime]]:
    names = ("q.lead", "q.model", "q.event", "q.since", *(("q.object_key",) if kind == "object" else ()), "q.latest")
    latest = (_COUNTED + _OBJECT[kind] + _LATEST).format(*names, index="", counted="counted")
    keys = "unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[], %s::text[]) WITH ORDINALITY"
    columns_of_q = "q(lead, model, event, since, latest, object_key, place)"
    query = f"SELECT q.place, a.occurred_at FROM {keys} AS {columns_of_q} CROSS JOIN LATERAL ({latest}) AS a"  # noqa: S608 - our own names
    columns = tuple(map(list, zip(*(one[:6] for _, one in wanted), strict=True)))
    for number, at in connection.exec_driver_sql(query, columns):
        yield wanted[number - 1][0], at.astimezone(UTC)
