"""Who is who: linking, merging, taking apart; attributes, consent and suppression follow."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from policies.leads.identity import AMBIGUOUS_AT
from policies.records import Channel, Engagement, EngagementId, EngagementKind, LeadId, Source, Track
from tools.keys import KeyRing
from tools.store.consents import consent_flags, suppressed
from tools.store.database import Database
from tools.store.engagements import Stage, mark_stored
from tools.store.leads import count_leads, get_leads, link_batch
from tools.store.tables import engagements, lead_keys, leads

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
Store = Callable[..., dict[EngagementId, LeadId]]


def act(name: str, *keys: str, day: float = 0, kind: str = "page_view", **fields: Any) -> Engagement:
    at = DAY_0 + timedelta(days=day)
    body = {"channel": Channel.SEARCH, "source": Source.SEGMENT, "occurred_at": at, "revised_at": at, "match_keys": keys}
    return Engagement(id=EngagementId(f"E-{name}"), kind=EngagementKind(kind), **(body | fields))


@pytest.fixture
def store(database: Database, ring: KeyRing, now: datetime) -> Store:
    """Put clean engagements into the table, link them and mark them, as the store step does."""

    def run(*batch: Engagement) -> dict[EngagementId, LeadId]:
        with database.write() as connection:
            known = set(connection.scalars(select(engagements.c.id)))
            rows = [row_of(one) for one in batch if one.id not in known]
            if rows:
                connection.execute(engagements.insert(), rows)
            linked = link_batch(connection, batch, ring=ring, now=now)
            mark_stored(connection, [one.id for one in batch], linked)
        return linked

    return run


def row_of(one: Engagement) -> dict[str, Any]:
    names = ("id", "channel", "source", "kind", "occurred_at", "revised_at", "track", "service_line")
    return {name: getattr(one, name) for name in names} | {
        "digest": "d",
        "run": "R",
        "stage": Stage.SCRUBBED,
        "record": one.model_dump(mode="json"),
    }


def owners(database: Database) -> dict[str, LeadId]:
    with database.read() as connection:
        return {row.id: row.lead for row in connection.execute(select(engagements.c.id, engagements.c.lead))}


def test_two_acts_that_share_a_key_are_of_one_lead(store: Store, database: Database) -> None:
    linked = store(act("1", "anon:a"), act("2", "anon:a", "email:m"), act("3", "email:n"), act("4"))

    assert linked["E-1"] == linked["E-2"] != linked["E-3"]
    assert "E-4" not in linked
    assert all(lead.startswith("L-") and len(lead) == 14 for lead in linked.values())
    assert owners(database)["E-4"] is None


def test_the_same_batch_again_changes_nothing(store: Store, database: Database) -> None:
    batch = [
        act("1", "anon:a", attributes={"payer": "accepted"}, consent={"email": True}),
        act("2", "anon:a", "email:m", kind="unsubscribe"),
    ]
    first = store(*batch)
    with database.read() as connection:
        before = connection.execute(select(leads)).all()
    again = store(*batch)

    assert first == again
    with database.read() as connection:
        assert connection.execute(select(leads)).all() == before


def test_a_later_batch_finds_the_lead_by_any_of_its_keys(store: Store, database: Database) -> None:
    first = store(act("1", "anon:a", "email:m"))
    second = store(act("2", "email:m", "phone:p"))
    third = store(act("3", "phone:p"))

    assert {first["E-1"]} == {second["E-2"]} == {third["E-3"]}
    with database.read() as connection:
        assert count_leads(connection) == 1


def test_a_browser_becomes_a_person(store: Store, database: Database) -> None:
    lead = store(act("1", "anon:a"))["E-1"]
    assert stage_of(database, lead) == "anonymous"

    store(act("2", "anon:a", "email:m"))
    assert stage_of(database, lead) == "lead"


def stage_of(database: Database, lead: LeadId) -> str:
    with database.read() as connection:
        return connection.scalars(select(leads.c.stage).where(leads.c.id == lead)).one()


def test_merged_leads_bring_everything_along(store: Store, database: Database) -> None:
    browser = store(act("1", "anon:a", day=0, attributes={"payer": "other"}, consent={"email": True}))["E-1"]
    person = store(act("2", "email:m", day=1, attributes={"payer": "accepted", "in_area": "yes"}, kind="unsubscribe"))["E-2"]
    together = store(act("3", "anon:a", "email:m", day=2, track=Track.B2B_REFERRAL))["E-3"]

    assert together == person != browser
    assert set(owners(database).values()) == {person}
    with database.read() as connection:
        assert connection.scalars(select(leads.c.merged_into).where(leads.c.id == browser)).one() == person
        assert set(connection.scalars(select(lead_keys.c.lead))) == {person}
        survivor = get_leads(connection, [person, browser])[person]
        assert consent_flags(connection, [person]) == {person: {"email": True}}
        assert suppressed(connection, [person, browser]) == {person}
    assert survivor.attributes == {"payer": "accepted", "in_area": "yes"}
    assert survivor.track is Track.B2B_REFERRAL
    assert survivor.created_at == DAY_0


def test_a_chain_of_merges_points_at_the_last_survivor(store: Store, database: Database) -> None:
    ids = [store(act(name, f"email:{name}", day=day))["E-" + name] for day, name in enumerate("abc")]
    store(act("4", "email:c", "email:b", day=5))
    survivor = store(act("5", "email:a", "email:b", day=6))["E-5"]

    assert survivor == ids[0]
    with database.read() as connection:
        assert dict(connection.execute(select(leads.c.id, leads.c.merged_into)).all()) == {ids[0]: None, ids[1]: survivor, ids[2]: survivor}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_latest_word_wins_in_any_order(store: Store, database: Database, order: Sequence[int]) -> None:
    acts = [
        act("1", "email:m", day=1, attributes={"payer": "other"}, consent={"email": False, "sms": True}),
        act("2", "email:m", day=2, attributes={"payer": "accepted"}, consent={"email": True}),
        act("3", "email:m", day=3, attributes={"in_area": "yes"}, consent={"sms": False}),
    ]
    for place in order:
        lead = store(acts[place])[acts[place].id]

    with database.read() as connection:
        assert get_leads(connection, [lead])[lead].attributes == {"payer": "accepted", "in_area": "yes"}
        assert consent_flags(connection, [lead])[lead] == {"email": True, "sms": False}


def test_of_two_words_at_one_instant_the_refusal_counts(store: Store, database: Database) -> None:
    lead = store(act("2", "email:m", consent={"email": False}), act("1", "email:m", consent={"email": True}))["E-1"]

    with database.read() as connection:
        assert consent_flags(connection, [lead])[lead] == {"email": False}


@pytest.mark.parametrize("at_once", [True, False])
def test_a_front_desk_phone_links_nobody(store: Store, database: Database, at_once: bool) -> None:
    calls = [act(f"{n}", "phone:desk", f"email:{n}", day=n) for n in range(AMBIGUOUS_AT + 2)]
    for batch in [calls] if at_once else [[call] for call in calls]:
        store(*batch)

    found = owners(database)
    assert len(set(found.values())) == len(calls)
    assert "E-x" not in store(act("x", "phone:desk"))
    with database.read() as connection:
        assert set(connection.scalars(select(leads.c.id))) == set(found.values())
        assert "phone:desk" not in set(connection.scalars(select(lead_keys.c.match_key)))
        stages = dict(connection.execute(select(engagements.c.id, engagements.c.stage)).all())
    assert set(stages.values()) == {Stage.STORED}, "leads taken apart are scored again"


def test_a_lead_taken_apart_keeps_its_stage_and_its_suppression_reaches_every_part(store: Store, database: Database) -> None:
    mixed = store(act("0", "phone:desk", "email:0"))["E-0"]
    with database.write() as connection:
        connection.execute(update(leads).where(leads.c.id == mixed).values(stage="accepted"))
    for n in range(1, AMBIGUOUS_AT):
        store(act(f"{n}", "phone:desk", f"email:{n}", kind="unsubscribe" if n == 1 else "page_view"))

    parts = set(owners(database).values())
    assert len(parts) == AMBIGUOUS_AT
    assert stage_of(database, owners(database)["E-0"]) == "accepted"
    with database.read() as connection:
        assert suppressed(connection, parts) == parts
