"""The text of an item as rules read it: typography folded away, offsets kept, sentences found. Knows no rule.

"gua\u00adrantee", "c u r e s", "\u0441ure" with a Cyrillic letter and "don’t" read like "guarantee", "cures", "cure" and "don't": what a reader does
not see, or reads over, must not hide a claim.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate

from policies.lookalikes import LATIN

_SENTENCE_END = re.compile(r"""(?<![.!?])[.!?]+["')\]]*\s+(?=["'(]?[A-Z0-9$])|\n\s*\n\s*|\n(?=\s*[-*•A-Z0-9])""")
# A full stop after these, or after a single capital, ends no sentence: "Dr. Lane, MD" is one claim with its credential.
_ABBREVIATION = re.compile(r"(?:\b(?:Drs?|Mrs?|Ms|St|Ste|vs|No|Inc|Jr|Sr|Prof|Ph|approx|e\.g|i\.e)|\b[A-Z])$")

_INVISIBLE = frozenset({"Cf", "Cc", "Mn", "Me"})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# "c u r e", "g.u.a.r.a.n.t.e.e": four letters or more, each alone. The separators are read over.
_SPACED = re.compile(r"(?<![A-Za-z0-9])[A-Za-z](?:([ .*_-])[A-Za-z])(?:\1[A-Za-z]){2,}(?![A-Za-z0-9])")

_TURN = "\u202e"
_TURNED = re.compile("\u202e[^\u202c\u202e\n]*|[^\u202e]+")

_FOLDED = {
    **dict.fromkeys("‘’‚‛ʼ′", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—−", "-"),
    **dict.fromkeys("\x0b\x85", " "),
    **dict.fromkeys("\u115f\u1160\u2800\u3164\uffa0", ""),  # letters and signs without ink
    **dict.fromkeys("\u2028\u2029", "\n"),
    "™": " ",  # NFKC would glue "TM" to the word and hide the brand
    **dict(zip("ıłøđðſɡɑ", "iloddsga", strict=True)),  # letters no decomposition makes plain
    **dict(zip("ᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢ", "abcdeghijklmnoprtuvwyz", strict=True)),
    # Letters in circles and squares that are drawn as pictures and decompose to nothing.
    **{chr(start + place): chr(ord("A") + place) for start in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6) for place in range(26)},
}


@dataclass(frozen=True)
class Text:
    """`folded` is what patterns see; `offsets[i]` is where its code point i stands in `original` (None: at i itself). `today` may be unknown."""

    original: str
    folded: str
    encoded: bytes
    offsets: tuple[int, ...] | None = None
    today: date | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Code points of the original for a match in the folded text, end exclusive."""
        if self.offsets is None:
            return start, end
        places = self.offsets[start], self.offsets[end - 1]  # in this order, unless the text was turned round
        return min(places), max(places) + 1

    def sentences_around(self, start: int, end: int) -> tuple[int, int]:
        """Where, in the folded text, the sentence stands that holds the match, or the sentences it runs across."""
        before = bisect_right(self._ends, start)
        after = bisect_left(self._ends, end)
        first = self._ends[before - 1] if before else 0
        last = self._ends[after] if after < len(self._ends) else len(self.folded)
        return first, last

    def sentence_ends(self) -> list[int]:
        """Where sentences end, in the folded text; the last is its end."""
        return [*self._ends, len(self.folded)]

    def to_byte(self, place: int) -> int:
        """Where in `encoded` the code point at `place` of `folded` begins."""
        return place if self._bytes is None else self._bytes[place]

    def to_char(self, byte: int) -> int:
        """The place in `folded` of the code point that begins at `byte` of `encoded`."""
        return byte if self._bytes is None else bisect_left(self._bytes, byte)

    @cached_property
    def _bytes(self) -> list[int] | None:
        if len(self.encoded) == len(self.folded):
            return None
        widths = (len(character.encode("utf-8", "surrogatepass")) for character in self.folded)
        return list(accumulate(widths, initial=0))

    @cached_property
    def _ends(self) -> list[int]:
        return [
            hit.end()
            for hit in _SENTENCE_END.finditer(self.folded)
            if not (hit.group().startswith(".") and _ABBREVIATION.search(self.folded, max(0, hit.start() - 8), hit.start()))
        ]


def text_of(original: str, today: date | None = None) -> Text:
    """`original` ready for patterns; plain ASCII costs nothing. `today` is the day offers and ages are judged by."""
    spaced = _SPACED.search(original)
    if original.isascii() and not _CONTROL.search(original) and not spaced:
        return Text(original, original, original.encode(), None, today)
    plain = original.translate(_FOLDING)
    if len(plain) == len(original) and not spaced and not _SPACED.search(plain):
        return Text(original, plain, plain.encode("utf-8", "surrogatepass"), None, today)
    kept = _joined([(index, one) for index in _as_shown(original) if (one := _FOLDING[ord(original[index])])])
    plain = "".join(character for _, character in kept)
    return Text(original, plain, plain.encode("utf-8", "surrogatepass"), tuple(index for index, _ in kept), today)


def _as_shown(original: str) -> Iterable[int]:
    """The places of `original` in the order a reader sees them: what stands after a right-to-left override is shown turned round."""
    if _TURN not in original:
        return range(len(original))
    places: list[int] = []
    for run in _TURNED.finditer(original):
        between = range(run.start(), run.end())
        places += reversed(between) if run[0].startswith(_TURN) else between
    return places


def _joined(kept: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Without the separators of words written letter by letter."""
    plain = "".join(character for _, character in kept)
    over = {place for run in _SPACED.finditer(plain) for place in range(run.start() + 1, run.end(), 2)}
    return [one for place, one in enumerate(kept) if place not in over] if over else kept


def folded(text: str) -> str:
    """`text` as patterns see it: for the patterns themselves."""
    return text if text.isascii() else text.translate(_FOLDING)


_REMEMBERED = 20_000


class _Folding(dict[int, str]):
    """What each code point reads as, worked out when first met: one character, or none."""

    def __missing__(self, point: int) -> str:
        if len(self) > _REMEMBERED:
            self.clear()
        self[point] = read = _fold(chr(point))
        return read


_FOLDING = _Folding()


def _fold(character: str) -> str:
    """Invisible characters and lone accents vanish; accents, compatibility forms and look-alikes become plain letters."""
    if character in _FOLDED:
        return _FOLDED[character]
    if character.isascii():
        return "" if _CONTROL.match(character) else character
    if unicodedata.category(character) in _INVISIBLE:
        return ""
    base = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    plain = base if len(base) == 1 else character
    return _FOLDED.get(plain, plain).translate(LATIN)
