"""A page masks an identifier that should never have come so far; forms, scripts and what the practice publishes stay."""

import pytest

from approvals.web.guard import masked
from policies.phi.scrub import Scrubber
from policies.records import Label
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
