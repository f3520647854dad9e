"""A practice's own leads are found by exact look-up, however rare the name and however it is written."""

import pytest

from policies.phi.known import grams_of
from policies.phi.scrub import Scrubber
from policies.records import Contact
from tools.packs.phi import load_lexicon

LEADS = (
    Contact(first_name="Zq'wara", last_name="Blorptag"),
    Contact(first_name="Young", last_name="Grace"),
    Contact(first_name="Ana María", last_name="de la Qix"),
)
GRAMS = {gram for lead in LEADS for gram in grams_of(lead)}
PLAIN = Scrubber(load_lexicon())
KNOWING = PLAIN.knowing(GRAMS.__contains__)


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("does blorptag still have braces", "does [NAME_1] still have braces"),
        ("the BLORPTAG account", "the [NAME_1] account"),
        ("zqwara, blorptag", "[NAME_1], [NAME_2]"),
        ("young grace has knee pain", "[NAME_1] has knee pain"),
        ("Qix wants a cleaning", "[NAME_1] wants a cleaning"),
    ],
)
def test_a_lead_is_found_in_any_spelling_of_case(text: str, scrubbed: str) -> None:
    assert KNOWING.scrub(text).text == scrubbed


@pytest.mark.parametrize("text", ["the young dentist said grace matters", "we love the new office"])
def test_an_ordinary_word_is_not_taken_for_the_lead_who_bears_it(text: str) -> None:
    assert KNOWING.scrub(text).text == text


def test_the_dictionary_belongs_to_one_scrubber_alone() -> None:
    assert PLAIN.scrub("does blorptag still have braces").text == PLAIN.scrub("does blorptag still have braces").text
    assert grams_of(Contact(email="a@example.org")) == ()


def test_scrubbing_twice_equals_scrubbing_once_with_a_dictionary() -> None:
    once = KNOWING.scrub("zqwara blorptag met young grace, Qix and Marta at the knee clinic")

    assert KNOWING.scrub(once.text).text == once.text
