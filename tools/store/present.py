"""What leads that were handed over stand at now, beside what they stood at when it was proposed. Reads stored standings and the ledger."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, select

from policies.actions import ActionKind
from policies.leads.model import Model
from policies.leads.mql import FOREVER
from policies.leads.score import intent, total_points
from policies.leads.telling import Telling, telling
from policies.records import LeadId
from tools.store import ledger as book
from tools.store.action_tables import action_versions, actions
from tools.store.results import survivors
from tools.store.scores import standings_at

Place = tuple[LeadId, str]
"""(lead, service line)."""


class Present(NamedTuple):
    """One lead on one line now, 0-100 points. `until`: when it stops being an MQL if nothing happens; None = it is none, or never stops."""

    total: float
    is_mql: bool
    until: datetime | None
    telling: Telling | None


class Proposed(NamedTuple):
    """What a handoff in the queue says: the points of the day it was proposed."""

    action: str
    lead: LeadId
    line: str
    score: float


def proposed_scores(connection: Connection, ids: Collection[str]) -> list[Proposed]:
    """Of these actions, the handoffs whose content names a score."""
    same = and_(action_versions.c.action == actions.c.id, action_versions.c.version == actions.c.version)
    score = action_versions.c.content["fields"]["score"].as_float()
    statement = select(actions.c.id, actions.c.subject, score.label("score")).join(action_versions, same)
    found = connection.execute(statement.where(actions.c.id.in_(ids), actions.c.kind == ActionKind.MQL_HANDOFF))
    rows = [(row.id, *row.subject.split(":", 1), row.score) for row in found if row.score is not None and ":" in row.subject]
    return [Proposed(action, LeadId(lead), line, float(points)) for action, lead, line, points in rows]


def present(connection: Connection, models: Mapping[str, Model], places: Collection[Place], *, at: datetime) -> dict[Place, Present]:
    """Each place's present standing under the live model of its line; a lead without a score there is left out.

    A lead that was merged is read as the one it lives on in. One query per line and kind of row, whatever the number of places.
    """
    lives_on = survivors(connection, {lead for lead, _ in places})
    found: dict[Place, Present] = {}
    for model in models.values():
        here = {lead: LeadId(lives_on.get(lead, lead)) for lead, line in places if line == model.service_line}
        if not here:
            continue
        ids = set(here.values())
        standings = standings_at(connection, model, ids, at=at)
        awards = book.awards_of(connection, ids, [model.id], until=at)
        for lead, now in here.items():
            if now not in standings:
                continue
            _, fit, standing = standings[now]
            is_mql = standing.is_mql(at)
            found[lead, model.service_line or ""] = Present(
                total=total_points(model, fit, intent(model, standing.groups, at)),
                is_mql=is_mql,
                until=standing.mql_until if is_mql and standing.mql_until != FOREVER else None,
                telling=telling(model, awards.get((now, model.id), ()), at),
            )
    return found
