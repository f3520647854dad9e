"""Who is who, as people say it: merges and their undoing are logged, hold against every key, and leave scores that are the replay."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from policies.leads.identity import AMBIGUOUS_AT, Rule, UnmergeReason
from policies.leads.model import Model
from policies.records import Engagement, LeadId
from tests.tools.store.pipeline import DAY_0, FIT, KINDS, Pipeline, act, link_of, owners_of, wipe
from tests.tools.store.test_lifecycle import give_back
from tools.errors import Conflict, NotFound
from tools.packs.models import SHIPPED, load_model_file
from tools.store import lifecycle
from tools.store.consents import consent_flags, suppressed, write_stops
from tools.store.database import Database
from tools.store.engagements import Stage
from tools.store.matches import matches
from tools.store.merges import merge_leads, rescored, unmerge_lead
from tools.store.scores import replay
from tools.store.tables import engagements, lead_holds, lead_matches, lead_stages, leads, ledger, scores

ORTHO = "orthopaedics"


@pytest.fixture(scope="module")
def models() -> dict[str, Model]:
    return {name: load_model_file(SHIPPED / f"{name}.yaml") for name in (ORTHO, "dental", "physician_liaison")}


def lead_of(pipeline: Pipeline, key: str) -> LeadId:
    with pipeline.database.read() as connection:
        return link_of(connection, key)


def merge(pipeline: Pipeline, one: str, other: str) -> LeadId:
    """A person joins the leads with these keys."""
    with pipeline.database.write() as connection:
        a, b = link_of(connection, one), link_of(connection, other)
        survivor = merge_leads(connection, a, b, by="sam", rule=Rule.PERSON, now=DAY_0)
        rescored(connection, pipeline.models, [survivor])
    return survivor


def unmerge(pipeline: Pipeline, lead: LeadId) -> None:
    with pipeline.database.write() as connection:
        parts = unmerge_lead(connection, lead, by="sam", reason=UnmergeReason.SHARED_DEVICE, ring=pipeline.ring, now=DAY_0)
        rescored(connection, pipeline.models, parts)


def log_of(pipeline: Pipeline) -> list[tuple[str, str, str, str, str | None]]:
    with pipeline.database.read() as connection:
        return [(one.event, one.rule, one.lead, one.survivor, one.match_key) for one in reversed(matches(connection))]


def joined(pipeline: Pipeline) -> tuple[LeadId, LeadId]:
    """Two people of whom one act on a shared browser made one: (the one that went in, the survivor)."""
    pipeline.take(act("1", "guide_download", "email:m", day=0, attributes=FIT), act("2", "tracked_call", "email:n", day=1))
    gone, survivor = lead_of(pipeline, "email:n"), lead_of(pipeline, "email:m")
    pipeline.take(act("3", "pricing_page", "email:m", "email:n", day=2))
    return gone, survivor


# --- the log


def test_an_automatic_merge_is_one_row_and_the_same_batch_again_is_none(pipeline: Pipeline) -> None:
    gone, survivor = joined(pipeline)
    expected = [("merge", "shared_key", gone, survivor, "email:n")]
    assert log_of(pipeline) == expected

    pipeline.take(act("3", "pricing_page", "email:m", "email:n", day=2))
    assert log_of(pipeline) == expected
    with pipeline.database.read() as connection:
        (row,) = matches(connection, gone)
        assert (row.by, row.lead_keys, row.survivor_keys) == ("agent", ("email:n",), ("email:m",))
        assert matches(connection, LeadId("L-other")) == []


def test_what_a_crowd_parts_is_logged_with_the_key_that_proved_to_be_of_many(pipeline: Pipeline) -> None:
    for n in range(AMBIGUOUS_AT):
        pipeline.take(act(f"{n}", "page_view", "phone:desk", f"email:{n}", day=n))

    rows = [row for row in log_of(pipeline) if row[0] == "unmerge"]
    assert {(rule, key) for _, rule, _, _, key in rows} == {("crowd", "phone:desk")}
    with pipeline.database.read() as connection:
        owner = owners_of(connection)
    mixed = owner["email:0"]
    assert {(lead, out_of) for _, _, lead, out_of, _ in rows} == {(owner[f"email:{n}"], mixed) for n in range(1, AMBIGUOUS_AT - 1)}


def test_nobody_changes_the_log(pipeline: Pipeline) -> None:
    joined(pipeline)
    for statement in (update(lead_matches).values(by="mallory"), delete(lead_matches)):
        with pytest.raises(DBAPIError, match="append-only"), pipeline.database.write() as connection:
            connection.execute(statement)
    assert len(log_of(pipeline)) == 1


# --- people


def test_an_unmerge_gives_back_what_the_lead_brought_and_no_key_joins_them_again(pipeline: Pipeline) -> None:
    gone, survivor = joined(pipeline)
    unmerge(pipeline, gone)

    with pipeline.database.read() as connection:
        assert owners_of(connection) == {"email:m": survivor, "email:n": gone}
        owner = dict(connection.execute(select(engagements.c.id, engagements.c.lead)).all())  # type: ignore[arg-type]
        assert dict(connection.execute(select(leads.c.id, leads.c.merged_into)).all()) == {gone: None, survivor: None}
    assert owner == {"E-1": survivor, "E-2": gone, "E-3": survivor}, "of one act the weaker key follows the strongest"

    pipeline.take(act("4", "tracked_call", "email:m", "email:n", day=3))
    pipeline.take(act("5", "pricing_page", "anon:1", "email:n", day=4), act("6", "pricing_page", "anon:1", "email:m", day=5))
    with pipeline.database.read() as connection:
        assert owners_of(connection) == {"email:m": survivor, "email:n": gone, "anon:1": gone}
        assert [replay(connection, model) for model in pipeline.models.values()] == [[], [], []]
    assert [row[:2] for row in log_of(pipeline)] == [("merge", "shared_key"), ("unmerge", "person")]


def test_a_merge_by_a_person_holds_and_lifts_what_was_said_against_it(pipeline: Pipeline) -> None:
    gone, survivor = joined(pipeline)
    unmerge(pipeline, gone)
    assert merge(pipeline, "email:m", "email:n") == survivor

    pipeline.take(act("4", "tracked_call", "email:m", "email:n", day=3), act("5", "tracked_call", "email:n", day=4))
    assert lead_of(pipeline, "email:n") == survivor
    with pipeline.database.read() as connection:
        assert {row.side for row in connection.execute(select(lead_holds))} == {0}

    unmerge(pipeline, gone)
    with pipeline.database.read() as connection:
        assert {row.side for row in connection.execute(select(lead_holds))} == {1, 2}
    assert lead_of(pipeline, "email:n") == gone


def test_a_merge_by_a_person_survives_the_parting_of_a_crowd(pipeline: Pipeline) -> None:
    pipeline.take(act("a", "page_view", "email:0", "phone:desk"), act("b", "page_view", "email:second"))
    merge(pipeline, "email:0", "email:second")
    for n in range(1, AMBIGUOUS_AT):
        pipeline.take(act(f"{n}", "page_view", "phone:desk", f"email:{n}", day=n))

    with pipeline.database.read() as connection:
        owner = owners_of(connection)
    assert owner["email:0"] == owner["email:second"]
    assert len({owner[f"email:{n}"] for n in range(AMBIGUOUS_AT)}) == AMBIGUOUS_AT


def test_a_chain_of_merges_is_taken_apart_at_the_named_lead(pipeline: Pipeline) -> None:
    pipeline.take(*(act(name, "tracked_call", f"email:{name}", day=day) for day, name in enumerate("abc")))
    a, b, c = (lead_of(pipeline, f"email:{name}") for name in "abc")
    assert merge(pipeline, "email:b", "email:c") == b
    assert merge(pipeline, "email:a", "email:b") == a

    unmerge(pipeline, b)
    with pipeline.database.read() as connection:
        assert owners_of(connection) == {"email:a": a, "email:b": b, "email:c": b}
        assert dict(connection.execute(select(leads.c.id, leads.c.merged_into)).all()) == {a: None, b: None, c: b}
    unmerge(pipeline, c)
    assert lead_of(pipeline, "email:c") == c


def test_suppressions_are_never_weakened_and_stay_on_both_sides(pipeline: Pipeline) -> None:
    gone, survivor = joined(pipeline)
    pipeline.take(act("4", "unsubscribe", "email:n", day=3, consent={"email": False}))
    row = {"lead": survivor, "channel": "phone", "reason": "compliance_hold", "at": DAY_0, "execution": None}
    with pipeline.database.write() as connection:
        write_stops(connection, [row])
    unmerge(pipeline, gone)

    with pipeline.database.read() as connection:
        for channel in ("email", "phone"):
            assert suppressed(connection, [gone, survivor], channel=channel) == {gone, survivor}
        assert consent_flags(connection, [gone, survivor]) == {gone: {"email": False}}, "each keeps its own words"
    assert merge(pipeline, "email:m", "email:n") == survivor
    with pipeline.database.read() as connection:
        assert suppressed(connection, [survivor]) == {survivor}


def test_a_suppression_of_one_side_alone_stays_its_own(pipeline: Pipeline) -> None:
    gone, survivor = joined(pipeline)
    unmerge(pipeline, gone)
    pipeline.take(act("4", "unsubscribe", "email:n", day=3), act("5", "page_view", "email:m", "email:n", day=4))

    with pipeline.database.read() as connection:
        assert suppressed(connection, [gone, survivor]) == {gone}


def test_what_is_not_merged_cannot_be_taken_apart(pipeline: Pipeline) -> None:
    gone, survivor = joined(pipeline)
    with pipeline.database.write() as connection:
        say = {"by": "sam", "now": DAY_0}
        with pytest.raises(NotFound, match="no lead L-none"):
            unmerge_lead(connection, LeadId("L-none"), reason=UnmergeReason.MISTAKE, ring=pipeline.ring, **say)
        with pytest.raises(Conflict, match="is not merged into another"):
            unmerge_lead(connection, survivor, reason=UnmergeReason.MISTAKE, ring=pipeline.ring, **say)
        with pytest.raises(Conflict, match=f"merged into {survivor} already"):
            merge_leads(connection, gone, survivor, rule=Rule.PERSON, **say)
        with pytest.raises(Conflict, match="one lead already"):
            merge_leads(connection, survivor, survivor, rule=Rule.PERSON, **say)
        with pytest.raises(NotFound, match="no lead L-none"):
            merge_leads(connection, LeadId("L-none"), survivor, rule=Rule.PERSON, **say)
        old = {"id": "L-old", "track": "b2c_patient", "created_at": DAY_0, "merged_into": survivor, "attributes": {}, "stage": "lead"}
        connection.execute(insert(leads).values(old))
        with pytest.raises(Conflict, match="before the match log was kept"):
            unmerge_lead(connection, LeadId("L-old"), reason=UnmergeReason.MISTAKE, ring=pipeline.ring, **say)


def test_stages_and_recycles_go_with_the_lead_they_are_of(pipeline: Pipeline) -> None:
    gone, survivor = joined(pipeline)
    unmerge(pipeline, gone)
    with pipeline.database.write() as connection:
        give_back(connection, "email:n", day=3)
    merge(pipeline, "email:m", "email:n")
    unmerge(pipeline, gone)

    with pipeline.database.read() as connection:
        assert [row.stage for row in lifecycle.history(connection, survivor)] == ["lead", "engaged"]
        assert [row.stage for row in lifecycle.history(connection, gone)] == ["lead", "engaged", "recycled"]
        assert set(connection.scalars(select(ledger.c.lead).where(ledger.c.event == "recycle"))) == {gone}
        assert [replay(connection, model) for model in pipeline.models.values()] == [[], [], []]


# --- properties


def emptied(database: Database) -> None:
    with database.write() as connection:
        for table in (lead_stages, lead_holds):
            connection.execute(delete(table))
    wipe(database)


def settle(pipeline: Pipeline) -> None:
    """What the next run does first: score whatever moved to another lead and waits."""
    with pipeline.database.read() as connection:
        waiting = connection.scalars(select(engagements.c.record).where(engagements.c.stage == Stage.STORED)).all()
    pipeline.score([Engagement.model_validate(record) for record in waiting])


def score_of_each(pipeline: Pipeline) -> dict[Any, Any]:
    """What scoring keeps, by the acts of the lead: whatever the leads are called and whatever their keys are."""
    settle(pipeline)
    with pipeline.database.read() as connection:
        acts: dict[str, list[str]] = {}
        for row in connection.execute(select(engagements.c.id, engagements.c.lead)):
            acts.setdefault(row.lead, []).append(row.id)
        name = {lead: tuple(sorted(mine)) for lead, mine in acts.items()}
        sums = {
            (name[row.lead], row.model, group): g
            for row in connection.execute(select(scores.c.lead, scores.c.model, scores.c.groups))
            for group, g in row.groups.items()
        }
        dates = {
            (name[row.lead], row.model): (row.fit, row.mql_since, row.last_qualifying_at, row.fast_lane_at)
            for row in connection.execute(select(scores))
        }
        return {"people": set(name.values()), "sums": sums, "dates": dates}


def alone(pipeline: Pipeline, acts: list[Engagement]) -> dict[Any, Any]:
    """The same acts, each lead under a key of its own, in one batch on an empty store: what the scores must be."""
    with pipeline.database.read() as connection:
        owner = dict(connection.execute(select(engagements.c.id, engagements.c.lead)).all())  # type: ignore[arg-type]
    emptied(pipeline.database)
    pipeline.take(*(one.model_copy(update={"match_keys": (f"user:{owner[one.id]}",)}) for one in acts))
    return score_of_each(pipeline)


acts_of = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 80),
        st.sampled_from([ORTHO, "dental", None]),
        st.sampled_from(
            [
                *[("email:a",), ("email:b",), ("anon:1",), ("anon:1", "email:a"), ("anon:1", "email:b"), ("email:a", "email:b")],
                *[("phone:p", "email:c"), ("phone:p", "email:a"), ("phone:p", "anon:2"), ("anon:2", "email:b"), ("email:c",)],
            ]
        ),
        st.booleans(),
    ),
    min_size=2,
    max_size=12,
)
words = st.lists(st.tuples(st.sampled_from(["merge", "unmerge"]), st.integers(0, 9), st.integers(0, 9)), max_size=4)


def made(found: list[Any]) -> list[Engagement]:
    return [
        act(f"{n:02}", kind, *keys, day=half / 2, line=line, object_key=f"o{n % 2}", attributes=FIT if known else {})
        for n, (kind, half, line, keys, known) in enumerate(found)
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=20)
@given(found=acts_of, said=words, random_=st.randoms(use_true_random=False), cut=st.integers(1, 4))
def test_after_any_merges_and_unmerges_the_scores_are_the_replay(
    pipeline: Pipeline, found: list[Any], said: list[Any], random_: random.Random, cut: int
) -> None:
    emptied(pipeline.database)
    acts, waiting = made(found), list(said)
    random_.shuffle(acts)
    for start in range(0, len(acts), cut):
        pipeline.take(*acts[start : start + cut])
        if waiting:
            _speak(pipeline, *waiting.pop())
    for word in waiting:
        _speak(pipeline, *word)
    actual = score_of_each(pipeline)
    with pipeline.database.read() as connection:
        assert [replay(connection, model) for model in pipeline.models.values()] == [[], [], []]

    expected = alone(pipeline, acts)
    assert actual["people"] == expected["people"]
    assert actual["sums"] == pytest.approx(expected["sums"], rel=1e-9, abs=1e-9)
    assert actual["dates"] == expected["dates"]


def _speak(pipeline: Pipeline, verb: str, one: int, other: int) -> None:
    """A person says something about whoever is there; what cannot be said changes nothing."""
    with pipeline.database.read() as connection:
        living = sorted(set(owners_of(connection)))
        gone = sorted(connection.scalars(select(leads.c.id).where(leads.c.merged_into.is_not(None))))
    try:
        if verb == "merge":
            merge(pipeline, living[one % len(living)], living[other % len(living)])
        elif gone:
            unmerge(pipeline, LeadId(gone[one % len(gone)]))
    except Conflict:
        return


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=20)
@given(found=acts_of, random_=st.randoms(use_true_random=False), cut=st.integers(1, 4))
def test_what_a_person_took_apart_stays_apart_in_any_order_of_arrival(
    pipeline: Pipeline, found: list[Any], random_: random.Random, cut: int
) -> None:
    """Even through keys nobody has seen before; and who is who then depends on the acts alone."""
    acts = made(found)
    partings = []
    for shuffled in (False, True):
        emptied(pipeline.database)
        pipeline.take(act("A", "guide_download", "email:a"), act("B", "tracked_call", "email:b", day=1))
        gone = lead_of(pipeline, "email:b")
        pipeline.take(act("C", "pricing_page", "email:a", "email:b", day=2))
        unmerge(pipeline, gone)
        if shuffled:
            random_.shuffle(acts)
        for start in range(0, len(acts), cut if shuffled else len(acts)):
            pipeline.take(*acts[start : start + (cut if shuffled else len(acts))])
        with pipeline.database.read() as connection:
            owner = owners_of(connection)
        assert owner["email:a"] != owner["email:b"]
        assert owner["email:b"] == gone
        partings.append(score_of_each(pipeline))

    assert partings[0]["people"] == partings[1]["people"]
    assert partings[0]["sums"] == pytest.approx(partings[1]["sums"], rel=1e-9, abs=1e-9)


def test_merging_and_taking_apart_gives_back_what_was(pipeline: Pipeline, models: dict[str, Model]) -> None:
    pipeline.take(
        *(act(f"a{n}", "tracked_call", "email:a", day=9 * n, attributes=FIT) for n in range(3)),
        *(act(f"b{n}", "pricing_page", "email:b", day=5 * n + 1, attributes={"payer": "other"}) for n in range(4)),
    )
    before = score_of_each(pipeline)
    at = DAY_0 + timedelta(days=20)
    mqls = pipeline.mqls(at)
    assert len(mqls) == 1
    gone = lead_of(pipeline, "email:b")
    for _ in range(2):
        merge(pipeline, "email:a", "email:b")
        assert score_of_each(pipeline)["people"] != before["people"]
        unmerge(pipeline, gone)
        after = score_of_each(pipeline)
        assert after["people"] == before["people"]
        assert after["sums"] == pytest.approx(before["sums"], rel=1e-9, abs=1e-9)
        assert after["dates"] == before["dates"]
        assert pipeline.mqls(at) == mqls
