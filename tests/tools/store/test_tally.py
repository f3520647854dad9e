"""The count of MQLs is exact after any writing of scores, and does not read them one by one, on both engines."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from tools.store import tally
from tools.store.database import Database
from tools.store.tables import mql_tally, scores
from tools.store.tally import add_up, ending_from

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
MODELS = ("a@1", "b@2")


def operate(connection: Connection, dice: random.Random, steps: int) -> None:
    column = scores.c
    for _ in range(steps):
        lead, model = f"L-{dice.randrange(30)}", dice.choice(MODELS)
        until = None if dice.random() < 0.3 else DAY_0 + timedelta(seconds=dice.randrange(6 * 86_400))
        here = (column.lead == lead, column.model == model)
        if dice.random() < 0.2:
            connection.execute(delete(scores).where(*here))
        elif connection.execute(update(scores).where(*here).values(mql_until=until)).rowcount == 0:
            row = {
                "lead": lead,
                "model": model,
                "track": "b2c_patient",
                "service_line": "",
                "fit": 0.0,
                "g": 0.0,
                "groups": {},
                "mql_until": until,
            }
            connection.execute(insert(scores), row)


@pytest.mark.parametrize("seed", range(3))
def test_the_tally_is_the_count_after_any_operations(database: Database, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(tally, "LOOSE_ROWS", 40)
    dice = random.Random(seed)
    for _ in range(5):
        with database.write() as connection:
            operate(connection, dice, 60)
            add_up(connection)
        with database.read() as connection:
            for model in MODELS:
                for _ in range(6):
                    at = DAY_0 + timedelta(seconds=dice.randrange(7 * 86_400))
                    counted = select(func.count()).select_from(scores).where(scores.c.model == model, scores.c.mql_until >= at)
                    assert ending_from(connection, model, at) == connection.scalar(counted)


def test_loose_rows_are_added_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "LOOSE_ROWS", 40)
    with database.write() as connection:
        operate(connection, random.Random(9), 300)
        add_up(connection)

        assert connection.scalar(select(func.count()).select_from(mql_tally)) <= len(MODELS) * 6
