"""What sales must know of a lead before it is an SQL: budget, authority, need and timeframe, closed values, no free text about a person.

For patients they read: ability or coverage known, the person who decides, a need within the service line, a timeframe.
Source: scoring facts, "Handoff contract". That an SQL needs a need in scope and a time within the quarter is our reading of it.
"""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from policies.records import Record, Track


class Ability(StrEnum):
    """Budget, in the field's words: for patients, is coverage or payment known; for referring practices and buyers, can it work at all."""

    COVERED = "covered"
    SELF_PAY = "self_pay"
    BUDGETED = "budgeted"
    UNKNOWN = "unknown"


class Timeframe(StrEnum):
    NOW = "now"
    ONE_MONTH = "one_month"
    ONE_QUARTER = "one_quarter"
    LATER = "later"


class Bant(Record):
    budget: Ability
    authority: bool = Field(description="Speaks to the person who decides")
    need: bool = Field(description="The need is within the service line's scope")
    timeframe: Timeframe


ABILITIES: Mapping[Track, tuple[Ability, ...]] = {
    Track.B2C_PATIENT: (Ability.COVERED, Ability.SELF_PAY, Ability.UNKNOWN),
    Track.B2B_REFERRAL: (Ability.BUDGETED, Ability.UNKNOWN),
}
"""The answers that make sense on each track."""


def not_yet(track: Track, answers: Bant) -> tuple[str, ...]:
    """Why these answers make no SQL yet, each with what to do instead; empty = it is one."""
    why = []
    if not answers.need:
        why.append("the need is outside this service line: return the lead as wrong_service_line and name the right one")
    if answers.timeframe is Timeframe.LATER:
        why.append("its time is later than a quarter: return it as timing_later with the day from which it may come back")
    if track is Track.B2B_REFERRAL and not answers.authority:
        why.append("nobody who decides has been spoken to: ask who does, or return it as not_decision_maker")
    if track is Track.B2C_PATIENT and answers.budget is Ability.UNKNOWN and not answers.authority:
        why.append("neither the coverage nor who decides is known: find out one of the two first")
    return tuple(why)
