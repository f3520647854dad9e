"""Counts the database keeps itself, so that counting does not grow with what is counted: MQLs by the day they end, actions by what they are.

Triggers on the counted table append (key, +1 or -1) rows to a tally; rows are only appended, so that two writers never wait for one counter. Now
and then they are added up.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, func, insert, select
from sqlalchemy.sql.dml import Delete

from tools.store.queue_tables import action_tally
from tools.store.tables import mql_tally, scores

LOOSE_ROWS = 4000
"""Appended rows after which they are added up: reading that many takes under a millisecond."""


class Tally(NamedTuple):
    """`keys` and `sums`: column of the tally -> SQL expression per engine, with `{row}` for the counted row; `only`: which rows count at all."""

    table: Table
    source: str
    keys: Mapping[str, Mapping[str, str]]
    sums: Mapping[str, str]
    only: str = ""


def _same(*names: str) -> dict[str, dict[str, str]]:
    return {name: dict.fromkeys(("sqlite", "postgresql"), f"{{row}}.{name}") for name in names}


_DAY = {"sqlite": "substr({row}.mql_until, 1, 10)", "postgresql": "to_char({row}.mql_until AT TIME ZONE 'UTC', 'YYYY-MM-DD')"}
MQLS = Tally(mql_tally, "scores", {**_same("model"), "day": _DAY}, {"n": "1"}, "{row}.mql_until IS NOT NULL")
ACTIONS = Tally(action_tally, "actions", _same("status", "kind", "channel", "risk", "verdict"), {"n": "1", "money_usd": "{row}.money_usd"})


def create_triggers(dialect: str, tally: Tally = MQLS) -> list[str]:
    """The statements that make the triggers and count what is there; the same again changes nothing."""
    made = _sqlite(tally) if dialect == "sqlite" else _postgresql(tally)
    keys = ", ".join(_of("t", tally, dialect))
    sums = ", ".join(f"sum({_in('t', expression)})" for expression in tally.sums.values())
    only = f" WHERE {_in('t', tally.only)}" if tally.only else ""
    counted = f"SELECT {keys}, {sums} FROM {tally.source} t{only} GROUP BY {keys}"  # noqa: S608 - names of our own schema
    name = tally.table.name
    return [*drop_triggers(dialect, tally), *made, f"DELETE FROM {name}", f"INSERT INTO {name} ({_columns(tally)}) {counted}"]  # noqa: S608


def drop_triggers(dialect: str, tally: Tally = MQLS) -> list[str]:
    name = tally.table.name
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}_{event}" for event in ("insert", "update", "delete")]
    return [f"DROP FUNCTION IF EXISTS {name}_keep() CASCADE"]


def ending_from(connection: Connection, model: str, at: datetime) -> int:
    """How many standings under `model` have `mql_until` at `at` or later: later days from the tally, the day itself from the index."""
    tally, rows = mql_tally.c, scores.c
    utc = at.astimezone(UTC)
    later_days = select(func.coalesce(func.sum(tally.n), 0)).where(tally.model == model, tally.day > utc.strftime("%Y-%m-%d"))
    end_of_day = utc.replace(hour=23, minute=59, second=59, microsecond=999_999)
    today = select(func.count()).select_from(scores).where(rows.model == model, rows.mql_until >= at, rows.mql_until <= end_of_day)
    return int(connection.scalar(later_days) or 0) + (connection.scalar(today) or 0)


def is_loose(connection: Connection, tally: Tally = MQLS) -> bool:
    """Are there so many appended rows that they should be added up?"""
    first, last = _ends(connection, tally)
    return first is not None and last is not None and last - first >= LOOSE_ROWS


def add_up(connection: Connection, tally: Tally = MQLS) -> None:
    """One row per key instead of many, once there are many. Called where the counted rows are written."""
    if not is_loose(connection, tally):
        return
    column = tally.table.c
    keys, sums = [column[name] for name in tally.keys], [column[name] for name in tally.sums]
    gone = Delete(tally.table).where(column.id <= _ends(connection, tally)[1]).returning(*keys, *sums)
    totals: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0] * len(sums))
    for row in connection.execute(gone):  # what another writer has taken meanwhile is not returned, and counted there
        for at, value in enumerate(row[len(keys) :]):
            totals[tuple(row[: len(keys)])][at] += value
    names = [*tally.keys, *tally.sums]
    if kept := [dict(zip(names, (*key, *values), strict=True)) for key, values in sorted(totals.items()) if values[0]]:
        connection.execute(insert(tally.table), kept)


def _ends(connection: Connection, tally: Tally) -> tuple[int | None, int | None]:
    id_ = tally.table.c.id
    first, last = connection.execute(select(func.min(id_), func.max(id_))).one()
    return first, last


def _sqlite(tally: Tally) -> list[str]:
    name, only = tally.table.name, tally.only
    moved = " OR ".join(f"{old} IS NOT {new}" for old, new in _pairs(tally, "sqlite"))

    def when(row: str) -> str:
        return f" WHEN {_in(row, only)}" if only else ""

    return [
        f"CREATE TRIGGER {name}_insert AFTER INSERT ON {tally.source}{when('new')} BEGIN {_entry(tally, 'sqlite', 'new', 1)}; END",
        f"CREATE TRIGGER {name}_update AFTER UPDATE ON {tally.source} WHEN {moved} "
        f"BEGIN {_entry(tally, 'sqlite', 'old', -1)}; {_entry(tally, 'sqlite', 'new', 1)}; END",
        f"CREATE TRIGGER {name}_delete AFTER DELETE ON {tally.source}{when('old')} BEGIN {_entry(tally, 'sqlite', 'old', -1)}; END",
    ]


def _postgresql(tally: Tally) -> list[str]:
    name = tally.table.name
    moved = " OR ".join(f"{old} IS DISTINCT FROM {new}" for old, new in _pairs(tally, "postgresql"))
    return [
        f"CREATE OR REPLACE FUNCTION {name}_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN {_entry(tally, 'postgresql', 'OLD', -1)}; END IF; "
        f"IF TG_OP <> 'DELETE' THEN {_entry(tally, 'postgresql', 'NEW', 1)}; END IF; RETURN NULL; END $$",
        f"CREATE TRIGGER {name}_keep AFTER INSERT OR DELETE ON {tally.source} FOR EACH ROW EXECUTE FUNCTION {name}_keep()",
        f"CREATE TRIGGER {name}_move AFTER UPDATE ON {tally.source} FOR EACH ROW WHEN ({moved}) EXECUTE FUNCTION {name}_keep()",
    ]


def _entry(tally: Tally, dialect: str, row: str, n: int) -> str:
    keys = _of(row, tally, dialect)
    sums = [f"{n} * {_in(row, expression)}" for expression in tally.sums.values()]
    only = f" WHERE {_in(row, tally.only)}" if tally.only else ""
    return f"INSERT INTO {tally.table.name} ({_columns(tally)}) SELECT {', '.join([*keys, *sums])}{only}"


def _pairs(tally: Tally, dialect: str) -> list[tuple[str, str]]:
    """(old, new) of everything that moves a row from one key or sum to another."""
    told = [expression[dialect] for expression in tally.keys.values()] + [one for one in tally.sums.values() if "{row}" in one]
    return [(_in("OLD", expression), _in("NEW", expression)) for expression in told]


def _of(row: str, tally: Tally, dialect: str) -> list[str]:
    return [_in(row, expression[dialect]) for expression in tally.keys.values()]


def _columns(tally: Tally) -> str:
    return ", ".join([*tally.keys, *tally.sums])


def _in(row: str, expression: str) -> str:
    return expression.replace("{row}", row)
