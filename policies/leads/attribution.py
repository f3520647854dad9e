"""Attribution: which channels a conversion is credited to, by seven named models. Every model gives away exactly the conversions there were.

Knows paths and counts, not people or money. Credit is not proof of effect: only a holdout shows what a channel caused.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

START, CONVERSION, NULL = "(start)", "(conversion)", "(null)"
"""States of the Markov chain that are no channels; a channel of such a name is refused."""

HALF_LIFE_TOUCHES = 1.0
"""Time decay over the position of a touch: each touch before the last one is worth half of the next. A path file holds no times."""

POSITION_ENDS = 0.4
"""Share of the first and of the last touch; the touches between them share the rest."""


class AttributionModel(StrEnum):
    FIRST = "first"
    LAST = "last"
    LINEAR = "linear"
    TIME_DECAY = "time_decay"
    POSITION = "position"
    MARKOV = "markov"
    SHAPLEY = "shapley"


class Path(NamedTuple):
    """Touches in time order, how many conversions ended this path and how many people walked it without converting."""

    touches: tuple[str, ...]
    conversions: float
    nulls: float = 0.0


Credit = dict[str, float]


def attribute(paths: Sequence[Path], model: AttributionModel) -> Credit:
    """Conversions credited to each channel, in order of channel; the credits add up to the conversions.

    Raises ValueError for an empty path, a negative count or a channel named like a state of the chain.
    """
    for path in paths:
        _check(path)
    channels = sorted({touch for path in paths for touch in path.touches})
    credit = _MODELS[model](paths)
    return {channel: credit.get(channel, 0.0) for channel in channels}


def _check(path: Path) -> None:
    if not path.touches or not all(path.touches):
        raise ValueError("a path has an empty touch: write the channels as a > b > c")
    if reserved := {START, CONVERSION, NULL}.intersection(path.touches):
        raise ValueError(f"a channel is named {min(reserved)}: rename it")
    if not (0 <= path.conversions < float("inf") and 0 <= path.nulls < float("inf")):
        raise ValueError("conversions and nulls must be numbers of at least 0")


# --- by position


def _by_position(weigh: Callable[[int], Sequence[float]]) -> Callable[[Sequence[Path]], Credit]:
    def credit(paths: Sequence[Path]) -> Credit:
        found: Credit = {}
        for path in paths:
            weights = weigh(len(path.touches))
            for touch, weight in zip(path.touches, weights, strict=True):
                found[touch] = found.get(touch, 0.0) + path.conversions * weight / sum(weights)
        return found

    return credit


def _first(touches: int) -> list[float]:
    return [1.0] + [0.0] * (touches - 1)


def _last(touches: int) -> list[float]:
    return [0.0] * (touches - 1) + [1.0]


def _linear(touches: int) -> list[float]:
    return [1.0] * touches


def _time_decay(touches: int) -> list[float]:
    return [2.0 ** (-(touches - 1 - place) / HALF_LIFE_TOUCHES) for place in range(touches)]


def _position(touches: int) -> list[float]:
    if touches <= 2:
        return [1.0] * touches
    return [POSITION_ENDS] + [(1 - 2 * POSITION_ENDS) / (touches - 2)] * (touches - 2) + [POSITION_ENDS]


# --- Shapley


def _shapley(paths: Sequence[Path]) -> Credit:
    """Exact Shapley value of v(S) = conversions of paths whose channels all lie in S: a sum of unanimity games, so each path is shared equally
    among its distinct channels, however many channels there are."""
    found: Credit = {}
    for path in paths:
        members = set(path.touches)
        for channel in members:
            found[channel] = found.get(channel, 0.0) + path.conversions / len(members)
    return found


# --- Markov


def transitions(paths: Iterable[Path]) -> dict[str, dict[str, float]]:
    """Probability of going from one state to the next, counted over conversions and nulls: {state: {next state: probability}}."""
    counts: dict[str, dict[str, float]] = {}
    for path in paths:
        for end, people in ((CONVERSION, path.conversions), (NULL, path.nulls)):
            if people:
                for here, there in pairwise((START, *path.touches, end)):
                    row = counts.setdefault(here, {})
                    row[there] = row.get(there, 0.0) + people
    return {here: {there: n / sum(row.values()) for there, n in row.items()} for here, row in counts.items()}


def conversion_probability(chain: Mapping[str, Mapping[str, float]], *, without: str | None = None) -> float:
    """Probability that the chain ends in a conversion; `without` a channel, whoever would come to it is lost. Exact: one linear system."""
    states = [state for state in sorted(chain) if state != without]
    place = {state: index for index, state in enumerate(states)}
    if START not in place:
        return 0.0
    rows = []
    for state in states:
        row = [0.0] * (len(states) + 1)
        row[place[state]] = 1.0
        for there, probability in chain[state].items():
            if there in place:
                row[place[there]] -= probability
            elif there == CONVERSION:
                row[-1] += probability
        rows.append(row)
    return _solve(rows)[place[START]]


def _solve(rows: list[list[float]]) -> list[float]:
    """Gauss-Jordan with partial pivoting on the augmented matrix `rows`, changed in place."""
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [value / head for value in rows[column]]
        for other in range(size):
            factor = rows[other][column]
            if other != column and factor:
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[column], strict=True)]
    return [row[-1] for row in rows]


def removal_effects(paths: Sequence[Path]) -> dict[str, float]:
    """For each channel the share of conversions lost without it, 0-1, under the first-order Markov chain of `paths`."""
    chain = transitions(paths)
    whole = conversion_probability(chain)
    channels = sorted({touch for path in paths for touch in path.touches})
    if not whole:
        return dict.fromkeys(channels, 0.0)
    return {channel: 1 - conversion_probability(chain, without=channel) / whole for channel in channels}


def _markov(paths: Sequence[Path]) -> Credit:
    effects = removal_effects(paths)
    conversions = sum(path.conversions for path in paths)
    whole = sum(effects.values())
    return {channel: conversions * effect / whole for channel, effect in effects.items()} if whole else {}


_MODELS: dict[AttributionModel, Callable[[Sequence[Path]], Credit]] = {
    AttributionModel.FIRST: _by_position(_first),
    AttributionModel.LAST: _by_position(_last),
    AttributionModel.LINEAR: _by_position(_linear),
    AttributionModel.TIME_DECAY: _by_position(_time_decay),
    AttributionModel.POSITION: _by_position(_position),
    AttributionModel.MARKOV: _markov,
    AttributionModel.SHAPLEY: _shapley,
}
