"""A lead that sales has just recycled: its ledger gets the rows, its standing follows, under every live model of that line."""

from sqlalchemy import Connection, delete, select

from policies.leads.model import Model
from policies.leads.mql import NOTHING_YET, advance
from policies.leads.recycle import with_recycles
from policies.records import LeadId
from tools.store import ledger as book
from tools.store.ledger import Scored
from tools.store.lifecycle import recycles_of
from tools.store.rebuild import people_of
from tools.store.tables import ledger, score_models


def recycle(connection: Connection, lead: LeadId) -> None:
    """Write the rows of every recycle in the lead's history. Doing it again changes nothing; a rebuild from the engagements gives the same.

    Acts that are stored but not scored yet come later and count as late ones.
    """
    people_of(connection, [lead], lock=True)
    found = recycles_of(connection, [lead]).get(lead, [])
    lines = {line for line, _ in found}
    bodies = connection.scalars(select(score_models.c.body).where(score_models.c.live)) if lines else ()
    models = {model.id: model for model in map(Model.model_validate, bodies) if model.service_line in lines}
    awards = book.awards_of(connection, [lead], models)
    for key, scored in book.scored_of(connection, [lead], models).items():
        model = scored.model
        judged = with_recycles(model, lead, awards.get(key, ()), [one for line, one in found if line == model.service_line])
        mine = (ledger.c.lead == lead) & (ledger.c.model == model.id)
        connection.execute(delete(ledger).where(mine, ledger.c.rests_until.is_not(None)))
        book.write_awards(connection, [award for award in judged if award.rests_until is not None])
        book.write_standings(connection, {key: Scored(model, scored.fit, advance(model, scored.fit, NOTHING_YET, judged))})
