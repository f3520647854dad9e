"""Recall and precision over the hand-written sets, the way `make bench-phi` measures them. The floors only go up."""

import pytest

from bench.phi.accuracy import OWN, SETS, Figures, hand_written, measure
from policies.phi.scrub import Scrubber
from policies.records import Label
from tools.packs.phi import load_lexicon

FLOORS = {  # recall, character precision, share of texts with a leak, share of clean texts touched
    "dev_cases.txt": (0.97, 0.94, 0.04, 0.12),
    "dev_clinical.txt": (0.96, 0.92, 0.04, 0.05),
    "dev_english.txt": (0.97, 0.95, 0.04, 0.04),
    "dev_general.txt": (0.97, 0.94, 0.04, 0.06),
    "dev_international.txt": (0.96, 0.94, 0.05, 0.06),
    "dev_mail.txt": (0.97, 0.93, 0.05, 0.2),
    "dev_voice.txt": (0.97, 0.92, 0.06, 0.22),
    "dev_web.txt": (1.0, 1.0, 0.01, 0.01),
    "first.txt": (0.99, 0.96, 0.01, 0.01),
    "test_desk.txt": (0.94, 0.9, 0.1, 0.13),
    "test_mixed.txt": (0.98, 0.94, 0.03, 0.06),
    "dev_mixed.txt": (0.97, 0.94, 0.02, 0.06),
    "dev_social.txt": (0.94, 0.86, 0.06, 0.1),
}


@pytest.fixture(scope="module")
def figures() -> dict[str, Figures]:
    scrubber = Scrubber(load_lexicon(), OWN)

    def spans_of(text: str) -> list[tuple[int, int, str]]:
        return [(hit.start, hit.end, hit.label.value) for hit in scrubber.scrubbed(text).hits]

    return {name: measure(hand_written(name), spans_of) for name in FLOORS}


def test_every_set_is_measured_and_together_they_are_large_enough() -> None:
    names = {path.name for path in SETS.glob("*.txt")}

    assert names == set(FLOORS)
    assert sum(len(hand_written(name)) for name in names) >= 500


def test_the_sets_use_our_labels_and_every_label_occurs() -> None:
    labels = {label for name in FLOORS for entry in hand_written(name) for _, _, label in entry.spans}

    assert labels == {label.value for label in Label}


@pytest.mark.parametrize("name", FLOORS)
def test_no_figure_falls_below_its_floor(figures: dict[str, Figures], name: str) -> None:
    recall, precision, leaking, touched = FLOORS[name]
    found = figures[name]

    assert found.recall >= recall, found.misses
    assert found.precision >= precision, found.excess
    assert found.leaking <= leaking, found.misses
    assert found.touched <= touched, found.excess
