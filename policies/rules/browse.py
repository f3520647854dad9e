"""The catalogue as people browse it: rules chosen by law, state, kind and words, and each said in plain words.

Knows the values of a rule, not how one fires. The words of closed sets that pages share are theirs to say (`approvals/web/words.py`).
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from policies.actions import ItemKind, Severity
from policies.rules.catalogue import Catalogue
from policies.rules.detectors import DETECTORS
from policies.rules.evidence import may_record
from policies.rules.rule import Condition, Family, Operator, Platform, Rule

STATE_NAMES = dict(
    re.findall(
        "([A-Z]{2}) ([^|]+)",
        "AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|DC District of Columbia|FL Florida|"
        "GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|"
        "MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|"
        "NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|"
        "RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|"
        "WV West Virginia|WI Wisconsin|WY Wyoming|AS American Samoa|GU Guam|MP Northern Mariana Islands|PR Puerto Rico|VI US Virgin Islands",
    )
)
_PLACES = {
    "US-FED": "United States (federal)",
    "US-ALL": "Every state",
    f"PLATFORM-{Platform.GOOGLE}": "Google",
    f"PLATFORM-{Platform.META}": "Meta",
    f"PLATFORM-{Platform.YOUTUBE}": "YouTube",
    f"PLATFORM-{Platform.REVIEWS}": "Review sites",
    **{f"US-{code}": name for code, name in STATE_NAMES.items()},
}


class Asked(NamedTuple):
    """What somebody wants to see of the catalogue; None or "" = all. `state` is a USPS code: the rules that name it, not those of everywhere."""

    family: Family | None = None
    state: str | None = None
    kind: ItemKind | None = None
    severity: Severity | None = None
    words: str = ""


class Sign(NamedTuple):
    """A detector a rule names and what it takes the words to say; `suspects` = a hit asks for review instead of the rule's own severity."""

    name: str
    says: str
    suspects: bool


class Proof(NamedTuple):
    """An evidence key that clears a rule and the roles that may record it. `together` = needed beside the others; `only` = for these triggers."""

    key: str
    may_record: tuple[str, ...]
    together: bool
    only: tuple[str, ...]


def chosen(catalogue: Catalogue, asked: Asked) -> tuple[Rule, ...]:
    """The rules that match all of `asked`, in catalogue order. Words match anywhere in id, title, citation, reason or signal, in any case."""
    words = asked.words.casefold().split()
    return tuple(
        one.rule
        for one in catalogue.rules
        if asked.family in (None, one.rule.family)
        and (asked.state is None or asked.state in one.states)
        and (asked.kind is None or asked.kind in one.rule.applies_to)
        and asked.severity in (None, one.rule.severity)
        and all(word in _text(one.rule) for word in words)
    )


def states_of(catalogue: Catalogue) -> tuple[str, ...]:
    """USPS codes of the states that some rule names, in the order of their names."""
    return tuple(sorted(frozenset().union(*(one.states for one in catalogue.rules)), key=lambda code: STATE_NAMES[code]))


def not_there(catalogue: Catalogue, rule_id: str) -> str:
    """What to tell somebody who asks for a rule that is not there: the ids most like it, the likeliest first."""
    like = get_close_matches(rule_id.upper()[:64], [one.rule.id for one in catalogue.rules], n=3, cutoff=0.4)
    named = f"rule {rule_id}" if re.fullmatch(r"[A-Za-z0-9.-]{3,61}", rule_id) else "rule of that id"
    return f"there is no {named}: {f'the closest ids are {_listed(like)}' if like else 'none of the ids is like it; look through the list'}"


def cleared_by(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """Evidence key → the ids of the rules it clears, alone or with others. A key that is not there clears nothing."""
    found: dict[str, list[str]] = {}
    for one in catalogue.rules:
        for key in dict.fromkeys((*one.rule.cleared_by.any_of, *one.rule.cleared_by.all_of)):
            found.setdefault(key, []).append(one.rule.id)
    return {key: tuple(ids) for key, ids in sorted(found.items())}


# --- one rule in words


def places(rule: Rule) -> tuple[str, ...]:
    """Where the rule holds: "United States (federal)", "Texas", "Google"."""
    return tuple(_PLACES[code] for code in rule.jurisdiction.split(","))


def signs(rule: Rule) -> tuple[Sign, ...]:
    named = [(name, False) for name in rule.detect.detectors] + [(name, True) for name in rule.detect.suspects]
    return tuple(Sign(name, DETECTORS[name].says, suspects) for name, suspects in named)


def proofs(rule: Rule) -> tuple[Proof, ...]:
    """Every key that clears the rule; without any, only other wording does."""
    by = rule.cleared_by
    alone = [Proof(key, may_record(key), False, tuple(_trigger(rule, one) for one in by.only.get(key, ()))) for key in by.any_of]
    return (*alone, *(Proof(key, may_record(key), True, ()) for key in by.all_of))


def said(condition: Condition) -> str:
    """What a condition asks of its fact, to stand after the fact's name: "is more than 10"."""
    value = condition.value
    values = _listed(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
    return _SAID[condition.op].format(values)


_SAID = {
    Operator.EQ: "is {}",
    Operator.NE: "is not {}, or is not known",
    Operator.IN: "is {}",
    Operator.NOT_IN: "is given and is not {}",
    Operator.IS_TRUE: "is true",
    Operator.NOT_TRUE: "is not true, or is not known",
    Operator.IS_FALSE: "is false",
    Operator.MISSING: "is missing",
    Operator.EXISTS: "is given",
    Operator.GT: "is more than {}",
    Operator.GTE: "is {} or more",
    Operator.LT: "is less than {}",
    Operator.LTE: "is {} or less",
    Operator.HAS_OUTSIDE: "holds something else than {}",
    Operator.LACKS_ANY: "lacks one of {}, or is not known",
}


def _listed(values: Iterable[object]) -> str:
    *first, last = map(str, values)
    return f"{', '.join(first)} or {last}" if first else last


def _trigger(rule: Rule, trigger: int | str) -> str:
    return f"expression {trigger + 1}" if isinstance(trigger, int) else trigger


def _text(rule: Rule) -> str:
    return " ".join((rule.id, rule.title, rule.citation, rule.why, rule.detect.signal)).casefold()
