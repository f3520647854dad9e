"""The gates only save time: with and without RE2 the same finders run, and a finder never finds in a text that its gate leaves out."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.phi.accuracy import SETS, hand_written
from policies.phi.gate import Finder, compiled_set
from policies.phi.people import CUES
from policies.phi.scrub import Scrubber
from tools.packs.phi import load_lexicon

SCRUBBER = Scrubber(load_lexicon())
GATES = [(index, finder.gate) for index, finder in enumerate(SCRUBBER.finders)] + [
    (1000 + index, cue.gate) for index, cue in enumerate(CUES)
]
TEXTS = [entry.text for path in SETS.glob("*.txt") for entry in hand_written(path.name)]
FRAGMENTS = st.lists(st.sampled_from([word for text in TEXTS[::7] for word in text.split()]), max_size=25).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=120), FRAGMENTS))
def test_re2_and_re_agree_on_every_gate(text: str) -> None:
    assert compiled_set(GATES)(text) == compiled_set(GATES, native=False)(text)


@pytest.mark.parametrize("finder", SCRUBBER.finders, ids=lambda finder: finder.name)
def test_a_finder_finds_nothing_where_its_gate_is_shut(finder: Finder) -> None:
    opens = re.compile(finder.gate).search
    shut = [text for text in TEXTS if not opens(text) or (finder.digit and not re.search(r"\d", text))]

    assert [text for text in shut if list(finder.find(text))] == []
