"""A lead with a score, for the pages that show one."""

from datetime import timedelta

from policies.leads.mql import NOTHING_YET, advance
from policies.leads.score import fit_points, weight_of
from policies.records import Award, EngagementId, LeadId
from tests.approvals.web.house import LEAD, House
from tools.packs.models import SHIPPED, for_line, load_model_file
from tools.store import ledger as book
from tools.store.database import insert_new
from tools.store.ledger import Scored
from tools.store.tables import leads


def scored(house: House, lead: LeadId = LEAD) -> None:
    """A lead that called and read about cost, scored under the practice's live model."""
    now, model = house.clock(), for_line(load_model_file(SHIPPED / "orthopaedics.yaml"), name="orthopaedics", line="orthopaedics")
    awards = []
    for days, event in ((9, "tracked_call"), (5, "pricing_page"), (2, "guide_download")):
        group, weight = weight_of(model, event)
        given = {"event": event, "group": group, "weight": weight, "counted": True, "object_key": event}
        awards.append(
            Award(lead=lead, model=model.id, engagement=EngagementId(f"{lead}{event}"), occurred_at=now - timedelta(days=days), **given)
        )
    attributes = {"in_area": "yes", "service_offered": "yes"}
    fit = fit_points(model, attributes)
    with house.workspace.database.write() as connection:
        person = {"id": lead, "track": model.track, "created_at": now, "attributes": attributes, "attribute_times": {}, "stage": "lead"}
        connection.execute(insert_new(connection, leads), [person])
        book.write_awards(connection, awards)
        book.write_standings(connection, {(lead, model.id): Scored(model, fit, advance(model, fit, NOTHING_YET, awards))})
