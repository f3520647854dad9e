"""A second reader for what wording hides: a linear model over words, word pairs and letters of words. It may ask for a person, nothing more.

It runs only on copy that no rule objected to, so that it adds no noise. Its weights are package data, trained by `bench/compliance/train.py`; what
it can and cannot do is measured in docs/compliance.md. Knows no rule: it answers with a body of law, not with a citation.
"""

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

from policies.actions import ItemKind
from policies.rules.rule import Family
from policies.rules.text import Text

BUCKETS = 1 << 15
"""Features share this many weights; which one is the CRC-32 of the feature's name."""
WINDOW = 320
"""Code points read at once. Longer texts are read in windows of whole sentences, and the worst one counts."""
MIN_WORDS = 4
LENGTH = 12
"""Shorter texts are weighed as if they had so many words: five words of opening hours prove nothing."""
_REMEMBERED = 50_000

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[$%#@/]")
_FAMILIES = tuple(Family)


class Reading(NamedTuple):
    """`confidence` 0-1; `start`, `end` in `Text.folded`; `words` weighed most, heaviest first."""

    family: Family
    confidence: float
    start: int
    end: int
    words: tuple[str, ...]


def words_of(folded: str) -> list[str]:
    """Lower-case words; every figure is the same word."""
    return ["0" if word.isdigit() else word for word in _WORD.findall(folded.lower())]


def word_features(word: str) -> list[int]:
    """The word, and its runs of four and five letters."""
    framed = f"<{word}>"
    grams = (framed[start : start + size] for size in (4, 5) for start in range(len(framed) - size + 1))
    return [number_of(word) & _MASK, *(number_of(f"c {gram}") & _MASK for gram in grams if len(word) > 2)]


def context_features(words: list[str], numbers: list[int], kind: ItemKind) -> Iterator[int]:
    """Pairs of neighbours, words two apart, each word in its kind of item, words after a "not", and whether anything is denied or turned down.

    `numbers` are those of `words`.
    """
    mark = _KINDS[kind]
    if not _DENIALS.isdisjoint(words):
        yield from (_DENIED, _DENIED, (mark * 5 >> 4) & _MASK, (mark * 5 >> 4) & _MASK)
        after: set[int] = set()
        for place, word in enumerate(words):
            if word in _DENIALS:
                after.update(range(place + 1, min(len(words), place + 1 + _REACH)))
        yield from ((numbers[place] * 97 >> 6) & _MASK for place in sorted(after))
    if not _REFUSALS.isdisjoint(words):
        yield from (_REFUSED, _REFUSED, _REFUSED, (mark * 11 >> 4) & _MASK, (mark * 11 >> 4) & _MASK, (mark * 11 >> 4) & _MASK)
    yield from ((number * mark >> 7) & _MASK for number in numbers)
    yield from ((first * 31 + second * 17 >> 3) & _MASK for first, second in pairwise(numbers))
    yield from ((first * 131 + third * 73 >> 5) & _MASK for first, third in zip(numbers, numbers[2:], strict=False))


def scale_of(words: int) -> float:
    """What the sum over a text of so many words is divided by."""
    return math.sqrt(max(LENGTH, words))


def number_of(feature: str) -> int:
    return crc32(feature.encode())


_MASK = BUCKETS - 1
_DENIED = number_of("a denial") & _MASK
_REFUSED = number_of("a refusal") & _MASK
_REACH = 5
"""So many words after a "not" are read as denied."""
_DENIED_BY = """
    no not never none nobody nothing without neither nor cannot don't doesn't didn't isn't aren't wasn't weren't won't can't couldn't wouldn't
    shouldn't haven't hasn't hadn't"""
_DENIALS = frozenset(_DENIED_BY.split())
_REFUSED_BY = """
    declined decline refused refuse rejected reject canceled cancelled scrapped scrap vetoed veto withdrawn withdrew shelved struck strike cut dropped
    drop deleted removed remove pulled returned shredded axed killed passed retired"""
_REFUSALS = frozenset(_REFUSED_BY.split())
_KINDS = {kind: number_of(f"kind {kind}") | 1 for kind in ItemKind}


@dataclass(frozen=True)
class Reader:
    """`risk` and each of `families` hold one signed byte per bucket, times its scale; `bias` is the risk's. `threshold` on confidence."""

    risk: bytes
    families: dict[Family, bytes]
    scales: dict[str, float]
    biases: dict[str, float]
    threshold: float
    digest: str = ""

    def read(self, text: Text, kind: ItemKind) -> Reading | None:
        """The most suspicious window, when it reaches the threshold."""
        worst: Reading | None = None
        for start, end in windows(text):
            words = words_of(text.folded[start:end])
            if len(words) < MIN_WORDS:
                continue
            confidence = self.confidence(words, kind)
            if confidence >= self.threshold and (worst is None or confidence > worst.confidence):
                worst = Reading(self.family(words, kind), confidence, start, end, self._heaviest(words))
        return worst

    def confidence(self, words: list[str], kind: ItemKind) -> float:
        """How likely a person would object, 0-1."""
        known = [self._known(word) for word in words]
        weights = self._signed["risk"]
        total = sum(score for score, _ in known)
        for bucket in context_features(words, [number for _, number in known], kind):
            total += weights[bucket]
        return _logistic(total * self.scales["risk"] / scale_of(len(words)) + self.biases["risk"])

    def family(self, words: list[str], kind: ItemKind) -> Family:
        """The body of law it is most likely about."""
        buckets = [bucket for word in words for bucket in word_features(word)]
        buckets += context_features(words, [number_of(word) for word in words], kind)
        length = scale_of(len(words))

        def score(family: Family) -> float:
            weights = self._signed[family]
            return sum(weights[bucket] for bucket in buckets) * self.scales[family] / length + self.biases[family]

        return max(self.families, key=score)

    def _known(self, word: str) -> tuple[int, int]:
        """The word's own share of the risk, and its number; remembered, because copy is made of few words."""
        known = self._words.get(word)
        if known is None:
            if len(self._words) > _REMEMBERED:
                self._words.clear()
            weights = self._signed["risk"]
            known = self._words[word] = sum(weights[bucket] for bucket in word_features(word)), number_of(word)
        return known

    def _heaviest(self, words: list[str]) -> tuple[str, ...]:
        weighed = {word: self._known(word)[0] for word in words if len(word) > 2}
        return tuple(sorted((word for word in weighed if weighed[word] > 0), key=lambda word: (-weighed[word], word))[:3])

    @cached_property
    def _signed(self) -> dict[str, memoryview]:
        return {name: memoryview(weights).cast("b") for name, weights in (("risk", self.risk), *self.families.items())}

    @cached_property
    def _words(self) -> dict[str, tuple[int, int]]:
        return {}


def windows(text: Text) -> Iterator[tuple[int, int]]:
    """Runs of whole sentences of at most WINDOW code points (one longer sentence is cut), which cover the text."""
    if len(text.folded) <= WINDOW * 5 // 4:
        yield 0, len(text.folded)
        return
    start = 0
    at = 0
    for end in text.sentence_ends():
        while end - start > WINDOW:
            cut = at if at > start else start + WINDOW
            yield start, cut
            start = cut
            at = max(at, start)
        at = end
    if start < len(text.folded):
        yield start, len(text.folded)


def _logistic(score: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def reader_of(data: bytes) -> Reader:
    """Unpacks what `packed` wrote. Raises ValueError when the file is cut or not of this form."""
    header, _, body = data.partition(b"\n")
    names = ("risk", *_FAMILIES)
    fields = dict(part.split("=", 1) for part in header.decode("ascii", "replace").split(" ") if "=" in part)
    if len(body) != BUCKETS * len(names) or "threshold" not in fields:
        raise ValueError("the weights of the second reader are damaged: install the package again")
    part = {name: body[place * BUCKETS : (place + 1) * BUCKETS] for place, name in enumerate(names)}
    return Reader(
        risk=part["risk"],
        families={family: part[family] for family in _FAMILIES if fields[f"{family}.used"] == "1"},
        scales={name: float(fields[f"{name}.scale"]) for name in names},
        biases={name: float(fields[f"{name}.bias"]) for name in names},
        threshold=float(fields["threshold"]),
        digest=hashlib.sha256(data).hexdigest(),
    )
