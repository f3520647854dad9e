"""Many rows in one statement, as tuples: the price of a row is what the engine asks, not what building its SQL costs.

Core's executemany builds a dictionary per row and costs as much as SQLite's own work; here the SQL is written once. PostgreSQL gets the columns as
arrays, one round trip for all rows, where executemany makes one per row.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import JSON, Boolean, Connection, Float, Integer
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.schema import Column, Table

from tools.store.schema import UtcTime, utc_text

_ARRAYS = ((UtcTime, "timestamptz"), (Float, "double precision"), (Boolean, "boolean"), (Integer, "bigint"), (JSON, "jsonb"))
_AT_ONCE = 10_000
"""Rows PostgreSQL gets in one message: a ledger of a million rows at once would be one of that size."""


class _Tuples(ABC):
    """One statement for tuples in the order of `columns`. JSON columns take text."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self.table, self.columns = table, tuple(columns)
        self.times = [place for place, name in enumerate(columns) if isinstance(table.c[name].type, UtcTime)]
        self.floats = [place for place, name in enumerate(columns) if isinstance(table.c[name].type, Float)]

    def write(self, connection: Connection, rows: Collection[Sequence[Any]]) -> None:
        if not rows:
            return
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(self._sqlite, [self._as_text(row) for row in rows])
            return
        ordered = list(rows)
        for start in range(0, len(ordered), _AT_ONCE):
            columns = list(map(list, zip(*ordered[start : start + _AT_ONCE], strict=True)))
            for place in self.floats:  # the driver takes no list of floats and whole numbers
                columns[place] = list(map(float, columns[place]))
            connection.exec_driver_sql(self._postgresql, tuple(columns))

    def _as_text(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        last, text = None, ""
        for place in self.times:
            if (at := values[place]) is not None:
                if at is not last:  # the times of one standing are mostly one event's
                    last = at
                    text = at.isoformat(timespec="microseconds")[:-6] + "Z" if at.tzinfo is UTC else time_text(at)
                values[place] = text
        return tuple(values)

    @property
    @abstractmethod
    def _sqlite(self) -> str: ...

    @property
    @abstractmethod
    def _postgresql(self) -> str: ...

    @property
    def _arrays(self) -> str:
        return "unnest(" + ", ".join(f"%s::{_array_type(self.table.c[name])}[]" for name in self.columns) + ")"


class Rows(_Tuples):
    """INSERT of tuples; with `key`, rows whose key is there get the `update` columns. No key may occur twice."""

    def __init__(self, table: Table, columns: Sequence[str], *, key: Sequence[str] = (), update: Sequence[str] = ()) -> None:
        super().__init__(table, columns)
        self.key, self.update = key, update

    @cached_property
    def _sqlite(self) -> str:
        return f"{self._insert(_QUOTE_SQLITE)} VALUES ({', '.join('?' * len(self.columns))}){self._conflict(_QUOTE_SQLITE)}"

    @cached_property
    def _postgresql(self) -> str:
        return f"{self._insert(_QUOTE_POSTGRESQL)} SELECT * FROM {self._arrays}{self._conflict(_QUOTE_POSTGRESQL)}"  # noqa: S608 - names of our own tables

    def _insert(self, quote: Callable[[str], str]) -> str:
        return f"INSERT INTO {quote(self.table.name)} ({', '.join(map(quote, self.columns))})"

    def _conflict(self, quote: Callable[[str], str]) -> str:
        if not self.key:
            return ""
        changes = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in self.update)
        return f" ON CONFLICT ({', '.join(map(quote, self.key))}) DO UPDATE SET {changes}"


class Changes(_Tuples):
    """UPDATE of the `update` columns of the row with the `key`; tuples hold the update columns first. No key may occur twice."""

    def __init__(self, table: Table, update: Sequence[str], *, key: Sequence[str]) -> None:
        super().__init__(table, (*update, *key))
        self.key, self.update = key, update

    @cached_property
    def _sqlite(self) -> str:
        quote = _QUOTE_SQLITE
        changes = ", ".join(f"{quote(name)} = ?" for name in self.update)
        return f"UPDATE {quote(self.table.name)} SET {changes} WHERE {' AND '.join(f'{quote(name)} = ?' for name in self.key)}"  # noqa: S608

    @cached_property
    def _postgresql(self) -> str:
        quote = _QUOTE_POSTGRESQL
        name_of_table = quote(self.table.name)
        changes = ", ".join(f"{quote(name)} = new.{quote(name)}" for name in self.update)
        same = " AND ".join(f"{name_of_table}.{quote(name)} = new.{quote(name)}" for name in self.key)
        return f"UPDATE {name_of_table} SET {changes} FROM {self._arrays} AS new({', '.join(map(quote, self.columns))}) WHERE {same}"  # noqa: S608


_QUOTE_SQLITE = sqlite.dialect().identifier_preparer.quote
_QUOTE_POSTGRESQL = postgresql.dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]


def time_text(at: datetime) -> str:
    """An aware instant as SQLite keeps it. Raises ValueError for a naive one, like the column type."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone: the store takes aware times only")
    return utc_text(at if at.tzinfo is UTC else at.astimezone(UTC))


def _array_type(column: Column[Any]) -> str:
    return next((name for kind, name in _ARRAYS if isinstance(column.type, kind)), "text")
