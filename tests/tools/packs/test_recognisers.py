"""A bigger recogniser adds to what the built-in finders find, and never takes from it. With a real Presidio engine on a blank spaCy model."""

from collections.abc import Iterator

import pytest
import spacy
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import SpacyNlpEngine

from policies.phi.scrub import WITHHELD, Scrubber
from policies.records import Label
from tools.errors import SettingsError
from tools.packs.phi import load_lexicon
from tools.packs.recognisers import load_recognisers, presidio_recogniser

TEXT = "the plan covers knees, write to jane@example.com or (312) 555-0142"


def blank_engine(*, finds: str) -> AnalyzerEngine:
    """Presidio on spaCy's blank English, whose entity ruler knows one made-up person: a stand-in for trained weights."""
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": finds}])  # type: ignore[attr-defined]
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
    engine.nlp = {"en": nlp}
    return AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])


@pytest.fixture(scope="module")
def engine() -> AnalyzerEngine:
    return blank_engine(finds="knees")


def test_presidio_adds_what_only_it_finds(engine: AnalyzerEngine) -> None:
    ours = Scrubber(load_lexicon()).scrubbed(TEXT)

    both = Scrubber(load_lexicon(), (), (presidio_recogniser(engine),)).scrubbed(TEXT)

    assert "knees" in ours.text
    assert both.text == "the plan covers [NAME_1], write to [EMAIL_1] or [PHONE_1]"
    assert {(hit.start, hit.end) for hit in ours.hits} < {(hit.start, hit.end) for hit in both.hits}


def test_a_recogniser_that_finds_nothing_takes_nothing_away() -> None:
    def silent(text: str) -> Iterator[tuple[int, int, str]]:
        yield from ()

    assert Scrubber(load_lexicon(), (), (silent,)).scrubbed(TEXT) == Scrubber(load_lexicon()).scrubbed(TEXT)


def test_a_recogniser_that_fails_withholds_the_text() -> None:
    def broken(text: str) -> Iterator[tuple[int, int, str]]:
        raise RuntimeError("no weights")

    found = Scrubber(load_lexicon(), (), (broken,)).scrubbed("the knee is fine")

    assert (found.text, found.hits[0].label) == (WITHHELD, Label.OTHER_ID)
    assert "RuntimeError" in found.withheld


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("presidio", "module:function"),
        ("no_such_module:make", "pip install liaison"),
        ("tools.packs.recognisers:nothing", "has no function nothing"),
        ("tools.packs.recognisers:presidio", "en_core_web_lg is not installed"),
    ],
)
def test_a_wrong_entry_says_what_to_mend(name: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        load_recognisers((name,))
