"""The cheap guard in front of the patterns: it may let a text through in vain, it may never hide a match."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.rules.text import text_of
from policies.rules.words import needed_words
from tools.packs.rules import load_catalogue

TRIGGERS = [trigger for one in load_catalogue().rules for trigger in one.any_of]
TEXTS = [example.text for one in load_catalogue().rules for example in (*one.rule.examples.violating, *one.rule.examples.clean)]


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        (r"\bguarantee\w*", [{"guarantee"}]),
        (r"\b(?:best|top)\s+(?:clinic|doctor)s?\b", [{"clinic", "doctor"}, {"best", "top"}]),
        (r"(?:free|gratis)?", []),
        (r"[a-z]+", []),
        (r"\d{3}-\d{2}", [{"-"}]),
        (r"#\d", [{"#"}]),
        (r"(?:\bcure)+", [{"cure"}]),
        (r"(?-i:Dr)\s", [{"dr"}]),
        (r"(?!never)always", [{"always"}]),
        (r"one|\d", []),
    ],
)
def test_needed_words(pattern: str, needs: list[set[str]]) -> None:
    assert sorted(map(sorted, needed_words(pattern))) == sorted(map(sorted, needs))


@given(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=2), st.sampled_from([str.upper, str.lower, str.title, str]))
def test_the_guard_never_hides_a_match(parts: list[str], change: object) -> None:
    text = text_of(change(" ".join(parts)))  # type: ignore[operator]

    hidden = [one.pattern.pattern for one in TRIGGERS if one.pattern.search(text.folded) and not one.may_match(text.lowered)]

    assert hidden == []


@given(st.text(max_size=12))
def test_no_letter_of_any_script_slips_past_the_guard(letters: str) -> None:
    text = text_of(letters)
    for word in ("kiss", "miss", "is", "fi"):
        pattern = re.compile(re.escape(word[:2]), re.IGNORECASE)
        assert not pattern.search(text.folded) or word[:2] in text.lowered


def test_most_patterns_are_guarded() -> None:
    assert sum(bool(one.needs) for one in TRIGGERS) > 0.9 * len(TRIGGERS)
