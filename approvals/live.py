"""An action beside what is there now: what the newest export says of the thing it would change, and what has changed since it was proposed.

Reads at the moment it is asked, because an approver decides about today. Where no export holds the thing, it says so in words: an empty
comparison would read as "nothing changes".
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from policies.actions import Action, ActionKind
from policies.records import Engagement, Source
from tools.practice import Practice
from tools.store import exported
from tools.store.contacts import is_suppressed

BUDGET_DAYS = 30
LISTED = ("name", "address", "phone")


class Part(NamedTuple):
    """One field: what is there `now`, "" when there is nothing, and what is `proposed`. `known` False: it is there, but no export holds it."""

    name: str
    now: str
    proposed: str
    known: bool = True


class Live(NamedTuple):
    """`as_of`: the export the present values come from. `warnings` say what has changed since the proposal was made. `none` in words, where
    there is nothing to compare."""

    as_of: datetime | None = None
    parts: tuple[Part, ...] = ()
    warnings: tuple[str, ...] = ()
    none: str = ""


def live_of(practice: Practice, connection: Connection, action: Action, *, now: datetime) -> Live:
    """The present state of what `action` is about. Reads only; never raises for a record that is gone: that is a warning."""
    compare = _COMPARISONS.get(action.kind)
    if compare is None:
        return Live(none=_NONE[action.kind])
    return compare(practice, connection, action, now)._replace(as_of=exported.last_read(connection, action.channel))


def monthly_spend(connection: Connection, action: Action, *, now: datetime) -> dict[str, float | None]:
    """Dollars that the two campaigns of a budget shift spent in the 30 days up to the newest export, from first; None where it shows none.

    Empty when the item does not name both. What is set as a budget in Google Ads no export says: this is what was spent.
    """
    names = [action.content.fields.get(name) for name in ("from_campaign", "to_campaign")]
    known = [name for name in names if isinstance(name, str) and name]
    if len(known) < len(names):
        return {}
    read_at = min(exported.last_read(connection, action.channel) or now, now)
    spent = exported.spend_of(connection, known, since=read_at - timedelta(days=BUDGET_DAYS), until=read_at)
    return {name: spent[name].cost_usd if name in spent else None for name in known}


def source_of(connection: Connection, action: Action) -> Engagement | None:
    """The review or comment a reply answers; None when it is not on record any more."""
    return exported.engagement_of(connection, action.subject.partition(":")[2])


def listed_values(action: Action) -> dict[str, str]:
    """The fields a profile correction sets, as its text states them: {"phone": "…"}."""
    rows = (line.partition(": ") for line in action.content.body.splitlines())
    return {name.lower(): value for name, _, value in rows if name.lower() in LISTED and value}


def _video(_: Practice, connection: Connection, action: Action, __: datetime) -> Live:
    video = exported.video_of(connection, str(action.content.fields.get("video", "")))
    if video is None:
        return Live(warnings=("The newest export does not hold this video: it may have been taken down. Look before you approve.",))
    title, description = _cut(video.text or "")
    parts = (Part("Title", title, action.content.title), Part("Description", description.strip(), action.content.body))
    return Live(parts=parts, warnings=_changed(video, action, "The video"))


def _reply(_: Practice, connection: Connection, action: Action, __: datetime) -> Live:
    source = source_of(connection, action)
    what = "The review" if action.kind is ActionKind.REVIEW_REPLY else "The comment"
    if source is None:
        return Live(warnings=(f"{what} is no longer on record here. Look whether it is still public before you approve.",))
    warnings = list(_changed(source, action, what))
    rating = action.content.fields.get("rating")
    if rating is not None and source.rating is not None and source.rating != rating:
        warnings.append(f"It had {rating} stars when the reply was written and has {source.rating} now.")
    answered = source.attributes.get("has_reply") == "yes"
    if answered:
        warnings.append("The newest export shows a reply already: a second one would stand beside it.")
    return Live(warnings=tuple(warnings), none="" if answered else "No reply of ours stands there in the newest export.")


def _listing(practice: Practice, connection: Connection, action: Action, _: datetime) -> Live:
    source, key = _cut(action.subject, ":")
    wanted = listed_values(action)
    listing = exported.listing_of(connection, Source(source), key) if source in set(Source) else None
    if listing is None:
        return Live(warnings=("The newest export does not hold this listing: look at the public profile before you approve.",))
    matching = [name for name in wanted if listing.attributes.get(f"listed_{name}") == "matches"]
    warnings = [f"The listing’s {name} matches practice.yaml in the newest export: this may be mended already." for name in matching]
    place = next((one for one in practice.locations if one.key == key), None)
    if place is not None:
        right = {"name": place.name, "address": f"{place.address}, {place.city}, {place.state} {place.zip}", "phone": place.phone}
        stale = [name for name, value in wanted.items() if value != right[name]]
        warnings += [f"practice.yaml has another {name} since this was proposed, or it was edited here." for name in stale]
    parts = tuple(
        Part(name.capitalize(), value if name in matching else "", value, known=name in matching) for name, value in wanted.items()
    )
    return Live(parts=parts, warnings=tuple(warnings))


def _budget(_: Practice, connection: Connection, action: Action, now: datetime) -> Live:
    fields = action.content.fields
    amount, spent = fields.get("amount_usd"), monthly_spend(connection, action, now=now)
    names = list(spent)
    if not names or not isinstance(amount, int | float):
        return Live(none="The item does not name its campaigns, so there is nothing to compare.")
    if missing := [name for name, value in spent.items() if value is None]:
        why = f"The export shows no spend of {' and '.join(missing)} in the last {BUDGET_DAYS} days. Look in Google Ads first."
        return Live(warnings=(why,))
    known = {name: value for name, value in spent.items() if value is not None}
    parts = tuple(
        Part(name, f"{_usd(known[name])} in {BUDGET_DAYS} days", f"{_usd(known[name] + change)} in {BUDGET_DAYS} days")
        for name, change in zip(names, (-amount, amount), strict=False)
    )
    short = known[names[0]] < amount
    return Live(
        parts=parts,
        warnings=(f"{names[0]} spent less than the sum to move in the last {BUDGET_DAYS} days: look before you approve.",) * short,
    )


def _plan(_: Practice, connection: Connection, action: Action, __: datetime) -> Live:
    adopted = exported.last_adoption(connection)
    if adopted is not None and adopted > action.created_at:
        return Live(warnings=("Another plan was adopted after this one was proposed: the table above is against that one.",))
    return Live(none="The table is against the plan in force now.")


def _suppression(_: Practice, connection: Connection, action: Action, __: datetime) -> Live:
    lead = action.content.audience.lead if action.content.audience else None
    if lead is None:
        return Live(none="The item names no lead.")
    stopped = is_suppressed(connection, lead)
    now = "stopped already" if stopped else "allowed"
    return Live(parts=(Part("E-mail", now, "stopped"),), warnings=("This lead is on the list already: nothing would change.",) * stopped)


def _changed(source: Engagement, action: Action, what: str) -> tuple[str, ...]:
    if source.revised_at <= action.created_at:
        return ()
    return (f"{what} was changed on {source.revised_at:%Y-%m-%d}, after this was proposed: read it again, or ask for a new draft.",)


def _cut(text: str, at: str = "\n") -> tuple[str, str]:
    before, _, after = text.partition(at)
    return before, after


def _usd(amount: float) -> str:
    return f"${amount:,.2f}".removesuffix(".00")


_COMPARISONS: dict[ActionKind, Callable[[Practice, Connection, Action, datetime], Live]] = {
    ActionKind.VIDEO_METADATA: _video,
    ActionKind.REVIEW_REPLY: _reply,
    ActionKind.COMMENT_REPLY: _reply,
    ActionKind.PROFILE_CORRECTION: _listing,
    ActionKind.BUDGET_SHIFT: _budget,
    ActionKind.PLAN_BUDGET: _plan,
    ActionKind.SUPPRESSION: _suppression,
}
_NONE: dict[ActionKind, str] = {
    ActionKind.NEGATIVE_KEYWORDS: "The exports hold what people searched for, not the negative keywords a campaign already has. "
    "Google Ads ignores one that is there twice.",
    ActionKind.LANDING_PAGE_FIX: "No export holds the text of the website, so there is nothing to compare with: open the page beside this one.",
    ActionKind.QUERY_COVERAGE: "The page does not exist yet, so nothing is replaced.",
    ActionKind.NURTURE_EMAIL: "A mail replaces nothing: it is new to the person who gets it.",
    ActionKind.MQL_HANDOFF: "A handoff replaces nothing; how the score moved since it was proposed stands below.",
}
if _COMPARISONS.keys() | _NONE.keys() != set(ActionKind):
    raise RuntimeError("approvals/live.py says nothing of some action kinds: every kind needs a comparison, or words for why there is none")
