"""Which words must a text hold for a pattern to match? A cheap test that spares most regular expressions.

Read from the parsed pattern, so it cannot drift from it; a construct it does not know means "no guard", never a missed match.
Texts are folded first (`policies/rules/text.py`), so that lower case is the whole of what IGNORECASE forgives.
"""

from collections.abc import Iterator
from functools import lru_cache
from re import _constants as code  # type: ignore[attr-defined]  # the parser behind re.compile; it has no public name
from re import _parser  # type: ignore[attr-defined]
from typing import Any

MAX_WORDS = 48
"""More alternatives than this cost more to look for than the expression itself."""
MAX_SETS = 3

Words = frozenset[str]

_ZERO_WIDTH = frozenset({code.AT, code.ASSERT_NOT})


@lru_cache(maxsize=1024)
def needed_words(pattern: str) -> tuple[Words, ...]:
    """Sets of lower-case words; every match holds at least one word of each set. Most selective first; empty = no guard."""
    parts = sorted(_of_parts(_parser.parse(pattern)), key=_worth, reverse=True)
    return tuple(words for words in parts[:MAX_SETS] if len(words) <= MAX_WORDS and min(map(_weight, words)) >= 2)


def _of_parts(parsed: Any) -> Iterator[Words]:
    """One set per part of a sequence that has one: a run of letters, or a group that must match."""
    run = ""
    for operator, argument in parsed:
        if operator is code.LITERAL:
            run += chr(argument).lower()
        elif operator not in _ZERO_WIDTH:
            if run:
                yield frozenset({run})
                run = ""
            if (found := _of_part(operator, argument)) is not None:
                yield found
    if run:
        yield frozenset({run})


def _of_part(operator: Any, argument: Any) -> Words | None:
    if operator is code.SUBPATTERN:
        return _best(argument[-1])
    if operator is code.MAX_REPEAT or operator is code.MIN_REPEAT:
        least, _, body = argument
        return _best(body) if least else None
    if operator is code.BRANCH:
        branches = [_best(branch) for branch in argument[1]]
        found = [branch for branch in branches if branch is not None]
        return frozenset().union(*found) if len(found) == len(branches) else None
    return None


def _best(parsed: Any) -> Words | None:
    """Each part must match, so any one part's set will do."""
    return max(_of_parts(parsed), key=_worth, default=None)


def _worth(words: Words) -> tuple[bool, int, int]:
    """Few and long beats many and short: a set is as selective as its shortest word."""
    return len(words) <= MAX_WORDS, min(min(map(_weight, words)), 4), -len(words)


def _weight(word: str) -> int:
    """Length; a lone "#" or "$" is as rare in copy as two letters."""
    return 2 if len(word) == 1 and not word.isalnum() and not word.isspace() else len(word)
