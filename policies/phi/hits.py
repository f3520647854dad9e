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


class Hit(NamedTuple):
    """`personal` = said of a person in so many words ("my name is", "I live in"): the practice's own public names do not excuse it."""

    start: int
    end: int
    label: Label
    personal: bool = False


def joined(hits: Iterable[Hit]) -> list[Hit]:
    """`hits` in text order with overlapping ones joined, so that no character belongs to two."""
    out: list[Hit] = []
    for hit in sorted(hits):
        if out and hit.start < out[-1].end:
            last = out[-1]
            label = min(last.label, hit.label, key=PRECEDENCE.__getitem__)
            out[-1] = Hit(last.start, max(last.end, hit.end), label, last.personal or hit.personal)
        elif hit.end > hit.start:
            out.append(hit)
    return out
