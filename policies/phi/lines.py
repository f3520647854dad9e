"""A text as a line of words and the gaps between them, and how each word is written within its text. Knows no weights."""

from typing import NamedTuple

from policies.phi.normalise import OPAQUE
from policies.phi.tokens import (
    BOTH,
    EDGE,
    GIVEN_ONLY,
    KINDS,
    LETTER,
    MAYBE_GIVEN_ONLY,
    MAYBE_SURNAME_ONLY,
    NEW,
    PLAIN,
    RARE_ONLY,
    RARE_PLAIN,
    STATE_ONLY,
    SURNAME_ONLY,
    TERM_NAME,
    TERM_ONLY,
    TOWN_ONLY,
    Token,
)

STYLES = 6  # of a word within its text: lower, title, upper, lower in an all-lower text, upper in a shouted one, title in a headline
GROUPS = 5
ROLES = GROUPS * STYLES  # the coarse role that context words are weighed against
NORMAL, ALL_LOWER, SHOUTED, HEADLINE = range(4)
_STYLE = ((0, 1, 2), (3, 1, 2), (0, 1, 4), (0, 5, 2))  # by text style, then by case
_GROUP_OF = {
    **dict.fromkeys((BOTH, GIVEN_ONLY, SURNAME_ONLY, TERM_NAME), 0),
    **dict.fromkeys((MAYBE_GIVEN_ONLY, MAYBE_SURNAME_ONLY, TOWN_ONLY, STATE_ONLY), 1),
    **dict.fromkeys((RARE_ONLY, RARE_PLAIN, NEW), 2),
    LETTER: 3,
    **dict.fromkeys((TERM_ONLY, PLAIN, EDGE), 4),
}
ROLE = tuple(tuple(_GROUP_OF[kind] * STYLES + _STYLE[style][case] for kind in range(KINDS) for case in range(3)) for style in range(4))
CLASS = tuple(tuple(kind * STYLES + _STYLE[style][case] for kind in range(KINDS) for case in range(3)) for style in range(4))
CLASSES = KINDS * STYLES
EDGE_SHAPE = EDGE * 3

# What may stand between two words.
GAPS = 16
(G_EDGE, G_SPACE, G_COMMA, G_STOP, G_LINE, G_COLON, G_HYPHEN, G_OPEN) = range(8)
(G_CLOSE, G_QUOTE, G_SLASH, G_NUMBER, G_HIDDEN, G_AND, G_DOT, G_OTHER) = range(8, 16)
_MARKS = (
    (".!?;", G_STOP),
    (",", G_COMMA),
    (":=", G_COLON),
    ("(", G_OPEN),
    (")", G_CLOSE),
    ("\"'*", G_QUOTE),
    ("/_|", G_SLASH),
    ("&+", G_AND),
)


class Line(NamedTuple):
    """A text as words and gaps: `gaps[i]` stands before `words[i]`; one more gap than words. `bits` are those of all words together,
    `candidates` the words that may be part of a name at all, `starts` where each word begins.
    """

    words: list[str]
    gaps: list[str]
    tokens: list[Token]
    style: int
    bits: int
    candidates: list[int]
    starts: list[int]


def gap_class(gap: str) -> int:
    """What stands between two words, as one of the 16 classes."""
    if gap in (" ", "  "):
        return G_SPACE
    if not gap:
        return G_EDGE
    if OPAQUE in gap:
        return G_HIDDEN
    if any(char.isdigit() for char in gap):
        return G_NUMBER
    if "\n" in gap:
        return G_LINE
    plain = gap.strip()
    for chars, found in _MARKS:
        if any(char in plain for char in chars):
            return G_DOT if gap == "." else found
    return G_HYPHEN if plain.startswith(("-", "~")) else G_OTHER


def style_of(text: str, tokens: list[Token]) -> int:
    """How the whole text is written, by the cases of its words."""
    if text.islower():
        return ALL_LOWER
    cases = [token.shape % 3 for token in tokens]
    count, upper = len(cases), cases.count(2)
    if count > 2 and upper > 0.6 * count:
        return SHOUTED
    return HEADLINE if count >= 4 and upper + cases.count(1) > 0.7 * count else NORMAL


def is_free(gaps: list[str], index: int) -> bool:
    """Nothing glued to a digit ("500mg", "M17") is part of a name."""
    return not gaps[index][-1:].isdigit() and not gaps[index + 1][:1].isdigit()


def is_acronym(tokens: list[Token], gaps: list[str], index: int) -> bool:
    """ "SIADH" in a text that is not shouted: short, in capitals, in no list of names, and not beside another such word ("TRAN QUOC")."""
    token = tokens[index]
    if token.shape % 3 != 2 or token.shape // 3 not in (RARE_ONLY, RARE_PLAIN, NEW) or len(token.word) > ACRONYM:
        return False
    before = index > 0 and tokens[index - 1].shape % 3 == 2 and gaps[index] in (" ", ", ")
    after = index + 1 < len(tokens) and tokens[index + 1].shape % 3 == 2 and gaps[index + 1] in (" ", ", ")
    return not (before or after)


ACRONYM = 5  # letters


def may_be_spanish_name(tokens: list[Token], gaps: list[str], index: int) -> bool:
    """In a Spanish text an unlisted word in lower case, or one that only begins a sentence, is Spanish: our lists of ordinary words are English."""
    token = tokens[index]
    if token.shape // 3 not in (RARE_ONLY, RARE_PLAIN, NEW):
        return True
    if token.shape % 3 == 0:
        return False
    opens = index == 0 or gap_class(gaps[index]) in (G_STOP, G_LINE, G_COLON)
    return not opens or (index + 1 < len(tokens) and gaps[index + 1] == " " and tokens[index + 1].shape % 3 > 0)
