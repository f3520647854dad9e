"""Everything the store can say about why one lead stands where it does. Reads the ledger; decides nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from policies.leads.history import contributions_of
from policies.leads.model import Model
from policies.leads.mql import NOTHING_YET, advance
from policies.leads.score import count_again, fit_points, in_time
from policies.leads.why import CurvePoint, Ending, Step, Unmet, WhatIf, curve, ending, unmet, waterfall, what_ifs
from policies.records import Contribution, LeadId, Score
from tools.errors import NotFound
from tools.store import ledger as book
from tools.store.accounts import Group, groups_of_lead
from tools.store.rebuild import people_of
from tools.store.scores import score_of

AHEAD = timedelta(days=120)
"""How far the curve is drawn forward when nothing ends before."""


class Explained(NamedTuple):
    """One lead under one model at one instant. The steps add up to `score.total`; `curve` runs past `ends`, when it stops being an MQL.

    `groups`: the practice or household, where two or more of it have a score under this model.
    """

    model: Model
    score: Score
    steps: list[Step]
    unmet: list[Unmet]
    what_ifs: list[WhatIf]
    curve: list[CurvePoint]
    ends: Ending | None
    ledger: list[Contribution]
    groups: list[Group]


def explain(connection: Connection, models: Mapping[str, Model], lead: LeadId, *, at: datetime) -> list[Explained]:
    """The lead under each live model it has a score for, the highest total first. Raises NotFound for a lead nobody knows."""
    person = people_of(connection, [lead]).get(lead)
    if person is None:
        raise NotFound(
            f"there is no lead {lead if len(lead) <= 32 and lead.isascii() and lead.isprintable() else 'of that id'}: liaison leads list shows them"
        )
    by_id = {model.id: model for model in models.values()}
    awards = book.awards_of(connection, [lead], by_id, until=at)
    groups = groups_of_lead(connection, models, lead, at=at)
    found = []
    for score in score_of(connection, models, lead, at=at):
        model = by_id[score.model]
        mine = count_again(model, sorted(awards.get((lead, model.id), ()), key=in_time))
        fit = fit_points(model, person.attributes)
        standing = advance(model, fit, NOTHING_YET, mine)
        ends = ending(model, standing, at=at)
        until = at + (AHEAD if ends is None else min(timedelta(days=730), (ends.at - at) * 1.15 + timedelta(days=7)))
        found.append(
            Explained(
                model=model,
                score=score,
                steps=waterfall(model, person.attributes, mine, at=at),
                unmet=unmet(model, fit, standing, at=at),
                what_ifs=what_ifs(model, person.attributes, mine, at=at),
                curve=curve(model, fit, mine, at=at, until=until),
                ends=ends,
                ledger=list(contributions_of(model, mine, at)),
                groups=[group for group in groups if group.model.id == model.id],
            )
        )
    return sorted(found, key=lambda one: (-one.score.total, one.model.id))
