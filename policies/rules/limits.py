"""Money and time limits that change with the year: is this offer, this gift, this review over its limit? Knows no rule and no item.

Figures come from `policies/rules/data/limits.yaml`. A year without a figure is over its limit: nothing is allowed on a figure nobody published.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from pydantic import ConfigDict, Field

from policies.records import Record

INPUTS = frozenset(
    {
        "offer_value_usd",
        "offer_year_total_usd",
        "stark_value_usd",
        "stark_ytd_usd",
        "stark_year",
        "msib_value_usd",
        "reviewed_on",
        "checked_on",
        "content_topic",
        "recipient_local_hour",
        "recipient_local_weekday",
    }
)
"""The facts the functions below read."""


class _Part(Record):
    """The file also holds citations and notes for people; only the figures below are read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class GiftLimits(_Part):
    """Gifts to federal beneficiaries, US dollars retail."""

    per_item_usd: float = Field(gt=0)
    per_patient_calendar_year_usd: float = Field(gt=0)


class StarkYear(_Part):
    """`nonmonetary_usd` is the cap per physician and calendar year; a medical-staff benefit must cost *less than* `msib_less_than_usd`."""

    year: int
    nonmonetary_usd: float | None
    msib_less_than_usd: float | None


class StarkLimits(_Part):
    years: tuple[StarkYear, ...]

    def of(self, year: object) -> StarkYear | None:
        return next((row for row in self.years if row.year == year), None)


class Freshness(_Part):
    """Months a medical review of content stays current, by topic."""

    months: dict[str, int]


class StateWindow(_Part):
    """Full hours, in the recipient's own time, in which a telephone solicitation may begin."""

    state: str
    first_hour: int = Field(ge=0, le=23)
    last_hour: int = Field(ge=0, le=23)
    sunday_first_hour: int | None = None


class CallHours(_Part):
    state_windows: tuple[StateWindow, ...]


class Limits(_Part):
    cmp_nominal: GiftLimits
    tcpa: CallHours
    stark: StarkLimits
    content_freshness: Freshness


def offer_over_limit(limits: Limits, facts: dict[str, Any]) -> bool | None:
    """Is a gift to a patient over the item or calendar-year limit? Reads `offer_value_usd`, `offer_year_total_usd`; None when neither is given.

    `offer_year_total_usd` includes this offer.  Source: 42 U.S.C. 1320a-7a(a)(5); OIG policy statement of Dec 7, 2016.
    """
    value, total = _usd(facts, "offer_value_usd"), _usd(facts, "offer_year_total_usd")
    if value is None and total is None:
        return None
    return (value or 0) > limits.cmp_nominal.per_item_usd or (total or 0) > limits.cmp_nominal.per_patient_calendar_year_usd


def stark_ytd_over_cap(limits: Limits, facts: dict[str, Any]) -> bool | None:
    """Does a gift take the physician's year over the Stark cap? Reads `stark_value_usd`, `stark_ytd_usd` (before it), `stark_year`.

    None when no amount is given; True when the year is absent or has no published figure.  Source: 42 CFR 411.357(k).
    """
    value, before = _usd(facts, "stark_value_usd"), _usd(facts, "stark_ytd_usd")
    if value is None and before is None:
        return None
    row = limits.stark.of(facts.get("stark_year"))
    return row is None or row.nonmonetary_usd is None or (value or 0) + (before or 0) > row.nonmonetary_usd


def msib_over_cap(limits: Limits, facts: dict[str, Any]) -> bool | None:
    """Does a medical-staff benefit reach the per-occurrence figure? Reads `msib_value_usd`, `stark_year`; None when no amount is given.

    Source: 42 CFR 411.357(m)(5): the benefit must be of *less than* the figure.
    """
    value = _usd(facts, "msib_value_usd")
    if value is None:
        return None
    row = limits.stark.of(facts.get("stark_year"))
    return row is None or row.msib_less_than_usd is None or value >= row.msib_less_than_usd


def outside_state_window(limits: Limits, facts: dict[str, Any], states: Collection[str] | None) -> bool | None:
    """Would a call or text reach somebody outside their state's hours? Reads `recipient_local_hour` (0-23), `recipient_local_weekday` (monday …).

    `states` None = unknown, so that every window must hold. None when the hour, or a weekday that decides, is unknown or cannot be read.
    """
    windows = [one for one in limits.tcpa.state_windows if states is None or one.state in states]
    if not windows:
        return False
    hour = facts.get("recipient_local_hour")
    if isinstance(hour, bool) or not isinstance(hour, int | float):
        return None
    weekday = str(facts.get("recipient_local_weekday", "")).strip().lower()
    if any(not one.first_hour <= hour < one.last_hour + 1 for one in windows):
        return True
    if all(one.sunday_first_hour is None or hour >= one.sunday_first_hour for one in windows):
        return False
    return True if weekday == "sunday" else False if weekday in _OTHER_DAYS else None


_OTHER_DAYS = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday"})


def review_age_over_limit(limits: Limits, facts: dict[str, Any]) -> bool | None:
    """Is a medical review too old? Reads `reviewed_on`, `checked_on` (ISO days) and `content_topic`; None without `reviewed_on`.

    An unknown topic gets the shortest limit; a day that cannot be read or lies after `checked_on` is over the limit.
    """
    if facts.get("reviewed_on") is None:
        return None
    months = limits.content_freshness.months
    allowed = months.get(str(facts.get("content_topic")), min(months.values()))
    try:
        reviewed, checked = date.fromisoformat(str(facts["reviewed_on"])), date.fromisoformat(str(facts.get("checked_on")))
    except ValueError:
        return True
    age_months = (checked.year - reviewed.year) * 12 + checked.month - reviewed.month + (checked.day > reviewed.day)
    return reviewed > checked or age_months > allowed


_MOST_USD = 1e15
"""Beyond any gift, and below where an integer has no float."""


def _usd(facts: dict[str, Any], field: str) -> float | None:
    """An amount in US dollars; one that is given but cannot be read counts as endless, so that it is over every limit."""
    value = facts.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value < 0:
        return float("inf")
    return float(value) if value < _MOST_USD else float("inf")
