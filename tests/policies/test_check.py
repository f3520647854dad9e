"""`check`: what the product derives, and that a caller's claim only ever makes it stricter."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.actions import ActionKind, Content, Finding, Gate, Item, ItemKind, Severity, Verdict, worst
from policies.check import STRICT, check, check_action, item_of, unclassified, verdict_of
from policies.kinds import KINDS
from policies.records import Label
from policies.rules.catalogue import Catalogue
from tools.packs.rules import load_catalogue

KNOWN_SENDER = {
    "sender_identity_verified": True,
    "footer_postal_address": "100 Lake Rd, Madison WI",
    "optout_ok": True,
    "hipaa_regulated": True,
    "vendor_baa": True,
    "leaves_phi_boundary": False,
}


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


def rules(
    kind: ItemKind,
    text: str = "",
    *,
    facts: dict[str, Any] | None = None,
    sender: dict[str, Any] | None = None,
    labels: set[Label] | None = None,
    states: tuple[str, ...] | None = None,
) -> set[str]:
    item = Item(kind=kind, text=text, facts=facts or {}, states=states)
    identifiers = None if labels is None else lambda _: labels
    found = check(catalogue(), item, gate=Gate.CHECK, sender=sender or {}, identifiers=identifiers)
    return {finding.rule for finding in found}


# --- what is derived


def test_an_unknown_recipient_counts_as_outside_the_phi_boundary() -> None:
    assert "HIPAA-164.514-B2-EMAIL" in rules(ItemKind.HANDOFF, "jo@example.org")
    assert "HIPAA-164.514-B2-EMAIL" in rules(ItemKind.HANDOFF, "jo@example.org", sender={"vendor_baa": None})
    assert "HIPAA-164.514-B2-EMAIL" not in rules(ItemKind.HANDOFF, "jo@example.org", sender={"vendor_baa": True})
    assert "HIPAA-164.514-B2-EMAIL" not in rules(ItemKind.HANDOFF, "jo@example.org", sender={"leaves_phi_boundary": False})


def test_an_identifier_the_scrubber_finds_makes_a_record_phi() -> None:
    assert "HIPAA-164.504-BAA" in rules(ItemKind.HANDOFF, "x", labels={Label.NAME})
    assert "HIPAA-164.504-BAA" not in rules(ItemKind.HANDOFF, "x", labels=set())
    assert "HIPAA-164.504-BAA" not in rules(ItemKind.HANDOFF, "x", labels={Label.NAME}, sender=KNOWN_SENDER)


def test_the_practices_own_telephone_in_copy_is_no_phi_but_a_record_number_is() -> None:
    assert "HIPAA-164.504-BAA" not in rules(ItemKind.EMAIL, "x", labels={Label.PHONE, Label.LOCATION, Label.NAME})
    assert "HIPAA-164.504-BAA" in rules(ItemKind.EMAIL, "x", labels={Label.MRN})


PUBLIC = [ItemKind.AD_COPY, ItemKind.WEB_PAGE, ItemKind.LISTING, ItemKind.VIDEO_METADATA, ItemKind.REVIEW_REPLY]


@pytest.mark.parametrize("kind", PUBLIC)
def test_a_number_only_a_patient_has_blocks_public_copy_whatever_is_claimed(kind: ItemKind) -> None:
    claimed = {"identifiers_in_text": False, "contains_phi": False}

    assert "HIPAA-164.502-IDENTIFIED" in rules(kind, "x", labels={Label.MRN}, facts=claimed)
    assert "HIPAA-164.502-IDENTIFIED" not in rules(kind, "x", labels={Label.PHONE, Label.NAME})


@pytest.mark.parametrize(
    "text",
    [
        "Patient John Smith is HIV positive.",
        "Jane Doe (MRN on file) had her abortion at our clinic.",
        "Jane Doe had her abortion at our clinic.",
        "Our client Maria Gonzalez underwent a gastric sleeve here.",
    ],
)
def test_a_patient_named_beside_her_care_blocks_public_copy(text: str) -> None:
    item = Item(kind=ItemKind.WEB_PAGE, text=text)

    assert worst(check(catalogue(), item, gate=Gate.CHECK, sender={})) is Verdict.BLOCK


def test_an_unknown_payer_counts_as_federal() -> None:
    assert "AKS-PER-LEAD" in rules(ItemKind.PAYMENT, "We pay $85 per lead")
    assert "AKS-PER-LEAD" not in rules(ItemKind.PAYMENT, "We pay $85 per lead", sender={"federal_payer_possible": False})


def test_hipaa_regulated_unless_the_practice_says_otherwise() -> None:
    facts = {"health_data_shared": True}

    assert "PRIV-WA-MHMDA-CONSENT" not in rules(ItemKind.AUDIENCE, facts=facts, states=("WA",))
    assert "PRIV-WA-MHMDA-CONSENT" in rules(ItemKind.AUDIENCE, facts=facts, states=("WA",), sender={"hipaa_regulated": False})


def test_the_state_of_the_item_is_the_state_the_rules_ask_for() -> None:
    facts = {"cpra_opted_out": True, "shared_for_ads": True}

    assert "PRIV-CA-CPRA" in rules(ItemKind.AUDIENCE, facts={**facts, "state_ca": False}, states=("CA",))
    assert "PRIV-CA-CPRA" in rules(ItemKind.AUDIENCE, facts=facts)
    assert "PRIV-CA-CPRA" not in rules(ItemKind.AUDIENCE, facts=facts, states=("TX",))


def test_amounts_are_compared_with_the_limits() -> None:
    assert "CMP-NOMINAL" in rules(ItemKind.OFFER_INCENTIVE, facts={"offer_value_usd": 40})
    assert "CMP-NOMINAL" not in rules(ItemKind.OFFER_INCENTIVE, facts={"offer_value_usd": 10})
    assert "STARK-NMC" in rules(ItemKind.PAYMENT, facts={"physician_referrer": True, "stark_value_usd": 600, "stark_year": 2026})
    assert "STARK-NMC" in rules(ItemKind.PAYMENT, facts={"physician_referrer": True, "stark_value_usd": 1, "stark_year": 2027})
    assert "EEAT-FRESHNESS" in rules(ItemKind.WEB_PAGE, facts={"ymyl_topic": True, "reviewed_on": "2020-01-01", "checked_on": "2026-03-02"})


# --- never looser

LOOSER: list[tuple[str, ItemKind, str, dict[str, Any], dict[str, Any]]] = [
    ("HIPAA-164.514-B2-EMAIL", ItemKind.HANDOFF, "jo@example.org", {}, {"leaves_phi_boundary": False}),
    ("HIPAA-164.514-B2-EMAIL", ItemKind.HANDOFF, "jo@example.org", {"vendor_baa": None}, {"vendor_baa": True}),
    ("AKS-PER-LEAD", ItemKind.PAYMENT, "We pay $85 per lead", {}, {"federal_payer_possible": False}),
    ("CMP-NOMINAL", ItemKind.OFFER_INCENTIVE, "", {}, {"offer_value_usd": 40, "offer_over_limit": False}),
    ("STARK-NMC", ItemKind.PAYMENT, "", {}, {"physician_referrer": True, "stark_value_usd": 9, "stark_ytd_over_cap": False}),
    ("STARK-MSIB", ItemKind.PAYMENT, "", {}, {"msib_item": True, "msib_value_usd": 99, "msib_over_cap": False}),
    (
        "EEAT-FRESHNESS",
        ItemKind.WEB_PAGE,
        "",
        {},
        {"ymyl_topic": True, "reviewed_on": "2020-01-01", "checked_on": "2026-03-02", "review_age_over_limit": False},
    ),
    ("CANSPAM-HEADER", ItemKind.EMAIL, "", {"sender_identity_verified": None}, {"sender_identity_verified": True}),
    ("CANSPAM-HEADER", ItemKind.EMAIL, "", {"sender_identity_verified": False}, {"sender_identity_verified": True}),
    ("CANSPAM-OPTOUT", ItemKind.EMAIL, "", {"optout_ok": None}, {"purpose": "marketing", "optout_ok": True}),
    ("CANSPAM-ADDRESS", ItemKind.EMAIL, "", {"footer_postal_address": None}, {"purpose": "marketing", "footer_postal_address": "1 A St"}),
    ("HIPAA-164.504-BAA", ItemKind.EMAIL, "", {"vendor_baa": False}, {"contains_phi": True, "vendor_baa": True}),
    ("PRIV-WA-MHMDA-CONSENT", ItemKind.AUDIENCE, "", {"hipaa_regulated": False}, {"health_data_shared": True, "hipaa_regulated": True}),
]


@pytest.mark.parametrize(("rule", "kind", "text", "sender", "claims"), LOOSER)
def test_a_claim_never_makes_it_looser(rule: str, kind: ItemKind, text: str, sender: dict[str, Any], claims: dict[str, Any]) -> None:
    assert rule in rules(kind, text, facts=claims, sender=sender)


def test_a_scrubber_that_finds_an_identifier_outweighs_a_claim_that_there_is_none() -> None:
    claims = {"contains_phi": False, "has_user_identifier": False, "page_type": "booking"}

    found = rules(ItemKind.OUTBOUND_EVENT, "x", facts=claims, labels={Label.EMAIL})

    assert {"HIPAA-164.504-BAA", "HIPAA-TRACK-SCHED"} <= found


STRICTER: list[tuple[str, ItemKind, str, dict[str, Any]]] = [
    ("HIPAA-164.514-B2-EMAIL", ItemKind.HANDOFF, "jo@example.org", {"leaves_phi_boundary": True}),
    ("HIPAA-164.514-B2-EMAIL", ItemKind.HANDOFF, "jo@example.org", {"leaves_phi_boundary": "yes"}),
    ("CANSPAM-HEADER", ItemKind.EMAIL, "", {"sender_identity_verified": False}),
    ("CANSPAM-OPTOUT", ItemKind.EMAIL, "", {"purpose": "marketing", "optout_ok": False}),
    ("CANSPAM-ADDRESS", ItemKind.EMAIL, "", {"purpose": "marketing", "footer_postal_address": ""}),
    ("HIPAA-164.504-BAA", ItemKind.EMAIL, "", {"contains_phi": True, "vendor_baa": False}),
    ("CMP-NOMINAL", ItemKind.OFFER_INCENTIVE, "", {"offer_value_usd": 1, "offer_over_limit": True}),
    ("PRIV-WA-MHMDA-CONSENT", ItemKind.AUDIENCE, "", {"health_data_shared": True, "hipaa_regulated": False}),
]


@pytest.mark.parametrize(("rule", "kind", "text", "claims"), STRICTER)
def test_a_claim_may_make_it_stricter(rule: str, kind: ItemKind, text: str, claims: dict[str, Any]) -> None:
    assert rule not in rules(kind, text, facts={"purpose": "marketing"}, sender=KNOWN_SENDER)
    assert rule in rules(kind, text, facts=claims, sender=KNOWN_SENDER)


TEXTS = [example.text for one in load_catalogue().rules for example in one.rule.examples.violating]
claims = st.dictionaries(st.sampled_from([*STRICT, "footer_postal_address"]), st.sampled_from([True, False, None, "yes", "no", "", 0, 1]))
senders = st.fixed_dictionaries(
    {
        "sender_identity_verified": st.sampled_from([True, None]),
        "footer_postal_address": st.sampled_from(["1 A St", None]),
        "optout_ok": st.sampled_from([True, None]),
        "hipaa_regulated": st.booleans(),
        "vendor_baa": st.sampled_from([True, False, None]),
    }
)
amounts = {"offer_value_usd": 20, "stark_value_usd": 20, "stark_year": 2026, "msib_value_usd": 20, "reviewed_on": "2026-01-01"}


@given(st.sampled_from(list(ItemKind)), st.sampled_from(TEXTS), senders, claims, st.booleans())
def test_no_claim_removes_a_finding(kind: ItemKind, text: str, sender: dict[str, Any], claimed: dict[str, Any], identified: bool) -> None:
    # Facts the product derives nothing for stay as they are: only the derived ones may be claimed differently.
    underived = {"vendor_is_treating_provider", "disclosure_logged", "npp_updated_for_part2", "w2_verified", "affiliation_verified"} | (
        set() if identified else {"contains_phi", "has_user_identifier"}
    )
    base: dict[str, Any] = {"purpose": "marketing", "ymyl_topic": True, "checked_on": "2026-03-02", **amounts}
    labels = {Label.MRN} if identified else set()
    claimed = {field: value for field, value in claimed.items() if field not in underived}

    assert rules(kind, text, facts=base, sender=sender, labels=labels) <= rules(
        kind, text, facts={**base, **claimed}, sender=sender, labels=labels
    )


# --- verdicts


def finding(severity: Severity, *, asks: bool = False) -> Finding:
    return Finding(rule="R", family="ftc", severity=severity, citation="c", needs_evidence=asks)


@pytest.mark.parametrize(
    ("found", "at_check", "at_execute"),
    [
        ((), Verdict.PASS, Verdict.PASS),
        ((finding(Severity.WARN),), Verdict.PASS, Verdict.PASS),
        ((finding(Severity.NEEDS_REVIEW),), Verdict.NEEDS_REVIEW, Verdict.NEEDS_REVIEW),
        ((finding(Severity.WARN), finding(Severity.BLOCK)), Verdict.BLOCK, Verdict.BLOCK),
        ((finding(Severity.BLOCK, asks=True),), Verdict.PASS, Verdict.BLOCK),
        ((finding(Severity.NEEDS_REVIEW, asks=True),), Verdict.PASS, Verdict.BLOCK),
        ((finding(Severity.WARN, asks=True),), Verdict.PASS, Verdict.PASS),
    ],
)
def test_the_verdict_at_each_gate(found: tuple[Finding, ...], at_check: Verdict, at_execute: Verdict) -> None:
    assert verdict_of(found, Gate.CHECK) is at_check
    assert verdict_of(found, Gate.EXECUTE) is at_execute


def test_a_mail_without_a_known_sender_waits_at_check_and_blocks_at_execute() -> None:
    mail = Item(kind=ItemKind.EMAIL, text="Our knee clinic has new hours.", states=("WI",), facts={"purpose": "marketing"})

    at_check = check(catalogue(), mail, gate=Gate.CHECK, sender={})
    at_execute = check(catalogue(), mail, gate=Gate.EXECUTE, sender={})

    assert worst(at_check) is Verdict.PASS
    assert worst(at_execute) is Verdict.BLOCK
    assert (
        check(
            catalogue(),
            mail.model_copy(update={"facts": {**mail.facts, "affirmative_consent": True}}),
            gate=Gate.EXECUTE,
            sender=KNOWN_SENDER,
        )
        == ()
    )


# --- actions


def content(**fields: str | float) -> Content:
    return Content(title="Knee pain", body="We treat knees.", fields=dict(fields))


def test_a_handoff_to_our_own_sales_people_may_name_a_day() -> None:
    handoff = Content(title="Hand over L-1", body="MQL until 2026-04-01, 608-555-0142")

    def found(sender: dict[str, Any]) -> set[str]:
        labels = {Label.DATE, Label.PHONE}
        one = check_action(catalogue(), ActionKind.MQL_HANDOFF, handoff, gate=Gate.EXECUTE, sender=sender, identifiers=lambda _: labels)
        return {finding.rule for finding in one if finding.severity is Severity.BLOCK}

    assert found(KNOWN_SENDER) == set()
    assert {"HIPAA-164.514-B2-DATES", "HIPAA-164.504-BAA"} <= found({**KNOWN_SENDER, "vendor_baa": False, "leaves_phi_boundary": True})


def test_every_text_field_of_an_action_is_read() -> None:
    item = item_of(ItemKind.AD_COPY, content(headline="Guaranteed results", budget=5.0), states=("TX",), facts={"a": 1}, evidence=("e",))

    assert item.text == "Knee pain\n\nWe treat knees.\n\nGuaranteed results"
    assert (item.states, item.facts, item.evidence) == (("TX",), {"a": 1}, ("e",))


@pytest.mark.parametrize("kind", ActionKind)
def test_every_action_kind_answers_to_some_rule_family(kind: ActionKind) -> None:
    found = check_action(catalogue(), kind, content(), gate=Gate.CHECK, sender=KNOWN_SENDER)

    assert unclassified(kind).rule not in {one.rule for one in found}
    assert all(catalogue().by_kind[item_kind] for item_kind in KINDS[kind].item_kinds)


def test_a_claim_in_a_field_blocks_the_action() -> None:
    found = check_action(catalogue(), ActionKind.VIDEO_METADATA, content(description="We guarantee results"), gate=Gate.CHECK, sender={})

    assert worst(found) is Verdict.BLOCK


def test_a_kind_no_rule_covers_needs_review(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = KINDS[ActionKind.SUPPRESSION].model_copy(update={"item_kinds": ()})
    monkeypatch.setitem(KINDS, ActionKind.SUPPRESSION, bare)

    found = check_action(catalogue(), ActionKind.SUPPRESSION, content(), gate=Gate.CHECK, sender={})

    assert worst(found) is Verdict.NEEDS_REVIEW
