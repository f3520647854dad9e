"""How well the leads' future is foretold, in order of time only: train on the oldest, calibrate on the next window, test on the one after.

Never a random split: with one model and one public set it looks better than it will be (area 0.80 against 0.69).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from policies.records import Record
from tools.learning.columns import Column
from tools.learning.fit import ISOTONIC_CASES, Calibration, Logistic, calibrate, choose_penalty, fit_logistic, naive_bayes, sigmoid
from tools.learning.leads import Flags, Floats, Leads
from tools.learning.metrics import Interval, ReliabilityBin, gain, log_losses, mean_difference, measures, reliability

SEED = 20260302
WINDOWS = (0.40, 0.55, 0.70, 0.85, 1.0)
"""Ends of the windows as shares of the leads: the first is only trained on, each of the last three is tested on once."""
MIN_EACH = 2
"""Leads of either kind that a window needs to be trained, calibrated or tested on."""
GAIN_SHARES = tuple(share / 100 for share in range(0, 101, 5))


class Slice(Record):
    """One test window. `model` is calibrated, `raw` is not, `baseline` is naive Bayes; each maps a measure to its interval."""

    name: str
    first: str
    last: str
    trained_on: int
    calibrated_on: int
    calibration: str
    leads: int
    conversions: int
    model: dict[str, Interval]
    raw: dict[str, Interval]
    baseline: dict[str, Interval]


class Evaluation(Record):
    """`slices`: oldest first; `all` pools them; the other figures are those of the last. `penalty`: strength of L2.

    `over_baseline`, `over_base_rate`: mean log loss of naive Bayes, and of the older leads' conversion rate, minus the model's (nats per lead;
    above 0 = the model is better). `gain`: share of conversions among the top 0, 5, … 100 % of leads.
    """

    penalty: float
    slices: tuple[Slice, ...]
    all: Slice
    over_baseline: Interval
    over_base_rate: Interval
    reliability: tuple[ReliabilityBin, ...]
    reliability_raw: tuple[ReliabilityBin, ...]
    gain: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Fold:
    train: slice
    calibrate: slice
    test: slice


@dataclass(frozen=True, slots=True)
class Judged:
    """The evaluation, and the newest window's fold with its calibrated probabilities."""

    evaluation: Evaluation
    fold: Fold
    said: Floats


def rolling_folds(time: Floats) -> list[Fold]:
    """Windows of `time` (ascending); leads of one time are never on both sides of a border."""
    borders = [0]
    for share in WINDOWS[:-1]:
        place = round(share * len(time))
        if 0 < place < len(time):
            place = int(np.searchsorted(time, time[place], side="left")) or int(np.searchsorted(time, time[place], side="right"))
        borders.append(place)
    borders.append(len(time))
    edges = sorted({border for border in borders if 0 <= border <= len(time)})
    return [
        Fold(slice(0, first), slice(first, second), slice(second, third))
        for first, second, third in zip(edges[1:], edges[2:], edges[3:], strict=False)
    ]


def evaluate(leads: Leads, columns: tuple[Column, ...]) -> Judged | str:
    """Fit and judge on every fold; or why that is impossible, in words."""
    folds = [fold for fold in rolling_folds(leads.time) if all(_both(leads.good[part]) for part in (fold.train, fold.calibrate, fold.test))]
    if not folds:
        return f"no window of time holds {MIN_EACH} good and {MIN_EACH} bad leads after others to train and calibrate on"
    if not columns:
        return "no column is left to learn from"
    # Chosen before the first test window, so that no window is foretold by a model that has seen it.
    penalty = choose_penalty(columns, leads.good, folds[0].train, folds[0].calibrate)
    said = [_fold(leads, columns, fold, penalty) for fold in folds]
    slices = [_slice(leads, f"window {number}", [fold], [found]) for number, (fold, found) in enumerate(zip(folds, said, strict=True), 1)]
    newest, (model, raw, baseline) = folds[-1], said[-1]
    good = leads.good[newest.test]
    own = log_losses(model, good)
    rate = np.full(len(good), float(leads.good[: newest.test.start].mean()))
    evaluation = Evaluation(
        penalty=penalty,
        slices=tuple(slices),
        all=_slice(leads, "all", folds, said),
        over_baseline=mean_difference(log_losses(baseline, good), own, seed=SEED),
        over_base_rate=mean_difference(log_losses(rate, good), own, seed=SEED),
        reliability=tuple(reliability(model, good)),
        reliability_raw=tuple(reliability(raw, good)),
        gain=tuple(round(float(value), 6) for value in gain(model, good, np.array(GAIN_SHARES))),
    )
    return Judged(evaluation, newest, model)


def final_model(leads: Leads, columns: tuple[Column, ...], fold: Fold, penalty: float) -> tuple[Logistic, Calibration]:
    """The model to use from now on: trained on all but the newest window, calibrated on that."""
    model = fit_logistic(columns, leads.good, slice(0, fold.test.start), penalty)
    return model, calibrate(model.log_odds(columns, fold.test), leads.good[fold.test])


def _both(good: Flags) -> bool:
    return min(int(good.sum()), int((~good).sum())) >= MIN_EACH


def _fold(leads: Leads, columns: tuple[Column, ...], fold: Fold, penalty: float) -> tuple[Floats, Floats, Floats]:
    """Calibrated and raw probabilities of the model, and naive Bayes', on the fold's test window."""
    model = fit_logistic(columns, leads.good, fold.train, penalty)
    calibration = calibrate(model.log_odds(columns, fold.calibrate), leads.good[fold.calibrate])
    log_odds = model.log_odds(columns, fold.test)
    # The baseline needs no calibration window, so it may learn from it.
    seen = slice(0, fold.test.start)
    return calibration.probability(log_odds), sigmoid(log_odds), naive_bayes(columns, leads.good, seen, fold.test)


def _slice(leads: Leads, name: str, folds: list[Fold], said: list[tuple[Floats, Floats, Floats]]) -> Slice:
    good = np.concatenate([leads.good[fold.test] for fold in folds])
    model, raw, baseline = (measures(np.concatenate([one[place] for one in said]), good, seed=SEED) for place in range(3))
    window = folds[-1].calibrate
    return Slice(
        name=name,
        first=when(leads, folds[0].test.start),
        last=when(leads, folds[-1].test.stop - 1),
        trained_on=folds[-1].train.stop,
        calibrated_on=window.stop - window.start,
        calibration="isotonic" if window.stop - window.start >= ISOTONIC_CASES else "platt",
        leads=len(good),
        conversions=int(good.sum()),
        model=model,
        raw=raw,
        baseline=baseline,
    )


def when(leads: Leads, row: int) -> str:
    """The lead's day, or its place in the file's own order."""
    value = float(leads.time[row])
    return datetime.fromtimestamp(value, UTC).date().isoformat() if leads.dated else f"{value:g}"
