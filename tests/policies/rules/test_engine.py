"""Scope, fire, clear, result: the evaluation model, one behaviour at a time."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.actions import Finding, Gate, Item, ItemKind, Severity, Verdict, worst
from policies.rules.catalogue import Catalogue
from policies.rules.engine import CONTEXT_FACTS, SENDER_FACTS, evaluate
from policies.rules.operators import holds
from policies.rules.rule import Condition, Operator
from tests.timing import seconds
from tools.packs.rules import load_catalogue


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


def found(
    kind: ItemKind,
    text: str = "",
    *,
    states: tuple[str, ...] | None = None,
    facts: dict[str, Any] | None = None,
    evidence: tuple[str, ...] = (),
    gate: Gate = Gate.CHECK,
) -> dict[str, Finding]:
    item = Item(kind=kind, text=text, states=states, facts=facts or {}, evidence=evidence)
    return {finding.rule: finding for finding in evaluate(catalogue(), item, gate)}


# --- operators

MISSING_TRUE = [("ne", "x"), ("not_true", None), ("missing", None), ("lacks_any", ["x"])]
MISSING_FALSE = [
    ("eq", "x"),
    ("in", ["x"]),
    ("not_in", ["x"]),
    ("is_true", None),
    ("is_false", None),
    ("has_outside", ["x"]),
    ("exists", None),
    ("gt", 1),
    ("gte", 1),
    ("lt", 1),
    ("lte", 1),
]


@pytest.mark.parametrize(("op", "value"), MISSING_TRUE)
@pytest.mark.parametrize("facts", [{}, {"f": None}])
def test_an_absent_fact_makes_these_true(op: str, value: object, facts: dict[str, Any]) -> None:
    assert holds(Condition(field="f", op=Operator(op), value=value), facts)


@pytest.mark.parametrize(("op", "value"), MISSING_FALSE)
@pytest.mark.parametrize("facts", [{}, {"f": None}])
def test_an_absent_fact_makes_these_false(op: str, value: object, facts: dict[str, Any]) -> None:
    assert not holds(Condition(field="f", op=Operator(op), value=value), facts)


def test_every_operator_has_an_answer_for_an_absent_fact() -> None:
    assert {op for op, _ in MISSING_TRUE + MISSING_FALSE} == set(Operator)


@pytest.mark.parametrize(
    ("op", "wanted", "true_for", "false_for"),
    [
        ("eq", "x", ["x"], ["y", "", 0]),
        ("eq", False, [False, "no", 0], [True, "yes"]),
        ("eq", 1, [1], [2, True]),
        ("ne", "x", ["y", 0], ["x"]),
        ("ne", False, [True, "maybe"], [False, "false"]),
        ("in", ["a", "b"], ["a"], ["c", ["a"]]),
        ("not_in", [8, 9], [10, "9"], [8]),
        ("is_true", None, [True, "yes", "TRUE", 1], [False, "no", 0, "perhaps", []]),
        ("not_true", None, [False, "no", 0, "perhaps", []], [True, "yes", 1]),
        ("is_false", None, [False, "no", 0], [True, "perhaps"]),
        ("missing", None, ["", []], ["x", 0, False]),
        ("exists", None, ["x", 0, False], ["", []]),
        ("gt", 5, [6, "6", "$1,500", "many", float("nan")], [5, "$5"]),
        ("gte", 5, [5, True], [4.9]),
        ("lt", 5, [4.9, "4", "$3", "3 people", "5 months", "many", "1,5", "", False], [5, "5 years"]),
        ("lte", 5, [5, "5 ft", "1 mile", [1]], [5.1, "1,500 ft"]),
        ("has_outside", ["a", "b"], [["a", "c"], "c"], [["a"], [], "b"]),
        ("lacks_any", ["a", "b"], [["a"], [], "a"], [["a", "b", "c"]]),
    ],
)
def test_operators(op: str, wanted: object, true_for: list[object], false_for: list[object]) -> None:
    condition = Condition(field="f", op=Operator(op), value=wanted)

    assert all(holds(condition, {"f": value}) for value in true_for)
    assert not any(holds(condition, {"f": value}) for value in false_for)


# --- scope


def test_a_rule_runs_only_on_its_kinds() -> None:
    assert "FTC-CLAIM-GUARANTEE" in found(ItemKind.AD_COPY, "We guarantee results")
    assert "FTC-CLAIM-GUARANTEE" not in found(ItemKind.VENDOR, "We guarantee results")


@pytest.mark.parametrize(("states", "runs"), [(None, True), (("CA",), True), (("TX", "CA"), True), (("TX",), False)])
def test_a_state_rule_runs_in_its_state_and_where_the_state_is_unknown(states: tuple[str, ...] | None, runs: bool) -> None:
    text = "Dr. Vale, MD, is board certified in aesthetic surgery"

    assert ("STATE-CA-BOARDCERT" in found(ItemKind.AD_COPY, text, states=states)) is runs


@pytest.mark.parametrize(("state", "runs"), [("WA", True), ("MD", True), ("TX", False)])
def test_a_rule_of_several_states_runs_in_each(state: str, runs: bool) -> None:
    facts = {"geo_target_type": "radius", "near_health_facility": True, "radius_ft": 1500}

    assert ("PRIV-GEOFENCE" in found(ItemKind.AUDIENCE, states=(state,), facts=facts)) is runs


def test_a_rule_for_all_states_runs_whatever_the_state() -> None:
    assert "STATE-GEN-IDENTIFY" in found(ItemKind.AD_COPY, "Meet Dr. Lane", states=("OH",))


ON_GOOGLE: tuple[object, ...] = ("Google Ads", "google-ads", " google", "google_ads ", ["google"], "gbp", "google.com")
ON_META: tuple[object, ...] = ("facebook_ads", "instagram_ads", "www.facebook.com", ["meta", "tiktok"])
ON_ANY: tuple[object, ...] = ("UNKNOWN", "other", "?", "google,meta", True, "bing, ?", [], " ", "google/meta")
ON_NEITHER: tuple[object, ...] = ("smtp", "webhook", "sales inbox", "TikTok", "Healthgrades.com")
WRITTEN = [
    ({"platform": name}, meta, google)
    for names, meta, google in ((ON_GOOGLE, False, True), (ON_META, True, False), (ON_ANY, True, True), (ON_NEITHER, False, False))
    for name in names
]


@pytest.mark.parametrize(
    ("facts", "meta", "google"),
    [
        ({}, True, True),
        ({"platform": "unknown"}, True, True),
        ({"platform": None}, True, True),
        ({"platform": "meta"}, True, False),
        ({"destination": "Facebook"}, True, False),
        ({"platform": "google"}, False, True),
        ({"destination": "google_ads"}, False, True),
        ({"platform": "youtube"}, False, True),
        ({"platform": "linkedin"}, False, False),
        ({"platform": "linkedin", "destination": "meta"}, True, False),
        *WRITTEN,
    ],
)
def test_platform_rules_run_on_their_platform_and_where_it_is_unknown(facts: dict[str, Any], meta: bool, google: bool) -> None:
    rules = found(ItemKind.AD_COPY, "Is your diabetes out of control? Try our stem cell therapy clinic", facts=facts)

    assert ("META-PERSONAL-ATTR" in rules) is meta
    assert ("GADS-EXPERIMENTAL" in rules) is google


@pytest.mark.parametrize("name", ["google_ads", "Google Ads", "google-ads", ["google"], "google,meta", "other"])
def test_a_destination_is_the_same_however_it_is_written(name: object) -> None:
    wanted = Condition(field="destination", op=Operator.EQ, value="google_ads")

    assert holds(wanted, {"destination": name})
    assert not holds(wanted, {"destination": "smtp"})


# --- fire


def test_a_disclaimer_elsewhere_does_not_clear_a_claim() -> None:
    claim = "Our program reverses diabetes."

    assert "FTC-CLAIM-CURE" in found(ItemKind.AD_COPY, f"There is no cure for arthritis. {claim} Call us.")
    assert "FTC-CLAIM-CURE" not in found(ItemKind.AD_COPY, "Research into a cure for arthritis is under way.")


def test_a_second_claim_fires_though_the_first_is_taken_back() -> None:
    finding = found(ItemKind.AD_COPY, "There is no cure for arthritis pain. A permanent cure for neuropathy!")["FTC-CLAIM-CURE"]

    assert finding.quote == "cure for neuropathy"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("FTC-CLAIM-CURE", "cures pain and " * 20_000 + "there is no cure"),
        ("STATE-FL-FREE72", "free care " * 20_000 + "within 72 hours of responding"),
    ],
)
def test_a_claim_made_very_often_costs_no_more_than_its_length(rule: str, text: str) -> None:
    findings: dict[str, Finding] = {}

    assert seconds(lambda: findings.update(found(ItemKind.AD_COPY, text)), runs=1) < 10  # judged hit by hit this took minutes
    assert rule not in findings


def test_a_notice_the_law_prescribes_may_stand_in_another_sentence() -> None:
    notice = "You may refuse or cancel payment within 72 hours of responding to this ad."

    assert "STATE-FL-FREE72" in found(ItemKind.AD_COPY, "Free consult.", states=("FL",))
    assert "STATE-FL-FREE72" not in found(ItemKind.AD_COPY, f"Free consult. {notice}", states=("FL",))


def test_conditions_and_patterns_must_both_hold() -> None:
    assert "HIPAA-164.514-B2-EMAIL" not in found(ItemKind.HANDOFF, "jo@example.org", facts={"leaves_phi_boundary": False})
    assert "HIPAA-164.514-B2-EMAIL" not in found(ItemKind.HANDOFF, "asked about knees", facts={"leaves_phi_boundary": True})
    assert "HIPAA-164.514-B2-EMAIL" in found(ItemKind.HANDOFF, "jo@example.org", facts={"leaves_phi_boundary": True})


def test_a_filled_identifier_field_counts_as_the_identifier_and_is_never_quoted() -> None:
    finding = found(ItemKind.OUTBOUND_EVENT, facts={"leaves_phi_boundary": True, "first_name": "Ana"})["HIPAA-164.514-B2-NAMES"]

    assert finding.quote == "first_name"
    assert "Ana" not in finding.model_dump_json()


@pytest.mark.parametrize(
    ("today", "year", "over"), [("2026-12-31", 1936, True), ("2026-12-31", 1937, False), ("2027-01-01", 1937, True), (None, 1937, False)]
)
def test_a_birth_year_is_judged_by_the_day_of_the_check(today: str | None, year: int, over: bool) -> None:
    facts = {"leaves_phi_boundary": True, "checked_on": today}

    assert ("HIPAA-164.514-B2-AGE89" in found(ItemKind.HANDOFF, f"birth_year: {year}", facts=facts)) is over


def test_an_old_day_of_medical_review_in_the_text_counts_like_the_fact() -> None:
    text = "Medically reviewed by Ana Ruiz, MD, on March 3, 2023."

    assert "EEAT-FRESHNESS" in found(ItemKind.WEB_PAGE, text, facts={"checked_on": "2026-03-02"})
    assert "EEAT-FRESHNESS" not in found(ItemKind.WEB_PAGE, text, facts={"checked_on": "2024-03-02"})
    assert "EEAT-FRESHNESS" not in found(ItemKind.WEB_PAGE, text, facts={"checked_on": "2026-03-02", "review_age_over_limit": False})


def test_quotes_carry_offsets_into_the_text_as_given() -> None:
    text = "\u200bÉl dijo: “we gua\u00adrantee results” ™"

    finding = found(ItemKind.AD_COPY, text)["FTC-CLAIM-GUARANTEE"]

    assert text[finding.start : finding.end] == finding.quote
    assert "gua\u00adrantee" in finding.quote


def test_a_quote_begins_with_its_own_sentence() -> None:
    finding = found(ItemKind.AD_COPY, "Call today. We guarantee results.")["FTC-CLAIM-GUARANTEE"]

    assert (finding.quote, finding.start) == ("We guarantee results", 12)


# --- clear


def test_one_key_of_any_of_clears() -> None:
    assert "FTC-CLAIM-QUANT" in found(ItemKind.AD_COPY, "98% success rate", evidence=("counsel_signoff",))
    assert "FTC-CLAIM-QUANT" not in found(ItemKind.AD_COPY, "98% success rate", evidence=("substantiation_record",))


def test_all_of_needs_every_key() -> None:
    text, state = "Board certified in aesthetic surgery", ("CA",)

    assert "STATE-CA-BOARDCERT" in found(ItemKind.AD_COPY, text, states=state, evidence=("board_cert_verified_recognized",))
    both = ("board_full_name_present", "board_cert_verified_recognized")
    assert "STATE-CA-BOARDCERT" not in found(ItemKind.AD_COPY, text, states=state, evidence=both)


@pytest.mark.parametrize(
    ("rule", "state", "text", "key", "clears"),
    [
        ("STATE-NC-ADV", "NC", "See our before and after photos.", "own_patient_photo", True),
        ("STATE-NC-ADV", "NC", "See our before and after photos.", "substantiation_record", False),
        ("STATE-NC-ADV", "NC", "An exclusive method.", "own_patient_photo", False),
        ("STATE-NY-SUP-PRICE", "NY", "A free gift with your first visit.", "price_period_stated", False),
        ("STATE-CA-PRICE-SUP", "CA", "Veneers as low as $499.", "substantiation_record", False),
        ("STATE-CA-PRICE-SUP", "CA", "Veneers as low as $499.", "price_exact_and_complete", True),
        ("STATE-MA-ADV", "MA", "Act now.", "substantiation_record", False),
        ("STATE-NJ-ADV", "NJ", "Success guaranteed.", "substantiation_record", False),
        ("STATE-TX-BOARDCERT", "TX", "Board-eligible surgeon.", "board_cert_verified_recognized", False),
        ("FTC-CLAIM-CLINICALLY-PROVEN", "TX", "Studies show that exercise helps most backs.", "guideline_citation", True),
        ("FTC-CLAIM-CLINICALLY-PROVEN", "TX", "Clinically proven relief.", "guideline_citation", False),
    ],
)
def test_a_key_clears_its_own_trigger_and_no_other(rule: str, state: str, text: str, key: str, clears: bool) -> None:
    before = found(ItemKind.AD_COPY, text, states=(state,))[rule]
    after = found(ItemKind.AD_COPY, text, states=(state,), evidence=(key,)).get(rule)

    assert (after is None) is clears
    assert (key in before.cleared_by["any_of"]) is clears


def test_a_rule_that_nothing_clears_is_cleared_by_nothing() -> None:
    every_key = {key for one in catalogue().rules for key in (*one.rule.cleared_by.any_of, *one.rule.cleared_by.all_of)}

    assert "FTC-CLAIM-GUARANTEE" in found(ItemKind.AD_COPY, "We guarantee results", evidence=tuple(every_key))


def test_a_finding_says_what_would_clear_it() -> None:
    assert found(ItemKind.AD_COPY, "98% success rate")["FTC-CLAIM-QUANT"].cleared_by == {
        "any_of": ("substantiation_rct", "substantiation_record"),
        "all_of": (),
    }


# --- needs evidence

MARKETING = {"purpose": "marketing"}
GEOFENCE = {"geo_target_type": "radius", "near_health_facility": True}


@pytest.mark.parametrize(
    ("rule", "kind", "facts"),
    [
        ("CANSPAM-HEADER", ItemKind.EMAIL, {}),
        ("CANSPAM-ADDRESS", ItemKind.EMAIL, MARKETING),
        ("CANSPAM-OPTOUT", ItemKind.EMAIL, MARKETING),
        ("CANSPAM-ADID", ItemKind.EMAIL, MARKETING),
        ("TCPA-HOURS", ItemKind.SMS_CALL, MARKETING),
        ("PRIV-GEOFENCE", ItemKind.AUDIENCE, GEOFENCE),
    ],
)
def test_a_missing_sender_or_context_fact_asks_for_evidence_at_check_and_blocks_at_execute(
    rule: str, kind: ItemKind, facts: dict[str, Any]
) -> None:
    at_check = found(kind, facts=facts)[rule]
    at_execute = found(kind, facts=facts, gate=Gate.EXECUTE)[rule]

    assert at_check.needs_evidence
    assert worst((at_check,)) is Verdict.PASS
    assert not at_execute.needs_evidence
    assert worst((at_execute,)) is Verdict.BLOCK


@pytest.mark.parametrize(
    ("rule", "kind", "facts"),
    [
        ("CANSPAM-HEADER", ItemKind.EMAIL, {"sender_identity_verified": False}),
        ("CANSPAM-ADDRESS", ItemKind.EMAIL, {**MARKETING, "footer_postal_address": ""}),
        ("CANSPAM-OPTOUT", ItemKind.EMAIL, {**MARKETING, "optout_ok": False}),
        ("CANSPAM-ADID", ItemKind.EMAIL, {**MARKETING, "ad_identifier": False}),
        ("TCPA-HOURS", ItemKind.SMS_CALL, {**MARKETING, "recipient_local_hour": 22}),
        ("PRIV-GEOFENCE", ItemKind.AUDIENCE, {**GEOFENCE, "radius_ft": 500}),
        ("HIPAA-164.504-BAA", ItemKind.EMAIL, {"contains_phi": True}),
        ("HIPAA-REVIEW-NAME", ItemKind.REVIEW_REPLY, {}),
        ("CMP-NOMINAL", ItemKind.AD_COPY, {"offer_over_limit": True}),
        ("FTC-255-MATCONN", ItemKind.AD_COPY, {"endorser_received_value": True}),
        ("STATE-GA-TITLE", ItemKind.AD_COPY, {"names_practitioner": True}),
        ("EEAT-REVIEWER", ItemKind.WEB_PAGE, {"ymyl_topic": True}),
        ("HIPAA-164.508-AUTH-ELEMENTS", ItemKind.EMAIL, {"auth_in_use": True}),
    ],
)
def test_a_known_risk_raises_the_verdict_whatever_else_is_missing(rule: str, kind: ItemKind, facts: dict[str, Any]) -> None:
    finding = found(kind, "Dear Karen Miller, thanks" if rule == "HIPAA-REVIEW-NAME" else "", facts=facts)[rule]

    assert not finding.needs_evidence
    assert worst((finding,)) is not Verdict.PASS


def test_a_rule_that_only_warns_never_blocks() -> None:
    finding = found(ItemKind.WEB_PAGE, facts={"holds_part2_records": True}, gate=Gate.EXECUTE)["HIPAA-164.520-NPP"]

    assert finding.severity is Severity.WARN


def test_sender_and_context_facts_are_facts_the_rules_read() -> None:
    read = {condition.field for one in catalogue().rules for condition in one.rule.detect.conditions_all}

    assert read >= SENDER_FACTS | CONTEXT_FACTS
    assert SENDER_FACTS.isdisjoint(CONTEXT_FACTS)


# --- properties

FIELDS = sorted({condition.field for one in load_catalogue().rules for condition in one.rule.detect.conditions_all})
TEXTS = [example.text for one in load_catalogue().rules for example in (*one.rule.examples.violating, *one.rule.examples.clean)]
values = st.one_of(st.none(), st.booleans(), st.integers(-5, 30), st.sampled_from(["marketing", "yes", "", "meta"]), st.just(["a"]))
items = st.builds(
    Item,
    kind=st.sampled_from(list(ItemKind)),
    text=st.one_of(st.text(max_size=60), st.lists(st.sampled_from(TEXTS), max_size=3).map(" ".join)),
    states=st.one_of(st.none(), st.lists(st.sampled_from(["CA", "TX", "FL", "WA"]), max_size=2).map(tuple)),
    facts=st.dictionaries(st.sampled_from(FIELDS), values, max_size=6),
)


@given(items, st.sampled_from(Gate))
def test_the_same_item_gives_the_same_findings(item: Item, gate: Gate) -> None:
    first = evaluate(catalogue(), item, gate)

    assert first == evaluate(catalogue(), item, gate)
    assert all(finding.start is None or item.text[finding.start : finding.end] == finding.quote for finding in first)


@given(items)
def test_execute_is_never_milder_than_check(item: Item) -> None:
    order = [Verdict.PASS, Verdict.NEEDS_REVIEW, Verdict.BLOCK]

    at_check, at_execute = (worst(evaluate(catalogue(), item, gate)) for gate in (Gate.CHECK, Gate.EXECUTE))

    assert order.index(at_execute) >= order.index(at_check)


@given(items, st.sampled_from(["hipaa_authorization", "substantiation_rct", "counsel_signoff"]))
def test_evidence_only_ever_removes_findings(item: Item, key: str) -> None:
    without = evaluate(catalogue(), item, Gate.CHECK)
    with_key = evaluate(catalogue(), item.model_copy(update={"evidence": (key,)}), Gate.CHECK)

    assert {finding.rule for finding in with_key} <= {finding.rule for finding in without}


@given(items)
def test_an_unknown_state_finds_at_least_what_any_state_does(item: Item) -> None:
    anywhere = evaluate(catalogue(), item.model_copy(update={"states": None}), Gate.CHECK)

    assert {finding.rule for finding in evaluate(catalogue(), item, Gate.CHECK)} <= {finding.rule for finding in anywhere}


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("It cures arthritis.", Severity.BLOCK),
        ("We do not say it cures arthritis.", Severity.NEEDS_REVIEW),
        ("The line it cures arthritis is retired.", Severity.NEEDS_REVIEW),
        ("No other clinic can match us: it cures arthritis.", Severity.BLOCK),
        ("Do not wait. It cures arthritis.", Severity.BLOCK),
        ("It cures arthritis and we do not charge for parking.", Severity.BLOCK),
    ],
)
def test_a_denial_in_the_same_clause_makes_a_block_a_question_for_a_person(text: str, severity: Severity) -> None:
    assert found(ItemKind.AD_COPY, text)["FTC-CLAIM-CURE"].severity is severity


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ('Scrapped headline: "it cures arthritis". Runs instead: our name and address.', Severity.NEEDS_REVIEW),
        ("The draft said it cures arthritis. Cut it.", Severity.NEEDS_REVIEW),
        ("Does it say it cures arthritis? No. We say what the study says.", Severity.NEEDS_REVIEW),
        ("Want the laser that cures arthritis? No problem. Call us.", Severity.BLOCK),
        ("It cures arthritis. Come in before the offer is pulled.", Severity.BLOCK),
        ("Turned away elsewhere? It cures arthritis.", Severity.BLOCK),
        ("It cures\n\narthritis.", Severity.NEEDS_REVIEW),
        ("It cures\narthritis.", Severity.BLOCK),
    ],
)
def test_copy_that_was_thrown_out_or_stands_in_two_paragraphs_is_a_question_for_a_person(text: str, severity: Severity) -> None:
    assert found(ItemKind.AD_COPY, text)["FTC-CLAIM-CURE"].severity is severity


def test_two_list_items_in_a_row_never_block() -> None:
    assert all(one.severity is not Severity.BLOCK for one in found(ItemKind.WEB_PAGE, "Cure\n\nCancer screening").values())


@pytest.mark.parametrize(
    ("kind", "claim", "aside", "rule"),
    [
        (ItemKind.AD_COPY, "Free dental exam and X-rays for new patients this week!", "Our address has ample parking.", "STATE-FL-FREE72"),
        (ItemKind.AD_COPY, "Free dental exam and X-rays for new patients this week!", "Bring your dental records.", "STATE-FL-FREE72"),
        (ItemKind.EMAIL, "Join our VIP membership for $99 a month, billed automatically.", "Read our newsletter.", "FTC-ROSCA"),
        (
            ItemKind.WEB_PAGE,
            "The Meta pixel runs on every page of our patient portal after login.",
            "We do not sell price tags.",
            "HIPAA-TRACK-AUTH",
        ),
    ],
)
def test_a_word_in_another_sentence_takes_nothing_back(kind: ItemKind, claim: str, aside: str, rule: str) -> None:
    assert rule in found(kind, claim)
    assert rule in found(kind, f"{claim} {aside}")
