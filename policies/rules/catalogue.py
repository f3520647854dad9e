"""The rules in force, compiled once and indexed by what could make each fire. Knows nothing of files, items or how a rule fires."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from policies.actions import ItemKind
from policies.records import canonical_json
from policies.rules.detectors import DETECTORS
from policies.rules.detectors.shown import SHOWN
from policies.rules.limits import Limits
from policies.rules.patterns import Pattern, PatternSet, Span
from policies.rules.reader import Reader
from policies.rules.rule import EVERYWHERE, Condition, Operator, Platform, Rule, pattern_of
from policies.rules.text import Text

_PLATFORM = "PLATFORM-"

TRUE_WHEN_ABSENT = frozenset({Operator.NE, Operator.NOT_TRUE, Operator.MISSING, Operator.LACKS_ANY})

HELD_WHEN_UNKNOWN = frozenset({"recipient_local_hour", "radius_ft"})
"""Comparisons on these are false when the fact is absent, which would let an unknown hour or radius pass: they ask for evidence instead."""


class TakesBack(NamedTuple):
    """Expressions whose presence in the sentence of a hit, or anywhere in the item, makes it no hit."""

    patterns: tuple[Pattern, ...]
    whole_item: bool


class Trigger(NamedTuple):
    """One expression that makes a rule fire, and what takes a hit of it back. `number` is its place in the catalogue's pattern set.

    `any_of` are the evidence keys that clear this trigger. `says` is what a detector takes the words to say. `itself`: the words are what may not
    be there, whatever is said about them.
    """

    number: int
    pattern: Pattern
    taken_back_by: tuple["TakesBack", ...]
    any_of: tuple[str, ...]
    accepts: Callable[[Text, Span], bool] | None = None
    suspects: bool = False
    says: str = ""
    itself: bool = False


@dataclass(frozen=True)
class CompiledRule:
    """A rule ready to run. `states`, `platforms` empty and `everywhere` True = no limit of place."""

    rule: Rule
    triggers: tuple[Trigger, ...]
    everywhere: bool
    states: frozenset[str]
    platforms: frozenset[Platform]

    @classmethod
    def of(cls, rule: Rule, numbers: dict[str, int]) -> "CompiledRule":
        """`numbers` gives every distinct pattern its place; a new pattern gets the next."""
        codes = rule.jurisdiction.split(",")
        return cls(
            rule=rule,
            triggers=tuple(_triggers(rule, numbers)),
            everywhere=bool(EVERYWHERE.intersection(codes)),
            states=frozenset(code.removeprefix("US-") for code in codes if code.startswith("US-") and code not in EVERYWHERE),
            platforms=frozenset(Platform(code.removeprefix(_PLATFORM)) for code in codes if code.startswith(_PLATFORM)),
        )


def _triggers(rule: Rule, numbers: dict[str, int]) -> Iterator[Trigger]:
    detect = rule.detect
    own = _taking_back(detect.patterns_none, whole_item=detect.none_scope == "item")
    own += _taking_back(detect.patterns_none_item, whole_item=True)
    for place, source in enumerate(detect.patterns_any):
        number = numbers.setdefault(source, len(numbers))
        yield Trigger(number, pattern_of(source), own, _keys(rule, place), itself=detect.finds_data)
    for names, suspects in ((detect.detectors, False), (detect.suspects, True)):
        for name in names:
            yield from (
                trigger._replace(taken_back_by=own + trigger.taken_back_by, any_of=_keys(rule, name), suspects=suspects)
                for trigger in _detecting(name, numbers)
            )


def _detecting(name: str, numbers: dict[str, int]) -> Iterator[Trigger]:
    detector = DETECTORS[name]
    taken_back_by = _taking_back(detector.unless, whole_item=False) + _taking_back(detector.unless_item, whole_item=True)
    for source in detector.finds:
        number = numbers.setdefault(source, len(numbers))
        yield Trigger(number, pattern_of(source), taken_back_by, (), detector.accepts, says=detector.says, itself=detector.itself)


def _taking_back(sources: tuple[str, ...], *, whole_item: bool) -> tuple[TakesBack, ...]:
    return (TakesBack(tuple(map(pattern_of, sources)), whole_item),) if sources else ()


def _keys(rule: Rule, trigger: int | str) -> tuple[str, ...]:
    """The keys of `any_of` that clear one trigger."""
    only = rule.cleared_by.only
    return tuple(key for key in rule.cleared_by.any_of if key not in only or trigger in only[key])


class ShownFacts(NamedTuple):
    """Facts an item states by its words."""

    triggers: tuple[Trigger, ...]
    facts: dict[str, Any]


@dataclass(frozen=True)
class RulesOfKind:
    """The rules for one kind of item, and which of them a text or a fact can wake. All others cannot fire, so they are not looked at."""

    rules: tuple[CompiledRule, ...]
    always: frozenset[int]
    by_fact: dict[str, tuple[int, ...]]
    by_pattern: dict[int, tuple[int, ...]]
    shown: tuple[ShownFacts, ...]
    patterns: PatternSet

    @classmethod
    def of(cls, rules: tuple[CompiledRule, ...], shown: tuple[ShownFacts, ...]) -> "RulesOfKind":
        woken = chain(*(one.triggers for one in rules), *(one.triggers for one in shown))
        always: set[int] = set()
        by_fact: dict[str, list[int]] = {}
        by_pattern: dict[int, list[int]] = {}
        for place, one in enumerate(rules):
            detect = one.rule.detect
            for trigger in one.triggers:
                by_pattern.setdefault(trigger.number, []).append(place)
            if detect.patterns_any:
                for field in detect.fields:
                    by_fact.setdefault(field, []).append(place)
            if not detect.reads_text:
                needed = next((condition.field for condition in detect.conditions_all if not _true_when_absent(condition)), None)
                if needed is None:
                    always.add(place)
                else:
                    by_fact.setdefault(needed, []).append(place)
        return cls(
            rules=rules,
            always=frozenset(always),
            by_fact={field: tuple(places) for field, places in by_fact.items()},
            by_pattern={number: tuple(places) for number, places in by_pattern.items()},
            shown=shown,
            patterns=PatternSet({trigger.number: trigger.pattern for trigger in woken}),
        )

    def awake(self, facts: Iterable[str], patterns: Iterable[int]) -> list[CompiledRule]:
        """The rules that may fire, in catalogue order."""
        places = set(self.always)
        for field in self.by_fact.keys() & facts:
            places.update(self.by_fact[field])
        for number in patterns:
            places.update(self.by_pattern.get(number, ()))
        return [self.rules[place] for place in sorted(places)]


def _true_when_absent(condition: Condition) -> bool:
    return condition.op in TRUE_WHEN_ABSENT or condition.field in HELD_WHEN_UNKNOWN


@dataclass(frozen=True)
class Catalogue:
    """Every rule in force. `pack` names exactly what was applied: it is stored beside each action version."""

    rules: tuple[CompiledRule, ...]
    limits: Limits
    version: str
    hash: str
    by_kind: dict[ItemKind, RulesOfKind]
    reader: Reader | None = None
    own: frozenset[str] = frozenset()
    """Ids of the rules a practice added itself."""
    not_in_force: int = 0
    """How many rules were left out because they are newer than the day asked about."""

    @property
    def pack(self) -> str:
        """ "<as_of>@<first 16 hex digits of the hash>", at most 80 characters."""
        return f"{self.version}@{self.hash[:16]}"

    @cached_property
    def _fields(self) -> dict[ItemKind, frozenset[str]]:
        """The facts that conditions of each kind's rules ask for."""
        return {
            kind: frozenset(condition.field for one in of.rules for condition in one.rule.detect.conditions_all)
            for kind, of in self.by_kind.items()
        }

    def reads(self, kind: ItemKind, fields: Collection[str]) -> bool:
        """Does any rule for items of `kind` ask for one of these facts?"""
        return not self._fields[kind].isdisjoint(fields)

    def rule(self, rule_id: str) -> Rule | None:
        return next((compiled.rule for compiled in self.rules if compiled.rule.id == rule_id), None)


def refuse_repeated(rules: Iterable[Rule]) -> None:
    """Raises ValueError when two rules share an id, in force or not: the second could be taken for the first."""
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise ValueError(f"rule {rule.id} is defined twice: ids are stable and unique, rename the newer one")
        seen.add(rule.id)


def catalogue_of(rules: tuple[Rule, ...], limits: Limits, reader: Reader | None = None) -> Catalogue:
    """The compiled catalogue; its hash covers every word of the rules, the limits and the reader's weights. Raises ValueError on a repeated id."""
    refuse_repeated(rules)
    numbers: dict[str, int] = {}
    compiled = tuple(CompiledRule.of(rule, numbers) for rule in rules)
    shown = [(one, ShownFacts(tuple(_detecting(one.detector, numbers)), one.facts)) for one in SHOWN]
    by_kind = {
        kind: RulesOfKind.of(
            tuple(one for one in compiled if kind in one.rule.applies_to), tuple(facts for one, facts in shown if kind in one.kinds)
        )
        for kind in ItemKind
    }
    body = {
        "rules": [rule.model_dump(mode="json") for rule in rules],
        "limits": limits.model_dump(mode="json"),
        "reader": reader and reader.digest,
    }
    return Catalogue(
        rules=compiled,
        limits=limits,
        version=max((rule.as_of for rule in rules), default="empty"),
        hash=hashlib.sha256(canonical_json(body).encode()).hexdigest(),
        by_kind=by_kind,
        reader=reader,
    )
