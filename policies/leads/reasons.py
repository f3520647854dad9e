"""Why a lead scores as it does, in words for the person who takes it over. No dates, no health content: acts and points only."""

from collections.abc import Iterable, Mapping

from policies.leads.model import ANY, Model, feature
from policies.leads.recycle import RECYCLE
from policies.leads.why import Ending, Step, Unmet, WhatIf
from policies.records import Contribution

TOP = 3

EVENT_WORDS = {
    "appointment_request": "asked for an appointment",
    "callback_request": "asked to be called back",
    "tracked_call": "called",
    "scheduling_started": "started to book online",
    "pricing_page": "read about cost or insurance",
    "provider_profile": "read a clinician's profile",
    "location_click": "looked up a location",
    "symptom_check_finished": "finished a self-check",
    "guide_download": "downloaded a guide",
    "webinar_registered": "registered for a seminar",
    "webinar_attended": "attended a seminar",
    "listing_click": "came from a listing",
    "video_half": "watched half of a video",
    "email_click": "clicked in an email",
    "service_page": "read a service page",
    "referral_page": "read how to refer",
    "referral_form": "requested the referral packet",
    "cme_attended": "attended a CME event",
    "peer_call_request": "asked for a peer-to-peer call",
    "liaison_visit": "accepted a liaison visit",
    "staff_question": "asked a staff question",
    "unsubscribe": "unsubscribed",
    "spam_report": "reported an email as spam",
    "bounce": "email bounced",
    "outside_area": "is outside the service area",
    "careers_page": "read the careers page",
    "vendor_solicitor": "is a vendor",
    "no_show": "did not come and did not rebook",
    RECYCLE: "was given back by sales",
}


def reasons(model: Model, attributes: Mapping[str, str], contributions: Iterable[Contribution], *, fast_lane: bool) -> tuple[str, ...]:
    """The three strongest reasons: an explicit request first, then acts and fit by the points they are worth now."""
    counts: dict[str, int] = {}
    points: dict[str, float] = {}
    for one in contributions:
        counts[one.type] = counts.get(one.type, 0) + 1
        points[one.type] = points.get(one.type, 0.0) + one.points_now
    found = [(worth, _act(event, counts[event], worth)) for event, worth in points.items() if abs(worth) >= 0.05]
    stated = [(model.fit_weights[name], name, feature(value)) for name, value in sorted(attributes.items()) if name in model.fit_weights]
    fits = [
        (weights.get(value, weights.get(ANY, 0.0)), f"{name.replace('_', ' ')}: {value.replace('_', ' ')}")
        for weights, name, value in stated
    ]
    fit = sum(worth for worth, _ in fits)
    if fit > 0:
        found.append(
            (fit, f"fit {min(fit, model.fit_cap):.0f} of {model.fit_cap:.0f} ({', '.join(text for worth, text in fits if worth > 0)})")
        )
    asked = [event for event in model.fast_lane if event in counts]
    first = [f"{EVENT_WORDS.get(asked[0], asked[0])}: goes to a person whatever the score"] if fast_lane and asked else []
    skip = {_act(event, counts[event], points[event]) for event in asked[:1]} if first else set()
    rest = [text for _, text in sorted(found, key=lambda pair: (-abs(pair[0]), pair[1])) if text not in skip]
    return tuple([*first, *rest][:TOP])


def _act(event: str, count: int, worth: float) -> str:
    return f"{_times(event, count)} ({worth:+.1f})"


def step_words(model: Model, step: Step) -> str:
    """One bar of the waterfall as a person says it."""
    if step.kind == "fit":
        return f"fit: {step.name.replace('_', ' ')}"
    if step.kind == "event":
        return _times(step.name, step.count)
    group = step.name.removeprefix("groups.")
    if group in model.groups:
        return f"cap of {model.groups[group].cap:g} on {group.replace('_', ' ')}"
    caps = {"fit_cap": model.fit_cap, "intent_cap": model.intent_cap, "total_cap": model.total_cap}
    return f"cap of {caps[step.name]:g} on {step.name.removesuffix('_cap')}" if step.name in caps else "intent never falls below 0"


def what_if_words(what: WhatIf) -> str:
    """ "would be an MQL if it read about cost or insurance on 2 more days"."""
    if what.kind == "fit":
        change = f"{what.name.replace('_', ' ')} were known to be {str(what.value).replace('_', ' ')}"
    else:
        times = "once more" if what.count == 1 else f"on {what.count} more days"
        change = f"it {EVENT_WORDS.get(what.name, what.name)} {times}"
    return f"would be an MQL if {change} ({what.total:.0f} points)"


def unmet_words(one: Unmet) -> str:
    """ "fit is 14, and 20 is needed"."""
    sentences = {
        "disqualified": "an act has disqualified it for good",
        "silent": f"nothing for {one.have:.0f} days, and {one.need:.0f} is the limit",
        "not_since": "it meets every line, and becomes an MQL with its next act",
    }
    return sentences.get(one.kind, f"{one.kind} is {one.have:.1f}, and {one.need:g} is needed")


def ending_words(model: Model, one: Ending | None) -> str:
    """What ends it, after the day it ends."""
    if one is None:
        return "no end in sight"
    if one.by == "request":
        return f"it asked for contact, which counts for {model.fast_lane_days:g} days whatever its points"
    return f"{model.recency_days:g} days of silence end it" if one.by == "silence" else "then its points have faded below the line"


def group_words(is_practice: bool, members: int, total: float, fit: float, intent: float) -> str:
    """What the contacts of a practice, or the two of a household, are worth together, and how that is added up."""
    people = "1 contact" if members == 1 else f"{members} contacts"
    who = f"Practice with {people}" if is_practice else "Household, both agreed to be seen as one"
    shares = "" if members == 1 else ": the highest, half of the second" + (", a quarter of the third" if members > 2 else "")
    return f"{who}: {total:.1f} points together (fit {fit:.1f}, intent {intent:.1f}{shares})"


def _times(event: str, count: int) -> str:
    times = f" {count} times" if count > 1 and event != RECYCLE else ""  # one recycle is a row per cap group
    return f"{EVENT_WORDS.get(event, event)}{times}"
