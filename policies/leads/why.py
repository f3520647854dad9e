"""Why a lead scores as it does, in figures: what every act and trait gives now, what the caps take, what would change the answer, and how it fades.

Knows one lead under one model; the words for people are in `reasons`. Every picture and sentence is computed from the ledger alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from pydantic import AwareDatetime

from policies.leads.decay import current, days, forward
from policies.leads.model import ANY, Model, feature
from policies.leads.mql import FOREVER, NOTHING_YET, Standing, advance
from policies.leads.score import SETTLE, count_again, fit_points, group_values, in_time, intent_of_groups, total_points, weight_of
from policies.records import Award, EngagementId, LeadId, Record

AT_MOST = 3
"""Acts of one kind a counterfactual asks for: "would be an MQL with 7 page views" helps nobody."""
CURVE_POINTS = 90


class Step(Record):
    """One bar of the waterfall. `kind`: fit | event | cap; the points of all steps add up to the total."""

    kind: str
    name: str
    count: int = 1
    points: float


class WhatIf(Record):
    """The smallest change of one sort after which the lead is an MQL. `kind`: event (`count` acts, one a day from now on) | fit (`value` stated)."""

    kind: str
    name: str
    count: int = 1
    value: str | None = None
    total: float


class Unmet(Record):
    """What keeps a lead from being an MQL. `kind`: fit | intent | total (`have` of `need` points) | silent (days) | disqualified | not_since."""

    kind: str
    have: float = 0.0
    need: float = 0.0


class CurvePoint(Record):
    at: AwareDatetime
    total: float


def waterfall(model: Model, attributes: Mapping[str, object], awards: Iterable[Award], *, at: datetime) -> list[Step]:
    """From nothing to the total at `at`: traits, acts by kind (strongest first), then what each cap takes away or the floor of zero gives back."""
    fits = [Step(kind="fit", name=name, points=points) for name, points in _fit_parts(model, attributes) if points]
    fit = fit_points(model, attributes)
    raw_fit = sum(step.points for step in fits)
    values, acts = _worth(model, awards, at)
    capped = {name: intent_of_group(model, name, value) for name, value in values.items()}
    intent_now = intent_of_groups(model, values)
    cuts = [("fit_cap", fit - raw_fit)]
    cuts += [(f"groups.{name}", capped[name] - value) for name, value in sorted(values.items())]
    over = intent_now - sum(capped.values())
    cuts += [("intent_floor" if over > 0 else "intent_cap", over), ("total_cap", total_points(model, fit, intent_now) - fit - intent_now)]
    caps = [Step(kind="cap", name=name, points=points) for name, points in cuts if abs(points) > 1e-9]
    return [*fits, *sorted(acts, key=lambda step: (-abs(step.points), step.name)), *caps]


def intent_of_group(model: Model, name: str, value: float) -> float:
    group = model.groups.get(name)
    return value if group is None else max(-group.cap, min(group.cap, value))


def _fit_parts(model: Model, attributes: Mapping[str, object]) -> list[tuple[str, float]]:
    stated = [(name, weights, attributes.get(name)) for name, weights in sorted(model.fit_weights.items())]
    return [(name, weights.get(feature(value), weights.get(ANY, 0.0))) for name, weights, value in stated if value is not None]


def _worth(model: Model, awards: Iterable[Award], at: datetime) -> tuple[dict[str, float], list[Step]]:
    values: dict[str, float] = {}
    acts: dict[str, set[str | None]] = {}
    points: dict[str, float] = {}
    for award in awards:
        if award.counted and award.occurred_at <= at:
            worth = current(forward(award.weight, award.occurred_at, model.rate), at, model.rate)
            values[award.group] = values.get(award.group, 0.0) + worth
            points[award.event] = points.get(award.event, 0.0) + worth
            # A recycle is a row per cap group, and one thing that happened.
            acts.setdefault(award.event, set()).add(award.engagement if award.rests_until is None else award.object_key)
    return values, [Step(kind="event", name=event, count=len(acts[event]), points=worth) for event, worth in points.items() if worth]


# --- what would change the answer


def what_ifs(model: Model, attributes: Mapping[str, object], awards: Sequence[Award], *, at: datetime) -> list[WhatIf]:
    """The single changes, smallest first, that would make a lead an MQL that is none at `at`: acts of one kind, or a trait nobody stated yet.

    Computed by scoring the lead again with the change in it, caps and all. Acts that ask for a person are left out: they need no score. Empty for
    an MQL, for one that is disqualified, and where no single change is enough.
    """
    past = [award for award in awards if award.occurred_at <= at]
    fit = fit_points(model, attributes)
    now = advance(model, fit, NOTHING_YET, count_again(model, past))
    if now.is_mql(at) or now.disqualified_at is not None:
        return []
    found = [one for event in sorted(model.intent_points) if (one := _by_event(model, fit, past, event, at=at))]
    found += [one for name in sorted(model.fit_weights) if (one := _by_fit(model, attributes, past, name, at=at))]
    return sorted(found, key=lambda one: (one.count, one.kind != "event", model.intent_points.get(one.name, 0.0), one.name))


def _by_event(model: Model, fit: float, past: Sequence[Award], event: str, *, at: datetime) -> WhatIf | None:
    group, weight = weight_of(model, event)
    if weight <= 0 or event in model.fast_lane or event in model.disqualify_events:
        return None
    acts: list[Award] = []
    for count in range(1, AT_MOST + 1):
        then = at + timedelta(days=count - 1)  # a cap per day must not swallow the second
        name = f"what-if-{count}"
        acts.append(
            Award(
                lead=past[0].lead if past else LeadId("-"),
                model=model.id,
                engagement=EngagementId(name),
                event=event,
                group=group,
                weight=weight,
                occurred_at=then,
                counted=True,
                object_key=name,
            )
        )
        standing = advance(model, fit, NOTHING_YET, count_again(model, [*past, *acts]))
        if standing.is_mql(then):
            return WhatIf(kind="event", name=event, count=count, total=_total(model, fit, standing, then))
    return None


def _by_fit(model: Model, attributes: Mapping[str, object], past: Sequence[Award], name: str, *, at: datetime) -> WhatIf | None:
    """A stated trait is what it is: only one that nobody stated may turn out better."""
    if attributes.get(name) is not None:
        return None
    listed = [(points, value) for value, points in model.fit_weights[name].items() if value != ANY and points > 0]
    if not listed:
        return None
    _, value = max(listed)
    fit = fit_points(model, {**attributes, name: value})
    standing = advance(model, fit, NOTHING_YET, count_again(model, past))
    if not standing.is_mql(at):
        return None
    return WhatIf(kind="fit", name=name, value=value, total=_total(model, fit, standing, at))


def _total(model: Model, fit: float, standing: Standing, at: datetime) -> float:
    return total_points(model, fit, intent_of_groups(model, group_values(model, standing.groups, at)))


def unmet(model: Model, fit: float, standing: Standing, *, at: datetime) -> list[Unmet]:
    """Why the lead is no MQL at `at`; empty for one that is. `not_since`: it meets every line now, but no act has happened since that gave points."""
    if standing.is_mql(at):
        return []
    if standing.disqualified_at is not None:
        return [Unmet(kind="disqualified")]
    intent_now = intent_of_groups(model, group_values(model, standing.groups, at))
    asked = (
        ("fit", fit, model.f_min),
        ("intent", intent_now, model.i_min),
        ("total", total_points(model, fit, intent_now), model.threshold),
    )
    found = [Unmet(kind=kind, have=have, need=need) for kind, have, need in asked if have < need - SETTLE]
    last = standing.last_qualifying_at
    if model.recency_days and last is not None and days(last, at) > model.recency_days:
        found.append(Unmet(kind="silent", have=days(last, at), need=model.recency_days))
    return found or [Unmet(kind="not_since")]


# --- how it fades


def curve(model: Model, fit: float, awards: Sequence[Award], *, at: datetime, until: datetime) -> list[CurvePoint]:
    """The total from the first act to `until`, if nothing happens after `at`: every act is a jump (a point before it and one after).

    Between acts it is sampled, about `CURVE_POINTS` in all. Cost: acts + samples.
    """
    past = count_again(model, (award for award in awards if award.occurred_at <= at))
    start = past[0].occurred_at if past else at
    grid = [start + (until - start) * place / CURVE_POINTS for place in range(CURVE_POINTS + 1)]
    points: list[CurvePoint] = []
    groups: dict[str, float] = {}
    for instant, together in groupby(sorted(past, key=in_time), key=lambda award: award.occurred_at):
        points += [_point(model, fit, groups, then) for then in _taken(grid, instant)]
        points.append(_point(model, fit, groups, instant))
        for award in together:
            if award.counted and award.weight:
                groups[award.group] = groups.get(award.group, 0.0) + forward(award.weight, instant, model.rate)
        points.append(_point(model, fit, groups, instant))
    return [*points, *(_point(model, fit, groups, then) for then in grid)]


def _taken(grid: list[datetime], before: datetime) -> list[datetime]:
    """The samples before `before`, taken out of `grid`."""
    place = next((index for index, then in enumerate(grid) if then >= before), len(grid))
    taken, grid[:] = grid[:place], grid[place:]
    return taken


def _point(model: Model, fit: float, groups: Mapping[str, float], at: datetime) -> CurvePoint:
    return CurvePoint(at=at, total=total_points(model, fit, intent_of_groups(model, group_values(model, groups, at))))


class Ending(Record):
    """When an MQL stops being one if nothing happens. `by`: points (they fall below the line) | silence (`recency_days` without an act)
    | request (`fast_lane_days` after it asked for contact, whatever its points)."""

    at: AwareDatetime
    by: str


def ending(model: Model, standing: Standing, *, at: datetime) -> Ending | None:
    """None = it is no MQL, or has no end."""
    until, last = standing.mql_until, standing.last_qualifying_at
    if not standing.is_mql(at) or until is None or until == FOREVER:
        return None
    silent = bool(model.recency_days) and last is not None and abs(days(last, until) - model.recency_days) < 1e-6
    asked = standing.fast_lane_at is not None and abs(days(standing.fast_lane_at, until) - model.fast_lane_days) < 1e-6
    return Ending(at=until, by="request" if asked else "silence" if silent else "points")
