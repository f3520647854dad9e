"""Results as one SARIF 2.1.0 log, which code-scanning pages read. Knows nothing of how the results came about.

Source: docs.oasis-open.org/sarif/sarif/v2.1.0; what GitHub reads of it: docs.github.com, "SARIF support for code scanning".
"""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from agents.commands.check_output import Result, as_json, below, cleared_by, level, message, not_read
from policies.actions import Finding
from policies.rules.catalogue import Catalogue
from policies.rules.citations import links
from policies.rules.rule import Rule
from tools.documents.places import Region

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "liaisonRuleAndWords/v1"
_LEVELS = {"block": "error", "needs_review": "warning", "warn": "note"}


class SarifOutput:
    """Keeps what it is given and writes the log when closed. `root` is the folder that paths are relative to."""

    def __init__(self, stdout: TextIO, catalogue: Catalogue, root: Path) -> None:
        self._stdout = stdout
        self._catalogue = catalogue
        self._root = root
        self._results: list[dict[str, Any]] = []
        self._problems: list[dict[str, Any]] = []
        self._notes: list[dict[str, Any]] = []
        self._rules: dict[str, Finding] = {}

    def write(self, result: Result) -> None:
        if result.entry.problem:
            where = result.entry.where or Region(1, 1, 1, 1)
            location = self._location(result.entry.file, where)
            self._problems.append({"level": "error", "message": {"text": result.entry.complaint}, "locations": [location]})
        if result.entry.not_read:
            location = self._location(result.entry.file, Region(1, 1, 1, 1))
            self._notes.append({"level": "warning", "message": {"text": not_read(result.entry)}, "locations": [location]})
        for finding in result.findings:
            self._rules.setdefault(finding.rule, finding)
            self._results.append(self._result(result, finding, list(self._rules).index(finding.rule)))

    def close(self) -> None:
        driver = {
            "name": "Liaison",
            "version": version("liaison"),
            "properties": {"rulePack": self._catalogue.pack},
            "rules": [_rule(finding, self._catalogue.rule(name)) for name, finding in self._rules.items()],
        }
        run = {
            "tool": {"driver": driver},
            "invocations": [{"executionSuccessful": not self._problems, "toolExecutionNotifications": self._problems + self._notes}],
            "columnKind": "unicodeCodePoints",
            "results": self._results,
        }
        self._stdout.write(as_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n")

    def _result(self, result: Result, finding: Finding, index: int) -> dict[str, Any]:
        more = {
            "severity": finding.severity,
            "family": finding.family,
            "needsEvidence": finding.needs_evidence,
            "mayClear": list(finding.may_clear),
            "item": str(result.entry.id),
        }
        return {
            "ruleId": finding.rule,
            "ruleIndex": index,
            "level": level(finding, **_LEVELS),
            "message": {"text": message(finding)},
            "locations": [self._location(result.entry.file, result.place(finding))],
            "partialFingerprints": {FINGERPRINT: self._fingerprint(result, finding)},
            "properties": more,
        }

    def _location(self, file: str, where: Region) -> dict[str, Any]:
        region = {"startLine": where.line, "startColumn": where.column, "endLine": where.end_line, "endColumn": where.end_column}
        return {"physicalLocation": {"artifactLocation": self._artifact(file), "region": region}}

    def _artifact(self, file: str) -> dict[str, str]:
        path = below(file, self._root)
        if path.is_absolute():
            return {"uri": Path(path).as_uri()}
        return {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}

    def _fingerprint(self, result: Result, finding: Finding) -> str:
        """The same finding keeps it while other parts of the file change: file, item, rule and words, no line numbers."""
        words = " ".join(finding.quote.casefold().split())
        parts = (below(result.entry.file, self._root).as_posix(), str(result.entry.id), finding.rule, words)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _rule(finding: Finding, rule: Rule | None) -> dict[str, Any]:
    cleared = cleared_by(finding)
    evidence = f"Cleared by {cleared}." if cleared else "No evidence clears it."
    about = " ".join(part for part in (rule.why if rule else "", f"Mend: {finding.mend}", evidence, f"Law: {finding.citation}.") if part)
    body: dict[str, Any] = {
        "id": finding.rule,
        "shortDescription": {"text": finding.title or finding.rule},
        "fullDescription": {"text": (rule.why if rule else "") or finding.title or finding.rule},
        "help": {"text": about},
        "defaultConfiguration": {"level": _LEVELS[rule.severity if rule else finding.severity]},
        "properties": {"tags": [finding.family]},
    }
    if address := next((link.url for link in links(finding.citation) if link.url), None):
        body["helpUri"] = address
    return body
