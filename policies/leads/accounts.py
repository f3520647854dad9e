"""People who belong together without being one: the contacts of a practice, the two of a household. Knows no names and no store.

A group key is "<kind>:<keyed hash>", as a match key is. It joins nobody's acts: each person keeps a score of their own, and the group gets a sum.
"""

from collections.abc import Collection, Iterable, Mapping

from policies.leads.identity import components, kind_of
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
    """Who is of one practice: `members` are leads with the keys of where they work; a practice has one or more, sorted.

    Two organisations may bear one name. A name that is seen with more than one site therefore links nobody; those sites stay apart.
    """
    sites_of: dict[str, set[str]] = {}
    for keys in members.values():
        sites = {key for key in keys if kind_of(key) == SITE}
        for key in keys:
            if kind_of(key) == NAME:
                sites_of.setdefault(key, set()).update(sites)
    ambiguous = {name for name, sites in sites_of.items() if len(sites) > 1}
    groups = [{lead, *keys} - ambiguous for lead, keys in members.items()]
    found = [[LeadId(node) for node in nodes if ":" not in node] for nodes in components(groups)]
    return sorted(leads for leads in found if leads)
