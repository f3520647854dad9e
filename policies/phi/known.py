"""The practice's own leads as a dictionary for the scrubber: keyed hashes of their names, so that the hardest names become an exact look-up.

Knows no key and no store: `is_known(gram)` is passed in. A gram is one to three folded words joined by spaces.
"""

import re
from collections.abc import Callable

from policies.phi.lexicon import fold
from policies.phi.lines import Line
from policies.phi.tokens import ANY_NAME, PARTICLES, TERM, WORD
from policies.records import Contact

IsKnown = Callable[[str], bool]
MIN_LETTERS = 3
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def grams_of(contact: Contact) -> tuple[str, ...]:
    """What to remember of a contact's name: each part by itself, and first and last together in both orders."""
    first, last = (tuple(fold(word) for word in _WORD.findall(name or "")) for name in (contact.first_name, contact.last_name))
    grams = {word for word in (*first, *last) if len(word) >= MIN_LETTERS and word not in PARTICLES}
    if first and last:
        grams |= {" ".join((first[0], last[-1])), " ".join((last[-1], first[0]))}
    return tuple(sorted(grams))


def known_words(line: Line, is_known: IsKnown, taken: set[int]) -> set[int]:
    """The words of `line` that are names of known people and not yet in `taken`.

    An ordinary word ("Young", "Grace") counts only beside the rest of the name: alone it would be removed from every text that uses it.
    """
    found: set[int] = set()
    for index, token in enumerate(line.tokens):
        if index in taken or len(token.word) < MIN_LETTERS:
            continue
        if not token.bits & (WORD | TERM) and is_known(token.word):
            found.add(index)
        follows = index + 1 < len(line.tokens) and line.gaps[index + 1] in (" ", ", ", "-", "  ")
        if (
            follows
            and token.bits & ANY_NAME
            and line.tokens[index + 1].bits & ANY_NAME
            and is_known(f"{token.word} {line.tokens[index + 1].word}")
        ):
            found |= {index, index + 1}
    return found
