"""The autonomy ladder: observe → propose → act, per class of action. What may ever stand on its top rung, and what one item needs to be acted on."""

from enum import StrEnum

from pydantic import Field

from policies.actions import Action, ActionKind, Risk, Severity, Verdict
from policies.approval.rules import Requirement
from policies.kinds import KINDS
from policies.records import Record


class Level(StrEnum):
    """`observe`: drafts are shown and expire, nobody can approve them. `propose`: people decide. `act`: approved by a standing grant."""

    OBSERVE = "observe"
    PROPOSE = "propose"
    ACT = "act"


RUNGS = tuple(Level)
LEAST_UNDO_MINUTES = 10

_A_PERSON_SPEAKS = frozenset(
    {ActionKind.REVIEW_REPLY, ActionKind.COMMENT_REPLY, ActionKind.MQL_HANDOFF, ActionKind.BUDGET_SHIFT, ActionKind.PLAN_BUDGET}
)
"""Replies in public, people handed to people, and money: always decided by a person."""


class Limits(Record):
    """What one class may do by itself in one day of the practice, and how long a person can take each back."""

    undo_minutes: int = Field(60, ge=LEAST_UNDO_MINUTES, le=24 * 60)
    per_day: int = Field(ge=1, le=500)
    usd_per_day: float = Field(0.0, ge=0)
    emails_per_day: int = Field(0, ge=0)


def never(kind: ActionKind) -> str:
    """Why this kind can never be acted on without a person, in words; empty when it can."""
    spec = KINDS[kind]
    if spec.four_eyes:
        return "two people must always agree to it"
    if kind in _A_PERSON_SPEAKS:
        return "a person always decides it"
    return "its risk is high" if spec.risk is Risk.HIGH else ""


def objection(action: Action, needed: Requirement) -> str:
    """Why exactly this item is left to people although its class may act; empty when nothing stands against it.

    Only a first version: what a person or a recheck touched is a person's from then on.
    """
    if why := never(action.kind):
        return why
    if needed.four_eyes or needed.people > 1:
        return "the policy asks for more than one person"
    if action.risk is Risk.HIGH:
        return "its risk is high"
    if action.version != 1:
        return "it is not its first version"
    return flaw(action)


def flaw(action: Action) -> str:
    """The finding that asks for a person, by its rule; empty when there is none."""
    found = [finding.rule for finding in action.findings if finding.severity is not Severity.WARN]
    if found:
        return f"{', '.join(found)} asks for a person"
    return "" if action.verdict is Verdict.PASS else "its check asks for a person"


def lowest(levels: list[Level]) -> Level:
    """The level in force where a class and its kind both have one; `propose` where neither has."""
    return min(levels, key=RUNGS.index, default=Level.PROPOSE)


def is_raise(now: Level, asked: Level) -> bool:
    """Does it let more happen? A new set of limits on the top rung is one, because it may be a wider one."""
    return RUNGS.index(asked) > RUNGS.index(now) or asked is now is Level.ACT
