"""Numbers, letters and addresses as people say them to a telephone."""

import pytest

from policies.phi.scrub import Scrubber
from policies.records import Label
from tools.packs.phi import load_lexicon

SCRUBBER = Scrubber(load_lexicon())

SAID = (
    (Label.PHONE, "cell: three one nine, five five five, oh one seven two. thanks", "three one nine, five five five, oh one seven two"),
    (Label.PHONE, "312 five five five 0198", "312 five five five 0198"),
    (
        Label.PHONE,
        "su celular es dos veinticuatro, cinco cincuenta y cinco, cero uno ochenta, gracias",
        "dos veinticuatro, cinco cincuenta y cinco, cero uno ochenta",
    ),
    (Label.SSN, "social is double four seven, uh, twenty one, nine oh two one", "double four seven, uh, twenty one, nine oh two one"),
    (Label.OTHER_ID, "my policy is H as in hotel 4 4 0 2 dash 9 9 7 1", "H as in hotel 4 4 0 2 dash 9 9 7 1"),
    (Label.OTHER_ID, "the plate's echo kilo niner, four four one", "echo kilo niner, four four one"),
    (Label.OTHER_ID, "my pin is four four seven one", "four four seven one"),
    (Label.NAME, "B as in boy, H, A, T, T, I.", "B as in boy, H, A, T, T, I"),
    (Label.NAME, "that is N-O-R-A", "N-O-R-A"),
    (Label.EMAIL, "it's d dot okonkwo eighty-one at example dot com.", "d dot okonkwo eighty-one at example dot com"),
    (
        Label.LOCATION,
        "my address is forty-two eighteen West Juniper, apartment three B, Oak Lawn",
        "forty-two eighteen West Juniper, apartment three B",
    ),
    (Label.DATE, "born quince de mayo del sesenta y dos", "quince de mayo del sesenta y dos"),
)


@pytest.mark.parametrize(("label", "text", "value"), SAID)
def test_what_is_said_is_found_whole(label: Label, text: str, value: str) -> None:
    hits = SCRUBBER.find(text)
    start, end = text.index(value), text.index(value) + len(value)

    assert any(hit.start <= start and end <= hit.end and hit.label is label for hit in hits), hits


@pytest.mark.parametrize(
    "text",
    [
        "vitamin B, C, D and E daily",
        "one or two times a day for three weeks",
        "three four or five of them",
        "press one, two, or three",
        "invisalign cost 2024 with delta dental ppo",
        "L4 L5 S1 on the MRI",
        "grade A, B or C",
    ],
)
def test_a_count_a_vitamin_and_a_level_stay(text: str) -> None:
    assert SCRUBBER.scrub(text).text == text
