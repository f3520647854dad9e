"""Why a lead scores as it does, in words for the person who takes it over. No dates, no health content: acts and points only."""

from collections.abc import Iterable, Mapping

from policies.leads.model import ANY, Model, feature
from policies.leads.recycle import RECYCLE
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
    times = f" {count} times" if count > 1 and event != RECYCLE else ""  # one recycle is a row per cap group
    return f"{EVENT_WORDS.get(event, event)}{times} ({worth:+.1f})"
