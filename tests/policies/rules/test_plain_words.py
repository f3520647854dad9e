"""What a finding tells people: why in one plain sentence, and a rewrite that is itself clean."""

import pytest

from policies.actions import Gate, Item, ItemKind
from policies.check import check
from policies.rules.rule import Rule
from tools.packs.rules import load_catalogue

RULES = [one.rule for one in load_catalogue().rules]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_why_in_one_plain_sentence(rule: Rule) -> None:
    assert 20 <= len(rule.why) <= 170
    assert rule.why[-1] == "."
    assert ". " not in rule.why


@pytest.mark.parametrize(
    ("rule", "kind"),
    [(rule, kind) for rule in RULES if rule.rewrite for kind in rule.applies_to],
    ids=lambda value: getattr(value, "id", value),
)
def test_a_rewrite_is_clean_in_every_state_and_for_the_second_reader(rule: Rule, kind: ItemKind) -> None:
    findings = check(load_catalogue(), Item(kind=kind, text=rule.rewrite), gate=Gate.CHECK, sender={})

    assert [finding.rule for finding in findings if finding.quote] == []
