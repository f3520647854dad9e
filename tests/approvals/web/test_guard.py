"""A page masks an identifier that should never have come so far; forms, scripts and what the practice publishes stay."""

import pytest

from approvals.web.guard import masked
from policies.phi.scrub import Scrubber
from policies.records import Label
from tests.timing import seconds
from tools.packs.phi import load_lexicon

PATTERNS = Scrubber(load_lexicon(), ("(312) 555-0100",)).patterns


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("wren.quillfeather@example.org", Label.EMAIL),
        ("wren&#64;example.org", Label.EMAIL),
        ("(813) 555-0142", Label.PHONE),
        ("219-09-9999", Label.SSN),
        ("MRN 00482913", Label.MRN),
        ("card 4111 1111 1111 1111", Label.ACCOUNT),
        ("203.0.113.77", Label.IP),
    ],
)
def test_an_identifier_between_tags_is_masked(value: str, label: Label) -> None:
    page, labels = masked(f"<main><p class='copy'>Please look: {value} &amp; more</p></main>", PATTERNS)

    assert labels == [label]
    assert f"[{label}]" in page
    assert value not in page
    assert "&amp; more</p></main>" in page


@pytest.mark.parametrize(
    "page",
    [
        "<form><input name='reply' value='wren@example.org'><textarea>(813) 555-0142</textarea></form>",
        "<p>Call (312) 555-0100, open since 2004, score 72, 26 Nov 2026, $3,500</p>",
        "<style>a{width:219-09-9999}</style><p>ok then</p>",
        "plain text without tags 219-09-9999",
    ],
)
def test_what_belongs_on_a_page_stays(page: str) -> None:
    assert masked(page, PATTERNS) == (page, [])


@pytest.mark.parametrize(
    "page",
    [
        "<title>jane@example.com</title>",
        "<p><b>813</b>-555-0142</p>",
        "<p>ssn <b>219-09</b>-9999</p>",
        '<img alt="call (813) 555-0142">',
        '<a href="mailto:jane@example.com">write</a>',
        "<textarea>a</textarea><p>813-555-0142</p><textarea>b</textarea>",
        "<script>1<p>813-555-0142</p>",
    ],
)
def test_what_a_reader_sees_or_hears_is_read_as_one(page: str) -> None:
    out, labels = masked(page, PATTERNS)

    assert labels
    assert not any(part in out for part in ("jane@", "0142", "9999"))


@pytest.mark.parametrize("unit", ["<script ", "<option>a</option>"])
def test_a_page_is_read_in_time_that_grows_with_its_length(unit: str) -> None:
    def spent(count: int) -> float:
        return seconds(lambda: masked(unit * count + "<p>hello there</p>" * count, PATTERNS))

    assert spent(2_000) < 9 * spent(500) + 0.1
