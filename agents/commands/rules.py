"""`liaison rules`: the catalogue to browse, a practice's own rules to test, and which rules have fired. Reads; changes nothing."""

import json
from collections.abc import Iterator, Mapping, Sized
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from policies.actions import Finding, Gate, Item
from policies.check import SECOND_READER, check
from policies.rules import browse
from policies.rules.browse import Asked
from policies.rules.catalogue import Catalogue, catalogue_of
from policies.rules.citations import links
from policies.rules.engine import evaluate
from policies.rules.rule import Example, Rule
from tools.errors import NotFound
from tools.packs.rules import load_catalogue, load_pack
from tools.practice import load_practice
from tools.second_look import LANGUAGE_MODEL
from tools.settings import Settings
from tools.store.database import open_database
from tools.store.findings import Fired, last_fired

NO_RULES = {
    SECOND_READER: "no rule of the catalogue, but the statistical reader. It reads copy that no rule objects to and asks for a person where the "
    "wording is like copy that was held before. It never blocks and never clears; approve the item as it is, or reword it.",
    LANGUAGE_MODEL: "no rule of the catalogue, but the language model you configured. It may ask for a person; it never blocks and never clears.",
    "LIAISON-KIND": "no rule of the catalogue: the item is of a kind that no rule covers, so a person must look.",
}
"""Marks that findings carry in place of a rule's id."""


def list_rules(practice: Path | None, asked: Asked, *, as_of: date | None, as_json: bool, stdout: TextIO, stderr: TextIO) -> int:
    """One line per rule, and the pack they come from. `practice` adds that practice's own rules; with `as_of`, only those in force that day."""
    catalogue = _catalogue(practice, as_of)
    found = browse.chosen(catalogue, asked)
    if as_json:
        print(json.dumps({**_pack(catalogue), "rules": [_row(rule) for rule in found]}, ensure_ascii=False), file=stdout)
        return 0
    for rule in found:
        print(f"{rule.id:<34} {rule.severity:<12} {rule.family:<11} {rule.jurisdiction:<17} {rule.title}", file=stdout)
    print(f"{len(found)} of {len(catalogue.rules)} rules, pack {catalogue.pack}", file=stdout)
    if asked.state:
        everywhere = sum(one.everywhere for one in catalogue.rules)
        print(f"note: {everywhere} rules hold in every state besides those that name {asked.state}", file=stderr)
    return 0


def show(rule_id: str, practice: Path | None, *, as_json: bool, stdout: TextIO) -> int:
    """Everything about one rule in plain words. Raises NotFound naming the ids that are most like an unknown one."""
    if said := NO_RULES.get(rule_id.upper()):
        print(f"{rule_id.upper()}: {said}", file=stdout)
        return 0
    catalogue = _catalogue(practice)
    rule = catalogue.rule(rule_id.upper())
    if rule is None:
        raise NotFound(browse.not_there(catalogue, rule_id))
    if as_json:
        print(json.dumps({**_whole(rule), **_pack(catalogue)}, ensure_ascii=False), file=stdout)
        return 0
    print(f"{rule.id}: {rule.title}", file=stdout)
    before = ""
    for name, text in _lines(rule):
        print(f"  {name if name != before else '':<15} {text}", file=stdout)
        before = name
    print(f"  {'pack':<15} {catalogue.pack}", file=stdout)
    return 0


def run_examples(packs: list[Path], *, stdout: TextIO) -> int:
    """Load each of a practice's own files beside the shipped rules and run its examples; 1 when one does not do what it says, else 0.

    A violating example must fire its rule as every kind of item the rule applies to, a clean one must not. Raises SettingsError for a file
    that cannot be loaded, or whose ids are taken.
    """
    together = load_catalogue(tuple(packs))
    failures = 0
    for path in packs:
        own = load_pack(path)
        alone = catalogue_of(own, together.limits)
        failed = [failure for rule in own for failure in _failures(alone, rule)]
        for one in failed:
            print(f"{path}: {one}", file=stdout)
        examples = sum(len(rule.examples.violating) + len(rule.examples.clean) for rule in own)
        result = f"{len(failed)} not doing what they say" if failed else "all do what they say"
        print(f"{path}: {_count(own)}, {examples} examples, {result}; pack {alone.pack}", file=stdout)
        failures += len(failed)
    print(f"Beside the shipped rules: {_count(together.rules)}, pack {together.pack}", file=stdout)
    return 1 if failures else 0


def coverage(practice: Path | None, settings: Settings, *, as_json: bool, stdout: TextIO) -> int:
    """Rule by rule: its examples, its detectors, and when it last fired in this home, if there is one."""
    catalogue = _catalogue(practice)
    fired = _fired(settings)
    rows = [_covered(one.rule, fired or {}) for one in catalogue.rules]
    if as_json:
        print(json.dumps({**_pack(catalogue), "home": fired is not None, "rules": rows}, ensure_ascii=False), file=stdout)
        return 0
    print(f"{'rule':<34} {'violating':>9} {'clean':>5}  {'last fired':<10}  detectors", file=stdout)
    for row in rows:
        last = row["last_fired"][:10] if row["last_fired"] else "never" if fired is not None else "no home"
        named = ", ".join((*row["detectors"], *row["suspects"]))
        print(f"{row['rule']:<34} {row['violating']:>9} {row['clean']:>5}  {last:<10}  {named}".rstrip(), file=stdout)
    print(f"{len(rows)} rules, pack {catalogue.pack}", file=stdout)
    return 0


def _catalogue(practice: Path | None, as_of: date | None = None) -> Catalogue:
    extra = tuple(practice / name for name in load_practice(practice).policies) if practice is not None else ()
    return load_catalogue(extra, as_of)


def _count(rules: Sized) -> str:
    return f"{len(rules)} rule{'' if len(rules) == 1 else 's'}"


# --- a rule as rows and lines


def _pack(catalogue: Catalogue) -> dict[str, Any]:
    return {"pack": catalogue.pack, "version": catalogue.version, "hash": catalogue.hash}


def _row(rule: Rule) -> dict[str, Any]:
    names = {"id", "family", "title", "citation", "jurisdiction", "severity", "applies_to", "effective", "as_of", "verified", "confidence"}
    return {**rule.model_dump(mode="json", include=names), "violating": len(rule.examples.violating), "clean": len(rule.examples.clean)}


def _whole(rule: Rule) -> dict[str, Any]:
    """The rule as its file has it, and beside it what only the code knows."""
    return {
        **rule.model_dump(mode="json"),
        "where": browse.places(rule),
        "links": [link._asdict() for link in links(rule.citation)],
        "signs": [sign._asdict() for sign in browse.signs(rule)],
        "proofs": [proof._asdict() for proof in browse.proofs(rule)],
    }


def _lines(rule: Rule) -> Iterator[tuple[str, str]]:
    """Name and text of every line; a repeated name goes on with the same matter."""
    detect = rule.detect
    if rule.why:
        yield "why", rule.why
    yield "law", rule.citation
    yield from (("law", url) for url in dict.fromkeys(link.url for link in links(rule.citation)) if url)
    yield "where", ", ".join(browse.places(rule))
    yield "severity", rule.severity
    yield "kinds", ", ".join(rule.applies_to)
    yield "looks for", detect.signal
    for sign in browse.signs(rule):
        yield ("asks about" if sign.suspects else "words"), f"{sign.name}: {sign.says}"
    yield from (("expressions", pattern) for pattern in detect.patterns_any)
    where = "sentence" if detect.none_scope == "sentence" else "item"
    yield from ((f"unless {where}", pattern) for pattern in detect.patterns_none)
    yield from (("unless item", pattern) for pattern in detect.patterns_none_item)
    if detect.fields:
        yield "fields", ", ".join(detect.fields)
    yield from (("only when", f"{condition.field} {browse.said(condition)}") for condition in detect.conditions_all)
    yield from _cleared(rule)
    yield "mend", rule.suggested_fix
    if rule.rewrite:
        yield "rewrite", rule.rewrite
    yield from (("violating", _example(example)) for example in rule.examples.violating)
    yield from (("clean", _example(example)) for example in rule.examples.clean)
    yield "in force since", rule.effective
    verified = "verified against its source" if rule.verified else "not verified against its source"
    yield "last checked", f"{rule.as_of}, {verified}, confidence {rule.confidence}"
    yield from (("source", source) for source in rule.source)
    if rule.notes:
        yield "notes", rule.notes


def _cleared(rule: Rule) -> Iterator[tuple[str, str]]:
    found = browse.proofs(rule)
    if not found:
        yield "cleared by", "other wording only: no evidence clears it"
    for proof in found:
        only = f", for {' and '.join(proof.only)} only" if proof.only else ""
        name = "and by all of" if proof.together and len(found) > 1 else "cleared by"
        yield name, f"{proof.key}, recorded by {' or '.join(role.replace('_', ' ') for role in proof.may_record)}{only}"


def _example(example: Example) -> str:
    facts = f"facts {json.dumps(example.context, ensure_ascii=False)}" if example.context else ""
    return " ".join(part for part in (f'"{example.text}"' if example.text else "", facts) if part)


# --- examples


class _Failure(NamedTuple):
    """An example that does not do what it says, as these kinds of item. Never its words: a practice may have put anything there."""

    place: tuple[str, str, int]
    kinds: tuple[str, ...]

    def __str__(self) -> str:
        rule, group, number = self.place
        does = "does not fire it" if group == "violating" else "fires it"
        return f"{rule}, {group} example {number} {does} as {', '.join(self.kinds)}: mend the example, or what the rule detects"


def _failures(catalogue: Catalogue, rule: Rule) -> Iterator[_Failure]:
    for number, example in enumerate(rule.examples.violating, start=1):
        silent = [item.kind for item in _items(rule, example) if not all(_fires(rule, found) for found in _both(catalogue, item))]
        if silent:
            yield _Failure((rule.id, "violating", number), tuple(silent))
    for number, example in enumerate(rule.examples.clean, start=1):
        fired = [item.kind for item in _items(rule, example) if _fires(rule, evaluate(catalogue, item, Gate.CHECK))]
        if fired:
            yield _Failure((rule.id, "clean", number), tuple(fired))


def _items(rule: Rule, example: Example) -> Iterator[Item]:
    """The example as every kind of item the rule applies to, in an unknown state."""
    facts = {name: value for name, value in example.context.items() if name != "evidence"}
    for kind in rule.applies_to:
        yield Item(kind=kind, text=example.text, facts=facts, evidence=tuple(example.context.get("evidence", ())))


def _both(catalogue: Catalogue, item: Item) -> Iterator[tuple[Finding, ...]]:
    """By the rule alone, and as the product checks an item, with the facts it derives."""
    yield evaluate(catalogue, item, Gate.CHECK)
    yield check(catalogue, item, gate=Gate.CHECK, sender={})


def _fires(rule: Rule, findings: tuple[Finding, ...]) -> bool:
    return any(finding.rule == rule.id for finding in findings)


# --- coverage


def _fired(settings: Settings) -> dict[str, Fired] | None:
    """What has fired in this home; None when nobody has made one yet: looking makes none."""
    if settings.database_url is None and not settings.sqlite_path().exists():
        return None
    database = open_database(settings.database())
    try:
        with database.read() as connection:
            return last_fired(connection)
    finally:
        database.close()


def _covered(rule: Rule, fired: Mapping[str, Fired]) -> dict[str, Any]:
    last = fired.get(rule.id)
    return {
        "rule": rule.id,
        "violating": len(rule.examples.violating),
        "clean": len(rule.examples.clean),
        "detectors": list(rule.detect.detectors),
        "suspects": list(rule.detect.suspects),
        "last_fired": last.last_at.isoformat() if last else None,
        "versions": last.versions if last else 0,
    }
