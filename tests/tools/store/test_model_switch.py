"""A version of a model comes into force between batches: whatever another process scores meanwhile is scored under it in the end."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from datetime import timedelta

import pytest
from sqlalchemy import select

from policies.leads.model import Model
from tests.tools.store.pipeline import DAY_0, FIT, Pipeline, act, link_of
from tools.packs.models import SHIPPED, load_model_file
from tools.store.database import Database
from tools.store.engagements import mark_scored
from tools.store.models import hold_models
from tools.store.rebuild import adopt
from tools.store.scores import replay, score_batch, score_of
from tools.store.tables import score_models

OLD = load_model_file(SHIPPED / "orthopaedics.yaml")
NEW = Model.model_validate(OLD.model_dump() | {"intent_points": {**OLD.intent_points, "pricing_page": 5}})


@pytest.fixture
def models() -> dict[str, Model]:
    return {"orthopaedics": OLD}


def put_in_force(database: Database) -> int:
    with database.write() as connection:
        hold_models(connection)
        return adopt(connection, {"orthopaedics": NEW}, now=DAY_0)


def test_what_a_batch_scores_while_a_version_is_signed_is_scored_under_it_too(pipeline: Pipeline) -> None:
    database = pipeline.database
    pipeline.take(act("1", "guide_download", "email:m", day=0, attributes=FIT))
    late = act("2", "pricing_page", "email:m", day=1)
    with database.write() as connection:
        pipeline.put(connection, [late])

    with ThreadPoolExecutor() as other:
        with database.write() as connection:
            hold_models(connection)
            score_batch(connection, {"orthopaedics": OLD}, [(late, link_of(connection, "email:m"))], now=DAY_0)
            signing = other.submit(put_in_force, database)
            with pytest.raises(StillWaiting):
                signing.result(timeout=0.5)
            mark_scored(connection, [late.id])
        assert signing.result(timeout=30) == 1

    with database.read() as connection:
        assert set(connection.scalars(select(score_models.c.id).where(score_models.c.live))) == {NEW.id}
        assert replay(connection, NEW) == []
        (score,) = score_of(connection, {"orthopaedics": NEW}, link_of(connection, "email:m"), at=DAY_0 + timedelta(days=1))
    assert score.intent == pytest.approx(10 * (1 - OLD.decay_per_quarter) ** (1 / 91.3125) + 5, abs=0.05)


def test_the_same_models_again_change_nothing_and_rebuild_nobody(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "guide_download", "email:m", day=0, attributes=FIT))

    assert put_in_force(pipeline.database) == 1
    assert put_in_force(pipeline.database) == 0
