"""Where somebody works and with whom they live: only "same" comes out, and only of those whom it is meant for."""

import pytest

from policies.phi.groups import organisation, work_domain
from policies.records import Source
from tests.policies.phi.event_samples import clean, scrub, visible

REFERRER = {"npi": "1234567893", "email": "pat@lakeview-fm.example", "organisation": "Lakeview Family Medicine, PLLC"}
ONE, OTHER = "sam.one@example.com", "alex.other@example.org"


def keys(**fields: object) -> list[str]:
    return list(clean(Source.CRM, dict(fields))["group_keys"])


@pytest.mark.parametrize("name", ["Lakeview Family Medicine", "LAKEVIEW  Family Medicine P.L.L.C.", "The Lakeview Family Medicine, Inc"])
def test_a_referrer_is_of_one_practice_however_its_name_is_written(name: str) -> None:
    assert keys(**REFERRER | {"organisation": name}) == keys(**REFERRER)
    assert [key.split(":")[0] for key in keys(**REFERRER)] == ["org", "orgsite"]


def test_another_name_and_another_site_are_other_keys() -> None:
    assert not {*keys(**REFERRER)} & {*keys(**REFERRER | {"organisation": "Lakeview Dental", "email": "pat@lakeview-dental.example"})}


def test_where_a_patient_works_is_nobodys_business() -> None:
    assert keys(email="pat@lakeview-fm.example", organisation="Lakeview Family Medicine") == []


@pytest.mark.parametrize(
    "address", ["pat@gmail.com", "pat@yahoo.co.uk", "pat@tampabay.rr.com", "pat@doctor.com", "not an address", "pat@localhost", ""]
)
def test_an_address_that_anybody_may_have_names_no_workplace(address: str) -> None:
    assert work_domain(address) is None


@pytest.mark.parametrize(
    "name", ["", "n/a", "Self-Employed", "LLC", "A.", "private practice", "Other", "Not provided", "TBD", "\u200b", "12"]
)
def test_what_names_no_organisation_links_nobody(name: str) -> None:
    assert organisation(name) is None


def test_two_who_name_each_other_and_agree_come_to_the_same_household() -> None:
    one = keys(email=ONE, partner_email=OTHER.upper(), household_consent="yes")
    other = keys(email=OTHER, partner_email=f" {ONE} ", household_consent=True)

    assert one == other
    assert [key.split(":")[0] for key in one] == ["home"]


def test_a_name_that_begins_with_a_degree_keeps_it() -> None:
    assert organisation("MD Anderson") != organisation("Anderson LLC")


def test_a_no_and_a_yes_to_nobody_are_a_household_of_ones_own() -> None:
    before = keys(email=ONE, partner_email=OTHER, household_consent="yes")
    said = [
        keys(email=ONE, household_consent="no"),
        keys(email=ONE, household_consent="yes"),
        keys(email=ONE, partner_email="x", household_consent="yes"),
    ]

    assert said[0] == said[1] == said[2] != before
    assert [key.split(":")[0] for key in said[0]] == ["home"]


@pytest.mark.parametrize(
    "fields",
    [
        {"email": ONE, "partner_email": OTHER},
        {"email": ONE, "partner_email": OTHER, "household_consent": "perhaps"},
        {"partner_email": OTHER, "household_consent": "yes"},
    ],
)
def test_without_an_own_address_and_a_plain_word_nothing_is_said_of_a_household(fields: dict[str, object]) -> None:
    assert keys(**fields) == []


def test_nothing_of_workplace_or_partner_comes_out_in_words() -> None:
    shown = visible(scrub(Source.CRM, REFERRER)) + visible(
        scrub(Source.CRM, {"email": ONE, "partner_email": OTHER, "household_consent": 1})
    )

    assert not any(word in shown for word in ("lakeview", "alex.other", "sam.one"))


def test_the_partner_is_not_written_down_as_a_contact() -> None:
    contact = scrub(Source.CRM, {"email": ONE, "partner_email": OTHER, "household_consent": "yes"}).contact

    assert contact is not None
    assert OTHER not in contact.model_dump_json()
