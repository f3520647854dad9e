"""How good probabilities are, each figure with a bootstrap interval. Pure arithmetic over arrays; the seed is fixed by the caller."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from policies.records import Record

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ROUNDS = 200
"""Bootstrap samples; the 2.5 and 97.5 % points of 200 are steady to about a tenth of the interval's width."""
BINS = 10
TOP = 0.10
_CELLS = 4_000_000
_GROUPS = 1000
_TINY = 1e-15
MEASURES = ("auc", "average_precision", "brier", "log_loss", "ece", "lift_10")


class Interval(Record):
    """A figure and the interval that holds 95 % of its bootstrap samples; None = it does not exist for these leads."""

    value: float | None
    low: float | None = None
    high: float | None = None


class ReliabilityBin(Record):
    """Leads of similar probability: the mean said, the share that converted with its Wilson interval, and how many."""

    said: float
    came: float
    low: float
    high: float
    leads: int


@dataclass(frozen=True, slots=True)
class _Groups:
    """Leads of equal probability `said`, highest first: how many were good and bad, and which of ten equal bins they fall in."""

    said: Floats
    hits: Floats
    misses: Floats
    bins: NDArray[np.intp]

    def drawn(self, *, seed: int, rounds: int) -> tuple[Floats, Floats]:
        """Good and bad per group in each bootstrap sample, (rounds, groups): drawing leads with return is a multinomial over the groups."""
        count = int(self.hits.sum() + self.misses.sum())
        cells = np.concatenate([self.hits, self.misses])
        found = np.random.default_rng(seed).multinomial(count, cells / cells.sum(), size=rounds).astype(np.float64)
        return found[:, : len(self.hits)], found[:, len(self.hits) :]


def auc(score: Floats, good: Flags) -> float:
    """Area under the ROC curve: how often a good lead is above a bad one, ties half. NaN when one kind is absent."""
    return float(_point(_groups(score, good))["auc"])


def measures(said: Floats, good: Flags, *, seed: int, rounds: int = ROUNDS) -> dict[str, Interval]:
    """Every one of MEASURES for probabilities `said` (0-1) against `good`, with 95 % bootstrap intervals over leads.

    `average_precision` is the step sum; `log_loss` in nats; `ece` over ten bins of equal size; `lift_10`: share of good among the top 10 % over
    the share among all.
    """
    groups = _groups(said, good)
    point = _point(groups)
    few = _coarse(groups)
    samples = _measure(few, *few.drawn(seed=seed, rounds=rounds))
    return {name: interval(point[name], samples[name]) for name in MEASURES}


def log_losses(said: Floats, good: Flags) -> Floats:
    """Each lead's loss in nats."""
    clipped = np.clip(said, _TINY, 1 - _TINY)
    return np.where(good, -np.log(clipped), -np.log1p(-clipped))


def mean_difference(first: Floats, second: Floats, *, seed: int, rounds: int = ROUNDS) -> Interval:
    """Mean of `first - second` over the same leads, with its bootstrap interval."""
    difference = first - second
    samples = [weights @ difference / len(difference) for weights in resamples(len(difference), seed=seed, rounds=rounds)]
    return interval(float(difference.mean()), np.concatenate(samples))


def resamples(count: int, *, seed: int, rounds: int = ROUNDS) -> Iterator[Floats]:
    """How often each of `count` leads is drawn in each bootstrap sample: (rounds, count), in parts that fit in memory."""
    rng = np.random.default_rng(seed)
    part = max(1, min(rounds, _CELLS // max(1, count)))
    for first in range(0, rounds, part):
        rows = min(part, rounds - first)
        drawn = rng.integers(0, count, size=(rows, count)) + np.arange(rows)[:, None] * count
        yield np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count).astype(np.float64)


def interval(value: float, samples: Floats) -> Interval:
    """`value` with the 2.5 and 97.5 % points of `samples`; samples that do not exist (NaN) are left out."""
    known = samples[np.isfinite(samples)]
    if not np.isfinite(value) or not len(known):
        return Interval(value=_round(value))
    low, high = np.quantile(known, (0.025, 0.975))
    return Interval(value=_round(value), low=_round(low), high=_round(high))


def intervals(values: Floats, samples: Floats) -> list[Interval]:
    """`interval` of each of `values` (figures) with its column of `samples` (samples, figures)."""
    known = np.isfinite(samples).any(axis=0) & np.isfinite(values)
    ends = np.full((2, len(values)), np.nan)
    if known.any():
        ends[:, known] = np.nanquantile(samples[:, known], (0.025, 0.975), axis=0)
    return [Interval(value=_round(value), low=_round(low), high=_round(high)) for value, (low, high) in zip(values, ends.T, strict=True)]


def reliability(said: Floats, good: Flags) -> list[ReliabilityBin]:
    """Ten bins of equal size by probability, ties never split."""
    groups = _groups(said, good)
    total = groups.hits + groups.misses
    found = []
    for number in range(BINS - 1, -1, -1):
        inside = groups.bins == number
        leads = float(total[inside].sum())
        if leads:
            share = float(groups.hits[inside].sum()) / leads
            low, high = wilson(share, leads)
            mean = float((total * groups.said)[inside].sum()) / leads
            found.append(
                ReliabilityBin(said=round(mean, 6), came=round(share, 6), low=round(low, 6), high=round(high, 6), leads=int(leads))
            )
    return found


def wilson(share: float, count: float, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a share seen in `count` cases."""
    if count <= 0:
        return 0.0, 1.0
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * float(np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)))
    return max(0.0, middle - half), min(1.0, middle + half)


def gain(said: Floats, good: Flags, shares: Floats) -> Floats:
    """Share of all good leads among the top `shares` of leads by probability; leads of equal probability count in part."""
    groups = _groups(said, good)
    reached = np.append(0.0, np.cumsum(groups.hits + groups.misses)) / len(said)
    return np.interp(shares, reached, np.append(0.0, np.cumsum(groups.hits)) / max(1.0, float(groups.hits.sum())))


def _groups(said: Floats, good: Flags) -> _Groups:
    order = np.argsort(-said, kind="stable")
    ranked = said[order]
    starts = np.flatnonzero(np.append(True, np.diff(ranked) != 0))
    total = np.diff(np.append(starts, len(said)))
    hits = np.add.reduceat(good[order].astype(np.float64), starts)
    middle = np.cumsum(total) - total / 2
    bins = np.minimum(BINS - 1, (middle * BINS / len(said)).astype(np.intp))
    return _Groups(ranked[starts], hits, total - hits, bins)


def _coarse(groups: _Groups) -> _Groups:
    """At most about a thousand groups, neighbours joined: an interval's width does not show it, its cost no longer grows with the leads."""
    if len(groups.said) <= _GROUPS:
        return groups
    total = groups.hits + groups.misses
    number = (np.cumsum(total) - total / 2) * _GROUPS // total.sum()
    starts = np.flatnonzero(np.append(True, (np.diff(number) != 0) | (np.diff(groups.bins) != 0)))
    joined = np.add.reduceat(total, starts)
    mean = np.add.reduceat(total * groups.said, starts) / joined
    hits = np.add.reduceat(groups.hits, starts)
    return _Groups(mean, hits, joined - hits, groups.bins[starts])


def _point(groups: _Groups) -> dict[str, float]:
    return {name: float(value[0]) for name, value in _measure(groups, groups.hits[None, :], groups.misses[None, :]).items()}


def _measure(groups: _Groups, hits: Floats, misses: Floats) -> dict[str, Floats]:
    """Each measure for each row of `hits` and `misses` (samples, groups)."""
    every = hits + misses
    good, bad = hits.sum(axis=1), misses.sum(axis=1)
    count = good + bad
    with np.errstate(divide="ignore", invalid="ignore"):
        misses_above, hits_above, above = misses.cumsum(axis=1), hits.cumsum(axis=1), every.cumsum(axis=1)
        area = (hits * (bad[:, None] - misses_above + misses / 2)).sum(axis=1) / (good * bad)
        precision = np.divide(hits_above, above, out=np.zeros_like(above), where=above > 0)
        average = (hits * precision).sum(axis=1) / good
        said = np.clip(groups.said, _TINY, 1 - _TINY)
        brier = (hits @ (1 - groups.said) ** 2 + misses @ groups.said**2) / count
        loss = -(hits @ np.log(said) + misses @ np.log1p(-said)) / count
        edges = np.flatnonzero(np.append(True, np.diff(groups.bins) != 0))
        gaps = np.abs(np.add.reduceat(hits - every * groups.said, edges, axis=1)).sum(axis=1) / count
        lift = _top_hits(hits, every, hits_above, above, TOP * count) / (TOP * count) / (good / count)
    found = (area, average, brier, loss, gaps, lift)
    return dict(zip(MEASURES, found, strict=True))


def _top_hits(hits: Floats, every: Floats, hits_above: Floats, above: Floats, wanted: Floats) -> Floats:
    """Good leads among the first `wanted` of each row; the group that crosses the line counts in part."""
    rows = np.arange(len(wanted))
    at = np.minimum((above < wanted[:, None]).sum(axis=1), above.shape[1] - 1)
    before, before_hits = above[rows, at] - every[rows, at], hits_above[rows, at] - hits[rows, at]
    part = np.divide(wanted - before, every[rows, at], out=np.zeros_like(wanted), where=every[rows, at] > 0)
    found: Floats = before_hits + part * hits[rows, at]
    return found


def _round(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None
