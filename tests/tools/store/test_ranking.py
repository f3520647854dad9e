"""The queue's order and the MQL count are exact, and read from indexes alone, on both engines."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, select

from policies.leads.decay import LANDMARK, days, forward
from policies.leads.model import Model
from policies.leads.mql import NOTHING_YET, advance
from policies.leads.score import count_again, fit_points, intent, total_points, weight_of
from policies.records import Award, EngagementId, LeadId
from tools.packs.models import SHIPPED, load_model_file
from tools.store import ledger as book
from tools.store.database import Database
from tools.store.ledger import Scored
from tools.store.ranking import count_mqls, top_leads
from tools.store.tables import leads, scores

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model_file(SHIPPED / "dental.yaml")


def fill(connection: Connection, model: Model, *, seed: int, number: int) -> dict[LeadId, tuple[float, list[Award]]]:
    """`number` invented leads with some events each, many of them beyond the caps of their groups."""
    dice = random.Random(seed)
    events = ["tracked_call", "pricing_page", "listing_click", "video_half", "guide_download", "unsubscribe", "careers_page"]
    made: dict[LeadId, tuple[float, list[Award]]] = {}
    standings = {}
    for place in range(number):
        lead = LeadId(f"L-{place:05d}")
        fit = fit_points(
            model,
            {
                "in_area": "yes",
                **({"payer": "accepted"} if dice.random() < 0.5 else {}),
                **dict.fromkeys(dice.sample(["service_offered", "contactable", "availability"], dice.randrange(4)), "yes"),
            },
        )
        awards = []
        for number_of_act in range(dice.choice([0, 1, 1, 2, 5, 30])):
            event = dice.choice(events)
            group, weight = weight_of(model, event)
            at = DAY_0 + timedelta(days=dice.uniform(0, 150))
            key = f"{lead}-{number_of_act}"
            awards.append(
                Award(
                    lead=lead,
                    model=model.id,
                    engagement=EngagementId(key),
                    event=event,
                    group=group,
                    weight=weight,
                    occurred_at=at,
                    counted=True,
                    object_key=key,
                )
            )
        judged = count_again(model, awards)
        book.write_awards(connection, judged)
        standings[lead, model.id] = Scored(model, fit, advance(model, fit, NOTHING_YET, judged))
        made[lead] = (fit, judged)
    people = [
        {
            "id": lead,
            "track": model.track,
            "created_at": DAY_0,
            "merged_into": None,
            "attributes": {},
            "attribute_times": {},
            "stage": "lead",
        }
        for lead in made
    ]
    connection.execute(insert(leads), people)
    book.write_standings(connection, standings)
    return made


def brute_force(model: Model, made: dict[LeadId, tuple[float, list[Award]]], at: datetime) -> tuple[list[tuple[LeadId, float]], int]:
    """Every lead replayed at `at`: the whole ranking, and how many are MQLs."""
    ranked, mqls = [], 0
    for lead, (fit, awards) in made.items():
        standing = advance(model, fit, NOTHING_YET, count_again(model, [award for award in awards if award.occurred_at <= at]))
        mass = sum(g for g in standing.groups.values() if g > 0) / forward(1, at, model.rate)
        ranked.append((-total_points(model, fit, intent(model, standing.groups, at)), -mass, lead))
        mqls += standing.is_mql(at)
    return [(lead, -total) for total, _, lead in sorted(ranked)], mqls


@pytest.mark.parametrize("seed", range(3))
def test_the_first_fifty_and_the_count_are_those_of_a_recomputation_of_everybody(database: Database, model: Model, seed: int) -> None:
    with database.write() as connection:
        made = fill(connection, model, seed=seed, number=400)
    with database.read() as connection:
        for day in (40, 150, 151, 170, 260):
            at = DAY_0 + timedelta(days=day)
            ranked, mqls = brute_force(model, made, at)
            found = top_leads(connection, model, at=at, limit=50)

            assert [one.total for one in found] == pytest.approx([total for _, total in ranked[:50]], abs=1e-9)
            assert [one.lead for one in found] == [lead for lead, _ in ranked[:50]]
            assert count_mqls(connection, {"dental": model}, at=at) == mqls


def test_more_places_than_leads_gives_all_of_them(database: Database, model: Model) -> None:
    with database.write() as connection:
        made = fill(connection, model, seed=9, number=7)
    with database.read() as connection:
        found = top_leads(connection, model, at=DAY_0 + timedelta(days=200), limit=50)

    assert {one.lead for one in found} == made.keys()


def test_the_bound_is_above_every_intent_at_every_later_instant(database: Database, model: Model) -> None:
    with database.write() as connection:
        fill(connection, model, seed=4, number=200)
    with database.read() as connection:
        rows = connection.execute(select(scores)).all()
        for later in (150, 200, 600):
            at = DAY_0 + timedelta(days=later)
            for row in rows:
                bound = row.g / forward(1, at, model.rate)
                assert intent(model, row.groups, at) <= bound + 1e-9
    assert days(LANDMARK, DAY_0) > 0


def test_ranking_and_count_read_indexes_only(database: Database, model: Model) -> None:
    with database.write() as connection:
        fill(connection, model, seed=5, number=300)
        connection.exec_driver_sql("ANALYZE")
    queries = {
        f"SELECT lead, g, last_event_at FROM scores WHERE model = '{model.id}' AND fit = 20 ORDER BY g DESC, lead": "ix_scores_rank",
        f"SELECT max(fit) FROM scores WHERE model = '{model.id}' AND fit < 30": "ix_scores_",
        f"SELECT count(*) FROM scores WHERE model = '{model.id}' AND mql_until >= '2026-08-15T00:00:00.000000Z'": "ix_scores_mql_until",
    }
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.read() as connection:
        if not database.is_sqlite:
            for scan in ("seqscan", "bitmapscan"):  # 300 rows fit in a few pages; a real table does not
                connection.exec_driver_sql(f"SET enable_{scan} = off")
        for query, index in queries.items():
            plan = "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(explain + query))
            assert index in plan, plan
            assert "TEMP B-TREE" not in plan
            assert "Sort" not in plan
