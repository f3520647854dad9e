"""File names as they may be shown. A mail program names a saved message after its sender, an exporter a file after a patient."""

import re
from collections.abc import Callable, Collection
from pathlib import PurePosixPath

_WORD = re.compile(r"[A-Za-z\u00c0-\uffff]+|[0-9]+|[^A-Za-z\u00c0-\uffff0-9]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
MASK = "[…]"


def shown_name(name: str, *, pattern: str, ordinary: Callable[[str], bool], own: Collection[str], mark: str) -> str:
    """`name` with every word masked that is neither written in `pattern` (the practice's own path), nor ordinary, nor one of the `own` words.

    A masked name ends in `mark`, a keyed hash, so that two files stay two. Numbers stay when they are short: dates and counters are, ids are not.
    """
    known = {word.casefold() for word in _WORD.findall(pattern)} | {word.casefold() for phrase in own for word in _WORD.findall(phrase)}
    path = PurePosixPath(name)
    masked = "".join(_shown(part, known, ordinary) for piece in _WORD.findall(path.stem) for part in _HUMP.split(piece))
    shown = str(path.with_name(masked + path.suffix)) if masked else name
    return name if masked == path.stem else f"{shown} ({mark})"


def _shown(part: str, known: Collection[str], ordinary: Callable[[str], bool]) -> str:
    if not part[0].isalnum():
        return part
    if part.isdigit():
        return part if len(part) <= 4 else MASK
    return part if len(part) == 1 or part.casefold() in known or ordinary(part.casefold()) else MASK
