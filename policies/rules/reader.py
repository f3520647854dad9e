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
    return [_bucket(f"w {word}"), *(_bucket(f"c {gram}") for gram in grams if len(word) > 2)]


def context_features(words: list[str], kind: ItemKind) -> Iterator[int]:
    """Pairs of neighbours, words two apart, and each word in its kind of item."""
    for word in words:
        yield _bucket(f"k {kind} {word}")
    for first, second in pairwise(words):
        yield _bucket(f"b {first} {second}")
    for first, third in zip(words, words[2:], strict=False):
        yield _bucket(f"s {first} {third}")


def _bucket(feature: str) -> int:
    return crc32(feature.encode()) & (BUCKETS - 1)


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
                worst = Reading(self.family(words, kind), confidence, start, end, self._heaviest(words, kind))
        return worst

    def confidence(self, words: list[str], kind: ItemKind) -> float:
        """How likely a person would object, 0-1."""
        known = self._word_scores
        weights = self._signed["risk"]
        total = 0.0
        for word in words:
            score = known.get(word)
            if score is None:
                if len(known) > 50_000:
                    known.clear()
                score = known[word] = float(sum(weights[bucket] for bucket in word_features(word)))
            total += score
        total += sum(weights[bucket] for bucket in context_features(words, kind))
        return _logistic(total * self.scales["risk"] / math.sqrt(len(words)) + self.biases["risk"])

    def family(self, words: list[str], kind: ItemKind) -> Family:
        """The body of law it is most likely about."""
        buckets = [bucket for word in words for bucket in word_features(word)]
        buckets += context_features(words, kind)
        scale = math.sqrt(len(words))

        def score(family: Family) -> float:
            weights = self._signed[family]
            return sum(weights[bucket] for bucket in buckets) * self.scales[family] / scale + self.biases[family]

        return max(self.families, key=score)

    def _heaviest(self, words: list[str], kind: ItemKind) -> tuple[str, ...]:
        weights = self._signed["risk"]
        weighed = {word: self._word_scores[word] + weights[_bucket(f"k {kind} {word}")] for word in words if len(word) > 2}
        return tuple(sorted((word for word in weighed if weighed[word] > 0), key=lambda word: (-weighed[word], word))[:3])

    @cached_property
    def _signed(self) -> dict[str, memoryview]:
        return {name: memoryview(weights).cast("b") for name, weights in (("risk", self.risk), *self.families.items())}

    @cached_property
    def _word_scores(self) -> dict[str, float]:
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
