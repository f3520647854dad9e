"""Stages at rest: one place moves them, each move leaves a row, and a recycle stays the replay of the ledger whatever arrives when."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select

from policies.leads.lifecycle import IllegalMove, Stage
from policies.leads.model import Model
from policies.records import LeadId
from tests.tools.store.pipeline import DAY_0, FIT, KINDS, Pipeline, act, link_of, owners_of, wipe
from tools.errors import Conflict
from tools.packs.models import SHIPPED, load_model_file
from tools.store import lifecycle
from tools.store.database import Database, open_database
from tools.store.migrations import HEAD
from tools.store.recycle import recycle
from tools.store.scores import replay
from tools.store.tables import lead_stages, leads, ledger, scores

ORTHO = "orthopaedics"


@pytest.fixture(scope="module")
def models() -> dict[str, Model]:
    return {name: load_model_file(SHIPPED / f"{name}.yaml") for name in (ORTHO, "dental", "physician_liaison")}


def stage_of(pipeline: Pipeline, key: str = "email:m") -> str:
    with pipeline.database.read() as connection:
        return str(connection.scalar(select(leads.c.stage).where(leads.c.id == link_of(connection, key))))


def past_of(pipeline: Pipeline, key: str = "email:m") -> list[tuple[str, str]]:
    with pipeline.database.read() as connection:
        return [(row.service_line, row.stage) for row in lifecycle.history(connection, link_of(connection, key))]


def give_back(connection: Connection, key: str, *, day: float, rest: float = 0, name: str = "X-1", line: str = ORTHO) -> LeadId:
    """Sales recycles the person with this match key, at that instant, whenever this is written down."""
    at = DAY_0 + timedelta(days=day)
    lead = link_of(connection, key)
    row = {"lead": lead, "service_line": line, "stage": "recycled", "at": at, "by": "sam", "handoff": name}
    connection.execute(insert(lead_stages), row | {"until": at + timedelta(days=rest)})
    recycle(connection, lead)
    return lead


# --- moves


def test_a_lead_is_engaged_with_its_first_event_that_gives_points(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "page_view", "anon:1"))
    pipeline.take(act("2", "guide_download", "anon:1", day=1))
    assert (stage_of(pipeline, "anon:1"), past_of(pipeline, "anon:1")) == ("anonymous", [])

    pipeline.take(act("3", "identify", "anon:1", "email:m", day=2))
    assert (stage_of(pipeline), past_of(pipeline)) == ("engaged", [("", "lead"), ("", "engaged")])

    pipeline.take(act("4", "page_view", "email:n"))
    pipeline.take(act("5", "bounce", "email:n", day=1))
    assert stage_of(pipeline, "email:n") == "lead", "what takes points engages nobody"


def test_the_same_batch_again_leaves_no_second_row(pipeline: Pipeline) -> None:
    batch = [act("1", "guide_download"), act("2", "tracked_call", day=1)]
    pipeline.take(*batch)
    pipeline.take(*batch)

    assert past_of(pipeline) == [("", "lead"), ("", "engaged")]


def walked(pipeline: Pipeline, *stages: str, line: str = ORTHO, handoff: str = "X-1") -> LeadId:
    action = handoff.replace("X", "A")
    with pipeline.database.write() as connection:
        lead = link_of(connection, "email:m")
        lifecycle.hand_over(connection, lead, line, at=DAY_0, action=action)
        before = Stage.MQL
        for stage in stages:
            lifecycle.move(connection, lead, line, from_=before, to=Stage(stage), at=DAY_0, by="sam", action=action, handoff=handoff)
            before = Stage(stage)
    return lead


def test_every_move_is_checked_compared_and_recorded(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "guide_download"))
    lead = walked(pipeline, "accepted", "sql")
    with pipeline.database.write() as connection, pytest.raises(IllegalMove, match="from sql to accepted"):
        lifecycle.move(connection, lead, ORTHO, from_=Stage.SQL, to=Stage.ACCEPTED, at=DAY_0, by="sam", action="A-1", handoff="X-1")
    with pipeline.database.write() as connection, pytest.raises(IllegalMove, match="after sql comes booked"):
        lifecycle.move(connection, lead, ORTHO, from_=Stage.SQL, to=Stage.OPPORTUNITY, at=DAY_0, by="sam", action="A-1", handoff="X-1")
    with pipeline.database.write() as connection, pytest.raises(Conflict, match="is sql on orthopaedics by now, not mql"):
        lifecycle.move(connection, lead, ORTHO, from_=Stage.MQL, to=Stage.REJECTED, at=DAY_0, by="sam", action="A-1", handoff="X-1")

    assert past_of(pipeline) == [("", "lead"), ("", "engaged"), (ORTHO, "mql"), (ORTHO, "accepted"), (ORTHO, "sql")]
    assert stage_of(pipeline) == "sql"


def test_a_lead_stands_on_each_line_by_itself_and_the_furthest_is_its_own(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "guide_download"))
    walked(pipeline, "accepted", "sql")
    walked(pipeline, "rejected", line="dental", handoff="X-2")

    assert stage_of(pipeline) == "sql"
    with pipeline.database.read() as connection:
        lead = link_of(connection, "email:m")
        assert lifecycle.stage_on(connection, lead, "dental") is Stage.REJECTED
        assert lifecycle.stage_on(connection, lead, "dermatology") is Stage.ENGAGED


def test_a_handoff_that_was_not_approved_leaves_the_lead_engaged(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "guide_download"))
    lead = walked(pipeline)
    with pipeline.database.write() as connection:
        assert lifecycle.hand_over(connection, lead, ORTHO, at=DAY_0, action="A-2") is False
        assert lifecycle.take_back(connection, lead, ORTHO, at=DAY_0, action="A-2", reason="expired") is False
        assert lifecycle.take_back(connection, lead, ORTHO, at=DAY_0, action="A-1", reason="expired") is True
        assert lifecycle.hand_over(connection, lead, ORTHO, at=DAY_0, action="A-3") is True

    assert past_of(pipeline)[2:] == [(ORTHO, "mql"), (ORTHO, "engaged"), (ORTHO, "mql")]


def test_two_handoffs_of_one_person_found_later_are_both_worked_on(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "guide_download", "email:m"), act("2", "guide_download", "phone:p", day=1))
    with pipeline.database.write() as connection:
        for key, handoff in (("email:m", "X-1"), ("phone:p", "X-2")):
            lead = link_of(connection, key)
            action = handoff.replace("X", "A")
            lifecycle.hand_over(connection, lead, ORTHO, at=DAY_0, action=action)
            lifecycle.move(connection, lead, ORTHO, from_=Stage.MQL, to=Stage.ACCEPTED, at=DAY_0, by="sam", action=action, handoff=handoff)
    pipeline.take(act("3", "identify", "email:m", "phone:p", day=2))

    with pipeline.database.write() as connection:
        lead = link_of(connection, "email:m")
        for handoff in ("X-1", "X-2"):
            action = handoff.replace("X", "A")
            lifecycle.move(connection, lead, ORTHO, from_=Stage.ACCEPTED, to=Stage.SQL, at=DAY_0, by="sam", action=action, handoff=handoff)
        assert set(lifecycle.standing_lines(connection, [lead])) == {f"{lead}:{ORTHO}"}
    assert stage_of(pipeline) == "sql"


# --- recycles


def test_a_recycle_halves_intent_and_ends_the_spell(pipeline: Pipeline, models: dict[str, Model]) -> None:
    pipeline.take(act("1", "tracked_call", attributes=FIT), act("2", "pricing_page"))
    before = pipeline.of("email:m", DAY_0)[ORTHO]
    with pipeline.database.write() as connection:
        give_back(connection, "email:m", day=0, rest=30)
        give_back(connection, "email:m", day=0, rest=30, name="X-0", line="dental")

    after = pipeline.of("email:m", DAY_0)[ORTHO]
    assert (before.is_mql, after.is_mql) == (True, False)
    assert after.intent == pytest.approx(before.intent / 2, abs=1e-9)
    assert pipeline.mqls(DAY_0) == []
    with pipeline.database.read() as connection:
        assert {row.object_key for row in connection.execute(select(ledger).where(ledger.c.event == "recycle"))} == {"X-1"}
        assert replay(connection, models[ORTHO]) == []


def test_a_recycled_lead_comes_back_by_a_new_act_after_its_rest(pipeline: Pipeline) -> None:
    pipeline.take(*(act(f"{n}", "tracked_call", day=8 * n, attributes=FIT) for n in range(4)))
    with pipeline.database.write() as connection:
        give_back(connection, "email:m", day=25, rest=30)

    pipeline.take(act("5", "tracked_call", day=40))
    assert pipeline.mqls(DAY_0 + timedelta(days=40)) == []
    assert pipeline.mqls(DAY_0 + timedelta(days=56)) == []
    pipeline.take(act("6", "tracked_call", day=57))
    assert [score.mql_since for score in pipeline.mqls(DAY_0 + timedelta(days=57))] == [DAY_0 + timedelta(days=57)]


def test_recycling_again_or_another_model_gives_the_same_ledger(pipeline: Pipeline, models: dict[str, Model]) -> None:
    pipeline.take(act("1", "tracked_call", attributes=FIT), act("2", "pricing_page", day=1))
    with pipeline.database.write() as connection:
        lead = give_back(connection, "email:m", day=2)
    before = pipeline.state()
    with pipeline.database.write() as connection:
        recycle(connection, lead)
    assert pipeline.state() == before

    pipeline.models = {**models, ORTHO: Model.model_validate(models[ORTHO].model_dump() | {"decay_per_quarter": 0.3})}
    pipeline.take(act("3", "email_open", "email:c"))
    with pipeline.database.read() as connection:
        weights = connection.scalars(
            select(ledger.c.weight).where(ledger.c.model == pipeline.models[ORTHO].id, ledger.c.event == "recycle")
        )
        assert sorted(weights) == pytest.approx([-0.5 * 30 * 0.7 ** (2 / 91.3125), -0.5 * 12 * 0.7 ** (1 / 91.3125)])
        assert replay(connection, pipeline.models[ORTHO]) == []


def test_replay_names_a_recycle_that_is_not_what_the_history_says(pipeline: Pipeline, models: dict[str, Model]) -> None:
    pipeline.take(act("1", "tracked_call"))
    with pipeline.database.write() as connection:
        lead = give_back(connection, "email:m", day=1)
        connection.execute(delete(lead_stages).where(lead_stages.c.stage == "recycled"))

    with pipeline.database.read() as connection:
        assert [one.lead for one in replay(connection, models[ORTHO])] == [lead]


acts_of = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 80),
        st.sampled_from([ORTHO, "dental", None]),
        st.sampled_from([("email:a",), ("anon:1",), ("anon:1", "email:a"), ("email:b",), ("anon:2", "email:b")]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)
returns = st.lists(st.tuples(st.integers(0, 85), st.integers(0, 20), st.sampled_from([ORTHO, "dental"]), st.integers(0, 20)), max_size=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=15)
@given(found=acts_of, given_back=returns, random_=st.randoms(use_true_random=False), cut=st.integers(1, 4))
def test_no_order_of_acts_recycles_and_merges_changes_a_score(
    pipeline: Pipeline, models: dict[str, Model], found: list[Any], given_back: list[Any], random_: random.Random, cut: int
) -> None:
    acts = [
        act(f"{n:02}", kind, *keys, day=half / 2, line=line, object_key=f"o{n % 2}", attributes=FIT if known else {})
        for n, (kind, half, line, keys, known) in enumerate(found)
    ]
    keys = sorted({key for one in acts for key in one.match_keys})
    backs = [
        {"key": keys[place % len(keys)], "day": half / 2, "rest": rest, "line": line, "name": f"X-{n}"}
        for n, (half, rest, line, place) in enumerate(given_back)
    ]

    emptied(pipeline.database)
    pipeline.take(*acts)
    for back in backs:
        returned(pipeline, back)
    expected = state(pipeline)

    emptied(pipeline.database)
    shuffled, waiting = [*acts, *acts[: len(acts) // 3]], list(backs)
    random_.shuffle(shuffled)
    for start in range(0, len(shuffled), cut):
        pipeline.take(*{one.id: one for one in shuffled[start : start + cut]}.values())
        with pipeline.database.read() as connection:
            known = owners_of(connection)
        for back in [one for one in waiting if one["key"] in known and random_.random() < 0.5]:
            returned(pipeline, back)
            waiting.remove(back)
    for back in waiting:
        returned(pipeline, back)
    actual = state(pipeline)

    assert actual["sums"] == pytest.approx(expected["sums"], rel=1e-9, abs=1e-9)
    assert actual["dates"] == expected["dates"]
    assert actual["ledger"].keys() == expected["ledger"].keys()
    for key, (owner, weight, counted) in actual["ledger"].items():
        assert expected["ledger"][key] == (owner, pytest.approx(weight, rel=1e-9, abs=1e-9), counted)
    with pipeline.database.read() as connection:
        assert [replay(connection, model) for model in models.values()] == [[], [], []]


def returned(pipeline: Pipeline, back: dict[str, Any]) -> None:
    with pipeline.database.write() as connection:
        give_back(connection, back["key"], day=back["day"], rest=back["rest"], name=back["name"], line=back["line"])


def emptied(database: Database) -> None:
    with database.write() as connection:
        connection.execute(delete(lead_stages))
    wipe(database)


def state(pipeline: Pipeline) -> dict[Any, Any]:
    found = pipeline.state()
    with pipeline.database.read() as connection:
        names = {lead: key for key, lead in sorted(owners_of(connection).items(), reverse=True)}
        rests = {(names[row.lead], row.model): row.rests_until for row in connection.execute(select(scores))}
    return found | {"dates": {key: (*dates, rests[key]) for key, dates in found["dates"].items()}}


# --- databases of before


def test_a_database_of_before_is_given_its_history(database: Database) -> None:
    """Handoffs that sales decided then keep their decision; nobody's score changes, because nothing was halved then."""
    at = DAY_0.isoformat()
    with database.write() as connection:
        for statement in (
            "DROP TABLE lead_stages",
            "DROP TABLE handoff_attempts",
            "DROP TABLE handoff_escalations",
            "DROP INDEX ix_leads_merged_into",
            "DROP INDEX ix_sales_inbox_status",
            *(f"ALTER TABLE sales_inbox DROP COLUMN {name}" for name in ("location", "accepted_at", "first_attempt_at")),
            "ALTER TABLE ledger DROP COLUMN rests_until",
            "ALTER TABLE scores DROP COLUMN rests_until",
            "UPDATE alembic_version SET version_num = '0003'",
        ):
            connection.exec_driver_sql(statement)
        columns = 'execution, action, lead, track, service_line, handoff, status, reason, "by", received_at, decided_at'
        for n, (status, reason) in enumerate([("new", None), ("accepted", None), ("rejected", "not_reachable"), ("rejected", "duplicate")]):
            decided = (f"'{reason}'" if reason else "NULL", "NULL", "NULL") if status == "new" else (f"'{reason}'", "'sam'", f"'{at}'")
            values = f"'X-{n}', 'A-{n}', 'L-{n}', 'b2c_patient', 'dental', '{{}}', '{status}', {decided[0]}, {decided[1]}"
            connection.exec_driver_sql(f"INSERT INTO sales_inbox ({columns}) VALUES ({values}, '{at}', {decided[2]})")

    open_database(database.engine.url).close()

    with database.read() as connection:
        rows = connection.execute(select(lead_stages).order_by(lead_stages.c.lead, lead_stages.c.id)).all()
        found = [(row.lead, row.stage, row.by, row.until) for row in rows]
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
        assert lifecycle.recycles_of(connection, [LeadId("L-2")]) == {}
    assert found == [
        *[(f"L-{n}", "mql", "agent", None) for n in (0,)],
        *[("L-1", "mql", "agent", None), ("L-1", "accepted", "sam", None)],
        *[("L-2", "mql", "agent", None), ("L-2", "recycled", "sam", None)],
        *[("L-3", "mql", "agent", None), ("L-3", "rejected", "sam", None)],
    ]
    assert isinstance(rows[0].at, datetime)
