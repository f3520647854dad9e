"""Evaluates the catalogue: scope, fire, clear, result. The same item gives the same findings; nothing here clears on its own judgement.

The model is the catalogue's: an absent fact makes eq, in, not_in, is_true, is_false, has_outside and comparisons false, and ne, not_true,
missing and lacks_any true. Where that truth rests on nothing but a sender or context fact nobody has given, the finding asks for evidence.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

from policies.actions import Finding, Gate, Item, ItemKind, Severity
from policies.rules.catalogue import Catalogue, CompiledRule, RulesOfKind, TakesBack, Trigger
from policies.rules.denial import is_answered_no, is_denied, is_refused, is_turned_down
from policies.rules.evidence import who_may_clear
from policies.rules.operators import holds
from policies.rules.patterns import Pattern, Span
from policies.rules.platforms import platforms_of
from policies.rules.rule import Condition, Platform, Rule
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


def evaluate(catalogue: Catalogue, item: Item, gate: Gate) -> tuple[Finding, ...]:
    """The findings of every rule that is in scope, fires and is not cleared, in catalogue order.

    At `Gate.EXECUTE` a finding that only asked for evidence has become a block: what was open at *check* must be answered by then.
    """
    of_kind = catalogue.by_kind[item.kind]
    text = text_of(item.text, _day(item.facts.get("checked_on")))
    found = _Found(text, of_kind.patterns.possible(text), item.kind)
    platforms = platforms_of(item.facts)
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


# --- clear


def _cleared(any_of: tuple[str, ...], all_of: tuple[str, ...], held: Collection[str]) -> bool:
    """Both present = both needed; empty = nothing clears it."""
    if not held or not (any_of or all_of):
        return False
    return (not any_of or any(key in held for key in any_of)) and all(key in held for key in all_of)


# --- fire


class _Found:
    """A text with what patterns matched in it so far: rules share patterns, and a sentence is judged once."""

    def __init__(self, text: Text, possible: frozenset[int], kind: ItemKind) -> None:
        self.text = text
        self.possible = possible
        self.kind = kind
        self._spans: dict[int, tuple[Span, ...]] = {}
        self._taken_back: dict[tuple[Pattern, ...], dict[Span, bool]] = {}

    def first(self, trigger: Trigger) -> Span | None:
        """Where the trigger's words stand, unless the same sentence (or the item) takes them back."""
        spans = self._spans.get(trigger.number)
        if spans is None:
            spans = self._spans[trigger.number] = tuple(trigger.pattern.spans(self.text))
        return next((span for span in spans if self._stands(trigger, span)), None)

    def _stands(self, trigger: Trigger, span: Span) -> bool:
        return (
            not any(self._is_taken_back(by, span) for by in trigger.taken_back_by)
            and (trigger.accepts is None or trigger.accepts(self.text, span))
            and (trigger.itself or not self._is_refused(*self.own(span)))
        )

    def _is_refused(self, start: int, end: int) -> bool:
        return is_refused(self.text, start, end) or is_turned_down(self.text, start, end, self.kind)

    def _is_taken_back(self, by: TakesBack, span: Span) -> bool:
        around = (0, len(self.text.folded)) if by.whole_item else self.text.sentences_around(*self.own(span))
        judged = self._taken_back.setdefault(by.patterns, {})
        if around not in judged:
            judged[around] = any(pattern.matches(self.text, *around) for pattern in by.patterns)
        return judged[around]

    def crosses_a_paragraph(self, span: Span) -> bool:
        """Two headings or list items in a row may read like a claim ("Cure", "Cancer screening"), or be one on two lines: a person must look."""
        return _PARAGRAPH.search(self.text.folded, *self.own(span)) is not None

    def own(self, span: Span) -> Span:
        """The match without the end of the sentence before, which patterns that read from the start of a sentence take along."""
        start, end = span
        while start < end and self.text.folded[start] in _BEFORE_A_SENTENCE:
            start += 1
        return start, end


_PARAGRAPH = re.compile(r"\n\s*\n")
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
            start, end = found.own(span)
            if law.severity is not Severity.BLOCK and is_answered_no(found.text, end):
                continue
            suspected = trigger.suspects or inferred is not None or found.crosses_a_paragraph(span) or is_denied(found.text, start, end)
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
    # Every value comes from a validated rule or the text: validating it again costs as much as finding it.
    return Finding.model_construct(
        rule=law.id,
        family=law.family.value,
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
