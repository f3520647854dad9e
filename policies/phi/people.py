"""Names of people: the tagger's judgement of each word, sure cues that overrule it, and every found name again wherever it recurs.

A title ("Dr.") belongs to the name, a possessive ending does not. Finds; what the practice's own public names excuse is `allow.py`'s to say.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from policies.phi.hits import Hit
from policies.phi.known import IsKnown, known_words
from policies.phi.lexicon import word_set
from policies.phi.lines import ALL_LOWER, NORMAL, Line, is_free
from policies.phi.name_cues import HERE, HERE_LOWER, INTRODUCED, NOT_GREETED, SIGNATURE
from policies.phi.name_rules import NO_NAME, by_build, linked, of_firm
from policies.phi.tagger import Tagger
from policies.phi.tokens import (
    ACRONYM,
    ANY_NAME,
    GIVEN,
    KIN,
    MAYBE_GIVEN,
    MAYBE_SURNAME,
    ORGANISATION,
    PARTICLES,
    ROLE_TITLE,
    STATE,
    SURNAME,
    TERM,
    TITLE,
    TOWN,
    WORD,
)
from policies.records import Label

NAME_THRESHOLD = -0.9
PART_THRESHOLD = -2.2  # beside a name, a word may be less sure: the parts of one name share their evidence
MAX_PARTS = 5

CUED = 9.0


_SHORT_SURNAMES = word_set("le do so ma an no on see he she la long young day may king ho hu yi vo ha ng in my")
_ENDS = frozenset(",.;:!?)/|")
_FIELD_WORDS = word_set(
    "name last first middle date dob phone email age sex gender address reason city state zip cell insurance "
    "mrn ssn npi id acct account ins tel fax fecha telefono correo"
)


class NameReader:
    """Finds names in a line of words."""

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger

    def find(self, text: str, line: Line, cues: list[int], is_known: IsKnown | None = None) -> Iterator[Hit]:
        """`cues` are those of `CUES` whose gates match the text; `is_known` looks a name up among the practice's own leads."""
        scores = self._tagger.name_scores(line, line.candidates)
        scores.update(dict.fromkeys(by_build(line), CUED))
        if cues:
            at = {start: index for index, start in enumerate(line.starts)}
            for cue in cues:
                scores.update(dict.fromkeys(CUES[cue].find(text, line, at), CUED))
        for index in line.phrases:
            scores.pop(index, None)
        taken = {index: score for index, score in scores.items() if score > NAME_THRESHOLD and (score == CUED or not of_firm(line, index))}
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
        if line.tokens[index].bits & (TITLE | ROLE_TITLE):
            return False
        is_initial = len(line.words[index]) == 1 and line.gaps[index + 1].startswith(".")  # "j. halvorsen"
        return is_initial or scores.get(index, -9.0) > PART_THRESHOLD

    def _is_part(self, line: Line, index: int, scores: dict[int, float], first: float) -> bool:
        token, raw = line.tokens[index], line.words[index]
        if token.word in _FIELD_WORDS:  # "First name: Desmond Last name: …"
            return False
        if scores.get(index, -9.0) > PART_THRESHOLD:
            return True
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
        if (
            len(raw) == 1 and raw.isupper() and raw != "I" and is_free(line.gaps, index) and line.words[index - 1][1:].islower()
        ):  # "Kwabena A"
            return True
        if line.gaps[index] == "-" and (line.words[index - 1][0].isupper() or token.bits & ANY_NAME):  # "Sung-ho", "okonkwo-bell"
            return True
        if token.word in _SHORT_SURNAMES and line.gaps[index] == " " and line.tokens[index - 1].bits & (ANY_NAME):  # "Tuan Le", "thuy do"
            ends = not line.gaps[index + 1] or line.gaps[index + 1].strip()[:1] in _ENDS
            if (raw[0].isupper() and not raw.isupper() and line.style == NORMAL) or (line.style == ALL_LOWER and ends):
                return True
        capitalised = line.style == NORMAL and raw[0].isupper() and raw[1:].islower() and before[0].isupper() and line.gaps[index] == " "
        if capitalised and not token.bits & (WORD | TERM | TITLE | ROLE_TITLE | KIN | ORGANISATION | TOWN | STATE):
            return True  # "Nelson Chávez Tum"
        named = line.tokens[index - 1].bits & (GIVEN | SURNAME) or (
            index > 1 and linked(line, index - 1) and line.tokens[index - 2].bits & GIVEN
        )
        ordinary = capitalised and named and token.bits & WORD and len(raw) > 2
        if ordinary and token.word not in NO_NAME and not token.bits & (TERM | TITLE | ROLE_TITLE | KIN | ORGANISATION | TOWN | STATE):
            following = line.words[index + 1] if index + 1 < len(line.words) and line.gaps[index + 1] == " " else ""
            return not following or following[0].islower() or token.usage[0] < "4"  # "Mackenzie Two Bulls"
        if token.bits & MAYBE_SURNAME and line.tokens[index - 1].bits & GIVEN and raw.isupper() and line.gaps[index + 1].strip():
            return True  # "KAREN WHITE, 12 OAK ST"
        return first == CUED and raw[0].isupper() and line.words[index - 1][0].isupper() and not token.bits & TERM and not raw.isupper()


def _couples(line: Line, taken: dict[int, float]) -> None:
    """ "bill and summer hathaway": a given name that is also a word, joined to one that is taken."""
    for index in range(len(line.words) - 2):
        joined = line.tokens[index + 1].word in _AND and line.gaps[index + 1] == " " and line.gaps[index + 2] == " "
        if joined and index not in taken and index + 2 in taken and line.tokens[index].bits & (GIVEN | MAYBE_GIVEN):
            taken[index] = taken[index + 2]
    for index in range(len(line.words) - 1):  # "Parisa & Navid"
        if line.gaps[index + 1].strip() == "&" and (index in taken) != (index + 1 in taken):
            other = index + 1 if index in taken else index
            if line.words[other][0].isupper() and not line.tokens[other].bits & (TERM | ORGANISATION):
                taken[other] = taken[index if other == index + 1 else index + 1]


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


def _rest_of_field(line: Line, index: int) -> Iterator[int]:
    """ "Nombre: Ma. del Socorro Zúñiga Vda. de Ponce": what stands in a field for a name, while it is capitalised or a particle."""
    for following in range(index + 1, min(index + 8, len(line.words))):
        word, gap = line.words[following], line.gaps[following]
        if gap not in (" ", ". ", "-", "+") or line.tokens[following].word in _FIELD_WORDS:
            return
        if not word[0].isupper() and line.tokens[following].word not in PARTICLES:
            return
        yield following


def _introduced(text: str, line: Line, at: dict[int, int]) -> Iterator[int]:
    """ "my name is": whatever word follows."""
    for match in INTRODUCED.finditer(text):
        index = at.get(match.end())
        if (
            index is not None
            and line.tokens[index].word not in NOT_GREETED
            and not (line.tokens[index].bits & ACRONYM and line.words[index].isupper())
        ):
            yield index
            if match[0].rstrip(" \"'")[-1:] in ":=":
                yield from _rest_of_field(line, index)
    for match in HERE_LOWER.finditer(text):
        index = at.get(match.end())
        if index is not None and line.tokens[index].bits & (GIVEN | MAYBE_GIVEN) and line.tokens[index].candidate:
            yield index
    for match in HERE.finditer(text):
        index = at.get(match.end())
        if index is None:
            continue
        token, ends = line.tokens[index], text[match.end() + len(line.words[index]) :][:1] in (",", ".")
        if (token.bits & (GIVEN | MAYBE_GIVEN) and not token.bits & TERM) or (ends and index > 0 and token.bits & ANY_NAME):
            yield index


def _signed(text: str, line: Line, at: dict[int, int]) -> Iterator[int]:
    """The words of a signature, when the first can be a name."""
    for match in SIGNATURE.finditer(text):
        index = at.get(match.start(1))
        if index is None:
            continue
        parts = [part for part in range(index, min(index + 8, len(line.words))) if line.starts[part] < match.end(1)]
        first = line.tokens[index]
        able = all(line.words[part][0].isupper() or line.tokens[part].candidate for part in parts)
        if not able or not first.candidate or first.bits & TERM or first.word in NOT_GREETED:
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
        r"(?i)\b(?:it'?s|this is|i'?m|i am|soy) +[a-z]|(?:first|last|given|surname|fname|lname) *[:=]|name +[a-z]|names?(?: +is\b|'s\b|\"? *[:=])"
        r"|nombre|apellido|llam[oa]\b|attn|(?:^"
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
