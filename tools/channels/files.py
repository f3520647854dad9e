"""Reading exports: JSON, JSON lines, CSV and mail files, as streams of records or refusals. Knows file formats and no vendor.

A file is never held whole unless it is JSON (up to 50 MB, one at a time). Whatever cannot be read becomes a `Refusal` that names the file,
line, field and mend and keeps the bytes for the sealed dead-letter table; the good rest goes on. Cells are text and are never evaluated.
"""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import orjson

from policies.records import Channel, Refusal
from tools.practice import SourceFile

MAX_RECORD_BYTES = 256_000
MAX_JSON_BYTES = 50_000_000
MAX_SEALED_BYTES = 8_000_000  # of one refused record; a longer one is cut here and stays whole in its file
MAX_ROW_LINES = 1_000  # a quoted CSV cell that runs over more lines than this was never closed


class BadRecord(Exception):
    """One record is wrong: which field, why, and how to mend it. Holds no content."""

    def __init__(self, field: str | None, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.field, self.reason, self.mend = field, reason, mend


@dataclass(frozen=True)
class Item:
    """One vendor record as it stands in an export. `line` counts from 1; `field` says where in a JSON file it stood."""

    body: dict[str, Any]
    line: int | None = None
    field: str | None = None


@dataclass(frozen=True)
class Export:
    """One file of one configured source. `name` is relative to the practice directory."""

    channel: Channel
    config: SourceFile
    path: Path
    name: str

    def refuse(
        self,
        reason: str,
        mend: str,
        *,
        line: int | None = None,
        field: str | None = None,
        payload: bytes = b"",
        whole_file: bool = False,
    ) -> Refusal:
        return Refusal(
            channel=self.channel,
            source=self.config.source,
            file=self.name,
            line=line,
            field=field,
            whole_file=whole_file,
            reason=reason,
            mend=mend,
            payload=payload[:MAX_SEALED_BYTES].decode("utf-8", "backslashreplace"),
        )


def exports(channel: Channel, config: SourceFile, directory: Path) -> Iterator[Export | Refusal]:
    """The files `config.path` names, in the order of their names; a refusal when it names none."""
    missing = Export(channel, config, directory / config.path, config.path)
    pattern = PurePosixPath(config.path)
    if pattern.is_absolute() or ".." in pattern.parts:
        yield missing.refuse(
            "the path leaves the practice directory", "write it relative to the directory of practice.yaml", field="path", whole_file=True
        )
        return
    found = sorted(path for path in directory.glob(config.path) if path.is_file())
    if not found:
        yield missing.refuse(
            "no file of this name exists", "put the export there, or correct `path` in practice.yaml", field="path", whole_file=True
        )
    for path in found:
        yield Export(channel, config, path, path.relative_to(directory).as_posix())


def json_file(export: Export) -> Any:
    """The parsed content of a JSON file, or a `Refusal`."""
    try:
        if export.path.stat().st_size > MAX_JSON_BYTES:
            return export.refuse(
                "the file is larger than 50 MB", "export shorter periods, or one record per line (JSON lines)", whole_file=True
            )
        data = export.path.read_bytes()
    except OSError as error:
        return export.refuse(f"the file cannot be read ({error.strerror})", "check its owner and mode", whole_file=True)
    try:
        return orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        return export.refuse(
            "the file is not valid JSON, or was cut off", "export it again", line=error.lineno, payload=data, whole_file=True
        )


def json_items(export: Export, items: Any, field: str) -> Iterator[Item | Refusal]:
    """Each record of a JSON list that stands at `field` of the file; a list the vendor left out is an empty one."""
    if items is None:
        return
    if not isinstance(items, list):
        yield export.refuse(
            "a list of records was expected here", "export it again in the vendor's own shape", field=field, whole_file=True
        )
        return
    for index, body in enumerate(items):
        where = f"{field}[{index}]"
        if not isinstance(body, dict):
            yield export.refuse("the record is not an object", "remove it, or export again", field=where, payload=orjson.dumps(body))
        elif (size := len(orjson.dumps(body))) > MAX_RECORD_BYTES:
            yield export.refuse(_too_long(size), "shorten its text fields", field=where, payload=orjson.dumps(body))
        else:
            yield Item(body, field=where)


def json_lines(export: Export) -> Iterator[Item | Refusal]:
    """Each line of a JSON-lines file. Memory: one line."""
    for line, data in _lines(export):
        if isinstance(data, Refusal):
            yield data
            continue
        if not data.strip():
            continue
        try:
            body = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            reason = f"the line is not valid JSON (column {error.colno})" if _is_utf8(data) else "the line is not UTF-8"
            yield export.refuse(reason, "mend or remove this line; the others were read", line=line, payload=data)
            continue
        if isinstance(body, dict):
            yield Item(body, line=line)
        else:
            yield export.refuse("the line is not a JSON object", "write one object per line", line=line, payload=data)


def csv_rows(export: Export, required: dict[str, tuple[str, ...]]) -> Iterator[Item | Refusal]:
    """Each row of a CSV file under its header's names. Memory: one row, whatever its quoted cells hold.

    `required` maps a column's name to the synonyms it may have; a file without one is refused whole, naming it. A cell that a careful
    exporter protected with an apostrophe ('=1+1) loses the apostrophe; every cell is text.
    """
    header: list[str] | None = None
    delimiter = ""
    for line, data in _csv_records(export):
        if isinstance(data, Refusal):
            yield data
            continue
        delimiter = delimiter or _delimiter(data)
        cells = _cells(data, delimiter)
        if header is None:
            header = [name.strip() for name in cells or []]
            if lacking := [names for names in required.values() if not _folded(header) & _folded(names)]:
                mend = f"add the column, or give it one of these names: {', '.join(lacking[0])}"
                yield export.refuse("a required column is missing", mend, line=line, field=lacking[0][0], whole_file=True)
                return
        elif cells is None:
            yield export.refuse("the row is not valid CSV", "mend its quotes", line=line, payload=data)
        elif not any(cells):
            continue
        elif len(cells) != len(header):
            reason = f"the row has {len(cells)} cells, the header {len(header)}"
            yield export.refuse(reason, "quote cells that hold the separator", line=line, payload=data)
        else:
            yield Item({name: _unprotected(cell) for name, cell in zip(header, cells, strict=True) if name}, line=line)


def _csv_records(export: Export) -> Iterator[tuple[int, bytes | Refusal]]:
    """Physical lines joined while a quote is open. An unclosed quote costs its own line only: what followed is read again."""
    source = _lines(export)
    again: deque[tuple[int, bytes | Refusal]] = deque()
    while (first := again.popleft() if again else next(source, None)) is not None:
        line, data = first
        if isinstance(data, Refusal) or data.count(b'"') % 2 == 0:
            yield line, _decodable(export, line, data)
            continue
        parts = [data]
        followers: list[tuple[int, bytes | Refusal]] = []
        size, closed = len(data), False
        while not closed and len(parts) <= MAX_ROW_LINES and size <= MAX_RECORD_BYTES:
            following = again.popleft() if again else next(source, None)
            if following is None:
                break
            followers.append(following)
            if isinstance(following[1], Refusal):
                break
            parts.append(following[1])
            size += len(following[1])
            closed = following[1].count(b'"') % 2 == 1
        if closed:
            yield line, _decodable(export, line, b"".join(parts))
        else:
            again.extendleft(reversed(followers))
            yield (
                line,
                export.refuse("a quoted cell is never closed", "close the quote, or double a quote inside a cell", line=line, payload=data),
            )


def _decodable(export: Export, line: int, data: bytes | Refusal) -> bytes | Refusal:
    if isinstance(data, Refusal) or _is_utf8(data):
        return data
    return export.refuse("the row is not UTF-8", "save the file as CSV UTF-8", line=line, payload=data)


def _cells(data: bytes, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader(data.decode("utf-8").splitlines(keepends=True), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _delimiter(header: bytes) -> str:
    return max(",;\t", key=lambda mark: header.count(mark.encode()))


def _folded(names: list[str] | tuple[str, ...]) -> set[str]:
    return {"".join(character for character in name.casefold() if character.isalnum()) for name in names}


def _unprotected(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


def _lines(export: Export) -> Iterator[tuple[int, bytes | Refusal]]:
    """(number from 1, line with its end); a line longer than a record may be is refused and skipped without being held whole."""
    try:
        with export.path.open("rb") as file:
            number = 0
            while data := file.readline(MAX_RECORD_BYTES + 1):
                number += 1
                if number == 1:
                    data = data.removeprefix(b"\xef\xbb\xbf")
                yield number, data if len(data) <= MAX_RECORD_BYTES else _long_line(export, file, number, data)
    except OSError as error:
        yield 0, export.refuse(f"the file cannot be read ({error.strerror})", "check its owner and mode", whole_file=True)


def _long_line(export: Export, file: BinaryIO, number: int, start: bytes) -> Refusal:
    kept, size, last = bytearray(start), len(start), start
    while not last.endswith(b"\n") and (last := file.readline(1 << 20)):
        size += len(last)
        if size <= MAX_SEALED_BYTES:
            kept += last
    return export.refuse(_too_long(size), "shorten its text fields", line=number, payload=bytes(kept))


def _too_long(size: int) -> str:
    return f"the record has {size:,} bytes; the limit is {MAX_RECORD_BYTES:,}"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
