"""The recompute in SQL that the bench compares with comes to the rows the product keeps, on both engines."""

import random

import pytest
from sqlalchemy import select, text, update

from bench.scoring import made, peer, stored
from bench.scoring.agree import differences, snapshot
from policies.leads.model import Model
from tools.store.database import Database
from tools.store.scores import replay, score_batch
from tools.store.tables import ledger, scores

PEOPLE = 80


@pytest.fixture
def models() -> dict[str, Model]:
    return made.models()


@pytest.fixture
def year(database: Database, models: dict[str, Model]) -> Database:
    """Leads with a year behind them and a week of days as they come."""
    stored.year(database, models, people=PEOPLE, count=60, chunk=50)
    for day in range(7):
        linked = stored.acts_of_day(models, PEOPLE, 60, since=made.later(1 + day), first=60 * day)
        with database.write() as connection:
            made.put(connection, linked)
        with database.write() as connection:
            score_batch(connection, models, linked, now=made.later(2 + day))
    return database


def test_the_recompute_comes_to_the_rows_the_product_keeps(year: Database, models: dict[str, Model]) -> None:
    kept = snapshot(year)
    with year.write() as connection:
        connection.execute(text("UPDATE scores SET g = 0, groups = '{}', last_event_at = NULL, last_qualifying_at = NULL"))
        connection.execute(text("UPDATE scores SET fast_lane_at = NULL, disqualified_at = NULL, mql_since = NULL, mql_until = NULL"))
        dice = random.Random(3)
        some = [id_ for id_ in connection.scalars(select(ledger.c.id)) if dice.random() < 0.2]
        connection.execute(update(ledger).where(ledger.c.id.in_(some)).values(counted=~ledger.c.counted))

    with year.write() as connection:
        peer.recompute(connection, models)

    again = snapshot(year)
    assert differences(kept, again) == []
    assert len(kept.scores) == PEOPLE
    assert sum(row["mql_until"] is not None for row in kept.scores.values()) > 10
    with year.read() as connection:
        assert all(replay(connection, model) == [] for model in models.values())


def test_a_difference_is_found(year: Database) -> None:
    kept = snapshot(year)
    with year.write() as connection:
        lead = connection.scalars(select(scores.c.lead).order_by(scores.c.lead)).first()
        connection.execute(update(scores).where(scores.c.lead == lead).values(g=scores.c.g * (1 + 1e-6)))

    assert len(differences(kept, snapshot(year))) == 1


def test_a_model_the_recompute_cannot_do_is_refused(models: dict[str, Model]) -> None:
    with pytest.raises(ValueError, match="i_min is 0"):
        peer.statements(models["dental"].model_copy(update={"i_min": 0.0}), "sqlite")
