"""The word lists the scrubber reads text against, as typed values. Refuses to know where they are stored: `tools/packs/phi.py` reads them."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Lexicon:
    """All entries folded by `fold`. `names` maps a token to flags: F given name, L surname; lower case = only in context.

    `words` are ordinary words, `terms` medical and brand words that look like names, `cities` maps a city to True when it is also an
    ordinary word or a name and needs a cue.
    """

    names: dict[str, str]
    words: frozenset[str]
    terms: frozenset[str]
    cities: dict[str, bool]


def fold(word: str) -> str:
    """`word` in lower case without accents and apostrophes: the form lists are kept in."""
    if not word.isascii():
        word = "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))
    return word.lower().replace("'", "")


def word_set(words: str) -> frozenset[str]:
    """The words of a list written as running text."""
    return frozenset(words.split())
