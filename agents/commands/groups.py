"""Practices and households in words and as JSON: for `liaison why` and `liaison leads practices`."""

from policies.leads.accounts import SHARES
from policies.leads.reasons import group_words
from tools.store.accounts import Group


def group_row(group: Group) -> dict[str, object]:
    """Points to two places; `counts_for` is the part of a member's intent that goes into the group's."""
    members = [
        {"lead": one.lead, "total": round(one.total, 2), "intent": round(one.intent, 2), "mql": one.is_mql, "counts_for": share}
        for one, share in zip(group.members, [*SHARES, *[0.0] * len(group.members)], strict=False)
    ]
    points = {"fit": round(group.fit, 2), "intent": round(group.intent, 2), "total": round(group.total, 2)}
    return {"kind": "practice" if group.is_practice else "household", "model": group.model.id, **points, "members": members}


def group_lines(group: Group) -> list[str]:
    """One line for the group, one for each member, the highest intent first."""
    members = [f"  {one.lead}  intent {one.intent:.1f}, total {one.total:.1f}{', MQL' if one.is_mql else ''}" for one in group.members]
    return [group_words(group.is_practice, len(group.members), group.total, group.fit, group.intent), *members]
