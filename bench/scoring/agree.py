"""What scoring keeps, read as a whole, and where two readings differ."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from math import isclose
from typing import Any, NamedTuple

from sqlalchemy import select

from tools.store.database import Database
from tools.store.ledger import STANDING
from tools.store.tables import ledger, scores

CLOSE = 1e-9
"""Relative and absolute, of points and sums."""

ENDS_WITHIN = timedelta(seconds=1)
"""An end is solved from sums that may differ in the last bit."""


class Kept(NamedTuple):
    """`scores`: (lead, model) to its row; `counted`: ids of the ledger rows that give points."""

    scores: Mapping[tuple[str, str], Mapping[str, Any]]
    counted: frozenset[int]


def snapshot(database: Database) -> Kept:
    with database.read() as connection:
        rows = {(row["lead"], row["model"]): row for row in connection.execute(select(scores)).mappings()}
        return Kept(rows, frozenset(connection.scalars(select(ledger.c.id).where(ledger.c.counted))))


def differences(one: Kept, other: Kept) -> list[str]:
    """In words, one per ledger row or standing: flags must be the same, sums and bounds within 1e-9, dates equal, ends within a second."""
    found = [f"ledger row {id_} is counted in one of the two" for id_ in sorted(one.counted ^ other.counted)]
    found += [f"{lead} has a standing under {model} in one of the two" for lead, model in sorted(one.scores.keys() ^ other.scores.keys())]
    for key in one.scores.keys() & other.scores.keys():
        found += [f"{key}: {what}" for what in _differ(one.scores[key], other.scores[key])]
    return found


def _differ(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    for name in {*one["groups"], *other["groups"]}:
        if not _close(one["groups"].get(name, 0.0), other["groups"].get(name, 0.0)):
            yield f"G of {name}: {one['groups'].get(name)} and {other['groups'].get(name)}"
    if not _close(one["g"], other["g"]):
        yield f"g: {one['g']} and {other['g']}"
    for name in STANDING:
        a, b = one[name], other[name]
        if a != b and not (name == "mql_until" and a and b and abs(a - b) <= ENDS_WITHIN):
            yield f"{name}: {a} and {b}"


def _close(a: float, b: float) -> bool:
    return isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE)
