"""The queue's filters in an address: read them forgivingly, write them in one form."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from approvals.autonomy import observed
from approvals.identity import Session
from policies.actions import ActionKind, Risk
from policies.approval.rules import ApprovalRule
from policies.kinds import KINDS
from policies.records import Channel
from tools.store import delegations
from tools.store.queue import SHELVES, Decider, Filters
from tools.workspace import Workspace

NARROWING = ("channel", "kind", "risk", "q", "mine")
SEARCH_MAX = 80
Choice = TypeVar("Choice", bound=StrEnum)


def decider_of(ws: Workspace, me: Session) -> Decider:
    """What the signed-in person may approve under the practice's policy: every kind that a rule names one of their roles for.

    The roles of those they stand in for now count for the kinds that were lent; kinds that are only observed do not count. A rule may be narrower
    than its kind (a risk, a state, a sum): such an item is listed too, and its page says who decides.
    """
    now, rules = ws.clock(), ws.practice.approval_policy.rules
    with ws.database.read() as connection:
        lent = [one for one in delegations.running(connection, at=now) if one.deputy == me.username]
        shown_only = observed(connection)
    mine = _kinds_of(rules, me.roles)
    for one in lent:
        principal = ws.practice.person(one.person)
        mine |= {kind for kind in _kinds_of(rules, principal.roles if principal else ()) if one.covers(kind, now)}
    kinds = [kind for kind in ActionKind if kind in mine and (kind, None) not in shown_only]
    strict = {kind for rule in rules if rule.four_eyes for kind in rule.kinds} | {kind for kind in kinds if KINDS[kind].four_eyes}
    return Decider(person=me.username, kinds=tuple(kinds), four_eyes=tuple(kind for kind in kinds if kind in strict))


def _kinds_of(rules: Iterable[ApprovalRule], roles: Collection[str]) -> set[ActionKind]:
    return {kind for rule in rules for review in rule.asked if not set(review.roles).isdisjoint(roles) for kind in rule.kinds}


def filters_of(query: Mapping[str, str], decider: Decider) -> Filters:
    """The filters an address asks for; a value that is none of ours is left out, never an error.

    An address without any filter lists what `decider` can decide; one with a filter lists everything that matches, unless it says `mine=1`.
    """
    shelf = query.get("shelf", "waiting")
    mine = query.get("mine") == "1" if any(name in query for name in NARROWING) else True
    return Filters(
        shelf=shelf if shelf in SHELVES else "waiting",
        channel=_one_of(Channel, query.get("channel")),
        kind=_one_of(ActionKind, query.get("kind")),
        risk=_one_of(Risk, query.get("risk")),
        search=" ".join(query.get("q", "").split())[:SEARCH_MAX],
        mine=decider if mine else None,
    )


def query_of(filters: Filters, **more: str) -> str:
    """`filters` as the tail of an address, with its question mark; empty when nothing differs from the plain queue."""
    asked = {"channel": filters.channel, "kind": filters.kind, "risk": filters.risk, "q": filters.search}
    if any(asked.values()) == (filters.mine is not None):
        asked["mine"] = "1" if filters.mine else "0"
    if filters.shelf != "waiting":
        asked = {"shelf": filters.shelf, **asked}
    pairs = [(name, str(value)) for name, value in {**asked, **more}.items() if value]
    return f"?{urlencode(pairs)}" if pairs else ""


def _one_of(choices: type[Choice], value: str | None) -> Choice | None:
    return choices(value) if value in set(choices) else None
