"""Everybody scored at once beside the bare numpy segment sum over the same arrays, on one core."""

import resource
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from bench.scoring import made
from policies.leads.model import Model
from tools.bulk.rescore import Events, count_flags, group_sums, intent_at, totals_at


def run(events: int, leads: int, rounds: int = 5) -> None:
    model = made.models()["orthopaedics"]
    rng = np.random.default_rng(7)
    kinds = tuple(made.KINDS)
    share = np.array(list(made.KINDS.values()), dtype=float)
    lead = np.sort(rng.integers(0, leads, size=events).astype(np.int32))
    at = 2000 + rng.random(events) * 365
    order = np.lexsort((at, lead))
    found = Events(
        lead=lead,
        kind=rng.choice(len(kinds), size=events, p=share / share.sum()).astype(np.int8),
        at=at[order],
        thing=rng.integers(0, 40, size=events).astype(np.int32),
        kinds=kinds,
    )
    weights = np.array([model.intent_points.get(kind, 0.0) for kind in kinds])[found.kind]
    fit = rng.integers(0, 41, size=leads).astype(np.float64)
    spent: dict[str, list[float]] = {"bare": [], "caps": [], "sums": [], "read": []}
    for _ in range(rounds):
        _timed(spent["bare"], lambda: np.bincount(found.lead, weights * np.exp(found.at * model.rate), minlength=leads))
        flags = _timed(spent["caps"], partial(count_flags, model, found))
        names, sums = _timed(spent["sums"], partial(group_sums, model, found, flags, leads))
        _timed(spent["read"], partial(_read, model, names, sums, fit))
    middle = {name: median(values) for name, values in spent.items()}
    whole = middle["caps"] + middle["sums"] + middle["read"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    without = (middle["sums"] + middle["read"]) / middle["bare"]
    print(f"(a) {events:,} events, {leads:,} leads: bare segment sum {middle['bare']:.3f} s")
    print(
        f"    sums per cap group, caps at read, totals: {without:.1f}x; with every count cap judged anew: {whole / middle['bare']:.1f}x (asked 3x)"
    )
    print(f"    {made.shares({name: middle[name] for name in ('caps', 'sums', 'read')})}; peak memory {peak:.2f} GiB (asked under 2)")


def _read(model: Model, names: tuple[str, ...], sums: Any, fit: Any) -> Any:
    return totals_at(model, fit, intent_at(model, names, sums, 2400.0))


def _timed(into: list[float], work: Callable[[], Any]) -> Any:
    started = time.process_time()
    found = work()
    into.append(time.process_time() - started)
    return found
