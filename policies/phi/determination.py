"""The figures of an expert determination (45 CFR 164.514(b)(1)): how often reviewers still found an identifier, and which combinations are rare.

Gives the statistics and the sample; the determination itself is a qualified person's. Pure: the seed is passed in.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

SMALLEST_CELL = 11  # CMS cell suppression policy: no cell of 1 to 10 people is shown
QUASI_IDENTIFIERS = ("state", "zip3", "age", "service_line", "month")


class Interval(NamedTuple):
    share: float
    low: float
    high: float


def wilson(found: int, checked: int, z: float = 1.959964) -> Interval:
    """Share and its Wilson score interval, 95 % by default. Source: E. B. Wilson, JASA 22 (1927), 209-212.

    Raises ValueError when nothing was checked or more was found than checked.
    """
    if checked <= 0 or not 0 <= found <= checked:
        raise ValueError(f"{found} of {checked}: give the number of reviewed texts, and no more leaks than texts")
    share = found / checked
    spread = z * math.sqrt(share * (1 - share) / checked + z * z / (4 * checked * checked))
    middle, scale = share + z * z / (2 * checked), 1 + z * z / checked
    low = 0.0 if found == 0 else max(0.0, (middle - spread) / scale)
    return Interval(share, low, 1.0 if found == checked else min(1.0, (middle + spread) / scale))


def sampled(ids: Iterable[str], size: int, seed: int) -> list[str]:
    """`size` of `ids`, the same for the same seed whatever their order: those with the smallest hash of seed and id."""
    return sorted(ids, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest())[:size]


class SmallCell(NamedTuple):
    values: tuple[str, ...]
    people: int


def small_cells(
    rows: Iterable[Mapping[str, str]], columns: Sequence[str] = QUASI_IDENTIFIERS, smallest: int = SMALLEST_CELL
) -> list[SmallCell]:
    """Combinations of `columns` that fewer than `smallest` rows share, rarest first. A missing value is a value."""
    counts = Counter(tuple(str(row.get(column) or "-") for column in columns) for row in rows)
    return sorted(
        (SmallCell(values, count) for values, count in counts.items() if count < smallest), key=lambda cell: (cell.people, cell.values)
    )


class Determination(NamedTuple):
    """`leaks` is over reviewed texts; `rows` and `cells` over all records."""

    reviewed: int
    leaks: Interval
    by_label: dict[str, int]
    rows: int
    cells: int
    small: list[SmallCell]


def determined(
    reviews: Iterable[tuple[str, Sequence[str]]], rows: Sequence[Mapping[str, str]], columns: Sequence[str] = QUASI_IDENTIFIERS
) -> Determination:
    """`reviews` are (id, labels of the identifiers a reviewer still found in it)."""
    found = {name: tuple(labels) for name, labels in reviews}
    leaking = sum(bool(labels) for labels in found.values())
    return Determination(
        reviewed=len(found),
        leaks=wilson(leaking, len(found)),
        by_label=dict(sorted(Counter(label for labels in found.values() for label in labels).items())),
        rows=len(rows),
        cells=len({tuple(str(row.get(column) or "-") for column in columns) for row in rows}),
        small=small_cells(rows, columns),
    )
