"""The lint of a policy: what is closed is named, what hangs on one person too, and a sound policy has nothing to hear."""

from typing import Any

import pytest

from policies.actions import ActionKind
from policies.approval.lint import Report, Somebody, StandsIn, lint
from policies.approval.rules import ApprovalPolicy, Role
from tests.timing import seconds

ALL = [kind.value for kind in ActionKind]
CEILINGS = {"spend_usd_per_day": 1, "spend_usd_per_30_days": 1, "emails_per_day": 1, "emails_per_lead_per_7_days": 1}
PEOPLE: dict[str, tuple[Role, ...]] = {
    "ana": ("marketing",),
    "ben": ("marketing",),
    "cid": ("marketing",),
    "dot": ("compliance",),
    "eve": ("compliance",),
    "fay": ("compliance", "clinical_reviewer"),
}
SOUND = [{"kinds": ALL, "roles": ["marketing"], "four_eyes": True}]


def of(rules: list[dict[str, Any]], *, away: tuple[str, ...] = (), people: dict[str, tuple[Role, ...]] = PEOPLE, **more: Any) -> Report:
    policy = ApprovalPolicy.model_validate({"rules": rules, "ceilings": more.pop("ceilings", CEILINGS)})
    found = [Somebody(name, name.title(), roles, name in away) for name, roles in people.items()]
    return lint(policy, found, states=["TX", "FL"], **more)


def closed(found: Report) -> list[str]:
    return [problem.what for problem in found.problems if problem.level == "closed"]


def notes(found: Report) -> str:
    return "; ".join(problem.what for problem in found.problems if problem.level == "note")


def test_a_sound_policy_has_nothing_to_hear() -> None:
    found = of(SOUND)

    assert found.problems == ()
    assert not found.is_closed
    assert {line.variants[0].who for line in found.kinds} == {"2 people of marketing, none of whom wrote or edited it"}


def test_a_kind_no_rule_names_is_closed() -> None:
    found = of([{"kinds": [kind for kind in ALL if kind != "suppression"], "roles": ["marketing"], "four_eyes": True}])

    assert closed(found) == ["Stop emailing: nobody may approve it, no rule names it under approval_policy in practice.yaml"]
    assert [line.variants[0].who for line in found.kinds if line.kind is ActionKind.SUPPRESSION] == [""]


def test_a_review_nobody_can_give_is_closed() -> None:
    found = of([*SOUND, {"kinds": ["suppression"], "reviews": [{"roles": ["compliance"], "people": 4}]}])

    assert any("Stop emailing: it needs" in one and "has not the people" in one for one in closed(found))


@pytest.mark.parametrize(
    ("deputies", "is_closed"),
    [((), True), ((StandsIn("fay", "dot"),), False), ((StandsIn("fay", "dot", (ActionKind.PLAN_BUDGET,)),), True)],
)
def test_who_is_away_closes_what_only_they_can_do_unless_somebody_stands_in(deputies: tuple[StandsIn, ...], is_closed: bool) -> None:
    rules = [*SOUND, {"kinds": ["suppression"], "roles": ["clinical_reviewer"]}]

    found = of(rules, away=("fay",), deputies=deputies)

    assert found.is_closed is is_closed


@pytest.mark.parametrize("away", [("fay", "eve"), ("fay", "eve", "ana")])
def test_a_deputy_of_several_is_one_person_with_any_of_their_authorities(away: tuple[str, ...]) -> None:
    deputies = (StandsIn("fay", "ana"), StandsIn("eve", "ana"))
    lent = [*SOUND, {"kinds": ["suppression"], "roles": ["clinical_reviewer"]}]
    two = [*SOUND, {"kinds": ["suppression"], "reviews": [{"roles": ["clinical_reviewer"]}, {"roles": ["compliance"], "people": 2}]}]

    assert not of(lent, away=away, deputies=deputies).is_closed
    assert of(two, away=away, deputies=deputies).is_closed  # ana sits once; dot is the only other one


def test_many_absences_are_weighed_in_no_time() -> None:
    people: dict[str, tuple[Role, ...]] = {f"p{number:02}": ("marketing", "compliance") for number in range(60)}
    away = tuple(sorted(people))[:33]
    deputies = tuple(StandsIn(name, f"p{number % 3:02}") for number, name in enumerate(away) if number >= 3)

    assert seconds(lambda: of(SOUND, people=people, away=away, deputies=deputies), runs=1) < 5


def test_a_pair_that_hangs_on_one_person_is_said() -> None:
    found = of(SOUND, people={"ana": ("marketing",), "ben": ("marketing",)})

    assert not found.is_closed
    assert "without Ana or Ben it is closed" in notes(found)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"kinds": ["suppression"], "roles": ["compliance"], "states": ["CA"]}, "CA, where the practice has no location"),
        ({"kinds": [], "roles": ["compliance"]}, "names no kind"),
        (SOUND[0], "stands twice"),
        ({"kinds": ["suppression"], "roles": ["compliance", "privacy_officer"]}, "privacy officer, a role nobody has"),
    ],
)
def test_a_rule_that_does_nothing_is_named(rule: dict[str, Any], told: str) -> None:
    found = of([*SOUND, rule])

    assert told in notes(found)
    assert not found.is_closed


def test_a_case_no_rule_covers_is_named_by_what_the_rules_look_at() -> None:
    rules = [{"kinds": ALL, "roles": ["marketing"], "four_eyes": True, "risks": ["low", "medium"]}]

    found = of(
        [*rules, {"kinds": [kind for kind in ALL if kind != "suppression"], "roles": ["marketing"], "four_eyes": True, "risks": ["high"]}]
    )

    assert "Stop emailing: nobody may approve it when it is high risk" in notes(found)


@pytest.mark.parametrize(
    ("lent", "told"),
    [
        (StandsIn("fay", "ana"), "no clinical reviewer, stands in for Fay"),
        (StandsIn("zoe", "ana"), "nothing to lend"),
        (StandsIn("dot", "zoe"), "nothing to lend"),
    ],
)
def test_a_deputy_who_should_not_be_one_is_named(lent: StandsIn, told: str) -> None:
    assert told in notes(of([*SOUND, {"kinds": ["suppression"], "roles": ["clinical_reviewer", "compliance"]}], deputies=[lent]))


def test_missing_ceilings_and_a_person_with_every_role_are_said() -> None:
    people: dict[str, tuple[Role, ...]] = {**PEOPLE, "max": ("marketing", "compliance", "clinical_reviewer")}
    rules = [*SOUND, {"kinds": ["suppression"], "roles": ["compliance"]}, {"kinds": ["suppression"], "roles": ["clinical_reviewer"]}]

    found = of(rules, people=people, ceilings={"emails_per_day": 5})

    assert "no ceiling: spend_usd_per_day, spend_usd_per_30_days, emails_per_lead_per_7_days" in notes(found)
    assert "Max has every role" in notes(found)


def test_who_must_approve_is_said_for_every_case_the_rules_name() -> None:
    rules = [*SOUND, {"kinds": ["budget_shift"], "roles": ["compliance"], "min_usd": 5000, "sla_hours": 8}]

    (line,) = [line for line in of(rules).kinds if line.kind is ActionKind.BUDGET_SHIFT]

    assert [(one.when, one.who, one.sla_hours) for one in line.variants] == [
        ("otherwise", "2 people of marketing, none of whom wrote or edited it", None),
        ("$5,000 or more", "2 people of marketing and compliance, each another person, none of whom wrote or edited it", 8),
    ]
