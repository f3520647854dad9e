"""The CSV files of `liaison attribution`: paths, touches and a holdout as records. What cannot be read is refused by file, line and mend.

An error never repeats what stood in a cell: a column of names may have been exported in the place of another.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from policies.leads.attribution import Path as TouchPath
from policies.leads.attribution import channels_of
from policies.leads.holdout import Group, Lift, lift
from policies.leads.journeys import Seen

PATH_COLUMNS = ("path", "conversions", "nulls")
TOUCH_COLUMNS = ("person", "channel", "at", "converted_at", "service_line")
HOLDOUT_COLUMNS = ("group", "people", "conversions", "channel")
SEPARATOR = ">"
GROUPS = ("treated", "control")
MAX_FIELD = 64_000_000
"""Longest cell, characters. A path of 100,000 touches has about a million."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class PathFile(NamedTuple):
    paths: list[TouchPath]
    repeated: int
    """Rows whose path stood in an earlier row; their counts are added to it."""


def read_paths(file: Path) -> PathFile:
    """Paths with their counts, equal paths added together. Raises ValueError (line and mend) and OSError."""
    found: dict[tuple[str, ...], TouchPath] = {}
    rows = 0
    for line, row in _rows(file, PATH_COLUMNS, needed=2):
        path = _path(row, line)
        earlier = found.get(path.touches)
        found[path.touches] = path if earlier is None else _sum(earlier, path, line)
        rows += 1
    return PathFile(list(found.values()), rows - len(found))


def _path(row: dict[str, str], line: int) -> TouchPath:
    touches = tuple(touch.strip() for touch in row["path"].split(SEPARATOR))
    try:
        path = TouchPath(touches, float(row["conversions"] or 0), float(row["nulls"] or 0))
    except ValueError:
        raise ValueError(f"line {line}: conversions and nulls must be numbers, written like 1200 or 0.5") from None
    return _checked(path, line, row["path"])


def _sum(one: TouchPath, other: TouchPath, line: int) -> TouchPath:
    return _checked(TouchPath(one.touches, one.conversions + other.conversions, one.nulls + other.nulls), line, "")


def _checked(path: TouchPath, line: int, text: str) -> TouchPath:
    try:
        channels_of([path])
    except ValueError as error:
        raise ValueError(f"line {line}: {error}") from None
    if _CONTROL.search(text) and any(map(_CONTROL.search, path.touches)):
        raise ValueError(f"line {line}: a channel's name holds a control character: remove it")
    return path


def read_touches(file: Path, *, lines: Sequence[str] | None) -> list[Seen]:
    """Touches in the order of the file; `lines` are the service lines there are, None any. Raises ValueError and OSError."""
    return [_touch(row, line, lines) for line, row in _rows(file, TOUCH_COLUMNS, needed=3)]


def _touch(row: dict[str, str], line: int, lines: Sequence[str] | None) -> Seen:
    if not row["person"]:
        raise ValueError(f"line {line}: person is empty: write the key that marks the touches of one person")
    if not row["channel"]:
        raise ValueError(f"line {line}: channel is empty: name the channel of the touch")
    _checked(TouchPath((row["channel"],), 0), line, row["channel"])
    if lines is not None and row["service_line"] and row["service_line"] not in lines:
        raise ValueError(f"line {line}: service_line is none of practice.yaml ({', '.join(lines)}): correct it or add the line there")
    converted = _seconds(row["converted_at"], line, "converted_at") if row["converted_at"] else None
    return Seen(row["person"], row["channel"], _seconds(row["at"], line, "at"), converted, row["service_line"])


def _seconds(text: str, line: int, column: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"line {line}: {column} is not an ISO time: write 2026-11-23T09:00:00Z") from None
    if at.tzinfo is None and len(text) > len("2026-11-23"):
        raise ValueError(f"line {line}: {column} has no time zone: end it with Z or an offset such as -06:00")
    if not 1970 <= at.year < 9999:
        raise ValueError(f"line {line}: {column} lies before 1970 or after 9998: correct the year")
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def read_holdout(file: Path) -> dict[str, Lift]:
    """Lift by channel; the rows without a channel are "", all marketing together. Raises ValueError (line and mend) and OSError."""
    groups: dict[str, dict[str, Group]] = {}
    for line, row in _rows(file, HOLDOUT_COLUMNS, needed=3):
        name, channel = row["group"].lower(), row["channel"]
        if name not in GROUPS:
            raise ValueError(f"line {line}: group must be treated or control")
        if _CONTROL.search(channel):
            raise ValueError(f"line {line}: a channel's name holds a control character: remove it")
        if name in groups.setdefault(channel, {}):
            raise ValueError(f"line {line}: this group stands twice for its channel: add its people and conversions into one row")
        try:
            groups[channel][name] = Group(int(row["people"]), int(row["conversions"]))
        except ValueError:
            raise ValueError(f"line {line}: people and conversions must be whole numbers") from None
        people, conversions = groups[channel][name]
        if not 1 <= people <= 10**15 or not 0 <= conversions <= people:
            raise ValueError(f"line {line}: people must be at least 1, and conversions from 0 to people")
    if not groups:
        raise ValueError("no row below the first line: write one for the treated group and one for the control group")
    for channel, pair in groups.items():
        if missing := [name for name in GROUPS if name not in pair]:
            whose = f"channel {channel}" if channel else "all channels"
            raise ValueError(f"{whose} has no {missing[0]} group: add its row")
    return {channel: lift(pair["treated"], pair["control"]) for channel, pair in sorted(groups.items())}


def _rows(file: Path, columns: Sequence[str], *, needed: int) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells, stripped, of each row; the first `needed` of `columns` must be there, a missing other one is empty."""
    with _long_cells(), file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
            wanted = f"the first line must be {','.join(columns)}"
            if missing := [name for name in columns[:needed] if name not in header]:
                raise ValueError(f"column {missing[0]} is missing: {wanted}")
            if twice := [name for name in columns if header.count(name) > 1]:
                raise ValueError(f"column {twice[0]} stands twice: {wanted}")
            places = {name: header.index(name) for name in columns if name in header}
            for cells in reader:
                if any(cell.strip() for cell in cells[len(header) :]):
                    raise ValueError(f"line {reader.line_num}: more cells than columns: put a text that holds a comma in double quotes")
                if cells:
                    row = {name: cells[place].strip() for name, place in places.items() if place < len(cells)}
                    yield reader.line_num, dict.fromkeys(columns, "") | row
        except UnicodeDecodeError:
            raise ValueError(f"after line {reader.line_num}: not UTF-8 text: save it as CSV UTF-8") from None
        except csv.Error as error:
            too_long = "field limit" in str(error)
            mend = (
                f"keep a cell under {MAX_FIELD:,} characters" if too_long else "close each double quote, and write one inside a text twice"
            )
            raise ValueError(f"line {reader.line_num}: not CSV: {mend}") from None


@contextmanager
def _long_cells() -> Iterator[None]:
    before = csv.field_size_limit(MAX_FIELD)  # the module's own limit, 131,072, is shorter than a path of 100,000 touches
    try:
        yield
    finally:
        csv.field_size_limit(before)
