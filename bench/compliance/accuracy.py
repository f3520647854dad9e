"""How often the compliance check is right, on labelled snippets. Prints; `measure` is used by the tests too.

Missed: violating copy that comes out `pass`. Blocked: clean copy that comes out `block`. Held: clean copy that comes out `needs_review`.
Family: of the violating copy that does not pass, the share for which one of the labelled families is among those of the findings that raised the
verdict. Sets named `test_*` were written by other hands and are never read (decision 010); their figures are the ones in docs/compliance.md.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from policies.actions import Finding, Gate, Item, ItemKind, Severity, Verdict
from policies.check import check, verdict_of
from tools.packs.rules import load_catalogue

SETS = HERE / "sets"

Judge = Callable[[Item], tuple[Finding, ...]]


class Snippet(NamedTuple):
    id: str
    item: Item
    violating: bool
    families: frozenset[str]
    rules: tuple[str, ...]


class Figures(NamedTuple):
    """Shares; `wrong` holds (snippet, verdict, findings) of every snippet that came out otherwise than labelled."""

    snippets: int
    clean: int
    missed: float
    blocked: float
    held: float
    family: float
    wrong: list[tuple[Snippet, str, tuple[Finding, ...]]]


def snippets(name: str) -> list[Snippet]:
    return [_snippet(json.loads(line)) for line in (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines() if line]


def _snippet(row: dict[str, Any]) -> Snippet:
    states = None if row["state"] is None else (row["state"],)
    item = Item(kind=ItemKind(row["kind"]), text=row["text"], states=states, facts=row["facts"])
    return Snippet(row["id"], item, row["label"] == "violating", frozenset(row["families"]), tuple(row["rules"]))


def judge(*, reader: bool = True) -> Judge:
    """The check as `liaison check` runs it without a practice; `reader=False` = the rules alone."""
    catalogue = load_catalogue()
    if not reader:
        catalogue = replace(catalogue, reader=None)
    return lambda item: check(catalogue, item, gate=Gate.CHECK, sender={})


def measure(labelled: Iterable[Snippet], judged: Judge) -> Figures:
    counts: Counter[str] = Counter()
    wrong = []
    for snippet in labelled:
        findings = judged(snippet.item)
        verdict = verdict_of(findings, Gate.CHECK)
        raised = {one.family for one in findings if not one.needs_evidence and one.severity is not Severity.WARN}
        counts["violating" if snippet.violating else "clean"] += 1
        if snippet.violating:
            named = not snippet.families.isdisjoint(raised)
            counts["missed"] += verdict is Verdict.PASS
            counts["named"] += named
            amiss = "missed" if verdict is Verdict.PASS else "" if named else "family"
        else:
            counts[verdict] += 1
            amiss = "" if verdict is Verdict.PASS else str(verdict)
        if amiss:
            wrong.append((snippet, amiss, findings))
    found = counts["violating"] - counts["missed"]
    return Figures(
        snippets=counts["violating"] + counts["clean"],
        clean=counts["clean"],
        missed=counts["missed"] / max(1, counts["violating"]),
        blocked=counts[Verdict.BLOCK] / max(1, counts["clean"]),
        held=counts[Verdict.NEEDS_REVIEW] / max(1, counts["clean"]),
        family=counts["named"] / max(1, found),
        wrong=wrong,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", help="names of sets; none = all")
    parser.add_argument("--show", action="store_true", help="print what came out wrong (never of a test_ set)")
    wanted = parser.parse_args()
    judged = judge()
    print(
        f"{'set':<16}{'snippets':>9}{'clean':>7}{'missed':>9}{'blocked':>9}{'held':>8}{'family':>8}   (asked: < 3 %, < 2 %, < 15 %, > 90 %)"
    )
    for name in wanted.sets or sorted(path.stem for path in SETS.glob("*.jsonl")):
        figures = measure(snippets(name), judged)
        shares = f"{figures.missed:>9.1%}{figures.blocked:>9.1%}{figures.held:>8.1%}{figures.family:>8.1%}"
        print(f"{name:<16}{figures.snippets:>9}{figures.clean:>7}{shares}")
        if wanted.show and not name.startswith("test_"):
            for snippet, amiss, findings in figures.wrong:
                rules = " ".join(f"{one.rule}:{one.severity[0]}{'?' if one.needs_evidence else ''}«{one.quote[:40]}»" for one in findings)
                print(f"  {amiss:<13}{snippet.id} {snippet.item.kind} {snippet.item.states or ''} {snippet.item.facts or ''}")
                print(f"      {snippet.item.text}\n      label {sorted(snippet.families)} {snippet.rules}\n      found {rules}")


if __name__ == "__main__":
    main()
