"""Free text in, the same text with typed placeholders out, and where the identifiers stood. Pure; never raises on any text: it withholds.

Recall first: every finder's hits are joined, the output is read again until nothing more is found, and what cannot be read to the end
(too long, an error, no fixed point) is withheld as a whole. Keeps no text. Source: 45 CFR 164.514(b)(2)(i).
"""

import re

from policies.phi.allow import AllowList
from policies.phi.dates import dates, old_ages, relative_dates
from policies.phi.hits import Hit, joined
from policies.phi.identifiers import emails, numbers
from policies.phi.lexicon import Lexicon, fold
from policies.phi.names import FORMAL, PLACE, READ, SPOKEN, TIME, UNKNOWN, NameReader
from policies.phi.normalise import OPAQUE, PLACEHOLDER, normalised
from policies.phi.places import PlaceReader, addresses
from policies.phi.residue import Residue, spelled_digits
from policies.phi.urls import UrlReader
from policies.records import Label, ScrubbedText, Span

LIMIT_BYTES = 200_000
WITHHELD = "[WITHHELD]"
MAX_READINGS = 6

_DIGIT = re.compile(r"\d")
_ADDRESSED = re.compile(r"@|\barroba\b|[(\[{<]at[)\]}>]|\bat\b[^\n]{0,80}(?:\bdot\b|\bpunto\b|\.\s?[a-z])", re.I)
_WEB = re.compile(r"\w\.\w\w|://")
_NINETY = re.compile(r"\b(?:9\d|1[0-2]\d|ninety|hundred|noventa|cien)\b|\b(?:9\d|1[0-2]\d)[ -]?y", re.I)
_SPACES = " \n\t\r,;:"


class Scrubber:
    """One per process: building compiles nothing but the practice's `allow` phrases. Safe to share between threads."""

    def __init__(self, lexicon: Lexicon, allow: tuple[str, ...] = ()) -> None:
        self._lexicon = lexicon
        self._allow = AllowList(allow)
        self._places = PlaceReader(lexicon)
        self._names = NameReader(lexicon, self._places.telling_words)
        self._urls = UrlReader(lexicon, self._allow.hosts)
        self._residue = Residue(lexicon)

    def scrub(self, text: str) -> ScrubbedText:
        """`text` with each identifier replaced by `[LABEL_n]`, equal values by equal placeholders; `spans` in code points of `text`.

        Scrubbing twice equals scrubbing once. Text over 200 kB before or after, or that fails to be read, comes back as `[WITHHELD]` with one span.
        """
        try:
            spans = self._found(text)
            for _ in range(MAX_READINGS):
                if not spans:
                    return ScrubbedText(text=text)
                out, pieces = _replaced(text, spans)
                more = self._found(out)
                if not more:
                    return ScrubbedText(text=out, spans=_as_spans(spans))
                spans = joined([*spans, *(_traced(hit, pieces) for hit in more)])
        except Exception:  # any failure while reading means that something may have been missed
            return _withheld(text)
        return _withheld(text)

    def scan(self, text: str) -> tuple[Span, ...]:
        """Where identifiers stand in `text`; empty = none found. One span over everything when it cannot be read."""
        try:
            return _as_spans(self._found(text))
        except Exception:  # fail closed, as `scrub` does
            return _withheld(text).spans

    def knows(self, word: str) -> bool:
        """Is `word` an ordinary, a medical or a brand word?"""
        token = fold(word)
        return token in self._lexicon.words or token in self._lexicon.terms or token.removesuffix("s") in self._lexicon.words

    def _found(self, text: str) -> list[Hit]:
        if len(text) > LIMIT_BYTES or (not text.isascii() and len(text.encode("utf-8", "surrogatepass")) > LIMIT_BYTES):
            raise ValueError("the text is longer than 200 kB: split it into records")
        view = normalised(text)
        hits = self._read(view.text)
        if not hits:
            return []
        hits = self._allow.excuse(view.text, hits)
        return joined(_trimmed(text, Hit(*view.origin(hit.start, hit.end), hit.label, hit.personal)) for hit in joined(hits))

    def _read(self, text: str) -> list[Hit]:
        hits: list[Hit] = []
        if _ADDRESSED.search(text):
            hits += emails(text)
            text = _blanked(text, hits)  # the words of an address are no names
        if _WEB.search(text):
            hits += self._urls.find(text)
        if _DIGIT.search(text):
            hits += numbers(text)
            hits += dates(text)
            hits += addresses(text)
            hits += self._residue.find(text)
        if _NINETY.search(text):
            hits += old_ages(text)
        kinds = self._names.gist(text)
        if kinds & SPOKEN:
            hits += spelled_digits(text)
        if kinds & TIME:
            hits += relative_dates(text)
        if kinds & READ or (kinds & FORMAL and kinds & UNKNOWN):
            hits += self._names.find(text)
        hits += self._places.find(text, listed=bool(kinds & PLACE))
        return hits


def _blanked(text: str, hits: list[Hit]) -> str:
    parts: list[str] = []
    at = 0
    for hit in joined(hits):
        parts += (text[at : hit.start], OPAQUE * (hit.end - hit.start))
        at = hit.end
    return "".join((*parts, text[at:]))


def _trimmed(text: str, hit: Hit) -> Hit:
    start, end = hit.start, hit.end
    while start < end and text[start] in _SPACES:
        start += 1
    while end > start and text[end - 1] in _SPACES:
        end -= 1
    if hit.label is not Label.NAME and end - start > 1 and text[end - 1] == ".":  # the sentence's, not the identifier's
        end -= 1
    return hit._replace(start=start, end=end)


def _as_spans(hits: list[Hit]) -> tuple[Span, ...]:
    return tuple(Span(start=hit.start, end=hit.end, label=hit.label) for hit in hits)


def _withheld(text: str) -> ScrubbedText:
    return ScrubbedText(text=WITHHELD, spans=(Span(start=0, end=len(text), label=Label.OTHER_ID),))


def _replaced(text: str, hits: list[Hit]) -> tuple[str, list[tuple[int, int, Hit]]]:
    """The text with placeholders, and for each (start, end in the output, hit). Numbering goes on from placeholders already in `text`."""
    highest: dict[str, int] = {}
    for match in PLACEHOLDER.finditer(text):
        label, _, number = match[0][1:-1].rpartition("_")
        highest[label] = max(highest.get(label, 0), int(number) if number.isdigit() else 0)
    numbers_of: dict[tuple[str, str], int] = {}
    parts: list[str] = []
    pieces: list[tuple[int, int, Hit]] = []
    at = length = 0
    for hit in hits:
        key = (hit.label.value, " ".join(text[hit.start : hit.end].casefold().split()))
        if key not in numbers_of:
            numbers_of[key] = highest[key[0]] = highest.get(key[0], 0) + 1
        placeholder = f"[{key[0]}_{numbers_of[key]}]"
        parts += (text[at : hit.start], placeholder)
        length += hit.start - at
        pieces.append((length, length + len(placeholder), hit))
        length += len(placeholder)
        at = hit.end
    parts.append(text[at:])
    return "".join(parts), pieces


def _traced(found: Hit, pieces: list[tuple[int, int, Hit]]) -> Hit:
    """`found` in the output, as a hit in the input; a placeholder it touches is taken in whole."""
    start, end = found.start, found.end
    shift_start = shift_end = 0
    for piece_start, piece_end, hit in pieces:
        if piece_end <= found.start:
            shift_start = hit.end - piece_end
        elif piece_start <= found.start:
            start, shift_start = hit.start, 0
        if piece_end <= found.end:
            shift_end = hit.end - piece_end
        elif piece_start < found.end:
            end, shift_end = hit.end, 0
    return Hit(start + shift_start, end + shift_end, found.label, found.personal)
