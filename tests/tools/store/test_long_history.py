"""One lead that does very much: scoring what it does next costs neither more time nor more memory."""

import resource
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from policies.leads.model import Model
from policies.records import Channel, Engagement, EngagementId, EngagementKind, LeadId, Source
from tools.packs.models import SHIPPED, load_model_file
from tools.store.database import Database
from tools.store.scores import replay, score_batch
from tools.store.tables import leads, ledger, scores

DAY_0 = datetime(2025, 1, 1, tzinfo=UTC)
LEAD = LeadId("L-busy")
KINDS = [EngagementKind(kind) for kind in ("service_page", "email_click", "pricing_page", "guide_download", "tracked_call", "video_half")]
BATCH = 2000


@pytest.fixture
def model() -> Model:
    return load_model_file(SHIPPED / "orthopaedics.yaml")


def acts(first: int, count: int) -> list[tuple[Engagement, LeadId]]:
    fields = {"channel": Channel.SEARCH, "source": Source.SEGMENT, "service_line": "orthopaedics"}
    made = []
    for number in range(first, first + count):
        at = DAY_0 + timedelta(seconds=30 * number)
        kind, key = KINDS[number % len(KINDS)], f"/page-{number % 50}"
        one = Engagement(id=EngagementId(f"E-{number:08d}"), kind=kind, occurred_at=at, revised_at=at, object_key=key, **fields)
        made.append((one, LEAD))
    return made


@pytest.mark.parametrize("count", [6_000, pytest.param(1_000_000, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_a_lead_with_a_million_events_is_taken_in_with_bounded_memory(sqlite_database: Database, model: Model, count: int) -> None:
    with sqlite_database.write() as connection:
        person = {"id": LEAD, "track": model.track, "created_at": DAY_0, "attributes": {}, "stage": "lead"}
        connection.execute(insert(leads), person)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for first in range(0, count, BATCH):
        with sqlite_database.write() as connection:
            score_batch(connection, {"m": model}, acts(first, BATCH), now=DAY_0)
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    with sqlite_database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(ledger)) == count
        assert connection.scalar(select(func.count()).select_from(scores)) == 1
        assert grown_mb < 150
        if count < 10_000:
            assert replay(connection, model) == []
