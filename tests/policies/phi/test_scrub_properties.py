"""What holds for every text: idempotent, honest offsets, nothing planted survives, no text breaks it."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.phi.checksums import luhn, ssn
from policies.phi.normalise import PLACEHOLDER
from policies.phi.scrub import WITHHELD, Scrubber
from tools.packs.phi import load_lexicon

SCRUBBER = Scrubber(load_lexicon(), ("Elena Vega", "(312) 555-0100"))

WORDS = st.sampled_from(
    [
        "the",
        "knee",
        "hurt",
        "after",
        "my",
        "visit",
        "Maria",
        "said",
        "Dr.",
        "Vega",
        "called",
        "on",
        "Tuesday",
        "in",
        "Joliet",
        "for",
        "3",
        "weeks",
        "$40",
        "mg",
        "-",
        ",",
        ".",
        "!",
        "(",
        ")",
        "[NAME_1]",
        "Smith",
        "12",
        "Elm",
        "Street",
        "4/12/85",
        "at",
        "dot",
        "com",
        "@",
        "#",
        "MRN",
        "id:",
        "son",
        "Young",
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map(" ".join), st.text(string.printable, max_size=200))
DIGITS = st.integers(0, 9).map(str)


def number(pattern: str) -> st.SearchStrategy[str]:
    """Digits where `pattern` has 0, 2-9 where it has 2, all else as it stands."""
    drawn = [DIGITS if char == "0" else st.integers(2, 9).map(str) if char == "2" else st.just(char) for char in pattern]
    return st.tuples(*drawn).map("".join)


def with_check_digit(body: str) -> str:
    return next(body + str(digit) for digit in range(10) if luhn(body + str(digit)))


PHONES = st.sampled_from(["(200) 200-0000", "200-200-0000", "200.200.0000", "2002000000", "+1 200 200 0000", "1-200-200-0000"]).flatmap(
    number
)
SSNS = number("000-00-0000").filter(lambda text: ssn(text.replace("-", "")))
CARDS = number("400000000000000").map(with_check_digit)
LOCAL = st.text(string.ascii_lowercase + string.digits + "._", min_size=1, max_size=12)
EMAILS = st.builds(
    "{}@{}.example.{}".format, LOCAL, st.text(string.ascii_lowercase, min_size=1, max_size=8), st.sampled_from(["com", "org", "net"])
)
CARRIERS = st.sampled_from(
    [
        "{}",
        "Call me, {}.",
        "my chart says {} and I want it mended",
        "¿Es {} correcto?",
        "({})",
        "ok\n{}\nthanks",
        "is it {}?",
        "{}, {}",
        "price $40 id {} ok",
    ]
)


@settings(max_examples=250, deadline=None)
@given(TEXTS)
def test_scrubbing_twice_equals_scrubbing_once(text: str) -> None:
    once = SCRUBBER.scrub(text)

    assert SCRUBBER.scrub(once.text).text == once.text
    assert SCRUBBER.scan(once.text) == ()


@settings(max_examples=250, deadline=None)
@given(TEXTS)
def test_spans_are_in_order_apart_and_inside_the_text(text: str) -> None:
    result = SCRUBBER.scrub(text)
    edges = [edge for span in result.spans for edge in (span.start, span.end)]

    assert edges == sorted(edges)
    assert all(0 <= span.start < span.end <= len(text) for span in result.spans)
    kept, at = [], 0
    for span in result.spans:
        kept.append(text[at : span.start])
        at = span.end
    kept.append(text[at:])
    assert result.text == WITHHELD or PLACEHOLDER.sub("", result.text) == "".join(PLACEHOLDER.sub("", part) for part in kept)


@settings(max_examples=200, deadline=None)
@given(st.one_of(PHONES, SSNS, CARDS, EMAILS), CARRIERS)
def test_no_planted_identifier_survives(value: str, carrier: str) -> None:
    assert value not in SCRUBBER.scrub(carrier.replace("{}", value)).text


@settings(max_examples=150, deadline=None)
@given(st.one_of(PHONES, SSNS, CARDS), st.sampled_from("\u200b\u00ad\u2060\ufeff"))
def test_invisible_characters_hide_nothing(value: str, invisible: str) -> None:
    hidden = invisible.join(value)

    assert not any(char.isdigit() for char in SCRUBBER.scrub(f"it is {hidden} ok").text.replace("_1]", "").replace("_2]", ""))


@settings(max_examples=100, deadline=None)
@given(st.one_of(PHONES, SSNS, EMAILS))
def test_percent_encoding_hides_nothing(value: str) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in value.encode())

    assert encoded not in SCRUBBER.scrub(f"q={encoded}").text


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "a@",
        "12-",
        "Maria ",
        "%25",
        "A.",
        "Jane de ",
        "1 a ",
        "(at) ",
        "http://",
        "[NAME_1]",
        "five ",
        "x.y",
        "/a",
        "é",
        "&amp",
        "- ",
        "Elm St ",
        "in ",
    ],
)
def test_cost_is_linear_in_length(unit: str) -> None:
    """Repeated fragments are where a pattern would backtrack; the test's own timeout is the limit."""
    SCRUBBER.scrub(unit * (20_000 // len(unit)))
