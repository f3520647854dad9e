"""Whether newer leads still look like older ones: their features, their base rate, and the model's calibration on them."""

import math
from collections.abc import Sequence

import numpy as np

from policies.records import Record
from tools.learning.columns import Column
from tools.learning.encode import binned
from tools.learning.leads import Flags
from tools.learning.metrics import ReliabilityBin

PSI_WATCH, PSI_ALARM = 0.10, 0.25
"""Population stability index: below 0.10 stable, above 0.25 shifted (the usual credit-scoring thresholds)."""
BASE_RATE_CHANGE = 0.25
"""Relative change of the share that converts which rings, if chance alone would show it less than once in a hundred."""
BASE_RATE_Z = 2.576
ECE_ALARM = 0.05
"""Mean gap between said and seen on the newest window which rings."""
BINS = 10


class FeatureDrift(Record):
    """`psi` between older and newer leads; `alarm` above PSI_ALARM and above what leads drawn from one population show by chance (5 %)."""

    column: str
    psi: float
    state: str


class Drift(Record):
    """`alarms` in words, each with its threshold; empty = nothing rang."""

    features: tuple[FeatureDrift, ...]
    older_rate: float
    newer_rate: float
    older_leads: int
    newer_leads: int
    ece: float | None
    alarms: tuple[str, ...]


def find_drift(
    columns: Sequence[Column], good: Flags, *, older: slice, newer: slice, ece: float | None, bins: Sequence[ReliabilityBin] = ()
) -> Drift:
    """Drift from the leads in `older` to those in `newer`; `ece` is the model's calibration error on the newer ones, `bins` its reliability there."""
    features = sorted((_feature(one, older, newer) for one in columns), key=lambda found: (-found.psi, found.column))
    before, after = good[older], good[newer]
    first, second = float(before.mean()), float(after.mean())
    alarms = [f"{one.column} has shifted: PSI {one.psi:.2f} (alarm above {PSI_ALARM:.2f})" for one in features if one.state == "alarm"]
    pooled = float(np.concatenate([before, after]).mean())
    error = math.sqrt(pooled * (1 - pooled) * (1 / len(before) + 1 / len(after)))
    if first and abs(second / first - 1) >= BASE_RATE_CHANGE and abs(second - first) >= BASE_RATE_Z * error:
        alarms.append(f"the share that converts went from {first:.1%} to {second:.1%} (alarm from a change of {BASE_RATE_CHANGE:.0%})")
    if ece is not None and ece > max(ECE_ALARM, _ece_by_chance(bins)):
        alarms.append(
            f"probabilities are off by {ece:.3f} on average among the newest leads (alarm above {ECE_ALARM:.2f}): calibrate again"
        )
    return Drift(
        features=tuple(features),
        older_rate=round(first, 6),
        newer_rate=round(second, 6),
        older_leads=len(before),
        newer_leads=len(after),
        ece=ece,
        alarms=tuple(alarms),
    )


def _ece_by_chance(bins: Sequence[ReliabilityBin]) -> float:
    """One and a half times the error that honest probabilities show in bins this small: a mean absolute deviation is 0.8 standard ones."""
    leads = sum(one.leads for one in bins)
    return 1.5 * math.sqrt(2 / math.pi) * sum(math.sqrt(one.said * (1 - one.said) * one.leads) for one in bins) / max(1, leads)


def _feature(column: Column, older: slice, newer: slice) -> FeatureDrift:
    codes, count = binned(column, older, BINS)
    before, after = np.bincount(codes[older], minlength=count), np.bincount(codes[newer], minlength=count)
    used = (before + after) > 0
    # Half a lead in each bin: an empty bin must not make the index infinite.
    p = (before[used] + 0.5) / (before[used] + 0.5).sum()
    q = (after[used] + 0.5) / (after[used] + 0.5).sum()
    psi = float(((p - q) * np.log(p / q)).sum())
    freedom = max(1, int(used.sum()) - 1)
    by_chance = (1 / before.sum() + 1 / after.sum()) * (freedom + 1.645 * math.sqrt(2 * freedom))
    state = "stable" if psi < max(PSI_WATCH, by_chance) else "alarm" if psi >= max(PSI_ALARM, by_chance) else "watch"
    return FeatureDrift(column=column.name, psi=round(psi, 6), state=state)
