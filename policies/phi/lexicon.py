"""The word lists the scrubber reads text against, as typed values. Refuses to know where they are stored: `tools/packs/phi.py` reads them."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Weights(NamedTuple):
    """The tagger's, in hundredths: feature -> [for a person's name, for a town], and the two biases."""

    bias: Sequence[int]
    features: Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Lexicon:
    """All entries folded by `fold`. `names` maps a token to flags: F given name, L surname; lower case = only in context.

    `words` are ordinary words, `terms` medical and brand words that look like names, `phrases` terms of several words with a name in them that
    is nobody's ("tommy john"), `acronyms` abbreviations that are no names when written in capitals, `eponyms` surnames that name signs and
    tests. `towns` maps a town or county to True when
    it is also an ordinary word or a name and needs a cue. The rare lists are wide and weak: hints for the tagger, never enough alone. `usage`
    says in four digits how often a frequent word is used and capitalised (`usage` in `bench/phi/lists.py`).
    """

    names: dict[str, str]
    words: frozenset[str]
    terms: frozenset[str]
    phrases: frozenset[str]
    acronyms: frozenset[str]
    eponyms: frozenset[str]
    towns: dict[str, bool]
    states: frozenset[str]
    rare_names: frozenset[str]
    rare_words: frozenset[str]
    usage: Mapping[str, str]
    weights: Weights


def fold(word: str) -> str:
    """`word` in lower case without accents and apostrophes: the form lists are kept in."""
    if not word.isascii():
        word = "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))
    return word.lower().replace("'", "")


def word_set(words: str) -> frozenset[str]:
    """The words of a list written as running text."""
    return frozenset(words.split())
