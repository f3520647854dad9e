"""Evaluates the catalogue: scope, fire, clear, result. The same item gives the same findings; nothing here clears on its own judgement.

The model is the catalogue's: an absent fact makes eq, in, not_in, is_true, is_false, has_outside and comparisons false, and ne, not_true,
missing and lacks_any true. Where that truth rests on nothing but a sender or context fact nobody has given, the finding asks for evidence.
"""

import math
import operator
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

from policies.actions import Finding, Gate, Item, Severity
from policies.rules.catalogue import HELD_WHEN_UNKNOWN, TRUE_WHEN_ABSENT, Catalogue, CompiledRule, RulesOfKind, TakesBack, Trigger
from policies.rules.evidence import who_may_clear
from policies.rules.patterns import Pattern, Span
from policies.rules.rule import Condition, Operator, Platform, Rule
from policies.rules.text import Text, text_of

SENDER_FACTS = frozenset(
    {
        "sender_identity_verified",
        "footer_postal_address",
        "optout_ok",
        "vendor_baa",
        "vendor_is_treating_provider",
        "affiliation_verified",
        "w2_verified",
        "holds_part2_records",
        "npp_updated_for_part2",
    }
)
"""What the practice knows about itself and its vendors."""

CONTEXT_FACTS = frozenset(
    {
        "purpose",
        "affirmative_consent",
        "recipient_local_hour",
        "outside_state_window",
        "geo_target_type",
        "near_health_facility",
        "radius_ft",
        "federal_payer_possible",
        "offer_to_federal_beneficiary",
        "payee",
    }
)
"""To whom, when, where and for what. Every field in neither set is *copy*: what the item says or is.

A true copy fact is a trigger of its own ("this holds PHI"); a sender or context fact only sets the scene ("this is marketing"). So a vendor
whose BAA is unknown blocks once PHI is in the item, while a marketing mail without a known postal address asks for the address.
"""

PLATFORM_FACTS = ("platform", "destination")

PLATFORMS: dict[str, frozenset[Platform]] = {
    **dict.fromkeys(("google", "google_ads", "google_search", "search", "web", "website", "gads", "gdn"), frozenset({Platform.GOOGLE})),
    **dict.fromkeys(("youtube", "youtube_ads"), frozenset({Platform.YOUTUBE, Platform.GOOGLE})),
    **dict.fromkeys(
        ("meta", "facebook", "instagram", "meta_ads", "facebook_ads", "instagram_ads", "whatsapp", "messenger"), frozenset({Platform.META})
    ),
    **dict.fromkeys(("google_business", "google_business_profile", "google_maps", "gbp"), frozenset({Platform.GOOGLE, Platform.REVIEWS})),
    **dict.fromkeys(("reviews", "healthgrades", "zocdoc", "webmd", "yelp", "vitals", "ratemds"), frozenset({Platform.REVIEWS})),
    **dict.fromkeys(("smtp", "email", "webhook", "sales_inbox", "sms", "phone", "print", "mail"), frozenset()),
    **dict.fromkeys(("bing", "microsoft_ads", "linkedin", "tiktok", "pinterest", "snapchat", "reddit", "twitter"), frozenset()),
}
"""Folded values of `facts.platform` and `facts.destination`. YouTube answers to Google's policies too, Google reviews to both. A name that
stands for none of the four says so with the empty set; a name that is not here is unknown and may be any of them."""


def evaluate(catalogue: Catalogue, item: Item, gate: Gate) -> tuple[Finding, ...]:
    """The findings of every rule that is in scope, fires and is not cleared, in catalogue order.

    At `Gate.EXECUTE` a finding that only asked for evidence has become a block: what was open at *check* must be answered by then.
    """
    of_kind = catalogue.by_kind[item.kind]
    text = text_of(item.text, _day(item.facts.get("checked_on")))
    found = _Found(text, of_kind.patterns.possible(text))
    platforms = _platforms(item.facts)
    shown = _shown(of_kind, item.facts, found)
    if shown:
        item = item.model_copy(update={"facts": {**item.facts, **{field: value for field, (value, _) in shown.items()}}})
    return tuple(
        finding
        for rule in of_kind.awake(item.facts, found.possible)
        if _in_scope(rule, item, platforms) and (finding := _fire(rule, item, found, gate, shown))
    )


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


class _Words(NamedTuple):
    """Where words stand, and the trigger they made."""

    trigger: Trigger
    span: Span


_Shown = dict[str, tuple[Any, _Words]]
"""For each fact the text states by itself: its value, and the words."""


def _shown(of_kind: RulesOfKind, facts: Mapping[str, Any], found: "_Found") -> _Shown:
    """What the words state about facts nobody gave."""
    shown: _Shown = {}
    for one in of_kind.shown:
        hits = (_Words(trigger, span) for trigger in one.triggers if trigger.number in found.possible and (span := found.first(trigger)))
        if (words := next(hits, None)) is not None:
            shown.update((field, (value, words)) for field, value in one.facts.items() if facts.get(field) is None)
    return shown


# --- scope


def _in_scope(rule: CompiledRule, item: Item, platforms: frozenset[Platform] | None) -> bool:
    return (
        rule.everywhere
        or (bool(rule.states) and (item.states is None or not rule.states.isdisjoint(item.states)))
        or (bool(rule.platforms) and (platforms is None or not rule.platforms.isdisjoint(platforms)))
    )


def _platforms(facts: Mapping[str, Any]) -> frozenset[Platform] | None:
    """The platforms an item meets; None = unknown, so that every platform's rules run."""
    met = [_platforms_of(facts[field]) for field in PLATFORM_FACTS if _names(facts.get(field))]
    known = [one for one in met if one is not None]
    return frozenset().union(*known) if met and len(known) == len(met) else None


def _names(value: object) -> list[str]:
    """The names in one value, folded: a list, a comma list or a single name."""
    parts = [part for one in _values(value) if one is not None for part in str(one).split(",") if part.strip()]
    return [re.sub(r"[^a-z]+", "_", part.lower()).strip("_").removeprefix("www_").removesuffix("_com") for part in parts]


def _platforms_of(value: object) -> frozenset[Platform] | None:
    """None as soon as one name is not in the table."""
    names = _names(value)
    return frozenset().union(*(PLATFORMS[name] for name in names)) if all(name in PLATFORMS for name in names) else None


def _is_platform(value: object, wanted: str) -> bool:
    """Does a given platform or destination mean `wanted`, however it is written? An unknown name may mean it."""
    met = _platforms_of(value)
    return wanted in _names(value) or met is None or not met.isdisjoint(PLATFORMS.get(wanted, frozenset()))


# --- clear


def _cleared(any_of: tuple[str, ...], all_of: tuple[str, ...], held: Collection[str]) -> bool:
    """Both present = both needed; empty = nothing clears it."""
    if not held or not (any_of or all_of):
        return False
    return (not any_of or any(key in held for key in any_of)) and all(key in held for key in all_of)


# --- fire


class _Found:
    """A text with what patterns matched in it so far: rules share patterns, and a sentence is judged once."""

    def __init__(self, text: Text, possible: frozenset[int]) -> None:
        self.text = text
        self.possible = possible
        self._spans: dict[int, tuple[Span, ...]] = {}
        self._taken_back: dict[tuple[Pattern, ...], dict[Span, bool]] = {}

    def first(self, trigger: Trigger) -> Span | None:
        """Where the trigger's words stand, unless the same sentence (or the item) takes them back."""
        spans = self._spans.get(trigger.number)
        if spans is None:
            spans = self._spans[trigger.number] = tuple(trigger.pattern.spans(self.text))
        return next((span for span in spans if self._stands(trigger, span)), None)

    def _stands(self, trigger: Trigger, span: Span) -> bool:
        return not any(self._is_taken_back(by, span) for by in trigger.taken_back_by) and (
            trigger.accepts is None or trigger.accepts(self.text, span)
        )

    def _is_taken_back(self, by: TakesBack, span: Span) -> bool:
        around = (0, len(self.text.folded)) if by.whole_item else self.text.sentences_around(*self.own(span))
        judged = self._taken_back.setdefault(by.patterns, {})
        if around not in judged:
            judged[around] = any(pattern.matches(self.text, *around) for pattern in by.patterns)
        return judged[around]

    def is_denied(self, span: Span) -> bool:
        """Do the words just before or after, in the same clause, deny or forbid it? Then a person must say whether the sentence means it."""
        start, end = self.own(span)
        first, last = self.text.sentences_around(start, end)
        before, after = self.text.folded[max(first, start - _NEAR) : start], self.text.folded[end : min(last, end + _NEAR)]
        return bool(_DENIED_BEFORE.search(before) or _DENIED_AFTER.match(after))

    def own(self, span: Span) -> Span:
        """The match without the end of the sentence before, which patterns that read from the start of a sentence take along."""
        start, end = span
        while start < end and self.text.folded[start] in _BEFORE_A_SENTENCE:
            start += 1
        return start, end


_NEAR = 60
"""Characters on either side of words in which a denial is looked for."""

_DENIED_BEFORE = re.compile(
    r"\b(?:not|never|cannot|nor|neither|without|none|nobody|no longer|no|prohibit\w*|forbids?|forbidden|avoid\w*|retired|removed?|against"
    r"|instead of|rather than|myths?|scams?|beware|watch out|warn\w*|(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|wo|ca)n't)"
    r"\b[^,;:!?]*$",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"[\s\"')]*(?:[\w'-]+\s+){0,4}(?:(?:is|are|was|were|be|been)\s+(?:not|never|no longer|retired|removed|prohibited|forbidden|banned)"
    r"|isn't|aren't|wasn't|weren't)\b",
    re.IGNORECASE,
)

_BEFORE_A_SENTENCE = ".!?; \n"


def _fire(rule: CompiledRule, item: Item, found: _Found, gate: Gate, shown: _Shown) -> Finding | None:
    law = rule.rule
    conditions, by = law.detect.conditions_all, law.cleared_by
    # Facts first: they are cheap, and most rules with conditions end here.
    if not all(holds(condition, item.facts) for condition in conditions):
        return None
    inferred = next((shown[condition.field][1] for condition in conditions if condition.field in shown), None)
    if not law.detect.reads_text:
        if _cleared(by.any_of, by.all_of, item.evidence):
            return None
        asks = inferred is None and _rests_on_absence(conditions, item.facts)
        return _finding(law, gate, by.any_of, found, asks=asks, words=inferred, suspected=inferred is not None)
    for trigger in rule.triggers:
        if trigger.number in found.possible and not _cleared(trigger.any_of, by.all_of, item.evidence) and (span := found.first(trigger)):
            suspected = trigger.suspects or inferred is not None or found.is_denied(span)
            return _finding(law, gate, trigger.any_of, found, words=_Words(trigger, span), suspected=suspected)
    if (field := _populated(rule, item.facts)) is None or _cleared(by.any_of, by.all_of, item.evidence):
        return None
    return _finding(law, gate, by.any_of, found, field=field)


def _finding(
    law: Rule,
    gate: Gate,
    any_of: tuple[str, ...],
    found: _Found,
    *,
    words: _Words | None = None,
    field: str = "",
    asks: bool = False,
    suspected: bool = False,
) -> Finding:
    overdue = asks and gate is Gate.EXECUTE and law.severity is not Severity.WARN
    severity = Severity.BLOCK if overdue else law.severity
    says = f"It {words.trigger.says}. " if words and words.trigger.says else ""
    start, end = found.text.span(*found.own(words.span)) if words else (None, None)
    return Finding(
        rule=law.id,
        family=law.family,
        severity=Severity.NEEDS_REVIEW if suspected and severity is Severity.BLOCK else severity,
        citation=law.citation,
        title=law.title,
        why=f"{says}{law.why}".strip(),
        quote=found.text.original[start:end] if words else field,
        start=start,
        end=end,
        mend=law.suggested_fix,
        rewrite=law.rewrite,
        may_clear=who_may_clear((*any_of, *law.cleared_by.all_of)),
        cleared_by={"any_of": any_of, "all_of": law.cleared_by.all_of},
        needs_evidence=asks and not overdue,
    )


def _populated(rule: CompiledRule, facts: Mapping[str, Any]) -> str | None:
    """An identifier field the caller filled in: {"first_name": "…"} is a name whatever the text says. The value itself is never quoted."""
    return next((field for field in rule.rule.detect.fields if facts.get(field) is not None and facts[field] != ""), None)


def _rests_on_absence(conditions: tuple[Condition, ...], facts: Mapping[str, Any]) -> bool:
    """True when a sender or context fact is absent and no copy fact is both given and true."""
    known = SENDER_FACTS | CONTEXT_FACTS
    absent = {condition.field for condition in conditions if facts.get(condition.field) is None}
    return not known.isdisjoint(absent) and all(condition.field in absent | known for condition in conditions)


# --- operators


def holds(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Does the condition hold? An absent fact (no key, or None) follows the catalogue's missing-field table."""
    value = facts.get(condition.field)
    if value is None:
        return condition.field in HELD_WHEN_UNKNOWN or condition.op in TRUE_WHEN_ABSENT
    if condition.field in PLATFORM_FACTS and condition.op is Operator.EQ and _names(value):
        return _is_platform(value, str(condition.value))
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


def _values(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


_NUMBER = re.compile(
    r"\s*\$?\s*([-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*(?:(?:ft|feet|foot|years?|yrs?|usd|dollars?|people|patients|persons)\.?)?\s*",
    re.IGNORECASE,
)
"""A number as people write it. Only units the facts are kept in: six months are not six years."""


def _number(value: object) -> float | None:
    """As a float; None when it cannot be read as a number."""
    if isinstance(value, str):
        written = _NUMBER.fullmatch(value)
        return float(written[1].replace(",", "")) if written else None
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return None
    return float(value)


def _compares(test: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
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
    Operator.HAS_OUTSIDE: lambda values, allowed: any(one not in allowed for one in _values(values)),
    Operator.LACKS_ANY: lambda values, required: any(one not in _values(values) for one in required),
}
