"""One look-up per word: what the lists say of it and how it is written, memoised, for the tagger and the readers. Knows no context.

A text is split once into words and the gaps between them; everything that judges names and towns works on that `Line`.
"""

import re
from typing import NamedTuple

from policies.phi.lexicon import Lexicon, word_set
from policies.phi.name_cues import CREDENTIALS, KIN_WORDS, ORGANISATION_WORDS, PROFESSIONS, ROLES, TITLES

SPLIT = re.compile(r"([^\W\d_]+(?:'[^\W\d_]+)?)").split
MEMO_LIMIT = 200_000

# What the lists say of a word, and what role it has before a name.
GIVEN, MAYBE_GIVEN, SURNAME, MAYBE_SURNAME, RARE, WORD, RARE_WORD, TERM, TOWN, TOWN_WORD, STATE, TOWN_FIRST = (
    1 << bit for bit in range(12)
)
TITLE, ROLE_TITLE, KIN, ORGANISATION, SPANISH, PHRASE_FIRST, ACRONYM, CREDENTIAL, PROFESSION, EPONYM = (1 << bit for bit in range(12, 22))
LISTS = TITLE - 1
ANY_NAME = GIVEN | MAYBE_GIVEN | SURNAME | MAYBE_SURNAME | RARE

# The coarse kind of a word; NEW stands in no list.
KINDS = 15
(EDGE, LETTER, TERM_NAME, TERM_ONLY, BOTH, GIVEN_ONLY, SURNAME_ONLY, MAYBE_GIVEN_ONLY) = range(8)
(MAYBE_SURNAME_ONLY, TOWN_ONLY, STATE_ONLY, PLAIN, RARE_ONLY, RARE_PLAIN, NEW) = range(8, 15)

_DRUG_ENDING = re.compile(
    r"(?:mab|nib|pril|sartan|statin|olol|cillin|mycin|azole|idone|caine|profen|oxetine|gliptin|tide|tinib|itis|osis|ectomy"
    r"|otomy|oplasty|scopy|ology|ologist|emia|algia|pathy|therapy)s?$"
)
PARTICLES = word_set("de del la las los da dos van von der den bin ibn al el mac st di le du ter y")


# Words of Spanish that English has not: two of them make a text Spanish.
SPANISH_WORDS = word_set(
    "el los las que y en un una por con para es mi se lo del al como pero muy mas su sus le les fue esta este eso ya si donde cuando "
    "porque hola gracias buenos buenas dias tardes cita quiero necesito tengo soy estoy doctora clinica muela dolor rodilla senora usted "
    "ustedes tambien despues hasta desde"
)
_ROLES = {
    **dict.fromkeys(TITLES, TITLE),
    **dict.fromkeys(ROLES, ROLE_TITLE),
    **dict.fromkeys(KIN_WORDS, KIN),
    **dict.fromkeys(ORGANISATION_WORDS, ORGANISATION),
    **dict.fromkeys(SPANISH_WORDS, SPANISH),
    **dict.fromkeys(CREDENTIALS, CREDENTIAL),
    **dict.fromkeys(PROFESSIONS, PROFESSION),
}


class Token(NamedTuple):
    """`shape` = kind * 3 + case; `own` and `town` are the tagger's scores of the word itself; `context` is its place in the tagger's tables;
    `usage` as in the lexicon.
    """

    word: str
    bits: int
    shape: int
    candidate: bool
    own: float
    town: float
    context: int
    usage: str


def kind_of(bits: int, length: int) -> int:
    """The coarse kind, the surest list first."""
    if length == 1:
        return LETTER
    if bits & TERM:
        return TERM_NAME if bits & (GIVEN | SURNAME) else TERM_ONLY
    if bits & GIVEN:
        return BOTH if bits & SURNAME else GIVEN_ONLY
    if bits & SURNAME:
        return SURNAME_ONLY
    if bits & STATE:
        return STATE_ONLY
    if bits & MAYBE_GIVEN:
        return MAYBE_GIVEN_ONLY
    if bits & MAYBE_SURNAME:
        return MAYBE_SURNAME_ONLY
    if bits & WORD:
        return PLAIN
    if bits & (TOWN | TOWN_WORD):
        return TOWN_ONLY
    if bits & RARE:
        return RARE_ONLY
    return RARE_PLAIN if bits & RARE_WORD else NEW


def case_of(raw: str) -> int:
    return 0 if raw.islower() else 2 if raw.isupper() and len(raw) > 1 else 1


class WordBook:
    """The lists as bits of one folded word."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._phrase_words = frozenset(phrase.split(" ", 1)[0] for phrase in lexicon.phrases)
        self._first_words = frozenset(town.split(" ", 1)[0] for town in lexicon.towns if " " in town)

    def bits(self, word: str) -> int:
        """`word` is folded. Cost: a handful of set look-ups."""
        lexicon, bits = self._lexicon, 0
        for mark in lexicon.names.get(word, ""):
            bits |= {"F": GIVEN, "f": MAYBE_GIVEN, "L": SURNAME, "l": MAYBE_SURNAME}[mark]
        singular = word[:-1] if word.endswith("s") else word
        if word in lexicon.words or singular in lexicon.words:
            bits |= WORD
        elif word in lexicon.rare_words or singular in lexicon.rare_words:
            bits |= RARE_WORD
        if word in lexicon.rare_names:
            bits |= RARE
        if word in lexicon.terms or _DRUG_ENDING.search(word):
            bits |= TERM
        is_ambiguous = lexicon.towns.get(word)
        if is_ambiguous is not None:
            bits |= TOWN_WORD if is_ambiguous else TOWN
        if word in self._first_words:
            bits |= TOWN_FIRST
        if word in lexicon.states:
            bits |= STATE
        if word in self._phrase_words:
            bits |= PHRASE_FIRST
        if word in lexicon.eponyms or (word.endswith("s") and word[:-1] in lexicon.eponyms):
            bits |= EPONYM
        if word in lexicon.acronyms:
            bits |= ACRONYM
        plural = word[:-1] if word.endswith("s") and len(word) > 5 else ""
        if plural and not bits & (ANY_NAME | WORD | TERM) and ("L" in lexicon.names.get(plural, "") or plural in lexicon.rare_names):
            bits |= RARE  # "the Sorensens"
        return bits | _ROLES.get(word, 0)
