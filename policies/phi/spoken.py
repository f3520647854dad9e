"""Numbers and names as people say them to a telephone: digits in words, spelled letters, the letters of the radio alphabet.

The words are walked once; a run of them is judged by how many digits and letters it says. English and Spanish.
"""

import re
from collections.abc import Iterator

from policies.phi.gate import Finder
from policies.phi.hits import Hit
from policies.phi.lexicon import fold, word_set
from policies.records import Label

_ENGLISH = (
    "zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
    "twenty thirty forty fifty sixty seventy eighty ninety niner"
)
_SPANISH = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte "
    "veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve treinta cuarenta cincuenta sesenta "
    "setenta ochenta noventa doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
)
_RADIO = (
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa quebec romeo sierra tango "
    "uniform victor whiskey xray yankee zulu"
)
NUMBERS, RADIO = word_set(f"{_ENGLISH} {_SPANISH}"), word_set(_RADIO)
_ONES = word_set("zero oh one two three four five six seven eight nine niner cero uno dos tres cuatro cinco seis siete ocho nueve")
_ROUND = word_set("twenty thirty forty fifty sixty seventy eighty ninety veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_TIMES = {"double": 2, "triple": 3, "doble": 2}
_HUNDREDS, _THOUSANDS = word_set("hundred cien ciento"), word_set("thousand mil")
_FILLERS = word_set("dash hyphen and then y area code uh um er guion like plus comma space so ok okay menos with")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")
_GAP = re.compile(r"[ ,.\-–/\n…]{1,4}")
_AS_IN = re.compile(r"(?i),? (?:as in|like in|for|like|de|como(?: en)?) (\w+)")
_UNIT_AFTER = re.compile(
    r"(?i) ?(?:%|percent|stars?|times|days?|weeks?|months?|years?|hours?|minutes?|mg|ml|doctors?|visits?|out of|or (?:two|three|four|more|so)|"
    r"people|patients?|kids|children|of (?:them|us|my|the)|to (?:two|three|four|five|six|ten|twelve))\b"
)
_SECRET = re.compile(
    r"(?i)\b(?:pin|pass ?code|code|social|ssn|last (?:four|4)|end(?:s|ing)? in|card|account|policy|member|clave|plate|zip|room|apt|unit)\b"
    r"[^.?!\n]{0,32}$"
)
MIN_UNITS, MIN_DIGITS = 5, 4


class _Run:
    """One stretch of spoken characters. `units` counts what was said, `digits` and `letters` what it stands for."""

    def __init__(self, start: int) -> None:
        self.start = self.end = start
        self.units = self.digits = self.letters = self.spoken = self.cued = self.radio = 0

    def add(self, end: int, *, digits: int = 0, letters: int = 0, spoken: int = 0, cued: int = 0) -> None:
        self.end = end
        self.units += 1
        self.digits += digits
        self.letters += letters
        self.spoken += spoken
        self.cued += cued

    def label(self) -> Label | None:
        """What the run is, or nothing: a count, a price, an initial."""
        if self.digits == 0:
            return Label.NAME if self.letters >= 3 and (self.cued or self.letters >= 4) else None
        spoken = self.spoken if self.radio != 1 else self.spoken - 1  # one "delta" is a word, two are letters
        if not (spoken or self.cued) or self.digits < MIN_DIGITS:
            return Label.OTHER_ID if self.cued and self.digits >= 3 else None
        if self.letters:
            return Label.OTHER_ID
        if self.units < MIN_UNITS:
            return None
        return Label.SSN if self.digits == 9 else Label.PHONE if self.digits in (7, 10, 11) else Label.OTHER_ID


def _runs(text: str) -> Iterator[_Run]:
    run: _Run | None = None
    pending, tens = 1, False  # "double", "triple"; after "sixty", "two" is no digit more
    for match in _TOKEN.finditer(text):
        if run and match.start() < run.end:  # the "boy" of "B as in boy"
            continue
        if run and not _GAP.fullmatch(text, run.end, match.start()) and not _bridged(text, run.end, match.start()):
            yield run
            run, pending = None, 1
        word, end = fold(match[0]), match.end()
        if run is None and not _opens(word):
            continue
        run = run or _Run(match.start())
        if word == "plus" and not run.units:
            run.end = end
        elif word in _TIMES:
            pending, run.end = _TIMES[word], end
        elif word in NUMBERS:
            run.add(end, digits=0 if tens and word in _ONES else 2 if word not in _ONES else pending, spoken=1)
            pending, tens = 1, word in _ROUND
            continue
        elif word in _HUNDREDS or word in _THOUSANDS:
            if run.digits:
                run.add(end, digits=2, spoken=1)
        elif word.isdigit() and len(word) <= 4:
            run.add(end, digits=len(word) * pending)
            pending = 1
        elif word in RADIO:
            run.add(end, letters=1, spoken=1)
            run.radio += 1
        elif len(word) == 1 and word.isalpha() and (letter := _letter(text, match.start(), end, run)):
            run.add(letter, letters=pending, cued=letter > end)
            pending = 1
        elif word not in _FILLERS or not run.units:
            yield run
            run, pending = None, 1
        tens = tens and word in ("y", "and")
    if run:
        yield run


def _opens(word: str) -> bool:
    return (
        word in NUMBERS
        or word == "plus"
        or word in RADIO
        or word in _TIMES
        or (len(word) <= 4 and word.isdigit())
        or (len(word) == 1 and word.isalpha())
    )


def _bridged(text: str, start: int, end: int) -> bool:
    """Are there only fillers between two units ("five, uh, dash five")?"""
    between = _TOKEN.findall(text[start:end])
    return bool(between) and len(between) < 4 and end - start < 24 and all(fold(word) in _FILLERS for word in between)


def _letter(text: str, start: int, end: int, run: _Run) -> int:
    """Where a letter that is spelled out ends, with its "as in boy"; 0 when it is a word of its own."""
    if (said := _AS_IN.match(text, end)) and fold(said[1])[:1] == fold(text[start]):
        return said.end()
    if text[start] in "aiyoeu" and not run.letters:  # a word of English or Spanish
        return 0
    return end


def _spoken(text: str) -> Iterator[Hit]:
    for run in _runs(text):
        label = run.label()
        if label is Label.NAME and not run.cued:
            for match in _SPELLED.finditer(text, run.start, run.end):
                yield Hit(match.start(), match.end(), Label.NAME, True)
            continue
        if label is None and run.spoken and run.digits >= MIN_DIGITS and _SECRET.search(text, max(0, run.start - 48), run.start):
            label = Label.OTHER_ID
        if label and not (run.units < 7 and _UNIT_AFTER.match(text, run.end)):
            yield Hit(run.start, run.end, label, label is Label.NAME)


# N-O-R-A, "h, a, t, t, i": at least four letters, evenly parted.
_SPELLED = re.compile(
    r"(?<![\w-])(?:[A-Za-z](?:-[A-Za-z]){3,}|[A-Za-z](?:, ?[A-Za-z]){3,}|[A-Za-z](?:\. ?[A-Za-z]){3,}|[A-Z](?: [A-Z]){3,}"
    r"|[a-z](?: [a-z]){4,})(?![\w-])"
)
_DOMAIN = re.compile(r"(?i) at ([a-z0-9-]+(?: (?:dot|punto) [a-z0-9-]+){1,3})\b")
_HALF = re.compile(rf"(?i)\b[a-z]+ dot [a-z]+(?: (?:{'|'.join(NUMBERS)})\b)+")
_BEFORE_ADDRESS = word_set(
    "its is it email mail e address to me my sure yes yeah um uh the and at reach send sent ok okay so that thats be this write use or a an correct "
    "es correo mi al por"
)


def _spoken_emails(text: str) -> Iterator[Hit]:
    """ "d dot okonkwo eighty-one at example dot com": leftward from "at", to a word of the sentence or a mark."""
    for match in _DOMAIN.finditer(text):
        start = match.start()
        for word in reversed(list(re.finditer(r"[^\s]+", text[max(0, start - 80) : start]))[-9:]):
            if fold(word[0]) in _BEFORE_ADDRESS or word[0][-1] in ',.:;?!"':
                break
            start = max(0, match.start() - 80) + word.start()
        if start < match.start():
            yield Hit(start, match.end(), Label.EMAIL)
    for match in _HALF.finditer(text):
        yield Hit(match.start(), match.end(), Label.EMAIL)


_SAID = "|".join(sorted(NUMBERS | RADIO, key=len, reverse=True)).replace("veintidos", "veintid[oó]s").replace("dieciseis", "diecis[eé]is")
ADDRESSES = (Finder("email address as it is said", r"(?i) at [a-z0-9-]+ (?:dot|punto) |[a-z] dot [a-z]", _spoken_emails),)
FINDERS = (
    Finder(
        "spoken or spelled out",
        rf"(?i)\b(?:{_SAID}|double|triple|doble|\d{{1,4}}|[a-z])[ ,.-]{{1,3}}(?:(?:dash|and|y|uh|um)[ ,.-]{{1,3}})?(?:{_SAID}|double|triple|doble)\b"
        rf"|\b(?:{_SAID})[ ,.-]{{1,3}}(?:(?:dash|and|y|uh|um)[ ,.-]{{1,3}})?(?:\d{{1,4}}|[a-z])\b"
        r"|\b[a-z],? (?:as in|for|like|de|como) [a-z]+|\b[a-z](?:-|, ?|\. ?| )[a-z](?:-|, ?|\. ?| )[a-z](?:-|, ?|\. ?| )[a-z]\b",
        _spoken,
    ),
)
