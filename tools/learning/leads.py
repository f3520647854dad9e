"""Leads in order of time with their outcome. Knows which cells are an outcome and a time; knows nothing of features."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tools.errors import DataError
from tools.learning.read import Table

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

GOOD = frozenset({"1", "1.0", "yes", "y", "true", "t", "converted", "won", "accepted", "qualified", "sql", "good", "booked", "success"})
BAD = frozenset({"0", "0.0", "no", "n", "false", "f", "not converted", "lost", "rejected", "unqualified", "bad", "failure", "-1"})
_ISO = r"^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(\.\d{1,9})?)?\s*(Z|z|UTC|[+-]\d{2}:?\d{2})?$"
_DAYS = ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M")
_EPOCH_SECONDS = (5e8, 5e9)


@dataclass(frozen=True, slots=True)
class Leads:
    """`frame` has the feature columns only, in time order. `time` is seconds since 1970 UTC if `dated`, else just an order."""

    table: Table
    frame: pl.DataFrame
    time: Floats
    good: Flags
    dated: bool
    notes: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.good)

    @property
    def conversions(self) -> int:
        return int(self.good.sum())


def leads_of(table: Table, *, outcome: str, time: str, id_: str | None = None, positive: str | None = None) -> Leads:
    """The leads of `table` that have an outcome and a time, oldest first; equal times keep the file's order.

    `positive` is the outcome's value that counts as good (all others are bad); without it the two values must be known words.
    Of several rows with one id the oldest stays. Raises DataError for a column that is missing, an outcome that has not two values, and times
    that cannot be read or do not differ.
    """
    notes: list[str] = []
    result, when = table.column(outcome), table.column(time)
    ids = table.column(id_) if id_ is not None else None
    roles = [name for name in (outcome, time, id_) if name is not None]
    if len(set(roles)) < len(roles):
        raise DataError(f"{table.name}: --outcome, --time and --id name one column twice: each has its own")
    for column in (result, when, *([] if ids is None else [ids])):
        if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
            raise DataError(f"{table.name}: {column.name} holds lists, records or bytes, not one value per lead: name another column")
    if result.dtype.is_temporal():
        raise DataError(f"{table.name}: {outcome} is a time, an outcome has two values: name the column of what became of the lead")
    good, stated = _outcome(table, result, positive)
    moments, dated = _moments(table, when)
    usable = stated & ~np.isnan(moments)
    for count, what in ((int((~stated).sum()), "outcome"), (int((stated & np.isnan(moments)).sum()), "time")):
        if count:
            notes.append(f"{count} rows without {'an' if what == 'outcome' else 'a'} {what} are left out")
    rows = np.flatnonzero(usable)
    if len(rows) > 1 and bool(np.any(np.diff(moments[rows]) < 0)):
        notes.append(f"the rows were not in order of {time}: they are sorted by it")
    rows = rows[np.argsort(moments[rows], kind="stable")]
    if ids is not None:
        rows, repeated = _first_of_each(ids, rows)
        if repeated:
            notes.append(f"{repeated} later rows of leads named before in {id_} are left out: one lead counts once")
    _refuse_useless(table, outcome, time, good[rows], moments[rows])
    frame = table.frame.drop(roles)[rows]
    return Leads(table, frame, moments[rows], good[rows], dated, tuple(notes))


def _refuse_useless(table: Table, outcome: str, time: str, good: Flags, moments: Floats) -> None:
    if not len(good):
        raise DataError(f"{table.name}: no row has both {outcome} and {time}: name the columns that hold them")
    if good.all() or not good.any():
        what = "good" if good.all() else "bad"
        raise DataError(f"{table.name}: every {outcome} is {what}, so there is nothing to tell apart: export both kinds of leads")
    if moments.min() == moments.max():
        raise DataError(
            f"{table.name}: every {time} is the same, so older cannot be told from newer: name the column of when a lead came in"
        )


def _first_of_each(ids: pl.Series, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], int]:
    ordered = ids[rows]
    first = (ordered.is_first_distinct() | ordered.is_null()).to_numpy()
    return rows[first], int((~first).sum())


def _outcome(table: Table, column: pl.Series, positive: str | None) -> tuple[Flags, Flags]:
    words = (column.cast(pl.Float64).fill_nan(None) if column.dtype.is_float() else column).cast(pl.String, strict=False)
    words = words.str.strip_chars().str.to_lowercase().str.replace(r"^(-?\d+)\.0+$", "$1")
    stated = words.is_not_null().to_numpy()
    values = words.drop_nulls().unique().sort().to_list()
    if positive is not None:
        wanted = positive.strip().lower()
        if wanted not in values:
            raise DataError(f"{table.name}: no {column.name} is {positive}: give --positive a value that stands in that column")
        return (words == wanted).fill_null(value=False).to_numpy(), stated
    unknown = [value for value in values if value not in GOOD | BAD]
    if unknown and len(values) > 2:
        places = [int((words == value).fill_null(value=False).arg_max() or 0) for value in values]
        shown = ", ".join(table.place(row).removeprefix(f"{table.name}, ") for row in sorted(places)[:3])
        raise DataError(
            f"{table.name}: {column.name} has {len(values)} different values (see {shown}), an outcome has two: "
            "say which is the good one with --positive VALUE"
        )
    if unknown:
        row = int((words == unknown[0]).fill_null(value=False).arg_max() or 0)
        raise DataError(f"{table.place(row)}: {column.name} is neither yes nor no, 1 nor 0: say which value is good with --positive VALUE")
    return words.is_in(list(GOOD)).fill_null(value=False).to_numpy(), stated


def _moments(table: Table, column: pl.Series) -> tuple[Floats, bool]:
    """Seconds since 1970 (or plain numbers to sort by), NaN where missing; whether they are dates."""
    if column.dtype.is_temporal():
        if column.dtype in (pl.Duration, pl.Time):
            raise DataError(f"{table.name}: {column.name} is a length or a time of day: name the column of when a lead came in")
        return _seconds(column.cast(pl.Datetime("us"))), True
    if column.dtype.is_numeric():
        return _numbers(table, column, column.cast(pl.Float64))
    column = column.cast(pl.String)
    numbers = column.cast(pl.Float64, strict=False)
    if numbers.null_count() == column.null_count():
        return _numbers(table, column, numbers)
    iso = _from_iso(column)
    if iso.null_count() == column.null_count():
        return _seconds(iso), True
    read = {form: found for form in _DAYS if (found := _parsed(column, form)).null_count() == column.null_count()}
    if len(read) == 1:
        return _seconds(next(iter(read.values()))), True
    if read and not all(found.equals(next(iter(read.values()))) for found in read.values()):
        raise DataError(f"{table.name}: {column.name} may be month/day or day/month, every row reads either way: write it as 2026-11-23")
    best = max([iso, *(_parsed(column, form) for form in _DAYS)], key=lambda found: found.len() - found.null_count())
    row = int((best.is_null() & column.is_not_null()).arg_max() or 0)
    raise DataError(f"{table.place(row)}: {column.name} is no time: write it as 2026-11-23 or 2026-11-23T09:00:00Z")


def _numbers(table: Table, column: pl.Series, numbers: pl.Series) -> tuple[Floats, bool]:
    found: Floats = numbers.fill_null(float("nan")).to_numpy().astype(np.float64)
    if bool(np.isinf(found).any()):
        row = int(np.flatnonzero(np.isinf(found))[0])
        raise DataError(f"{table.place(row)}: {column.name} is infinite: write a time, as 2026-11-23")
    known = found[~np.isnan(found)]
    if len(known) and known.min() >= _EPOCH_SECONDS[0] and known.max() <= _EPOCH_SECONDS[1]:
        return found, True
    if len(known) and known.min() >= _EPOCH_SECONDS[0] * 1e3 and known.max() <= _EPOCH_SECONDS[1] * 1e3:
        return found / 1e3, True
    return found, False


def _from_iso(column: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"t": column})
    part = [pl.col("t").str.extract(_ISO, number) for number in range(1, 6)]
    zone = pl.when(part[4].str.to_lowercase().is_in(["z", "utc"])).then(pl.lit("+0000")).otherwise(part[4].str.replace(":", ""))
    clock = part[1].fill_null("00:00") + part[2].fill_null(":00") + part[3].fill_null("")
    text = part[0] + "T" + clock + zone.fill_null("+0000")
    moment = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_zone="UTC", time_unit="us", strict=False)
    return frame.select(moment.dt.replace_time_zone(None)).to_series()


def _parsed(column: pl.Series, form: str) -> pl.Series:
    if "%H" in form:
        return column.str.to_datetime(form, time_unit="us", strict=False)
    return column.str.to_date(form, strict=False).cast(pl.Datetime("us"))


def _seconds(moments: pl.Series) -> Floats:
    micros = moments.dt.timestamp("us").cast(pl.Float64).fill_null(float("nan"))
    found: Floats = micros.to_numpy().astype(np.float64) / 1e6
    return found
