"""The desk's bench runs, small: what it measures is measured at full size by `make bench-desk`; the weight of the first page is held here."""

import re
from pathlib import Path

import pytest

from bench.desk import deciding, pages
from tools.store.database import Database, open_database


@pytest.fixture
def new(tmp_path: Path) -> pages.New:
    def opened(name: str) -> Database:
        return open_database(f"sqlite:///{tmp_path}/{name}.db")

    return opened


def test_the_first_page_weighs_less_than_150_kb(new: pages.New, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pages.weight(new, tmp_path)

    said = re.search(r"first page: (\d+) kB", capsys.readouterr().out)
    assert said is not None
    assert 20 < int(said[1]) < 150


def test_decisions_batches_and_pages_are_measured(new: pages.New, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deciding.singly(new, tmp_path, "sqlite", each=6)
    deciding.batch(new, tmp_path, "sqlite", count=5)
    pages.queue(new, tmp_path, "sqlite", queued=40, decided=40, small=30, rounds=2)

    said = capsys.readouterr().out
    assert "nothing lost" in said
    assert "a batch of 5" in said
    assert said.count("p99") == len(pages.ADDRESSES) + 2  # and the next page, and somebody who decided everything
