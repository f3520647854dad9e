"""The rules at the desk: listed and filtered by the address, each one whole, and linked from the findings it makes."""

import re
from html import unescape

import pytest

from policies.actions import ItemKind, Severity
from policies.rules.browse import Asked, chosen
from policies.rules.catalogue import Catalogue
from policies.rules.evidence import may_record
from policies.rules.rule import Family, Rule
from tests.approvals.web.house import House, guarantee
from tests.approvals.web.own_rule import KEY, PRIVACY_KEY, claim, seen, with_own_rule
from tools.store.findings import last_fired


@pytest.fixture
def own(house: House) -> Rule:
    return with_own_rule(house)


def listed(page: str) -> list[str]:
    return re.findall(r'class="strong" href="/rules/([^"]+)"', page)


@pytest.mark.parametrize("name", ["mara", "theo", "inez", "sam", "ada"])
def test_everybody_signed_in_may_read_the_rules(house: House, catalogue: Catalogue, name: str) -> None:
    person = house.signed_in(name)

    assert listed(person.get("/rules").text) == [one.rule.id for one in catalogue.rules]
    assert person.get(f"/rules/{catalogue.rules[0].rule.id}").status_code == 200


def test_the_list_counts_the_rules_and_names_the_pack(house: House, catalogue: Catalogue) -> None:
    page = seen(house.signed_in("ada").get("/rules").text)

    blocks = sum(one.rule.severity is Severity.BLOCK for one in catalogue.rules)
    assert f"{len(catalogue.rules)} rules {blocks} block" in page
    assert f"pack {catalogue.version} , hash {catalogue.hash[:16]}" in page


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("family=aks", Asked(family=Family.AKS)),
        ("state=tx", Asked(state="TX")),
        ("kind=email&severity=block", Asked(kind=ItemKind.EMAIL, severity=Severity.BLOCK)),
        ("words=texas", Asked(words="texas")),
        ("family=poetry&state=XX&kind=&severity=loud&words=", Asked()),
    ],
)
def test_filters_live_in_the_address_and_unknown_values_are_ignored(house: House, catalogue: Catalogue, query: str, asked: Asked) -> None:
    page = house.signed_in("ada").get(f"/rules?{query}").text

    found = [rule.id for rule in chosen(catalogue, asked)]
    assert listed(page) == found
    assert (f"{len(found)} of {len(catalogue.rules)} match" in seen(page)) is (asked != Asked())


def test_no_match_says_so(house: House) -> None:
    assert "No rule matches these filters" in house.signed_in("ada").get("/rules?words=nowhere-to-be-found").text


def test_what_somebody_searches_for_is_shown_as_text(house: House) -> None:
    page = house.signed_in("ada").get('/rules?words="><script>').text

    assert "<script>" not in page


def test_a_rules_page_holds_everything_about_it(house: House, own: Rule) -> None:
    page = house.signed_in("ada").get("/rules/OWN-WORD").text

    for part in (
        "A word of ours",
        "OWN-WORD",
        "FTC",
        "Florida",
        "Blocks",
        "A proof nobody has misleads.",
        "Leave it out.",
        "It may say instead: Ask us what to expect.",
        "The word",
        "proven",
        "A proven <b>cure</b>",
        "with purpose marketing",
        "1 must fire, 1 must not",
        "Substantiation record, recorded by clinical reviewer, compliance or administrator",
        "HIPAA authorization, recorded by privacy officer, compliance or administrator",
        "since 2026-01-01",
        "Checked 2026-11",
        "Not verified against its source",
        "medium",
        "Ours.",
        house.workspace.catalogue.pack,
    ):
        assert part in seen(page) or part in unescape(page), part
    assert 'href="https://www.ecfr.gov/current/title-16/section-255.5"' in page
    assert "<b>cure</b>" not in page


def test_every_rule_has_a_page(house: House, catalogue: Catalogue) -> None:
    ada = house.signed_in("ada")

    for one in catalogue.rules:
        page = ada.get(f"/rules/{one.rule.id}")
        assert page.status_code == 200
        text = seen(page.text)
        assert " ".join(one.rule.detect.signal.split()) in text
        assert all(" ".join(example.text.split()) in " ".join(unescape(page.text).split()) for example in one.rule.examples.violating)


def test_an_unknown_rule_is_not_found_and_the_closest_are_named(house: House, catalogue: Catalogue) -> None:
    known = catalogue.rules[0].rule.id

    answer = house.signed_in("ada").get(f"/rules/{known[:-1]}")

    assert answer.status_code == 404
    assert known in answer.text


def test_the_list_and_the_page_say_when_a_rule_last_fired(house: House) -> None:
    action = house.propose(guarantee())
    house.clock.forward(hours=3)
    ada = house.signed_in("ada")
    (rule, *_) = (finding.rule for finding in action.findings)

    rows = dict(re.findall(r'href="/rules/([^"]+)".*?data-name="Last fired">(.*?)</td>', ada.get("/rules").text, re.DOTALL))
    page = seen(ada.get(f"/rules/{rule}").text)

    assert {name for name, cell in rows.items() if "3 hours ago" in cell} == {finding.rule for finding in action.findings}
    assert "never" in "".join(rows.values())
    assert "Last fired 2 Mar 2026, 04:00 EST" in page
    assert "1 stored version of items" in page


def test_coverage_counts_examples_by_rule_and_names_the_detectors(house: House, catalogue: Catalogue) -> None:
    page = house.signed_in("ada").get("/rules?view=coverage").text

    cells = r'href="/rules/([^"]+)".*?data-name="Violating" class="number">(\d+)<.*?data-name="Clean" class="number">(\d+)<'
    found = [(rule, int(violating), int(clean)) for rule, violating, clean in re.findall(cells, page, re.DOTALL)]
    assert found == [(one.rule.id, len(one.rule.examples.violating), len(one.rule.examples.clean)) for one in catalogue.rules]
    named = next(one.rule for one in catalogue.rules if one.rule.detect.detectors or one.rule.detect.suspects)
    (detector, *_) = (*named.detect.detectors, *named.detect.suspects)
    assert detector.replace("_", " ").capitalize() in page


def test_a_finding_says_why_what_else_it_may_say_and_who_may_clear_it(house: House, own: Rule) -> None:
    action = house.propose(claim())

    page = house.signed_in("inez").get(f"/actions/{action.id}").text

    text = seen(page)
    assert "Why: A proof nobody has misleads." in text
    assert "It may say instead: Ask us what to expect." in text
    assert "Recorded by clinical reviewer, compliance, administrator or privacy officer." in text
    assert '<a href="https://www.ecfr.gov/current/title-16/section-255.5" rel="noreferrer">16 CFR 255.<wbr>5</a>; house style' in page
    assert "Fla. Stat. 458.3312" in text, "a section number is taken for a telephone number"
    assert 'href="/rules/OWN-WORD"' in page


@pytest.mark.parametrize("name", ["mara", "theo", "inez", "sam", "ada"])
def test_a_finding_links_to_the_form_for_exactly_the_evidence_a_person_may_record(house: House, own: Rule, name: str) -> None:
    action = house.propose(claim())
    roles = next(set(person.roles) for person in house.workspace.practice.people if person.username == name)

    page = house.signed_in(name).get(f"/actions/{action.id}").text

    offered = set(re.findall(rf'href="/evidence\?key=([a-z_]+)&amp;subject={action.id}#record"', page))
    assert offered == {key for key in (KEY, PRIVACY_KEY) if roles & set(may_record(key))}


def test_a_finding_of_a_rule_that_is_gone_has_no_dead_link(house: House, own: Rule, catalogue: Catalogue) -> None:
    action = house.propose(claim())
    object.__setattr__(house.workspace, "catalogue", catalogue)

    page = house.signed_in("ada").get(f"/actions/{action.id}").text

    assert "OWN-WORD" in page
    assert "/rules/OWN-WORD" not in page


def test_the_stored_findings_of_the_desk_are_counted_per_version(house: House, own: Rule) -> None:
    for subject in ("video-1", "video-2"):
        house.propose(claim(subject))

    with house.workspace.database.read() as connection:
        assert last_fired(connection)["OWN-WORD"].versions == 2


def test_a_filter_that_is_none_of_ours_is_said_and_an_id_may_be_written_small(house: House) -> None:
    mara = house.signed_in("mara")

    assert "asks for a state that is not in the list" in mara.get("/rules?state=ZZ").text
    assert "is not in the list" not in mara.get("/rules?state=TX").text
    assert "FTC-CLAIM-CURE" in mara.get("/rules/ftc-claim-cure").text
