"""Words hidden from a pattern but not from a reader: the same findings as the plain text, never a silent pass."""

from functools import cache

import pytest

from policies.actions import Gate, Item, ItemKind
from policies.rules.catalogue import Catalogue
from policies.rules.engine import evaluate
from tools.packs.rules import load_catalogue

CLAIMS = [
    (ItemKind.AD_COPY, "Our program cures diabetes in weeks."),
    (ItemKind.WEB_PAGE, "We guarantee results from the first session."),
    (ItemKind.REVIEW_REPLY, "Thank you for being our patient."),
    (ItemKind.PAYMENT, "A kickback of $50 per referral."),
    (ItemKind.EMAIL, "Ozempic for weight loss, delivered to your door."),
]

CYRILLIC = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
GREEK = str.maketrans("oaviAEBHKMNOPTXZ", "οανιΑΕΒΗΚΜΝΟΡΤΧΖ")
FULL_WIDTH = {place: place + 0xFEE0 for place in range(0x21, 0x7F)}
BOLD = {ord("a") + place: 0x1D41A + place for place in range(26)}
CIRCLED = {ord("a") + place: 0x24D0 + place for place in range(26)}

DODGES = {
    "soft hyphens": lambda text: "\u00ad".join(text),
    "zero-width spaces": lambda text: "\u200b".join(text),
    "joiners and marks": lambda text: "\u2060".join("\u200d".join(text)),
    "Cyrillic letters": lambda text: text.translate(CYRILLIC),
    "Greek letters": lambda text: text.translate(GREEK),
    "full-width letters": lambda text: text.translate(FULL_WIDTH),
    "mathematical letters": lambda text: text.translate(BOLD),
    "circled letters": lambda text: text.translate(CIRCLED),
    "accents": lambda text: "".join(f"{letter}\u0301" if letter.isalpha() else letter for letter in text),
    "letters turned round": lambda text: f"\u202e{text[::-1]}\u202c",
    "control characters": lambda text: "\x08".join(text),
    "non-breaking spaces": lambda text: text.replace(" ", "\u00a0"),
    "blank letters": lambda text: "\u3164".join(text),
}


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


def rules(kind: ItemKind, text: str) -> list[str]:
    return [finding.rule for finding in evaluate(catalogue(), Item(kind=kind, text=text), Gate.CHECK)]


@pytest.mark.parametrize(("kind", "text"), CLAIMS)
@pytest.mark.parametrize("dodge", DODGES)
def test_a_hidden_word_is_read(dodge: str, kind: ItemKind, text: str) -> None:
    plain = rules(kind, text)

    assert plain
    assert rules(kind, DODGES[dodge](text)) == plain


@pytest.mark.parametrize("word", ["c u r e s", "c.u.r.e.s", "c-u-r-e-s", "c*u*r*e*s", "c_u_r_e_s"])
def test_a_word_written_letter_by_letter_is_read(word: str) -> None:
    assert "FTC-CLAIM-CURE" in rules(ItemKind.AD_COPY, f"Our program {word} diabetes.")


@pytest.mark.parametrize("dodge", DODGES)
def test_a_quote_is_the_text_as_given(dodge: str) -> None:
    text = DODGES[dodge]("Call us. We guarantee results.")

    for finding in evaluate(catalogue(), Item(kind=ItemKind.AD_COPY, text=text), Gate.CHECK):
        if finding.start is not None:
            assert text[finding.start : finding.end] == finding.quote


def test_ten_megabytes_are_read_to_the_end() -> None:
    text = "Our clinic is open on weekdays. " * 320_000 + "We guarantee results."

    assert "FTC-CLAIM-GUARANTEE" in rules(ItemKind.WEB_PAGE, text)
