"""What scoring reads and writes per event: short index ranges, and only the columns that moved, on both engines."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select

from policies.leads.model import Model
from policies.leads.mql import NOTHING_YET, Standing, advance
from policies.leads.score import count_again
from policies.records import Award, EngagementId, LeadId
from tools.packs.models import SHIPPED, load_model_file
from tools.store import ledger as book
from tools.store.capped import counted_before
from tools.store.database import Database
from tools.store.ledger import Key, Scored
from tools.store.rebuild import Act, award_for
from tools.store.tables import leads, ledger, scores

DAY_0 = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LEAD = LeadId("L-1")
KINDS = ("service_page", "tracked_call", "scheduling_started", "guide_download", "pricing_page", "email_click")


@pytest.fixture
def model() -> Model:
    return load_model_file(SHIPPED / "orthopaedics.yaml")


def award(model: Model, number: int, kind: str, at: datetime, lead: LeadId = LEAD) -> Award:
    return award_for(model, Act(EngagementId(f"E-{lead}-{number:04}"), kind, at, None, None, f"/p-{number % 3}"), lead)


def history(model: Model, lead: LeadId, count: int) -> list[Award]:
    return count_again(model, [award(model, n, KINDS[n % len(KINDS)], DAY_0 + timedelta(hours=7 * n), lead) for n in range(count)])


def fill(connection: Connection, model: Model, people: int, count: int) -> None:
    for number in range(people):
        lead = LeadId(f"L-{number}")
        connection.execute(insert(leads), {"id": lead, "track": model.track, "created_at": DAY_0, "attributes": {}, "stage": "lead"})
        judged = history(model, lead, count)
        book.write_awards(connection, judged)
        book.write_standings(connection, {(lead, model.id): Scored(model, 30.0, advance(model, 30.0, NOTHING_YET, judged))})


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


# --- caps


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hours_later", [1, 20, 24 * 5, 24 * 29, 24 * 400])
def test_what_earlier_awards_say_of_a_new_one_is_what_all_of_them_say(
    database: Database, model: Model, kind: str, hours_later: int
) -> None:
    with database.write() as connection:
        fill(connection, model, people=1, count=60)
    lead, past = LeadId("L-0"), history(model, LeadId("L-0"), 60)
    new = award(model, 900, kind, past[-1].occurred_at + timedelta(hours=hours_later), lead)

    with database.read() as connection:
        key: Key = (lead, model.id)
        before = counted_before(connection, {model.id: model}, {key: [new]}, last={key: past[-1].occurred_at})

    (judged,) = count_again(model, [new], before=before.get(key, {}))
    assert judged.counted is count_again(model, [*past, new])[-1].counted


def test_nothing_is_read_when_the_last_act_lies_behind_the_window(database: Database, model: Model) -> None:
    with database.write() as connection:
        fill(connection, model, people=1, count=60)
    key: Key = (LeadId("L-0"), model.id)
    last = DAY_0 + timedelta(hours=7 * 59)
    next_day = award(model, 900, "service_page", last + timedelta(days=1), key[0])
    soon = award(model, 901, "tracked_call", last + timedelta(days=1), key[0])

    with statements(database) as seen, database.read() as connection:
        assert counted_before(connection, {model.id: model}, {key: [next_day]}, last={key: last}) == {}
        assert not [one for one in seen if "ledger" in one]
        assert counted_before(connection, {model.id: model}, {key: [soon]}, last={key: last}) != {}


def test_a_cap_is_one_range_of_an_index_whatever_the_history(database: Database, model: Model) -> None:
    with database.write() as connection:
        fill(connection, model, people=20, count=100)
        connection.exec_driver_sql("ANALYZE")
    where = f"lead = 'L-3' AND model = '{model.id}' AND event = '{{}}' AND {'counted = 1' if database.is_sqlite else 'counted'} AND "
    since = "occurred_at >= '2026-01-20T00:00:00.000000Z'"
    queries = {
        f"SELECT occurred_at FROM ledger WHERE {where.format('tracked_call')} object_key IS NULL AND {since}": "ix_ledger_cap",
        f"SELECT occurred_at FROM ledger WHERE {where.format('guide_download')} object_key = '/p-1' AND {since}": "ix_ledger_cap",
    }
    with database.read() as connection:
        for query, index in queries.items():
            plan = plan_of(connection, query)
            assert index in plan, plan
            assert "SCAN" not in plan, plan


def test_who_acted_after_an_instant_is_a_range_of_an_index(database: Database, model: Model) -> None:
    with database.write() as connection:
        fill(connection, model, people=20, count=100)
        connection.exec_driver_sql("ANALYZE")

    with statements(database) as seen, database.read() as connection:
        book.acted_after(connection, model.id, DAY_0 + timedelta(days=28))
        (query,) = (one for one in seen if "FROM ledger" in one)
        assert "DISTINCT" not in query
        plan = plan_of(connection, f"SELECT lead FROM ledger WHERE model = '{model.id}' AND occurred_at > '2026-02-02T00:00:00.000000Z'")
    assert "ix_ledger_time" in plan
    assert "occurred_at>" in plan.replace(" ", "")


def plan_of(connection: Connection, query: str) -> str:
    if connection.dialect.name == "sqlite":
        return "\n".join(str(tuple(row)) for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + query))
    for scan in ("seqscan", "bitmapscan"):  # 2,000 rows fit in a few pages; a real table does not
        connection.exec_driver_sql(f"SET enable_{scan} = off")
    return "\n".join(row[0] for row in connection.exec_driver_sql("EXPLAIN " + query))


def test_an_award_carries_an_object_only_where_its_cap_counts_by_object(model: Model) -> None:
    objects = {kind: award(model, 1, kind, DAY_0).object_key for kind in KINDS}

    assert {kind for kind, object_key in objects.items() if object_key} == {"service_page", "guide_download", "email_click"}
    assert model.capped_per_object >= {"service_page", "guide_download", "email_click"}


# --- standings


def test_only_what_moved_is_written_and_it_reads_back_as_it_was(database: Database, model: Model) -> None:
    with database.write() as connection:
        fill(connection, model, people=4, count=30)
    keys: list[Key] = [(LeadId(f"L-{n}"), model.id) for n in range(4)]
    with database.read() as connection:
        known = {key: book.known_of(connection, [key[0]], [model.id])[key].standing for key in keys}
    at = DAY_0 + timedelta(days=30, microseconds=123_457)
    seen, points, closed = (known[key] for key in keys[:3])
    after: dict[Key, Standing] = {
        keys[0]: seen._replace(last_event_at=at),
        keys[1]: points._replace(groups={**points.groups, "page": 0.1 + 0.2, "negative": -7.0}, last_event_at=at, last_qualifying_at=at),
        keys[2]: closed._replace(last_event_at=at, disqualified_at=at, mql_since=None, mql_until=None),
    }

    with statements(database) as written, database.write() as connection:
        book.change_standings(connection, [(key, known[key], new) for key, new in after.items()])

    updates = [one for one in written if one.startswith("UPDATE")]
    assert [("mql_until" in one, "groups" in one) for one in updates] == [(False, False), (False, True), (True, True)]
    with database.read() as connection:
        for key in keys:
            expected = after.get(key, known[key])
            (found,) = book.scored_of(connection, [key[0]], {model.id: model}).values()
            assert found == Scored(model, 30.0, expected)
            g = connection.scalar(select(scores.c.g).where(scores.c.lead == key[0]))
            assert g == pytest.approx(book.ranking_key(expected.groups), rel=1e-15)


def test_who_acted_after_an_instant_is_read_from_the_ledger(database: Database, model: Model) -> None:
    with database.write() as connection:
        fill(connection, model, people=3, count=5)
        book.write_awards(connection, [award(model, 70, "unsubscribe", DAY_0 + timedelta(days=40), LeadId("L-1"))])

    with database.read() as connection:
        assert book.acted_after(connection, model.id, DAY_0 + timedelta(days=39)) == ["L-1"]
        assert book.acted_after(connection, model.id, DAY_0 + timedelta(days=40)) == []
        assert sorted(book.acted_after(connection, model.id, DAY_0)) == ["L-0", "L-1", "L-2"]
        assert connection.scalars(select(ledger.c.object_key).where(ledger.c.event == "unsubscribe")).all() == [None]
