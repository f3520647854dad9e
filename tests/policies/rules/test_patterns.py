"""Patterns: the same matches as `re`, in linear time, and none that could run without end."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.rules.detectors import DETECTORS
from policies.rules.patterns import Pattern, PatternSet, without_look_around
from policies.rules.text import text_of
from tests.timing import seconds
from tools.packs.rules import load_catalogue

SOURCES = sorted(
    {source for one in load_catalogue().rules for source in (*one.rule.detect.patterns_any, *one.rule.detect.patterns_none)}
    | {source for detector in DETECTORS.values() for source in (*detector.finds, *detector.unless)}
)
TEXTS = [example.text for one in load_catalogue().rules for example in (*one.rule.examples.violating, *one.rule.examples.clean)]


def spans(source: str, text: str) -> list[tuple[int, int]]:
    return list(Pattern(source).spans(text_of(text)))


@pytest.mark.parametrize("source", SOURCES)
def test_every_shipped_pattern_is_safe_and_matches_as_re_does(source: str) -> None:
    Pattern(source).check()
    exact = re.compile(Pattern(source).source, re.IGNORECASE | re.ASCII)

    together = "  ".join(TEXTS)
    plain = text_of(together).folded
    assert spans(source, together) == [hit.span() for hit in exact.finditer(plain)]


@given(st.lists(st.sampled_from([*TEXTS, "é", "—", "日本", "\u200b", " "]), max_size=3).map("".join), st.sampled_from(SOURCES))
def test_a_pattern_that_is_not_possible_does_not_match(text: str, source: str) -> None:
    pattern = Pattern(source)

    assert PatternSet({7: pattern}).possible(text_of(text)) or not pattern.matches(text_of(text))


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        (r"a(?!b)c", "ac"),
        (r"(?<!a)b(?=c(?:d|e))", "b"),
        (r"(?:(?!x(?:y))[^.])*z", r"(?:[^.])*z"),
        (r"[(?!)]a\(?=", r"[(?!)]a\(?="),
        (r"(?-i:A)(?<=b)", "(?-i:A)"),
    ],
)
def test_look_around_is_taken_out_whole(source: str, plain: str) -> None:
    assert without_look_around(source) == plain


@pytest.mark.parametrize(
    ("text", "matched"),
    [("no cure, a cure", ["cure"]), ("é cure", ["cure"]), ("日本 cure", ["cure"]), ("a\u00adcure cu\u00adre", ["cu\u00adre"])],
)
def test_places_are_places_of_the_text_as_given(text: str, matched: list[str]) -> None:
    read = text_of(text)

    found = [read.span(*span) for span in Pattern(r"(?<!no )\bcure\b").spans(read)]

    assert [text[start:end] for start, end in found] == matched


@pytest.mark.parametrize("source", [r"(a+)+b", r"(?:\w*\s*)*x", r"(?:a|b+)*c", r"((?:ab*)+)*c"])
def test_a_repeat_of_a_repeat_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="backtrack without end"):
        Pattern(source).check()


@pytest.mark.parametrize("source", ["(", "a{2,1}", r"(?<=a+)b", "[z-a]", r"(a)\1"])
def test_a_pattern_that_does_not_compile_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="does not compile"):
        Pattern(source).check()


def test_accents_and_typography_in_a_pattern_are_folded_like_the_text() -> None:
    assert spans("curación|don’t", "Una CURACION. We don't") == [(4, 12), (17, 22)]


@pytest.mark.parametrize("source", SOURCES)
def test_no_pattern_is_slow_on_a_long_adversarial_text(source: str) -> None:
    """Texts made of what the pattern begins with, so that it starts everywhere and ends nowhere. The bench has the figures (50 ms per 100 kB)."""
    words = sorted(re.findall(r"[a-z]{2,}", Pattern(source).plain.lower()), key=len)[-3:] or ["a"]
    text = text_of(" ".join(words * (20_000 // (len(" ".join(words)) + 1))))
    pattern = Pattern(source)

    assert seconds(lambda: list(pattern.spans(text)), runs=1) < 1


@pytest.mark.parametrize("source", [r"x(?=(a+)+$)", r"(?:aa*)*(?<!a)c", r"(?:a|aa)*(?<!a)c", r"(?:a?a)*(?!b)c", r"(?:\w+\w)*(?<!a)c"])
def test_a_pattern_that_looks_around_and_can_backtrack_without_end_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="backtrack without"):
        Pattern(source).check()


@pytest.mark.parametrize("source", [r"\bcure(?:\s\w{1,9})*(?! of)", r"(?<!a)b[^.]*c", r"a(?:, ?[a-z]+)*(?!x)", r"(?:a|aa)*c"])
def test_a_pattern_that_cannot_is_taken(source: str) -> None:
    Pattern(source).check()


def test_every_shipped_pattern_passes_what_a_house_pack_must_pass() -> None:
    for one in load_catalogue().rules:
        for trigger in one.triggers:
            trigger.pattern.check()
