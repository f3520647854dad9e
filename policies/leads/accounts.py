"""People who belong together without being one: the contacts of a practice, the two of a household. Knows no names and no store.

A group key is "<kind>:<keyed hash>", as a match key is. It joins nobody's acts: each person keeps a score of their own, and the group gets a sum.
"""

from collections.abc import Collection, Iterable, Mapping

from policies.leads.identity import AMBIGUOUS_AT, components, kind_of
from policies.records import LeadId

NAME, SITE, HOUSEHOLD = "org", "orgsite", "home"
"""An organisation by its name, by the domain of its mail; two people of one household."""

SHARES = (1.0, 0.5, 0.25)
"""What the first, second and third member count for. More add nothing: a long contact list is not a practice that wants to refer."""


def rolled_up(points: Iterable[float], *, cap: float) -> float:
    """The points of a group: the highest, half of the second, a quarter of the third, at most `cap`."""
    highest = sorted(points, reverse=True)
    return min(cap, sum(share * value for share, value in zip(SHARES, highest, strict=False)))


def practices(members: Mapping[LeadId, Collection[str]]) -> list[list[LeadId]]:
    """Who is of one practice: `members` are leads with the keys of where they work, ambiguous ones among them; one or more to a practice, sorted."""
    unclear = ambiguous_groups(members.values())
    found = [
        [LeadId(node) for node in nodes if ":" not in node]
        for nodes in components({lead, *keys} - unclear for lead, keys in members.items())
    ]
    return sorted(leads for leads in found if leads)


def ambiguous_groups(said: Iterable[Collection[str]]) -> set[str]:
    """The keys that link nobody, of what people say of where they work (each the keys of one person).

    Two organisations may bear one name: one seen with more than one site. Anybody may have a mailbox at some sites: those of many names.
    """
    beside: dict[str, set[str]] = {}
    for keys in said:
        for key in keys:
            beside.setdefault(key, set()).update(other for other in keys if kind_of(other) != kind_of(key))
    return {key for key, others in beside.items() if len(others) >= (AMBIGUOUS_AT if kind_of(key) == SITE else 2)}
