import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from policies.leads.backtest import Outcome, backtest_splits
from tests.tools.learning.made import made_leads
from tools.learning.leads import leads_of
from tools.learning.learn import Learned, learn
from tools.learning.points import propose
from tools.learning.read import Table
from tools.learning.report import backtest_page, learned_page
from tools.learning.threshold import WEEK, Thresholds, thresholds
from tools.packs.models import SHIPPED, load_model_file

VOID = {"meta", "br"}


class Page(HTMLParser):
    """Checks that every element closes, and collects ids, references, pictures and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.pictures: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(tag, dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def _attributes(self, tag: str, found: dict[str, str | None]) -> None:
        self.ids += [found["id"] or ""] if "id" in found else []
        self.addresses += [value or "" for key, value in found.items() if key in ("href", "src", "xlink:href")]
        if tag == "svg":
            assert found["role"] == "img"
            self.pictures.append(found["aria-label"] or "")


@pytest.fixture(scope="module")
def learned() -> Learned:
    frame = made_leads(4000, leaks=True, gap=True).rename({"noise": "<b>noise</b> $x_1$ & co"})
    return learn(leads_of(Table("leads & <i>more</i>.csv", frame, lines=True), outcome="converted", time="created", id_="lead_id"))


@pytest.fixture(scope="module")
def decided() -> tuple[Thresholds, list[Outcome]]:
    rng = np.random.default_rng(0)
    score = np.clip(rng.normal(65, 18, 500), 0, 100)
    good = rng.random(500) < 1 / (1 + np.exp(-(score - 70) / 8))
    time = np.sort(rng.random(500)) * 26 * WEEK
    outcomes = [
        Outcome(at=datetime.fromtimestamp(at, UTC), predicted=bool(points >= 60), good=bool(was), score=float(points))
        for at, points, was in zip(time, score, good, strict=True)
    ]
    return thresholds(time, score, good, precision=0.6, coverage=0.7, per_week=5, contact_cost=30, value=100), outcomes


@pytest.fixture(scope="module")
def text(learned: Learned) -> str:
    _, proposal = propose(load_model_file(SHIPPED / "dental.yaml"), learned.points)
    return learned_page(learned, proposal)


def test_a_page_stands_alone_is_well_formed_and_shows_each_picture_with_words_and_numbers(text: str) -> None:
    page = Page(text)

    assert page.open == []
    assert len(page.pictures) == 5
    assert all(len(words) > 40 for words in page.pictures)
    assert text.count("<details open>") == 5
    assert len(page.ids) == len(set(page.ids))
    assert all(address.startswith("#") for address in page.addresses)
    assert not re.search(r"<script|<link|<img|@import|url\((?!#)", text)
    assert "Nobody has signed them" in text


def test_names_from_the_file_are_text_never_markup_or_formulas(text: str) -> None:
    assert "<b>noise" not in text
    assert "<i>more" not in text
    assert text.count("&lt;b&gt;noise&lt;/b&gt; $x_1$ &amp; co") >= 2


def test_the_same_figures_give_the_same_bytes(learned: Learned, text: str) -> None:
    _, proposal = propose(load_model_file(SHIPPED / "dental.yaml"), learned.points)

    assert learned_page(learned, proposal) == text
    assert "dc:date" not in text


def test_a_backtest_page_shows_both_sides_capacity_and_money(decided: tuple[Thresholds, list[Outcome]]) -> None:
    found, outcomes = decided
    text = backtest_page(found, backtest_splits(outcomes), ["dental@1"])
    page = Page(text)

    assert (page.open, len(page.pictures)) == ([], 4)
    for words in (
        "A threshold suits both sides",
        "precision of at least 60.0%",
        "coverage of at least 70.0%",
        "best cut in hindsight",
        "dental@1",
    ):
        assert words in text


def test_pages_of_little_data_still_stand(decided: tuple[Thresholds, list[Outcome]]) -> None:
    few = learn(leads_of(Table("few.csv", made_leads(60), lines=True), outcome="converted", time="created"))
    one = thresholds(np.zeros(1), np.array([60.0]), np.array([True]))

    assert Page(learned_page(few)).open == []
    assert "The rules stay in charge" in learned_page(few)
    assert "Nothing was asked for" in backtest_page(one, backtest_splits(decided[1][:1]), [])
