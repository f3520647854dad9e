"""Many rows in one statement, as tuples: the price of a row is what the engine asks, not what building its SQL costs.

Core's executemany builds a dictionary per row and costs as much as SQLite's own work; here the SQL is written once. PostgreSQL gets the columns as
arrays, one round trip for all rows, where executemany makes one per row.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Boolean, Connection, Float, Integer
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.schema import Column, Table

from tools.store.schema import UtcTime, utc_text

_ARRAYS = ((UtcTime, "timestamptz"), (Float, "double precision"), (Boolean, "boolean"), (Integer, "bigint"))


class Rows:
    """INSERT of tuples in the order of `columns`; with `key`, rows whose key is there get the `update` columns. No key may occur twice."""

    def __init__(self, table: Table, columns: Sequence[str], *, key: Sequence[str] = (), update: Sequence[str] = ()) -> None:
        self.table, self.columns, self.key, self.update = table, tuple(columns), key, update
        self.times = [place for place, name in enumerate(columns) if isinstance(table.c[name].type, UtcTime)]
        self.floats = [place for place, name in enumerate(columns) if isinstance(table.c[name].type, Float)]

    def write(self, connection: Connection, rows: Collection[Sequence[Any]]) -> None:
        if not rows:
            return
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(self._sqlite, [self._as_text(row) for row in rows])
        else:
            # A ledger of a million rows at once would be one message of that size.
            ordered = list(rows)
            for start in range(0, len(ordered), 10_000):
                columns = list(map(list, zip(*ordered[start : start + 10_000], strict=True)))
                for place in self.floats:  # the driver takes no list of floats and whole numbers
                    columns[place] = list(map(float, columns[place]))
                connection.exec_driver_sql(self._postgresql, tuple(columns))

    def _as_text(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        last, text = None, ""
        for place in self.times:
            if (at := values[place]) is not None:
                if at is not last:  # the times of one standing are mostly one event's
                    last, text = at, time_text(at)
                values[place] = text
        return tuple(values)

    @cached_property
    def _sqlite(self) -> str:
        quote = sqlite.dialect().identifier_preparer.quote
        return self._insert(quote) + f" VALUES ({', '.join('?' * len(self.columns))})" + self._conflict(quote)

    @cached_property
    def _postgresql(self) -> str:
        quote = postgresql.dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]
        arrays = ", ".join(f"%s::{_array_type(self.table.c[name])}[]" for name in self.columns)
        return f"{self._insert(quote)} SELECT * FROM unnest({arrays}){self._conflict(quote)}"  # noqa: S608 - names of our own tables

    def _insert(self, quote: Callable[[str], str]) -> str:
        return f"INSERT INTO {quote(self.table.name)} ({', '.join(map(quote, self.columns))})"

    def _conflict(self, quote: Callable[[str], str]) -> str:
        if not self.key:
            return ""
        changes = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in self.update)
        return f" ON CONFLICT ({', '.join(map(quote, self.key))}) DO UPDATE SET {changes}"


def time_text(at: datetime) -> str:
    """An aware instant as SQLite keeps it. Raises ValueError for a naive one, like the column type."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone: the store takes aware times only")
    return utc_text(at if at.tzinfo is UTC else at.astimezone(UTC))


def _array_type(column: Column[Any]) -> str:
    return next((name for kind, name in _ARRAYS if isinstance(column.type, kind)), "text")
