"""The practice as compliance facts, in the catalogue's names. The only place that knows both; it derives and never assumes.

A key with None means the practice file was asked and does not say: `policies.check` then takes no caller's word for it.
"""

from typing import Any

from policies.actions import ActionKind
from policies.kinds import KINDS, Operation
from tools.practice import Destinations, Practice

_INSIDE = frozenset({Operation.SALES_INBOX, Operation.HUMAN_TASK, Operation.SUPPRESSION_LIST, Operation.PLAN_REGISTER})
"""Operations that are rows in our own database: nothing leaves the practice."""

_NOT_IN_THE_FILE = ("vendor_is_treating_provider", "npp_updated_for_part2", "w2_verified", "affiliation_verified")
"""The practice file has no word on these, and each would clear a rule: None, so that a claim cannot."""


def sender_facts(practice: Practice, *, kind: ActionKind | None = None, destination: str | None = None) -> dict[str, Any]:
    """What `practice` establishes for every item: identity, postal address, opt-out, HIPAA status and, where the recipient is known, its BAA.

    The recipient is the operations of `kind`, or else the `destination` ("smtp", "email", "webhook" or the webhook's name). With neither, or
    with a name the practice does not list, the BAA is unknown and the item counts as leaving the PHI boundary.
    """
    organisation = practice.organisation
    recipient = _baa_of_kind(practice.destinations, kind) if kind is not None else _baa_of(practice.destinations, destination)
    return {
        "sender_identity_verified": organisation.sender_identity_verified or None,
        "footer_postal_address": organisation.postal_address.strip() or None,
        "optout_ok": bool(organisation.unsubscribe_url) or None,
        "hipaa_regulated": organisation.hipaa_regulated,
        "vendor_baa": recipient,
        "leaves_phi_boundary": not _stays_inside(practice.destinations, kind) and recipient is not True,
        # Every handoff is a row in our own audit before it leaves.
        "disclosure_logged": True if kind is ActionKind.MQL_HANDOFF else None,
        **dict.fromkeys(_NOT_IN_THE_FILE),
    }


def _operations(destinations: Destinations, kind: ActionKind) -> set[Operation]:
    """The operations `kind` would perform here: a webhook nobody configured is skipped."""
    return {one for one in KINDS[kind].operations if one is not Operation.WEBHOOK or destinations.webhook is not None}


def _stays_inside(destinations: Destinations, kind: ActionKind | None) -> bool:
    return kind is not None and _operations(destinations, kind) <= _INSIDE


def _baa_of_kind(destinations: Destinations, kind: ActionKind) -> bool | None:
    """True when every vendor that would receive the action has a BAA. The sales inbox is our own workforce: no vendor, nothing lacking.

    None for a human task: what a person does with it, and at which vendor, is not known here.
    """
    operations = _operations(destinations, kind)
    vendors = operations - _INSIDE
    if not vendors and Operation.SALES_INBOX not in operations:
        return None
    return all(_baa_of(destinations, vendor) is True for vendor in vendors)


def _baa_of(destinations: Destinations, name: str | None) -> bool | None:
    smtp, webhook = destinations.smtp, destinations.webhook
    if smtp is not None and name in ("smtp", "email"):
        return smtp.baa
    if webhook is not None and name in ("webhook", webhook.name):
        return webhook.baa
    return None
