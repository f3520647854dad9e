"""Where one item stands with its reviewers, as its page says it: what the signed-in person may do, which reviews are met, whom it waits for."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from approvals.autonomy import level_of
from approvals.errors import NotAllowed
from approvals.identity import Session
from approvals.reviewers import Authority, Panel, able, authority, handling_role, one_hand, panel_of
from approvals.web import words
from policies.actions import Action, Status
from policies.approval.ladder import Level
from policies.approval.seats import Seated
from policies.records import PersonId
from tools.errors import Conflict
from tools.practice import Practice
from tools.store import delegations
from tools.store.delegations import Assignment
from tools.store.recoveries import Recovery


class ReviewShown(NamedTuple):
    """One review of an item: who may give it, who has, how many are missing."""

    roles: str
    given: tuple[str, ...]
    missing: int


class Standing(NamedTuple):
    """What one person may do with one item: `may_not` says in words why they cannot approve it, empty when they can.

    `as_` is how their approval would count when it is not simply their own; `due_at` is when the item is escalated, None without an SLA.
    """

    may_not: str
    can_decide: bool
    needed: int
    approvals: tuple[PersonId, ...]
    as_: str = ""
    reviews: tuple[ReviewShown, ...] = ()
    able: tuple[tuple[str, str], ...] = ()
    due_at: datetime | None = None
    assigned: Assignment | None = None


OBSERVED = "Items like this are only observed: nobody can approve them until an administrator and compliance raise them on the Approval policy page."
CLOSED = "Nobody can approve this kind of item as the approval policy stands. Ask an administrator."


def standing(practice: Practice, connection: Connection, me: Session, action: Action, *, now: datetime) -> Standing:
    """May this person approve this item now, who already has, and who is still asked."""
    can_decide = _can_handle(practice, me, action)
    assigned = delegations.assignment_of(connection, action.id)
    try:
        panel = panel_of(practice, connection, action, now=now)
    except NotAllowed:
        return Standing(CLOSED, can_decide, 1, (), assigned=assigned)
    names = {person.username: person.name for person in practice.people}
    waiting = able(practice, panel, lent=delegations.running(connection, at=now), now=now) if action.status is Status.QUEUED else ()
    shown = Standing(
        may_not="",
        can_decide=can_decide,
        needed=panel.needed.people,
        approvals=panel.approvers,
        reviews=tuple(_shown(one, names) for one in panel.seated),
        able=tuple((username, names[username]) for username in waiting),
        due_at=due_at(panel),
        assigned=assigned,
    )
    if level_of(connection, action.kind, action.channel).level is Level.OBSERVE:
        return shown._replace(may_not=OBSERVED)
    try:
        mine = authority(practice, connection, panel, me.username, now=now)
    except (NotAllowed, Conflict):
        return shown._replace(may_not=_why_not(practice, panel, me, [names[one] for one in waiting], now))
    return shown._replace(as_=_as(mine, names))


def due_at(panel: Panel) -> datetime | None:
    """When a waiting item is overdue under the shortest response time of its rules; it waits since its present version was queued."""
    if panel.needed.sla_hours is None or panel.action.status is not Status.QUEUED:
        return None
    return panel.action.updated_at + timedelta(hours=panel.needed.sla_hours)


def _can_handle(practice: Practice, me: Session, action: Action) -> bool:
    try:
        handling_role(practice, action.kind, me.username)
    except NotAllowed:
        return False
    return True


def _shown(seated: Seated, names: dict[str, str]) -> ReviewShown:
    def name(username: str) -> str:
        return names.get(username, username)

    given = tuple(name(vote.by) + (f" for {name(vote.principal)}" if vote.principal != vote.by else "") for vote in seated.votes)
    return ReviewShown(words.roles(seated.review.roles), given, seated.missing)


def _as(mine: Authority, names: dict[str, str]) -> str:
    if mine.on_behalf_of is None:
        return ""
    return f"You approve for {names.get(mine.on_behalf_of, mine.on_behalf_of)}, as {words.ROLE[mine.role].lower()}."


def _why_not(practice: Practice, panel: Panel, me: Session, others: list[str], now: datetime) -> str:
    """Which role is missing and who has it, or who else can agree to what this person wrote or has approved."""
    if me.username in panel.approvers:
        missing = sum(one.missing for one in panel.seated)
        return f"You have approved this version. It waits for {'a second person' if missing == 1 else f'{missing} more people'}."
    if me.has(*panel.needed.roles):
        if panel.needed.four_eyes and me.username in panel.authors:
            who = f"{words.listed(others)} can decide" if others else "nobody else has the role"
            return f"You wrote or edited this item, and it needs two people who did not; {who}."
        if opened := one_hand(panel, me.username, now=now):
            return _one_hand(practice, opened, others)
        waiting = words.listed([words.roles(one.review.roles) for one in panel.seated if one.missing] or ["nobody"])
        return f"Your review is there already. It waits for {waiting}{f': {words.listed(others)}' if others else ''}."
    able_ = [person.name for person in practice.people if set(person.roles) & set(panel.needed.roles)]
    return f"You need the {words.roles(panel.needed.roles)} role; {words.listed(able_)} {'have' if len(able_) > 1 else 'has'} it."


def _one_hand(practice: Practice, opened: Recovery, others: list[str]) -> str:
    names = {person.username: person.name for person in practice.people}
    by, account = names.get(opened.by, opened.by), names.get(opened.username, opened.username)
    who = f" {words.listed(others)} can decide." if others else ""
    return f"{by} opened the account of {account} again, so until {opened.until:%d %B, %H:%M} UTC they count as one person.{who}"
