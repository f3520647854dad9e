"""`check`: an item against the catalogue, with what the product derives for every item. Knows no store, no vendor, no practice file.

Two sources of facts meet here. `sender` is what the product established (practice, destination, BAA register); `item.facts` is what the caller
claims. A claim may make the result stricter, never looser: `policies/rules/engine.py` sees only the stricter of the two.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from policies.actions import ActionKind, Content, Finding, Gate, Item, ItemKind, Severity, Verdict, worst
from policies.kinds import KINDS
from policies.records import Label
from policies.rules.catalogue import Catalogue
from policies.rules.engine import evaluate
from policies.rules.limits import (
    INPUTS,
    Limits,
    msib_over_cap,
    offer_over_limit,
    outside_state_window,
    review_age_over_limit,
    stark_ytd_over_cap,
)
from policies.rules.operators import truth
from policies.rules.platforms import PLATFORM_FACTS
from policies.rules.reader import Reader
from policies.rules.rule import STATES, Family
from policies.rules.text import text_of

Identifiers = Callable[[str], Collection[Label]]
"""Which of the 18 identifiers does the text hold? The scrubber answers; without one, the caller's fact stands."""

STRICT: dict[str, bool] = {
    "leaves_phi_boundary": True,
    "has_user_identifier": True,
    "contains_phi": True,
    "federal_payer_possible": True,
    "offer_over_limit": True,
    "stark_ytd_over_cap": True,
    "msib_over_cap": True,
    "review_age_over_limit": True,
    "outside_state_window": True,
    # No rule stands on True; False opens the FTC and state health-data rules, so False is the stricter claim.
    "hipaa_regulated": False,
    "sender_identity_verified": False,
    "optout_ok": False,
    "vendor_baa": False,
    "vendor_is_treating_provider": False,
    "disclosure_logged": False,
    "npp_updated_for_part2": False,
    "w2_verified": False,
    "affiliation_verified": False,
}
"""For each derived yes-or-no fact, the value under which more rules fire."""

_FROM_IDENTIFIERS = ("has_user_identifier", "contains_phi", "identifiers_in_text")

_LIMITS: dict[str, Callable[[Limits, dict[str, Any]], bool | None]] = {
    "offer_over_limit": offer_over_limit,
    "stark_ytd_over_cap": stark_ytd_over_cap,
    "msib_over_cap": msib_over_cap,
    "review_age_over_limit": review_age_over_limit,
}

_ABOUT_A_PERSON = frozenset({ItemKind.ENGAGEMENT_RECORD, ItemKind.OUTBOUND_EVENT, ItemKind.HANDOFF, ItemKind.AUDIENCE})
# Copy also holds the practice's own address, telephone and clinicians, and dates of events: only these are a patient's wherever they stand.
_NEVER_THE_PRACTICE = frozenset(
    {Label.SSN, Label.MRN, Label.HEALTH_PLAN_ID, Label.ACCOUNT, Label.AGE_OVER_89, Label.DEVICE_ID, Label.BIOMETRIC}
)


def check(
    catalogue: Catalogue,
    item: Item,
    *,
    gate: Gate,
    sender: Mapping[str, Any],
    identifiers: Identifiers | None = None,
    second_reader: bool = True,
) -> tuple[Finding, ...]:
    """The findings on `item`, in catalogue order.

    `sender` holds what the product established, in the catalogue's names (`tools.facts.sender_facts`); a key with None means "looked for and not
    known", and then no claim of the caller counts in its place. At `Gate.EXECUTE` an unanswered request for evidence is a block.
    """
    # Scanning a text for identifiers costs more than all rules together: only for kinds whose rules ask.
    scan = identifiers if catalogue.reads(item.kind, _FROM_IDENTIFIERS) else None
    facts = _facts(catalogue.limits, item, sender, scan)
    findings = evaluate(catalogue, item.model_copy(update={"facts": facts}), gate)
    if not second_reader or catalogue.reader is None or worst(findings) is not Verdict.PASS:
        return findings
    return (*findings, *_second_look(catalogue.reader, item))


SECOND_READER = "SECOND-READER"
"""Not a rule of the catalogue: the mark of a finding by the statistical reader."""


def _second_look(reader: Reader, item: Item) -> tuple[Finding, ...]:
    """What the wording of copy that no rule objects to resembles. It asks for a person, and only a person answers it."""
    text = text_of(item.text)
    reading = reader.read(text, item.kind)
    if reading is None:
        return ()
    start, end = text.span(reading.start, reading.end)
    words = f" The words that weigh most: {', '.join(reading.words)}." if reading.words else ""
    return (
        Finding(
            rule=SECOND_READER,
            family=reading.family,
            severity=Severity.NEEDS_REVIEW,
            citation="No law by itself: a statistical reader may ask for review; it never blocks and never clears",
            title="Reads like copy that breaks a rule",
            why=f"No rule names it, but the wording is like copy that was held before.{words}",
            quote=text.original[start:end],
            start=start,
            end=end,
            mend="Read it as a regulator would; reword it, or approve it as it is.",
            confidence=round(reading.confidence, 2),
        ),
    )


def verdict_of(findings: tuple[Finding, ...], gate: Gate) -> Verdict:
    """The worst finding wins. At execute a stored finding that still asks for evidence blocks, unless its rule only warns."""
    if gate is Gate.EXECUTE and any(finding.needs_evidence and finding.severity is not Severity.WARN for finding in findings):
        return Verdict.BLOCK
    return worst(findings)


def item_of(
    kind: ItemKind,
    content: Content,
    *,
    states: tuple[str, ...] | None = None,
    facts: Mapping[str, Any] | None = None,
    evidence: tuple[str, ...] = (),
) -> Item:
    """What the rules read of an action's content: title, body and every text field, one paragraph each, so that nothing sent goes unread."""
    fields = (value for value in content.fields.values() if isinstance(value, str))
    text = "\n\n".join(part for part in (content.title, content.body, *fields) if part)
    return Item(kind=kind, text=text, states=states, facts=dict(facts or {}), evidence=evidence)


def check_action(
    catalogue: Catalogue,
    kind: ActionKind,
    content: Content,
    *,
    gate: Gate,
    sender: Mapping[str, Any],
    states: tuple[str, ...] | None = None,
    facts: Mapping[str, Any] | None = None,
    evidence: tuple[str, ...] = (),
    identifiers: Identifiers | None = None,
) -> tuple[Finding, ...]:
    """The findings on an action under every catalogue kind its `ActionKind` answers to, one per rule. A kind without one needs review."""
    item_kinds = KINDS[kind].item_kinds
    if not item_kinds:
        return (unclassified(kind),)
    found: dict[str, Finding] = {}
    for item_kind in item_kinds:
        item = item_of(item_kind, content, states=states, facts=facts, evidence=evidence)
        # Where nobody may edit the text, the product wrote it from figures, and there is no wording to wonder about.
        read_again = bool(KINDS[kind].editable)
        for finding in check(catalogue, item, gate=gate, sender=sender, identifiers=identifiers, second_reader=read_again):
            found.setdefault(finding.rule, finding)
    return tuple(found.values())


def unclassified(kind: str) -> Finding:
    """The finding on something no rule was written for: a person must look, because silence would read as consent."""
    return Finding(
        rule="LIAISON-KIND",
        family=Family.PLATFORM,
        severity=Severity.NEEDS_REVIEW,
        citation="No law by itself: a kind that no rule covers is for a person",
        title="No rule covers this kind",
        quote=kind,
        mend="Give it one of the catalogue's kinds, or let compliance review it by hand.",
    )


def facts_read(catalogue: Catalogue) -> frozenset[str]:
    """Every fact name that can change a result. A name outside this set is a slip of the pen, or meant for people."""
    rules = [one.rule.detect for one in catalogue.rules]
    named = {condition.field for detect in rules for condition in detect.conditions_all}
    return frozenset(named.union(*(detect.fields for detect in rules), STRICT, INPUTS, PLATFORM_FACTS))


# --- what the product derives


def _facts(limits: Limits, item: Item, sender: Mapping[str, Any], identifiers: Identifiers | None) -> dict[str, Any]:
    derived = {"hipaa_regulated": True, "federal_payer_possible": True, **sender}
    derived["leaves_phi_boundary"] = _leaves(sender) or truth(item.facts.get("vendor_baa")) is False
    if identifiers is not None and _identifies(item, identifiers(item.text)):
        derived |= dict.fromkeys(_FROM_IDENTIFIERS, True)
    for field, over in _LIMITS.items():
        if (answer := over(limits, item.facts)) is not None:
            derived[field] = answer
    if item.kind is ItemKind.SMS_CALL:
        derived["outside_state_window"] = outside_state_window(limits, item.facts, item.states)
    facts = {**item.facts, **{field: _stricter(field, value, item.facts.get(field)) for field, value in derived.items()}}
    facts.update(_IN_ANY_STATE if item.states is None else {_state_fact(state): True for state in item.states})
    return facts


def _state_fact(state: str) -> str:
    return f"state_{state.lower()}"


_IN_ANY_STATE = {_state_fact(state): True for state in STATES}


def _identifies(item: Item, labels: Collection[Label]) -> bool:
    return bool(labels) if item.kind in _ABOUT_A_PERSON else not _NEVER_THE_PRACTICE.isdisjoint(labels)


def _leaves(sender: Mapping[str, Any]) -> bool:
    """No BAA for this recipient and purpose; True when the recipient is unknown."""
    inside = sender.get("leaves_phi_boundary")
    return sender.get("vendor_baa") is not True if inside is None else bool(inside)


def _stricter(field: str, established: Any, claimed: Any) -> Any:
    if field in STRICT and truth(claimed) is STRICT[field]:
        return claimed
    if field == "footer_postal_address" and claimed == "":
        return claimed
    return established
