"""Recycling: sales gives a lead back, and half of its intent goes, as rows of the ledger. Knows nothing of the store or of reasons.

A row's weight depends on what the lead had at that instant, so it is computed from the acts up to then: a late act, another model or a merge
gives other weights, and the score stays the replay of the ledger.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from policies.leads.decay import forward
from policies.leads.model import UNGROUPED, Model
from policies.leads.score import count_again, group_values, intent_of_groups
from policies.records import Award, EngagementId, LeadId

RECYCLE = "recycle"
KEPT = 0.5
"""The share of intent that stays.  Source: scoring facts, "Handoff contract": halve it, do not zero it."""


class Recycle(NamedTuple):
    """Sales gave the lead back at `at`; it rests until `until`, which is `at` itself where no date was set. `handoff` is the inbox row's id."""

    handoff: str
    at: datetime
    until: datetime


def with_recycles(model: Model, lead: LeadId, awards: Iterable[Award], recycles: Iterable[Recycle]) -> list[Award]:
    """`awards` of acts in time order with `counted` as the caps say, and the rows of each recycle after the acts of its instant.

    Rows of earlier computations among `awards` are replaced. Each cap group gets one row; without a cap that bites, its weight is minus half
    the group's points then. Two recycles of one instant halve twice.
    """
    judged = count_again(model, (award for award in awards if award.rests_until is None))
    rows: list[Award] = []
    for one in sorted(recycles, key=lambda recycle: (recycle.at, recycle.handoff)):
        before = [award for award in judged if award.occurred_at <= one.at]
        rows += _rows(model, lead, [*before, *rows], one)
    return (
        sorted([*judged, *rows], key=lambda award: (award.occurred_at, award.rests_until is not None, award.engagement)) if rows else judged
    )


def _rows(model: Model, lead: LeadId, before: Sequence[Award], one: Recycle) -> list[Award]:
    stored: dict[str, float] = {}
    for award in before:
        if award.counted and award.weight:
            stored[award.group] = stored.get(award.group, 0.0) + forward(award.weight, award.occurred_at, model.rate)
    values = group_values(model, stored, one.at)
    kept = _kept(model, values) or {UNGROUPED: 0.0}
    return [
        Award(
            lead=lead,
            model=model.id,
            engagement=EngagementId(f"R:{one.handoff}:{group}"),
            event=RECYCLE,
            group=group,
            weight=points - values.get(group, 0.0),
            occurred_at=one.at,
            counted=True,
            object_key=one.handoff,
            rests_until=one.until,
        )
        for group, points in sorted(kept.items())
    ]


def _kept(model: Model, values: dict[str, float]) -> dict[str, float]:
    """Each group's points after the recycle, so that intent is exactly half of what was shown: points above a cap were never shown, and go."""
    shown = {name: max(-cap, min(cap, value)) for name, value in values.items() for cap in (_cap(model, name, value),)}
    total = sum(shown.values())
    share = KEPT * intent_of_groups(model, values) / total if total > 0 else KEPT
    return {name: value * share for name, value in shown.items()}


def _cap(model: Model, name: str, value: float) -> float:
    group = model.groups.get(name)
    return abs(value) if group is None else group.cap
