"""Text as a page shows it: quoted words marked with the number of their finding, tokens and scrubbed placeholders as chips.

Returns pieces, not HTML: the template escapes every one of them.
"""

import difflib
import itertools
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from policies.actions import Finding

_WORDS = re.compile(r"\s+|\S+")
_SENTENCE = re.compile(r"(?:^[-•*][ \t]+)?(?P<words>\S[^\n]*?(?:[.!?]+[\"’”)]*(?=\s|\Z)|(?=\n)|\Z))", re.MULTILINE)
_TOKEN = re.compile(r"\{\{\s*([a-z][a-z0-9_.]*)\s*\}\}|\[([A-Z][A-Z0-9_]*_\d+)\]")


class Piece(NamedTuple):
    """A run of text. `notes` are the 1-based numbers of the findings that quote it."""

    kind: Literal["text", "token", "placeholder"]
    text: str
    notes: tuple[int, ...] = ()


class Run(NamedTuple):
    """Words that stand together; `changed` ones are missing on the other side."""

    text: str
    changed: bool


class Sides(NamedTuple):
    """Two texts word by word; each side joined again is its text."""

    before: list[Run]
    after: list[Run]


class DiffLine(NamedTuple):
    kind: Literal["same", "added", "removed"]
    text: str


def pieces(text: str, findings: Sequence[Finding]) -> list[Piece]:
    """`text` cut at every quote, token and placeholder, in order; joined again it is `text`, tokens in words.

    A finding is placed by its quote, because its offsets count in the text the rules read, of which this may be only one part.
    """
    marks = [(number, *place) for number, finding in enumerate(findings, 1) if (place := _place(text, finding))]
    tokens = list(_TOKEN.finditer(text))
    whole = {edge for token in tokens for edge in range(token.start() + 1, token.end())}
    cuts = {0, len(text)} | {edge for _, *edges in marks for edge in edges if edge not in whole}
    cuts |= {edge for token in tokens for edge in token.span()}
    starts = {token.start(): token for token in tokens}
    found = []
    ordered = sorted(cuts)
    for start, end in itertools.pairwise(ordered):
        notes = tuple(number for number, first, last in marks if first < end and start < last)
        if token := starts.get(start):
            kind: Literal["token", "placeholder"] = "token" if token[1] else "placeholder"
            found.append(Piece(kind, _chip(token), notes))
        else:
            found.append(Piece("text", text[start:end], notes))
    return found


def quoted(text: str, finding: Finding) -> bool:
    """Whether the words this finding objects to stand in `text`."""
    return _place(text, finding) is not None


def diff(old: str, new: str) -> list[DiffLine]:
    """The two texts line by line: what stayed, what went, what came."""
    kinds: dict[str, Literal["same", "added", "removed"]] = {"  ": "same", "+ ": "added", "- ": "removed"}
    lines = difflib.ndiff(old.splitlines(), new.splitlines())
    return [DiffLine(kinds[line[:2]], line[2:]) for line in lines if line[:2] in kinds]


def beside(old: str, new: str) -> Sides:
    """The two texts for standing side by side, with the words marked that are not in the other."""
    was, now = _WORDS.findall(old), _WORDS.findall(new)
    sides = Sides([], [])
    for tag, a0, a1, b0, b1 in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if a1 > a0:
            sides.before.append(Run("".join(was[a0:a1]), tag != "equal"))
        if b1 > b0:
            sides.after.append(Run("".join(now[b0:b1]), tag != "equal"))
    return sides


def sentence_replaced(text: str, finding: Finding) -> str | None:
    """`text` with the sentence the finding objects to replaced by its rewrite; None when there is no rewrite or the words are elsewhere.

    A sentence ends at a line's end too, so that a list entry is replaced alone.
    """
    place = _place(text, finding) if finding.rewrite else None
    if place is None:
        return None
    touched = [one.span("words") for one in _SENTENCE.finditer(text) if one.start("words") < place[1] and place[0] < one.end("words")]
    return text[: touched[0][0]] + finding.rewrite + text[touched[-1][1] :] if touched else None


def _place(text: str, finding: Finding) -> tuple[int, int] | None:
    quote = finding.quote.strip().strip("…").strip()
    if not quote:
        return None
    pattern = r"\s+".join(re.escape(word) for word in quote.split())
    match = re.search(pattern, text, re.IGNORECASE)
    return match.span() if match else None


def _chip(token: re.Match[str]) -> str:
    if token[1]:
        return token[1].replace("_", " ").replace(".", " ")
    label, _, number = token[2].rpartition("_")
    return f"{label.replace('_', ' ').lower()} {number} hidden"
