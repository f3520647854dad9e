"""The practice as compliance facts: what the file says, and None where it does not."""

from typing import Any

import pytest

from policies.actions import ActionKind
from policies.check import STRICT
from tools.facts import sender_facts
from tools.practice import Practice


def practice(*, organisation: dict[str, Any] | None = None, destinations: dict[str, Any] | None = None) -> Practice:
    return Practice.model_validate(
        {
            "key": "lakeside",
            "organisation": {
                "name": "Lakeside Joints",
                "legal_name": "Lakeside Joints LLC",
                "postal_address": "100 Lake Rd, Madison WI 53703",
                "reply_to": "care@lakeside.example.org",
                "phone": "608-555-0100",
                "website": "https://lakeside.example.org",
                "sender_identity_verified": True,
                "unsubscribe_url": "https://lakeside.example.org/stop",
                **(organisation or {}),
            },
            "timezone": "America/Chicago",
            "brands": ["Lakeside"],
            "locations": [],
            "service_lines": [],
            "providers": [],
            "budget": {"monthly_usd": 100, "by_channel_usd": {"email": 100}},
            "channels": {},
            "destinations": destinations or {},
            "people": [],
            "approval_policy": {"rules": []},
        }
    )


SMTP = {"host": "localhost", "sender": "care@lakeside.example.org", "baa": True}
WEBHOOK = {"name": "crm", "url": "https://crm.example.net/in", "secret_env": "CRM_SECRET", "baa": False}


def test_what_the_practice_states() -> None:
    facts = sender_facts(practice())

    assert facts["sender_identity_verified"] is True
    assert facts["footer_postal_address"] == "100 Lake Rd, Madison WI 53703"
    assert facts["optout_ok"] is True
    assert facts["hipaa_regulated"] is True


def test_what_it_does_not_state_is_none_not_false() -> None:
    bare = practice(organisation={"sender_identity_verified": False, "unsubscribe_url": "", "postal_address": " "})

    facts = sender_facts(bare)

    assert [facts[field] for field in ("sender_identity_verified", "optout_ok", "footer_postal_address")] == [None, None, None]


def test_a_practice_outside_hipaa_says_so() -> None:
    assert sender_facts(practice(organisation={"hipaa_regulated": False}))["hipaa_regulated"] is False


@pytest.mark.parametrize(
    ("destinations", "kind", "baa", "leaves"),
    [
        ({"smtp": SMTP}, ActionKind.NURTURE_EMAIL, True, False),
        ({"smtp": SMTP | {"baa": False}}, ActionKind.NURTURE_EMAIL, False, True),
        ({}, ActionKind.NURTURE_EMAIL, False, True),
        ({}, ActionKind.MQL_HANDOFF, True, False),
        ({"webhook": WEBHOOK}, ActionKind.MQL_HANDOFF, False, True),
        ({"webhook": WEBHOOK | {"baa": True}}, ActionKind.MQL_HANDOFF, True, False),
        ({"webhook": WEBHOOK}, ActionKind.REVIEW_REPLY, None, False),
    ],
)
def test_an_action_leaves_only_to_vendors_without_a_baa(
    destinations: dict[str, Any], kind: ActionKind, baa: bool | None, leaves: bool
) -> None:
    facts = sender_facts(practice(destinations=destinations), kind=kind)

    assert (facts["vendor_baa"], facts["leaves_phi_boundary"]) == (baa, leaves)


@pytest.mark.parametrize(
    ("destination", "baa", "leaves"),
    [
        ("smtp", True, False),
        ("email", True, False),
        ("crm", False, True),
        ("webhook", False, True),
        ("meta", None, True),
        (None, None, True),
    ],
)
def test_a_destination_is_looked_up_in_the_baa_register(destination: str | None, baa: bool | None, leaves: bool) -> None:
    facts = sender_facts(practice(destinations={"smtp": SMTP, "webhook": WEBHOOK}), destination=destination)

    assert (facts["vendor_baa"], facts["leaves_phi_boundary"]) == (baa, leaves)


def test_every_fact_of_the_sender_is_one_a_claim_cannot_loosen() -> None:
    assert sender_facts(practice()).keys() - STRICT.keys() == {"footer_postal_address"}


UNSAID = ("vendor_is_treating_provider", "npp_updated_for_part2", "w2_verified", "affiliation_verified")


@pytest.mark.parametrize("kind", [None, *ActionKind])
def test_what_the_file_cannot_say_is_none_and_only_a_handoff_is_logged(kind: ActionKind | None) -> None:
    facts = sender_facts(practice(), kind=kind)

    assert [facts[field] for field in UNSAID] == [None] * 4
    assert facts["disclosure_logged"] is (True if kind is ActionKind.MQL_HANDOFF else None)
