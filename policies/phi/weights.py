"""The tagger's weights laid out for look-up: a list or a dictionary for each family of features. Knows no text."""

from collections.abc import Mapping
from typing import NamedTuple

from policies.phi.lexicon import Weights
from policies.phi.lines import CLASSES, GAPS, HOLDINGS, LENGTHS, PLACES, ROLES
from policies.phi.tokens import KINDS


class Tables(NamedTuple):
    """The weights of one target, laid out for look-up."""

    bias: float
    affix: dict[str, float]
    own_class: list[float]
    pairs: list[float]
    after_pairs: list[float]
    pairs2: list[float]
    triples: list[float]
    before: list[tuple[float, ...]]
    before2: list[tuple[float, ...]]
    after: list[tuple[float, ...]]
    after2: list[tuple[float, ...]]
    two_before: dict[int, float]
    two_after: dict[int, float]
    gap_before: list[float]
    gap_after: list[float]
    lengths: list[float]
    holding: list[float]
    places: list[float]


CONTEXT = frozenset(("r1:", "r2:", "l1:", "l2:", "rr:", "ll:"))


def words_of(key: str) -> list[str]:
    family, _, rest = key.partition(":")
    return rest.split(" ") if family in ("rr", "ll") else [rest.rpartition("|")[0]]


def laid_out(weights: Weights, contexts: Mapping[str, int]) -> tuple[Tables, Tables]:
    """The weights laid out for look-up, of names and of towns."""
    both = tuple(_empty(bias / 100) for bias in weights.bias)
    rows: tuple[dict[str, dict[int, list[float]]], ...] = tuple({family: {} for family in _ROWS} for _ in both)
    for key, pair in weights.features.items():
        family, _, rest = key.partition(":")
        place = _place(family, rest, contexts)
        for tables, target_rows, weight in zip(both, rows, pair, strict=True):
            if weight:
                _put(tables, target_rows, family, key, place, weight / 100)
    zeros = (0.0,) * ROLES
    for tables, target_rows in zip(both, rows, strict=True):
        for family, target in zip(_ROWS, (tables.before, tables.before2, tables.after, tables.after2), strict=True):
            found = target_rows[family]
            target.extend(tuple(found[index]) if index in found else zeros for index in range(len(contexts) + 1))
    return both[0], both[1]


_ROWS = ("r1", "r2", "l1", "l2")
MANY = 1 << 20  # more than there are context words: two of them in one number


def _empty(bias: float) -> Tables:
    def flat(count: int) -> list[float]:
        return [0.0] * count

    squares = (flat(CLASSES * CLASSES), flat(CLASSES * CLASSES), flat(CLASSES * CLASSES))
    of_roles = (flat(count * ROLES) for count in (GAPS, GAPS, LENGTHS, HOLDINGS, PLACES))
    return Tables(bias, {}, flat(CLASSES), *squares, flat(KINDS**3), [], [], [], [], {}, {}, *of_roles)


def _place(family: str, rest: str, contexts: Mapping[str, int]) -> tuple[int, int]:
    """Where a feature's weight stands in its table; for a context word its row and the role."""
    if family in _ROWS:
        word, _, role = rest.rpartition("|")
        return contexts[word], int(role)
    if family in ("rr", "ll"):
        first, _, second = rest.partition(" ")
        return contexts[first] * MANY + contexts[second], 0
    if family in _OF_ROLES:
        gap, _, role = rest.partition("|")
        return int(gap) * ROLES + int(role), 0
    if family in ("a", "z", "y"):
        first, _, second = rest.partition(",")
        return int(first) * CLASSES + int(second), 0
    if family == "t":
        left, middle, right = rest.split(",")
        return (int(left) * KINDS + int(middle)) * KINDS + int(right), 0
    return (int(rest), 0) if family == "c" else (0, 0)


def _put(tables: Tables, rows: dict[str, dict[int, list[float]]], family: str, key: str, place: tuple[int, int], weight: float) -> None:
    if family in _ROWS:
        rows[family].setdefault(place[0], [0.0] * ROLES)[place[1]] = weight
    elif family in ("rr", "ll"):
        (tables.two_before if family == "rr" else tables.two_after)[place[0]] = weight
    elif family in _LISTS:
        getattr(tables, _LISTS[family])[place[0]] = weight
    else:
        tables.affix[key] = weight


_OF_ROLES = {"gl": "gap_before", "gr": "gap_after", "n": "lengths", "h": "holding", "p": "places"}
_LISTS = {"c": "own_class", "a": "pairs", "z": "after_pairs", "y": "pairs2", "t": "triples", **_OF_ROLES}
