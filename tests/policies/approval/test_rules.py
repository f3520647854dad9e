"""What the rules of a policy add up to: every rule that matches asks for more, never for less."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policies.actions import ActionKind, Risk
from policies.approval.rules import ROLES, ApprovalRule, ClosedPolicy, Requirement, days_to_decide, requirement
from policies.approval.seats import Vote, advances, is_met, seat
from policies.kinds import KINDS
from policies.records import Channel


class Item(NamedTuple):
    kind: ActionKind = ActionKind.NURTURE_EMAIL
    risk: Risk = Risk.LOW
    channel: Channel = Channel.EMAIL
    states: tuple[str, ...] | None = None
    money_usd: float = 0.0


def rule(*kinds: str, **more: Any) -> ApprovalRule:
    return ApprovalRule.model_validate({"kinds": kinds or ["nurture_email"], **more})


def votes(**people: str) -> list[Vote]:
    return [Vote(name, name, tuple(roles.split())) for name, roles in people.items()]


def asked(needed: Requirement) -> dict[tuple[str, ...], int]:
    return {review.roles: review.people for review in needed.reviews}


PARALLEL = rule(reviews=[{"roles": ["marketing"]}, {"roles": ["compliance"]}, {"roles": ["clinical_reviewer"]}])


def test_parallel_reviews_must_all_be_met_each_by_another_person() -> None:
    needed = requirement([PARALLEL], Item())

    assert needed.people == 3
    assert is_met(needed, votes(a="marketing", b="compliance", c="clinical_reviewer"), authors=())
    assert not is_met(needed, votes(a="marketing compliance clinical_reviewer", b="compliance"), authors=())
    assert not is_met(needed, votes(a="marketing", b="marketing", c="clinical_reviewer"), authors=())


def test_a_person_with_two_roles_takes_the_seat_the_others_cannot_take() -> None:
    needed = requirement([rule(reviews=[{"roles": ["marketing"]}, {"roles": ["compliance"]}])], Item())

    both_first = votes(a="compliance marketing", b="compliance")
    seated = {one.review.roles[0]: [vote.by for vote in one.votes] for one in seat(needed, both_first, authors=())}

    assert seated == {"marketing": ["a"], "compliance": ["b"]}


@pytest.mark.parametrize(
    ("narrowed", "item", "matches"),
    [
        ({"risks": ["high"]}, Item(risk=Risk.HIGH), True),
        ({"risks": ["high"]}, Item(risk=Risk.LOW), False),
        ({"channels": ["youtube"]}, Item(), False),
        ({"min_usd": 5000}, Item(money_usd=4999.99), False),
        ({"min_usd": 5000}, Item(money_usd=5000), True),
        ({"min_usd": 5000}, Item(money_usd=-6000), True),
        ({"states": ["TX"]}, Item(states=("FL", "TX")), True),
        ({"states": ["TX"]}, Item(states=("FL",)), False),
        ({"states": ["TX"]}, Item(states=None), True),
        ({"states": ["TX"]}, Item(states=()), True),
    ],
)
def test_a_narrowed_rule_adds_its_reviews_where_it_matches(narrowed: dict[str, Any], item: Item, matches: bool) -> None:
    rules = [rule(roles=["marketing"]), rule(roles=["compliance"], **narrowed)]

    assert requirement(rules, item).people == (2 if matches else 1)


def test_over_a_sum_an_administrator_must_be_one_of_the_two() -> None:
    rules = [
        rule("budget_shift", roles=["marketing", "admin"], four_eyes=True),
        rule("budget_shift", roles=["admin"], min_usd=5000),
    ]
    small, large = (requirement(rules, Item(ActionKind.BUDGET_SHIFT, money_usd=usd)) for usd in (400, 5000))

    assert asked(small) == {("marketing", "admin"): 2}
    assert asked(large) == {("admin",): 1, ("marketing", "admin"): 1}
    assert is_met(small, votes(a="marketing", b="marketing"), authors=())
    assert not is_met(large, votes(a="marketing", b="marketing"), authors=())
    assert is_met(large, votes(a="marketing", b="marketing admin"), authors=())


@pytest.mark.parametrize("rules", [[], [rule("suppression", roles=["marketing"])], [rule(roles=["marketing"], risks=["high"])]])
def test_what_no_rule_matches_is_approved_by_nobody(rules: list[ApprovalRule]) -> None:
    with pytest.raises(ClosedPolicy):
        requirement(rules, Item())


@pytest.mark.parametrize("kind", [kind for kind in ActionKind if KINDS[kind].four_eyes])
def test_a_kind_of_four_eyes_needs_two_people_whatever_the_rule_says(kind: ActionKind) -> None:
    assert requirement([rule(kind, roles=["marketing"])], Item(kind)) == Requirement(
        reviews=({"roles": ("marketing",), "people": 2},),  # type: ignore[arg-type]
        four_eyes=True,
    )
    with pytest.raises(ClosedPolicy, match="four_eyes: true"):
        requirement([rule(kind, roles=["marketing"], risks=["low"])], Item(kind))


def test_the_shortest_times_of_the_rules_hold_and_a_kind_keeps_its_own_without_one() -> None:
    rules = [
        rule(roles=["marketing"], sla_hours=48, expires_days=20),
        rule(roles=["compliance"], risks=["high"], sla_hours=4, expires_days=3),
    ]

    low, high = requirement(rules, Item()), requirement(rules, Item(risk=Risk.HIGH))

    assert (low.sla_hours, low.expires_days, high.sla_hours, high.expires_days) == (48, 20, 4, 3)
    assert days_to_decide(rules, Item(risk=Risk.HIGH)) == 3
    assert days_to_decide([], Item()) == KINDS[ActionKind.NURTURE_EMAIL].expires_days


def test_a_deputy_uses_one_authority_once_and_never_that_of_an_author() -> None:
    needed = requirement([rule(roles=["marketing"], four_eyes=True)], Item())
    own, lent, again = Vote("a", "a", ("marketing",)), Vote("d", "a", ("marketing",)), Vote("e", "a", ("marketing",))

    assert not is_met(needed, [own, lent], authors=())
    assert not is_met(needed, [lent, again], authors=())
    assert not is_met(needed, [lent, Vote("b", "b", ("marketing",))], authors=("a",))
    assert not is_met(needed, [lent, Vote("b", "b", ("marketing",))], authors=("d",))
    assert is_met(needed, [lent, Vote("b", "b", ("marketing",))], authors=())


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "either roles"),
        ({"roles": ["marketing"], "reviews": [{"roles": ["compliance"]}]}, "either roles"),
        ({"reviews": [{"roles": []}]}, "reviews.0.roles"),
        ({"reviews": [{"roles": ["marketing"], "people": 0}]}, "reviews.0.people"),
        ({"roles": ["marketing"], "states": ["Texas"]}, "USPS"),
        ({"roles": ["marketing"], "risk": ["high"]}, "risk"),
        ({"roles": ["marketing"], "sla_hours": 0}, "sla_hours"),
    ],
)
def test_a_rule_that_says_nothing_clear_is_refused(body: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        rule(**body)


# --- properties

KINDS_TESTED = (ActionKind.NURTURE_EMAIL, ActionKind.VIDEO_METADATA)  # one of them needs four eyes by itself
roles = st.lists(st.sampled_from(ROLES[:4]), min_size=1, max_size=3, unique=True)
reviews = st.lists(st.fixed_dictionaries({"roles": roles, "people": st.integers(1, 2)}), min_size=1, max_size=2)
a_rule = st.builds(
    lambda reviews, four_eyes, risks, usd: rule(*KINDS_TESTED, reviews=reviews, four_eyes=four_eyes, risks=risks, min_usd=usd),
    reviews,
    st.booleans(),
    st.lists(st.sampled_from(list(Risk)), max_size=2),
    st.none() | st.integers(1, 10).map(float),
)
policies = st.lists(a_rule, min_size=1, max_size=4)
items = st.builds(Item, st.sampled_from(KINDS_TESTED), st.sampled_from(list(Risk)), money_usd=st.integers(0, 10).map(float))
people = st.dictionaries(st.sampled_from("abcdefgh"), roles, max_size=8).map(
    lambda found: [Vote(name, name, tuple(held)) for name, held in found.items()]
)


def needed_by(rules: list[ApprovalRule], item: Item) -> Requirement | None:
    try:
        return requirement(rules, item)
    except ClosedPolicy:
        return None


@given(policies, items, people, st.randoms(use_true_random=False))
def test_neither_the_order_of_rules_nor_that_of_decisions_matters(rules: Any, item: Item, given_: list[Vote], chance: Any) -> None:
    other_rules, other_votes = rules[:], given_[:]
    chance.shuffle(other_rules)
    chance.shuffle(other_votes)

    needed = needed_by(rules, item)

    assert needed == needed_by(other_rules, item)
    if needed is not None:
        assert seat(needed, given_, authors=("a",)) == seat(needed, other_votes, authors=("a",))


@given(policies, a_rule, items, people)
def test_one_more_rule_never_makes_approval_easier(rules: list[ApprovalRule], more: ApprovalRule, item: Item, given_: list[Vote]) -> None:
    before, after = needed_by(rules, item), needed_by([*rules, more], item)

    if before is not None:
        assert after is not None
        assert after.people >= before.people
        assert is_met(before, given_, authors=("a",)) or not is_met(after, given_, authors=("a",))


@given(policies, items, people)
def test_under_four_eyes_no_author_ever_sits_and_two_people_always_do(rules: Any, item: Item, given_: list[Vote]) -> None:
    needed = needed_by(rules, item)

    if needed is not None and needed.four_eyes:
        assert needed.people >= 2
        assert all(vote.by not in {"a", "b"} for one in seat(needed, given_, authors=("a", "b")) for vote in one.votes)


@given(policies, items, people)
def test_nobody_sits_twice_and_only_in_their_role(rules: Any, item: Item, given_: list[Vote]) -> None:
    needed = needed_by(rules, item)

    if needed is not None:
        seated = seat(needed, given_, authors=())
        assert len([vote.by for one in seated for vote in one.votes]) == len({vote.by for one in seated for vote in one.votes})
        assert all(set(vote.roles) & set(one.review.roles) for one in seated for vote in one.votes)
        assert all(one.missing >= 0 for one in seated)


@given(policies, items, people)
def test_a_vote_advances_exactly_when_it_fills_a_seat(rules: Any, item: Item, given_: list[Vote]) -> None:
    needed = needed_by(rules, item)

    if needed is not None and given_:
        *rest, last = given_
        filled = [sum(len(one.votes) for one in seat(needed, part, authors=())) for part in (rest, given_)]
        assert advances(needed, rest, last, authors=()) is (filled[1] > filled[0])


doubted = st.lists(
    st.tuples(roles, st.frozensets(st.sampled_from("abcdefxy"), max_size=2), st.sampled_from((None, "x", "y"))), min_size=1, max_size=6
).map(
    lambda found: [
        Vote(name, principal or name, tuple(held), behind - {name})
        for name, (held, behind, principal) in zip("abcdef", found, strict=False)
    ]
)


@given(policies, items, doubted, st.randoms(use_true_random=False))
def test_votes_of_one_hand_are_one_in_any_order_and_one_more_never_takes_a_seat_away(
    rules: Any, item: Item, given_: list[Vote], chance: Any
) -> None:
    needed = needed_by(rules, item)
    if needed is None:
        return
    mixed = given_[:]
    chance.shuffle(mixed)

    seated = seat(needed, given_, authors=("b",))

    assert seated == seat(needed, mixed, authors=("b",))
    sitting = [vote for one in seated for vote in one.votes]
    assert not any(one.is_one_with(other) for place, one in enumerate(sitting) for other in sitting[place + 1 :])
    fewer = seat(needed, given_[:-1], authors=("b",))
    assert sum(one.missing for one in seated) <= sum(one.missing for one in fewer)
