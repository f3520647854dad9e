"""`liaison check`: JSONL items against every rule, without a database. A line that cannot be checked is named and never passes in silence."""

import json
import re
from collections.abc import Callable, Collection, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from pydantic import Field, StrictInt, StrictStr, ValidationError, field_validator

from policies.actions import Finding, Gate, Item, ItemKind, Verdict
from policies.check import check as check_item
from policies.check import facts_read, verdict_of
from policies.records import Label, Record
from policies.rules.catalogue import Catalogue
from policies.rules.rule import STATES
from tools.facts import sender_facts
from tools.packs.phi import scrubber_of
from tools.packs.rules import load_catalogue
from tools.practice import Practice, load_practice

_PLAIN_WORD = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SURROGATE = re.compile("[\ud800-\udfff]")


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
        if not isinstance(codes, list):
            return codes
        known = [code.upper().removeprefix("US-") for code in codes if isinstance(code, str)]
        if len(known) != len(codes) or not STATES.issuperset(known):
            raise ValueError("not a list of USPS codes")
        return tuple(known) or None

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


class Source(NamedTuple):
    """Where a line stands."""

    file: str
    number: int


class Checker(NamedTuple):
    """Built once per call: the rules, the scanner and the practice that answer for every line."""

    catalogue: Catalogue
    identifiers: Callable[[str], Collection[Label]]
    practice: Practice | None

    def check(self, line: Line) -> tuple[Finding, ...]:
        destination = line.facts.get("destination")
        sender = sender_facts(self.practice, destination=str(destination) if destination else None) if self.practice else {}
        item = Item(kind=line.kind, text=line.text, states=line.state, facts=line.facts, evidence=line.evidence)
        return check_item(self.catalogue, item, gate=Gate.CHECK, sender=sender, identifiers=self.identifiers)


def check(files: list[Path], stdin: TextIO, stdout: TextIO, stderr: TextIO, *, practice: Path | None, as_json: bool) -> int:
    """Write one result per item; 1 when anything blocks or any line or file could not be checked, else 0.

    `files` empty or "-" = stdin. `practice` adds what the practice establishes about itself and its own rule packs; without it sender facts are
    unknown and give findings that ask for evidence. Raises SettingsError when the practice or a rule pack is wrong.
    """
    checker = _checker(practice)
    known = facts_read(checker.catalogue)
    unread: set[str] = set()
    refused = False
    for source, text in _lines(files, stdin):
        if text is None:
            print(f"{source.file} cannot be read: name an existing JSONL file", file=stderr)
            refused = True
            continue
        item_id, line, problem = _parse(text)
        if line is None:
            print(f"{source.file}, line {source.number}: {problem}", file=stderr)
            refused = True
            if item_id is not None:
                _write(stdout, item_id, Verdict.NEEDS_REVIEW, (), problem=problem, as_json=as_json)
            continue
        unread |= line.facts.keys() - known
        findings = checker.check(line)
        verdict = verdict_of(findings, Gate.CHECK)
        refused |= verdict is Verdict.BLOCK
        _write(stdout, line.id, verdict, findings, problem="", as_json=as_json)
    if names := sorted(name for name in unread if _PLAIN_WORD.fullmatch(name)):
        print(f"note: no rule reads these facts, so they changed nothing: {', '.join(names)}", file=stderr)
    return 1 if refused else 0


def _checker(directory: Path | None) -> Checker:
    practice = load_practice(directory) if directory is not None else None
    extra = tuple(directory / name for name in practice.policies) if directory is not None and practice is not None else ()
    scrubber = scrubber_of(practice)
    return Checker(load_catalogue(extra), lambda text: {span.label for span in scrubber.scan(text)}, practice)


def _lines(files: list[Path], stdin: TextIO) -> Iterator[tuple[Source, str | None]]:
    """Every line that is not blank, with its place; one None for a file that cannot be read."""
    for path in files or [Path("-")]:
        if str(path) == "-":
            if isinstance(stdin, TextIOWrapper):
                stdin.reconfigure(errors="surrogateescape")
            yield from _numbered("stdin", stdin)
            continue
        try:
            # A byte order mark is what spreadsheets put before the first line; bytes that are no UTF-8 spoil their own line only.
            with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
                yield from _numbered(str(path), file)
        except OSError:
            yield Source(str(path), 0), None


def _numbered(name: str, file: TextIO) -> Iterator[tuple[Source, str]]:
    for number, text in enumerate(file, start=1):
        if text.strip():
            yield Source(name, number), text


def _parse(text: str) -> tuple[str | int | None, Line | None, str]:
    """(id if one could be read, the line or None, what is wrong and how to mend it). Never repeats content: an item may hold PHI."""
    if _SURROGATE.search(text):
        return None, None, "not UTF-8: save the file as UTF-8"
    try:
        body = json.loads(text.removeprefix("\ufeff"))
    except ValueError as error:
        return None, None, f"not JSON ({type(error).__name__}): write one object per line"
    except RecursionError:
        return None, None, "JSON nested too deeply: facts are flat"
    if not isinstance(body, dict):
        return None, None, "not a JSON object: write {id, kind, state, text, facts, evidence}"
    item_id = body.get("id")
    if not (isinstance(item_id, int | str) and str(item_id).isprintable()):
        item_id = None
    try:
        return item_id, Line.model_validate(body), ""
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = str(first["loc"][0]) if first["loc"] else "(whole line)"
        return item_id, None, _mend(field, first["type"], first["msg"], body.get(field))


def _mend(field: str, kind: str, message: str, value: object) -> str:
    named = f" {value}" if isinstance(value, str) and _PLAIN_WORD.fullmatch(value) else ""
    if kind == "extra_forbidden":
        name = f" {field}" if _PLAIN_WORD.fullmatch(field) else ""
        return f"unknown field{name}: an item has id, kind, state, text, facts, evidence"
    if kind == "missing":
        return f"field {field} is missing: add it"
    if field == "kind":
        return f"unknown kind{named}: write one of {', '.join(ItemKind)}"
    if field == "state":
        return f"unknown state{named}: write null, one USPS code such as TX, or a list of them"
    return f"field {field}: {message.removeprefix('Value error, ')}"


def _write(stdout: TextIO, item_id: str | int, verdict: Verdict, findings: tuple[Finding, ...], *, problem: str, as_json: bool) -> None:
    if as_json:
        row: dict[str, Any] = {"id": item_id, "verdict": verdict, "findings": [_shown(finding) for finding in findings]}
        if problem:
            row["error"] = problem
        print(json.dumps(row, ensure_ascii=False), file=stdout)
        return
    print(f"{item_id}: {verdict}{f' (not checked: {problem})' if problem else ''}", file=stdout)
    for finding in findings:
        print("\n".join(_report(finding)), file=stdout)


def _shown(finding: Finding) -> dict[str, Any]:
    return finding.model_dump(mode="json")


def _report(finding: Finding) -> Iterator[str]:
    needs = " (needs evidence before it may run)" if finding.needs_evidence else ""
    yield f"  {finding.severity:<12} {finding.rule}: {finding.title}{needs}"
    if finding.quote:
        yield f'    words    "{" ".join(finding.quote.split())}"'
    yield f"    law      {finding.citation}"
    yield f"    mend     {finding.mend}"
    if cleared := _cleared_by(finding):
        yield f"    cleared  by {cleared}"


def _cleared_by(finding: Finding) -> str:
    any_of, all_of = finding.cleared_by.get("any_of", ()), finding.cleared_by.get("all_of", ())
    parts = [" or ".join(any_of), " and ".join(all_of)]
    return " and ".join(f"({part})" if len(part.split()) > 1 and all(parts) else part for part in parts if part)
