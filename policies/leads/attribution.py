"""Attribution: which channels a conversion is credited to, by named models. Every model gives away exactly the conversions there were.

Knows paths and counts, not people, times or money. Credit is not proof of effect: only a holdout shows what a channel caused.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from math import comb, fsum, isfinite
from typing import NamedTuple

START, CONVERSION, NULL = "(start)", "(conversion)", "(null)"
"""States of the Markov chain that are no channels; a channel of such a name is refused."""

HALF_LIFE_TOUCHES = 1.0
"""Time decay over the position of a touch: each touch before the last one is worth half of the next. A path file holds no times."""

POSITION_ENDS = 0.4
"""Share of the first and of the last touch; the touches between them share the rest."""

DIRECT = frozenset({"direct", "(direct)", "direct / none", "(direct) / (none)"})
"""Names, in lower case, of coming without a known source; the last-non-direct model looks behind them."""

DISAGREEMENT = 0.05
"""Models disagree over a channel where its lowest and highest credit lie further apart than this share of all conversions. A convention."""

MAX_COUNT = 1e15
"""Most conversions or nulls of one path. Beyond 2^53 a float no longer tells one person from none."""

MAX_MARKOV_CHANNELS = 200
"""The chain's cost grows with the cube of its channels; this many take a few seconds."""

MAX_SHAPLEY_CHANNELS = 15
"""A game of n channels has 2^n coalitions; 15 channels are 32,768 of them."""


class AttributionModel(StrEnum):
    FIRST = "first"
    LAST = "last"
    LINEAR = "linear"
    TIME_DECAY = "time_decay"
    POSITION = "position"
    MARKOV = "markov"
    SHAPLEY = "shapley"
    LAST_NON_DIRECT = "last_non_direct"


SIDE_BY_SIDE = tuple(model for model in AttributionModel if model is not AttributionModel.LAST_NON_DIRECT)
"""The seven that are always shown; the eighth needs a channel called direct to differ from `last`."""


class Path(NamedTuple):
    """Touches in time order, how many conversions ended this path and how many people walked it without converting."""

    touches: tuple[str, ...]
    conversions: float
    nulls: float = 0.0


Credit = dict[str, float]


class Spread(NamedTuple):
    """How far the models part over one channel, in conversions."""

    least: float
    least_model: AttributionModel
    most: float
    most_model: AttributionModel
    flagged: bool


def attribute(paths: Sequence[Path], model: AttributionModel) -> Credit:
    """Conversions credited to each channel, in order of channel; the credits add up to the conversions.

    Raises ValueError for an empty path, a negative count, a channel named like a state of the chain, or more channels than the chain is
    solved for.
    """
    channels = channels_of(paths)
    credit = _MODELS[model](paths)
    return {channel: credit.get(channel, 0.0) for channel in channels}


def channels_of(paths: Iterable[Path]) -> list[str]:
    """The channels of `paths` in order. Raises ValueError if one of the paths cannot be."""
    channels: set[str] = set()
    for touches, conversions, nulls in paths:
        if not touches:
            raise ValueError(EMPTY_TOUCH)
        if not (0 <= conversions <= MAX_COUNT and 0 <= nulls <= MAX_COUNT):
            raise ValueError(f"conversions and nulls must be numbers from 0 to {MAX_COUNT:g}")
        channels.update(touches)
    if "" in channels:
        raise ValueError(EMPTY_TOUCH)
    if reserved := channels & {START, CONVERSION, NULL}:
        raise ValueError(f"a channel is named {min(reserved)}, which is a state of the Markov chain: rename it")
    return sorted(channels)


def disagreement(credit: Mapping[AttributionModel, Credit], conversions: float) -> dict[str, Spread]:
    """For each channel the models that credit it least and most. Flagged where they part by more than `DISAGREEMENT` of the conversions."""
    found = {}
    for channel in next(iter(credit.values()), {}):
        ranked = sorted(credit, key=lambda model: credit[model][channel])
        low, high = ranked[0], ranked[-1]
        least, most = credit[low][channel], credit[high][channel]
        found[channel] = Spread(least, low, most, high, most - least > DISAGREEMENT * conversions)
    return found


EMPTY_TOUCH = "a path has an empty touch: write the channels as a > b > c"


# --- by position


def add_up(shares: Iterable[tuple[str, float]]) -> Credit:
    """The sum for each channel, rounded once: a plain sum over 10,000 paths drifts further from the conversions than 1e-9."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for channel, share in shares:
        found[channel].append(share)
    return {channel: fsum(parts) for channel, parts in found.items()}


def _by_position(weigh: Callable[[int], Sequence[float]]) -> Callable[[Sequence[Path]], Credit]:
    def credit(paths: Sequence[Path]) -> Credit:
        found: defaultdict[str, list[float]] = defaultdict(list)
        known: dict[int, list[float]] = {}
        for touches, conversions, _ in paths:
            if not conversions:
                continue
            weights = known.get(len(touches))
            if weights is None:
                plain = weigh(len(touches))
                whole = fsum(plain)
                weights = known[len(touches)] = [weight / whole for weight in plain]
            for touch, weight in zip(touches, weights, strict=True):
                found[touch].append(conversions * weight)
        return {channel: fsum(parts) for channel, parts in found.items()}

    return credit


def _linear(touches: int) -> list[float]:
    return [1.0] * touches


def _time_decay(touches: int) -> list[float]:
    return [2.0 ** (-(touches - 1 - place) / HALF_LIFE_TOUCHES) for place in range(touches)]


def by_ends(paths: Sequence[Path], *, first: float = POSITION_ENDS, last: float = POSITION_ENDS) -> Credit:
    """Credit by position with shares of your own for the first and the last touch; the touches between share the rest evenly.

    A path of two touches is divided in the proportion of the two. Raises ValueError if a share is negative, both are 0 or they add up to more
    than 1.
    """
    if not (first >= 0 and last >= 0 and 0 < first + last <= 1):
        raise ValueError(f"first {first:g} and last {last:g}: write shares of at least 0 that add up to more than 0 and at most 1")

    def weigh(touches: int) -> list[float]:
        if touches <= 2:
            return [1.0] if touches == 1 else [first, last]
        return [first, *[(1 - first - last) / (touches - 2)] * (touches - 2), last]

    return _by_position(weigh)(paths)


def _first(paths: Sequence[Path]) -> Credit:
    return add_up((path.touches[0], path.conversions) for path in paths)


def _last(paths: Sequence[Path]) -> Credit:
    return add_up((path.touches[-1], path.conversions) for path in paths)


def _last_non_direct(paths: Sequence[Path]) -> Credit:
    """The last touch that has a source; a path of nothing but direct visits is credited to its last."""
    return add_up(
        (next((touch for touch in reversed(path.touches) if touch.lower() not in DIRECT), path.touches[-1]), path.conversions)
        for path in paths
    )


# --- Shapley


def _shapley(paths: Sequence[Path]) -> Credit:
    """Exact Shapley value of v(S) = conversions of paths whose channels all lie in S: a sum of unanimity games, so each path is shared equally
    among its distinct channels, however many channels there are."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for touches, conversions, _ in paths:
        members = set(touches)
        for channel in members:
            found[channel].append(conversions / len(members))
    return {channel: fsum(parts) for channel, parts in found.items()}


def shapley(worth: Mapping[frozenset[str], float]) -> Credit:
    """Exact Shapley value of any game: `worth` gives the value of every coalition of channels (the empty one is worth 0 unless given).

    The values add up to the worth of all channels together less that of none. Up to 15 channels; for path data `attribute` has no such limit.
    Raises ValueError for more channels, a coalition without a value or a value that is not finite.
    Source: Shapley, "A value for n-person games" (1953).
    """
    channels = sorted(frozenset().union(*worth))
    if len(channels) > MAX_SHAPLEY_CHANNELS:
        raise ValueError(
            f"{len(channels)} channels make 2^{len(channels)} coalitions and at most {MAX_SHAPLEY_CHANNELS} channels are computed: "
            "group the small ones, or give paths, whose Shapley value has no limit"
        )
    values = [
        _worth_of(worth, [channel for place, channel in enumerate(channels) if mask >> place & 1]) for mask in range(1 << len(channels))
    ]
    found: Credit = {}
    for place, channel in enumerate(channels):
        bit = 1 << place
        found[channel] = fsum(
            (values[mask | bit] - values[mask]) / (len(channels) * comb(len(channels) - 1, mask.bit_count()))
            for mask in range(len(values))
            if not mask & bit
        )
    return found


def _worth_of(worth: Mapping[frozenset[str], float], members: Sequence[str]) -> float:
    value = worth.get(frozenset(members), None if members else 0.0)
    if value is None or not isfinite(value):
        raise ValueError(f"the coalition {{{', '.join(members)}}} has no finite value: give every coalition of the channels one")
    return value


# --- Markov


Chain = dict[str, dict[str, float]]
"""{state: {next state: count or probability}}. Only the ratios within a row matter to the functions below."""


def _counts(paths: Iterable[Path]) -> Chain:
    steps: defaultdict[tuple[str, str], float] = defaultdict(float)
    for touches, conversions, nulls in paths:
        people = conversions + nulls
        if people:
            steps[START, touches[0]] += people
            for step in pairwise(touches):
                steps[step] += people
            steps[touches[-1], CONVERSION] += conversions
            steps[touches[-1], NULL] += nulls
    chain: Chain = {}
    for (here, there), people in steps.items():
        if people:
            chain.setdefault(here, {})[there] = people
    return chain


def transitions(paths: Iterable[Path]) -> Chain:
    """Probability of going from one state to the next, counted over conversions and nulls: {state: {next state: probability}}."""
    return {here: {there: n / sum(row.values()) for there, n in row.items()} for here, row in _counts(paths).items()}


def conversion_probability(chain: Mapping[str, Mapping[str, float]], *, without: str | None = None) -> float:
    """Probability that the chain ends in a conversion; `without` a channel, whoever would come to it is lost. Exact: one linear system."""
    if START not in chain:
        return 0.0
    row = _without(chain, [state for state in chain if state not in (START, without)])[START]
    return row.get(CONVERSION, 0.0) / sum(row.values())


def _without(chain: Mapping[str, Mapping[str, float]], states: Sequence[str]) -> Chain:
    """The chain watched only outside `states`: whoever enters one is counted where he leaves them.

    This is Gaussian elimination of (I - Q)x = r that never subtracts (a state's own loop falls out instead of being taken from 1), so that
    long loops and rare conversions lose no digits. Source: Grassmann, Taksar, Heyman, Operations Research 33 (1985) 1107.
    """
    left = {state: dict(row) for state, row in chain.items()}
    for state in states:
        row = left.pop(state)
        row.pop(state, None)
        leaving = sum(row.values())
        for other in left.values():
            entering = other.pop(state, 0.0)
            if entering:
                for there, flow in row.items():
                    other[there] = other.get(there, 0.0) + entering * (flow / leaving)
    return left


def removal_effects(paths: Sequence[Path]) -> dict[str, float]:
    """For each channel the share of conversions lost without it, 0-1, under the first-order Markov chain of `paths`.

    Lost is who would have come to the channel and then have converted: P(reach it) P(convert from it) / P(convert). Together the effects are
    at least 1, because every conversion comes through some channel, or all 0 if nobody converted.
    """
    effects = dict.fromkeys(sorted({touch for path in paths for touch in path.touches}), 0.0)
    chain = _counts(paths)
    walked = sorted(state for state in chain if state != START)
    if len(walked) > MAX_MARKOV_CHANNELS:
        raise ValueError(
            f"{len(walked)} channels are more than the {MAX_MARKOV_CHANNELS} that the Markov chain is solved for: "
            "group them, for example by source and medium"
        )
    whole = conversion_probability(chain)
    if whole:
        for channel, alone in _each_alone(chain, walked):
            reached = alone[START].get(channel, 0.0) / sum(alone[START].values())
            row = {there: flow for there, flow in alone[channel].items() if there != channel}
            effects[channel] = reached * (row.get(CONVERSION, 0.0) / sum(row.values())) / whole
    return effects


def _each_alone(chain: Chain, channels: Sequence[str]) -> Iterator[tuple[str, Chain]]:
    """The chain watched only at the start and at one channel, for each of `channels`. Halving shares the work: all cost as much as one
    system, the cube of the number of channels."""
    if len(channels) == 1:
        yield channels[0], chain
        return
    middle = len(channels) // 2
    yield from _each_alone(_without(chain, channels[middle:]), channels[:middle])
    yield from _each_alone(_without(chain, channels[:middle]), channels[middle:])


def _markov(paths: Sequence[Path]) -> Credit:
    effects = removal_effects(paths)
    conversions = fsum(path.conversions for path in paths)
    whole = fsum(effects.values())
    return {channel: conversions * (effect / whole) for channel, effect in effects.items()} if whole else {}


_MODELS: dict[AttributionModel, Callable[[Sequence[Path]], Credit]] = {
    AttributionModel.FIRST: _first,
    AttributionModel.LAST: _last,
    AttributionModel.LINEAR: _by_position(_linear),
    AttributionModel.TIME_DECAY: _by_position(_time_decay),
    AttributionModel.POSITION: by_ends,
    AttributionModel.MARKOV: _markov,
    AttributionModel.SHAPLEY: _shapley,
    AttributionModel.LAST_NON_DIRECT: _last_non_direct,
}
