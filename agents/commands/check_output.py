"""How `liaison check` shows its results: for people, as JSONL, as GitHub's workflow commands. `check_sarif.py` has the fourth format."""

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Any, NamedTuple, Protocol, TextIO

from agents.commands.check_files import Entry
from policies.actions import Finding, Severity, Verdict
from policies.rules.citations import links
from tools.documents.places import Region

_INKLESS = re.compile(r"[^\x20-\x7e\n]+")


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


class Result(NamedTuple):
    """What became of one entry. An entry that could not be checked needs review, whatever it may hold."""

    entry: Entry
    verdict: Verdict
    findings: tuple[Finding, ...] = ()

    def words(self, finding: Finding) -> Region | None:
        """Where the finding's words stand; None when it rests on facts, or when the item is a line of JSONL."""
        document = self.entry.document
        if document is None or finding.start is None or finding.end is None:
            return None
        return document.region(finding.start, finding.end)

    def place(self, finding: Finding) -> Region:
        """Where to show the finding: at its words, else where the item begins."""
        return self.words(finding) or self.entry.where or Region(1, 1, 1, 1)


class Output(Protocol):
    """Gets every result in order, then is closed."""

    def write(self, result: Result) -> None: ...

    def close(self) -> None: ...


def level(finding: Finding, *, block: str, needs_review: str, warn: str) -> str:
    """The word of a format for how much a finding matters. One that asks for evidence does not raise the verdict, so it only informs."""
    if finding.needs_evidence or finding.severity is Severity.WARN:
        return warn
    return block if finding.severity is Severity.BLOCK else needs_review


def below(file: str, root: Path) -> PurePath:
    """The path of `file` as seen from `root`, where the repository lies; a file elsewhere keeps its own path."""
    path = Path(file)
    return path.relative_to(root) if path.is_relative_to(root) else path


def visible(text: str) -> str:
    """One line in which nothing is hidden: runs of white space are a space, what has no ink (and could turn a terminal around) is escaped.

    So is what GitHub's runner would take for a command in the output of a step: "::" at the beginning, "##[" anywhere.
    """
    line = " ".join(text.split()).replace("##[", "#\\x23[")
    if line.startswith("::"):
        line = f"\\x3a{line[1:]}"
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in line)


def as_json(row: dict[str, Any], indent: int | None = None) -> str:
    """JSON with accents as they are and with no raw character that has no ink, so that a terminal shows it safely."""
    return _INKLESS.sub(_escaped, json.dumps(row, ensure_ascii=False, indent=indent))


def _escaped(hit: re.Match[str]) -> str:
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in hit[0])


# --- text


class TextOutput:
    """For people: a verdict per item, below it each finding with its words, the law, the mend and who may clear it."""

    def __init__(self, stdout: TextIO) -> None:
        self._stdout = stdout

    def write(self, result: Result) -> None:
        entry = result.entry
        if entry.id is None:
            return  # said on stderr
        problem = f" (not checked: {visible(entry.problem)})" if entry.problem else ""
        if entry.not_read:
            problem = f" (not read: {visible(', '.join(entry.not_read))})"
        print(f"{visible(str(entry.id))}: {result.verdict}{problem}", file=self._stdout)
        for finding in result.findings:
            print("\n".join(_report(result, finding)), file=self._stdout)

    def close(self) -> None:
        pass


def _report(result: Result, finding: Finding) -> Iterator[str]:
    needs = (
        " (nothing is known about it yet; --practice states it, and without it the action will not run)" if finding.needs_evidence else ""
    )
    yield f"{_head(result, finding)} {finding.rule}: {visible(finding.title)}{needs}"
    if finding.quote:
        yield f'    words    "{visible(finding.quote)}"'
    if finding.why:
        yield f"    why      {visible(finding.why)}"
    yield f"    law      {visible(finding.citation)}"
    yield from (f"             {visible(url)}" for url in dict.fromkeys(link.url for link in links(finding.citation) if link.url))
    yield f"    mend     {visible(finding.mend)}"
    if finding.rewrite:
        yield f"    rewrite  {visible(finding.rewrite)}"
    if cleared := cleared_by(finding):
        yield f"    cleared  by {visible(cleared)}"
    if finding.may_clear:
        yield f"    who      {', '.join(finding.may_clear)} may record that"


def _head(result: Result, finding: Finding) -> str:
    effect = "needs evidence" if finding.needs_evidence else finding.severity.value
    if result.entry.document is None:
        return f"  {effect:<14}" if finding.needs_evidence else f"  {effect:<12}"
    words = result.words(finding)
    place = f":{words.line}:{words.column}" if words else ""
    return f"  {visible(result.entry.file)}{place}: {effect}"


def cleared_by(finding: Finding) -> str:
    """The evidence that clears a finding, as a phrase; empty when nothing does."""
    any_of, all_of = finding.cleared_by.get("any_of", ()), finding.cleared_by.get("all_of", ())
    parts = [" or ".join(any_of), " and ".join(all_of)]
    return " and ".join(f"({part})" if len(part.split()) > 1 and all(parts) else part for part in parts if part)


# --- json


class JsonOutput:
    """The JSONL contract. Findings on a document also say their line and column, null when they rest on facts alone."""

    def __init__(self, stdout: TextIO) -> None:
        self._stdout = stdout

    def write(self, result: Result) -> None:
        entry = result.entry
        if entry.id is None:
            return
        row: dict[str, Any] = {"id": entry.id, "verdict": result.verdict, "findings": [_shown(result, one) for one in result.findings]}
        if entry.problem:
            row["error"] = entry.problem
        if entry.not_read:
            row["not_read"] = list(entry.not_read)
        print(as_json(row), file=self._stdout)

    def close(self) -> None:
        pass


def _shown(result: Result, finding: Finding) -> dict[str, Any]:
    body = finding.model_dump(mode="json")
    if result.entry.document is None:
        return body
    words = result.words(finding)
    return {**body, "line": words.line if words else None, "column": words.column if words else None}


# --- github


class GithubOutput:
    """Workflow commands, which GitHub shows beside the line of a pull request.

    Source: docs.github.com/actions/reference/workflow-commands-for-github-actions; the escapes are those of actions/toolkit, `command.ts`.
    """

    def __init__(self, stdout: TextIO, root: Path) -> None:
        self._stdout = stdout
        self._root = root

    def write(self, result: Result) -> None:
        entry = result.entry
        if entry.problem:
            where = entry.where or Region(1, 1, 1, 1)
            self._command("error", result, where, title="not checked", message=entry.complaint)
        if entry.not_read:
            self._command("warning", result, Region(1, 1, 1, 1), title="not read", message=not_read(entry))
        for finding in result.findings:
            command = level(finding, block="error", needs_review="warning", warn="notice")
            self._command(command, result, result.place(finding), title=finding.rule, message=message(finding))

    def close(self) -> None:
        pass

    def _command(self, command: str, result: Result, where: Region, *, title: str, message: str) -> None:
        given = {"file": below(result.entry.file, self._root).as_posix(), "line": where.line, "col": where.column, "title": title}
        properties = ",".join(f"{name}={_property(_inked(str(value)))}" for name, value in given.items())
        shown = "\n".join(visible(line) for line in message.split("\n"))
        print(f"::{command} {properties}::{_data(shown)}", file=self._stdout)


def _inked(text: str) -> str:
    """A name as it is, with escapes for what has no ink."""
    return "".join(one if one.isprintable() or one in "\r\n" else one.encode("unicode_escape").decode() for one in text)


def not_read(entry: Entry) -> str:
    return f"{entry.file}: {', '.join(entry.not_read)} not read: check it as a file of its own"


def message(finding: Finding) -> str:
    """A finding in a few lines of plain text."""
    lines = [f"{visible(finding.title)}{' (needs evidence before it may run)' if finding.needs_evidence else ''}"]
    if finding.quote:
        lines.append(f'Words: "{visible(finding.quote)}"')
    if finding.why:
        lines.append(visible(finding.why))
    lines.append(f"Mend: {visible(finding.mend)}")
    if finding.rewrite:
        lines.append(f"Rewrite: {visible(finding.rewrite)}")
    if cleared := cleared_by(finding):
        who = f", recorded by {' or '.join(finding.may_clear)}" if finding.may_clear else ""
        lines.append(f"Cleared by {visible(cleared)}{who}")
    lines.append(f"Law: {visible(finding.citation)}")
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
