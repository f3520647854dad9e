"""Where the threshold belongs: precision, recall, volume, capacity and profit by threshold, and what each side would choose. Pure over arrays.

Every figure is a share of decided leads in order of nothing but their score; the caller sees to it that scores are those of the time then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from policies.records import Record
from tools.learning.metrics import ROUNDS, Interval, interval, intervals, resamples

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LOWEST, HIGHEST = 50.0, 100.0
"""Points: the range that the MQL agreement leaves for the threshold."""
CUTS = tuple(float(theta) for theta in range(50, 101))
TOPS = (0.10, 0.20, 0.30, 0.40, 0.50)
WEEK = 7 * 86_400.0
SEED = 20260302


class Cut(Record):
    """What a threshold gives: leads at or above `theta`, per week, their share that was good, the share of all good leads among them.

    `profit` (money of the caller): value of the good ones minus the cost of contacting all of them; None without costs.
    """

    theta: float
    leads: int
    per_week: Interval
    precision: Interval
    recall: Interval
    profit: Interval | None = None


class Pin(Record):
    """The threshold one side asks for: sales the lowest with precision >= `asked`, marketing the highest with recall >= `asked`.

    `theta.value` None = no threshold in the range gives that. `found`: share of bootstrap samples in which one does.
    """

    side: str
    asked: float
    theta: Interval
    found: float


class Capacity(Record):
    """`theta`: the (1 - K/N) quantile of scores, K handoffs and N arrivals a week; `within`: the same inside the agreed range.

    `worth`: what one more handoff a week would bring, in money; None without costs.
    """

    per_week: float
    arrivals: float
    theta: Interval
    within: float
    worth: float | None


class Cost(Record):
    """`break_even`: p* = c / (V m). `rule`: profit of contacting every lead whose probability reaches it, from `rule_cut` on.

    `best`: the highest profit any cut of these leads gives, at `best_cut`, in hindsight; `everyone`: contacting all.
    """

    contact_cost: float
    value: float
    converts: float
    break_even: float
    rule_cut: float | None
    rule: float
    best_cut: float | None
    best: float
    everyone: float


class Top(Record):
    """Working the best `share` of leads: how many, their precision and recall, and the score of the last one."""

    share: float
    leads: int
    precision: float | None
    recall: float | None
    cut: float | None


class Thresholds(Record):
    """`both`: thresholds in the range that satisfy sales and marketing; `suggested`: of these the most profitable, without costs the lowest."""

    leads: int
    good: int
    weeks: float
    cuts: tuple[Cut, ...]
    tops: tuple[Top, ...]
    sales: Pin | None
    marketing: Pin | None
    both: tuple[float, ...]
    suggested: float | None
    capacity: Capacity | None
    cost: Cost | None


def thresholds(
    time: Floats,
    score: Floats,
    good: Flags,
    *,
    precision: float | None = None,
    coverage: float | None = None,
    per_week: float | None = None,
    contact_cost: float | None = None,
    value: float | None = None,
    converts: float = 1.0,
    cuts: Sequence[float] = CUTS,
    seed: int = SEED,
    rounds: int = ROUNDS,
) -> Thresholds:
    """All of it for leads with a `score` (points), an arrival `time` (seconds) and an outcome; 95 % bootstrap intervals over leads.

    `precision` is what sales asks for, `coverage` (recall) what marketing asks for, `per_week` how many leads sales can take. `contact_cost` and
    `value` of a good lead are in one currency, `converts` is the share of the value that contact itself creates. Raises ValueError for arrays
    that are empty, of different length or not finite, and for numbers out of range. A span of less than a week counts as one.
    """
    _refuse(time, score, good, precision, coverage, per_week, contact_cost, value, converts)
    grid = np.asarray(cuts, np.float64)
    weeks = max(1.0, float(np.ptp(time)) / WEEK)
    money = (value * converts, contact_cost) if value is not None and contact_cost is not None else None
    point = _sweep(*_cells(score, good, grid))
    drawn = _sweep(*_drawn(score, good, grid, seed, rounds))
    found = _cuts(grid, weeks, point, drawn, money)
    suits = np.ones(len(grid), bool)
    if precision is not None:
        suits &= point.precision[0] >= precision
    if coverage is not None:
        suits &= point.recall[0] >= coverage
    both = grid[suits] if precision is not None and coverage is not None else grid[:0]
    return Thresholds(
        leads=len(score),
        good=int(good.sum()),
        weeks=round(weeks, 4),
        cuts=found,
        tops=tuple(work_top(score, good)),
        sales=None if precision is None else _pin("sales", precision, grid, point.precision, drawn.precision),
        marketing=None if coverage is None else _pin("marketing", coverage, grid, point.recall, drawn.recall),
        both=tuple(float(theta) for theta in both),
        suggested=_suggested(both, found),
        capacity=None if per_week is None else _capacity(score, good, weeks, per_week, money, seed, rounds),
        cost=None if money is None or value is None or contact_cost is None else costs(score, good, contact_cost, value, converts=converts),
    )


def work_top(score: Floats, good: Flags, shares: Sequence[float] = TOPS) -> list[Top]:
    """Precision, recall and the last score of working the best leads by score; of equal scores the earlier one first."""
    order = np.argsort(-score, kind="stable")
    found = []
    for share in shares:
        count = int(share * len(score) + 1e-9)
        hits = int(good[order[:count]].sum())
        precision = round(hits / count, 6) if count else None
        recall = round(hits / int(good.sum()), 6) if good.any() else None
        last = round(float(score[order[count - 1]]), 6) if count else None
        found.append(Top(share=share, leads=count, precision=precision, recall=recall, cut=last))
    return found


def break_even(contact_cost: float, value: float, converts: float = 1.0) -> float:
    """p* = c / (V m): the probability from which contacting a lead pays."""
    return contact_cost / (value * converts)


def costs(
    score: Floats, good: Flags, contact_cost: float, value: float, *, converts: float = 1.0, probability: Floats | None = None
) -> Cost:
    """Profit of the break-even rule beside the best cut in hindsight and contacting everyone.

    `probability` of each lead, calibrated; without it the share of good leads by score, made monotone, stands for it.
    """
    least = break_even(contact_cost, value, converts)
    said = _monotone(score, good) if probability is None else probability
    chosen = said >= least
    worth = value * converts
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    profits = (worth * np.cumsum(good[order]) - contact_cost * np.arange(1, len(score) + 1))[ends]
    best = int(np.argmax(profits))
    gains = profits[best] > 0
    return Cost(
        contact_cost=contact_cost,
        value=value,
        converts=converts,
        break_even=round(least, 6),
        rule_cut=round(float(score[chosen].min()), 6) if chosen.any() else None,
        rule=round(float(worth * good[chosen].sum() - contact_cost * chosen.sum()), 6),
        best_cut=round(float(score[order][ends[best]]), 6) if gains else None,
        best=round(float(profits[best]), 6) if gains else 0.0,
        everyone=round(float(profits[-1]), 6),
    )


@dataclass(frozen=True, slots=True)
class _Swept:
    """Per sample (row) and cut (column); NaN where a share does not exist."""

    leads: Floats
    hits: Floats
    precision: Floats
    recall: Floats


def _cells(score: Floats, good: Flags, grid: Floats) -> tuple[Floats, Floats]:
    """Good and bad leads between neighbouring cuts, (1, cuts + 1); a lead at a cut is above it."""
    place = np.searchsorted(grid, score, side="right")
    width = len(grid) + 1
    hits = np.bincount(place, good, minlength=width).astype(np.float64)
    return hits[None, :], np.bincount(place, minlength=width)[None, :] - hits[None, :]


def _drawn(score: Floats, good: Flags, grid: Floats, seed: int, rounds: int) -> tuple[Floats, Floats]:
    hits, misses = _cells(score, good, grid)
    cells = np.concatenate([hits[0], misses[0]])
    drawn = np.random.default_rng(seed).multinomial(len(score), cells / cells.sum(), size=rounds).astype(np.float64)
    return drawn[:, : hits.shape[1]], drawn[:, hits.shape[1] :]


def _sweep(hits: Floats, misses: Floats) -> _Swept:
    above = np.cumsum(hits[:, ::-1], axis=1)[:, ::-1]
    leads = above + np.cumsum(misses[:, ::-1], axis=1)[:, ::-1]
    with np.errstate(invalid="ignore"):
        precision, recall = above / leads, above / above[:, :1]
    return _Swept(leads=leads[:, 1:], hits=above[:, 1:], precision=precision[:, 1:], recall=recall[:, 1:])


def _cuts(grid: Floats, weeks: float, point: _Swept, drawn: _Swept, money: tuple[float, float] | None) -> tuple[Cut, ...]:
    def figures(of: Callable[[_Swept], Floats]) -> list[Interval]:
        return intervals(of(point)[0], of(drawn))

    per_week, precision, recall = figures(lambda some: some.leads / weeks), figures(lambda s: s.precision), figures(lambda s: s.recall)
    profit: list[Interval | None] = [None] * len(grid)
    if money is not None:
        worth, cost = money
        profit = [*figures(lambda some: worth * some.hits - cost * some.leads)]
    return tuple(
        Cut(theta=float(theta), leads=int(leads), per_week=week, precision=right, recall=reached, profit=earned)
        for theta, leads, week, right, reached, earned in zip(grid, point.leads[0], per_week, precision, recall, profit, strict=True)
    )


def _pin(side: str, asked: float, grid: Floats, point: Floats, drawn: Floats) -> Pin:
    def theta(shares: Floats) -> Floats:
        enough = shares >= asked
        at = enough.argmax(axis=1) if side == "sales" else enough.shape[1] - 1 - enough[:, ::-1].argmax(axis=1)
        return np.where(enough.any(axis=1), grid[at], np.nan)

    samples = theta(drawn)
    return Pin(side=side, asked=asked, theta=interval(float(theta(point)[0]), samples), found=round(float(np.isfinite(samples).mean()), 6))


def _suggested(both: Floats, cuts: Sequence[Cut]) -> float | None:
    if not len(both):
        return None
    profits = {cut.theta: cut.profit.value for cut in cuts if cut.profit is not None and cut.profit.value is not None}
    return float(max(both, key=lambda theta: (profits.get(float(theta), 0.0), -theta)))


def _capacity(
    score: Floats, good: Flags, weeks: float, per_week: float, money: tuple[float, float] | None, seed: int, rounds: int
) -> Capacity:
    arrivals = len(score) / weeks
    ranked = np.sort(score)
    room = min(len(score), int(per_week * weeks + 1e-9))
    theta = _last_taken(ranked, np.ones((1, len(ranked))), room)
    samples = np.concatenate([_last_taken(ranked, weights, room) for weights in resamples(len(ranked), seed=seed, rounds=rounds)])
    value = float(theta[0])
    worth = None
    if money is not None and room < len(score):
        rates = _monotone(score, good)
        next_in_line = float(rates[score < value].max(initial=0.0))
        worth = round(max(0.0, next_in_line * money[0] - money[1]), 6)
    return Capacity(
        per_week=per_week,
        arrivals=round(arrivals, 6),
        theta=interval(value, samples),
        within=round(min(HIGHEST, max(LOWEST, value)), 6),
        worth=worth,
    )


def _last_taken(ranked: Floats, weights: Floats, room: int) -> Floats:
    """The lowest score that still fits when the best `room` leads are taken, for each row of `weights` over the ascending scores."""
    if room == 0:
        return np.full(len(weights), HIGHEST)
    above = np.cumsum(weights[:, ::-1], axis=1)
    at = np.minimum((above < room).sum(axis=1), len(ranked) - 1)
    found: Floats = ranked[::-1][at]
    return found


def _monotone(score: Floats, good: Flags) -> Floats:
    """Share of good leads by score, made to rise with it (pool adjacent violators)."""
    from sklearn.isotonic import IsotonicRegression

    return np.asarray(IsotonicRegression(y_min=0, y_max=1).fit_transform(score, good.astype(np.float64)), np.float64)


def _refuse(time: Floats, score: Floats, good: Flags, *numbers: float | None) -> None:
    if not len(time) == len(score) == len(good) or not len(score):
        raise ValueError(f"{len(time)} times, {len(score)} scores and {len(good)} outcomes: one of each per lead, and at least one lead")
    if not (np.isfinite(time).all() and np.isfinite(score).all()):
        raise ValueError("a time or a score is not a number: leave that lead out")
    precision, coverage, per_week, contact_cost, value, converts = numbers
    for name, share in (("precision", precision), ("coverage", coverage), ("converts", converts)):
        if share is not None and not 0 < share <= 1:
            raise ValueError(f"{name} is {share:g}: it is a share, above 0 and at most 1")
    for name, amount in (("capacity", per_week), ("value", value)):
        if amount is not None and not 0 < amount < float("inf"):
            raise ValueError(f"{name} is {amount:g}: it must be above 0")
    if contact_cost is not None and not 0 <= contact_cost < float("inf"):
        raise ValueError(f"contact cost is {contact_cost:g}: it must not be below 0")
    if (value is None) != (contact_cost is None):
        raise ValueError("contact cost and value go together: give both")
