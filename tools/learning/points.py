"""Points from coefficients, and a scoring model proposed from them. Signs nothing: the file is for `liaison model propose` and two people."""

import math
from collections.abc import Mapping, Sequence

import yaml

from policies.leads.forbidden import FORBIDDEN_FEATURES
from policies.leads.model import Model, feature
from policies.records import Record
from tools.learning.columns import words_of
from tools.learning.encode import MISSING, OTHER, VALUE, Term
from tools.learning.leads import Floats

POINTS_PER_DOUBLING = 20.0
PER_LOG_ODDS = POINTS_PER_DOUBLING / math.log(2)


class Points(Record):
    """One term's say. `log_odds`: coefficient, for a number per standard deviation `scale` (of log(1+x) if `log`); `points`: 20 per doubling of odds.

    A level's points are against a lead that states nothing (or, if every lead states it, against the level with the least), a number's are per
    standard deviation above the mean.
    """

    column: str
    label: str
    log_odds: float
    points: float
    scale: float | None
    log: bool


class Proposal(Record):
    """`used`: attribute -> its points by value; `ignored`: columns with points but no attribute of that name in the base model."""

    used: dict[str, dict[str, float]]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]


def points_of(terms: Sequence[Term], coefficients: Floats, reach: Mapping[str, float]) -> list[Points]:
    """Every term's points, columns by falling `reach` (how much each moves leads apart): many thin levels must not look strong."""
    by_column: dict[str, list[tuple[Term, float]]] = {}
    for term, value in zip(terms, coefficients, strict=True):
        by_column.setdefault(term.column, []).append((term, float(value)))
    found: list[Points] = []
    for name in sorted(by_column, key=lambda name: (-round(reach[name], 9), name)):
        pairs = by_column[name]
        some = [_points(term, value, _reference(pairs)) for term, value in pairs]
        found += sorted(some, key=lambda point: (-point.points, point.label))
    return found


def _reference(pairs: Sequence[tuple[Term, float]]) -> float:
    if any(term.label == VALUE for term, _ in pairs):
        return 0.0
    stated = [value for term, value in pairs if term.label == MISSING]
    return stated[0] if stated else min(value for _, value in pairs)


def _points(term: Term, value: float, reference: float) -> Points:
    number = term.label == VALUE
    return Points(
        column=term.column,
        label=term.label,
        log_odds=round(value, 6),
        points=round(PER_LOG_ODDS * (value - reference), 1) + 0.0,
        scale=round(term.scale, 6) if number else None,
        log=term.log,
    )


def propose(base: Model, points: Sequence[Points]) -> tuple[Model, Proposal]:
    """`base` with the fit weights that `points` suggest for the attributes it already reads; all else stays: events, caps, threshold, decay.

    A column is the attribute of its name in lower snake case. Only columns with levels have points per value; they are rounded to whole points.
    """
    levels: dict[str, dict[str, float]] = {}
    numbers: set[str] = set()
    for point in points:
        if point.label == VALUE:
            numbers.add(point.column)
        elif point.label not in (MISSING, OTHER):
            levels.setdefault(point.column, {})[point.label] = point.points
    fit = {name: dict(weights) for name, weights in base.fit_weights.items()}
    used: dict[str, dict[str, float]] = {}
    for column, weights in levels.items():
        if column not in numbers and (name := words_of(column)) in fit and name not in FORBIDDEN_FEATURES:
            used[name] = {feature(level): float(round(value)) for level, value in sorted(weights.items())}
    ignored = tuple(dict.fromkeys(p.column for p in points if words_of(p.column) not in used))
    model = Model.model_validate(base.model_dump() | {"fit_weights": fit | used})
    return model, Proposal(used=used, ignored=ignored, notes=tuple(_notes(model, used, numbers)))


def _notes(model: Model, used: Mapping[str, Mapping[str, float]], numbers: set[str]) -> list[str]:
    notes = []
    most = sum(max(0.0, *weights.values()) for weights in model.fit_weights.values() if weights)
    if used and most > model.fit_cap:
        notes.append(f"the best values of every attribute add up to {most:g} points, fit_cap cuts them at {model.fit_cap:g}")
    if kept := sorted(model.fit_weights.keys() - used.keys()):
        notes.append(f"no column says anything of {', '.join(kept)}: their points stay as they were")
    if clash := sorted(name for name in numbers if words_of(name) in model.fit_weights):
        notes.append(f"{', '.join(clash)} holds numbers, a model gives points per value: write it as categories to learn its points")
    return notes


def proposal_text(model: Model, source: str, figures: str) -> str:
    """The model as the YAML file `liaison model propose` reads, with where it comes from in comments."""
    head = f"# Fit weights learned from {source}; everything else is the base model's. {figures}\n"
    head += "# Nobody has signed it: liaison model propose FILE --by USER\n"
    return head + yaml.safe_dump(model.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=120)
