"""Copy that was read out of a file, and where in the file each of its characters stands. Knows no file type and opens nothing.

A reader takes what people read from its source and leaves markup behind. It works on a `Copy` and makes another, so readers stack: the HTML inside
a mail is read from the decoded mail, and a finding still leads to a line of the .eml file.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010][ \t]*(?:\r\n?|\n)[ \t>]*(?=[^\W\d_])")
_GAP = re.compile(r"(?:\r\n|\r(?!\n)|\n)[ \t]*(?:\r\n?|\n)")
_LINE_END = re.compile(r"\r\n?|\n")


class Run(NamedTuple):
    """From `at` in the copy to the next run stand the characters `start` to `end` of the source: one by one if `literal`, else as a whole."""

    at: int
    start: int
    end: int
    literal: bool


class Region(NamedTuple):
    """A stretch of a source file. Lines and columns count from 1, columns in code points; the end is the place after the last character."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Copy:
    """`text` is what the rules read. `runs` are in order of `at` and cover it."""

    text: str
    runs: tuple[Run, ...]

    @classmethod
    def of(cls, source: str) -> "Copy":
        """A source as its own copy."""
        return cls(source, (Run(0, 0, len(source), True),))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the source the characters `start` to `end` of the text stand, end exclusive; an empty stretch is a point."""
        first, _ = self._of(start)
        return (first, self._of(end - 1)[1]) if end > start else (first, first)

    def run_at(self, offset: int) -> int:
        """The place in `runs` of the run that holds `offset`."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def _of(self, offset: int) -> tuple[int, int]:
        if not self.runs:
            return 0, 0
        run = self.runs[self.run_at(offset)]
        if not run.literal:
            return run.start, run.end
        start = min(run.start + offset - run.at, run.end)
        return start, min(start + 1, run.end)

    @cached_property
    def _starts(self) -> list[int]:
        return [run.at for run in self.runs]


class Writer:
    """Puts a copy together from pieces of other copies of the same file."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._runs: list[Run] = []
        self.length = 0

    def take(self, copy: Copy, start: int, end: int) -> None:
        """The characters `start` to `end` of `copy`, as they stand."""
        place = copy.run_at(start)
        while start < end:
            run = copy.runs[place]
            stop = min(end, copy.runs[place + 1].at) if place + 1 < len(copy.runs) else end
            shift = run.start - run.at
            source = (start + shift, stop + shift) if run.literal else (run.start, run.end)
            self._add(copy.text[start:stop], *source, literal=run.literal)
            start, place = stop, place + 1

    def put(self, text: str, copy: Copy, start: int, end: int) -> None:
        """`text` in place of the characters `start` to `end` of `copy`."""
        self._add(text, *copy.span(start, end), literal=False)

    def done(self) -> Copy:
        """What was written so far."""
        return Copy("".join(self._parts), tuple(self._runs))

    def _add(self, text: str, start: int, end: int, *, literal: bool) -> None:
        if not text:
            return
        last = self._runs[-1] if self._runs else None
        if last and last.literal and literal and last.end == start:
            self._runs[-1] = last._replace(end=end)
        else:
            self._runs.append(Run(self.length, start, end, literal))
        self._parts.append(text)
        self.length += len(text)


class Lines:
    """The lines of a source."""

    def __init__(self, source: str) -> None:
        self._starts = [0, *(hit.end() for hit in _LINE_END.finditer(source))]

    def region(self, start: int, end: int) -> Region:
        """The lines and columns of the characters `start` to `end`."""
        line, end_line = self.line(start), self.line(end)
        return Region(line, start - self._starts[line - 1] + 1, end_line, end - self._starts[end_line - 1] + 1)

    def line(self, offset: int) -> int:
        return bisect_right(self._starts, offset)


def paragraphs(pieces: list[Copy]) -> Copy:
    """The pieces that hold words, an empty line between them."""
    writer = Writer()
    for piece in pieces:
        if not piece.text.strip():
            continue
        if writer.length:
            writer.put("\n\n", piece, 0, 0)
        writer.take(piece, 0, len(piece.text))
    return writer.done()


def read_joined(copy: Copy) -> Copy:
    """Plain text, and once more, as paragraphs of their own, those in which a word is divided at the end of a line, with the word joined.

    Both readings, because nobody can tell "dia-/betes" from "long-/term".
    """
    breaks = [*_HYPHENATED.finditer(copy.text)]
    if not breaks:
        return copy
    pieces = [copy]
    gaps = [0, *(gap.end() for gap in _GAP.finditer(copy.text)), len(copy.text)]
    number = 0
    for start, end in pairwise(gaps):
        writer, place = Writer(), start
        while number < len(breaks) and breaks[number].start() < end:
            writer.take(copy, place, breaks[number].start())
            place = breaks[number].end()
            number += 1
        if place > start:
            writer.take(copy, place, end)
            pieces.append(writer.done())
    return paragraphs(pieces)


def trimmed(copy: Copy, start: int, end: int) -> tuple[int, int]:
    """`start` and `end` without the white space at either side."""
    while start < end and copy.text[start].isspace():
        start += 1
    while end > start and copy.text[end - 1].isspace():
        end -= 1
    return start, end
