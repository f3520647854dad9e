"""Labelled texts from the frames of `frames.py`: invented people fill the slots, seeded, so that the same seed always gives the same texts.

A text comes back as (kind, text, spans). Ten or more ways to write each identifier; about a third of all texts are lower-cased and a few are
upper-cased as a whole, as people type.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from bench.phi.frames import MARK, templates
from bench.phi.invented import LABELS, People

PLAIN_TURNS = 8
SLOT = re.compile(r"\{([A-Z]+)(?:=([^{}]*))?\}|" + MARK.pattern)


class Sample(NamedTuple):
    kind: str
    text: str
    spans: tuple[tuple[int, int, str], ...]
    template: str


def filled(kind: str, template: str, people: People) -> Sample:
    """One text of `template`, its case changed as people type."""
    parts: list[str] = []
    spans: list[tuple[int, int, str]] = []
    at = length = 0
    for match in SLOT.finditer(template):
        value, label = (match[4], match[3]) if match[3] else (people.written(match[1], match[2]), LABELS.get(match[1]))
        parts += (template[at : match.start()], value)
        length += match.start() - at
        if label:
            spans.append((length, length + len(value), label))
        length += len(value)
        at = match.end()
    text = "".join((*parts, template[at:]))
    roll, lower = people.draw.random(), 0.45 if kind in ("search", "clinical", "sms", "comment") else 0.15
    changed = text.lower() if roll < lower else text.upper() if roll > 0.96 else text
    return Sample(kind, changed if len(changed) == len(text) else text, tuple(spans), template)


def samples(seed: int, per_template: int, part: str = "train", without: Collection[str] = ()) -> Iterator[Sample]:
    """`per_template` texts of each frame, in a fixed order."""
    people, frames = People(seed), templates(part, without)
    for turn in range(per_template):
        for kind, template in frames:
            if turn < PLAIN_TURNS or SLOT.search(template):  # a text without slots differs from turn to turn by its case alone
                yield filled(kind, template, people)
