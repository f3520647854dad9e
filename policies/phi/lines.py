"""A text as a line of words and the gaps between them, and how each word is written within its text. Knows no weights."""

import re
from typing import NamedTuple

from policies.phi.lexicon import word_set
from policies.phi.normalise import OPAQUE
from policies.phi.tokens import (
    ACRONYM,
    BOTH,
    EDGE,
    EPONYM,
    GIVEN,
    GIVEN_ONLY,
    KINDS,
    LETTER,
    MAYBE_GIVEN,
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
    TITLE,
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

LENGTHS = 9  # words in a text: 0 to 7, 8 or more
HOLDINGS = 4  # neither digits nor a find, digits, a find, both
PLACES = 12  # of a word in its text: first, second, third or later; last, last but one or earlier

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
    `candidates` the words that may be part of a name at all, `starts` where each word begins, `holds` whether there are digits (1) or an
    identifier that is already found (2), `phrases` the words of terms like "tommy john".
    """

    words: list[str]
    gaps: list[str]
    tokens: list[Token]
    style: int
    bits: int
    candidates: list[int]
    starts: list[int]
    holds: int = 0
    phrases: frozenset[int] = frozenset()


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


def place_of(index: int, last: int) -> int:
    return min(index, 3) * 3 + min(last - index, 2)


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
    """ "SIADH" in a text that is not shouted: short, in capitals, in no list of names, and not beside another such word ("TRAN QUOC"); or "ANA"."""
    token = tokens[index]
    if token.bits & ACRONYM and token.shape % 3 == 2:
        return True
    if token.shape % 3 != 2 or token.shape // 3 not in (RARE_ONLY, RARE_PLAIN, NEW) or len(token.word) > MAX_ACRONYM:
        return False
    before = index > 0 and tokens[index - 1].shape % 3 == 2 and gaps[index] in (" ", ", ")
    after = index + 1 < len(tokens) and tokens[index + 1].shape % 3 == 2 and gaps[index + 1] in (" ", ", ")
    return not (before or after)


MAX_ACRONYM = 5  # letters


# After these a surname is the name of a thing ("O'Donoghue's triad"); after the others only if it is a known eponym ("Barton fracture").
_OF_THINGS = word_set(
    "sign signs test tests classification criteria syndrome disease score scores scale triad pentad law maneuver reflex phenomenon index ratio "
    "technique "
    "clamp forceps retractor catheter stain equation formula staging grading"
)
_OF_EPONYMS = _OF_THINGS | word_set(
    "i ii iii iv v vi iia iib iic iiia iiib neg negative positive pos grade type stage class fracture procedure lesion line lines angle system "
    "repair "
    "approach splint brace tube drain needle blade scissors suture flap graft plate screw screws nail pin rod block position view sulcus canal duct "
    "gland node nodes ligament fascia triangle space cells cell body bodies tubercle plaques spots palsy chorea ataxia dystrophy anemia thyroiditis "
    "lymphoma sarcoma tumor carcinoma cyst ulcer hernia contracture neuroma osteotomy arthroplasty tenodesis fusion rules rule filter diet bar "
    "bars boots "
    "boot harness cast casting surgery operation incision esophagus esophagitis nodules deformity exercises stretch protocol fx hemorrhage aneurysm"
)
_GRADED = re.compile(r"[ -]?(?:\(?\+|- ?(?=[,.;])|[0-9](?:/[0-9]{1,2})?(?![\d/%]| ?(?:y/?o|yrs?|years|months|mo|days|wks?)\b))")


_LETTERED = word_set(
    "vitamin hepatitis grade type class plan part tier section option group level stage figure appendix ward unit zone model"
)


def is_listed_letter(tokens: list[Token], gaps: list[str], index: int) -> bool:
    """ "vitamin B, C and D", "Tier B", "T: (312)…": a letter that stands for no name."""
    if tokens[index].shape // 3 != LETTER:
        return False
    before = tokens[index - 1] if index and gaps[index] in (" ", ", ", "/") else None
    after = tokens[index + 1] if index + 1 < len(tokens) and gaps[index + 1] in (", ", "/", " & ") else None
    beside = any(
        near is not None and near.shape // 3 == LETTER and gap in (", ", "/")
        for near, gap in ((before, gaps[index]), (after, gaps[index + 1]))
    )
    return beside or gaps[index + 1].startswith(":") or (before is not None and before.word in _LETTERED)


def is_eponym(tokens: list[Token], gaps: list[str], index: int) -> bool:
    """ "Rutherford 5", "Barlow +", "Graf IIc", "O'Donoghue's triad": the name of a grade, a sign or a thing, unless a title or a given name goes "
    "before."""
    token = tokens[index]
    owner = (
        index + 2 < len(tokens) and gaps[index + 1] == "'" and tokens[index + 1].word == "s"
    )  # "O'Donoghue's": two words for the splitter
    after = index + 2 if owner else index + 1
    following = tokens[after] if after < len(tokens) and gaps[after] in (" ", "-", "' ") else None
    named = following is not None and following.word in (_OF_EPONYMS if token.bits & EPONYM else _OF_THINGS)
    if not named and not (token.bits & EPONYM and _GRADED.match(gaps[index + 1])):
        return False
    before = tokens[index - 1] if index and gaps[index] in (" ", ". ") else None
    return before is None or not before.bits & (TITLE | GIVEN | MAYBE_GIVEN)


_MONTHS = word_set("january february march april may june july august september october november december")
MONTHS = _MONTHS | word_set(
    "jan feb mar apr jun jul aug sep sept oct nov dec enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
)
CALENDAR = _MONTHS | word_set("monday tuesday wednesday thursday friday saturday sunday")  # no names and no places
_DAY_AFTER = re.compile(r"\.? (?:\d{1,2}|(?:19|20)\d\d)(?:st|nd|rd|th)?\b|,? (?:19|20)\d\d")
_DAY_BEFORE = re.compile(r"(?<!\d)(?:\d{1,2}(?:st|nd|rd|th)?) (?:of |de )?$")


def is_dated_month(tokens: list[Token], gaps: list[str], index: int) -> bool:
    """ "August 31": a month beside its day, also where the date is no person's."""
    return tokens[index].word in MONTHS and bool(_DAY_AFTER.match(gaps[index + 1]) or _DAY_BEFORE.search(gaps[index]))


def may_be_spanish_name(tokens: list[Token], gaps: list[str], index: int) -> bool:
    """In a Spanish text an unlisted word in lower case, or one that only begins a sentence, is Spanish: our lists of ordinary words are English."""
    token = tokens[index]
    if token.shape // 3 not in (RARE_ONLY, RARE_PLAIN, NEW):
        return True
    if token.shape % 3 == 0:
        return False
    opens = index == 0 or gap_class(gaps[index]) in (G_STOP, G_LINE, G_COLON)
    return not opens or (index + 1 < len(tokens) and gaps[index + 1] == " " and tokens[index + 1].shape % 3 > 0)
