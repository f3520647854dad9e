"""What `liaison check` is given, as items: JSONL lines, documents, folders, stdin. Everything that cannot be an item comes out with its reason."""

from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple, TextIO

from agents.commands.check_lines import Line, Numbered, lines_of, lines_of_stdin, parse_item, parse_line
from policies.actions import ItemKind
from tools.documents.errors import Unreadable
from tools.documents.files import MAX_BYTES, TYPES, Document, document_of, documents_in, is_document, read_document
from tools.documents.places import Region

STDIN = "stdin"


class Defaults(NamedTuple):
    """What documents are checked as: their kind (None = as they say, else by file type), and the states of those that do not say."""

    kind: ItemKind | None = None
    states: tuple[str, ...] | None = None


class Entry(NamedTuple):
    """One item, or a `problem` in the place of one, or only a `note` for people. `number` is its line in a JSONL file, 0 for a whole file.

    `where` is the place of the whole item in `file`; the words of a document stand at `document.region`.
    """

    file: str
    id: str | int | None = None
    line: Line | None = None
    problem: str = ""
    number: int = 0
    where: Region | None = None
    document: Document | None = None
    note: str = ""

    @property
    def complaint(self) -> str:
        """The problem with its place, as people read it."""
        if self.number:
            return f"{self.file}, line {self.number}: {self.problem}"
        return f"{self.file} {self.problem}"

    @property
    def not_read(self) -> tuple[str, ...]:
        """Names of the parts of a document that were not read: somebody has to look at them."""
        return self.document.left_out if self.document else ()


def entries(files: list[Path], stdin: TextIO, defaults: Defaults) -> Iterator[Entry]:
    """Every item in the order of `files`, no document twice; no files or "-" = stdin, which is JSONL unless `defaults` names a kind."""
    seen: set[Path] = set()
    for path in files or [Path("-")]:
        if str(path) == "-":
            yield from _stdin(stdin, defaults)
        elif path.is_dir():
            yield from _folder(path, defaults, seen)
        elif is_document(path):
            yield from _document(path, defaults, seen)
        elif _is_binary(path):
            yield _refused(_name(path), Unreadable(f"is binary: save its words as JSONL or as a file of type {', '.join(TYPES)}"))
        else:
            yield from (_of_line(_name(path), one) for one in lines_of(path))


def _is_binary(path: Path) -> bool:
    """A word processor's file or a picture; a file that cannot be opened is somebody else's to report."""
    try:
        with path.open("rb") as file:
            return b"\0" in file.read(4096)
    except OSError:
        return False


def _stdin(stdin: TextIO, defaults: Defaults) -> Iterator[Entry]:
    if defaults.kind is None:
        yield from (_of_line(STDIN, one) for one in lines_of_stdin(stdin))
        return
    body = stdin.buffer.read(MAX_BYTES + 1) if isinstance(stdin, TextIOWrapper) else stdin.read().encode()
    try:
        yield from _of_document(STDIN, document_of(body), defaults)
    except Unreadable as error:
        yield _refused(STDIN, error)


def _folder(folder: Path, defaults: Defaults, seen: set[Path]) -> Iterator[Entry]:
    held = documents_in(folder)
    for path in held.unlisted:
        yield _refused(_name(path), Unreadable("cannot be listed: make the folder readable, or leave it out"))
    for path in held.documents:
        yield from _document(path, defaults, seen)
    if held.other_files or held.other_folders:
        files, folders = _count(held.other_files, "file"), _count(held.other_folders, "folder")
        yield Entry(_name(folder), note=f"passed over {files} of other types and {folders} (hidden, node_modules, links)")
    if not (held.documents or held.unlisted):
        yield _refused(_name(folder), Unreadable(f"holds no document: name a folder with files of type {', '.join(TYPES)}"))


def _document(path: Path, defaults: Defaults, seen: set[Path]) -> Iterator[Entry]:
    if path in seen:
        return
    seen.add(path)
    try:
        yield from _of_document(_name(path), read_document(path), defaults)
    except Unreadable as error:
        yield _refused(_name(path), error)
    except Exception as error:  # a fault of a reader on one file must not leave the files behind it unchecked
        yield _refused(
            _name(path), Unreadable(f"cannot be read, its reader failed ({type(error).__name__}): check its words as a .txt file")
        )


def _of_document(name: str, document: Document, defaults: Defaults) -> Iterator[Entry]:
    claims = {field: value for field, value in document.claims.items() if value is not None or field == "state"}
    states = list(defaults.states) if defaults.states else None
    otherwise = defaults.kind or document.kind
    parsed = parse_item({"kind": otherwise, "state": states, **claims, "id": name, "text": document.text})
    if parsed.line is None:
        yield _refused(name, Unreadable(f"front matter, {parsed.problem}", 1))
        return
    # A page that could choose its kind over --kind would choose which rules it meets.
    line = parsed.line.model_copy(update={"kind": defaults.kind}) if defaults.kind else parsed.line
    yield Entry(name, id=name, line=line, where=document.region(0, 0), document=document)
    if parsed.line.kind is not otherwise:
        instead = f"--kind {otherwise} decides" if defaults.kind else f"its file type would be {otherwise}, and --kind decides over both"
        yield Entry(name, note=f"claims for itself to be of kind {parsed.line.kind}: {instead}")
    if document.left_out:
        yield Entry(name, note=f"what is attached is not read ({', '.join(document.left_out)}): check it as a file of its own")
    if not document.text.strip():
        yield Entry(name, note="holds no words to check")


def _refused(name: str, error: Unreadable) -> Entry:
    line = error.line or 1
    return Entry(name, id=name, problem=str(error), number=error.line or 0, where=Region(line, 1, line, 1))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _name(path: Path) -> str:
    """As given; a name that is no text is shown with escapes."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def _of_line(file: str, one: Numbered) -> Entry:
    if one.text is None:
        return Entry(file, problem=one.problem)
    parsed = parse_line(one.text)
    where = Region(one.number, 1, one.number, len(one.text.rstrip("\r\n")) + 1)
    return Entry(file, id=parsed.id, line=parsed.line, problem=parsed.problem, number=one.number, where=where)
