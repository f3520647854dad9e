"""Reading a text: what is folded, where sentences end, and that offsets lead back to the text as given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.rules.text import text_of


@pytest.mark.parametrize(
    ("original", "folded"),
    [
        ("don’t", "don't"),
        ("“safe”", '"safe"'),
        ("pain‑free – now", "pain-free - now"),
        ("gua\u00adran\u200btee", "guarantee"),
        ("ｃｕｒｅ", "cure"),
        ("100\u00a0%", "100 %"),
        ("Wegovy™", "Wegovy "),
        ("CİRE", "CIRE"),
        ("rodilla más fácil", "rodilla mas facil"),
    ],
)
def test_typography_is_folded(original: str, folded: str) -> None:
    assert text_of(original).folded == folded


def sentence_with(text: str, word: str) -> str:
    start = text.index(word)
    first, last = text_of(text).sentences_around(start, start + len(word))
    return text[first:last].strip()


@pytest.mark.parametrize(
    ("text", "word", "sentence"),
    [
        ("No cure yet. We treat pain. Call us.", "treat", "We treat pain."),
        ("Meet Dr. Lane, MD, today. Call us.", "Lane", "Meet Dr. Lane, MD, today."),
        ("Ask J. Lane now! Call us.", "Ask", "Ask J. Lane now!"),
        ("Only $1.50 today. Call us.", "today", "Only $1.50 today."),
        ("Pain\n\nwe cure it", "cure", "we cure it"),
        ("No cure\n- We cure it", "We cure", "- We cure it"),
        ("a line that was\nwrapped here", "that", "a line that was\nwrapped here"),
        ("cure", "cure", "cure"),
    ],
)
def test_sentences(text: str, word: str, sentence: str) -> None:
    assert sentence_with(text, word) == sentence


def test_a_match_across_sentences_has_both() -> None:
    text = "One two. Three four. Five."

    assert text_of(text).sentences_around(4, 14) == (0, len("One two. Three four. "))


@given(st.text(max_size=80))
def test_a_span_of_the_folded_text_is_a_span_of_the_original(original: str) -> None:
    text = text_of(original)

    assert len(text.folded) <= len(original)
    for index, character in enumerate(text.folded):
        start, end = text.span(index, index + 1)
        assert text_of(original[start:end]).folded == character


@given(st.text(alphabet=st.sampled_from(list('aA. !?\n"1-D’\u200b')), max_size=60))
def test_a_sentence_holds_the_match_it_was_asked_for(original: str) -> None:
    text = text_of(original)
    for start in range(len(text.folded)):
        end = min(start + 3, len(text.folded))
        first, last = text.sentences_around(start, end)

        assert first <= start
        assert end <= last
