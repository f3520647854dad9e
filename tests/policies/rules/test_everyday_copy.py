"""Everyday texts that train nothing: nobody should be asked to look at opening hours, one time in twenty at most."""

from policies.actions import Gate, Item, ItemKind, Verdict
from policies.check import check, verdict_of
from tools.packs.rules import load_catalogue

CATALOGUE = load_catalogue()
TEXTS = [
    (ItemKind.WEB_PAGE, "Our clinic opens at nine and closes at five, Monday through Friday."),
    (ItemKind.EMAIL, "Schedule your annual eye exam today."),
    (ItemKind.WEB_PAGE, "Copyright 2026 Harbor Care. All rights reserved."),
    (ItemKind.WEB_PAGE, "Parking is behind the building."),
    (ItemKind.SMS_CALL, "Your appointment is tomorrow at 3. Reply C to confirm."),
    (ItemKind.LISTING, "Family medicine, Springfield. New patients welcome."),
    (ItemKind.AD_COPY, "Book an appointment online."),
    (ItemKind.WEB_PAGE, "We accept most insurance plans. Call the front desk to check yours."),
    (ItemKind.VIDEO_METADATA, "How to find our new entrance on Elm Street."),
    (ItemKind.REVIEW_REPLY, "Thank you for the feedback. Please call us so we can hear more."),
    (ItemKind.VENDOR, "Printer invoices monthly for paper and toner."),
    (ItemKind.EMAIL, "Our offices are closed on Thanksgiving Day and reopen on Friday."),
    (ItemKind.WEB_PAGE, "Bring a photo ID and a list of the medicines you take."),
    (ItemKind.HANDOFF, "Caller asked for opening hours; no follow-up needed."),
    (ItemKind.AUDIENCE, "Adults in three counties, print only."),
    (ItemKind.ENGAGEMENT_RECORD, "Page view of the parking page."),
    (ItemKind.SYSTEM_RECORD, "Backup finished at 02:14."),
    (ItemKind.OUTBOUND_EVENT, "page_view sent without identifiers"),
    (ItemKind.WEB_PAGE, "Privacy notice. How we use cookies and how to opt out."),
    (ItemKind.LISTING, "Open weekdays 8 to 5, closed on holidays. Wheelchair access."),
    (ItemKind.PAYMENT, "Invoice 2231, window cleaning, $180."),
    (ItemKind.WEB_PAGE, "Patient portal: pay your bill, message your care team, see your visits."),
]


def test_everyday_copy_passes() -> None:
    verdicts = {}
    for kind, text in TEXTS:
        findings = check(CATALOGUE, Item(kind=kind, text=text, states=None, facts={}), gate=Gate.CHECK, sender={})
        verdicts[text] = verdict_of(findings, Gate.CHECK)

    assert Verdict.BLOCK not in verdicts.values()
    assert sum(verdict is not Verdict.PASS for verdict in verdicts.values()) <= len(TEXTS) / 20
