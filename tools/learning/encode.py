"""Columns as numbers a model can learn from. Medians, scales, levels and bins come from the older leads only; newer leads never shape them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.learning.columns import Column, Kind
from tools.learning.leads import Floats

MIN_LEVEL = 20
"""Leads. A rarer level is pooled with the other rare ones: its coefficient would be noise, and a small cell may point at a person."""
MAX_LEVELS = 30
TAIL = 0.005
SKEW = 2.0
OTHER, MISSING = "(other)", "(not stated)"
VALUE = "(value)"

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Term:
    """One column of the matrix. `label`: a level, "(other)", "(not stated)" or, for a number, "(value)" per `scale` units, or log units if `log`."""

    column: str
    label: str
    scale: float = 1.0
    log: bool = False


@dataclass(frozen=True, slots=True)
class _Number:
    name: str
    median: float
    low: float
    high: float
    log: bool
    mean: float
    scale: float
    indicator: bool


@dataclass(frozen=True, slots=True)
class _Levels:
    name: str
    kept: tuple[int, ...]
    labels: tuple[str, ...]
    pooled: bool
    indicator: bool


@dataclass(frozen=True, slots=True)
class Encoding:
    parts: tuple[_Number | _Levels, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(term for part in self.parts for term in _terms(part))

    def matrix(self, columns: tuple[Column, ...], rows: slice) -> Floats:
        """(leads, terms) for the leads in `rows`; a level never seen before counts as a rare one."""
        count = len(range(*rows.indices(len(columns[0].missing)))) if columns else 0
        found = np.zeros((count, len(self.terms)))
        at = 0
        for part, column in zip(self.parts, columns, strict=True):
            width = len(_terms(part))
            if isinstance(part, _Number):
                _fill_number(part, column.numbers[rows], found[:, at : at + width])
            else:
                _fill_levels(part, column.codes[rows], found[:, at : at + width])
            at += width
        return found


def fit_encoding(columns: tuple[Column, ...], rows: slice) -> Encoding:
    """Medians and the missing indicator, winsorised and standardised numbers (log of skewed amounts), levels of at least MIN_LEVEL leads."""
    return Encoding(tuple(_number(one, rows) if one.kind is Kind.NUMBER else _levels(one, rows) for one in columns))


def _number(column: Column, rows: slice) -> _Number:
    values = column.numbers[rows]
    known = values[~np.isnan(values)]
    indicator = len(known) < len(values)
    if not len(known):
        return _Number(column.name, 0.0, 0.0, 0.0, False, 0.0, 1.0, indicator)
    low, median, high = (float(value) for value in np.quantile(known, (TAIL, 0.5, 1 - TAIL)))
    if low == high:  # a flag that is nearly always the same: keep the rare value
        low, high = float(known.min()), float(known.max())
    clipped = np.clip(known, low, high)
    spread = float(clipped.std())
    skew = float(((clipped - clipped.mean()) ** 3).mean()) / spread**3 if spread else 0.0
    log = low >= 0 and skew > SKEW and high > 1
    shown = np.log1p(clipped) if log else clipped
    return _Number(column.name, median, low, high, log, float(shown.mean()), float(shown.std()) or 1.0, indicator)


def _levels(column: Column, rows: slice) -> _Levels:
    codes = column.codes[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(column.levels))
    order = np.argsort(-counts, kind="stable")[:MAX_LEVELS]
    kept = tuple(int(code) for code in order if counts[code] >= MIN_LEVEL)
    pooled = int(counts.sum()) > int(counts[list(kept)].sum() if kept else 0)
    return _Levels(column.name, kept, tuple(column.levels[code] for code in kept), pooled, bool((codes < 0).any()))


def _terms(part: _Number | _Levels) -> list[Term]:
    if isinstance(part, _Number):
        value = Term(part.name, VALUE, part.scale, part.log)
        return [value, *([Term(part.name, MISSING)] if part.indicator else [])]
    extra = [(part.pooled, OTHER), (part.indicator, MISSING)]
    return [Term(part.name, label) for label in (*part.labels, *(label for wanted, label in extra if wanted))]


def _fill_number(part: _Number, values: Floats, into: Floats) -> None:
    missing = np.isnan(values)
    clipped = np.clip(np.where(missing, part.median, values), part.low, part.high)
    into[:, 0] = ((np.log1p(clipped) if part.log else clipped) - part.mean) / part.scale
    if part.indicator:
        into[:, 1] = missing


def _fill_levels(part: _Levels, codes: Codes, into: Floats) -> None:
    place = _places(part.kept, codes)
    rows = np.arange(len(codes))
    known = place >= 0
    into[rows[known], place[known]] = 1
    if part.pooled:
        into[(codes >= 0) & ~known, len(part.kept)] = 1
    if part.indicator:
        into[codes < 0, -1] = 1


def _places(kept: tuple[int, ...], codes: Codes) -> Codes:
    """Each code's place in `kept`, -1 = not kept or missing."""
    table = np.full(int(max(codes.max(initial=-1), max(kept, default=-1))) + 2, -1, np.int32)
    table[list(kept)] = np.arange(len(kept), dtype=np.int32)
    return table[codes]  # code -1 reads the spare last place, which is -1


def binned(column: Column, rows: slice, bins: int) -> tuple[Codes, int]:
    """Every lead's bin (0 = not stated; numbers in up to `bins` bins of equal size, levels one each, the rest last) and the number of bins.

    The bins are those of the leads in `rows`.
    """
    if column.kind is Kind.NUMBER:
        known = column.numbers[rows]
        known = known[~np.isnan(known)]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])) if len(known) else np.empty(0)
        edges = edges[edges > known.min()] if len(known) else edges
        codes = (np.searchsorted(edges, column.numbers, side="right") + 1).astype(np.int32)
        return np.where(np.isnan(column.numbers), 0, codes).astype(np.int32), len(edges) + 2
    part = _levels(column, rows)
    place = _places(part.kept, column.codes)
    codes = np.where(column.codes < 0, 0, np.where(place >= 0, place + 1, len(part.kept) + 1)).astype(np.int32)
    return codes, len(part.kept) + 2
