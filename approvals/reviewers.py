"""Reviewers: who may decide what. Reads the practice's people and policy; refuses whenever either leaves a doubt."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from approvals.errors import NotAllowed
from policies.actions import Action, ActionKind, Decision, DecisionVerdict
from policies.kinds import KINDS
from policies.records import PersonId
from tools.practice import Practice

DESK_ROLES = ("marketing", "compliance", "clinical_reviewer", "admin")
"""Who, besides a kind's approvers, may reject, edit, send back or ask for a redraft: none of these lets anything out."""


class Requirement(NamedTuple):
    """Who must agree to one kind: one person of `roles`, or two different people where `four_eyes`."""

    roles: tuple[str, ...]
    four_eyes: bool

    @property
    def people(self) -> int:
        return 2 if self.four_eyes else 1


def requirement(practice: Practice, kind: ActionKind) -> Requirement:
    """What the practice's policy asks for `kind`. Raises NotAllowed when it names the kind never or twice, or can never be met."""
    rules = [rule for rule in practice.approval_policy.rules if kind in rule.kinds]
    if len(rules) != 1:
        found = "no rule names" if not rules else f"{len(rules)} rules name"
        raise NotAllowed(f"nobody may approve {kind}: {found} it under approval_policy in practice.yaml; write exactly one")
    needed = Requirement(tuple(rules[0].roles), rules[0].four_eyes or KINDS[kind].four_eyes)
    able = [person.username for person in practice.people if set(person.roles) & set(needed.roles)]
    if len(able) < needed.people:
        roles = " or ".join(needed.roles)
        raise NotAllowed(
            f"{kind} needs {needed.people} people with the role {roles}, practice.yaml has {len(able)}: add people or mend the rule"
        )
    return needed


def approving_role(practice: Practice, kind: ActionKind, username: str, *, authors: Collection[str]) -> str:
    """The role in which `username` may approve. Raises NotAllowed: unknown person, other role, or author where four eyes are needed."""
    needed = requirement(practice, kind)
    role = role_of(practice, username, needed.roles)
    if needed.four_eyes and username in authors:
        raise NotAllowed(
            f"{username} wrote or edited this item, and {kind} needs two people who did not: ask another {' or '.join(needed.roles)}"
        )
    return role


def handling_role(practice: Practice, kind: ActionKind, username: str) -> str:
    """The role in which `username` may reject, edit or send back an item of this kind. Raises NotAllowed."""
    named = [role for rule in practice.approval_policy.rules if kind in rule.kinds for role in rule.roles]
    return role_of(practice, username, (*DESK_ROLES, *(role for role in named if role not in DESK_ROLES)))


def role_of(practice: Practice, username: str, roles: Collection[str]) -> str:
    """The first of `roles` this person has. Raises NotAllowed."""
    person = practice.person(username)
    if person is None:
        raise NotAllowed(f"{username} is not one of the people in practice.yaml: add the person there first")
    for role in roles:
        if role in person.roles:
            return role
    raise NotAllowed(
        f"{username} has not the role this needs ({' or '.join(roles)}): ask somebody who has, or mend people in practice.yaml"
    )


def approvers(practice: Practice, action: Action, decisions: Iterable[Decision], *, authors: Collection[str]) -> tuple[PersonId, ...]:
    """The different people whose approval of exactly this version still counts under today's policy, in the order they decided."""
    counted: list[PersonId] = []
    for decision in decisions:
        about_this = decision.version == action.version and decision.content_hash == action.content_hash
        if decision.verdict is not DecisionVerdict.APPROVE or not about_this or decision.by in counted:
            continue
        try:
            approving_role(practice, action.kind, decision.by, authors=authors)
        except NotAllowed:
            continue
        counted.append(decision.by)
    return tuple(counted)


def is_approved(practice: Practice, action: Action, decisions: Iterable[Decision], *, authors: Collection[str]) -> bool:
    """Have enough people approved exactly this version? Raises NotAllowed when the policy itself is wrong."""
    return len(approvers(practice, action, decisions, authors=authors)) >= requirement(practice, action.kind).people
