"""What is said to be refused, in items that describe what is done; what only sounds refused; and what copy may not hide behind a refusal."""

from datetime import date

import pytest

from policies.actions import Gate, Item, ItemKind, Verdict
from policies.check import check, verdict_of
from policies.rules.denial import is_turned_down
from policies.rules.text import text_of
from tools.packs.rules import load_catalogue

CATALOGUE = load_catalogue()


def verdict(kind: ItemKind, text: str) -> Verdict:
    item = Item(kind=kind, text=text, states=None, facts={"checked_on": date(2026, 11, 1).isoformat()})
    return verdict_of(check(CATALOGUE, item, gate=Gate.CHECK, sender={}, second_reader=False), Gate.CHECK)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ItemKind.PAYMENT, "Rejected the marketer's invoice, which billed $40 a new patient."),
        (ItemKind.PAYMENT, "Vendor quoted us $90 a patient. Declined the same day, in writing."),
        (ItemKind.HANDOFF, "The lab's holiday basket for referring offices is canceled."),
        (ItemKind.AUDIENCE, "Turned down: a request to fence phones near the dialysis center across the road."),
        (ItemKind.AUDIENCE, "We build no audiences on weight, fertility, mental health or addiction pages."),
        (ItemKind.VENDOR, "Struck 'HIPAA certified' from the first draft of the sales deck."),
        (ItemKind.OFFER_INCENTIVE, "Idea declined: gift cards for Google stars. We give nothing for reviews."),
    ],
)
def test_a_record_of_a_refusal_passes(kind: ItemKind, text: str) -> None:
    assert verdict(kind, text) is Verdict.PASS


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ItemKind.PAYMENT, "Declined at first, then settled: the marketer gets $40 for every new patient."),
        (ItemKind.PAYMENT, "We refused their first offer but will pay $40 for every new patient they send."),
        (ItemKind.PAYMENT, "We never pay less than $40 for every new patient you send."),
        (ItemKind.PAYMENT, "We refused nothing: the marketer gets $40 for every new patient."),
        (ItemKind.PAYMENT, "Nobody turned down the $40 for every new patient."),
        (ItemKind.PAYMENT, "The $40 for every new patient is not refused."),
        (ItemKind.PAYMENT, "The recruiter gets $40 for every new patient. He declined a receipt."),
        (ItemKind.PAYMENT, "Rejected applicants get $40 for every new patient they bring."),
        (ItemKind.PAYMENT, "We do not pay taxes on the $40 for every new patient."),
        (ItemKind.PAYMENT, "Cut a check: $40 for every new patient sent in May."),
        (ItemKind.PAYMENT, "Patients who declined insurance pay cash, and the recruiter gets a commission for each patient he brings."),
        (ItemKind.AUDIENCE, "The first plan was rejected, so we fence phones near the dialysis center only on weekdays."),
        (ItemKind.PAYMENT, "They declined the agreement. The recruiter gets a $20 commission per patient."),
    ],
)
def test_a_refusal_that_is_taken_back_or_is_of_something_else_does_not(kind: ItemKind, text: str) -> None:
    assert verdict(kind, text) is not Verdict.PASS


def test_no_limit_is_no_refusal() -> None:
    assert is_turned_down(text_of("No commission here."), 3, 13, ItemKind.PAYMENT)
    assert not is_turned_down(text_of("No limit commission here."), 9, 19, ItemKind.PAYMENT)


@pytest.mark.parametrize(
    "text",
    [
        "Rejected by our competitors: we cure neuropathy in a month.",
        "Banned headline: 'Cures diabetes in 30 days.' Why do they not want you to read it?",
        "Declined elsewhere? We guarantee results.",
    ],
)
def test_copy_that_people_read_does_not_pass_behind_a_refusal(text: str) -> None:
    assert verdict(ItemKind.AD_COPY, text) is not Verdict.PASS


def test_a_promise_asked_for_and_refused_is_none() -> None:
    assert verdict(ItemKind.WEB_PAGE, "Can you guarantee my result? No. Bodies heal differently.") is Verdict.PASS
    assert verdict(ItemKind.WEB_PAGE, "Can you waive my copay? No. Your plan sets it and we collect it.") is Verdict.PASS


@pytest.mark.parametrize(
    "text",
    [
        "Will it hurt? No. Our laser is painless.",
        "Can you guarantee my result? No question: we guarantee results.",
        "Do you collect the copay? No. We waive your copay.",
        "Can anyone cure arthritis? No. Our clinic cures arthritis.",
    ],
)
def test_a_no_that_is_itself_the_promise_does_not_pass(text: str) -> None:
    assert verdict(ItemKind.WEB_PAGE, text) is not Verdict.PASS
