"""Documents in files and folders: which file types hold copy, how their bytes become text, and where in the file each finding stands."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from policies.actions import ItemKind
from tools.documents.errors import Unreadable
from tools.documents.front import read_front
from tools.documents.mail import read_mail
from tools.documents.markdown import read_markdown
from tools.documents.pages import read_html
from tools.documents.places import Copy, Lines, Region, Writer, paragraphs, read_joined
from tools.documents.subtitles import read_subtitles

MAX_BYTES = 10_000_000

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SKIPPED_FOLDERS = frozenset({"node_modules"})


class _Read(NamedTuple):
    copy: Copy
    claims: dict[str, Any] = {}  # noqa: RUF012 - never changed
    left_out: tuple[str, ...] = ()


class _Type(NamedTuple):
    """What a file type is checked as unless somebody says otherwise, and what reads it (from the text, and how that was encoded)."""

    kind: ItemKind
    read: Callable[[Copy, str], _Read]


def _html(source: Copy, _: str) -> _Read:
    front = read_front(source)
    body = Writer()
    body.take(source, front.body, len(source.text))
    return _Read(paragraphs([*front.copy, read_html(body.done())]), front.claims)


def _mail(source: Copy, encoding: str) -> _Read:
    mail = read_mail(source, encoding)
    return _Read(mail.copy, left_out=mail.left_out)


_MARKDOWN = _Type(ItemKind.WEB_PAGE, lambda source, _: _Read(*read_markdown(source)))
_MDX = _Type(ItemKind.WEB_PAGE, lambda source, _: _Read(*read_markdown(source, modules=True)))
_HTML = _Type(ItemKind.WEB_PAGE, _html)
_SUBTITLES = _Type(ItemKind.VIDEO_METADATA, lambda source, _: _Read(read_subtitles(source)))
_TEXT = _Type(ItemKind.WEB_PAGE, lambda source, _: _Read(read_joined(source)))

TYPES: dict[str, _Type] = {
    ".md": _MARKDOWN,
    ".markdown": _MARKDOWN,
    ".mdx": _MDX,
    ".html": _HTML,
    ".htm": _HTML,
    ".eml": _Type(ItemKind.EMAIL, _mail),
    ".srt": _SUBTITLES,
    ".vtt": _SUBTITLES,
    ".txt": _TEXT,
}
"""By suffix, in lower case."""


@dataclass(frozen=True)
class Document:
    """The copy of one file. `claims` is what its front matter says about kind, state, facts and evidence; `left_out` names parts not read."""

    source: str
    copy: Copy
    kind: ItemKind
    claims: dict[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.copy.text

    def region(self, start: int, end: int) -> Region:
        """Where in the file the code points `start` to `end` of the text stand."""
        return self._lines.region(*self.copy.span(start, end))

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.source)


class Folder(NamedTuple):
    """What a folder holds: its documents in order, how many files and folders were passed over, and folders that cannot be listed."""

    documents: tuple[Path, ...]
    other_files: int
    other_folders: int
    unlisted: tuple[Path, ...]


def is_document(path: Path) -> bool:
    return path.suffix.lower() in TYPES


def read_document(path: Path) -> Document:
    """The copy of the file at `path`, by its type. Raises Unreadable, without the file's name, when any of it cannot be read."""
    try:
        with path.open("rb") as file:
            body = file.read(MAX_BYTES + 1)
            size = max(len(body), os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise Unreadable(f"cannot be read ({error.strerror}): name an existing file you may read") from None
    if size > MAX_BYTES:
        raise Unreadable(f"holds {size:,} bytes, over the limit of {MAX_BYTES:,}: split it, or check its text alone")
    return document_of(body, path.suffix.lower())


def document_of(body: bytes, suffix: str = ".txt") -> Document:
    """The document whose file holds `body`. Raises Unreadable for bytes over the limit, binary files and unknown encodings."""
    if len(body) > MAX_BYTES:
        raise Unreadable(f"holds over {MAX_BYTES:,} bytes: split it")
    kind, read = TYPES[suffix]
    source, encoding = _text(body, or_latin=suffix == ".eml")
    try:
        found = read(Copy.of(source), encoding)
    except RecursionError:
        raise Unreadable("is nested too deeply: flatten it") from None
    return Document(source, found.copy, kind, found.claims, found.left_out)


def documents_in(folder: Path) -> Folder:
    """Every document below `folder` in sorted order. Hidden folders, node_modules and links to folders are passed over."""
    documents: list[Path] = []
    unlisted: list[Path] = []
    files = folders = 0
    for where, inside, names in os.walk(folder, onerror=lambda error: unlisted.append(Path(error.filename))):
        entered = [
            name for name in sorted(inside) if not (name.startswith(".") or name in _SKIPPED_FOLDERS or Path(where, name).is_symlink())
        ]
        folders += len(inside) - len(entered)
        inside[:] = entered
        here = [Path(where, name) for name in names]
        documents += (path for path in here if is_document(path))
        files += sum(not is_document(path) for path in here)
    return Folder(tuple(sorted(documents)), files, folders, tuple(unlisted))


def _text(body: bytes, *, or_latin: bool) -> tuple[str, str]:
    """The text and an encoding that gives its bytes back. A mail may hold parts in several encodings: byte for byte, `or_latin`."""
    encoding = next((name for mark, name in _BOMS if body.startswith(mark)), "utf-8")
    if encoding != "utf-16" and b"\x00" in body:
        raise Unreadable("is binary, no text: name the page or mail it was made from, or leave it out")
    try:
        text = body.decode(encoding)
    except ValueError:
        if or_latin and encoding == "utf-8":
            return body.decode("latin-1"), "latin-1"
        written = "UTF-16" if encoding == "utf-16" else "UTF-8 (or UTF-16 with a byte order mark)"
        raise Unreadable(f"is not {written}: save it as UTF-8") from None
    if "\x00" in text:
        raise Unreadable("is binary, no text: name the page or mail it was made from, or leave it out")
    return text, "utf-8"
