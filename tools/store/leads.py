"""Who is who at rest: the lead of every engagement, found by its match keys. Written in batches; the same batch again changes nothing.

Clean zone: match keys are keyed hashes and attributes come from closed lists. Contacts are elsewhere, sealed. What people say about who is who
is in `merges.py`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select, update

from policies.leads.identity import Held, Rule, ambiguous, components, crowded, home_key, parted, strongest
from policies.records import Engagement, EngagementId, Lead, LeadId, Track
from tools.keys import KeyRing
from tools.store.accounts import save_groups
from tools.store.chunks import in_chunks
from tools.store.consents import save_consents, suppressions_of, write_stops
from tools.store.database import insert_new
from tools.store.engagements import Stage as Step
from tools.store.matches import Match, held_of, last_merges, record
from tools.store.people import Component, forget_scores, save_people
from tools.store.tables import consents, engagements, lead_keys, leads, practice_state, suppressions

SHARED = "shared:"
"""Prefix in `practice_state` of match keys that link nobody, because too many people share them."""


@dataclass(frozen=True)
class Anew:
    """Leads that are being put together again: the keys they had, and by which key each is found; `gone` are leads merged into them earlier."""

    keys: Mapping[LeadId, set[str]] = field(default_factory=dict)
    homes: Mapping[LeadId, str] = field(default_factory=dict)
    gone: Mapping[LeadId, str] = field(default_factory=dict)


FROM_THE_STORE = Anew()


def link_batch(connection: Connection, batch: Sequence[Engagement], *, ring: KeyRing, now: datetime) -> dict[EngagementId, LeadId]:
    """Find or make the lead of every engagement that has a usable match key; the others are not in the answer.

    Leads that turn out to be one person are merged into the identified one, then the oldest, then the smallest id; their scores are dropped and
    come back when the merging engagement is scored. A key that too many people share is set aside and its leads are taken apart. Leads that a
    person holds apart are never merged. Every merge and every parting is a row of the match log.
    """
    return _link(connection, {one.id: one for one in batch if one.match_keys}, FROM_THE_STORE, ring=ring, now=now)


def _link(
    connection: Connection, acts: Mapping[EngagementId, Engagement], anew: Anew, *, ring: KeyRing, now: datetime
) -> dict[EngagementId, LeadId]:
    if not acts and not anew.keys:
        return {}
    kept = {key for keys in anew.keys.values() for key in keys}
    shared = _shared_keys(connection, {key for act in acts.values() for key in act.match_keys} | kept)
    keys = {id_: set(act.match_keys) - shared for id_, act in acts.items()}
    owners = _owners(connection, {key for found in keys.values() for key in found})
    known = keys_of(connection, set(owners.values()))
    every = {key for found in (*keys.values(), *known.values(), kept - shared) for key in found}
    held = held_of(connection, every)
    groups = [*keys.values(), *({lead, *found} for lead, found in known.items()), *({key} for key in kept - shared)]
    people = [Component.of(nodes) for nodes in components([*groups, *(said & every for said in held.together)])]
    if crowds := [one for one in people if crowded(one.keys)]:
        earlier = engagements_of(connection, [lead for one in crowds for lead in one.leads])
        met = [set(act.match_keys) - shared for act in {**earlier, **acts}.values()]
        if front_desks := ambiguous(met):
            _set_aside(connection, front_desks)
            return _take_apart(connection, crowds, front_desks, {**earlier, **acts}, anew, ring=ring, now=now)
    if split := [one for one in people if held.splits(one.keys)]:
        if suspects := [lead for one in split for lead in one.leads]:
            everything = {**engagements_of(connection, suspects), **acts}
            return relink(connection, split, everything, anew_of(connection, suspects, held, anew), ring=ring, now=now)
        in_time = sorted(acts.values(), key=lambda act: (act.occurred_at, act.id))
        people = [one for one in people if not held.splits(one.keys)] + [
            Component(keys=part) for one in split for part in parted(_groups(one, [keys[act.id] for act in in_time]), held)
        ]
    return _save(connection, people, acts, keys, owners, known, anew, ring=ring, now=now)


def _groups(one: Component, found: Iterable[set[str]]) -> list[set[str]]:
    mine = set(one.keys)
    return [*(group for group in found if group and not group.isdisjoint(mine)), *({key} for key in one.keys)]


def _save(
    connection: Connection,
    people: list[Component],
    acts: Mapping[EngagementId, Engagement],
    keys: Mapping[EngagementId, set[str]],
    owners: Mapping[str, LeadId],
    known: Mapping[LeadId, set[str]],
    anew: Anew,
    *,
    ring: KeyRing,
    now: datetime,
) -> dict[EngagementId, LeadId]:
    place_of = {key: place for place, one in enumerate(people) for key in one.keys}
    for id_, found in keys.items():
        if found:
            people[place_of[strongest(found)]].acts.append(acts[id_])
    _come_home(people, place_of, anew)
    ids = save_people(connection, people, {**known, **anew.keys}, ring=ring, now=now, taken=set(anew.homes))
    new_keys = [
        {"match_key": key, "lead": lead, "added_at": now}
        for one, lead in zip(people, ids, strict=True)
        for key in one.keys
        if key not in owners
    ]
    if new_keys:
        connection.execute(insert_new(connection, lead_keys), new_keys)
    linked = {act.id: lead for one, lead in zip(people, ids, strict=True) for act in one.acts}
    save_consents(connection, [(act, linked[act.id]) for act in acts.values() if act.id in linked])
    save_groups(connection, [(acts[id_], strongest(found)) for id_, found in keys.items() if found])
    return linked


def _come_home(people: Sequence[Component], place_of: Mapping[str, int], anew: Anew) -> None:
    """Give the leads that are put together again to the component with their key; one merged away earlier only where nobody else lives."""
    for lead, key in sorted(anew.homes.items()):
        if key in place_of:
            people[place_of[key]].leads.append(lead)
    for lead, key in sorted(anew.gone.items()):
        if key in place_of and not people[place_of[key]].leads:
            people[place_of[key]].leads.append(lead)
    mine = {*anew.homes, *anew.gone}
    for one in people:
        one.anew = not mine.isdisjoint(one.leads)


def _shared_keys(connection: Connection, keys: Collection[str]) -> set[str]:
    column = practice_state.c.key
    found = in_chunks(connection, lambda part: select(column).where(column.in_(part)), [SHARED + key for key in keys])
    return {row.key.removeprefix(SHARED) for row in found}


def _owners(connection: Connection, keys: Collection[str]) -> dict[str, LeadId]:
    column = lead_keys.c
    found = in_chunks(connection, lambda part: select(column.match_key, column.lead).where(column.match_key.in_(part)), keys)
    return {row.match_key: row.lead for row in found}


def keys_of(connection: Connection, ids: Collection[LeadId]) -> dict[LeadId, set[str]]:
    column = lead_keys.c
    keys: dict[LeadId, set[str]] = {}
    for row in in_chunks(connection, lambda part: select(column.match_key, column.lead).where(column.lead.in_(part)), ids):
        keys.setdefault(row.lead, set()).add(row.match_key)
    return keys


def engagements_of(connection: Connection, ids: Collection[LeadId]) -> dict[EngagementId, Engagement]:
    column = engagements.c
    found = in_chunks(connection, lambda part: select(column.record).where(column.lead.in_(part)).order_by(column.id), ids)
    records = (Engagement.model_validate(row.record) for row in found)
    return {record.id: record for record in records}


# --- taken apart and put together again


def _set_aside(connection: Connection, keys: Collection[str]) -> None:
    rows = [{"key": SHARED + key, "value": "shared by too many people: links nobody"} for key in sorted(keys)]
    connection.execute(insert_new(connection, practice_state), rows)
    connection.execute(delete(lead_keys).where(lead_keys.c.match_key == bindparam("gone")), [{"gone": key} for key in sorted(keys)])


def _take_apart(
    connection: Connection,
    crowds: Sequence[Component],
    front_desks: Collection[str],
    acts: Mapping[EngagementId, Engagement],
    anew: Anew,
    *,
    ring: KeyRing,
    now: datetime,
) -> dict[EngagementId, LeadId]:
    """Link the leads of `crowds` anew without the keys that were just set aside, and log what came out of which lead."""
    suspects = [lead for one in crowds for lead in one.leads]
    held = held_of(connection, {key for one in crowds for key in one.keys})
    again = anew_of(connection, suspects, held, anew)
    linked = relink(connection, crowds, acts, again, ring=ring, now=now, mixed=True)
    log = []
    for lead in sorted(suspects):
        owner = _owners(connection, again.keys[lead])
        stayed = {key for key, now_of in owner.items() if now_of == lead}
        for part in sorted({*owner.values()} - {lead}):
            its = {key for key, now_of in owner.items() if now_of == part}
            met = [key for act in acts.values() if linked.get(act.id) == part for key in act.match_keys if key in front_desks]
            key = min(met or front_desks)
            sides = {"lead_keys": tuple(its), "survivor_keys": tuple(stayed)}
            log.append(Match(at=now, event="unmerge", rule=Rule.CROWD, lead=part, survivor=lead, match_key=key, **sides))
    record(connection, log)
    return linked


def anew_of(connection: Connection, suspects: Collection[LeadId], held: Held, before: Anew = FROM_THE_STORE) -> Anew:
    """What is needed to put these stored leads together again, besides those of `before`."""
    keys = {lead: set[str]() for lead in suspects} | keys_of(connection, suspects)
    column = leads.c
    merged = in_chunks(connection, lambda part: select(column.id).where(column.merged_into.in_(part)), suspects)
    mine = {key for found in keys.values() for key in found}
    earlier = last_merges(connection, [LeadId(row.id) for row in merged])
    gone = {lead: known for lead, row in earlier.items() if (known := mine.intersection(row.lead_keys))}
    return Anew(
        keys={**before.keys, **keys},
        homes={**before.homes, **{lead: home_key(found, held) for lead, found in keys.items() if found}},
        gone={**before.gone, **{lead: home_key(found, held) for lead, found in gone.items()}},
    )


def relink(
    connection: Connection,
    people: Sequence[Component],
    acts: Mapping[EngagementId, Engagement],
    anew: Anew,
    *,
    ring: KeyRing,
    now: datetime,
    mixed: bool = False,
) -> dict[EngagementId, LeadId]:
    """Take the leads of `people` apart: link all their engagements (`acts`, and more) anew, and send them to be scored again.

    A suppression is given to every part its lead comes to, and to everybody who met in a `mixed` crowd: rather one mail too few. The part with a
    lead's home key keeps its id and stage.
    """
    suspects = sorted({lead for one in people for lead in one.leads})
    stops = {lead: suppressions_of(connection, [lead]) for lead in suspects}
    rows = [{"lead_id": lead} for lead in suspects]
    if rows:
        forget_scores(connection, suspects)
        for column in (lead_keys.c.lead, consents.c.lead, suppressions.c.lead):
            connection.execute(delete(column.table).where(column == bindparam("lead_id")), rows)
    linked = _link(connection, acts, anew, ring=ring, now=now)
    owner = _owners(connection, {key for one in people for key in one.keys})
    for one in people:
        for lead in one.leads:
            parts = sorted({owner[key] for key in (one.keys if mixed else anew.keys[lead]) if key in owner})
            write_stops(connection, [{**row, "lead": part} for row in stops[lead] for part in parts])
    _point_home(connection, suspects, anew, owner)
    moved = [{"row": id_, "owner": linked.get(id_)} for id_ in acts]
    if moved:
        statement = update(engagements).where(engagements.c.id == bindparam("row"), engagements.c.stage > Step.SCRUBBED)
        connection.execute(statement.values(lead=bindparam("owner"), stage=Step.STORED), moved)
    return linked


def _point_home(connection: Connection, suspects: Sequence[LeadId], anew: Anew, owner: Mapping[str, LeadId]) -> None:
    """Leads that were merged earlier now live on where their keys are; one that has lost all its keys is gone."""
    targets = [{"gone": lead, "into": owner[key]} for lead, key in anew.gone.items() if key in owner and owner[key] != lead]
    if targets:
        dead = update(leads).where(leads.c.id == bindparam("gone"), leads.c.merged_into.is_not(None))
        connection.execute(dead.values(merged_into=bindparam("into")), targets)
    living = set[str](owner.values())
    empty = [{"empty": lead} for lead in suspects if lead not in living]
    if empty:
        connection.execute(delete(leads).where(leads.c.id == bindparam("empty"), leads.c.merged_into.is_(None)), empty)


# --- reading


def get_leads(connection: Connection, ids: Collection[LeadId]) -> dict[LeadId, Lead]:
    """The leads of these ids; a merged or unknown id is not in the answer."""
    column = leads.c
    columns = (column.id, column.track, column.created_at, column.attributes)
    found = in_chunks(connection, lambda part: select(*columns).where(column.id.in_(part), column.merged_into.is_(None)), ids)
    return {row.id: Lead(id=row.id, track=Track(row.track), created_at=row.created_at, attributes=row.attributes) for row in found}


def count_leads(connection: Connection) -> int:
    """How many people are known, browsers without a name included, merged leads not."""
    return connection.scalar(select(func.count()).select_from(leads).where(leads.c.merged_into.is_(None))) or 0
