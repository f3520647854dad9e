"""Holdout lift: what a channel caused, from people kept without it by lot. Knows two counts per group, not who was in them.

Credit divides the conversions there were; lift says how many there would not have been. Only the second is an effect.
"""

from math import sqrt
from typing import NamedTuple

Z_95 = 1.959963984540054


class Group(NamedTuple):
    """`people` drawn into the group, of whom `conversions` converted."""

    people: int
    conversions: int

    @property
    def rate(self) -> float:
        return self.conversions / self.people


class Estimate(NamedTuple):
    """A value with its 95 % interval; None where there is none (a rate divided by nothing, no upper end)."""

    low: float | None
    value: float | None
    high: float | None


class Lift(NamedTuple):
    """`absolute`: treated rate less control rate. `relative`: that over the control rate. `supported`: share of the treated group's conversions
    that the control group says would not have come by themselves, 0-1: as much of the credit is effect."""

    treated: Group
    control: Group
    absolute: Estimate
    relative: Estimate
    supported: Estimate

    @property
    def is_shown(self) -> bool:
        """Whether the interval leaves no lift out."""
        return bool(self.absolute.low is not None and self.absolute.low > 0)


def wilson(group: Group) -> tuple[float, float]:
    """The 95 % score interval of a rate. Source: Wilson, JASA 22 (1927) 209."""
    n, p, z = group.people, group.rate, Z_95
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if group.conversions == 0 else min(p, max(0.0, middle - half))
    high = 1.0 if group.conversions == group.people else max(p, min(1.0, middle + half))
    return low, high


def lift(treated: Group, control: Group) -> Lift:
    """Lift with 95 % intervals built from the two Wilson intervals.

    Raises ValueError for a group without people or with more conversions than people.
    Sources: difference, Newcombe, Statistics in Medicine 17 (1998) 873, method 10; ratio, Donner and Zou, Statistical Methods in Medical
    Research 21 (2012) 347 (the same construction, so both agree on whether there is a lift).
    """
    for name, group in (("treated", treated), ("control", control)):
        if group.people < 1 or not 0 <= group.conversions <= group.people:
            raise ValueError(f"the {name} group needs at least 1 person, and conversions from 0 to its people")
    p, q = treated.rate, control.rate
    (p_low, p_high), (q_low, q_high) = wilson(treated), wilson(control)
    absolute = Estimate(p - q - sqrt((p - p_low) ** 2 + (q_high - q) ** 2), p - q, p - q + sqrt((p_high - p) ** 2 + (q - q_low) ** 2))
    ratio = Estimate(_ratio_low(p, p_low, q, q_high), p / q if q else None, _ratio_high(p, p_high, q, q_low))
    relative = Estimate(*(None if end is None else end - 1 for end in ratio))
    return Lift(treated, control, absolute, relative, _supported(treated, ratio))


def _ratio_low(p: float, p_low: float, q: float, q_high: float) -> float:
    top, bottom = p_low * (2 * p - p_low), q_high * (2 * q - q_high)
    whole = p * q + sqrt(max(0.0, (p * q) ** 2 - top * bottom))
    return top / whole if whole else 0.0


def _ratio_high(p: float, p_high: float, q: float, q_low: float) -> float | None:
    top, bottom = p_high * (2 * p - p_high), q_low * (2 * q - q_low)
    return (p * q + sqrt(max(0.0, (p * q) ** 2 - top * bottom))) / bottom if bottom > 0 else None


def _supported(treated: Group, ratio: Estimate) -> Estimate:
    if not treated.conversions:
        return Estimate(None, None, None)
    low, value, high = (1.0 if end is None else max(0.0, 1 - 1 / end) if end else 0.0 for end in ratio)
    return Estimate(low, value, high)
