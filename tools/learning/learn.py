"""From a file of leads to what can be said about them: columns, leaks, evaluation, drift, points, and whether a model or the rules should decide."""

from collections.abc import Collection

import numpy as np
from threadpoolctl import threadpool_limits

from policies.records import Record
from tools.learning.columns import Column, LeftOut, Why, choose_columns
from tools.learning.drift import Drift, find_drift
from tools.learning.evaluate import Evaluation, Judged, evaluate, final_model, when
from tools.learning.fit import reach_of
from tools.learning.leads import Leads
from tools.learning.leaks import MIN_CASES, Sign, find_leaks
from tools.learning.points import Points, points_of

MIN_LEADS, MIN_CONVERSIONS = 1000, 120
"""Below either, coefficients are noise and the rules stay in charge (the minimum Salesforce Einstein asks of a tenant)."""


class Out(Record):
    column: str
    why: str
    reason: str


class Used(Record):
    column: str
    kind: str
    missing: float
    levels: int | None


class Learned(Record):
    """The result. `decision`: model or rules, with `reasons`; `evaluation`, `drift` and `points` are there whenever they could be computed."""

    file: str
    leads: int
    conversions: int
    first: str
    last: str
    decision: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    used: tuple[Used, ...]
    left_out: tuple[Out, ...]
    signs: tuple[Sign, ...]
    evaluation: Evaluation | None
    drift: Drift | None
    points: tuple[Points, ...]
    intercept: float | None


def learn(leads: Leads, *, keep: Collection[str] = (), drop: Collection[str] = ()) -> Learned:
    """Everything `liaison model learn` says about `leads`. Raises DataError for a column name in `keep` or `drop` that cannot be used."""
    with threadpool_limits(limits=1):  # sums in one order on any machine, and these matrices are too narrow to share
        return _learn(leads, keep, drop)


def _learn(leads: Leads, keep: Collection[str], drop: Collection[str]) -> Learned:
    chosen = choose_columns(leads, keep=keep, drop=drop)
    signs = find_leaks(chosen.columns, leads.good, keep=keep)
    unseen = [f"too few newer leads of either outcome to look for leaks ({MIN_CASES} are needed): look at the columns yourself"]
    if any(sign.auc is not None for sign in signs) or not signs:
        unseen = []
    leaks = {sign.column: sign.why for sign in signs if sign.leak}
    columns = tuple(column for column in chosen.columns if column.name not in leaks)
    left_out = [*chosen.left_out, *(LeftOut(name, Why.LEAK, why) for name, why in leaks.items())]
    judged = evaluate(leads, columns)
    drift, points, intercept = _later(leads, columns, judged)
    reasons = _reasons(leads, judged)
    return Learned(
        file=leads.table.name,
        leads=leads.count,
        conversions=leads.conversions,
        first=when(leads, 0),
        last=when(leads, leads.count - 1),
        decision="rules" if reasons else "model",
        reasons=reasons,
        notes=(*leads.notes, *chosen.notes, *unseen),
        used=tuple(_used(column) for column in columns),
        left_out=tuple(Out(column=one.column, why=one.why.value, reason=one.reason) for one in left_out),
        signs=tuple(signs),
        evaluation=judged.evaluation if isinstance(judged, Judged) else None,
        drift=drift,
        points=points,
        intercept=intercept,
    )


def _later(leads: Leads, columns: tuple[Column, ...], judged: Judged | str) -> tuple[Drift | None, tuple[Points, ...], float | None]:
    """Drift from what the newest evaluated model was trained on, and the points of the model to use from now on."""
    if isinstance(judged, str):
        return None, (), None
    fold = judged.fold
    found = judged.evaluation
    ece = found.slices[-1].model["ece"].value
    drift = find_drift(columns, leads.good, older=fold.train, newer=fold.test, ece=ece, bins=found.reliability)
    model, _ = final_model(leads, columns, fold, found.penalty)
    reach = reach_of(model, columns, slice(0, fold.test.start))
    return drift, tuple(points_of(model.encoding.terms, model.coefficients, reach)), round(model.intercept, 6)


def _reasons(leads: Leads, judged: Judged | str) -> tuple[str, ...]:
    """Why the rules stay in charge; empty = the model may be proposed."""
    reasons = []
    if leads.count < MIN_LEADS:
        reasons.append(f"{leads.count} leads, {MIN_LEADS:,} are needed")
    if leads.conversions < MIN_CONVERSIONS:
        reasons.append(f"{leads.conversions} conversions, {MIN_CONVERSIONS} are needed")
    if isinstance(judged, str):
        return (*reasons, judged)
    over_rate, over_bayes = judged.evaluation.over_base_rate, judged.evaluation.over_baseline
    if over_rate.low is None or over_rate.low <= 0:
        reasons.append("on the newest leads it is not surely better than saying the conversion rate of the older ones")
    if over_bayes.high is not None and over_bayes.high < 0:
        reasons.append("on the newest leads naive Bayes is better")
    return tuple(reasons)


def _used(column: Column) -> Used:
    levels = len(column.levels) if column.levels else None
    return Used(column=column.name, kind=column.kind.value, missing=round(float(np.mean(column.missing)), 6), levels=levels)
