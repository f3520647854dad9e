"""What may greet a person, and natural keys that fit."""

import pytest

from policies.actions import SUBJECT_MAX, ActionKind, Content, Proposal
from policies.records import Channel, person_name


@pytest.mark.parametrize("name", ["Ana", "Mary-Jo", "O'Neil", "José María", "van der Berg", "J. R.", "李"])
def test_a_name_is_kept(name: str) -> None:
    assert person_name(name) == name


@pytest.mark.parametrize(
    "text",
    [
        "Quilla, your HIV test is positive",
        "see http://evil.example",
        "evil.example",
        "SSN 123-45-6789",
        "Ana\n\nPay here",
        "x" * 41,
        "one two three four five",
        "",
        None,
    ],
)
def test_what_is_no_name_never_greets_anybody(text: str | None) -> None:
    assert person_name(text) is None


def test_a_long_subject_is_cut_and_still_tells_two_apart() -> None:
    def subject(ending: str) -> str:
        content = Content(title="t", body="b")
        return Proposal(
            kind=ActionKind.QUERY_COVERAGE, channel=Channel.SEARCH, subject="q" * 300 + ending, period="p", content=content
        ).subject

    assert len(subject("a")) == SUBJECT_MAX
    assert subject("a") == subject("a") != subject("b")
