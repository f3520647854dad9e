"""Where the training texts come from: the templates of `templates/`, and the hand-written sets that have been read, each of their marks as a slot.

A frame is `kind | text with {SLOT}s`. A mark of a set becomes the slot that draws a value of the same form ("{NAME:Ann Lee}" -> `{FULL}`);
an identifier of a form no slot has stays as it is written, still marked. `part` splits the *frames* (not the texts), so a test never sees a
trained frame; `without` leaves whole sets out, so that a model can be measured on writers it never met.
"""

import hashlib
import re
from collections.abc import Collection, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
SETS = HERE.parents[1] / "tests" / "policies" / "phi" / "sets"
READ = ("first", "dev_")  # sets whose texts were read while the finders were made; no other set may train anything
MARK = re.compile(r"\{([A-Z_0-9]+):([^{}]*)\}")
_TITLE = re.compile(r"(?i)\b(?:dr|dra|doctor|doctora|mr|mrs|ms|sr|sra|srta|señora?|senora?|prof|nurse practitioner)\.? $")
_INITIALS = re.compile(r"(?:[A-Za-z]\.? ?){1,3}")
_WORDS = re.compile(r"[^\W\d_]+(?:[' -][^\W\d_]+)*\.?")
PARTS = ("FULL", "LASTFIRST", "FIRST", "LAST", "INITIALS", "CITY")


def slot_of(label: str, value: str, before: str) -> str:
    """The slot that draws a value of the form of `value`, or nothing."""
    if label == "NAME":
        if _INITIALS.fullmatch(value):
            return "INITIALS"
        if re.fullmatch(r"[^\W\d_]+, [^\W\d_]+", value):
            return "LASTFIRST"
        parts = value.split()
        if not _WORDS.fullmatch(value):
            return ""
        if len(parts) == 1:
            return "LAST" if _TITLE.search(before) else "FIRST"
        return "FULL" if len(parts) in (2, 3) else ""
    return "CITY" if label == "LOCATION" and _WORDS.fullmatch(value) and len(value.split()) < 3 else ""


def from_marks(line: str) -> tuple[str, str]:
    """(kind, frame) of a labelled line."""
    kind, _, marked = line.partition(" | ")
    parts, at = [], 0
    for match in MARK.finditer(marked):
        parts.append(marked[at : match.start()])
        slot = slot_of(match[1], match[2], "".join(parts)[-24:])
        parts.append(f"{{{slot}={match[2]}}}" if slot else match[0])
        at = match.end()
    return kind.strip(), "".join((*parts, marked[at:])).replace("\\n", "\n")


def lines_of(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if " | " in line and not line.startswith("#"):
            yield line


def templates(part: str = "all", without: Collection[str] = ()) -> list[tuple[str, str]]:
    """Every (kind, frame); `part` "train" is nine tenths of them, "held" the rest, told apart by a hash of the text."""
    frames = []
    for path in sorted((HERE / "templates").glob("*.txt")):
        for line in lines_of(path):
            kind, _, text = line.partition(" | ")
            frames.append((kind.strip(), text.replace("\\n", "\n")))
    for path in sorted(SETS.glob("*.txt")):
        if path.name.startswith(READ) and path.name not in without:
            frames += map(from_marks, lines_of(path))
    return [frame for frame in frames if part == "all" or (hashlib.sha256(frame[1].encode()).digest()[0] < 26) == (part == "held")]
