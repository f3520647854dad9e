"""What hides an identifier from a pattern and not from a reader; long texts; texts made to be slow."""

import pytest

from policies.phi.scrub import PIECE, Scrubber
from tests.timing import seconds
from tools.packs.phi import load_lexicon

OWN = ("Elena Vega", "(312) 555-0142", "https://lakeside-ortho.example")
SCRUBBER = Scrubber(load_lexicon(), OWN)


@pytest.mark.parametrize(
    "text",
    [
        "123\x7f-45-6789",
        "ssn 123\x00-45\x00-6789",
        "123-45\ufe0f-6789",
        "123-45\ue000-6789",
        "3\ufe0f\u20e31\ufe0f\u20e32\ufe0f\u20e3-5\ufe0f\u20e35\ufe0f\u20e35\ufe0f\u20e3-0\ufe0f\u20e31\ufe0f\u20e39\ufe0f\u20e38\ufe0f\u20e3",
        "123-<b>45</b>-6789",
        "312-**555**-0198",
        "312\\-555\\-0198",
        "312 / 555 / 0198",
        "(312)-(555)-(0198)",
        "1EG4 TE5 MK73",
    ],
)
def test_layout_and_hidden_characters_hide_no_number(text: str) -> None:
    out = SCRUBBER.scrub(text).text

    assert not any(char.isdigit() for char in out.split("[")[0]), out
    assert sum(char.isdigit() for char in out) <= 1, out  # the placeholder's own


@pytest.mark.parametrize(
    "address",
    [
        "https://lakeside-ortho.example/thank-you?first=Maria&last=Gonzalez",
        "https://lakeside-ortho.example/x?fn=Maria&ln=Gonzalez",
        "https://lakeside-ortho.example/x?q=my+name+is+Maria+Gonzalez",
        "https://lakeside-ortho.example/maria-gonzalez/note",
        "https://maria-gonzalez.lakeside-ortho.example/",
        "https://example.com/?utm_content=Maria_Gonzalez1985",
        "https://maria-gonzalez.com",
    ],
)
def test_no_address_keeps_a_patient_not_even_the_practice_s_own(address: str) -> None:
    out = SCRUBBER.scrub(address).text.lower()

    assert "maria" not in out
    assert "gonzalez" not in out


def test_the_page_of_a_clinician_of_the_practice_stays() -> None:
    page = "https://lakeside-ortho.example/providers/elena-vega"

    assert SCRUBBER.scrub(page).text == page


@pytest.mark.parametrize("identifier", ["123 45 6789", "217 555 0198", "4111 1111 1111 1111", "MRN no. 41883"])
@pytest.mark.parametrize("shift", range(0, 24, 3))
def test_an_identifier_that_a_cut_between_pieces_goes_through_is_found(identifier: str, shift: int) -> None:
    text = ("word " * (PIECE // 5))[: PIECE - shift] + " " + identifier + " so it goes " + "word " * 40

    assert identifier not in SCRUBBER.scrub(text).text


def test_a_text_without_spaces_is_cut_nowhere_that_hides_a_number() -> None:
    assert "0198" not in SCRUBBER.scrub("<>" * (PIECE // 2 - 3) + "312-555-0198" + "<>" * 9).text


@pytest.mark.parametrize(
    "unit", ["-", "=", "x", "aa-", "_", "12-", "double ", "my ", "- a\n", "thanks\n", "J-", "IL 60601 ", "99999 ", "a b ", "("]
)
def test_time_grows_with_the_length_and_not_with_its_square(unit: str) -> None:
    """Four times the text may take four times as long, with room for noise; a square would take sixteen times."""

    def spent(length: int) -> float:
        text = (unit * length)[:length] + " 5 name is Jo"
        return seconds(lambda: SCRUBBER.find(text), runs=2)

    assert spent(24_000) < 9 * spent(6_000) + 0.2
