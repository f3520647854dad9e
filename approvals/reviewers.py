"""Reviewers: who may decide what. Reads the practice's people and policy; refuses whenever either leaves a doubt."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from approvals.errors import NotAllowed
from policies.actions import Action, ActionKind, Decision, DecisionVerdict
from policies.approval import rules as policy
from policies.approval.ladder import Level
from policies.approval.rules import ClosedPolicy, Requirement, Subject
from policies.approval.seats import Seated, Vote, advances, counting, seat
from policies.records import PersonId
from tools.errors import Conflict
from tools.practice import Practice
from tools.store import actions as store
from tools.store import delegations
from tools.store.delegations import Delegation
from tools.store.recoveries import Recovery, behind, hands, in_doubt, writers

DESK_ROLES = ("marketing", "compliance", "clinical_reviewer", "admin")
"""Who, besides a kind's approvers, may reject, edit, send back or ask for a redraft: none of these lets anything out."""
AUTONOMY = "autonomy"
"""The role of a decision that a standing grant made; `by` is then the grant. It is nobody's vote."""


class Panel(NamedTuple):
    """Where one version of an item stands with its reviewers: what it needs, who counts, which reviews are met."""

    action: Action
    needed: Requirement
    votes: tuple[Vote, ...]
    authors: frozenset[str]
    decisions: tuple[Decision, ...]
    lent: tuple[Delegation, ...]
    recoveries: tuple[Recovery, ...]
    writers: frozenset[str]
    """Who may have written it besides its authors, because they opened the account of one of them again."""

    @property
    def wrote(self) -> frozenset[str]:
        return self.authors | self.writers

    @property
    def seated(self) -> tuple[Seated, ...]:
        return seat(self.needed, self.votes, authors=self.wrote)

    @property
    def is_met(self) -> bool:
        return all(one.missing == 0 for one in self.seated)

    @property
    def approvers(self) -> tuple[PersonId, ...]:
        """The people whose approval of exactly this version counts under today's policy, in the order they decided."""
        able = {vote.by for vote in counting(self.needed, self.votes, authors=self.wrote)}
        return tuple(PersonId(vote.by) for vote in self.votes if vote.by in able)


class Known(NamedTuple):
    """What a caller who decides many items has read of one beforehand, in the same transaction and after it took the row's lock."""

    action: Action
    decisions: tuple[Decision, ...]
    authors: frozenset[str]
    level: Level
    recoveries: tuple[Recovery, ...]
    writers: frozenset[str]


class Authority(NamedTuple):
    """In which role somebody may approve, and in whose place when it is not their own."""

    role: str
    on_behalf_of: str | None = None


def requirement(practice: Practice, item: Subject) -> Requirement:
    """What the practice's policy asks for `item`. Raises NotAllowed when nothing allows it, or the practice's people can never meet it."""
    try:
        needed = policy.requirement(practice.approval_policy.rules, item)
    except ClosedPolicy as error:
        raise NotAllowed(f"nobody may approve {item.kind}: {error}") from None
    everybody = [Vote(person.username, person.username, person.roles) for person in practice.people]
    for seated in seat(needed, everybody, authors=()):
        if seated.missing:
            roles, able = " or ".join(seated.review.roles), len(seated.votes)
            raise NotAllowed(
                f"{item.kind} needs {seated.review.people} people with the role {roles} besides its other reviewers, practice.yaml has {able}: "
                "add people or mend the rule"
            )
    return needed


def panel_of(practice: Practice, connection: Connection, action: Action, *, now: datetime, known: Known | None = None) -> Panel:
    """How `action` stands now. Raises NotAllowed when the policy itself lets nobody approve it."""
    if known is None:
        recoveries = in_doubt(connection, now=now)
        wrote = writers(connection, (action.id,), recoveries)[action.id]
        decisions, authors = store.decisions_of(connection, action.id), store.authors(connection, action.id)
    else:
        recoveries, wrote, decisions, authors = known.recoveries, known.writers, known.decisions, known.authors
    deputies = {decision.by for decision in decisions if decision.on_behalf_of}
    lent = delegations.to_deputies(connection, set(deputies)) if deputies else ()
    return Panel(
        action=action,
        needed=requirement(practice, action),
        votes=tuple(_votes(practice, action, decisions, lent, recoveries)),
        authors=authors,
        decisions=decisions,
        lent=lent,
        recoveries=recoveries,
        writers=wrote,
    )


def authority(practice: Practice, connection: Connection, panel: Panel, username: str, *, now: datetime) -> Authority:
    """In which role `username` may approve this item now: their own, or that of somebody they stand in for.

    Raises NotAllowed: unknown person, other role, or author where four eyes are needed; Conflict when their approval would add nothing.
    """
    kind = panel.action.kind
    if any(one.by == username and one.version == panel.action.version for one in panel.decisions):  # also where it no longer counts
        complete = "its reviews are complete under today's policy, so another reviewer, or an edit, lets it go"
        raise Conflict(
            f"{username} has approved this version of action {panel.action.id} already: {complete if panel.is_met else 'it needs another person'}"
        )
    own = _useful(panel, _options(practice, panel, username, (), now))
    for vote in own:
        if advances(panel.needed, panel.votes, vote, authors=panel.wrote):
            return Authority(_role(panel, vote))
    lent = (one for one in delegations.running(connection, at=now) if one.deputy == username and one.covers(kind, now))
    options = [*own, *_useful(panel, _options(practice, panel, username, lent, now)[1:])]
    for vote in options[len(own) :]:
        if advances(panel.needed, panel.votes, vote, authors=panel.wrote):
            return Authority(_role(panel, vote), vote.principal)
    for vote in options:
        if _lets_go(panel, vote):
            return Authority(_role_of(vote, panel.needed.roles), vote.principal if vote.principal != username else None)
    if not options:
        role_of(practice, username, panel.needed.roles)  # raises, with who this is and what is missing
    others = f"ask another {' or '.join(panel.needed.roles)}"
    if panel.needed.four_eyes and (username in panel.authors or all(vote.principal in panel.authors for vote in options)):
        whose = username if username in panel.authors else options[0].principal
        raise NotAllowed(f"{whose} wrote or edited this item, and {kind} needs two people who did not: {others}")
    if opened := one_hand(panel, username, now=now):
        raise NotAllowed(
            f"{opened.by} opened the account of {opened.username} again, so until {opened.until:%Y-%m-%d %H:%M} UTC they count as one person, "
            f"with everybody else whose account {opened.by} opened: {others}"
        )
    met = ", ".join(panel.approvers)
    raise Conflict(
        f"the review that {username} can give is there already, from {met}: action {panel.action.id} waits for {waits_for(panel)}"
    )


def one_hand(panel: Panel, username: str, *, now: datetime) -> Recovery | None:
    """The recovery by which `username` may be one person with somebody who wrote or approved this item."""
    mine = hands(panel.recoveries, username, now)
    others = {vote.by: vote.hands for vote in panel.votes}
    if panel.needed.four_eyes:
        others |= dict.fromkeys(panel.authors, panel.wrote)
    for other, theirs in others.items():
        if other == username or mine.isdisjoint(theirs):
            continue
        for one in panel.recoveries:
            if (one.username == username and one.by in theirs) or (one.username == other and one.by in mine):
                return one
    return None


def with_vote(practice: Practice, panel: Panel, username: str, principal: str | None, *, now: datetime) -> Panel:
    """The panel after this person's approval, in their own place or that of `principal`."""
    holder = practice.person(principal or username)
    vote = Vote(username, principal or username, holder.roles if holder else (), behind(panel.recoveries, username, now))
    return panel._replace(votes=(*panel.votes, vote))


def waits_for(panel: Panel) -> str:
    """The reviews that are missing, in the roles' own names: "compliance and clinical_reviewer"."""
    missing = [" or ".join(one.review.roles) for one in panel.seated if one.missing]
    return " and ".join(missing) or "nobody"


def able(practice: Practice, panel: Panel, *, lent: Iterable[Delegation], now: datetime) -> tuple[str, ...]:
    """Everybody whose approval would fill a review that is missing, or let go what misses none; by username. `lent` is what runs now."""
    lent = tuple(lent)
    found = []
    for person in practice.people:
        borrowed = tuple(one for one in lent if one.deputy == person.username and one.covers(panel.action.kind, now))
        options = _options(practice, panel, person.username, borrowed, now)
        voted = any(vote.by == person.username for vote in panel.votes)
        if not voted and any(advances(panel.needed, panel.votes, vote, authors=panel.wrote) or _lets_go(panel, vote) for vote in options):
            found.append(person.username)
    return tuple(found)


def handling_role(practice: Practice, kind: ActionKind, username: str) -> str:
    """The role in which `username` may reject, edit or send back an item of this kind. Raises NotAllowed."""
    named = [role for rule in practice.approval_policy.rules if kind in rule.kinds for review in rule.asked for role in review.roles]
    return role_of(practice, username, (*DESK_ROLES, *(role for role in named if role not in DESK_ROLES)))


def role_of(practice: Practice, username: str, roles: Collection[str]) -> str:
    """The first of `roles` this person has. Raises NotAllowed."""
    person = practice.person(username)
    if person is None:
        raise NotAllowed(f"{username} is not one of the people in practice.yaml: add the person there first")
    for role in roles:
        if role in person.roles:
            return role
    raise NotAllowed(
        f"{username} has not the role this needs ({' or '.join(roles)}): ask somebody who has, or mend people in practice.yaml"
    )


def _votes(
    practice: Practice, action: Action, decisions: Iterable[Decision], lent: Collection[Delegation], recoveries: Collection[Recovery]
) -> Iterable[Vote]:
    """The approvals of exactly this version, with the roles their authority has today; what rested on no delegation of that time is none."""
    for decision in decisions:
        about_this = decision.version == action.version and decision.content_hash == action.content_hash
        if decision.verdict is not DecisionVerdict.APPROVE or not about_this or decision.role == AUTONOMY:
            continue
        principal = decision.on_behalf_of or decision.by
        holder = practice.person(principal)
        if holder is None or practice.person(decision.by) is None:
            continue
        rests = any(one.deputy == decision.by and one.person == principal and one.covers(action.kind, decision.at) for one in lent)
        if decision.on_behalf_of is None or rests:
            yield Vote(decision.by, principal, holder.roles, behind(recoveries, decision.by, decision.at))


def _options(practice: Practice, panel: Panel, username: str, borrowed: Iterable[Delegation], now: datetime) -> list[Vote]:
    """The authorities somebody may use, their own first. What is lent is the absent person's own: it cannot be lent on."""
    person = practice.person(username)
    if person is None:
        return []
    others = behind(panel.recoveries, username, now)
    lenders = (practice.person(one.person) for one in borrowed)
    return [Vote(username, username, person.roles, others), *(Vote(username, one.username, one.roles, others) for one in lenders if one)]


def _useful(panel: Panel, options: Iterable[Vote]) -> list[Vote]:
    return [vote for vote in options if set(vote.roles) & set(panel.needed.roles)]


def _role(panel: Panel, vote: Vote) -> str:
    """The role in which `vote` takes its seat."""
    filled = next(one for one in seat(panel.needed, (*panel.votes, vote), authors=panel.wrote) if vote in one.votes)
    return _role_of(vote, filled.review.roles)


def _role_of(vote: Vote, roles: Iterable[str]) -> str:
    return next(role for role in roles if role in vote.roles)


def _lets_go(panel: Panel, vote: Vote) -> bool:
    """The policy asks for less than when they approved, so nothing is missing and nobody was there to see it: one more approval completes it."""
    return panel.is_met and vote in counting(panel.needed, (*panel.votes, vote), authors=panel.wrote)
