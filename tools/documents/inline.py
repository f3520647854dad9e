"""Markdown inside one paragraph: emphasis, links, images, code, escapes. Written as HTML; knows no lines, lists or files."""

import re
from functools import cache
from typing import NamedTuple

from tools.documents.places import Copy, Writer

_MARKUP = r"""
      (?P<escape>\\[!-/:-@\[-`{-~])
    | (?P<newline>(?:(?<![ ])[ ]{2,}|\\)\n)
    | (?P<code>(?<!`)(?P<ticks>`+)(?!`)(?P<inner>.+?)(?<!`)(?P=ticks)(?!`))
    | (?P<lone>`+)
    | (?P<drop>COMMENTS<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>|<[^\s<>@]+@[^\s<>@]+>|\{:[^{}\n]*\}|\[\^[^\]\s]+\])
    | (?P<tag></?[A-Za-z](?>(?:"[^"]*"|'[^']*'|[^'"<>])*)>)
    | (?P<template>\{\{[<%]\s*(?P<hugo>[^{}]*?)\s*[>%]\}\}|\{%-?\s*(?P<liquid>[^{}]*?)\s*-?%\})
    | (?P<open>!?\[)
    | (?P<close>\])
    | (?P<marks>\*+|_+|~~+)
    | (?P<angle><)
    """
_COMMENTS = ((r"<!--.*?-->|", "-->"), (r"\{/\*.*?\*/\}|", "*/}"))


@cache
def _token(*closes: str) -> re.Pattern[str]:
    """The next piece of markup. Comments are looked for only where their end is still to come: each unclosed one would read on to the end."""
    comments = "".join(written for written, close in _COMMENTS if close in closes)
    return re.compile(_MARKUP.replace("COMMENTS", comments), re.VERBOSE | re.DOTALL)


_TARGET = re.compile(
    r"""\(\s*(?:<[^<>\n]*>|(?:\{\{[^{}]*\}\}|\{%[^{}]*%\}|[^\s()<>{]|\{|\((?:[^\s()]|\([^\s()]*\))*\))*)"""
    r"""(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)"""
)
_REFERENCE = re.compile(r"\[([^\[\]]*)\]")
_GIVEN = re.compile(r"""=\s*(?:"[^"]*"|'[^']*')|(?P<unnamed>"[^"]*"|'[^']*')""")
_SPECIAL = {"<": "&lt;", "&": "&amp;", '"': "&quot;"}


class _Piece(NamedTuple):
    """What becomes of `start` to `end`: text, plain (no markup inside), html, drop, newline, template, image or /image."""

    what: str
    start: int
    end: int


class _Marks(NamedTuple):
    """A row of emphasis marks that opens or closes. `piece` is its place among the pieces."""

    piece: int
    opens: bool
    closes: bool


def write_inline(block: Copy, out: Writer, labels: set[str]) -> None:
    """Write the paragraph `block` as HTML. `labels` are the link references the page defines, folded."""
    pieces = _without_emphasis(block.text, *_pieces(block.text, labels))
    in_image = False
    for what, start, end in pieces:
        if what == "image":
            in_image = True
            out.put('<img alt="', block, start, end)
        elif what == "/image":
            in_image = False
            out.put('">', block, start, end)
        elif what == "newline":
            out.put(" " if in_image else "<br>", block, start, end)
        elif what == "template" and not in_image:
            out.put("<x-template ", block, start, start)
            for number, hit in enumerate(_GIVEN.finditer(block.text, start, end)):
                if hit["unnamed"]:  # {{< hero "We …" >}}: HTML knows only values with a name
                    out.take(block, start, hit.start())
                    out.put(f"text{number}=", block, hit.start(), hit.start())
                    start = hit.start()
            out.take(block, start, end)
            out.put(">", block, end - 1, end)
        elif what == "html" and not in_image:
            out.take(block, start, end)
        elif what == "plain":
            _escaped(block, out, start, end, '<&"')
        elif what == "text":
            _escaped(block, out, start, end, '"' if in_image else "")


def _escaped(block: Copy, out: Writer, start: int, end: int, special: str) -> None:
    for place in range(start, end) if special else ():
        if block.text[place] in special:
            out.take(block, start, place)
            out.put(_SPECIAL[block.text[place]], block, place, place + 1)
            start = place + 1
    out.take(block, start, end)


def _pieces(text: str, labels: set[str]) -> tuple[list[_Piece], list[_Marks]]:
    pieces: list[_Piece] = []
    marks: list[_Marks] = []
    brackets: list[int] = []
    place = 0
    last = {close: text.rfind(close) for _, close in _COMMENTS}
    while token := _token(*(close for close, at in last.items() if at >= place)).search(text, place):
        start, end = token.span()
        pieces.append(_Piece("text", place, start))
        if token["open"]:
            brackets.append(len(pieces))
            pieces.append(_Piece("text", start, end))
        elif token["close"]:
            end = _bracket(text, pieces, brackets, end, labels)
        elif token["marks"]:
            marks.append(_marks(text, start, end, len(pieces)))
            pieces.append(_Piece("text", start, end))
        else:
            pieces.append(_simple(token))
        place = end
    pieces.append(_Piece("text", place, len(text)))
    return pieces, marks


def _simple(token: re.Match[str]) -> _Piece:
    start, end = token.span()
    if token["escape"]:
        return _Piece("plain", start + 1, end)
    if token["code"]:
        return _Piece("plain", *token.span("inner"))
    if token["template"]:
        name = "hugo" if token["hugo"] is not None else "liquid"
        return _Piece("drop" if token[name].startswith("/") else "template", *token.span(name))
    if token["newline"]:
        return _Piece("newline", start, end)
    if token["angle"]:
        return _Piece("plain", start, end)
    return _Piece("html" if token["tag"] else "drop" if token["drop"] else "text", start, end)


def _bracket(text: str, pieces: list[_Piece], brackets: list[int], end: int, labels: set[str]) -> int:
    """A closing bracket that ends at `end`: as text, or with its opening one and the target behind it taken away. Where to read on."""
    if brackets:
        opened = brackets.pop()
        shown = text[pieces[opened].end : end - 1]
        after = _after_target(text, shown, end, labels)
        if after is not None:
            image = text[pieces[opened].start] == "!"
            pieces[opened] = pieces[opened]._replace(what="image" if image else "drop")
            pieces.append(_Piece("/image" if image else "drop", end - 1, after))
            return after
    pieces.append(_Piece("text", end - 1, end))
    return end


def _after_target(text: str, shown: str, end: int, labels: set[str]) -> int | None:
    """Where the link that shows `shown` ends; None when there is none. A reference nobody defines is words in brackets."""
    if target := _TARGET.match(text, end):
        return target.end()
    reference = _REFERENCE.match(text, end)
    if reference and " ".join((reference[1] or shown).split()).casefold() in labels:
        return reference.end()
    return end if " ".join(shown.split()).casefold() in labels else None


def _marks(text: str, start: int, end: int, piece: int) -> _Marks:
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    left = not after.isspace() and (after.isalnum() or not before.isalnum())
    right = not before.isspace() and (before.isalnum() or not after.isalnum())
    if text[start] == "_":
        return _Marks(piece, left and (not right or not before.isalnum()), right and (not left or not after.isalnum()))
    return _Marks(piece, left, right)


def _without_emphasis(text: str, pieces: list[_Piece], marks: list[_Marks]) -> list[_Piece]:
    """The pieces with pairs of marks taken away; a mark without its partner is text."""
    waiting: dict[str, list[int]] = {"*": [], "_": [], "~": []}
    for one in marks:
        openers = waiting[text[pieces[one.piece].start]]
        while one.closes and openers and pieces[one.piece].start < pieces[one.piece].end:
            opener, closer = pieces[openers[-1]], pieces[one.piece]
            width = min(opener.end - opener.start, closer.end - closer.start)
            pieces[openers[-1]] = opener._replace(end=opener.end - width)
            pieces[one.piece] = closer._replace(start=closer.start + width)
            if opener.end - width == opener.start:
                openers.pop()
        if one.opens and pieces[one.piece].start < pieces[one.piece].end:
            openers.append(one.piece)
    return pieces
