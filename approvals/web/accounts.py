"""Referring practices as a list and one by one: what their contacts are worth together, who of us has whom, and what comes next, in words.

A practice is opaque: its name is sealed, so it is known by its contacts' ids. Households are never shown here.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from approvals.inbox import WORKED, Handoff, HandoffStatus
from approvals.web import sales_words
from approvals.web.standing import running_of
from approvals.web.words import INBOX, span
from policies.leads.model import Model
from policies.records import LeadId, Track
from tools.errors import NotFound
from tools.store.accounts import Group, Member, practice_under, top_practices
from tools.store.contacts import surviving
from tools.store.inbox_list import handoffs_of, latest_of
from tools.store.leads import get_leads
from tools.store.models import models_in_force
from tools.store.present import Present, present
from tools.workspace import Workspace


class Contact(NamedTuple):
    """One person of a practice: points, what stands out, the newest handoff on this line, and what comes next in words."""

    member: Member
    telling: str
    handoff: Handoff | None
    next_step: str


class Account(NamedTuple):
    """A practice as a row shows it. `key`: the id of the contact it is known by; `next_step`: that of the contact with the most intent."""

    key: LeadId
    group: Group
    contacts: tuple[Contact, ...]
    open_count: int
    next_step: str


class Listed(NamedTuple):
    """Practices under one model, the highest total first; `model` is "" when no referral model is in force."""

    models: dict[str, Model]
    model: str
    rows: list[Account]
    more: bool


class Practice(NamedTuple):
    """One practice under each referral model it has a score for, and every handoff of its people. `key`: the contact it is known by."""

    key: LeadId
    accounts: list[Account]
    past: list[Handoff]


def listed(ws: Workspace, connection: Connection, model: str, *, start: int, limit: int) -> Listed:
    """A page of practices under the model of that name; a name that is none of ours is the first model."""
    models = referral_models(ws, connection)
    name = model if model in models else next(iter(models), "")
    ranked = top_practices(connection, models[name], at=ws.clock(), limit=start + limit + 1)[start:] if name else []
    rows = _accounts(ws, connection, models[name], ranked[:limit]) if name else []
    return Listed(models, name, rows, len(ranked) > limit)


def practice_of(ws: Workspace, connection: Connection, lead: LeadId) -> Practice:
    """The practice of this contact. Raises NotFound."""
    lives_on = surviving(connection, lead)
    groups = [practice_under(connection, one, lives_on, at=ws.clock()) for one in referral_models(ws, connection).values()]
    accounts = [_accounts(ws, connection, group.model, [group])[0] for group in groups if group.members]
    if not accounts and not get_leads(connection, [lives_on]):
        raise NotFound("no practice is known by that id: open the list of practices for those with a score")
    past = [Handoff(**row._mapping) for row in handoffs_of(connection, {one.lead for group in groups for one in group.members})]
    return Practice(accounts[0].key if accounts else lead, accounts, past)


def referral_models(ws: Workspace, connection: Connection) -> dict[str, Model]:
    found = models_in_force(connection, ws.practice, ws.directory)
    return {name: model for name, model in found.items() if model.track is Track.B2B_REFERRAL}


def _accounts(ws: Workspace, connection: Connection, model: Model, groups: Sequence[Group]) -> list[Account]:
    """`groups` with what sales did: a fixed number of queries for the whole page."""
    line = model.service_line or ""
    leads = [member.lead for group in groups for member in group.members]
    standings = present(connection, {model.name: model}, [(lead, line) for lead in leads], at=ws.clock())
    latest = {lead: Handoff(**row._mapping) for lead, row in latest_of(connection, leads, line).items()}
    return [_account(ws, model, group, {lead: found for (lead, _), found in standings.items()}, latest) for group in groups]


def _account(ws: Workspace, model: Model, group: Group, standings: dict[LeadId, Present], latest: dict[LeadId, Handoff]) -> Account:
    contacts = tuple(_contact(ws, model, one, standings.get(one.lead), latest.get(one.lead)) for one in group.members)
    open_ = [one for one in contacts if one.handoff is not None and one.handoff.status in (HandoffStatus.NEW, *WORKED)]
    step = _most_pressing(contacts, open_)
    return Account(min(one.lead for one in group.members) if contacts else LeadId(""), group, contacts, len(open_), step)


def _most_pressing(contacts: Sequence[Contact], open_: Sequence[Contact]) -> str:
    """What comes next for the practice: with an open handoff what that one asks for, else with the contact nearest to an MQL."""
    if not contacts:
        return ""
    if open_:
        return open_[0].next_step
    nearest = max(contacts, key=lambda one: (one.member.is_mql, one.member.total, one.member.lead))
    return f"{nearest.member.lead}: {nearest.next_step}"


def _contact(ws: Workspace, model: Model, member: Member, now: Present | None, handoff: Handoff | None) -> Contact:
    zone = ws.practice.calendar(model.service_line or "", handoff.location if handoff else None).zone
    said = sales_words.told(now.telling, zone) if now and now.telling else ""
    return Contact(member, said, handoff, _next_step(ws, model, member, handoff))


def _next_step(ws: Workspace, model: Model, member: Member, handoff: Handoff | None) -> str:
    """What a liaison does about this contact now."""
    if handoff is None or handoff.status not in (HandoffStatus.NEW, *WORKED):
        before = (
            f"{INBOX[handoff.status].lower()} {span(ws.clock() - (handoff.decided_at or handoff.received_at))} ago; " if handoff else ""
        )
        short = model.threshold - member.total
        if member.is_mql:
            return f"{before}an MQL: its handoff waits for approval or is made by the next run"
        gap = (
            f"{max(round(short), 1)} point{'' if round(short) <= 1 else 's'} short of an MQL"
            if short > 0
            else "over the threshold, not an MQL yet"
        )
        return f"{before}{gap}: nurture"
    names: Iterable[str] = (person.name for person in ws.practice.people if person.username == handoff.by)
    if handoff.status is HandoffStatus.NEW:
        running = running_of(ws.practice, handoff, now=ws.clock())
        return f"nobody has it: {running.by[:1].lower()}{running.by[1:]}" if running else "nobody has it: accept it"
    return f"{next(iter(names), handoff.by or 'sales')} has it: {sales_words.NEXT[handoff.status][0].lower()}"
