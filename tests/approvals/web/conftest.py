"""A desk over a database of either engine."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from approvals.web.app import create_app
from policies.phi.scrub import Scrubber
from policies.rules.catalogue import Catalogue
from tests.approvals.web.browsing import browser, site, visit  # noqa: F401 - fixtures
from tests.approvals.web.house import PRACTICE, Hand, House
from tools.keys import KeyRing
from tools.packs.phi import load_lexicon
from tools.packs.registry import registry_of
from tools.packs.rules import load_catalogue
from tools.practice import Practice
from tools.settings import Settings
from tools.store.audit import AuditLog
from tools.store.database import Database
from tools.workspace import Workspace


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def scrubber() -> Scrubber:
    return Scrubber(load_lexicon(), ())


@pytest.fixture(scope="session")
def practice() -> Practice:
    return Practice.model_validate(PRACTICE)


@pytest.fixture
def build(
    tmp_path: Path, ring: KeyRing, now: datetime, catalogue: Catalogue, scrubber: Scrubber, practice: Practice
) -> Callable[[Database], House]:
    """A desk over any database."""

    def built(database: Database) -> House:
        clock = Hand(now)
        workspace = Workspace(
            settings=Settings(home=tmp_path, database_url=None, keys=None),
            directory=tmp_path,
            practice=practice,
            database=database,
            ring=ring,
            audit=AuditLog(ring, tmp_path / "audit.head"),
            clock=clock,
            catalogue=catalogue,
            scrubber=scrubber,
            registry=registry_of(practice),
        )
        return House(workspace, clock, create_app(workspace))

    return built


@pytest.fixture
def house(sqlite_database: Database, build: Callable[[Database], House]) -> House:
    """A desk on the embedded default."""
    return build(sqlite_database)
