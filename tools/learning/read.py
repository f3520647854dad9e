"""Leads from a CSV or Parquet file, every cell as text, a number or missing. Knows files, not outcomes."""

import csv
import difflib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tools.errors import DataError

PARQUET = b"PAR1"
SEPARATORS = ",;\t|"
HEADER = 1_000_000
"""Characters within which the column names end."""
MISSING = ("", "?", "-", "na", "n/a", "nan", "none", "null", "select", "(blank)", "#n/a", "nat")
"""Words for "not stated", compared in lower case. "Select" is what a form stores when nobody chose from its list."""


@dataclass(frozen=True, slots=True)
class Table:
    """`frame`: one row per lead in file order, text columns trimmed and without words for missing. `name` is the file's name, no path."""

    name: str
    frame: pl.DataFrame
    lines: bool

    def place(self, row: int) -> str:
        """Where row `row` (from 0) stands in the file: its line if each record is one line, else its number."""
        return f"{self.name}, line {row + 2}" if self.lines else f"{self.name}, record {row + 1}"

    def column(self, name: str) -> pl.Series:
        """The column called `name`. Raises DataError that lists the nearest names."""
        if name not in self.frame.columns:
            raise DataError(f"{self.name} has no column {name}: {nearest(name, self.frame.columns)}")
        return self.frame[name]


def nearest(name: str, names: Iterable[str]) -> str:
    """ "did you mean …", or the first columns when none is near."""
    known = list(names)
    by_case = {one.casefold(): one for one in reversed(known)}
    close = [by_case[found] for found in difflib.get_close_matches(name.casefold(), list(by_case), n=3, cutoff=0.5)]
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"it has {', '.join(known[:12])}{', …' if len(known) > 12 else ''}"


def read_table(path: Path) -> Table:
    """Read `path`; Parquet is known by its first bytes, anything else is CSV (separator , ; tab or |; UTF-8).

    Raises DataError naming the file, the line where there is one, and how to mend it.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): name a CSV or Parquet file") from None
    if not body.strip():
        raise DataError(f"{path.name} is empty: its first line must name the columns, each further line is one lead")
    is_parquet = body.startswith(PARQUET)
    if not is_parquet and path.suffix.lower() in (".parquet", ".pq"):
        raise DataError(f"{path.name} is named Parquet but is none (it does not begin with PAR1): export it again, or name it .csv")
    frame = _parquet(path.name, body) if is_parquet else _csv(path.name, body)
    if frame.height == 0:
        raise DataError(f"{path.name} has column names but no lead: export it with its rows")
    one_line_each = not is_parquet and body.rstrip(b"\r\n").count(b"\n") == frame.height
    return Table(path.name, frame.with_columns(_stated(frame)), one_line_each)


def _stated(frame: pl.DataFrame) -> list[pl.Expr]:
    """Text trimmed, with words for missing made null; enums and truth values as text."""
    texts = [name for name, kind in frame.schema.items() if kind in (pl.String, pl.Categorical, pl.Enum)]
    truths = [name for name, kind in frame.schema.items() if kind == pl.Boolean]
    trimmed = [(pl.col(name).cast(pl.String).str.strip_chars(), name) for name in texts]
    return [
        *(pl.when(text.str.to_lowercase().is_in(MISSING)).then(None).otherwise(text).alias(name) for text, name in trimmed),
        *(pl.when(pl.col(name)).then(pl.lit("yes")).when(~pl.col(name)).then(pl.lit("no")).alias(name) for name in truths),
    ]


def _parquet(name: str, body: bytes) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(io.BytesIO(body))
    except Exception as error:  # polars raises its own and Rust's errors here
        raise DataError(f"{name} begins like Parquet but cannot be read ({type(error).__name__}): export it again") from None
    _refuse_names(name, frame.columns)
    return frame


def _csv(name: str, body: bytes) -> pl.DataFrame:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise DataError(f"{name}, line {line} is not UTF-8 text: save the file as CSV UTF-8") from None
    text = text.rstrip("\r\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{name}, line {line} holds a NUL character, so this is no CSV: save the file as CSV UTF-8")
    if "\n" not in text:
        text = text.replace("\r", "\n")  # how spreadsheets on old Macs end lines
    separator = max(SEPARATORS, key=lambda mark: len(_header(name, text, mark)))
    header = _header(name, text, separator)
    _refuse_names(name, header)
    try:
        # A row that ends early lacks its last cells: spreadsheets cut them off when they are empty.
        frame = pl.read_csv(io.StringIO(text), separator=separator, infer_schema=False, new_columns=header)
    except Exception as error:
        raise DataError(_crooked(name, text, separator, len(header), type(error).__name__)) from None
    if frame.width != len(header):
        raise DataError(_crooked(name, text, separator, len(header), f"{frame.width} columns"))
    return frame


def _header(name: str, text: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader(io.StringIO(text[:HEADER], newline=""), delimiter=separator), [])]
    except csv.Error:
        raise DataError(
            f"{name}, line 1 is too long to name columns: its first line must name them, each further line is one lead"
        ) from None


def _crooked(name: str, text: str, separator: str, width: int, what: str) -> str:
    """The first record whose number of cells differs from the header's."""
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    try:
        for row in reader:
            if row and len(row) != width:
                found = f"{name}, line {reader.line_num} has {len(row)} cells, but the first line names {width} columns"
                return f"{found}: quote cells that hold {separator!r}"
    except csv.Error:
        return f"{name}, line {reader.line_num} is no CSV: close its quotation mark"
    return f"{name} is no CSV ({what}): save it again as CSV UTF-8"


def _refuse_names(name: str, header: list[str]) -> None:
    if unnamed := [place for place, column in enumerate(header, 1) if not column]:
        raise DataError(f"{name}, line 1: column {unnamed[0]} has no name: name it or delete it")
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise DataError(f"{name}, line 1: the column name {twice[0]} stands there twice: rename or delete one")
