"""One lead: how its score runs over time, and who it is. Two leads are one person, or a merge was wrong; the log has rule, time and person."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from approvals import matching
from approvals.web.api.access import LeadReader, Matcher
from approvals.web.api.common import Identifier, LeadPath, Query_, router
from approvals.web.api.insight_schemas import LeadCurve, LeadMatches, MatchAnswer, Merged, PointOfCurve, Unmerged
from approvals.web.api.problems import documented
from approvals.web.reports import curve_of
from policies.leads.identity import MergeReason, UnmergeReason
from policies.records import LeadId, Record
from tools.errors import NotFound
from tools.store.contacts import surviving
from tools.store.leads import get_leads
from tools.store.lifecycle import family
from tools.store.matches import matches

leads = router("leads")

ROWS = 200


class CurveQuery(Query_):
    model: Annotated[Identifier | None, Field(description="A model in force; left out: where it stands highest")] = None


class SamePerson(Record):
    other: Annotated[Identifier, Field(description="The lead that is the same person")]
    reason: MergeReason


class TakenOut(Record):
    reason: UnmergeReason


@leads.get("/leads/{lead}/curve", operation_id="getLeadCurve", summary="Its score over time", responses=documented(404))
def get_curve(me: LeadReader, lead: LeadPath, query: Annotated[CurveQuery, Query()]) -> LeadCurve:
    """What the total was, and what it will be if nothing happens."""
    one, line = curve_of(me.workspace, LeadId(lead), query.model or "")
    points = tuple(PointOfCurve(at=at, total=total, is_ahead=at > line.now) for at, total in line.points)
    return LeadCurve(
        lead=lead,
        model=one.model.name,
        service_line=one.score.service_line,
        at=line.now,
        threshold=line.threshold,
        most=line.most,
        ends_at=line.ends_at,
        takeaway=line.takeaway(),
        points=points,
    )


@leads.get("/leads/{lead}/matches", operation_id="listLeadMatches", summary="Who was merged into it, and why", responses=documented(404))
def list_matches(me: LeadReader, lead: LeadPath) -> LeadMatches:
    with me.workspace.database.read() as connection:
        lives_on = surviving(connection, LeadId(lead))
        if not get_leads(connection, [lives_on]):
            raise NotFound(f"there is no lead {lead}: the list of leads has the ids")
        rows = matches(connection, LeadId(lead), limit=ROWS)
        parts = sorted(family(connection, [lives_on]) - {lives_on})
    return LeadMatches(lead=lead, survivor=lives_on, parts=tuple(parts), items=tuple(_match(one.model_dump()) for one in rows))


@leads.post("/leads/{lead}/merge", operation_id="mergeLeads", summary="Two leads are one person", responses=documented(404))
def merge(me: Matcher, lead: LeadPath, body: SamePerson) -> Merged:
    """Their acts, scores and handoffs are one from now on; what lies with sales twice is closed once."""
    survivor = matching.merge(me.workspace, LeadId(lead), LeadId(body.other), by=me.username, reason=body.reason)
    return Merged(lead=lead, survivor=survivor)


@leads.post("/leads/{lead}/unmerge", operation_id="unmergeLead", summary="Take it out of a merge that was wrong", responses=documented(404))
def unmerge(me: Matcher, lead: LeadPath, body: TakenOut) -> Unmerged:
    """`lead` is the part that is taken out: it is itself again."""
    return Unmerged(lead=lead, out_of=matching.unmerge(me.workspace, LeadId(lead), by=me.username, reason=body.reason))


def _match(row: dict[str, object]) -> MatchAnswer:
    return MatchAnswer.model_validate({name: row[name] for name in MatchAnswer.model_fields})
