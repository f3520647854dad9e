"""Free text in, the same text with typed placeholders out, and where the identifiers stood. Pure; never raises on any text: it withholds.

Recall first: every finder's hits are joined, the output is read again until nothing more is found, and what cannot be read to the end
(too long, an error, no fixed point) is withheld as a whole. Keeps no text. Source: 45 CFR 164.514(b)(2)(i).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from typing import NamedTuple

from policies.phi import addresses, ages, dates, facilities, identifiers, labelled, phones, places, residue, spoken
from policies.phi.allow import AllowList
from policies.phi.gate import Finder, compiled_set
from policies.phi.hits import WEAK, Hit, held, joined
from policies.phi.identifiers import URL
from policies.phi.known import IsKnown
from policies.phi.lexicon import Lexicon, fold
from policies.phi.normalise import OPAQUE, PLACEHOLDER, View, normalised
from policies.phi.people import CUED, CUES, NameReader
from policies.phi.places import TownReader
from policies.phi.tagger import Tagger
from policies.phi.tokens import TOWN, TOWN_FIRST, TOWN_WORD
from policies.phi.urls import UrlReader
from policies.records import Label, ScrubbedText, Span

LIMIT_CHARACTERS = 10_000_000
PIECE = 50_000  # a longer text is read in pieces, cut between lines or sentences, so that memory stays bounded
OVERLAP = 400
WITHHELD = "[WITHHELD]"
MAX_READINGS = 6
_DIGIT = re.compile(r"\d")
_SPACES = " \n\t\r,;:"
_WEB, _MAIL = 0, 3  # the first gates, web and mail: what they find is blanked for all others


Recogniser = Callable[[str], Iterable[tuple[int, int, str]]]
"""A text -> (start, end, label)s in code points: somebody else's finder, whose hits are added to ours."""


class Scrubbed(NamedTuple):
    """`text` with placeholders; `hits` in code points of the input; `withheld` = why nothing came out, or empty."""

    text: str
    hits: list[Hit]
    withheld: str = ""


class Scrubber:
    """One per process and practice. Safe to share between threads."""

    def __init__(self, lexicon: Lexicon, allow: tuple[str, ...] = (), recognisers: tuple[Recogniser, ...] = ()) -> None:
        self._lexicon = lexicon
        self._recognisers = recognisers
        self._is_known: IsKnown | None = None
        self._allow = AllowList(allow)
        self.tagger = Tagger(lexicon)
        self._names = NameReader(self.tagger)
        self._towns = TownReader(lexicon, self.tagger)
        typed = (
            UrlReader(lexicon, self._allow.hosts, self._allow.words).finder(),  # first: an email inside a web address is the address's
            *spoken.ADDRESSES,
            *identifiers.ADDRESSES,
            *identifiers.FINDERS,
            *phones.FINDERS,
            *labelled.FINDERS,
        )
        self.finders: tuple[Finder, ...] = (
            *typed,
            *dates.FINDERS,
            *ages.FINDERS,
            *addresses.finders(lexicon),
            *places.finders(lexicon),
            *facilities.FINDERS,
            residue.CLICK_FINDER,
            *spoken.FINDERS,
            Finder(residue.NAME, residue.GATE, lambda text: (), digit=True),
        )
        self._residue = residue.Residue(lexicon)
        self._last = len(self.finders) - 1  # the residue judges what no other finder has explained
        cues = [(self._last + 1 + index, cue.gate) for index, cue in enumerate(CUES)]
        gates = list(enumerate(self.finders))
        self._gate = compiled_set([*((index, finder.gate) for index, finder in gates if not finder.digit), *cues])
        self._digit_gate = compiled_set([(index, finder.gate) for index, finder in gates if finder.digit])
        self._typed_gate = compiled_set([(index, finder.gate) for index, finder in gates[: len(typed)] if not finder.digit])
        self._typed_digit_gate = compiled_set([(index, finder.gate) for index, finder in gates[: len(typed)] if finder.digit])

    def knowing(self, is_known: IsKnown) -> "Scrubber":
        """This scrubber with a dictionary of the practice's own leads: `is_known` as in `policies/phi/known.py`. Shares all tables."""
        other = copy(self)
        other._is_known = is_known
        return other

    def __eq__(self, other: object) -> bool:
        """Scrubbers of one practice are one, whichever leads they know: what they say of field names is the same."""
        return isinstance(other, Scrubber) and self.tagger is other.tagger

    def __hash__(self) -> int:
        return id(self.tagger)

    def scrub(self, text: str) -> ScrubbedText:
        """`text` with each identifier replaced by `[LABEL_n]`, equal values by equal placeholders; `spans` in code points of `text`.

        Scrubbing twice equals scrubbing once. Text over 10 million characters, or that fails to be read, comes back as `[WITHHELD]` with one span.
        """
        found = self.scrubbed(text)
        return ScrubbedText(text=found.text, spans=_as_spans(found.hits))

    def scrubbed(self, text: str) -> Scrubbed:
        """As `scrub`, with the reason of each hit; the form for bulk and for reports."""
        if len(text) > LIMIT_CHARACTERS:
            return _withheld(text, f"longer than {LIMIT_CHARACTERS:,} characters: split it into records")
        try:
            hits = self._found(text)
            for _ in range(MAX_READINGS):
                if not hits:
                    return Scrubbed(text, hits)
                out, pieces = _replaced(text, hits)
                more = self._found(out)
                if not more:
                    return Scrubbed(out, hits)
                hits = joined([*hits, *(_traced(hit, pieces) for hit in more)])
        except Exception as error:  # any failure while reading means that something may have been missed
            return _withheld(text, f"could not be read ({type(error).__name__})")
        return _withheld(text, f"identifiers still came to light after {MAX_READINGS} readings")

    def scan(self, text: str) -> tuple[Span, ...]:
        """Where identifiers stand in `text`; empty = none found. One span over everything when it cannot be read."""
        return _as_spans(self.find(text))

    def find(self, text: str) -> list[Hit]:
        """As `scan`, with the reason of each hit."""
        try:
            return self._found(text) if len(text) <= LIMIT_CHARACTERS else _withheld(text, "").hits
        except Exception:  # fail closed, as `scrub` does
            return _withheld(text, "").hits

    def patterns(self, text: str) -> list[Hit]:
        """The typed identifiers (email, web, phone, SSN, card, IP, labelled numbers …) alone: the fast look at texts of our own making.

        No names, dates, places and unexplained numbers.
        """
        view = normalised(text)
        gates = self._typed_gate(view.text)
        if _DIGIT.search(view.text):
            gates = sorted(gates + self._typed_digit_gate(view.text))
        if not gates:
            return []
        hits: list[Hit] = []
        self._run(view.text, gates, hits)
        return self._traced_back(text, view, self._allow.excuse(view.text, joined(hits))) if hits else hits

    def knows(self, word: str) -> bool:
        """Is `word` an ordinary, a medical or a brand word?"""
        token = fold(word)
        return token in self._lexicon.words or token in self._lexicon.terms or token.removesuffix("s") in self._lexicon.words

    def _found(self, text: str) -> list[Hit]:
        if len(text) <= PIECE:
            return self._found_in(text)
        hits: list[Hit] = []
        for start, end in _pieces(text):  # they overlap, so that what a cut goes through is whole in one of the two
            hits += (hit._replace(start=hit.start + start, end=hit.end + start) for hit in self._found_in(text[start:end]))
        return joined(hits)

    def _found_in(self, text: str) -> list[Hit]:
        view = normalised(text)
        hits = self._read(view.text)
        for recogniser in self._recognisers:
            hits += [Hit(start, end, Label(label), False, "recogniser", 2.0) for start, end, label in recogniser(view.text) if end > start]
        if not hits:
            return hits
        return self._traced_back(text, view, held(self._allow.excuse(view.text, joined(hits))))

    def _traced_back(self, text: str, view: View, hits: list[Hit]) -> list[Hit]:
        """`hits` in `view`, as hits in `text`."""
        if view.starts is not None:
            hits = [hit._replace(start=start, end=end) for hit in hits for start, end in (view.origin(hit.start, hit.end),)]
        return joined([_trimmed(text, hit) for hit in hits])

    def _read(self, text: str) -> list[Hit]:
        hits, spoken, cues = self.spoken(text)
        hits += self._words(spoken, cues)
        return hits

    def spoken(self, text: str) -> tuple[list[Hit], str, list[int]]:
        """What the patterns find in normalised `text`, what is left for the reader of names with their finds blanked, and the cues' numbers."""
        hits: list[Hit] = []
        gates = self.gates(text)
        spoken, cues = self._run(text, gates, hits)
        if self._last in gates:
            hits += self._residue.find(spoken, hits)
        sure = [(hit.start, hit.end) for hit in hits if hit.score > WEAK]
        return hits, _blanked(spoken, sure), cues

    def gates(self, text: str) -> list[int]:
        """The numbers of the finders and cues that can match `text`, in order."""
        found = self._gate(text)
        return sorted(found + self._digit_gate(text)) if _DIGIT.search(text) else found

    def _run(self, text: str, gates: list[int], hits: list[Hit]) -> tuple[str, list[int]]:
        """Run the finders of `gates`, adding to `hits`. Returns the text without any web or mail address, and the cues."""
        finders, spoken = self.finders, text
        cues: list[int] = []
        for index in gates:
            if index >= self._last:
                if index > self._last:
                    cues.append(index - self._last - 1)
                continue
            finder = finders[index]
            before = len(hits)
            name = finder.name
            hits += [hit if hit[4] else Hit(hit[0], hit[1], hit[2], hit[3], name, hit[5]) for hit in finder.find(text)]
            if index <= _MAIL and len(hits) > before:  # the words and numbers of an address are nothing of their own
                spans = [(hit.start, hit.end) for hit in hits[before:]]
                text, spoken = _blanked(text, spans), _blanked(spoken, spans)
            if index == _WEB:
                spoken = _searches(text, _blanked(spoken, (match.span() for match in URL.finditer(text))))
        return spoken, cues

    def _words(self, text: str, cues: list[int]) -> Iterator[Hit]:
        line = self.tagger.line(text)
        names = list(self._names.find(text, line, cues, self._is_known))
        yield from names
        if line.bits & (TOWN | TOWN_WORD | TOWN_FIRST):
            sure = [(name.start, name.end) for name in names if name.score >= CUED]  # "j whitfield" is no town
            for town in self._towns.find(text, line):
                if not any(start <= town.start and town.end <= end for start, end in sure):
                    yield town


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while len(text) - start > PIECE:
        end = start + PIECE
        for mark in ("\n", ". ", " "):
            cut = text.rfind(mark, start + PIECE // 2, end)
            if cut > 0:
                end = cut + len(mark)
                break
        yield start, end
        start = end - OVERLAP
    yield start, len(text)


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if end > at:
            parts += (text[at : max(start, at)], OPAQUE * (end - max(start, at)))
            at = end
    return "".join((*parts, text[at:])) if parts else text


_SEARCH = re.compile(r"[?&;](?:q|query|search|s|k|kw|keywords?|terms?|text|utm_term)=([^&#\s]+)", re.I)


def _searches(text: str, spoken: str) -> str:
    """`spoken`, in which addresses are blanked, with the words somebody searched for: "?q=dr+petrosyan" is read as a sentence is."""
    for address in URL.finditer(text):
        for match in _SEARCH.finditer(text, *address.span()):
            start, end = match.span(1)
            words = "".join(char if char.isalnum() or char in "'-" else " " for char in text[start:end])
            spoken = spoken[:start] + words + spoken[end:]
    return spoken


def _trimmed(text: str, hit: Hit) -> Hit:
    start, end = hit.start, hit.end
    while start < end and text[start] in _SPACES:
        start += 1
    while end > start and text[end - 1] in _SPACES:
        end -= 1
    if hit.label is not Label.NAME and end - start > 1 and text[end - 1] == ".":  # the sentence's, not the identifier's
        end -= 1
    return hit if (start, end) == (hit.start, hit.end) else hit._replace(start=start, end=end)


def _as_spans(hits: list[Hit]) -> tuple[Span, ...]:
    return tuple(Span(start=hit.start, end=hit.end, label=hit.label) for hit in hits)


def _withheld(text: str, reason: str) -> Scrubbed:
    return Scrubbed(WITHHELD, [Hit(0, len(text), Label.OTHER_ID, False, "withheld")], reason)


def _replaced(text: str, hits: list[Hit]) -> tuple[str, list[tuple[int, int, Hit]]]:
    """The text with placeholders, and for each (start, end in the output, hit). Numbering goes on from placeholders already in `text`."""
    highest: dict[str, int] = {}
    for match in PLACEHOLDER.finditer(text) if "[" in text else ():
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
    return found._replace(start=start + shift_start, end=end + shift_end)
