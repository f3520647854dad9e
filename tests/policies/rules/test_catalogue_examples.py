"""Every example of the catalogue is a test: the violating ones fire their rule, the clean ones do not."""

from functools import cache

import pytest

from policies.actions import Finding, Gate, Item
from policies.check import check
from policies.rules.catalogue import Catalogue
from policies.rules.engine import evaluate
from policies.rules.rule import Example, Rule
from tools.packs.rules import load_catalogue


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


def examples(kind: str) -> list[object]:
    return [
        pytest.param(one.rule, example, id=f"{one.rule.id}-{number}")
        for one in catalogue().rules
        for number, example in enumerate(getattr(one.rule.examples, kind))
    ]


def items_of(rule: Rule, example: Example) -> list[Item]:
    """The example as every kind of item the rule applies to, in an unknown state."""
    facts = {key: value for key, value in example.context.items() if key != "evidence"}
    evidence = tuple(example.context.get("evidence", ()))
    return [Item(kind=kind, text=example.text, facts=facts, evidence=evidence) for kind in rule.applies_to]


def of_rule(rule: Rule, findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.rule == rule.id]


@pytest.mark.parametrize(("rule", "example"), examples("violating"))
def test_a_violating_example_fires_its_rule(rule: Rule, example: Example) -> None:
    for item in items_of(rule, example):
        for findings in (evaluate(catalogue(), item, Gate.CHECK), check(catalogue(), item, gate=Gate.CHECK, sender={})):
            (finding,) = of_rule(rule, findings)

            assert finding.severity is rule.severity
            assert finding.citation == rule.citation
            assert finding.mend == rule.suggested_fix
            assert finding.family == rule.family
            assert finding.start is None or item.text[finding.start : finding.end] == finding.quote


@pytest.mark.parametrize(("rule", "example"), examples("clean"))
def test_a_clean_example_does_not_fire_its_rule(rule: Rule, example: Example) -> None:
    for item in items_of(rule, example):
        assert of_rule(rule, evaluate(catalogue(), item, Gate.CHECK)) == []


def test_the_examples_are_all_there() -> None:
    assert len(catalogue().rules) == 163
    assert len(examples("violating")) + len(examples("clean")) >= 436
