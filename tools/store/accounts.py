"""Practices and households at rest: who belongs together, and what they are worth together. Keyed hashes only; decides nobody's MQL.

Rows are written with the act that states them and read through the match keys of a lead, so merging or taking apart leads moves nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, or_, select

from policies.leads.accounts import HOUSEHOLD, NAME, SITE, ambiguous_groups, practices, rolled_up
from policies.leads.identity import kind_of
from policies.leads.model import Model
from policies.leads.score import intent, total_points
from policies.records import Engagement, LeadId, Track
from tools.store.chunks import in_chunks
from tools.store.scores import standings_at
from tools.store.tables import consents, lead_groups, lead_keys

WORKPLACES = (NAME, SITE)
HOUSEHOLDS = (HOUSEHOLD,)
MOST = 200
"""People that are read for one practice. A larger one is a health system: its roll-up is that of the first ones."""


class Member(NamedTuple):
    """One person of a group under one model."""

    lead: LeadId
    fit: float
    intent: float
    total: float
    is_mql: bool


class Group(NamedTuple):
    """A practice (`is_practice`) or household under one model: members by intent, highest first; fit is the best member's, intent is rolled up."""

    model: Model
    members: tuple[Member, ...]
    fit: float
    intent: float
    total: float
    is_practice: bool


def save_groups(connection: Connection, linked: Iterable[tuple[Engagement, str]]) -> None:
    """Remember the groups these acts state, and forget what an earlier version of them stated.

    Each act comes with the match key that linked it: its weaker ones may be of somebody who was held apart.
    """
    acts = {act.id: (act, key) for act, key in linked}
    row = lead_groups.c
    known = in_chunks(connection, lambda part: select(row.engagement).distinct().where(row.engagement.in_(part)), acts)
    if gone := [{"gone": found.engagement} for found in known]:
        connection.execute(delete(lead_groups).where(row.engagement == bindparam("gone")), gone)
    stated = [
        {"engagement": id_, "group_key": group, "match_key": key, "at": act.occurred_at}
        for id_, (act, key) in acts.items()
        if kind_of(key) != "anon"
        for group in act.group_keys
    ]
    if stated:
        connection.execute(insert(lead_groups), stated)


# --- who belongs together


def practice_of(connection: Connection, lead: LeadId, *, at: datetime) -> list[LeadId]:
    """The lead and everybody of the same practice as of `at`; the lead alone if nothing is known. Of a very large one the first `MOST` found."""
    members = {lead: stated(connection, [lead], WORKPLACES, at=at).get(lead, set())}
    asked: set[str] = set()
    while len(members) < MOST and (new := {key for keys in members.values() for key in keys} - asked):
        asked |= new
        for key in sorted(new):
            # A name that two sites bear links nobody, and who bears it is not followed: every "Family Dental" would come along.
            found = stated(connection, _holders(connection, [key]), WORKPLACES, at=at)
            if key not in ambiguous_groups(found.values()):
                members |= {one: keys for one, keys in found.items() if key in keys}
    return next(mine for mine in practices(members) if lead in mine)[:MOST]


def household_of(connection: Connection, lead: LeadId, *, at: datetime) -> list[LeadId]:
    """The lead and the one who lives with them, if each named the other last, as of `at`, and both agree to this day; otherwise the lead alone."""
    mine = stated(connection, [lead], HOUSEHOLDS, at=at).get(lead, set())
    both = [one for one, keys in stated(connection, _holders(connection, mine), HOUSEHOLDS, at=at).items() if keys == mine]
    said = consents.c
    agreed = select(said.lead).where(said.lead.in_(both), said.purpose == "household", said.granted.is_(True)).order_by(said.lead)
    agreeing = [LeadId(one) for one in connection.scalars(agreed)]
    return agreeing if lead in agreeing and len(agreeing) == 2 else [lead]


def _holders(connection: Connection, groups: Collection[str]) -> list[LeadId]:
    """Leads that ever stated one of these groups, at most some more than `MOST` of each."""
    rows, keys = lead_groups.c, lead_keys.c

    def query(part: list[str]) -> Select[Any]:
        joined = select(keys.lead).distinct().join(lead_groups, rows.match_key == keys.match_key)
        return joined.where(rows.group_key.in_(part)).order_by(keys.lead).limit(MOST + 1)

    return [LeadId(row.lead) for row in in_chunks(connection, query, sorted(groups))]


def stated(connection: Connection, leads: Collection[LeadId] | None, kinds: Collection[str], *, at: datetime) -> dict[LeadId, set[str]]:
    """The latest word of each lead, as of `at`, on groups of these kinds: one key of a kind at most. None = every lead that ever stated one."""
    rows, keys = lead_groups.c, lead_keys.c
    base = select(keys.lead, rows.group_key, func.max(rows.at)).join(lead_keys, rows.match_key == keys.match_key)
    base = base.where(rows.at <= at, or_(*(rows.group_key.startswith(f"{kind}:") for kind in kinds))).group_by(keys.lead, rows.group_key)
    if leads is None:
        found: Iterable[Row[Any]] = connection.execute(base)
    else:
        found = in_chunks(connection, lambda part: base.where(keys.lead.in_(part)), leads)
    latest: dict[tuple[LeadId, str], tuple[datetime, str]] = {}
    for lead, group, said_at in map(tuple, found):
        place = LeadId(lead), kind_of(group)
        latest[place] = max(latest.get(place, (said_at, group)), (said_at, group))
    said: dict[LeadId, set[str]] = {}
    for (lead, _), (_, group) in latest.items():
        said.setdefault(lead, set()).add(group)
    return said


# --- what they are worth together


def groups_of_lead(connection: Connection, models: Mapping[str, Model], lead: LeadId, *, at: datetime) -> list[Group]:
    """The practice and the household of one lead, under each live model that two or more of them have a score for."""
    found = []
    for is_practice, members in ((True, practice_of(connection, lead, at=at)), (False, household_of(connection, lead, at=at))):
        track = Track.B2B_REFERRAL if is_practice else Track.B2C_PATIENT
        if len(members) > 1:
            groups = (_group(connection, model, members, is_practice, at=at) for model in models.values() if model.track is track)
            found += [group for group in groups if len(group.members) > 1]
    return found


def top_practices(connection: Connection, model: Model, *, at: datetime, limit: int) -> list[Group]:
    """The practices with the highest total under a referral model, a single contact's among them. Reads every lead that stated a workplace."""
    works = practices(stated(connection, None, WORKPLACES, at=at))
    standings = _members(connection, model, [lead for members in works for lead in members], at=at)
    groups = [_rolled(model, [standings[lead] for lead in members if lead in standings], is_practice=True) for members in works]
    return sorted((one for one in groups if one.members), key=lambda one: (-one.total, one.members[0].lead))[:limit]


def practice_under(connection: Connection, model: Model, lead: LeadId, *, at: datetime) -> Group:
    """The practice `lead` works for, itself alone if nobody else is known of, under a referral model; without members when none has a score."""
    return _group(connection, model, practice_of(connection, lead, at=at), True, at=at)


def _group(connection: Connection, model: Model, leads: Collection[LeadId], is_practice: bool, *, at: datetime) -> Group:
    return _rolled(model, list(_members(connection, model, leads, at=at).values()), is_practice=is_practice)


def _rolled(model: Model, members: list[Member], *, is_practice: bool) -> Group:
    members = sorted(members, key=lambda one: (-one.intent, one.lead))
    fit = max((one.fit for one in members), default=0.0)
    together = rolled_up((one.intent for one in members), cap=model.intent_cap)
    return Group(model, tuple(members), fit, together, total_points(model, fit, together), is_practice)


def _members(connection: Connection, model: Model, leads: Collection[LeadId], *, at: datetime) -> dict[LeadId, Member]:
    found = {}
    for lead, (_, fit, standing) in standings_at(connection, model, leads, at=at).items():
        points = intent(model, standing.groups, at)
        found[lead] = Member(lead, fit, points, total_points(model, fit, points), standing.is_mql(at))
    return found
