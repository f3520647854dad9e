"""Text as a reader would see it: percent and HTML escapes decoded, look-alike characters folded, every position traced to the input.

Finds nothing; only undoes what hides an identifier from a pattern. Placeholders of an earlier scrub become opaque characters.
"""

import html
import re
import unicodedata
from typing import NamedTuple

from policies.lookalikes import LATIN
from policies.records import Label

PLACEHOLDER = re.compile(rf"\[(?:(?:{'|'.join(Label)})_[0-9]{{1,5}}|WITHHELD)\]")
OPAQUE = "\ue000"  # private use: neither letter nor digit nor space, so no pattern reads through it

_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}|&(?:#[0-9]|#[xX][0-9A-Fa-f]|[A-Za-z])")
_UNIT = re.compile(r"(?:%[0-9A-Fa-f]{2})+|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});|.", re.DOTALL)
# Anything but ASCII, Latin letters with accents, punctuation, signs and emoji, which all stand for themselves: needs a map of positions.
_UNUSUAL = re.compile(
    "[^\x00-\x7f\u00a1-\u00a9\u00ab\u00ac\u00ae\u00b0\u00b1\u00b6\u00b7\u00bb\u00bf-\u024f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf"
    "\u2190-\u21ff\u2500-\u27bf\U0001f300-\U0001faff]"
)
# Control characters and marks of layout within a number: a reader does not see them ("123-<b>45</b>-6789", "312-**555**-0198").
_INSIDE = r"(?:(?:</?[A-Za-z]\w{0,9}>)+|\*{1,3}|\\)"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_LAYOUT = re.compile(rf"(?<=[\d.-]){_INSIDE}(?=[\d.-])")
_MAX_DECODINGS = 3  # %252540 is decoded, a bomb is not

_LOOKALIKE = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−﹘﹣", "-"),
        **dict.fromkeys("‘’‚‛′`´ʼ＇", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("\t\r\v\f\u2028\u2029", " "),
    }
)
_MIXED_SCRIPT = re.compile(r"[^\W\d_]+")


class View(NamedTuple):
    """`text` to search; `starts[i]`, `ends[i]` are the input code points behind character i. None = the same positions."""

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def normalised(text: str) -> View:
    """The view of `text`; linear in its length. Plain ASCII without escapes is returned as it is."""
    marked = ("<" in text or "*" in text or "\\" in text) and _LAYOUT.search(text)
    if marked or _CONTROL.search(text):
        pass
    elif text.isascii():
        plain = text.replace("\t", " ").replace("\r", " ").replace("`", "'")
        if not (("%" in text or "&" in text) and _ESCAPED.search(text)):
            return View(_masked(plain))
    elif not (_UNUSUAL.search(text) or (("%" in text or "&" in text) and _ESCAPED.search(text))):
        return View(_masked(text.translate(_LOOKALIKE)))
    units = [(char, place, place + 1) for place, char in enumerate(text)]
    for _ in range(_MAX_DECODINGS):
        plain = "".join(unit[0] for unit in units)
        if not _ESCAPED.search(plain):
            break
        decoded = _decoded(plain, units)
        if len(decoded) == len(units):
            break
        units = decoded
    units = _unmarked(_folded(units))
    return View(_masked(_one_script("".join(unit[0] for unit in units))), [unit[1] for unit in units], [unit[2] for unit in units])


def _masked(text: str) -> str:
    return PLACEHOLDER.sub(lambda match: OPAQUE * len(match[0]), text) if "[" in text else text


def _decoded(text: str, units: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    out: list[tuple[str, int, int]] = []
    for match in _UNIT.finditer(text):
        first, end = match.span()
        if end - first == 1:
            out.append(units[first])
        elif match[0][0] == "&":
            plain = html.unescape(match[0])
            if plain == match[0]:
                out += units[first:end]
            else:
                out += [(char, units[first][1], units[end - 1][2]) for char in plain]
        else:
            out += _percent_decoded(match[0], units[first:end])
    return out


def _percent_decoded(escaped: str, units: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    try:
        plain = bytes.fromhex(escaped.replace("%", "")).decode()
    except UnicodeDecodeError:
        return units
    out, at = [], 0
    for char in plain:
        width = 3 * len(char.encode())
        out.append((char, units[at][1], units[at + width - 1][2]))
        at += width
    return out


def _folded(units: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    out: list[tuple[str, int, int]] = []
    at, count = 0, len(units)
    while at < count:
        char, start, end = units[at]
        at += 1
        if " " <= char < "\x7f" and (at == count or units[at][0] < "\u0300"):
            out.append((char.translate(_LOOKALIKE), start, end))
            continue
        group = char
        while at < count and unicodedata.combining(units[at][0]):
            group, end = group + units[at][0], units[at][2]
            at += 1
        for plain in unicodedata.normalize("NFKC", group):
            # zero-width joiners, direction marks, control and private characters, keycaps and variation selectors
            if (
                unicodedata.category(plain) in ("Cf", "Co", "Me")
                or plain in _UNSEEN
                or (plain < " " and plain not in "\n\t\r\v\f")
                or plain == "\x7f"
            ):
                continue
            digit = unicodedata.decimal(plain, None)
            out.append((str(digit) if digit is not None else plain.translate(_LOOKALIKE), start, end))
    return out


_UNSEEN = "\ufe0e\ufe0f\u2800\u3164"


def _unmarked(units: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    text = "".join(unit[0] for unit in units)
    spans = [match.span() for match in _LAYOUT.finditer(text)] if ("<" in text or "*" in text or "\\" in text) else []
    out, at = [], 0
    for start, end in spans:
        out += units[at:start]
        at = end
    return out + units[at:]


def _one_script(text: str) -> str:
    """Latin words with a few Cyrillic or Greek letters in them, in Latin letters only. Same length."""
    if not any("\u0370" <= char < "\u0530" for char in text):
        return text
    return _MIXED_SCRIPT.sub(lambda match: match[0].translate(LATIN) if any(char < "\x80" for char in match[0]) else match[0], text)
