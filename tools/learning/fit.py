"""Logistic regression on encoded columns, calibrated on newer leads; naive Bayes as the baseline to beat. Knows nothing of how they are judged."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools.learning.columns import Column
from tools.learning.encode import Encoding, binned, fit_encoding
from tools.learning.leads import Flags, Floats
from tools.learning.metrics import log_losses

PENALTIES = (0.5, 4.0)
"""Strengths of L2 to choose from, scikit-learn's 1/C: as if a term's log-odds were known to lie around 0 with a standard deviation of 1.4 or 0.5.
The stronger tames many thin levels, the weaker lets nearly pure ones speak; one stronger still would take points off what is true."""
ISOTONIC_CASES = 1000
"""Calibration leads from which isotonic regression is steadier than Platt's two numbers."""
SMOOTHING = 0.1
NB_BINS = 10


@dataclass(frozen=True, slots=True)
class Logistic:
    encoding: Encoding
    coefficients: Floats
    intercept: float

    def log_odds(self, columns: tuple[Column, ...], rows: slice) -> Floats:
        found: Floats = self.encoding.matrix(columns, rows) @ self.coefficients + self.intercept
        return found


@dataclass(frozen=True, slots=True)
class Calibration:
    """From a model's log-odds to probabilities. `kind` is isotonic (steps `x` to `y`) or platt (sigmoid of a x + b)."""

    kind: str
    x: Floats
    y: Floats

    def probability(self, log_odds: Floats) -> Floats:
        if self.kind == "platt":
            return sigmoid(self.y[0] * log_odds + self.y[1])
        return np.interp(log_odds, self.x, self.y)


def reach_of(model: Logistic, columns: tuple[Column, ...], rows: slice) -> dict[str, float]:
    """How much each column moves the leads in `rows` apart: the standard deviation of its log-odds among them."""
    parts = model.encoding.matrix(columns, rows) * model.coefficients
    by_column: dict[str, list[int]] = {}
    for place, term in enumerate(model.encoding.terms):
        by_column.setdefault(term.column, []).append(place)
    return {name: float(parts[:, places].sum(axis=1).std()) for name, places in by_column.items()}


def sigmoid(log_odds: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -700, 700)))
    return found


def choose_penalty(columns: tuple[Column, ...], good: Flags, train: slice, judge: slice) -> float:
    """The penalty whose model of the `train` leads foretells the newer `judge` leads best (log loss after Platt's calibration)."""
    encoding = fit_encoding(columns, train)
    matrix, newer = encoding.matrix(columns, train), encoding.matrix(columns, judge)
    if matrix.shape[1] == 0:
        return PENALTIES[0]
    losses = []
    for penalty in PENALTIES:
        coefficients, intercept = solve(matrix, good[train], penalty)
        log_odds = newer @ coefficients + intercept
        losses.append(float(log_losses(_platt(log_odds, good[judge]).probability(log_odds), good[judge]).mean()))
    return PENALTIES[int(np.argmin(losses))]


def fit_logistic(columns: tuple[Column, ...], good: Flags, rows: slice, penalty: float) -> Logistic:
    """L2-regularised logistic regression on the leads in `rows`; both outcomes must be among them."""
    encoding = fit_encoding(columns, rows)
    matrix = encoding.matrix(columns, rows)
    if matrix.shape[1] == 0:
        share = float(np.clip(good[rows].mean(), 1e-6, 1 - 1e-6))
        return Logistic(encoding, np.empty(0), float(np.log(share / (1 - share))))
    return Logistic(encoding, *solve(matrix, good[rows], penalty))


def solve(matrix: Floats, good: Flags, penalty: float) -> tuple[Floats, float]:
    """Coefficients and intercept; Newton's method, because leads are many and terms are few."""
    from scipy.linalg import LinAlgWarning
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last step of a separable file is as good as the next one
        warnings.simplefilter("ignore", LinAlgWarning)  # it goes on with lbfgs then
        model = LogisticRegression(C=1 / penalty, solver="newton-cholesky", max_iter=100).fit(matrix, good)
    return np.asarray(model.coef_[0], np.float64), float(model.intercept_[0])


def calibrate(log_odds: Floats, good: Flags) -> Calibration:
    """Isotonic from ISOTONIC_CASES leads on, else Platt. Isotonic steps are kept off 0 and 1: a thousand leads cannot show certainty."""
    if len(good) < ISOTONIC_CASES:
        return _platt(log_odds, good)
    from sklearn.isotonic import IsotonicRegression

    margin = 1 / (len(good) + 2)
    found: Any = IsotonicRegression(out_of_bounds="clip", y_min=margin, y_max=1 - margin).fit(log_odds, good.astype(np.float64))
    return Calibration("isotonic", np.asarray(found.X_thresholds_, np.float64), np.asarray(found.y_thresholds_, np.float64))


def _platt(log_odds: Floats, good: Flags) -> Calibration:
    """Platt (1999): a sigmoid through softened targets, by Newton's method."""
    hits, misses = float(good.sum()), float((~good).sum())
    target = np.where(good, (hits + 1) / (hits + 2), 1 / (misses + 2))
    centre, spread = float(log_odds.mean()), float(log_odds.std()) or 1.0
    design = np.column_stack([(log_odds - centre) / spread, np.ones(len(good))])
    share = (hits + 1) / (hits + misses + 2)
    found = np.array([0.0, np.log(share / (1 - share))])
    for _ in range(50):
        said = sigmoid(design @ found)
        slope = design.T @ (said - target) + 1e-6 * found
        curve = design.T @ (design * np.maximum(said * (1 - said), 1e-9)[:, None]) + 1e-6 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        found = found - np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    return Calibration("platt", np.empty(0), np.array([found[0] / spread, found[1] - found[0] * centre / spread]))


def naive_bayes(columns: tuple[Column, ...], good: Flags, train: slice, test: slice) -> Floats:
    """Probabilities of naive Bayes with +0.1 smoothing over ten bins or levels per column, missing being a bin: what CRMs ship."""
    from sklearn.naive_bayes import CategoricalNB

    count = len(good[test])
    if not columns:
        return np.full(count, float(good[train].mean()))
    coded = [binned(column, train, NB_BINS) for column in columns]
    codes = np.column_stack([found for found, _ in coded])
    model = CategoricalNB(alpha=SMOOTHING, min_categories=[bins for _, bins in coded]).fit(codes[train], good[train])
    return np.asarray(model.predict_proba(codes[test])[:, 1], np.float64)
