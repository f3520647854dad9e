"""What the exports say now, and whom a mail reaches, on both engines."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from policies.records import Channel, Engagement, EngagementId, EngagementKind, LeadId, Source, Track
from tools.store import exported, reach
from tools.store.action_tables import sales_inbox
from tools.store.database import Database
from tools.store.tables import OBJECTS, consents, engagements, leads, plans, runs, suppressions

SINCE = timedelta(days=30)


def act(connection: Connection, now: datetime, identity: str, *, days_ago: float, lead: str | None = None, **fields: Any) -> Engagement:
    at = now - timedelta(days=days_ago)
    base = {"channel": Channel.SEARCH, "source": Source.ADS, "kind": EngagementKind.AD_SEARCH_TERM}
    one = Engagement(id=EngagementId(identity), occurred_at=at, revised_at=at, **{**base, **fields})
    row = one.model_dump(mode="json", include={"id", "channel", "source", "kind", "track", "service_line"})
    times = {"occurred_at": at, "revised_at": at}
    connection.execute(
        insert(engagements).values(**row, **times, digest="d", run="R-1", lead=lead, stage=2, record=one.model_dump(mode="json"))
    )
    return one


def test_spend_is_summed_per_campaign_inside_the_window(database: Database, now: datetime) -> None:
    with database.write() as connection:
        for number, (campaign, days, cost) in enumerate((("A", 1, 10.5), ("A", 29, 4.5), ("A", 31, 99.0), ("B", 2, 7.0), ("C", 2, 1.0))):
            metrics = {"clicks": 2.0, "cost_usd": cost} | ({"conversions": 1.0} if campaign == "A" else {})
            act(connection, now, f"E-{number}", days_ago=days, campaign=campaign, metrics=metrics)

        found = exported.spend_of(connection, ["A", "B", "missing"], since=now - SINCE, until=now)

    assert found == {"A": exported.Spend(4.0, 15.0, 2.0), "B": exported.Spend(2.0, 7.0, 0.0)}


def test_the_newest_record_of_exactly_this_video_or_listing_is_found(database: Database, now: datetime) -> None:
    of_video = {"channel": Channel.YOUTUBE, "source": Source.YOUTUBE_VIDEO, "kind": EngagementKind.VIDEO}
    of_listing = {"channel": Channel.LISTINGS, "kind": EngagementKind.LISTING_STATS, "location": "tampa"}
    with database.write() as connection:
        act(connection, now, "E-1", days_ago=9, object_key="v1", **of_video)
        newest = act(connection, now, "E-2", days_ago=2, object_key="v1", **of_video)
        act(connection, now, "E-3", days_ago=1, object_key="v2", **of_video)
        act(connection, now, "E-4", days_ago=1, source=Source.WEBMD, **of_listing)
        listing = act(connection, now, "E-5", days_ago=3, source=Source.HEALTHGRADES, **of_listing)

        assert exported.video_of(connection, "v1") == newest
        assert exported.video_of(connection, "v' OR 1=1") is None
        assert exported.listing_of(connection, Source.HEALTHGRADES, "tampa") == listing
        assert exported.listing_of(connection, Source.HEALTHGRADES, "miami") is None
        assert exported.engagement_of(connection, "E-2") == newest
        assert exported.engagement_of(connection, "") is None


def test_a_video_is_looked_up_in_the_small_index(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        where = f"{OBJECTS} AND kind = :kind ORDER BY occurred_at DESC LIMIT 1"
        question = f"EXPLAIN QUERY PLAN SELECT record FROM engagements WHERE {where}"
        plan = " ".join(str(row) for row in connection.execute(text(question), {"kind": "video"}))

    assert "ix_engagements_objects" in plan


def test_the_channel_was_last_read_by_its_newest_finished_run(database: Database, now: datetime) -> None:
    with database.write() as connection:
        for number, (hours, status, channels) in enumerate(((9, "done", ["search"]), (5, "done", ["email"]), (1, "failed", ["search"]))):
            at = now - timedelta(hours=hours)
            connection.execute(
                insert(runs).values(id=f"R-{number}", channels=channels, trigger="cli", as_of=at, status=status, started_at=at)
            )

        assert exported.last_read(connection, Channel.SEARCH) == now - timedelta(hours=9)
        assert exported.last_read(connection, Channel.YOUTUBE) is None


def test_handoffs_count_what_sales_decided_and_what_became_an_sql(database: Database, now: datetime) -> None:
    with database.write() as connection:
        for number, status in enumerate(("new", "accepted", "sql", "booked", "lost", "rejected")):
            row = {"execution": f"X-{number}", "action": "A-1", "lead": "L-1", "track": "b2c_patient", "service_line": "dental"}
            connection.execute(insert(sales_inbox).values(**row, handoff={}, status=status, received_at=now))

        assert exported.handoffs_of(connection, "dental") == (4, 3)
        assert exported.handoffs_of(connection, "dermatology") == (0, 0)


def test_the_newest_adoption_counts(database: Database, now: datetime) -> None:
    with database.write() as connection:
        assert exported.last_adoption(connection) is None
        for period, adopted in (("2026-01", now - SINCE), ("2026-02", None)):
            connection.execute(insert(plans).values(period=period, run="R", plan={}, adopted_at=adopted, created_at=now))

        assert exported.last_adoption(connection) == now - SINCE


@pytest.fixture
def crowd(database: Database, now: datetime) -> Database:
    """Five patients, one of them merged away, and a referring practice."""
    words = {"L-yes": True, "L-no": False, "L-stopped": True, "L-gone": True, "L-b2b": True}
    with database.write() as connection:
        for lead in ("L-yes", "L-no", "L-silent", "L-stopped", "L-gone", "L-b2b"):
            track = "b2b_referral" if lead == "L-b2b" else "b2c_patient"
            merged = "L-yes" if lead == "L-gone" else None
            connection.execute(insert(leads).values(id=lead, track=track, created_at=now, merged_into=merged, attributes={}, stage="lead"))
        for lead, granted in words.items():
            connection.execute(insert(consents).values(lead=lead, purpose="email", granted=granted, at=now, engagement="E-9"))
        connection.execute(insert(consents).values(lead="L-silent", purpose="sms", granted=True, at=now, engagement="E-9"))
        for lead, channel in (("L-stopped", "email"), ("L-yes", "sms")):
            connection.execute(insert(suppressions).values(lead=lead, channel=channel, reason="bounce", at=now))
    return database


def test_an_audience_falls_into_three_parts_and_merged_leads_count_once(crowd: Database) -> None:
    with crowd.read() as connection:
        patients = reach.reach_of(connection, track=Track.B2C_PATIENT)

        assert patients == reach.Reach(consented=1, suppressed=1, silent=2)
        assert patients.total == 4
        assert reach.reach_of(connection, track=None).total == 5
        assert reach.reach_of(connection, track=Track.B2C_PATIENT, service_line="dental").total == 0


def test_a_recipient_carries_the_word_its_proof_and_the_mails_of_the_week(crowd: Database, now: datetime) -> None:
    with crowd.write() as connection:
        act(connection, now, "E-9", days_ago=20, kind=EngagementKind.IDENTIFY)
        mail = {"channel": Channel.EMAIL, "source": Source.ADS, "kind": EngagementKind.EMAIL_SENT, "lead": "L-yes"}
        act(connection, now, "E-10", days_ago=2, **mail)
        act(connection, now, "E-11", days_ago=8, **mail)
        since = now - timedelta(days=7)

        merged = reach.recipient_of(connection, LeadId("L-gone"), since=since, until=now)
        silent = reach.recipient_of(connection, LeadId("L-silent"), since=since, until=now)
        stopped = reach.recipient_of(connection, LeadId("L-stopped"), since=since, until=now)

    assert (merged.lead, merged.granted, merged.said_in, merged.proof) == ("L-yes", True, "identify", "E-9")
    assert (merged.mailed_by_us, merged.mailed_by_others, merged.last_mailed_at) == (0, 1, now - timedelta(days=2))
    assert (silent.granted, silent.said_at) == (None, None)
    assert (stopped.suppressed_because, stopped.suppressed_at) == ("bounce", now)
