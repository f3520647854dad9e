"""The one act that tells sales how to begin: a request for a person if there was one, else what is worth most now. Knows acts, no words of a page."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from policies.leads.decay import current, forward
from policies.leads.model import Model
from policies.records import Award

LEAST_POINTS = 0.05


class Telling(NamedTuple):
    """`event` was done `times` times, last at `last_at`; `asked` = it asks for a person. `also`: the next strongest act, and how often."""

    event: str
    times: int
    last_at: datetime
    asked: bool
    also: tuple[str, int] | None = None


def telling(model: Model, awards: Iterable[Award], at: datetime) -> Telling | None:
    """What stands out among the acts up to `at`; None when nothing is worth a point any more."""
    done: dict[str, list[Award]] = {}
    for award in awards:
        if award.occurred_at <= at and award.rests_until is None:
            done.setdefault(award.event, []).append(award)
    worth = {event: sum(_points(model, award, at) for award in rows if award.counted) for event, rows in done.items()}
    last = {event: max(award.occurred_at for award in rows) for event, rows in done.items()}
    asked = [event for event in model.fast_lane if event in done]
    counting = [event for event in worth if worth[event] >= LEAST_POINTS]
    ranked = [*sorted(asked, key=lambda event: last[event], reverse=True)[:1], *sorted(counting, key=lambda event: (-worth[event], event))]
    if not ranked:
        return None
    first = ranked[0]
    second = next((event for event in ranked if event != first), None)
    return Telling(first, len(done[first]), last[first], first in asked, (second, len(done[second])) if second else None)


def _points(model: Model, award: Award, at: datetime) -> float:
    return current(forward(award.weight, award.occurred_at, model.rate), at, model.rate)
