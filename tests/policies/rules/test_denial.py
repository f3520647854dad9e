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
        (ItemKind.PAYMENT, "Denied the marketer's request for $40 for every new patient."),
        (ItemKind.PAYMENT, "The marketer asked for $40 for every new patient and we said no."),
        (ItemKind.PAYMENT, "The marketer asked for $40 for every new patient; we said no."),
        (ItemKind.PAYMENT, "Marketer proposed $40 for every new patient. Legal rejected the proposal."),
        (ItemKind.PAYMENT, "The invoice for $40 for every new patient was returned unpaid."),
        (ItemKind.OFFER_INCENTIVE, "Gift cards for Google reviews: not approved."),
        (ItemKind.SYSTEM_RECORD, "Request to shred consent logs after two years: denied."),
        (ItemKind.PAYMENT, "We refused to pay $40 for every new patient."),
        (ItemKind.PAYMENT, "We never pay $40 for every new patient."),
        (ItemKind.PAYMENT, "We told the marketer we will not pay $40 for every new patient."),
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


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ItemKind.ENGAGEMENT_RECORD, "jane.doe@gmail.com asked about prices. Declined."),
        (ItemKind.ENGAGEMENT_RECORD, "SSN 123-45-6789. Visit was cancelled."),
        (ItemKind.ENGAGEMENT_RECORD, "Declined: Jane Doe, 555-123-4567, jane.doe@gmail.com."),
        (ItemKind.OUTBOUND_EVENT, "event: depression_quiz, email hash sent to Meta, status: cancelled"),
        (ItemKind.PAYMENT, "Rejected the salary, took $40 for every new patient."),
        (ItemKind.PAYMENT, "Ray declined a salary, he gets $40 for every new patient."),
        (ItemKind.AUDIENCE, "Cancelled their appointment, browsed our addiction treatment pages. 412 people, live on Meta."),
        (ItemKind.OFFER_INCENTIVE, "Rejected the raffle: $25 gift card for every five-star Google review starts Monday."),
        (ItemKind.PAYMENT, "Declined card: paid Ray $40 for every new patient in cash."),
        (ItemKind.PAYMENT, "Strike the invoice line and wire the marketer $40 for every new patient."),
        (ItemKind.VENDOR, "Scrap the BAA and send the patient list to the agency."),
        (ItemKind.PAYMENT, "Ray refuses to work without $40 for every new patient."),
        (ItemKind.SYSTEM_RECORD, "Shredded the signed authorizations after 18 months."),
        (ItemKind.PAYMENT, "Ray struck the deal: $40 for every new patient."),
        (ItemKind.PAYMENT, "Withdrew the $40 for every new patient from the account and handed it over in cash."),
        (ItemKind.PAYMENT, "We paid $40 for every new patient, since the flat fee was rejected."),
        (ItemKind.AUDIENCE, "Fence phones near the dialysis center, the list plan was scrapped."),
        (ItemKind.OFFER_INCENTIVE, "$25 gift card for every Google review, the raffle was scrapped."),
        (ItemKind.PAYMENT, "Steak dinner for referring doctors who send us patients, spouses declined."),
        (ItemKind.HANDOFF, "Patient list with diagnoses handed to the marketing agency, agreement unsigned."),
        (ItemKind.PAYMENT, "The $40 for every new patient is off the books."),
        (ItemKind.PAYMENT, "The $40 for every new patient is not run through payroll."),
        (ItemKind.PAYMENT, "Invoice 12: $40 for every new patient, paid. Invoice 13: cancelled."),
        (ItemKind.PAYMENT, "$40 for every new patient to Ray. His mileage was refused."),
        (ItemKind.PAYMENT, "We pay $40 for every new patient. Three clinics declined. Ours signed."),
        (ItemKind.OFFER_INCENTIVE, "$25 gift card for every five-star Google review. Raffle cancelled."),
        (ItemKind.HANDOFF, "Patient list with diagnoses sent to the agency. BAA declined."),
        (ItemKind.HANDOFF, "Patient list with diagnoses sent to the agency. They declined it."),
        (ItemKind.PAYMENT, "We pay the clinic $40 for every new patient. Passed, 5 to 0, by the board."),
        (ItemKind.PAYMENT, "We pay the clinic $40 for every new patient. The motion passed."),
        (ItemKind.AUDIENCE, "Fence phones near the dialysis center. Legal said no, marketing ran it."),
        (ItemKind.PAYMENT, "Marketer gets $40 for every new patient. Refused by two clinics, taken by ours."),
        (ItemKind.PAYMENT, "We pay no salary, we pay Ray $40 for every new patient."),
        (ItemKind.PAYMENT, "We keep no record of paying $40 for every new patient."),
        (ItemKind.AUDIENCE, "We use no cookies to retarget people who visited our addiction treatment pages."),
        (ItemKind.PAYMENT, "No one on staff gets $40 for every new patient, Ray does."),
        (ItemKind.PAYMENT, "Ray won't send anyone if he isn't paid $40 for every new patient."),
        (ItemKind.PAYMENT, "Nobody knows we pay $40 for every new patient."),
        (ItemKind.PAYMENT, "Never mention we pay $40 for every new patient."),
        (ItemKind.PAYMENT, "Don't forget to pay $40 for every new patient to Ray by Friday."),
        (ItemKind.PAYMENT, "No secret kickback to Ray in May, it is on the books."),
        (ItemKind.WEB_PAGE, "Can you waive my copay and deductible? No strings attached."),
        (ItemKind.WEB_PAGE, "Do you waive my copay? No sweat."),
        (ItemKind.WEB_PAGE, "Can you waive my copay? No-brainer."),
        (ItemKind.WEB_PAGE, "Do we waive copays at all? No, we forgive the whole bill."),
        (ItemKind.AD_COPY, "Can anyone cure arthritis? No one but us."),
        (ItemKind.AD_COPY, "Can you believe we guarantee results? No fine print."),
        (ItemKind.AD_COPY, "Semaglutide from home? No insurance required."),
        (ItemKind.AD_COPY, "Struggling with addiction? Not ever again."),
        (ItemKind.AD_COPY, "Do they guarantee results? No. We do."),
        (ItemKind.WEB_PAGE, "Does anyone else waive the copay? No. Only here."),
        (ItemKind.WEB_PAGE, "Can you guarantee results anywhere else? No. Here you get it in writing."),
    ],
)
def test_what_is_done_beside_a_refusal_does_not_pass(kind: ItemKind, text: str) -> None:
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
