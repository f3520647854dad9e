"""The words of a Markdown page (also MDX, Hugo and Jekyll): markup becomes HTML, which `pages.py` reads, so that both kinds of page read alike.

Code fences, comments, link targets and a component's imports are left out. Not a renderer: where Markdown is ambiguous, text is read rather than
skipped, because what is skipped goes unchecked.
"""

import re
from typing import Any, NamedTuple

from tools.documents.front import read_front
from tools.documents.inline import write_inline
from tools.documents.pages import read_html
from tools.documents.places import Copy, Writer, paragraphs

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_QUOTE = re.compile(r"(?: {0,3}>[ \t]?)+")
_ITEM = re.compile(r"([ \t]*)(?:[-+*]|(\d{1,9})[.)])(?:[ \t]+|$)(?:\[[ xX]\][ \t]+)?")
_FENCE = re.compile(r"[ \t]*(`{3,}(?=[^`]*$)|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]+|$)")
_HEADING_END = re.compile(r"(?:(?<![ \t])[ \t]+#+|(?:(?<![ \t])[ \t]+)?\{#[^{}]*\})+[ \t]*$")
_RULE = re.compile(r" {0,3}(?:=+|-+|(?:[-*_][ \t]*){3,}|:{3,}[ \t]*)[ \t]*$")
_DEFINITION = re.compile(r" {0,3}\[([^\[\]^][^\[\]]*)\]:[ \t]*\S.*$")
_FOOTNOTE = re.compile(r" {0,3}\[\^[^\[\]]+\]:[ \t]*")
_ADMONITION = re.compile(r" {0,3}(?::{3,}|!!!)[ \t]*")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELL = re.compile(r"(?:\\.|[^|\\])+")
_RAW = (
    (re.compile(r" {0,3}<(?:script|style|pre|textarea)\b", re.IGNORECASE), re.compile(r"</(?:script|style|pre|textarea)>", re.IGNORECASE)),
    (re.compile(r" {0,3}<!--"), re.compile("-->")),
)
_MODULE = re.compile(r"(?:import|export)\s+(?:[\w*{]|['\"])")


class _Line(NamedTuple):
    """One line without its quote marks and its end. `start` and `end` are offsets in the page."""

    text: str
    start: int
    end: int
    quote: str


def read_markdown(source: Copy, *, modules: bool = False) -> tuple[Copy, dict[str, Any]]:
    """Title, description and text of the page, and what its front matter claims. `modules` = MDX: `import` and `export` blocks are code.

    Raises Unreadable on front matter that cannot be parsed.
    """
    front = read_front(source)
    lines = [_line(source.text, hit) for hit in _LINE.finditer(source.text, front.body) if hit.group()]
    blocks = _Blocks(source, lines, modules=modules)
    blocks.write()
    return paragraphs([*front.copy, read_html(blocks.out.done())]), front.claims


def _line(text: str, hit: re.Match[str]) -> _Line:
    written = hit.group().rstrip("\r\n")
    quote = _QUOTE.match(written)
    cut = quote.end() if quote else 0
    return _Line(written[cut:], hit.start() + cut, hit.start() + len(written), written[:cut])


class _Blocks:
    """Walks the lines once and writes the page as HTML. `_open` are the lines of the paragraph that is being gathered."""

    def __init__(self, source: Copy, lines: list[_Line], *, modules: bool) -> None:
        self.out = Writer()
        self._source = source
        self._lines = lines
        self._modules = modules
        self._open: list[tuple[int, int]] = []
        self._inside = 0  # columns a list item's own text is indented by
        self._unclosed: dict[str, int] = {}  # per fence sign, the shortest one that nothing closes to the end of the page
        self._labels = {_label(hit[1]) for line in lines if (hit := _DEFINITION.match(line.text))}

    def write(self) -> None:
        place = 0
        while place < len(self._lines):
            after = self._block(place)
            if after == place:
                self._text(place)
                after = place + 1
            place = after
        self._close()

    def _block(self, place: int) -> int:
        """The line after the block that begins here and is no paragraph; `place` itself if none does."""
        line = self._lines[place]
        if not line.text.strip():
            self._close()
            return place + 1
        if line.quote and place and not self._lines[place - 1].quote:
            self._close()
        for part in (self._fence, self._raw, self._table):
            if (after := part(place)) != place:
                return after
        if self._modules and not self._open and _MODULE.match(line.text):
            return next((number for number in range(place, len(self._lines)) if not self._lines[number].text.strip()), len(self._lines))
        if _RULE.match(line.text) or (not self._open and _DEFINITION.match(line.text)):
            self._close()
            return place + 1
        return place

    def _fence(self, place: int) -> int:
        """A code fence and all it holds. One that is never closed is text: it must not hide the rest of the page."""
        line = self._lines[place]
        opened = _FENCE.match(line.text)
        if not opened or _width(line.text) > self._inside + 3:
            return place
        if len(opened[1]) >= self._unclosed.get(opened[1][0], len(opened[1]) + 1):
            return place
        closing = re.compile(rf"[ \t]*{re.escape(opened[1][0])}{{{len(opened[1])},}}[ \t]*$")
        for number in range(place + 1, len(self._lines)):
            if line.quote and not self._lines[number].quote:
                break
            if closing.match(self._lines[number].text):
                self._close()
                return number + 1
        else:
            self._unclosed[opened[1][0]] = len(opened[1])
        return place

    def _raw(self, place: int) -> int:
        """Scripts, preformatted text and comments: HTML as it stands, empty lines included."""
        for opens, closes in _RAW:
            if not (opened := opens.match(self._lines[place].text)):
                continue
            first = self._lines[place]
            end = closes.search(self._source.text, first.start + opened.end())
            if not end:
                return place
            self._close()
            last = next(number for number in range(place, len(self._lines)) if self._lines[number].end >= end.end())
            self.out.take(self._source, first.start, end.end())
            if rest := self._source.text[end.end() : self._lines[last].end].strip():
                self._open.append((self._source.text.index(rest, end.end()), self._lines[last].end))
            return last + 1
        return place

    def _table(self, place: int) -> int:
        """A heading row, a row of dashes and the rows below: each cell is a paragraph."""
        below = self._lines[place + 1].text if place + 1 < len(self._lines) else ""
        if "|" not in self._lines[place].text or "-" not in below or "|" not in below or not _TABLE_RULE.match(below):
            return place
        self._close()
        number = place
        while number < len(self._lines) and self._lines[number].text.strip() and (number <= place + 1 or "|" in self._lines[number].text):
            line = self._lines[number]
            for cell in _CELL.finditer(line.text) if number != place + 1 else ():
                self._open.append((line.start + cell.start(), line.start + cell.end()))
                self._close()
            number += 1
        return number

    def _text(self, place: int) -> None:
        line = self._lines[place]
        start, end = line.start, line.end
        if heading := _HEADING.match(line.text):
            self._close()
            closing = _HEADING_END.search(line.text, heading.end())
            self._open.append((start + heading.end(), start + closing.start() if closing else end))
            self._close()
            return
        for marker in (_FOOTNOTE, _ADMONITION):
            if hit := marker.match(line.text):
                self._close()
                start += hit.end()
        rest = line.text
        # "2019. Since then" inside a paragraph is no list item: only "1." may interrupt one.
        while (item := _ITEM.match(rest)) and (item[2] in (None, "1") or not self._open or self._inside):
            self._close()
            start += item.end()
            self._inside = start - line.start
            rest = rest[item.end() :]
        if not self._open and rest == line.text and _width(line.text) < self._inside:
            self._inside = 0
        self._open.append((start, end))

    def _close(self) -> None:
        """Write the open paragraph; its lines are joined, as a browser joins them."""
        if not self._open:
            return
        block = Writer()
        for start, end in self._open:
            if block.length:
                block.put("\n", self._source, start, start)
            block.take(self._source, start, end)
        first = self._open[0][0]
        self._open = []
        self.out.put("<p>", self._source, first, first)
        write_inline(block.done(), self.out, self._labels)


def _width(text: str) -> int:
    """Columns of white space at the start."""
    expanded = text.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _label(text: str) -> str:
    return " ".join(text.split()).casefold()
