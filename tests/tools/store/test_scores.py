"""Scores at rest: the ledger is the truth, and nothing about how engagements arrive changes it."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, insert, select, update

from policies.leads.decay import forward
from policies.leads.model import Model
from policies.leads.mql import NOTHING_YET, advance
from policies.leads.score import count_again, fit_points, intent, total_points
from policies.records import Award, EngagementId, LeadId, Track
from tests.tools.store.pipeline import DAY_0, FIT, KINDS, LATER, Pipeline, act, link_of, wipe
from tools.keys import KeyRing
from tools.packs.models import SHIPPED, load_model_file
from tools.store import ledger as book
from tools.store.database import Database
from tools.store.engagements import Stage, mark_stored
from tools.store.leads import link_batch
from tools.store.scores import contributions, current_mqls, replay, score_of
from tools.store.tables import (
    engagements,
    leads,
    ledger,
    score_models,
    scores,
)


@pytest.fixture(scope="module")
def models() -> dict[str, Model]:
    return {name: load_model_file(SHIPPED / f"{name}.yaml") for name in ("orthopaedics", "dental", "physician_liaison")}


# --- points


def test_points_fade_and_the_end_is_foretold(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "tracked_call", day=0, attributes=FIT), act("2", "scheduling_started", day=1))
    score = pipeline.of("email:m", DAY_0 + timedelta(days=1))["orthopaedics"]

    assert (score.fit, score.intent) == (36, pytest.approx(50, abs=0.1))
    assert score.is_mql
    assert score.mql_since == DAY_0 + timedelta(days=0)
    assert score.mql_until is not None
    for second, expected in ((-1, True), (1, False)):
        assert pipeline.of("email:m", score.mql_until + timedelta(seconds=second))["orthopaedics"].is_mql is expected


def test_opens_are_worth_nothing(pipeline: Pipeline) -> None:
    pipeline.take(*(act(f"{n}", "email_open", day=n) for n in range(20)))

    assert pipeline.of("email:m", LATER)["orthopaedics"].total == 0


def test_every_point_is_a_ledger_row(pipeline: Pipeline, database: Database) -> None:
    pipeline.take(
        act("1", "guide_download", day=0, object_key="a"),
        act("2", "guide_download", day=1, object_key="a"),
        act("3", "tracked_call", day=2),
    )

    with database.read() as connection:
        lead = link_of(connection, "email:m")
        (found,) = contributions(connection, pipeline.models, lead, at=LATER).values()
        intent_now = score_of(connection, pipeline.models, lead, at=LATER)[0].intent
    assert [(one.event_id, one.points_now > 0) for one in found] == [("E-1", True), ("E-2", False), ("E-3", True)]
    assert sum(one.points_now for one in found) == pytest.approx(intent_now)


def test_a_request_goes_to_a_person_whatever_the_score(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "appointment_request", "phone:p"))

    (score,) = pipeline.mqls(DAY_0 + timedelta(days=1))
    assert score.fast_lane
    assert score.total < 60
    assert score.reasons[0] == "asked for an appointment: goes to a person whatever the score"
    assert pipeline.mqls(DAY_0 + timedelta(days=31)) == []


def test_both_tracks_have_their_own_model(pipeline: Pipeline) -> None:
    fit = {"specialty_match": "yes", "distance": "near", "npi_active": "yes"}
    pipeline.take(
        act("1", "peer_call_request", "npi:n", line="physician_liaison", track=Track.B2B_REFERRAL, attributes=fit),
        act("2", "tracked_call", "email:m", attributes=FIT),
    )

    found = {score.track: score.service_line for score in pipeline.mqls(DAY_0)}
    assert found == {
        Track.B2B_REFERRAL: "physician_liaison",
        Track.B2C_PATIENT: "orthopaedics",
    }


# --- service lines


def test_an_act_without_a_line_counts_for_every_line_the_lead_has_shown(pipeline: Pipeline) -> None:
    pipeline.take(
        act("1", "service_page", day=0), act("2", "tracked_call", day=1, line=None), act("3", "service_page", day=2, line="dental")
    )

    found = pipeline.of("email:m", LATER)
    assert set(found) == {"orthopaedics", "dental"}
    assert all(score.intent > 20 for score in found.values())


def test_a_request_of_a_lead_that_has_shown_no_line_is_not_lost(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "callback_request", line=None))
    assert [score.service_line for score in pipeline.mqls(DAY_0)] == ["orthopaedics"]

    pipeline.take(act("2", "service_page", day=1, line="dental"))
    assert [score.service_line for score in pipeline.mqls(DAY_0 + timedelta(days=1))] == ["dental"]


def test_an_act_of_a_line_without_a_live_model_is_not_scored(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "tracked_call", line="oncology"))

    assert pipeline.of("email:m", LATER) == {}


# --- order, duplicates, revisions, merges

journeys = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 110),
        st.sampled_from(["orthopaedics", "dental", None]),
        st.sampled_from([("email:a",), ("anon:1",), ("anon:1", "email:a"), ("email:b",), ("anon:2", "email:b")]),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=15)
@given(found=journeys, random_=st.randoms(use_true_random=False), cut=st.integers(1, 6), in_order=st.booleans())
def test_no_order_of_arrival_no_duplicate_and_no_batch_size_changes_a_score(
    pipeline: Pipeline, found: list[tuple[Any, ...]], random_: random.Random, cut: int, in_order: bool
) -> None:
    acts = [
        act(f"{n:02}", kind, *keys, day=half / 2, line=line, object_key=f"o{n % 2}", attributes=FIT if known else {})
        for n, (kind, half, line, keys, known) in enumerate(found)
    ]
    wipe(pipeline.database)
    pipeline.take(*acts)
    expected = pipeline.state()

    wipe(pipeline.database)
    shuffled = [*acts, *acts[: len(acts) // 2]]
    random_.shuffle(shuffled)
    if in_order:
        shuffled.sort(key=lambda one: one.occurred_at)
    for start in range(0, len(shuffled), cut):
        pipeline.take(*{one.id: one for one in shuffled[start : start + cut]}.values())
    actual = pipeline.state()

    assert actual["sums"] == pytest.approx(expected["sums"], rel=1e-9, abs=1e-9)
    assert actual["dates"] == expected["dates"]
    assert actual["ledger"] == expected["ledger"]


def test_a_late_event_takes_the_place_of_a_later_one_under_its_cap(pipeline: Pipeline, database: Database) -> None:
    pipeline.take(act("2", "tracked_call", day=5))
    pipeline.take(act("1", "tracked_call", day=1))

    with database.read() as connection:
        assert dict(connection.execute(select(ledger.c.engagement, ledger.c.counted)).all()) == {"E-1": True, "E-2": False}
    assert pipeline.of("email:m", LATER)["orthopaedics"].intent < 30


def test_a_count_cap_holds_across_batches(pipeline: Pipeline, database: Database) -> None:
    for day in (0, 3, 8):
        pipeline.take(act(f"{day}", "tracked_call", day=day))

    with database.read() as connection:
        assert dict(connection.execute(select(ledger.c.engagement, ledger.c.counted)).all()) == {"E-0": True, "E-3": False, "E-8": True}


def test_acts_of_one_instant_are_one_step_also_in_two_batches(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "tracked_call", day=0, attributes=FIT))
    pipeline.take(act("2", "bounce", day=1))
    pipeline.take(act("3", "webinar_attended", day=1))
    assert [score.mql_since for score in pipeline.mqls(DAY_0 + timedelta(days=1))] == [DAY_0]


@pytest.mark.parametrize("kind", ["guide_download", "page_view"])
def test_a_revised_engagement_counts_once_as_it_is_now(pipeline: Pipeline, database: Database, kind: str) -> None:
    pipeline.take(act("0", "service_page", day=0), act("1", "tracked_call", day=1))
    pipeline.take(act("1", kind, day=2))

    with database.read() as connection:
        events = set(connection.scalars(select(ledger.c.event)))
    assert events == {"service_page", kind} - {"page_view"}


def test_an_engagement_that_moves_to_another_lead_leaves_nothing_behind(pipeline: Pipeline) -> None:
    pipeline.take(act("0", "service_page", "email:a"), act("1", "tracked_call", "email:a", day=1))
    pipeline.take(act("1", "tracked_call", "email:b", day=1))

    assert pipeline.of("email:a", LATER)["orthopaedics"].intent < 3
    assert pipeline.of("email:b", LATER)["orthopaedics"].intent > 20


def test_leads_found_to_be_one_person_are_scored_as_one(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "tracked_call", "anon:1", day=0), act("2", "tracked_call", "email:m", day=1, attributes=FIT))
    pipeline.take(act("3", "page_view", "anon:1", "email:m", day=2))

    with pipeline.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(scores)) == 1
        (score,) = score_of(connection, pipeline.models, link_of(connection, "email:m"), at=DAY_0 + timedelta(days=2))
    assert score.intent == pytest.approx(30, abs=0.2), "two calls in a week are one under the cap, also across the merge"


def test_a_changed_fit_is_seen_without_a_new_act_of_weight(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "tracked_call"), act("2", "guide_download"))
    assert not pipeline.mqls(DAY_0)

    pipeline.take(act("3", "identify", line=None, attributes=FIT))
    assert [score.fit for score in pipeline.mqls(DAY_0)] == [36]


def test_nothing_of_the_future_leaks(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "service_page", day=0, attributes=FIT), act("2", "tracked_call", day=10), act("3", "tracked_call", day=20))

    assert pipeline.mqls(DAY_0 + timedelta(days=9)) == []
    on_day_10 = pipeline.mqls(DAY_0 + timedelta(days=10))
    assert [score.intent for score in on_day_10] == [pytest.approx(30 + 3, abs=0.2)]
    assert len(pipeline.mqls(DAY_0 + timedelta(days=20))) == 1


def test_a_new_model_is_adopted_for_everybody_at_once(pipeline: Pipeline, models: dict[str, Model]) -> None:
    pipeline.take(act("1", "tracked_call", "email:a", attributes=FIT), act("2", "tracked_call", "email:b", attributes=FIT))
    assert len(pipeline.mqls(DAY_0)) == 2

    stricter = Model.model_validate(models["orthopaedics"].model_dump() | {"threshold": 90})
    pipeline.models = {**models, "orthopaedics": stricter}
    pipeline.take(act("3", "email_open", "email:c"))

    assert pipeline.mqls(DAY_0) == []
    assert {score.model for score in pipeline.of("email:b", DAY_0).values()} == {stricter.id}
    with pipeline.database.read() as connection:
        live = dict(connection.execute(select(score_models.c.id, score_models.c.live)).all())
    assert live == {stricter.id: True, models["orthopaedics"].id: False, models["dental"].id: True, models["physician_liaison"].id: True}


# --- replay


def test_after_ten_thousand_mixed_events_every_score_is_the_sum_of_its_ledger(
    sqlite_database: Database, models: dict[str, Model], ring: KeyRing
) -> None:
    pipeline = Pipeline(sqlite_database, models, ring)
    chance = random.Random(7)
    acts = []
    for n in range(10_000):
        person = chance.randrange(900)
        keys = [f"anon:{person}"] if chance.random() < 0.5 else [f"email:{person}"]
        keys += [f"email:{person}"] if chance.random() < 0.05 else []
        desk = ["phone:desk"] if person < 20 and chance.random() < 0.2 else []
        line = chance.choice(["orthopaedics", "dental", None])
        acts.append(act(f"{n:05}", chance.choice(KINDS), *keys, *desk, day=n / 200, line=line, object_key=f"o{chance.randrange(3)}"))
    with sqlite_database.write() as connection:
        rows = [
            {name: getattr(one, name) for name in ("id", "channel", "source", "kind", "occurred_at", "revised_at", "track", "service_line")}
            | {"digest": "d", "run": "R", "stage": Stage.SCRUBBED, "record": one.model_dump(mode="json")}
            for one in acts
        ]
        connection.execute(insert(engagements), rows)
        for start in range(0, len(acts), 2000):
            batch = acts[start : start + 2000]
            mark_stored(connection, [one.id for one in batch], link_batch(connection, batch, ring=ring, now=DAY_0))
    for start in range(0, len(acts), 2000):
        pipeline.score(acts[start : start + 2000])

    with sqlite_database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(scores)) > 500
        assert [replay(connection, model) for model in models.values()] == [[], [], []]
        by_id = {model.id: model for model in models.values()}
        for row in connection.execute(select(scores)).all()[:200]:
            (score,) = (one for one in score_of(connection, models, row.lead, at=LATER) if one.model == row.model)
            assert score.intent == pytest.approx(intent(by_id[row.model], row.groups, LATER), abs=1e-9)


def test_replay_names_a_lead_whose_stored_sum_is_not_its_ledger(pipeline: Pipeline, models: dict[str, Model]) -> None:
    pipeline.take(act("1", "tracked_call"), act("2", "tracked_call", "email:other"))
    with pipeline.database.write() as connection:
        lead = link_of(connection, "email:m")
        connection.execute(update(scores).where(scores.c.lead == lead).values(groups={"page": 1.0}))

    with pipeline.database.read() as connection:
        assert [one.lead for one in replay(connection, models["orthopaedics"])] == [lead]


# --- index


def fill(connection: Connection, model: Model, *, count: int) -> None:
    """`count` leads of one call each, spread over four months, written through the ledger's own writers."""
    standings = {}
    people = []
    for n in range(count):
        lead, at = LeadId(f"L-{n:06}"), DAY_0 + timedelta(minutes=n * 170_000 // count)
        fit = n * 7919 % 41
        people.append({"id": lead, "track": model.track, "created_at": at, "attributes": {}, "stage": "lead"})
        award = award_at(model, lead, at, points=n * 104_729 % 60)
        standings[lead, model.id] = book.Scored(model, fit, advance(model, fit, NOTHING_YET, [award]))
    connection.execute(insert(leads), people)
    book.write_standings(connection, standings)


def award_at(model: Model, lead: LeadId, at: datetime, *, points: float) -> Award:
    fields: dict[str, Any] = {"event": "tracked_call", "group": "request", "weight": points, "counted": True}
    return Award(lead=lead, model=model.id, engagement=EngagementId(f"E-{lead}"), occurred_at=at, **fields)


def test_who_is_an_mql_now_is_an_index_scan_and_equals_brute_force(database: Database, models: dict[str, Model]) -> None:
    model = models["orthopaedics"]
    with database.write() as connection:
        fill(connection, model, count=6000)
    with database.write() as connection:
        connection.exec_driver_sql("ANALYZE")

    with database.read() as connection:
        rows = connection.execute(select(scores)).all()
        for day in (130, 160, 200):
            at = DAY_0 + timedelta(days=day)
            held = {lead for lead, points, since in brute_force(model, rows, at) if since and points}
            assert {score.lead for score in current_mqls(connection, {"m": model}, at=at)} == held
        where = f"model = '{model.id}' AND mql_until >= '2026-07-15T00:00:00.000000Z'"
        assert "ix_scores_mql_until" in plan(connection, f"SELECT lead FROM scores WHERE {where}")
        ranked = f"SELECT lead FROM scores WHERE model = '{model.id}' AND fit = 20 ORDER BY g DESC LIMIT 50"
        assert "ix_scores_rank" in plan(connection, ranked)


def brute_force(model: Model, rows: Sequence[Any], at: datetime) -> list[tuple[LeadId, bool, bool]]:
    """Every lead recomputed at `at` from its points: still above the lines, entered before, heard of recently."""
    found = []
    for row in rows:
        points = intent(model, row.groups, at)
        above = points >= model.i_min and total_points(model, row.fit, points) >= model.threshold - model.hysteresis
        recent = row.last_qualifying_at is not None and at <= row.last_qualifying_at + timedelta(days=model.recency_days)
        found.append((row.lead, above and recent, row.mql_since is not None))
    return found


def plan(connection: Connection, query: str) -> str:
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    return "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(explain + query))


def test_the_stored_form_is_the_published_one(pipeline: Pipeline, models: dict[str, Model]) -> None:
    pipeline.take(act("1", "tracked_call", day=3))

    with pipeline.database.read() as connection:
        ((stored,),) = (groups.values() for groups in connection.scalars(select(scores.c.groups)))
        awards = book.awards_of(connection, [link_of(connection, "email:m")], [models["orthopaedics"].id])
    assert stored == pytest.approx(forward(30, DAY_0 + timedelta(days=3), models["orthopaedics"].rate), rel=1e-12)
    (mine,) = awards.values()
    assert fit_points(models["orthopaedics"], FIT) == 36
    assert [award.weight for award in count_again(models["orthopaedics"], mine)] == [30]
