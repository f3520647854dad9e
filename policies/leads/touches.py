"""Touches: by which door a lead came each time it came. Knows kinds of acts and campaign tags, no person and no store.

A visit leaves many acts and only its first carries the tag of the campaign, so acts close together are one touch, by the door of the first
that names one.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from policies.records import Channel, EngagementKind

VISIT_GAP = timedelta(minutes=30)
"""Silence that ends a visit.  Source: the default of web analytics, Google Analytics help, "About Analytics sessions"."""

WEBSITE = "direct"
"""The website, from nowhere known: the name that attribution looks behind in `last_non_direct`."""

OWN_DOOR: dict[EngagementKind, str] = {
    EngagementKind.EMAIL_CLICK: "email",
    EngagementKind.EMAIL_REPLY: "email",
    EngagementKind.LISTING_CLICK: "listings",
    EngagementKind.VIDEO_HALF: "video",
    EngagementKind.WEBINAR_REGISTERED: "events",
    EngagementKind.WEBINAR_ATTENDED: "events",
    EngagementKind.CME_ATTENDED: "events",
    EngagementKind.LIAISON_VISIT: "liaison visit",
    EngagementKind.TRACKED_CALL: "phone",
}
"""Acts that say by themselves where they happened."""

NO_TOUCH = frozenset(
    {
        EngagementKind.EMAIL_SENT,  # ours, not theirs
        EngagementKind.EMAIL_OPEN,  # mail programs open mails by themselves
        EngagementKind.IDENTIFY,
        EngagementKind.UNSUBSCRIBE,
        EngagementKind.SPAM_REPORT,
        EngagementKind.BOUNCE,
        EngagementKind.OUTSIDE_AREA,
        EngagementKind.CAREERS_PAGE,
        EngagementKind.VENDOR_SOLICITOR,
        EngagementKind.NO_SHOW,
    }
)

_PAID = frozenset({"cpc", "ppc", "paid", "paidsearch", "paid_search", "cpm", "display"})


class Act(NamedTuple):
    """One act of a lead; `medium` and `source` are the campaign tags it carried, if any."""

    at: datetime
    kind: EngagementKind
    channel: Channel
    medium: str = ""
    source: str = ""


def door_of(act: Act) -> str | None:
    """The door an act names, None when it names none: a page of the website without a tag."""
    if own := OWN_DOOR.get(act.kind):
        return own
    medium = act.medium.lower()
    if medium in _PAID:
        return "paid search" if medium != "display" else "display"
    if medium in ("organic", "email", "social", "referral"):
        return {"organic": "organic search"}.get(medium, medium)
    if act.channel is Channel.EMAIL:
        return "email"
    return "video" if act.channel is Channel.YOUTUBE else "listings" if act.channel is Channel.LISTINGS else None


def touches(acts: Iterable[Act]) -> list[tuple[datetime, str]]:
    """(when it began, door) of each visit, in time order, whatever the order of `acts`."""
    found: list[tuple[datetime, str | None]] = []
    last: datetime | None = None
    for act in sorted(one for one in acts if one.kind not in NO_TOUCH):
        door = door_of(act)
        known = found[-1][1] if found else None
        if last is not None and act.at - last <= VISIT_GAP and (door is None or known is None or door == known):
            found[-1] = (found[-1][0], known or door)
        else:
            found.append((act.at, door))
        last = act.at
    return [(at, door or WEBSITE) for at, door in found]
