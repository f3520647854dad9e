"""Delegation: who stands in for whom and for how long, and who is given one item. A deputy acts as themself with a lent authority, never as two.

What is lent is the person's own authority: it cannot be lent on, and it counts once for an item, whoever uses it. An absence without a deputy
is the same row without one; what was given to such a person is escalated at once (`approvals/overdue.py`).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from approvals.errors import NotAllowed, NotDecidable
from approvals.queue import bound_to, get_action
from approvals.reviewers import DESK_ROLES, authority, handling_role, panel_of
from policies.actions import Action, ActionKind, Status
from policies.records import ActionId
from tools.errors import Conflict, NotFound
from tools.practice import Person, Practice
from tools.store import delegations as store
from tools.store.audit import Event
from tools.store.delegations import Assignment, Delegation
from tools.store.recoveries import hands, in_doubt
from tools.workspace import Workspace

LONGEST = timedelta(days=92)
"""A longer absence is a change of people, which belongs into practice.yaml."""
FURTHEST = timedelta(days=366)
"""An absence that begins later is a slip in the year."""
MAY_STAND_IN = (*DESK_ROLES, "sales", "privacy_officer")
"""An auditor decides nothing, also not for somebody else."""


def delegate(
    ws: Workspace,
    person: str,
    *,
    by: str,
    deputy: str | None,
    starts_at: datetime,
    ends_at: datetime,
    kinds: Sequence[ActionKind] = (),
) -> Delegation:
    """Record that `person` is away and who has their authority meanwhile; no deputy = nobody has it.

    A person speaks for themself; an administrator may record it for another, never with themself as the deputy. Raises NotAllowed,
    NotDecidable for impossible times, Conflict when somebody else stands in for the same kinds at the same time.
    """
    now = ws.clock()
    away = _known(ws.practice, person)
    _may_arrange(ws.practice, away, by=by, deputy=deputy)
    if deputy is not None:
        _not_one_person(ws, by=by, deputy=deputy, now=now)
    if deputy is not None:
        _may_stand_in(ws.practice, away, _known(ws.practice, deputy))
    if ends_at <= max(starts_at, now):
        raise NotDecidable(f"the absence of {person} must end after it begins, and after now: write a later end")
    if starts_at > now + FURTHEST:
        raise NotDecidable(f"the absence of {person} would begin more than a year from now: mend its year")
    if ends_at - starts_at > LONGEST:
        raise NotDecidable(f"an absence lasts {LONGEST.days} days at most: change people in practice.yaml for a longer one")
    made = Delegation(
        id=f"D-{secrets.token_hex(6)}",
        person=person,
        deputy=deputy,
        kinds=tuple(kinds),
        starts_at=starts_at,
        ends_at=ends_at,
        made_by=by,
        made_at=now,
    )
    with ws.database.write() as connection:
        store.lock(connection, person)
        for other in store.upcoming(connection, at=now, person=person):
            if _overlap(made, other):
                until = f"{other.starts_at:%Y-%m-%d} to {other.ends_at:%Y-%m-%d}"
                raise Conflict(f"{other.deputy} stands in for {person} from {until} already: take {other.id} back first")
        store.add(connection, made)
        detail = {"person": person, "deputy": deputy, "kinds": kinds, "starts_at": starts_at, "ends_at": ends_at}
        ws.audit.append(connection, event=Event.DELEGATION_MAKE, actor=by, subject=made.id, detail=detail, at=now)
    return made


def revoke(ws: Workspace, delegation_id: str, *, by: str) -> Delegation:
    """End it now. The person, their deputy or an administrator may; what the deputy decided until now keeps counting."""
    now = ws.clock()
    with ws.database.write() as connection:
        found = store.get(connection, delegation_id)
        if found is None:
            raise NotFound(f"there is no absence {delegation_id[:20]}: the page Absence and deputies lists them")
        who = _known(ws.practice, by)
        if by not in (found.person, found.deputy) and "admin" not in who.roles:
            raise NotAllowed(f"{by} can end only an absence of their own, or one they stand in for: ask {found.person} or an administrator")
        if not found.ends_at > now or not store.revoke(connection, found.id, by=by, at=now):
            raise Conflict(f"the absence {found.id} of {found.person} is over already")
        detail = {"person": found.person, "deputy": found.deputy}
        ws.audit.append(connection, event=Event.DELEGATION_REVOKE, actor=by, subject=found.id, detail=detail, at=now)
        return found


def assign(ws: Workspace, action_id: ActionId, *, to: str, by: str, version: int, content_hash: str) -> Assignment:
    """Give one item to a person who can approve it as it stands; others may still decide it. Raises NotAllowed, Conflict (409)."""
    now = ws.clock()
    with ws.database.write() as connection:
        action = get_action(connection, action_id)
        if (action.version, action.content_hash) != (version, content_hash) or action.status is not Status.QUEUED:
            raise Conflict(f"action {action.id} is no longer what you saw, or waits no more: reload it")
        handling_role(ws.practice, action.kind, by)
        able_to_decide(ws.practice, connection, action, to, now=now)
        made = Assignment(action=action.id, assignee=to, by=by, at=now)
        before = store.assignment_of(connection, action.id)
        store.assign(connection, made)
        detail = {**bound_to(action), "to": to, "before": before.assignee if before else None}
        ws.audit.append(connection, event=Event.ACTION_ASSIGN, actor=by, subject=action.id, detail=detail, at=now)
    return made


def able_to_decide(practice: Practice, connection: Connection, action: Action, username: str, *, now: datetime) -> None:
    """Raises NotAllowed or Conflict when this person's approval would not count for the item as it stands."""
    authority(practice, connection, panel_of(practice, connection, action, now=now), username, now=now)


def absent(practice: Practice, running: Sequence[Delegation], *, now: datetime) -> frozenset[str]:
    """Who is away now: by practice.yaml (`absent_until`), or by a row at the desk."""
    written = {person.username for person in practice.people if person.absent_until is not None and person.absent_until > now}
    return frozenset(written | {one.person for one in running if one.runs(now) and not one.kinds})


def deputies_of(person: str, running: Sequence[Delegation], kind: ActionKind, *, now: datetime) -> tuple[str, ...]:
    """Who has this person's authority over `kind` now."""
    return tuple(one.deputy for one in running if one.person == person and one.deputy and one.covers(kind, now))


def _not_one_person(ws: Workspace, *, by: str, deputy: str, now: datetime) -> None:
    """What is lent outlasts the days of doubt, so none is lent from an account in doubt, nor to one that its arranger may have entered."""
    with ws.database.read() as connection:
        recoveries = in_doubt(connection, now=now)
    arrangers = hands(recoveries, by, now)
    if len(arrangers) > 1 or (by != deputy and not arrangers.isdisjoint(hands(recoveries, deputy, now))):
        account = by if len(arrangers) > 1 else deputy
        raise NotAllowed(
            f"the account of {account} was opened again by a colleague, so no deputy is named by it or to it yet: ask an administrator"
        )


def _may_arrange(practice: Practice, away: Person, *, by: str, deputy: str | None) -> None:
    who = _known(practice, by)
    if by == away.username:
        return
    if "admin" not in who.roles:
        raise NotAllowed(f"{by} can record only their own absence: ask {away.username} or an administrator")
    if deputy == by:
        raise NotAllowed(f"{by} cannot make themself the deputy of {away.username}: {away.username} or another administrator can")


def _may_stand_in(practice: Practice, away: Person, deputy: Person) -> None:
    if deputy.username == away.username:
        raise NotAllowed(f"{away.username} cannot stand in for themself: name another person, or nobody")
    if not set(deputy.roles) & set(MAY_STAND_IN):
        raise NotAllowed(
            f"{deputy.username} decides nothing ({', '.join(deputy.roles)}), so cannot stand in: name somebody with a role that does"
        )


def _overlap(one: Delegation, other: Delegation) -> bool:
    together = one.starts_at < other.ends_at and other.starts_at < one.ends_at
    same = not one.kinds or not other.kinds or bool(set(one.kinds) & set(other.kinds))
    return together and same and bool(one.deputy) and bool(other.deputy)


def _known(practice: Practice, username: str) -> Person:
    person = practice.person(username)
    if person is None:
        raise NotAllowed(f"{username[:41]} is not one of the people in practice.yaml: add the person there first")
    return person
