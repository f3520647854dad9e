"""What a page of handoffs shows beside each: the clock in words and as a bar, the score then and now, what stands out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from approvals.inbox import Handoff
from approvals.response import clocks_of
from approvals.web import sales_words
from policies.leads.business_time import elapsed
from policies.leads.sla import Clock
from tools.practice import Practice
from tools.store.models import models_in_force
from tools.store.present import Place, Present, present, proposed_scores
from tools.workspace import Workspace


class Running(NamedTuple):
    """The response time that runs. `used`: percent of it that is gone, 0-100; `by`: "Accept by 14:20 today (Tampa)"."""

    clock: Clock
    used: int
    by: str


class Shown(NamedTuple):
    """A handoff as a row shows it. `then`, `now`: points when it was proposed and at this moment; None where unknown."""

    row: Handoff
    running: Running | None
    then: float | None
    now: float | None
    trend: str
    is_mql: bool
    telling: str


def shown(ws: Workspace, connection: Connection, rows: Sequence[Handoff]) -> list[Shown]:
    """`rows` with everything the list says about them; four queries per service line, whatever their number."""
    now = ws.clock()
    standings = present_of(ws, connection, [(one.lead, one.service_line) for one in rows])
    return [_shown(ws.practice, one, standings.get((one.lead, one.service_line)), now) for one in rows]


def present_of(ws: Workspace, connection: Connection, places: Sequence[Place]) -> Mapping[Place, Present]:
    """Where these leads stand now on these lines."""
    return present(connection, models_in_force(connection, ws.practice, ws.directory), places, at=ws.clock()) if places else {}


def said_of_waiting(ws: Workspace, connection: Connection, waiting: Collection[str]) -> dict[str, str]:
    """ "87 points when proposed, 84 now" for each of these handoffs in the queue, by action: what was proposed stays as it was, this is read now.

    One that changed by less than a point is left out, and so is one without a score.
    """
    found = {one.action: one for one in proposed_scores(connection, waiting)}
    standings = present_of(ws, connection, [(one.lead, one.line) for one in found.values()])
    said = {}
    for action, one in found.items():
        now = standings.get((one.lead, one.line))
        if now is not None and (abs(now.total - one.score) >= 1 or not now.is_mql):
            said[action] = f"{one.score:.0f} points when proposed, {now.total:.0f} now{'' if now.is_mql else ': by points no MQL any more'}"
    return said


def running_of(practice: Practice, row: Handoff, *, now: datetime) -> Running | None:
    """The response time that runs for this handoff, if one does."""
    clock = next((one for one in clocks_of(practice, row, now=now) if one.running), None)
    if clock is None:
        return None
    calendar = practice.calendar(row.service_line, row.location)
    whole = elapsed(clock.started_at, clock.due_at, calendar).total_seconds()
    left = max(clock.left.total_seconds(), 0.0)
    used = 100 if clock.missed or not whole else round(100 * (1 - min(left / whole, 1)))
    by = f"{sales_words.UNTIL[clock.timer]} {sales_words.by_when(clock.due_at, now, calendar.zone, place_of(practice, row))}"
    return Running(clock, used, by)


def place_of(practice: Practice, row: Handoff) -> str:
    """The city whose business hours count for this handoff."""
    served = next((line.locations for line in practice.service_lines if line.key == row.service_line), ())
    key = row.location if row.location in served else next(iter(served), None)
    return practice.location(key).city if key else ""


def _shown(practice: Practice, row: Handoff, found: Present | None, now: datetime) -> Shown:
    zone = practice.calendar(row.service_line, row.location).zone
    score = row.handoff.get("fields", {}).get("score")
    then = float(score) if isinstance(score, int | float) else None
    return Shown(
        row=row,
        running=running_of(practice, row, now=now),
        then=then,
        now=found.total if found else None,
        trend=sales_words.trend(then, round(found.total) if found else None),
        is_mql=bool(found and found.is_mql),
        telling=sales_words.told(found.telling, zone) if found and found.telling else _stated(row),
    )


def _stated(row: Handoff) -> str:
    """What the handoff itself gave as a reason: the first that is an act, for a lead without a score of its own."""
    why = [str(reason) for reason in row.handoff.get("why", ())]
    found = next((reason for reason in why if not reason.startswith("fit ")), next(iter(why), ""))
    return f"{found[:1].upper()}{found[1:]}"
