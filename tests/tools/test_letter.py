"""The words of a mail: one function for the page and for the sender."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.actions import Content
from tools.letter import FIRST_NAME, UnknownTokens, letter_of
from tools.practice import Organisation

OURS = Organisation(
    name="Larkfield Joint Care",
    legal_name="Larkfield Joint Care LLC",
    postal_address="12 Pier Road, Tampa, FL 33601",
    reply_to="hello@larkfield.example.com",
    phone="813-555-0100",
    website="https://larkfield.example.com",
    unsubscribe_url="https://larkfield.example.com/stop?v=1",
)
words = st.text(alphabet=st.characters(blacklist_characters="{}", blacklist_categories=["Cs"]), max_size=40)


def written(body: str, *, first_name: str = "Quilla", ours: Organisation = OURS) -> str:
    return letter_of(Content(title="Hello", body=body), ours, sender="hello@example.com", first_name=first_name, execution="X-1").body


def test_every_token_is_filled_in_but_the_name_that_the_page_leaves() -> None:
    body = "Hi {{first_name}}, {{ practice_name }}, {{postal_address}}, {{phone}}, {{website}}: {{unsubscribe_url}}"

    assert written(body, first_name=FIRST_NAME) == (
        "Hi {{first_name}}, Larkfield Joint Care, 12 Pier Road, Tampa, FL 33601, 813-555-0100, https://larkfield.example.com: "
        "https://larkfield.example.com/stop?v=1&e=X-1"
    )


def test_without_a_page_to_unsubscribe_a_mail_does_it() -> None:
    plain = OURS.model_copy(update={"unsubscribe_url": ""})
    letter = letter_of(Content(title="a", body="{{unsubscribe_url}}"), plain, sender="s@example.com", first_name="Q", execution="X-1")

    assert letter.body == "mailto:hello@larkfield.example.com?subject=unsubscribe"
    assert (letter.one_click, letter.list_unsubscribe) == (False, "<mailto:hello@larkfield.example.com?subject=unsubscribe>")


def test_a_token_nobody_fills_in_is_refused_by_its_name() -> None:
    with pytest.raises(UnknownTokens, match="diagnosis"):
        written("Your {{diagnosis}}")


def test_a_name_that_looks_like_a_token_is_not_filled_in_again() -> None:
    assert written("Hi {{first_name}}", first_name="{{phone}}") == "Hi {{phone}}"


@given(words, words)
def test_the_page_and_the_mail_differ_in_the_name_alone(before: str, after: str) -> None:
    body = before + "{{first_name}}" + after

    assert written(body, first_name=FIRST_NAME).replace(FIRST_NAME, "Quilla") == written(body)
