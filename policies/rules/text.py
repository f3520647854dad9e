"""The text of an item as rules read it: typography folded away, offsets kept, sentences found. Knows no rule.

"guar\u00adantee", "ｃｕｒｅ" and "don’t" read like "guarantee", "cure" and "don't": a hidden hyphen must not hide a claim.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

_SENTENCE_END = re.compile(r"""(?<![.!?])[.!?]+["')\]]*\s+(?=["'(]?[A-Z0-9$])|\n\s*\n\s*|\n(?=\s*[-*•A-Z0-9])""")
# A full stop after these, or after a single capital, ends no sentence: "Dr. Lane, MD" is one claim with its credential.
_ABBREVIATION = re.compile(r"(?:\b(?:Drs?|Mrs?|Ms|St|Ste|vs|No|Inc|Jr|Sr|Prof|Ph|approx|e\.g|i\.e)|\b[A-Z])$")

_FOLDED = {
    **dict.fromkeys("‘’‚‛ʼ′", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("‐‑‒–—−", "-"),
    "™": " ",  # NFKC would glue "TM" to the word and hide the brand
    # The two letters IGNORECASE takes for "i" and str.lower() does not.
    "ı": "i",
    "İ": "I",
    "\u2028": "\n",
    "\u2029": "\n",
}


@dataclass(frozen=True)
class Text:
    """`folded` is what patterns see; `offsets[i]` is where its code point i stands in `original` (None: at i itself).

    `found` remembers, per pattern, the spans it matched in `folded`.
    """

    original: str
    folded: str
    offsets: tuple[int, ...] | None
    found: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict, compare=False, repr=False)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Code points of the original for a match in the folded text, end exclusive."""
        if self.offsets is None:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1

    def sentences_around(self, start: int, end: int) -> tuple[int, int]:
        """Where, in the folded text, the sentence stands that holds the match, or the sentences it runs across."""
        before = bisect_right(self._ends, start)
        after = bisect_left(self._ends, end)
        first = self._ends[before - 1] if before else 0
        last = self._ends[after] if after < len(self._ends) else len(self.folded)
        return first, last

    @cached_property
    def lowered(self) -> str:
        return self.folded.lower()

    @cached_property
    def _ends(self) -> list[int]:
        return [
            hit.end()
            for hit in _SENTENCE_END.finditer(self.folded)
            if not (hit.group().startswith(".") and _ABBREVIATION.search(self.folded, max(0, hit.start() - 8), hit.start()))
        ]


def text_of(original: str) -> Text:
    """`original` ready for patterns; plain ASCII costs nothing."""
    if original.isascii():
        return Text(original, original, None)
    folded: list[str] = []
    offsets: list[int] = []
    for index, character in enumerate(original):
        replacement = character if character.isascii() else _fold(character)
        if replacement:
            folded.append(replacement)
            offsets.append(index)
    return Text(original, "".join(folded), tuple(offsets) if len(folded) != len(original) else None)


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    """One code point as at most one: invisible ones vanish, compatibility forms become plain."""
    if character in _FOLDED:
        return _FOLDED[character]
    if unicodedata.category(character) == "Cf":
        return ""
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character
