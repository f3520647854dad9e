"""The catalogue's operators on facts, and its missing-field table. Knows no rule and no text."""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from policies.rules.catalogue import HELD_WHEN_UNKNOWN, TRUE_WHEN_ABSENT
from policies.rules.platforms import PLATFORM_FACTS, is_platform, names_in, values_of
from policies.rules.rule import Condition, Operator


def holds(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Does the condition hold? An absent fact (no key, or None) follows the catalogue's missing-field table."""
    value = facts.get(condition.field)
    if value is None:
        return condition.field in HELD_WHEN_UNKNOWN or condition.op in TRUE_WHEN_ABSENT
    if condition.field in PLATFORM_FACTS and condition.op is Operator.EQ and names_in(value):
        return is_platform(value, str(condition.value))
    return _OPERATORS[condition.op](value, condition.value)


def truth(value: object) -> bool | None:
    """A yes, a no, or neither. Forms and spreadsheets write "yes" and 1; taking them for "not true" would let a real risk pass."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    word = value.strip().lower() if isinstance(value, str) else ""
    return True if word in {"true", "yes", "y", "1"} else False if word in {"false", "no", "n", "0"} else None


def _equal(value: object, wanted: object) -> bool:
    if isinstance(wanted, bool):
        return truth(value) is wanted
    return type(value) is not bool and value == wanted


_NUMBER = re.compile(
    r"\s*+(?:\$\s*+)?([-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*+(?:(?:ft|feet|foot|years?|yrs?|usd|dollars?|people|patients|persons)\.?\s*+)?",
    re.IGNORECASE,
)
"""A number as people write it. Only units the facts are kept in: six months are not six years."""


def _number(value: object) -> int | float | None:
    """As a number; None when it cannot be read as one. An integer stays one: Python compares it with a float exactly, of whatever length."""
    if isinstance(value, str):
        written = _NUMBER.fullmatch(value)
        return float(written[1].replace(",", "")) if written else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return value


def _compares(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    # A figure that is given but cannot be read is no figure within the limit: the comparison counts as true, so the rule fires. Asking for
    # evidence instead would pass at *check*, and the model asks only for sender and context facts; most of these are copy facts.
    def compare(value: Any, limit: Any) -> bool:
        number = _number(value)
        return number is None or test(number, limit)

    return compare


_OPERATORS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: _equal,
    Operator.NE: lambda value, wanted: not _equal(value, wanted),
    Operator.IN: lambda value, allowed: any(_equal(value, one) for one in allowed),
    Operator.NOT_IN: lambda value, allowed: not any(_equal(value, one) for one in allowed),
    Operator.IS_TRUE: lambda value, _: truth(value) is True,
    Operator.NOT_TRUE: lambda value, _: truth(value) is not True,
    Operator.IS_FALSE: lambda value, _: truth(value) is False,
    Operator.MISSING: lambda value, _: value == "" or value == [],
    Operator.EXISTS: lambda value, _: value != "" and value != [],
    Operator.GT: _compares(operator.gt),
    Operator.GTE: _compares(operator.ge),
    Operator.LT: _compares(operator.lt),
    Operator.LTE: _compares(operator.le),
    Operator.HAS_OUTSIDE: lambda values, allowed: any(one not in allowed for one in values_of(values)),
    Operator.LACKS_ANY: lambda values, required: any(one not in values_of(values) for one in required),
}
