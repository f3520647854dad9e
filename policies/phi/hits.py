"""A hit: one stretch of text that may identify a person, before overlapping ones are joined. Knows only positions and labels."""

from collections.abc import Iterable
from typing import NamedTuple

from policies.records import Label

# When two hits overlap, the earlier label names the union: an email inside a URL is removed as an email, a ZIP inside an address as a place.
PRECEDENCE = {
    label: rank
    for rank, label in enumerate(
        (
            Label.SSN,
            Label.EMAIL,
            Label.FAX,
            Label.MRN,
            Label.HEALTH_PLAN_ID,
            Label.VEHICLE,
            Label.DEVICE_ID,
            Label.LICENSE,
            Label.BIOMETRIC,
            Label.PHONE,
            Label.ACCOUNT,
            Label.IP,
            Label.PHOTO,
            Label.URL,
            Label.AGE_OVER_89,
            Label.DATE,
            Label.LOCATION,
            Label.OTHER_ID,
            Label.NAME,
        )
    )
}

WEAK = -9.0
"""The score of a hit that counts only in a text that holds another identifier."""


class Hit(NamedTuple):
    """`personal` = said of a person in so many words ("my name is", "I live in"): the practice's own public names do not excuse it.

    `why` names the finder for reports; `score` is the tagger's (0 = as likely as not), 4 for what a pattern or a check digit found.
    """

    start: int
    end: int
    label: Label
    personal: bool = False
    why: str = ""
    score: float = 4.0


def held(hits: list[Hit]) -> list[Hit]:
    """`hits` without the weak ones, unless a sure one stands beside them: who is named makes "last Tuesday" a date of care."""
    if any(hit.score > WEAK for hit in hits):
        return hits
    return []


def joined(hits: Iterable[Hit]) -> list[Hit]:
    """`hits` in text order with overlapping ones joined, so that no character belongs to two."""
    out: list[Hit] = []
    for hit in sorted(hits):
        if out and hit.start < out[-1].end:
            last = out[-1]
            label, why = min((last.label, last.why), (hit.label, hit.why), key=lambda known: PRECEDENCE[known[0]])
            out[-1] = Hit(last.start, max(last.end, hit.end), label, last.personal or hit.personal, why, max(last.score, hit.score))
        elif hit.end > hit.start:
            out.append(hit)
    return out
