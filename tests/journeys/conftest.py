"""A finished small run to start from, copied for each test: its home, and the parts opened on it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest

from agents.build import open_parts
from agents.parts import Parts
from tests.journeys.support import NOW, RING, environment, liaison, small_practice
from tools.settings import Settings

Open = Callable[..., Parts]


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(practice, home) after one run of the small practice."""
    folder = tmp_path_factory.mktemp("ran")
    practice = small_practice(folder / "practice")
    liaison("run", "--now", NOW, env=environment(folder / "home", practice))
    return practice, folder / "home"


@pytest.fixture
def open_ran(ran: tuple[Path, Path], tmp_path: Path) -> Iterator[Open]:
    """Opens the parts on a copy of that home: `open_ran(now=…, collect_timeout_s=…)`."""
    practice, home = ran
    shutil.copytree(home, tmp_path / "home")
    with ExitStack() as opened:

        def open_copy(*, now: datetime | None = None, other: Path | None = None, **settings: object) -> Parts:
            chosen = Settings(home=tmp_path / "home", practice=other or practice, keys=RING, **settings)  # type: ignore[arg-type]
            at = now or datetime.fromisoformat(NOW)
            return opened.enter_context(open_parts(settings=chosen, practice=other or practice, now=at))

        yield open_copy
