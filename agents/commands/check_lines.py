"""The JSONL contract of `liaison check`: one item per line, in the catalogue's names. What is wrong with a line is said without its words."""

import json
import re
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from pydantic import Field, StrictInt, StrictStr, ValidationError, field_validator

from policies.actions import ItemKind
from policies.records import Record
from policies.rules.rule import STATES

PLAIN_WORD = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HEAD_BYTES = 8192


class Line(Record):
    """One input line, in the catalogue's names. `state` null = unknown, so every state's rules run; an empty list says no more than null."""

    id: StrictStr | StrictInt
    kind: ItemKind
    state: tuple[str, ...] | None = None
    text: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    evidence: tuple[str, ...] = ()

    @field_validator("state", mode="before")
    @classmethod
    def _codes(cls, value: object) -> object:
        codes = [value] if isinstance(value, str) else value
        return codes_of(codes) if isinstance(codes, list) else codes

    @field_validator("id", "text")
    @classmethod
    def _unicode(cls, value: str | int) -> str | int:
        if isinstance(value, str) and _SURROGATE.search(value):
            raise ValueError("half of a surrogate pair: write whole characters")
        return value

    @field_validator("evidence", mode="before")
    @classmethod
    def _keys(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class Parsed(NamedTuple):
    """A line, or the id it has if one could be read and what is wrong with it and how to mend it."""

    id: str | int | None
    line: Line | None
    problem: str = ""


class Numbered(NamedTuple):
    """A line of a JSONL file; `text` None = the file itself cannot be read, for the reason in `problem`."""

    number: int
    text: str | None
    problem: str = ""


def codes_of(codes: list[Any]) -> tuple[str, ...] | None:
    """USPS codes in capitals; None for an empty list. Raises ValueError when one is none."""
    known = [code.upper().removeprefix("US-") for code in codes if isinstance(code, str)]
    if len(known) != len(codes) or not STATES.issuperset(known):
        raise ValueError("not a list of USPS codes")
    return tuple(known) or None


def lines_of(path: Path) -> Iterator[Numbered]:
    """Every line of a JSONL file that is not blank; one without text for a file that cannot be read or is binary."""
    try:
        # A pipe cannot be read twice; it is not looked into.
        if path.is_file():
            with path.open("rb") as head:
                if b"\x00" in head.read(_HEAD_BYTES):
                    yield Numbered(0, None, "is binary, no text: name the page or mail it was made from, or a JSONL file in UTF-8")
                    return
        # A byte order mark is what spreadsheets put before the first line; bytes that are no UTF-8 spoil their own line only.
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
            yield from _numbered(file)
    except OSError:
        yield Numbered(0, None, "cannot be read: name an existing JSONL file, document or folder")


def lines_of_stdin(stdin: TextIO) -> Iterator[Numbered]:
    if isinstance(stdin, TextIOWrapper):
        stdin.reconfigure(errors="surrogateescape")
    yield from _numbered(stdin)


def _numbered(file: TextIO) -> Iterator[Numbered]:
    for number, text in enumerate(file, start=1):
        if text.strip():
            yield Numbered(number, text)


def parse_line(text: str) -> Parsed:
    """The item on a line. Never repeats content: an item may hold PHI."""
    if _SURROGATE.search(text):
        return Parsed(None, None, "not UTF-8: save the file as UTF-8")
    try:
        body = json.loads(text.removeprefix("\ufeff"))
    except ValueError as error:
        return Parsed(None, None, f"not JSON ({type(error).__name__}): write one object per line")
    except RecursionError:
        return Parsed(None, None, "JSON nested too deeply: facts are flat")
    if not isinstance(body, dict):
        return Parsed(None, None, "not a JSON object: write {id, kind, state, text, facts, evidence}")
    return parse_item(body)


def parse_item(body: dict[str, Any]) -> Parsed:
    """The item of an object in the catalogue's names."""
    item_id = body.get("id")
    if not (isinstance(item_id, int | str) and str(item_id).isprintable()):
        item_id = None
    try:
        return Parsed(item_id, Line.model_validate(body))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = str(first["loc"][0]) if first["loc"] else "(whole line)"
        return Parsed(item_id, None, _mend(field, first["type"], first["msg"], body.get(field)))


def _mend(field: str, kind: str, message: str, value: object) -> str:
    named = f" {value}" if isinstance(value, str) and PLAIN_WORD.fullmatch(value) else ""
    if kind == "extra_forbidden":
        name = f" {field}" if PLAIN_WORD.fullmatch(field) else ""
        return f"unknown field{name}: an item has id, kind, state, text, facts, evidence"
    if kind == "missing":
        return f"field {field} is missing: add it"
    if field == "kind":
        return f"unknown kind{named}: write one of {', '.join(ItemKind)}"
    if field == "state":
        return f"unknown state{named}: write null, one USPS code such as TX, or a list of them"
    return f"field {field}: {message.removeprefix('Value error, ')}"
