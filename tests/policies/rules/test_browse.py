"""The catalogue as people browse it: chosen by law, state, kind and words, and every rule sayable in plain words."""

from functools import cache

import pytest

from policies.actions import ItemKind, Severity
from policies.rules import browse
from policies.rules.browse import Asked
from policies.rules.catalogue import Catalogue
from policies.rules.evidence import may_record
from policies.rules.rule import STATES, Condition, Family, Operator, Rule
from tools.packs.rules import load_catalogue


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


def chosen(**asked: object) -> tuple[Rule, ...]:
    return browse.chosen(catalogue(), Asked(**asked))  # type: ignore[arg-type]


def test_every_state_has_a_name() -> None:
    assert set(browse.STATE_NAMES) == STATES
    assert len(set(browse.STATE_NAMES.values())) == len(STATES)


def test_asking_for_nothing_gives_everything_in_order() -> None:
    assert [rule.id for rule in chosen()] == [one.rule.id for one in catalogue().rules]


@pytest.mark.parametrize("family", Family)
def test_the_families_share_the_catalogue_among_them(family: Family) -> None:
    found = chosen(family=family)

    assert found
    assert {rule.family for rule in found} == {family}


def test_a_state_gives_the_rules_that_name_it_and_not_those_of_everywhere() -> None:
    for state in browse.states_of(catalogue()):
        found = chosen(state=state)

        assert found
        assert all(f"US-{state}" in rule.jurisdiction.split(",") for rule in found)


def test_kind_and_severity_narrow_together() -> None:
    found = chosen(kind=ItemKind.EMAIL, severity=Severity.BLOCK)

    assert found
    assert all(ItemKind.EMAIL in rule.applies_to and rule.severity is Severity.BLOCK for rule in found)
    assert len(found) < len(chosen(kind=ItemKind.EMAIL)) < len(catalogue().rules)


def test_words_are_found_in_any_case_and_all_of_them_must_be_there() -> None:
    rule = catalogue().rules[0].rule

    assert rule in chosen(words=f"{rule.id.lower()}  {rule.citation.upper()}")
    assert chosen(words=f"{rule.id} nowhere-to-be-found") == ()


def test_an_unknown_id_is_answered_with_the_ids_most_like_it() -> None:
    for one in catalogue().rules[:20]:
        assert one.rule.id in browse.not_there(catalogue(), one.rule.id.lower()[:-1])


def test_an_unknown_id_that_is_no_id_is_not_repeated() -> None:
    said = browse.not_there(catalogue(), "Jane Roe, 303-555-0142")

    assert said.startswith("there is no rule of that id")
    assert "Jane" not in said


def test_every_key_leads_back_to_the_rules_it_clears() -> None:
    clears = browse.cleared_by(catalogue())

    for one in catalogue().rules:
        keys = {proof.key for proof in browse.proofs(one.rule)}
        assert keys == {key for key, ids in clears.items() if one.rule.id in ids}


@pytest.mark.parametrize("rule", [one.rule for one in catalogue().rules], ids=lambda rule: rule.id)
def test_every_rule_can_be_said(rule: Rule) -> None:
    assert all(browse.places(rule))
    assert all(sign.says for sign in browse.signs(rule))
    assert all(proof.may_record == may_record(proof.key) for proof in browse.proofs(rule))
    assert all("{" not in browse.said(condition) for condition in rule.detect.conditions_all)


@pytest.mark.parametrize(
    ("operator", "value", "said"),
    [
        (Operator.EQ, "marketing", "is marketing"),
        (Operator.NE, True, "is not true, or is not known"),
        (Operator.IN, ["a", "b", "c"], "is a, b or c"),
        (Operator.IS_TRUE, None, "is true"),
        (Operator.NOT_TRUE, None, "is not true, or is not known"),
        (Operator.LT, 11, "is less than 11"),
        (Operator.LACKS_ANY, ["name"], "lacks one of name, or is not known"),
    ],
)
def test_a_condition_is_said_with_what_an_absent_fact_means(operator: Operator, value: object, said: str) -> None:
    assert browse.said(Condition(field="fact", op=operator, value=value)) == said


def test_every_operator_has_words() -> None:
    lists = {Operator.IN, Operator.NOT_IN, Operator.HAS_OUTSIDE, Operator.LACKS_ANY}
    numbers = {Operator.GT, Operator.GTE, Operator.LT, Operator.LTE}
    values: dict[Operator, object] = {**{key: ["a"] for key in lists}, **dict.fromkeys(numbers, 1), Operator.EQ: "a", Operator.NE: "a"}

    for operator in Operator:
        assert browse.said(Condition(field="fact", op=operator, value=values.get(operator)))
