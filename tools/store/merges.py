"""What people say about who is who: two leads are one, or a merge was wrong. Their word holds against every key, until another word.

The caller has the right checked, writes the audit row and brings the scores back (`rescored`).
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from policies.leads.identity import Held, MergeReason, Rule, UnmergeReason, home_key
from policies.leads.model import Model
from policies.records import LeadId
from tools.errors import Conflict, NotFound
from tools.keys import KeyRing
from tools.store import lifecycle
from tools.store.action_tables import actions, sales_inbox
from tools.store.contacts import surviving
from tools.store.engagements import Stage as Step
from tools.store.leads import Anew, anew_of, engagements_of, keys_of, relink
from tools.store.matches import Match, hold_apart, hold_together, last_merges, record
from tools.store.people import Component, load_people, merged, move_all, write_people
from tools.store.rebuild import NO_BATCH, Lines, rebuild
from tools.store.tables import engagements, lead_stages, leads, score_models


def merge_leads(
    connection: Connection, one: LeadId, other: LeadId, *, by: str, rule: Rule, reason: MergeReason | None = None, now: datetime
) -> LeadId:
    """A person says that these two leads are the same one: join them. The survivor's id.

    Raises NotFound when one of them is no lead, Conflict when they are one already or one of them lives on elsewhere.
    """
    found = load_people(connection, {one, other})
    if gone := sorted({one, other} - found.keys()):
        raise NotFound(f"there is no lead {shown(gone[0])}: copy the id from its handoff or from the list of leads")
    for lead in (one, other):
        if (lives_on := surviving(connection, lead)) != lead:
            raise Conflict(f"lead {lead} was merged into {lives_on} already: name that one")
    if one == other:
        raise Conflict(f"{one} is one lead already: name two")
    known = keys_of(connection, {one, other})
    person = merged(list(found.values()))
    (loser,) = person.merged
    sides = {"lead_keys": tuple(known.get(loser, ())), "survivor_keys": tuple(known.get(person.id, ()))}
    row = Match(at=now, event="merge", rule=rule, lead=loser, survivor=person.id, by=by, reason=reason and reason.value, **sides)
    (said,) = record(connection, [row])
    if row.lead_keys and row.survivor_keys:
        hold_together(connection, said, row.lead_keys, row.survivor_keys)
    write_people(connection, [person.row()])
    move_all(connection, {loser: person.id})
    _score_again(connection, [person.id])
    return person.id


def unmerge_lead(
    connection: Connection, lead: LeadId, *, by: str, reason: UnmergeReason, ring: KeyRing, now: datetime
) -> tuple[LeadId, LeadId]:
    """A person says that `lead` should never have been merged: it is itself again, with what it brought and what has come by its keys since.

    No key joins the two again. (lead, the lead it came out of). A suppression stays on both. Raises NotFound for an unknown lead, Conflict for one
    that lives by itself or was merged before the match log was kept.
    """
    if connection.scalar(select(leads.c.id).where(leads.c.id == lead)) is None:
        raise NotFound(f"there is no lead {shown(lead)}: liaison leads matches lists the merges")
    survivor = surviving(connection, lead)
    if survivor == lead:
        raise Conflict(f"lead {lead} is not merged into another: liaison leads matches {lead} lists what went into it")
    load_people(connection, {lead, survivor})  # takes their locks, in order
    mine, rest, joined_by = _sides(connection, lead, survivor)
    sides = {"lead_keys": tuple(mine), "survivor_keys": tuple(rest)}
    row = Match(
        at=now, event="unmerge", rule=Rule.PERSON, lead=lead, survivor=survivor, match_key=joined_by, by=by, reason=reason.value, **sides
    )
    (said,) = record(connection, [row])
    hold_apart(connection, said, mine, rest)
    held = Held(apart=((frozenset(mine), frozenset(rest)),))
    known = keys_of(connection, [survivor])
    before = anew_of(connection, [survivor], held)
    homes = {**before.homes, survivor: home_key(rest, held), lead: home_key(mine, held)}
    gone = {one: key for one, key in before.gone.items() if one != lead}
    whole = Component(leads=[survivor], keys=sorted(known[survivor]))
    relink(connection, [whole], engagements_of(connection, [survivor]), Anew(known, homes, gone), ring=ring, now=now)
    _give_back_handoffs(connection, lead, survivor)
    lifecycle.restate(connection, [lead, survivor])
    return lead, survivor


def shown(lead: str) -> str:
    """An id as it may be repeated in a message."""
    return lead if len(lead) <= 32 and lead.isascii() and lead.isprintable() else "of that id"


def _sides(connection: Connection, lead: LeadId, survivor: LeadId) -> tuple[set[str], set[str], str | None]:
    """The keys the lead had when it was merged, those of everybody else in there, and the key that joined them."""
    merged_in = connection.scalars(select(leads.c.id).where(leads.c.merged_into == survivor)).all()
    log = last_merges(connection, [LeadId(one) for one in merged_in])
    if lead not in log:
        raise Conflict(f"lead {lead} was merged into {survivor} before the match log was kept: what it brought is not known")
    now_there = keys_of(connection, [survivor]).get(survivor, set())
    mine = now_there.intersection(log[lead].lead_keys)
    others = {key for row in log.values() for key in (*row.survivor_keys, *row.lead_keys)}
    rest = now_there & others - mine
    if not mine or not rest:
        raise Conflict(f"lead {lead} cannot be taken out of {survivor}: one of the two would have no match key left")
    return mine, rest, log[lead].match_key


def _give_back_handoffs(connection: Connection, lead: LeadId, survivor: LeadId) -> None:
    """What happened to the lead's own handoffs while it lived in the survivor is its history, not the survivor's."""
    family = select(leads.c.id).where((leads.c.id == lead) | (leads.c.merged_into == lead))
    own = select(actions.c.id).where(actions.c.lead.in_(family))
    for table in (sales_inbox, lead_stages):
        connection.execute(update(table).where(table.c.lead == survivor, table.c.action.in_(own)).values(lead=lead))


# --- scores


def _score_again(connection: Connection, ids: Collection[LeadId]) -> None:
    mine = update(engagements).where(engagements.c.lead.in_(ids), engagements.c.stage == Step.SCORED)
    connection.execute(mine.values(stage=Step.STORED))


def rescored(connection: Connection, models: Mapping[str, Model], ids: Collection[LeadId]) -> None:
    """Bring the scores of these leads back at once, from all they ever did, under those of `models` that score now.

    Their engagements are scored once more by the next run, which changes nothing.
    """
    live = set(connection.scalars(select(score_models.c.id).where(score_models.c.live)))
    lines = Lines(model for model in models.values() if model.id in live)
    if lines.models:
        rebuild(connection, lines, ids, NO_BATCH)
