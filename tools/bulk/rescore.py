"""Scores of many leads under one model at once, as arrays: what a changed weight, cap or threshold would do to everybody, in about a second.

Gives what `policies.leads` gives lead by lead (a test holds the two together to 1e-9): count caps in order of time, group sums, fit and intent, and
who is an MQL. Needs numpy (the extra `learn`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies.leads.model import UNGROUPED, CountCap, Model

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_CHUNK = 1 << 16
"""Events whose powers are held at a time: bounds memory at five million events and stays in cache."""

_LEADS = 1 << 14


@dataclass(frozen=True)
class Events:
    """One entry per event, sorted by lead, then time. `at`: days since the landmark; `kind`: index into `kinds`; `thing`: number of its object."""

    lead: NDArray[Any]
    kind: NDArray[Any]
    at: Floats
    thing: NDArray[Any]
    kinds: tuple[str, ...]


def count_flags(model: Model, events: Events) -> Flags:
    """For each event whether it gives points: the first k per lead (or lead and object) in a calendar day, a sliding window, or ever."""
    flags = np.ones(len(events.at), dtype=np.bool_)
    windows = np.array([_window(model.count_caps.get(kind)) for kind in events.kinds], dtype=np.int64)
    if len(events.at) and (windows == 0).any():
        _judge(model, events, flags, _days_in_company(events, windows))
    if (windows > 0).any():
        _judge(model, events, flags, np.flatnonzero((windows > 0)[events.kind]))
    return flags


_FOR_EVER, _NO_CAP = 1 << 40, -1


def _window(cap: CountCap | None) -> int:
    """Days of the cap's window, 0 for a calendar day; a cap of nothing holds for ever."""
    if cap is None:
        return _NO_CAP
    return _FOR_EVER if cap.window_days is None or not cap.count else cap.window_days


def _days_in_company(events: Events, windows: Ints) -> Ints:
    """Places of events under a cap per day that share their day with another event of their lead: nearly all others are alone in theirs."""
    close = np.zeros(len(events.at) + 1, dtype=np.bool_)  # between each event and the one before it
    for start in range(0, len(events.at), _CHUNK):
        some = slice(start, start + _CHUNK + 1)
        lead, day = events.lead[some], np.floor(events.at[some])
        between = close[start + 1 : start + len(lead)]
        np.equal(lead[1:], lead[:-1], out=between)
        between &= day[1:] == day[:-1]
    together: Ints = np.flatnonzero(close[1:] | close[:-1])
    mine: Flags = (windows == 0)[events.kind[together]]
    found: Ints = together[mine]
    return found


def _judge(model: Model, events: Events, flags: Flags, places: Ints) -> None:
    """Set the flags of `places` (ascending), kind by kind."""
    kind = events.kind[places]
    places = places[np.argsort(kind, kind="stable")]
    ends = np.cumsum(np.bincount(kind, minlength=len(events.kinds)))
    for number, name in enumerate(events.kinds):
        mine = places[ends[number - 1] if number else 0 : ends[number]]
        cap = model.count_caps.get(name)
        if cap is None or not len(mine):
            continue
        if cap.count:
            mine = _in_company(events, mine, cap.window_days)
        if len(mine):
            flags[mine] = _first(cap, events, mine)


def _in_company(events: Events, places: Ints, window: int | None) -> Ints:
    """Those of `places` with another of their lead within the window: the first of a window always counts, and most events are alone in theirs."""
    lead, at = events.lead[places], events.at[places]
    close = lead[1:] == lead[:-1]
    if window is not None:
        close &= at[1:] - at[:-1] <= max(1, window)
    kept = np.zeros(len(places), dtype=np.bool_)
    kept[1:] = close
    kept[:-1] |= close
    return places[kept]


def _first(cap: CountCap, events: Events, places: Ints) -> Flags:
    """The flags of the events at `places`, all of one kind, under its cap."""
    if cap.count == 0:
        return np.zeros(len(places), dtype=np.bool_)
    key = events.lead[places].astype(np.int64)
    if cap.each == "object":
        things = events.thing[places].astype(np.int64)
        key = key * (int(things.max()) + 1) + things
    at = events.at[places]
    order = np.argsort(key, kind="stable") if cap.each == "object" else np.arange(len(places))  # already by lead and time
    key, at = key[order], at[order]
    window = cap.window_days
    if window == 0:
        day = np.floor(at).astype(np.int64)  # the landmark is a midnight, UTC
        judged = _rank(_starts((key, day))) < cap.count
    elif window is None:
        judged = _rank(_starts((key,))) < cap.count
    else:
        judged = _sliding(_starts((key,)), at, float(window), cap.count)
    flags = np.empty(len(places), dtype=np.bool_)
    flags[order] = judged
    return flags


def _starts(keys: tuple[Ints, ...]) -> Flags:
    """Where a run of equal keys begins."""
    first = np.ones(len(keys[0]), dtype=np.bool_)
    first[1:] = False
    for key in keys:
        first[1:] |= key[1:] != key[:-1]
    return first


def _rank(starts: Flags) -> Ints:
    """Each entry's place in its run, from 0."""
    places = np.arange(len(starts))
    return places - np.maximum.accumulate(np.where(starts, places, 0))


def _sliding(starts: Flags, at: Floats, window: float, count: int) -> Flags:
    """At most `count` in any `window` days, greedily in order of time. All runs take one step at a time, so the work is by the longest run of acts.

    In each round every run that is not finished counts its next possible event: the first one, or the first that lies a window behind the
    `count`-th last counted one. A run's counted events are at least as far apart as the window allows, so rounds are few.
    """
    flags = np.zeros(len(at), dtype=np.bool_)
    begin = np.flatnonzero(starts)
    end = np.append(begin[1:], len(at))
    recent = np.full((len(begin), count), -np.inf)
    place = begin.copy()
    alive = np.arange(len(begin))
    # Days made unique per run: one sorted axis on which every run can be searched at once.
    span = float(at.max() - at.min()) + 2 * window + 1.0 if len(at) else 1.0
    run = np.cumsum(starts) - 1
    axis = at - at.min() + run * span if len(at) else at
    low = at.min() if len(at) else 0.0
    slot = 0
    while len(alive):
        now = place[alive]
        flags[now] = True
        recent[alive, slot % count] = at[now]
        slot += 1
        oldest = recent[alive, slot % count]
        following = now + 1
        searched = np.isfinite(oldest)
        earliest = np.where(searched, oldest, 0.0) + window
        # Rounding on the long axis may miss by one: the comparison on days decides.
        found = np.searchsorted(axis, earliest - low + alive * span - 1e-6)
        following = np.where(searched, np.maximum(following, found), following)
        unfinished = following < end[alive]
        alive, following, earliest, searched = alive[unfinished], following[unfinished], earliest[unfinished], searched[unfinished]
        early = searched & (at[following] < earliest)
        while early.any():
            following = following + early
            inside = following < end[alive]
            alive, following, earliest, searched = alive[inside], following[inside], earliest[inside], searched[inside]
            early = searched & (at[following] < earliest)
        place[alive] = following
    return flags


def group_sums(model: Model, events: Events, counted: Flags, leads: int) -> tuple[tuple[str, ...], Floats]:
    """(groups, G of shape (leads, groups)): the stored sums, Σ w·e^{λ(t-L)} over counted events."""
    names = tuple(dict.fromkeys(model.group_of.get(kind, UNGROUPED) for kind in events.kinds)) or (UNGROUPED,)
    group_of_kind = np.array([names.index(model.group_of.get(kind, UNGROUPED)) for kind in events.kinds] or [0], dtype=np.int64)
    weight_of_kind = np.array([model.intent_points.get(kind, 0.0) for kind in events.kinds] or [0.0])
    sums = np.zeros(leads * len(names))
    for start in range(0, len(events.at), _CHUNK):
        some = slice(start, start + _CHUNK)
        kind, lead = events.kind[some], events.lead[some]
        worth = events.at[some] * model.rate
        np.exp(worth, out=worth)
        worth *= weight_of_kind.take(kind)
        worth *= counted[some]
        first, last = int(lead[0]), int(lead[-1])  # sorted by lead: a chunk touches one stretch
        cell = lead.astype(np.int64)
        cell -= first
        cell *= len(names)
        cell += group_of_kind.take(kind)
        sums[first * len(names) : (last + 1) * len(names)] += np.bincount(cell, worth, minlength=(last + 1 - first) * len(names))
    return names, sums.reshape(leads, len(names))


def intent_at(model: Model, names: tuple[str, ...], sums: Floats, at: float) -> Floats:
    """Intent per lead at `at` (days since the landmark): every group cut at its cap both ways, then 0 to `intent_cap`."""
    total = np.empty(len(sums))
    factor = float(np.exp(-model.rate * at))
    caps = np.array([model.groups[name].cap if name in model.groups else np.inf for name in names])
    for start in range(0, len(sums), _LEADS):
        some = slice(start, start + _LEADS)
        value = sums[some] * factor
        np.clip(value, -caps, caps, out=value)
        value.sum(axis=1, out=total[some])
    return np.clip(total, 0.0, model.intent_cap, out=total)


def totals_at(model: Model, fit: Floats, intent: Floats) -> Floats:
    return np.minimum(model.total_cap, fit + intent)
