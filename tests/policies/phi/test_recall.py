"""Recall and precision over the hand-written set of the channels' own kinds of text. The floors only go up."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from policies.phi.scrub import Scrubber
from tools.packs.phi import load_lexicon

MARK = re.compile(r"\{([A-Z_0-9]+):([^}]*)\}")
MIN_TEXTS = 120
MIN_RECALL = 0.98
MIN_RIGHT_LABEL = 0.97


class Labelled(NamedTuple):
    kind: str
    text: str
    identifiers: tuple[tuple[int, int, str], ...]


def parsed(line: str) -> Labelled:
    kind, _, marked = line.partition(" | ")
    marked = marked.replace("\\n", "\n")
    text, identifiers, at = "", [], 0
    for match in MARK.finditer(marked):
        text += marked[at : match.start()]
        identifiers.append((len(text), len(text) + len(match[2]), match[1]))
        text += match[2]
        at = match.end()
    return Labelled(kind, text + marked[at:], tuple(identifiers))


@pytest.fixture(scope="module")
def texts() -> list[Labelled]:
    lines = (Path(__file__).parent / "labelled.txt").read_text(encoding="utf-8").splitlines()
    return [parsed(line) for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def scrubber() -> Scrubber:
    return Scrubber(load_lexicon(), ("Elena Vega", "Lakeside Orthopedics"))


def test_the_set_is_large_enough(texts: list[Labelled]) -> None:
    assert len(texts) >= MIN_TEXTS


def test_recall_stays_above_its_floor(texts: list[Labelled], scrubber: Scrubber) -> None:
    found = labelled = total = 0
    for entry in texts:
        spans = scrubber.scrub(entry.text).spans
        for start, end, label in entry.identifiers:
            total += 1
            found += all(any(span.start <= at < span.end for span in spans) for at in range(start, end) if entry.text[at].isalnum())
            labelled += any(span.start < end and start < span.end and span.label == label for span in spans)

    assert found / total >= MIN_RECALL
    assert labelled / total >= MIN_RIGHT_LABEL


def test_texts_without_identifiers_stay_as_they_are(texts: list[Labelled], scrubber: Scrubber) -> None:
    changed = [entry.text for entry in texts if entry.kind == "keep" and scrubber.scrub(entry.text).text != entry.text]

    assert changed == []
