"""Who must approve what: the rules a practice writes, and the one requirement they add up to for one item. Knows no person and no clock.

Every rule that matches an item adds its reviews, and all of them must be met, by different people: a further rule can only ask for more.
A kind that no rule matches has no requirement, and what has none is approved by nobody.
"""

from collections.abc import Iterable
from typing import Literal, Protocol, Self, get_args

from pydantic import Field, field_validator, model_validator

from policies.actions import ActionKind, Risk
from policies.kinds import KINDS
from policies.records import Channel, Record

Role = Literal["marketing", "compliance", "clinical_reviewer", "sales", "privacy_officer", "admin", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)
"""In the order in which they are said."""


class ClosedPolicy(ValueError):
    """The policy lets nobody approve this item; the message says what to write."""


class Subject(Protocol):
    """What a rule may look at: an action or a proposal. `states` None or empty = unknown, which every state's rule matches."""

    @property
    def kind(self) -> ActionKind: ...
    @property
    def risk(self) -> Risk: ...
    @property
    def channel(self) -> Channel: ...
    @property
    def states(self) -> tuple[str, ...] | None: ...
    @property
    def money_usd(self) -> float: ...


class Review(Record):
    """`people` different people, each with one of `roles`."""

    roles: tuple[Role, ...] = Field(min_length=1)
    people: int = Field(1, ge=1)


class ApprovalRule(Record):
    """Who must agree to these kinds. `risks`, `channels`, `states` and `min_usd` narrow it; empty = all.

    `reviews` are asked for at the same time, not one after the other; `roles` is the short form of a single review by one person. Under
    `four_eyes` nobody who wrote or edited the text counts, and two different people of the rule must agree.
    """

    kinds: tuple[ActionKind, ...]
    risks: tuple[Risk, ...] = ()
    channels: tuple[Channel, ...] = ()
    states: tuple[str, ...] = ()
    min_usd: float | None = Field(None, ge=0)
    roles: tuple[Role, ...] = ()
    reviews: tuple[Review, ...] = ()
    four_eyes: bool = False
    sla_hours: float | None = Field(None, gt=0, le=24 * 90)
    expires_days: int | None = Field(None, ge=1, le=90)

    @field_validator("roles")
    @classmethod
    def _somebody(cls, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        if not roles:
            raise ValueError("an empty list lets nobody approve: name a role, or leave the key out and write reviews")
        return roles

    @field_validator("states")
    @classmethod
    def _codes(cls, states: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [state for state in states if len(state) != 2 or not state.isalpha() or not state.isupper()]:
            raise ValueError(f"{wrong[0][:12]} is not a state: write USPS codes such as TX")
        return states

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if bool(self.roles) == bool(self.reviews):
            raise ValueError("write either roles (one review) or reviews (several at the same time)")
        return self

    @property
    def asked(self) -> tuple[Review, ...]:
        return self.reviews or (Review(roles=self.roles),)

    @property
    def is_general(self) -> bool:
        """It applies to every item of its kinds."""
        return not (self.risks or self.channels or self.states or self.min_usd)

    def matches(self, subject: Subject) -> bool:
        return (
            subject.kind in self.kinds
            and (not self.risks or subject.risk in self.risks)
            and (not self.channels or subject.channel in self.channels)
            and (not self.states or not subject.states or not set(self.states).isdisjoint(subject.states))
            and (self.min_usd is None or abs(subject.money_usd) >= self.min_usd)
        )


class Ceilings(Record):
    """What may leave in a time, whoever approved it. None = no ceiling of this kind. Days begin at midnight in the practice's time zone."""

    spend_usd_per_day: float | None = Field(None, ge=0)
    spend_usd_per_30_days: float | None = Field(None, ge=0)
    emails_per_day: int | None = Field(None, ge=0)
    emails_per_lead_per_7_days: int | None = Field(None, ge=0)


class ApprovalPolicy(Record):
    """A kind no rule names cannot be approved: fail closed."""

    rules: tuple[ApprovalRule, ...]
    hold_seconds: int = Field(0, ge=0, le=86_400)
    ceilings: Ceilings = Ceilings()


class Requirement(Record):
    """What one item needs: every one of `reviews`, each seat by another person. Under `four_eyes` its authors do not count."""

    reviews: tuple[Review, ...]
    four_eyes: bool = False
    sla_hours: float | None = None
    expires_days: int | None = None

    @property
    def people(self) -> int:
        """How many different people must agree."""
        return sum(review.people for review in self.reviews)

    @property
    def roles(self) -> tuple[Role, ...]:
        """Every role that counts towards it."""
        return _in_order(role for review in self.reviews for role in review.roles)


def requirement(rules: Iterable[ApprovalRule], subject: Subject) -> Requirement:
    """The union of every rule that matches `subject`, whatever their order. Raises ClosedPolicy when nothing allows it.

    Two rules that ask for the same roles ask once, for the larger number. A kind that needs four eyes by `policies.kinds` makes every
    general rule a four-eyes rule; where only narrowed rules match, one of them must ask for two people itself.
    """
    rules = tuple(rules)
    matching = [rule for rule in rules if rule.matches(subject)]
    if not matching:
        named = any(subject.kind in rule.kinds for rule in rules)
        found = "the rules that name it leave this case out" if named else "no rule names it"
        raise ClosedPolicy(f"{found} under approval_policy in practice.yaml; add a rule")
    by_kind = KINDS[subject.kind].four_eyes
    pairs = [rule for rule in matching if rule.four_eyes or (by_kind and rule.is_general)]
    if by_kind and not any(rule in pairs or sum(one.people for one in rule.asked) > 1 for rule in matching):
        raise ClosedPolicy("it needs two people, and no rule that applies here asks for two: write four_eyes: true in practice.yaml")
    seats: dict[tuple[Role, ...], int] = {}
    for rule in matching:
        for roles, people in _seats(rule).items():
            seats[roles] = max(seats.get(roles, 0), people)
    # The narrowest first: a second pair of eyes that a narrow rule adds also serves the wide one around it.
    for roles in sorted({_in_order(_named(rule)) for rule in pairs}, key=_narrow_first):
        inside = sum(people for key, people in seats.items() if set(key) <= set(roles))
        if inside < 2:
            seats[roles] += 2 - inside
    slas = [rule.sla_hours for rule in matching if rule.sla_hours is not None]
    terms = [rule.expires_days for rule in matching if rule.expires_days is not None]
    return Requirement(
        reviews=tuple(Review(roles=roles, people=seats[roles]) for roles in sorted(seats, key=_narrow_first)),
        four_eyes=bool(pairs) or by_kind,
        sla_hours=min(slas, default=None),
        expires_days=min(terms, default=None),
    )


def days_to_decide(rules: Iterable[ApprovalRule], subject: Subject) -> int:
    """How many days an item may wait before it expires: the shortest of the rules that match, else its kind's own."""
    terms = [rule.expires_days for rule in rules if rule.expires_days is not None and rule.matches(subject)]
    return min(terms, default=KINDS[subject.kind].expires_days)


def _seats(rule: ApprovalRule) -> dict[tuple[Role, ...], int]:
    """How many people one rule asks for, by the roles that will do: the same roles twice are two people."""
    asked: dict[tuple[Role, ...], int] = {}
    for review in rule.asked:
        roles = _in_order(review.roles)
        asked[roles] = asked.get(roles, 0) + review.people
    return asked


def _named(rule: ApprovalRule) -> tuple[Role, ...]:
    return tuple(role for review in rule.asked for role in review.roles)


def _in_order(roles: Iterable[Role]) -> tuple[Role, ...]:
    return tuple(sorted(set(roles), key=ROLES.index))


def _narrow_first(roles: tuple[Role, ...]) -> tuple[int, list[int]]:
    return len(roles), [ROLES.index(role) for role in roles]
