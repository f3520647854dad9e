"""What the tests of scoring share: the steps over a database of each engine, under the `models` of the module."""

import pytest

from policies.leads.model import Model
from tests.tools.store.pipeline import Pipeline
from tools.keys import KeyRing
from tools.store.database import Database


@pytest.fixture
def pipeline(database: Database, models: dict[str, Model], ring: KeyRing) -> Pipeline:
    return Pipeline(database, models, ring)
