"""The words of the sales pages: when a response time ends, what stands out about a lead, what each answer and reason means. Knows no page."""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from policies.leads.bant import Ability, Timeframe
from policies.leads.lifecycle import LostReason, RejectReason
from policies.leads.reasons import EVENT_WORDS
from policies.leads.sla import Timer
from policies.leads.telling import Telling
from policies.records import Track

UNTIL: dict[str, str] = {Timer.ACCEPT: "Accept", Timer.ATTEMPT: "First attempt"}
REJECT: dict[str, str] = {
    RejectReason.NOT_REACHABLE: "Not reachable",
    RejectReason.WRONG_SERVICE_LINE: "Wrong service line",
    RejectReason.OUTSIDE_AREA: "Outside our area",
    RejectReason.PAYER_MISMATCH: "We do not take their plan",
    RejectReason.EXISTING_PATIENT: "Is our patient already",
    RejectReason.NOT_DECISION_MAKER: "Does not decide",
    RejectReason.TIMING_LATER: "Later",
    RejectReason.DUPLICATE: "Duplicate of another lead",
    RejectReason.SPAM_VENDOR: "Spam or a vendor",
    RejectReason.COMPLIANCE_HOLD: "Compliance must look",
}
CONSENT: dict[bool | None, str] = {
    True: "Agreed to be reached this way",
    False: "Said no to this way: do not use it",
    None: "No consent on record: only to answer what the person asked for",
}
"""Beside a revealed telephone number or e-mail address, by the latest word on it. A call or text that advertises needs consent (47 CFR 64.1200)."""
LOST: dict[str, str] = {
    LostReason.CHOSE_ANOTHER: "Chose another practice",
    LostReason.COST_OR_COVERAGE: "Cost or coverage",
    LostReason.NO_APPOINTMENT_IN_TIME: "We had no appointment in time",
    LostReason.DECIDED_AGAINST: "Decided against it",
    LostReason.NO_SHOW: "Did not come",
    LostReason.NO_ANSWER: "Stopped answering",
}
TIMEFRAME: dict[str, str] = {
    Timeframe.NOW: "Now: the next free appointment",
    Timeframe.ONE_MONTH: "Within a month",
    Timeframe.ONE_QUARTER: "Within three months",
    Timeframe.LATER: "Later than three months",
}
ABILITY: Mapping[Track, dict[str, str]] = {
    Track.B2C_PATIENT: {
        Ability.COVERED: "Has a plan we take",
        Ability.SELF_PAY: "Pays without a plan",
        Ability.UNKNOWN: "Not known yet",
    },
    Track.B2B_REFERRAL: {Ability.BUDGETED: "Yes: patients we may see, plans that match", Ability.UNKNOWN: "Not known yet"},
}
QUESTIONS: Mapping[Track, tuple[tuple[str, str, str], ...]] = {
    Track.B2C_PATIENT: (
        ("budget", "How would the visit be paid?", "Ask for the plan, never for a diagnosis. “Not known” will do if they decide."),
        ("authority", "Did you speak to the person who decides?", "The patient, or whoever arranges care for them: a parent, a spouse, a carer."),
        ("need", "Can this service line help?", "What they look for is something this line does. No details of their health belong here."),
        ("timeframe", "When would they come?", "Later than three months is not an SQL: return it as “Later” with a date."),
    ),
    Track.B2B_REFERRAL: (
        ("budget", "Do their patients and plans match ours?", "Ask whether it fits; what a practice gets never depends on what it sends."),
        ("authority", "Did you speak to the person who decides where to refer?", "The physician or the practice manager; not the front desk."),
        ("need", "Do they need what this line offers?", "Their patients need a service of this line, or wait too long elsewhere."),
        ("timeframe", "When would they start?", "Later than three months is not an SQL: return it as “Later” with a date."),
    ),
}  # fmt: skip
"""Per track: the field, the question, and how to ask it."""

NEXT: dict[str, tuple[str, str]] = {
    "new": ("Accept it", "The response time runs. Accept, and the contact can be shown."),
    "accepted": (
        "Reach the person, then qualify",
        "Sales shows the contact, writes down each attempt, and answers four questions after speaking.",
    ),
    "sql": ("Bring it to a visit", "It is qualified. Say here what became of it."),
    "opportunity": ("Follow it up", "Say here when the first patient was seen, or why it was lost."),
    "booked": ("See that they come", "Say here when the visit took place, or why it was lost."),
}


def by_when(due_at: datetime, now: datetime, zone: tzinfo, place: str) -> str:
    """ "by 14:20 today (Tampa)", "by 08:15 tomorrow (Austin)", "by Tue 1 Dec, 08:15 (Austin)"; a past one is "was due 14:20 yesterday (Tampa)"."""
    there, today = due_at.astimezone(zone), now.astimezone(zone).date()
    gap = (there.date() - today).days
    named = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(gap)
    said = f"{there:%H:%M} {named}" if named else f"{there:%a} {there.day} {there:%b}, {there:%H:%M}"
    return f"{'by' if due_at >= now else 'was due'} {said}{f' ({place})' if place else ''}"


def told(one: Telling, zone: tzinfo) -> str:
    """ "Asked for an appointment on 3 Oct; read about cost or insurance 2 times"."""
    at = one.last_at.astimezone(zone)
    first = EVENT_WORDS.get(one.event, one.event.replace("_", " "))
    text = f"{first[:1].upper()}{first[1:]} {f'{one.times} times, last ' if one.times > 1 else ''}on {at.day} {at:%b}"
    if one.also is None:
        return text
    event, count = one.also
    return f"{text}; {EVENT_WORDS.get(event, event.replace('_', ' '))}{f' {count} times' if count > 1 else ''}"


def trend(then: float | None, now: float | None) -> str:
    """ "rising", "falling", "steady": a change of less than a point is none; empty when one of the two is not known."""
    if then is None or now is None:
        return ""
    gap = now - then
    return "steady" if abs(gap) < 1 else "rising" if gap > 0 else "falling"
