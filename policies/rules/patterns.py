"""Regular expressions as rules and detectors use them: found in linear time, and all of them weighed in one pass over a text.

RE2 finds. It has no look-around, so an expression with one is found without it and then held against `re` at each place it was found. Texts and
expressions are folded alike (`policies/rules/text.py`), so that "curación" and "cur\u00adacion" are one word.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from re import _constants as code  # type: ignore[attr-defined]  # the parser behind re.compile; it has no public name
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import re2

from policies.rules.text import Text, folded

Span = tuple[int, int]
"""Start and end (exclusive) in `Text.folded`."""

_LOOK_AROUND = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?:[=!]|<[=!]))?|\)", re.DOTALL)
# A counted gap makes an automaton of as many states as it counts; without the limit it matches in more places, which is enough to weigh it.
_AT_MOST = re.compile(r"(?<=[\])])\{0,\d+\}\??|(?<=[\])])[*]\?")
_REPEATED_GROUP = re.compile(r"\)(?:[*+]|\{\d*,)")
_NOTHING: Span = (-1, -1)


def _options() -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 32 << 20  # the automaton is built as texts come; running out of room would make it start again
    return options


class Pattern:
    """One expression, IGNORECASE; `(?-i:…)` restores case. Compiled when first used: a call of `liaison check` uses few of them."""

    def __init__(self, source: str) -> None:
        self.source = _folded(source)
        self.plain = without_look_around(self.source)

    def check(self) -> None:
        """Raises ValueError when it cannot be run safely: the reason, for whoever wrote it."""
        try:
            re.compile(self.source, re.IGNORECASE)
            re2.compile(self.plain, _options())
        except re.error as error:
            raise ValueError(f"the pattern does not compile: {error}") from None
        except re2.error as error:
            raise ValueError(f"the pattern does not compile: {error.args[0].decode()}") from None
        if _REPEATED_GROUP.search(self.source):
            _refuse_nested_repeats(self.source)
        if self.matches(Text("", "", b"")):
            raise ValueError("the pattern matches the empty text, so it would fire on every item")

    @cached_property
    def _find(self) -> Any:
        return re2.compile(self.plain, _options())._regexp.Match  # the wrapper around it costs more than the search

    @cached_property
    def _exact(self) -> re.Pattern[str] | None:
        return None if self.plain == self.source else re.compile(self.source, re.IGNORECASE)

    def spans(self, text: Text, first: int = 0, last: int | None = None) -> Iterator[Span]:
        """Every place it matches between two places of the folded text, in order, without overlap."""
        at, end = text.to_byte(first), len(text.encoded) if last is None else text.to_byte(last)
        while at <= end:
            found = self._find(_UNANCHORED, text.encoded, at, end)[0]
            if found == _NOTHING:
                return
            span = text.to_char(found[0]), text.to_char(found[1])
            if self._exact is not None:
                exact = self._exact.match(text.folded, span[0], text.to_char(end))
                if exact is None:
                    at = found[0] + 1
                    continue
                span = exact.span()
            yield span
            at = max(text.to_byte(span[1]), found[0] + 1)

    def matches(self, text: Text, first: int = 0, last: int | None = None) -> bool:
        return next(self.spans(text, first, last), None) is not None


_UNANCHORED = re2._re2.RE2.Anchor.UNANCHORED


def without_look_around(source: str) -> str:
    """`source` with every look-ahead and look-behind taken out: it matches wherever `source` matches, and in more places."""
    kept: list[str] = []
    inside: list[bool] = []  # for each open group: is it, or does it stand in, a look-around?
    at = 0
    for token in _LOOK_AROUND.finditer(source):
        hidden = bool(inside) and inside[-1]
        if not hidden:
            kept.append(source[at : token.start()])
        at = token.end()
        word = token[0]
        if word.startswith("("):
            inside.append(hidden or len(word) > 1)
        elif word == ")" and inside:
            hidden = inside.pop()
        else:
            hidden = hidden and word != ")"
        if not (hidden or (inside and inside[-1] and word != ")")):
            kept.append(word)
    if not (inside and inside[-1]):
        kept.append(source[at:])
    return "".join(kept)


def _refuse_nested_repeats(source: str) -> None:
    """(a+)+ is linear in RE2 and never ends in `re`: refused everywhere, so that a rule may gain a look-around without becoming a trap."""
    parsed = _parser.parse(source, re.IGNORECASE)
    if _nested(parsed, inside=False):
        raise ValueError("the pattern repeats a repeat, as in (a+)+, and can backtrack without end: give one of the two an upper limit")
    if _looks_around(parsed) and _ambiguous(parsed):
        raise ValueError(
            "the pattern looks around and repeats a group that can match the same text in two ways, as in (a|aa)*, so it can backtrack without "
            "end: give the group an upper limit, or begin it with a character that nothing else in it matches"
        )


def _nested(parsed: Any, *, inside: bool) -> bool:
    for operator, argument in parsed:
        if operator in {code.MAX_REPEAT, code.MIN_REPEAT}:
            _, most, body = argument
            unbounded = most is code.MAXREPEAT
            if (inside and unbounded) or _nested(body, inside=unbounded and not _separated(body)):
                return True
        bodies = [argument[-1]] if operator is code.SUBPATTERN else argument[1] if operator is code.BRANCH else []
        if any(_nested(body, inside=inside) for body in bodies):
            return True
    return False


def _separated(body: Any) -> bool:
    """Does every round of a repeat begin or end with a fixed character, as in (?:\\s\\w+)*? Then the rounds can be told apart."""
    parts = list(body)
    if len(parts) == 1 and parts[0][0] is code.SUBPATTERN:
        return _separated(parts[0][1][-1])
    return len(parts) > 1 and any(part[0] in {code.LITERAL, code.IN, code.CATEGORY} for part in (parts[0], parts[-1]))


_LOOKS = frozenset({code.ASSERT, code.ASSERT_NOT})
_REPEATS = frozenset({code.MAX_REPEAT, code.MIN_REPEAT})
_ATOMS = frozenset({code.LITERAL, code.NOT_LITERAL, code.IN, code.CATEGORY, code.ANY})


def _bodies(operator: Any, argument: Any) -> list[Any]:
    """The parts of a parsed expression that stand inside one of its elements."""
    if operator is code.BRANCH:
        return list(argument[1])
    return [argument[-1]] if operator is code.SUBPATTERN or operator in _LOOKS or operator in _REPEATS else []


def _looks_around(parsed: Any) -> bool:
    return any(operator in _LOOKS or any(_looks_around(body) for body in _bodies(operator, argument)) for operator, argument in parsed)


def _ambiguous(parsed: Any) -> bool:
    """Does some group that repeats without limit hold more than one sign, and no first or last one that tells its rounds apart?"""
    for operator, argument in parsed:
        if operator in _REPEATS and argument[1] is code.MAXREPEAT and not _told_apart(argument[-1]):
            return True
        if any(_ambiguous(body) for body in _bodies(operator, argument)):
            return True
    return False


def _told_apart(body: Any) -> bool:
    parts = [part for part in body if part[0] not in _LOOKS]  # what only looks takes nothing: (?:(?!no)[^.])* is one sign a round
    if len(parts) == 1:
        operator, argument = parts[0]
        return operator in _ATOMS or (operator is code.SUBPATTERN and _told_apart(argument[-1]))
    ends = ((parts[0], parts[1:]), (parts[-1], parts[:-1]))
    return any(end[0] in _ATOMS and _signs([end]).isdisjoint(_signs(rest)) for end, rest in ends)


def _signs(parsed: Any) -> frozenset[str]:
    """The ASCII characters that some element of it matches, case aside."""
    found: set[str] = set()
    for operator, argument in parsed:
        if operator in _ATOMS:
            source = "(?s:.)" if operator is code.ANY else _class_of(operator, argument)
            found.update(sign for sign in _ASCII if re.fullmatch(source, sign, re.IGNORECASE))
        for body in _bodies(operator, argument):
            found |= _signs(body)
    return frozenset(found)


_ASCII = [chr(point) for point in range(128)]
_CATEGORIES = {
    code.CATEGORY_DIGIT: r"\d",
    code.CATEGORY_NOT_DIGIT: r"\D",
    code.CATEGORY_SPACE: r"\s",
    code.CATEGORY_NOT_SPACE: r"\S",
    code.CATEGORY_WORD: r"\w",
    code.CATEGORY_NOT_WORD: r"\W",
}


def _class_of(operator: Any, argument: Any) -> str:
    """One element as a character class again."""
    if operator is code.LITERAL:
        return re.escape(chr(argument))
    if operator is code.NOT_LITERAL:
        return f"[^{re.escape(chr(argument))}]"
    if operator is code.CATEGORY:
        return _CATEGORIES[argument]
    inside = ""
    for kind, value in argument:
        if kind is code.NEGATE:
            inside += "^"
        elif kind is code.RANGE:
            inside += f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        else:
            inside += _CATEGORIES[value] if kind is code.CATEGORY else re.escape(chr(value))
    return f"[{inside}]"


def _folded(source: str) -> str:
    """`source` folded like the texts it is held against; a sign that becomes one of the syntax stands for itself."""
    return source if source.isascii() else "".join(sign if sign.isascii() else re.escape(folded(sign)) for sign in source)


class PatternSet:
    """Many patterns, weighed together: one pass looks for the words they need, then each one left is tried, all outside Python.

    Built when first asked: a call of `liaison check` meets few of the sixteen kinds of item, and each has a set of its own.
    """

    def __init__(self, patterns: Mapping[int, Pattern]) -> None:
        self._numbers = tuple(patterns)
        self._patterns = tuple(patterns.values())

    @cached_property
    def _filter(self) -> Any:
        weighed = re2.Filter()
        for pattern in self._patterns:
            weighed.Add(_AT_MOST.sub("*", pattern.plain), _options())
        weighed.Compile()
        return weighed

    def possible(self, text: Text) -> frozenset[int]:
        """The numbers of the patterns that match, look-around and limits of gaps left aside. No other one matches."""
        return frozenset(self._numbers[place] for place in self._filter.Match(text.encoded, False) or ())
