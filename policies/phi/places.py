"""Towns, counties and where somebody lives. States and countries survive; addresses have their own file.

A town of one word is judged by the tagger in its surroundings, a town of several words by the list; both give way to a facility's name and to
what the practice calls its own. Source: 45 CFR 164.514(b)(2)(i)(B).
"""

import re
from collections.abc import Callable, Iterator

from policies.phi.addresses import CITY, STATE_CODES, STATE_NAMES, STATES, ZIP_CODE
from policies.phi.gate import Finder
from policies.phi.hits import WEAK, Hit
from policies.phi.lexicon import Lexicon, fold, word_set
from policies.phi.lines import CALENDAR, Line
from policies.phi.tagger import Tagger
from policies.phi.tokens import TOWN, TOWN_FIRST, TOWN_WORD
from policies.records import Label

TOWN_THRESHOLD = -0.6
_STATE_AFTER = re.compile(rf", ?((?:{STATE_CODES})\b|(?:{STATE_NAMES})\b)(,? +{ZIP_CODE})?")
_CITY_BEFORE = re.compile(rf"(?<![^\W_]){CITY}$")
_CREDENTIAL_LIKE = frozenset(
    ("MD", "PA", "DC", "OK", "HI", "ME", "OR", "IN", "ID", "AL", "LA", "CO", "MS", "MA", "DE")
)  # "Elena Vega, MD" is no town in Maryland
CORNER = re.compile(r"\b(?:corner|intersection) of +[\w' ]{2,25}? (?:and|&) +[A-Z0-9][\w']*(?: [A-Z][\w']*)?")
COUNTY = re.compile(
    r"\b(?:[A-Z][\w']{1,24} ){1,2}(?:County|Parish|Township|Borough)\b|\b[Cc]ondado de [A-Z][\w']{1,24}(?: [A-Z][\w']{1,24})?"
)
_RESIDENCE = (
    r"(?:(?:i|we|he|she|they|mom|dad|who)?'?(?:m|re|s)? *\b(?:live[sd]?|living|reside[sd]?|residing|resident|moved"
    r"|relocat\w+|based|grew up|born|raised|staying|hometown|home|neighbor\w*)"
    r"(?: [a-z]+){0,2}? (?:in|at|to|of|near|from|outside)"
    r"|\b(?:i am|i'm|we're|we are|he's|she's|is|came|come|drove|driving|drive|travel\w*|flew|commut\w+|all the way|soy"
    r"|somos|vengo|venimos|viajo) (?:up |down |over |in )?(?:from|de|desde)"
    r"|\bviv(?:o|e|imos|ia|ía|iendo) en|\bresid[oe] en|\bvecin[oa] de|\bnac[ií] en|\bmud[eé] a)"
)
_CAPITALS_AFTER = re.compile(r" (?:in|at|to|of|near|from|outside|de|desde|en|a)(?i: the (?:city|town|village) of)? +(?=[A-Z])")
_CAPITAL = r"(?:(?:St|Mt|Ft|Pt)\. ?)?[A-Z][\w']{1,24}"
_CAPITALS = re.compile(rf"{_CAPITAL}(?: (?:de |del |la |las |los )?{_CAPITAL}){{0,3}}")
_RESIDENCE_BEFORE = re.compile(rf"(?:{_RESIDENCE})(?: the (?:city|town|village) of)? +$", re.I)
_PREPOSITION = re.compile(
    r"\b(?:in|at|from|near|to|of|around|outside|downtown|serving|en|de|desde|cerca de|hasta|north of|south of|east of"
    r"|west of|city of|town of) +$",
    re.I,
)
_FACILITY_NEXT = re.compile(
    r" (?:clinic|hospital|medical|health|dental|ortho\w*|dermatology|center|centre|university|office|location|surgery"
    r"|surgical|institute|group|smiles|skin|eye|spine|joint)\b",
    re.I,
)
_OWN_BEFORE = re.compile(r"\b(?:our|your|nuestra|nuestro|the) +$", re.I)


# Codes of states that are no words.
_LOWER_STATES = frozenset(code.lower() for code in STATE_CODES.split("|")) - word_set(
    "al co de hi id in la ma me mo mt ok or pa oh ms md wa va"
)


class TownReader:
    """Finds towns in a line of words."""

    def __init__(self, lexicon: Lexicon, tagger: Tagger) -> None:
        self._towns = lexicon.towns
        self._tagger = tagger
        self._beginnings = frozenset(" ".join(town.split(" ", 2)[:2]) for town in lexicon.towns if " " in town)

    def find(self, text: str, line: Line) -> Iterator[Hit]:
        """Call only for a line with a word of some town in it."""
        taken, single, starts = -1, [], line.starts
        for index, token in enumerate(line.tokens):
            if index <= taken or index in line.phrases or not token.bits & (TOWN | TOWN_WORD | TOWN_FIRST):
                continue
            if token.bits & TOWN_FIRST and (last := self._phrase(line, index)):
                start, end = starts[index], starts[last] + len(line.words[last])
                if hit := self._judged(text, start, end, " ".join(line.tokens[at].word for at in range(index, last + 1))):
                    yield hit
                    taken = last
                    continue
            following = line.tokens[index + 1].word if index + 1 < len(line.tokens) else ""
            if following == "county" and token.word in self._towns:  # "cook county"
                yield Hit(starts[index], starts[index + 1] + len(line.words[index + 1]), Label.LOCATION, False, "county")
                taken = index + 1
                continue
            if following in _LOWER_STATES and token.bits & (TOWN | TOWN_WORD) and line.gaps[index + 1] in (" ", ", "):  # "peoria il"
                yield Hit(starts[index], starts[index + 1] + len(line.words[index + 1]), Label.LOCATION, False, "town and state")
                taken = index + 1
                continue
            if token.candidate and token.bits & (TOWN | TOWN_WORD):
                single.append(index)
        for index, score in self._tagger.town_scores(line, single).items() if single else ():
            if score > TOWN_THRESHOLD:
                raw = line.words[index]
                yield Hit(
                    starts[index], starts[index] + len(raw) - (2 if raw.endswith(("'s", "'S")) else 0), Label.LOCATION, False, "town", score
                )

    def _phrase(self, line: Line, index: int) -> int:
        """The last word of the longest listed town that starts at `index`, or 0."""
        tokens, gaps = line.tokens, line.gaps
        last = index
        if index + 1 == len(tokens) or f"{tokens[index].word} {tokens[index + 1].word}" not in self._beginnings:
            return 0
        while last + 1 < len(tokens) and last < index + 3 and gaps[last + 1] in (" ", "-", ". "):
            last += 1
        while last > index:
            if " ".join(token.word for token in tokens[index : last + 1]) in self._towns:
                return last
            last -= 1
        return 0

    def _judged(self, text: str, start: int, end: int, phrase: str) -> Hit | None:
        before = max(0, start - 60)
        lives = bool(_RESIDENCE_BEFORE.search(text, before, start))
        if not lives and (_FACILITY_NEXT.match(text, end) or _OWN_BEFORE.search(text, before, start)):
            return None
        cased = text[start].isupper()
        if lives or (_PREPOSITION.search(text, before, start) and (cased or not self._towns[phrase])):
            return Hit(start, end, Label.LOCATION, lives, "town")
        return None if self._towns[phrase] and not cased else Hit(start, end, Label.LOCATION, False, "town")


def _city_states(lexicon: Lexicon) -> Callable[[str], Iterator[Hit]]:
    def find(text: str) -> Iterator[Hit]:
        for match in _STATE_AFTER.finditer(text):
            city = _CITY_BEFORE.search(text, max(0, match.start() - 80), match.start())
            if (
                city is None
                or fold(city[0]) in STATES
                or fold(city[0]) in lexicon.acronyms
                or (match[1] in _CREDENTIAL_LIKE and not match[2] and fold(city[0]) not in lexicon.towns)
            ):
                continue
            start = city.start() + _leading_ordinary(city[0])
            yield Hit(start, match.end(), Label.LOCATION, bool(_RESIDENCE_BEFORE.search(text, max(0, start - 60), start)))

    return find


def _leading_ordinary(place: str) -> int:
    """How many characters of a capitalised run come before the city ("From Joliet, IL" starts at Joliet)."""
    words = place.split(" ")
    at = 0
    while len(words) > 1 and fold(words[0]) in ("in", "from", "at", "near", "to", "the", "our", "visit", "en", "de", "dear", "of"):
        at += len(words.pop(0)) + 1
    return at


def _residences(lexicon: Lexicon) -> Callable[[str], Iterator[Hit]]:
    def plain(name: str) -> bool:
        """An ordinary capitalised word is no place, unless the list knows it as one."""
        return " " not in name and fold(name) not in lexicon.towns and fold(name) in lexicon.words

    def find(text: str) -> Iterator[Hit]:
        for opening in _CAPITALS_AFTER.finditer(text):
            start = opening.end()
            match = _CAPITALS.match(text, start)
            if match is None or not _RESIDENCE_BEFORE.search(text, max(0, start - 60), start):
                continue
            name = match[0].rstrip(".")
            if fold(name) not in STATES and fold(name.split()[0]) not in lexicon.terms and not plain(name):
                yield Hit(start, start + len(name), Label.LOCATION, True)

    return find


def _prepositions(lexicon: Lexicon) -> Callable[[str], Iterator[Hit]]:
    """ "in Shady Grove,": a capitalised run that no list knows, after a preposition of place; only beside another identifier."""

    def find(text: str) -> Iterator[Hit]:
        for match in _AFTER_PREPOSITION.finditer(text):
            words = [fold(word) for word in match[1].split()]
            unlisted = [word for word in words if word not in lexicon.terms and word not in STATES]
            if not CALENDAR.isdisjoint(words):
                continue
            if len(unlisted) == len(words) and not all(word in lexicon.words for word in words[:1] if len(words) == 1):
                yield Hit(match.start(1), match.end(1), Label.LOCATION, score=WEAK)

    return find


_AFTER_PREPOSITION = re.compile(
    r"\b(?:in|from|near|outside|around|to|en|desde) ([A-Z][a-z]{2,20}(?: [A-Z][a-z]{2,20}){0,2})(?=[,.;!?)\n]|$| (?:and|with|for|on|at|to|who|but|,))"
)


_FIELD = re.compile(
    r"(?:^|[\n,;|>&?])\s*(?i:city|town|suburb|ciudad|municipio|colonia|pueblo|county"
    r"|hometown)\"? *[:=] *\"?([A-Z][\w'.-]{1,24}(?:[ +][A-Z][\w'.-]{1,24}){0,3})"
)


def _each(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Hit]]:
    return lambda text: (Hit(match.start(), match.end(), Label.LOCATION) for match in pattern.finditer(text))


def finders(lexicon: Lexicon) -> tuple[Finder, ...]:
    """Places that their surroundings give away."""
    return (
        Finder("city and state", rf", ?(?:{STATE_CODES}|{STATE_NAMES})\b", _city_states(lexicon)),
        Finder("place by its preposition", r" (?:in|from|near|outside|around|to|en|desde) [A-Z][a-z]", _prepositions(lexicon)),
        Finder(
            "field of a form",
            r"(?i)(?:city|town|suburb|ciudad|municipio|colonia|pueblo|county)\"? *[:=]",
            lambda text: (Hit(*match.span(1), Label.LOCATION, True) for match in _FIELD.finditer(text)),
        ),
        Finder("county", r"County\b|Parish\b|Township\b|Borough\b|[Cc]ondado", _each(COUNTY)),
        Finder("corner of streets", r"(?i)(?:corner|intersection) of", _each(CORNER)),
        Finder(
            "where somebody lives",
            r" (?:in|at|to|of|near|from|outside|de|desde|en|a)(?: (?i:the) \w+ (?i:of))? +[A-Z]",
            _residences(lexicon),
        ),
    )
