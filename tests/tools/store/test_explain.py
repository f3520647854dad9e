"""What the store says of one lead adds up, agrees with its score, and names who is not there."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from policies.leads.mql import NOTHING_YET, advance
from policies.leads.score import count_again, fit_points, weight_of
from policies.records import Award, EngagementId, LeadId
from tools.errors import NotFound
from tools.packs.models import SHIPPED, load_model_file
from tools.store import ledger as book
from tools.store.database import Database
from tools.store.explain import explain
from tools.store.ledger import Scored
from tools.store.tables import leads

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
LEAD = LeadId("L-1")
FIT = {"in_area": "yes", "service_offered": "yes"}


def test_the_sum_is_the_score_and_the_picture_runs_past_the_day_it_ends(database: Database) -> None:
    model = load_model_file(SHIPPED / "dental.yaml")
    fit = fit_points(model, FIT)
    awards = []
    for day, event in ((0, "tracked_call"), (3, "pricing_page"), (4, "guide_download")):
        group, weight = weight_of(model, event)
        at = DAY_0 + timedelta(days=day)
        fields = {"event": event, "group": group, "weight": weight, "counted": True, "object_key": event}
        awards.append(Award(lead=LEAD, model=model.id, engagement=EngagementId(f"E-{day}"), occurred_at=at, **fields))
    judged = count_again(model, awards)
    with database.write() as connection:
        person = {"id": LEAD, "track": model.track, "created_at": DAY_0, "attributes": FIT, "attribute_times": {}, "stage": "lead"}
        connection.execute(insert(leads), [person])
        book.write_awards(connection, judged)
        book.write_standings(connection, {(LEAD, model.id): Scored(model, fit, advance(model, fit, NOTHING_YET, judged))})

    with database.read() as connection:
        (one,) = explain(connection, {"dental": model}, LEAD, at=DAY_0 + timedelta(days=10))
        with pytest.raises(NotFound, match="there is no lead L-none"):
            explain(connection, {"dental": model}, LeadId("L-none"), at=DAY_0)

    assert sum(step.points for step in one.steps) == pytest.approx(one.score.total, abs=1e-9)
    assert one.score.is_mql
    assert one.unmet == []
    assert one.ends is not None
    assert one.ends.at == one.score.mql_until
    assert one.curve[0].at < one.ends.at < one.curve[-1].at
    assert [row.type for row in one.ledger] == ["tracked_call", "pricing_page", "guide_download"]
