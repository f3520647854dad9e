"""Fit and intent: the two numbers a lead is judged by, and which events give points. Knows nothing of thresholds or the store."""

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from policies.leads.decay import LANDMARK, days
from policies.leads.model import ANY, UNGROUPED, CountCap, Model, feature
from policies.records import Award

SETTLE = 1e-9
"""Points. Sums of exponentials are equal to about 1e-12; a lead exactly on the threshold must not miss it by a rounding error."""


def fit_points(model: Model, attributes: Mapping[str, object]) -> float:
    """Fit, 0 to `fit_cap`. An attribute nobody stated gives nothing; "*" gives points to every stated value that is not listed."""
    points = 0.0
    for name, weights in model.fit_weights.items():
        if (value := attributes.get(name)) is not None:
            points += weights.get(feature(value), weights.get(ANY, 0.0))
    return min(model.fit_cap, max(0.0, points))


def intent_of_groups(model: Model, values: Mapping[str, float]) -> float:
    """Intent, 0 to `intent_cap`, from each group's points at one instant: every group is cut at its own cap first, here and never before."""
    total = 0.0
    for name, value in values.items():
        group = model.groups.get(name)
        total += value if group is None else max(-group.cap, min(group.cap, value))
    return min(model.intent_cap, max(0.0, total))


def group_values(model: Model, stored: Mapping[str, float], at: datetime) -> dict[str, float]:
    """Each group's points at `at`, before its cap, from the stored sums G."""
    factor = math.exp(-model.rate * days(LANDMARK, at))
    return {name: g * factor for name, g in stored.items()}


def intent(model: Model, stored: Mapping[str, float], at: datetime) -> float:
    return intent_of_groups(model, group_values(model, stored, at))


def total_points(model: Model, fit: float, intent_now: float) -> float:
    return min(model.total_cap, fit + intent_now)


def weight_of(model: Model, event: str) -> tuple[str, float]:
    """The group an event belongs to and its points when it is counted."""
    return model.group_of.get(event, UNGROUPED), model.intent_points.get(event, 0.0)


def counted(cap: CountCap, times: Iterable[datetime], *, before: Sequence[datetime] = ()) -> list[bool]:
    """For each of `times` (ascending) whether it gives points. `before` are earlier times that did, ascending.

    Depends on event time alone: a late arrival takes its place and those after it, inside the same window, are judged again.
    """
    window = cap.window_days
    recent: deque[datetime] = deque(before)
    flags = []
    for at in times:
        while recent and window is not None and _left_window(recent[0], at, window):
            recent.popleft()
        flags.append(len(recent) < cap.count)
        if flags[-1]:
            recent.append(at)
    return flags


def _left_window(earlier: datetime, at: datetime, window: int) -> bool:
    return earlier.date() < at.date() if window == 0 else at - earlier >= timedelta(days=window)


def count_again(model: Model, awards: Iterable[Award], *, before: Iterable[Award] = ()) -> list[Award]:
    """`awards` in time order, each with `counted` as the model's count caps say. `before` are earlier awards, already judged."""
    ordered = sorted(awards, key=in_time)
    history: dict[tuple[str, str | None], list[datetime]] = {}
    for award in before:
        if award.counted:
            history.setdefault(_cap_key(model, award), []).append(award.occurred_at)
    members: dict[tuple[str, str | None], list[int]] = {}
    for place, award in enumerate(ordered):
        if award.event in model.count_caps and award.rests_until is None:
            members.setdefault(_cap_key(model, award), []).append(place)
    flags = [True] * len(ordered)
    for key, places in members.items():
        times = [ordered[place].occurred_at for place in places]
        for place, flag in zip(places, counted(model.count_caps[key[0]], times, before=sorted(history.get(key, ()))), strict=True):
            flags[place] = flag
    return [
        award if award.counted is flag else award.model_copy(update={"counted": flag}) for award, flag in zip(ordered, flags, strict=True)
    ]


def _cap_key(model: Model, award: Award) -> tuple[str, str | None]:
    cap = model.count_caps.get(award.event)
    return award.event, award.object_key if cap and cap.each == "object" else None


def in_time(award: Award) -> tuple[datetime, str]:
    return award.occurred_at, award.engagement
