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
    caps = model.group_caps
    for name, value in values.items():
        cap = caps.get(name, math.inf)
        total += cap if value > cap else -cap if value < -cap else value
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


CapKey = tuple[str, str | None]
"""An event and, where its cap counts per object, the object: what is counted together."""

NOTHING_COUNTED: Mapping[CapKey, Sequence[datetime]] = {}


def count_again(model: Model, awards: Iterable[Award], *, before: Mapping[CapKey, Sequence[datetime]] = NOTHING_COUNTED) -> list[Award]:
    """`awards` in time order, each with `counted` as the model's count caps say.

    `before`: when earlier awards gave points, ascending; the last `count` of each key inside its window are enough.
    """
    ordered = list(awards)
    if len(ordered) == 1:  # as events come, this is nearly always so
        return [_judged(model, ordered[0], before)]
    ordered.sort(key=in_time)
    members: dict[CapKey, list[int]] = {}
    for place, award in enumerate(ordered):
        if (key := cap_key(model, award)) is not None:
            members.setdefault(key, []).append(place)
        elif not award.counted:
            ordered[place] = award._replace(counted=True)
    for key, places in members.items():
        times = [ordered[place].occurred_at for place in places]
        for place, flag in zip(places, counted(model.count_caps[key[0]], times, before=before.get(key, ())), strict=True):
            if ordered[place].counted is not flag:
                ordered[place] = ordered[place]._replace(counted=flag)
    return ordered


def _judged(model: Model, award: Award, before: Mapping[CapKey, Sequence[datetime]]) -> Award:
    key = cap_key(model, award)
    flag = key is None or counted(model.count_caps[key[0]], (award.occurred_at,), before=before.get(key, ()))[0]
    return award if award.counted is flag else award._replace(counted=flag)


def cap_key(model: Model, award: Award) -> CapKey | None:
    """What the award is counted with; None = no count cap is on it. The rows of a recycle are none of anybody's acts."""
    cap = model.count_caps.get(award.event)
    if cap is None or award.rests_until is not None:
        return None
    return award.event, award.object_key if cap.each == "object" else None


def in_time(award: Award) -> tuple[datetime, str]:
    return award.occurred_at, award.engagement
