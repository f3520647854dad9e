"""When a lead is an MQL: entered by an event, left by decay, by silence, by a penalty, or for good. Knows nothing of the store.

A standing is a function of the model, the fit and the awards alone: no order of arrival, duplicate or restart changes it.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from policies.leads.decay import forward
from policies.leads.model import Model
from policies.leads.score import SETTLE, group_values, in_time, intent_of_groups, total_points
from policies.records import Award

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands for "does not end by itself": fit alone keeps the lead above the line. Stored, so that one index answers who is an MQL now."""

_CENTURY_DAYS = 36_525


NO_GROUPS: Mapping[str, float] = {}


class Standing(NamedTuple):
    """A lead under one model after its last event. `groups` are the stored sums G; `mql_until` is when it ends if nothing happens.

    `mql_since` None = no MQL period is open. An open period may have run out: `is_mql` compares it with the instant asked about.
    `rests_until`: sales gave the lead back; until then points alone make no MQL of it, a request for a person does.
    """

    groups: Mapping[str, float] = NO_GROUPS
    last_event_at: datetime | None = None
    last_qualifying_at: datetime | None = None
    fast_lane_at: datetime | None = None
    disqualified_at: datetime | None = None
    mql_since: datetime | None = None
    mql_until: datetime | None = None
    rests_until: datetime | None = None

    def is_mql(self, at: datetime) -> bool:
        return self.mql_since is not None and self.mql_until is not None and self.mql_since <= at <= self.mql_until

    def in_fast_lane(self, model: Model, at: datetime) -> bool:
        """An explicit request goes to a person whatever the score, for `fast_lane_days`."""
        return (
            self.disqualified_at is None
            and self.fast_lane_at is not None
            and at <= self.fast_lane_at + timedelta(days=model.fast_lane_days)
        )


NOTHING_YET = Standing()


def advance(model: Model, fit: float, standing: Standing, awards: Sequence[Award]) -> Standing:
    """The standing after `awards`, all later than `standing.last_event_at`, `counted` already decided. Events of one instant are one step."""
    if len(awards) == 1:  # as events come, this is nearly always so
        return _step(model, fit, standing, awards[0].occurred_at, awards)
    for at, together in groupby(sorted(awards, key=in_time), key=lambda award: award.occurred_at):
        standing = _step(model, fit, standing, at, list(together))
    return standing


def _step(model: Model, fit: float, old: Standing, at: datetime, awards: Sequence[Award]) -> Standing:
    if len(awards) == 1 and awards[0].rests_until is None:
        return _acted(model, fit, old, at, awards)
    acts = [award for award in awards if award.rests_until is None]
    standing = _acted(model, fit, old, at, acts) if acts else old
    returned = [award for award in awards if award.rests_until is not None]
    return _returned(model, standing, at, returned) if returned else standing


def _returned(model: Model, old: Standing, at: datetime, awards: Sequence[Award]) -> Standing:
    """Sales gave the lead back: the spell is over, whatever it asked for before is answered, and it comes back by something new only."""
    groups = dict(old.groups)
    for award in awards:
        groups[award.group] = groups.get(award.group, 0.0) + forward(award.weight, at, model.rate)
    rests_until = max(award.rests_until for award in awards if award.rests_until is not None)
    last_event_at = max(old.last_event_at or at, at)
    return Standing(groups, last_event_at, old.last_qualifying_at, None, old.disqualified_at, None, None, rests_until)


def _acted(model: Model, fit: float, old: Standing, at: datetime, awards: Sequence[Award]) -> Standing:
    groups: Mapping[str, float] = old.groups
    qualifying = asked = disqualified = False
    for award in awards:
        asked |= award.event in model.fast_lane
        disqualified |= award.event in model.disqualify_events
        if award.counted and award.weight:
            groups = {**groups, award.group: groups.get(award.group, 0.0) + forward(award.weight, at, model.rate)}
            qualifying |= award.weight > 0
    last_qualifying_at = at if qualifying else old.last_qualifying_at
    fast_lane_at = at if asked else old.fast_lane_at
    disqualified_at = old.disqualified_at or (at if disqualified else None)
    since = old.mql_since if old.is_mql(at) else None
    until = None
    if disqualified_at is not None:
        since = None
    else:
        rested = old.rests_until is None or at >= old.rests_until
        values = group_values(model, groups, at) if since is not None or asked or (qualifying and rested) else NO_GROUPS
        if since is None and (asked or (qualifying and rested and _enters(model, fit, values))):
            since = at
        if since is not None:
            until = _ends_at(model, fit, values, at, last_qualifying_at=last_qualifying_at, fast_lane_at=fast_lane_at)
            since = since if until is not None else None
    return Standing(groups, at, last_qualifying_at, fast_lane_at, disqualified_at, since, until, old.rests_until)


def _enters(model: Model, fit: float, values: Mapping[str, float]) -> bool:
    if fit < model.f_min - SETTLE:
        return False
    now = intent_of_groups(model, values)
    return now >= model.i_min - SETTLE and total_points(model, fit, now) >= model.threshold - SETTLE


def _ends_at(
    model: Model,
    fit: float,
    values: Mapping[str, float],
    at: datetime,
    *,
    last_qualifying_at: datetime | None,
    fast_lane_at: datetime | None,
) -> datetime | None:
    """When an open MQL ends if nothing happens after `at`; None if it ends now."""
    ends: list[datetime] = []
    left = days_left(model, fit, values)
    if left is not None and not model.recency_days:
        ends.append(_later(at, left))
    elif left is not None and last_qualifying_at is not None:
        ends.append(min(_later(at, left), _later(last_qualifying_at, model.recency_days)))
    if fast_lane_at is not None:
        ends.append(_later(fast_lane_at, model.fast_lane_days))
    return max((end for end in ends if end >= at), default=None)


def _later(at: datetime, days: float) -> datetime:
    return FOREVER if days > _CENTURY_DAYS else at + timedelta(days=days)


def days_left(model: Model, fit: float, values: Mapping[str, float]) -> float | None:
    """Days until the idle lead's total is below threshold - hysteresis or its intent below i_min; inf = never, None = already below.

    `values` are the groups' points now, before their caps. Closed form: a group above its cap is constant until e^{-λu} brings it there, so
    between those instants intent is C + A·e^{-λu}, which is solved for e^{-λu}.  Source: scoring facts, "Crossing with read-caps".
    """
    leave_at = model.threshold - model.hysteresis
    need = max(model.i_min, leave_at - fit)
    if fit < model.f_min - SETTLE or leave_at > model.total_cap + SETTLE or need > model.intent_cap + SETTLE:
        return None
    if need <= 0:
        return math.inf
    caps = model.group_caps
    above = [caps[name] / abs(value) for name, value in values.items() if abs(value) > caps.get(name, math.inf)]
    if not above:  # one piece, as for most leads
        total = sum(values.values())
        if total < need - SETTLE:
            return None
        return max(0.0, -math.log(min(1.0, need / total)) / model.rate) if need > SETTLE else math.inf
    shares = [1.0, *sorted(above, reverse=True)]  # e^{-λu} at the start of each piece, falling
    for start, end in zip(shares, [*shares[1:], 0.0], strict=True):
        constant = slope = 0.0
        for name, value in values.items():
            cap = caps.get(name, math.inf)
            if abs(value) * start > cap * (1 + 1e-12):
                constant += math.copysign(cap, value)
            else:
                slope += value
        if constant + slope * start < need - SETTLE:
            return None if start == 1.0 else -math.log(start) / model.rate
        if constant + slope * end < need - SETTLE:
            return max(0.0, -math.log(min(1.0, (need - constant) / slope)) / model.rate)
    return math.inf


class Spell(NamedTuple):
    """A time during which a lead was an MQL; `until` may lie in the future, or be FOREVER."""

    since: datetime
    until: datetime


def spells(model: Model, fit: float, awards: Sequence[Award]) -> list[Spell]:
    """Every time the lead was an MQL, in order: what scoring with `model` all along would have recorded. `counted` is decided already."""
    found: list[Spell] = []
    standing = NOTHING_YET
    for _, together in groupby(sorted(awards, key=in_time), key=lambda award: award.occurred_at):
        before, standing = standing, advance(model, fit, standing, list(together))
        if before.mql_since is not None and before.mql_until is not None and standing.mql_since != before.mql_since:
            ended = standing.last_event_at or before.mql_until
            found.append(Spell(before.mql_since, min(before.mql_until, ended)))
    if standing.mql_since is not None and standing.mql_until is not None:
        found.append(Spell(standing.mql_since, standing.mql_until))
    return found
