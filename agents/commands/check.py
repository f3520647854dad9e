"""`liaison check`: copy against every rule, without a database. What cannot be checked is named and never passes in silence."""

from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from typing import NamedTuple, TextIO

from agents.commands.check_files import Defaults, Entry, entries
from agents.commands.check_lines import PLAIN_WORD, Line
from agents.commands.check_output import Format, GithubOutput, JsonOutput, Output, Result, TextOutput, visible
from agents.commands.check_sarif import SarifOutput
from policies.actions import Finding, Gate, Item, ItemKind, Verdict
from policies.check import check as check_item
from policies.check import facts_read, verdict_of
from policies.records import Label
from policies.rules.browse import cleared_by as evidence_asked_for
from policies.rules.catalogue import Catalogue
from tools.errors import SettingsError
from tools.facts import sender_facts
from tools.packs.phi import scrubber_of
from tools.packs.rules import load_catalogue
from tools.practice import Practice, load_practice


class Checker(NamedTuple):
    """Built once per call: the rules, the scanner, the practice and the day that answer for every item."""

    catalogue: Catalogue
    identifiers: Callable[[str], Collection[Label]]
    practice: Practice | None
    as_of: date | None

    def check(self, line: Line) -> tuple[Finding, ...]:
        facts = line.facts
        if self.as_of and facts.get("checked_on") is None:
            facts = {**facts, "checked_on": self.as_of.isoformat()}
        destination = facts.get("destination")
        sender = sender_facts(self.practice, destination=str(destination) if destination else None) if self.practice else {}
        item = Item(kind=line.kind, text=line.text, states=line.state, facts=facts, evidence=line.evidence)
        return check_item(self.catalogue, item, gate=Gate.CHECK, sender=sender, identifiers=self.identifiers)


def check(
    files: list[Path],
    stdin: TextIO,
    stdout: TextIO,
    stderr: TextIO,
    *,
    practice: Path | None,
    as_json: bool = False,
    form: Format = Format.TEXT,
    kind: ItemKind | None = None,
    states: tuple[str, ...] | None = None,
    as_of: date | None = None,
) -> int:
    """Write one result per item; 1 when anything blocks or any line, file or folder could not be checked, else 0.

    `files` are JSONL files, documents and folders of documents; empty or "-" = stdin. `states` hold for documents that do not say
    themselves; a `kind` holds for every document, and makes stdin one plain text instead of JSONL. `as_of` leaves out rules not yet in force and
    is the day offers are judged by; None = every rule, and no day. `practice` adds what the practice establishes about itself and its own rule
    packs; without it sender facts are unknown and give findings that ask for evidence. Raises SettingsError when the practice or a rule pack is
    wrong.
    """
    try:
        checker = _checker(practice, as_of)
    except SettingsError as error:  # it names files, and what packs say
        raise SettingsError(visible(str(error))) from None
    output = _output(Format.JSON if as_json else form, stdout, checker.catalogue)
    run = _Run(checker, output, stderr)
    try:
        for entry in entries(files, stdin, Defaults(kind, states)):
            run.take(entry)
    except BaseException as error:
        output.write(
            Result(
                Entry(".", problem=f"the check stopped early ({type(error).__name__}): what follows was not checked"), Verdict.NEEDS_REVIEW
            )
        )
        raise
    finally:
        output.close()
    if checker.catalogue.not_in_force and as_of is not None:
        run.note(f"{checker.catalogue.not_in_force} rules were not yet in force on {as_of} and were left out")
    run.note_useless()
    return 1 if run.refused else 0


class _Run:
    """Takes every entry to its result, and keeps what is said once at the end."""

    def __init__(self, checker: Checker, output: Output, stderr: TextIO) -> None:
        self.refused = False
        self._checker = checker
        self._output = output
        self._stderr = stderr
        self._known = facts_read(checker.catalogue)
        self._proofs = evidence_asked_for(checker.catalogue).keys()
        self._unread: set[str] = set()
        self._useless: set[str] = set()

    def take(self, entry: Entry) -> None:
        if entry.note:
            self.note(f"{visible(entry.file)}: {entry.note}")
        elif entry.line is None:
            self._refuse(entry)
        else:
            self._check(entry, entry.line)

    def note(self, words: str) -> None:
        print(visible(f"note: {words}"), file=self._stderr)

    def note_useless(self) -> None:
        if names := sorted(name for name in self._unread if PLAIN_WORD.fullmatch(name)):
            self.note(f"no rule reads these facts, so they changed nothing: {', '.join(names)}")
        if names := sorted(name for name in self._useless if PLAIN_WORD.fullmatch(name)):
            self.note(f"no rule asks for this evidence, so it cleared nothing: {', '.join(names)}")

    def _check(self, entry: Entry, line: Line) -> None:
        self._unread |= line.facts.keys() - self._known
        self._useless |= set(line.evidence) - self._proofs
        if entry.document and line.evidence:
            claim = f"claims evidence for itself ({', '.join(map(visible, line.evidence))}); this command takes its word, the desk does not"
            self.note(f"{visible(entry.file)}: {claim}")
        try:
            findings = self._checker.check(line)
        except Exception as error:  # a rule that fails on one item must not leave the others unchecked
            self._refuse(entry._replace(problem=f"could not be checked, a rule failed on it ({type(error).__name__}): look at its facts"))
            return
        verdict = verdict_of(findings, Gate.CHECK)
        if entry.not_read and verdict is not Verdict.BLOCK:
            verdict = Verdict.NEEDS_REVIEW
        self.refused |= verdict is Verdict.BLOCK
        self._output.write(Result(entry, verdict, findings))

    def _refuse(self, entry: Entry) -> None:
        print(visible(entry.complaint), file=self._stderr)
        self._output.write(Result(entry, Verdict.NEEDS_REVIEW))
        self.refused = True


def _checker(directory: Path | None, as_of: date | None) -> Checker:
    practice = load_practice(directory) if directory is not None else None
    extra = tuple(directory / name for name in practice.policies) if directory is not None and practice is not None else ()
    scrubber = scrubber_of(practice)
    return Checker(load_catalogue(extra, as_of), lambda text: {span.label for span in scrubber.scan(text)}, practice, as_of)


def _output(form: Format, stdout: TextIO, catalogue: Catalogue) -> Output:
    root = Path.cwd()
    if form is Format.SARIF:
        return SarifOutput(stdout, catalogue, root)
    if form is Format.GITHUB:
        return GithubOutput(stdout, root)
    return JsonOutput(stdout) if form is Format.JSON else TextOutput(stdout)
