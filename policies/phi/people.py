"""Names of people: the tagger's judgement of each word, sure cues that overrule it, and every found name again wherever it recurs.

A title ("Dr.") belongs to the name, a possessive ending does not. Finds; what the practice's own public names excuse is `allow.py`'s to say.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from policies.phi.gate import Finder
from policies.phi.hits import Hit
from policies.phi.known import IsKnown, known_words
from policies.phi.lines import NORMAL, Line
from policies.phi.name_cues import HERE, INTRODUCED, KIN_OWNERS, NOT_GREETED, SIGNATURE, SPELLED_NAME
from policies.phi.tagger import Tagger
from policies.phi.tokens import (
    ANY_NAME,
    GIVEN,
    KIN,
    MAYBE_GIVEN,
    MAYBE_SURNAME,
    ORGANISATION,
    PARTICLES,
    ROLE_TITLE,
    SURNAME,
    TERM,
    TITLE,
    WORD,
)
from policies.records import Label

NAME_THRESHOLD = -0.6
PART_THRESHOLD = -2.2  # beside a name, a word may be less sure: the parts of one name share their evidence
MAX_PARTS = 5

CUED = 9.0


class NameReader:
    """Finds names in a line of words."""

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger

    def find(self, text: str, line: Line, cues: list[int], is_known: IsKnown | None = None) -> Iterator[Hit]:
        """`cues` are those of `CUES` whose gates match the text; `is_known` looks a name up among the practice's own leads."""
        scores = self._tagger.name_scores(line, line.candidates)
        if line.bits & (TITLE | ROLE_TITLE | KIN):
            scores.update(dict.fromkeys(titled(line), CUED))
        if cues:
            at = {start: index for index, start in enumerate(line.starts)}
            for cue in cues:
                scores.update(dict.fromkeys(CUES[cue].find(text, line, at), CUED))
        taken = {index: score for index, score in scores.items() if score > NAME_THRESHOLD and (score == CUED or not _of_firm(line, index))}
        if is_known:
            taken.update(dict.fromkeys(known_words(line, is_known, set(taken)), CUED))
        if not taken:
            return
        self._extend(line, scores, taken)
        _repeat(line, taken)
        yield from _spans(text, line, taken)

    def _extend(self, line: Line, scores: dict[int, float], taken: dict[int, float]) -> None:
        """Take in the neighbours that are parts of the same name."""
        for first in sorted(taken):
            index = first + 1
            while index < len(line.words) and index - first < MAX_PARTS and index not in taken and linked(line, index):
                if line.tokens[index].word in PARTICLES and linked(line, index + 1) and scores.get(index + 1, -9.0) > PART_THRESHOLD:
                    taken[index] = taken[first]
                elif self._is_part(line, index, scores, taken[first]):
                    taken[index] = scores.get(index, 0.0)
                else:
                    break
                index += 1
            index = first - 1
            while index >= 0 and index not in taken and linked(line, index + 1) and self._is_front(line, index, scores):
                taken[index] = scores.get(index, 0.0)
                index -= 1
        _nicknames(line, taken)
        _couples(line, taken)

    def _is_front(self, line: Line, index: int, scores: dict[int, float]) -> bool:
        is_initial = len(line.words[index]) == 1 and line.gaps[index + 1].startswith(".")  # "j. halvorsen"
        return is_initial or scores.get(index, -9.0) > PART_THRESHOLD

    def _is_part(self, line: Line, index: int, scores: dict[int, float], first: float) -> bool:
        if scores.get(index, -9.0) > PART_THRESHOLD:
            return True
        token, raw = line.tokens[index], line.words[index]
        if len(raw) == 1 and line.gaps[index + 1].startswith("."):  # "roselee p."
            return True
        before = line.words[index - 1]
        if (
            token.bits & MAYBE_SURNAME
            and line.tokens[index - 1].bits & GIVEN
            and line.style == NORMAL
            and raw[0].isupper()
            and before[0].isupper()
        ):
            return True  # "Letitia White"
        if len(raw) == 1 and raw.isupper() and raw != "I" and line.words[index - 1][1:].islower():  # "Kwabena A"
            return True
        if line.gaps[index] == "-" and line.words[index - 1][0].isupper():  # "Sung-ho"
            return True
        if token.bits & MAYBE_SURNAME and line.tokens[index - 1].bits & GIVEN and raw.isupper() and line.gaps[index + 1].strip():
            return True  # "KAREN WHITE, 12 OAK ST"
        return first == CUED and raw[0].isupper() and line.words[index - 1][0].isupper() and not token.bits & TERM and not raw.isupper()


def _of_firm(line: Line, index: int) -> bool:
    """Mary Johnson Hospital, Johnson & Johnson, Smith & Nephew: a firm's name, unlike "Maria & Tom"."""
    word = line.words[index]
    if not word[0].isupper() or word.endswith("'s"):
        return False
    for other, gap in ((index + 1, index + 1), (index - 1, index)):
        if 0 <= other < len(line.words) and line.gaps[gap].strip() == "&":
            return line.words[other] == word or bool(line.tokens[other].bits & TERM)
    return _of_organisation(line, index)


def _of_organisation(line: Line, index: int) -> bool:
    """Does a clinic, a bank, a street's park follow, with at most two capitalised words between?"""
    if not line.bits & ORGANISATION:
        return False
    for other in range(index + 1, min(index + 4, len(line.words))):
        if line.gaps[other].strip(" ,&-"):
            return False
        if line.tokens[other].bits & ORGANISATION:
            return True
        if not line.words[other][0].isupper() and line.words[other] != "and":
            return False
    return False


def linked(line: Line, index: int) -> bool:
    """Is word `index` joined to the one before it, as the parts of one name are?"""
    if not 0 < index < len(line.words):
        return False
    gap = line.gaps[index]
    if gap in (" ", "-", "  ", "'", "+"):
        return True
    return gap in (".", ". ") and len(line.words[index - 1]) == 1


def _couples(line: Line, taken: dict[int, float]) -> None:
    """ "bill and summer hathaway": a given name that is also a word, joined to one that is taken."""
    for index in range(len(line.words) - 2):
        joined = line.tokens[index + 1].word in _AND and line.gaps[index + 1] == " " and line.gaps[index + 2] == " "
        if joined and index not in taken and index + 2 in taken and line.tokens[index].bits & (GIVEN | MAYBE_GIVEN):
            taken[index] = taken[index + 2]


_AND = frozenset(("and", "y", "e"))


def _nicknames(line: Line, taken: dict[int, float]) -> None:
    """Dwayne "Peanut" Broussard: a quoted word between two parts of a name."""
    for index in range(1, len(line.words) - 1):
        if index not in taken and index - 1 in taken and index + 1 in taken and line.gaps[index].strip() in _QUOTES:
            taken[index] = taken[index - 1]


_QUOTES = frozenset(('"', "'", "(", "\u201c"))


def _repeat(line: Line, taken: dict[int, float]) -> None:
    """Whoever was found once is found everywhere in this text, in any case unless the name is also a word."""
    known = {line.tokens[index].word: score for index, score in taken.items() if len(line.tokens[index].word) > 2}
    for index, token in enumerate(line.tokens):
        recurs = token.word in known and index not in taken and token.word not in PARTICLES
        if recurs and (line.words[index][0].isupper() or not token.bits & (WORD | TERM)):
            taken[index] = known[token.word]


def _spans(text: str, line: Line, taken: dict[int, float]) -> Iterator[Hit]:
    starts = line.starts
    order = sorted(taken)
    at = 0
    while at < len(order):
        first = last = order[at]
        score = taken[first]
        while at + 1 < len(order) and order[at + 1] == last + 1 and linked(line, last + 1):
            at += 1
            last = order[at]
            score = max(score, taken[last])
        raw = line.words[last]
        end = starts[last] + len(raw) - (2 if raw.endswith(("'s", "'S")) else 0)
        if len(raw) == 1 and text[end : end + 1] == ".":
            end += 1
        yield Hit(starts[_with_title(line, first)], end, Label.NAME, False, "name", score)
        at += 1


def _with_title(line: Line, first: int) -> int:
    """The word a name starts at when its title ("Dr.", "Mrs.") is taken with it: many who mark names count the title in."""
    before = first - 1
    return before if before >= 0 and line.tokens[before].bits & TITLE and line.gaps[first] in (" ", ". ", ".") else first


def titled(line: Line) -> Iterator[int]:
    """ "Mrs.", "my wife": the word after it, if it is a capitalised word, a possible name, or no word at all."""
    tokens, words, gaps = line.tokens, line.words, line.gaps
    for index in range(len(tokens) - 1):
        bits = tokens[index].bits
        if not bits & (TITLE | ROLE_TITLE | KIN):
            continue
        following, gap = index + 1, gaps[index + 1]
        token = tokens[following]
        if gap not in _AFTER_TITLE or token.word in NOT_GREETED:
            continue
        if bits & KIN and not bits & TITLE:
            opens = words[index][0].isupper() and (index == 0 or gaps[index] != " ")  # "Son Ty plays"
            owned = line.style == NORMAL and (opens or (index > 0 and tokens[index - 1].word in KIN_OWNERS))
            if owned and words[following][0].isupper() and token.bits & ANY_NAME and not token.bits & TERM:
                yield following
        elif _fits_title(line, following, is_role=bool(bits & ROLE_TITLE)) and not _of_organisation(line, following):
            yield following


_AFTER_TITLE = frozenset((" ", ". ", ".", "  ", ", "))


def _fits_title(line: Line, index: int, *, is_role: bool) -> bool:
    token = line.tokens[index]
    if token.word in PARTICLES and not (linked(line, index + 1) and line.tokens[index + 1].candidate):
        return False
    listed = bool(token.bits & (GIVEN | MAYBE_GIVEN | SURNAME | MAYBE_SURNAME))
    if line.words[index][0].isupper():
        return not is_role or listed or not token.bits & WORD
    return not token.bits & WORD or (listed and not is_role)


def _introduced(text: str, line: Line, at: dict[int, int]) -> Iterator[int]:
    """ "my name is": whatever word follows."""
    for match in INTRODUCED.finditer(text):
        index = at.get(match.end())
        if index is not None and line.tokens[index].word not in NOT_GREETED:
            yield index
    for match in HERE.finditer(text):
        index = at.get(match.end())
        if index is not None and line.tokens[index].bits & (GIVEN | MAYBE_GIVEN) and not line.tokens[index].bits & TERM:
            yield index


def _signed(text: str, line: Line, at: dict[int, int]) -> Iterator[int]:
    """The words of a signature, when the first can be a name."""
    for match in SIGNATURE.finditer(text):
        index = at.get(match.start(1))
        if index is None:
            continue
        parts = [at[start] for start in at if match.start(1) <= start < match.end(1)]
        first = line.tokens[index]
        able = all(line.words[part][0].isupper() or line.tokens[part].candidate for part in parts)
        if not able or first.bits & TERM or first.word in NOT_GREETED:
            continue
        dashed = match[0].lstrip(" .!?,;)\"'\n")[:1] in ("-", "~", "\u2014") and first.bits & MAYBE_GIVEN and line.words[index][0].isupper()
        if dashed or first.bits & (GIVEN | SURNAME) or not first.bits & WORD or (len(parts) > 1 and first.bits & ANY_NAME):
            yield from parts


class Cue(NamedTuple):
    """Words that a phrase introduces. `gate` as in `Finder`; `find(text, line, index of each word's start)` gives word indices."""

    gate: str
    find: Callable[[str, Line, dict[int, int]], Iterator[int]]


CUES = (
    Cue(
        r"(?i)\b(?:it'?s|this is|i'?m|i am|soy) +[a-z]|name +[a-z]|names?(?: +is\b|'s\b|\"? *[:=])|nombre|apellido|llam[oa]\b|attn|(?:^"
        r"|[\n,;|{(&?])\s*(?:patient|paciente|pt)\"? *[:=]"
        r"|goes +by|known +as|call +me",
        _introduced,
    ),
    Cue(
        r"(?i)(?:^|[\n.!?,;)\"' ])(?:--?|~|\*) *[a-z]|\b(?:thanks|thank you|regards|best|warmly|sincerely|cheers|love|yours|truly|saludos"
        r"|respectfully|atentamente|gracias|cordialmente|abrazo|signed|from|xoxo|blessings|take care)\b",
        _signed,
    ),
)


def _spelled(text: str) -> Iterator[Hit]:
    for match in SPELLED_NAME.finditer(text):
        yield Hit(match.start(), match.end(), Label.NAME, True)


FINDERS = (Finder("name, letter by letter", r"[A-Za-z]-[A-Za-z]-[A-Za-z]-[A-Za-z]", _spelled),)
