"""Leads at rest: who is who and what they said of themselves. Written in batches; the same batch again changes nothing.

Clean zone: match keys are keyed hashes and attributes come from closed lists. Contacts are elsewhere, sealed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, func, or_, select, update

from policies.leads.identity import ambiguous, components, crowded, is_anonymous, strongest
from policies.leads.lifecycle import Stage, overall
from policies.records import Engagement, EngagementId, Lead, LeadId, Track
from tools.errors import NotFound
from tools.keys import KeyRing
from tools.store.chunks import in_chunks
from tools.store.consents import move_consents, save_consents, suppressions_of, write_stops
from tools.store.database import insert_new, upsert
from tools.store.engagements import Stage as Step
from tools.store.lifecycle import identified
from tools.store.tables import consents, engagements, lead_keys, leads, ledger, practice_state, scores, suppressions

SHARED = "shared:"
"""Prefix in `practice_state` of match keys that link nobody, because too many people share them."""


@dataclass
class _Person:
    """One lead while a batch is linked. `times` says which engagement stated an attribute, as "instant|engagement": the latest wins."""

    id: LeadId
    track: Track
    created_at: datetime
    stage: Stage
    attributes: dict[str, str] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)
    merged: list[LeadId] = field(default_factory=list)

    def learn(self, act: Engagement) -> None:
        if act.attributes:
            stamp = f"{act.occurred_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}|{act.id}"
            self.state(act.attributes, dict.fromkeys(act.attributes, stamp))
        self.created_at = min(self.created_at, act.occurred_at)
        if act.track is Track.B2B_REFERRAL:
            self.track = act.track

    def state(self, attributes: Mapping[str, str], times: Mapping[str, str]) -> None:
        # Equal stamps are the same engagement, revised: its newer text stands.
        later = [name for name in attributes if times[name] >= self.times.get(name, "")]
        self.attributes = {**self.attributes, **{name: attributes[name] for name in later}}
        self.times = {**self.times, **{name: times[name] for name in later}}

    def row(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "track": self.track,
            "created_at": self.created_at,
            "merged_into": None,
            "attributes": self.attributes,
            "attribute_times": self.times,
            "stage": self.stage,
        }


def link_batch(connection: Connection, batch: Sequence[Engagement], *, ring: KeyRing, now: datetime) -> dict[EngagementId, LeadId]:
    """Find or make the lead of every engagement that has a usable match key; the others are not in the answer.

    Leads that turn out to be one person are merged into the identified one, then the oldest, then the smallest id; their scores are dropped and
    come back when the merging engagement is scored. A key that too many people share is set aside and its leads are taken apart.
    """
    acts = {engagement.id: engagement for engagement in batch if engagement.match_keys}
    if not acts:
        return {}
    shared = _shared_keys(connection, {key for act in acts.values() for key in act.match_keys})
    keys = {id_: set(act.match_keys) - shared for id_, act in acts.items()}
    owners = _owners(connection, {key for found in keys.values() for key in found})
    known = _keys_of(connection, set(owners.values()))
    groups = [*keys.values(), *({lead, *found} for lead, found in known.items())]
    people = [_Component.of(nodes) for nodes in components(groups)]
    if crowds := [one for one in people if crowded(one.keys)]:
        suspects = [lead for one in crowds for lead in one.leads]
        earlier = _engagements_of(connection, suspects)
        met = [set(act.match_keys) - shared for act in {**earlier, **acts}.values()]
        if front_desks := ambiguous(met):
            _set_aside(connection, front_desks)
            return _link_again(connection, {**earlier, **acts}, suspects, ring=ring, now=now)
    place_of = {key: place for place, one in enumerate(people) for key in one.keys}
    for id_, found in keys.items():
        if found:
            people[place_of[min(found)]].acts.append(acts[id_])
    ids = _save_people(connection, people, ring=ring, now=now)
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
    return linked


@dataclass
class _Component:
    """What belongs to one person: the leads already stored, the match keys, the engagements of this batch."""

    leads: list[LeadId] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    acts: list[Engagement] = field(default_factory=list)

    @classmethod
    def of(cls, nodes: Iterable[str]) -> "_Component":
        found = cls()
        for node in nodes:
            if ":" in node:
                found.keys.append(node)
            else:
                found.leads.append(LeadId(node))
        return found


def _shared_keys(connection: Connection, keys: Collection[str]) -> set[str]:
    column = practice_state.c.key
    found = in_chunks(connection, lambda part: select(column).where(column.in_(part)), [SHARED + key for key in keys])
    return {row.key.removeprefix(SHARED) for row in found}


def _owners(connection: Connection, keys: Collection[str]) -> dict[str, LeadId]:
    column = lead_keys.c
    found = in_chunks(connection, lambda part: select(column.match_key, column.lead).where(column.match_key.in_(part)), keys)
    return {row.match_key: row.lead for row in found}


def _keys_of(connection: Connection, ids: Collection[LeadId]) -> dict[LeadId, set[str]]:
    column = lead_keys.c
    keys: dict[LeadId, set[str]] = {}
    for row in in_chunks(connection, lambda part: select(column.match_key, column.lead).where(column.lead.in_(part)), ids):
        keys.setdefault(row.lead, set()).add(row.match_key)
    return keys


def _engagements_of(connection: Connection, ids: Collection[LeadId]) -> dict[EngagementId, Engagement]:
    column = engagements.c
    found = in_chunks(connection, lambda part: select(column.record).where(column.lead.in_(part)).order_by(column.id), ids)
    records = (Engagement.model_validate(row.record) for row in found)
    return {record.id: record for record in records}


# --- people


def _save_people(connection: Connection, people: Sequence[_Component], *, ring: KeyRing, now: datetime) -> list[LeadId]:
    """Write the lead of each component and return their ids, in the same order."""
    stored = _load(connection, {lead for one in people for lead in one.leads})
    changed, merges, ids, named = [], {}, [], []
    for one in people:
        before = stored[one.leads[0]].row() if len(one.leads) == 1 else None
        person = _merge([stored[lead] for lead in one.leads]) if one.leads else _newcomer(ring, one)
        for act in one.acts:
            person.learn(act)
        if person.stage is Stage.ANONYMOUS and not is_anonymous(one.keys):
            person.stage = Stage.LEAD
            named.append(person.id)
        merges.update(dict.fromkeys(person.merged, person.id))
        if person.row() != before:
            changed.append(person.row())
        ids.append(person.id)
    _write(connection, changed)
    identified(connection, named, at=now)
    _move(connection, merges)
    return ids


def _newcomer(ring: KeyRing, one: _Component) -> _Person:
    lead = LeadId("L-" + ring.fingerprint(strongest(one.keys), length=12))
    return _Person(lead, Track.B2C_PATIENT, min(act.occurred_at for act in one.acts), Stage.ANONYMOUS)


def _merge(found: Sequence[_Person]) -> _Person:
    """The survivor is the identified lead, whom actions may already name; then the oldest; then the smallest id."""
    first, *others = sorted(found, key=lambda person: (person.stage is Stage.ANONYMOUS, person.created_at, person.id))
    for other in others:
        first.state(other.attributes, other.times)
        first.created_at = min(first.created_at, other.created_at)
        first.stage = overall((first.stage, other.stage))
        first.track = max(first.track, other.track, key=lambda track: track is Track.B2B_REFERRAL)
        first.merged.append(other.id)
    return first


def _load(connection: Connection, ids: Collection[LeadId]) -> dict[LeadId, _Person]:
    column = leads.c
    columns = (column.id, column.track, column.created_at, column.stage, column.attributes, column.attribute_times)
    # Two writers on PostgreSQL must not change the same lead at once; SQLite has one writer anyway.
    rows = in_chunks(connection, lambda part: select(*columns).where(column.id.in_(part)).order_by(column.id).with_for_update(), ids)
    return {
        row.id: _Person(row.id, Track(row.track), row.created_at, Stage(row.stage), row.attributes, row.attribute_times) for row in rows
    }


def _write(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        names = ("track", "created_at", "merged_into", "attributes", "attribute_times", "stage")
        connection.execute(upsert(connection, leads, key=("id",), update=names), rows)


def _move(connection: Connection, merges: Mapping[LeadId, LeadId]) -> None:
    """Point everything of the losers at the survivors. Scores are dropped: scoring the merging engagement brings them back, merged."""
    if not merges:
        return
    rows = [{"loser": loser, "survivor": survivor} for loser, survivor in merges.items()]
    loser: BindParameter[str] = bindparam("loser")
    survivor: BindParameter[str] = bindparam("survivor")
    connection.execute(update(leads).where(or_(leads.c.id == loser, leads.c.merged_into == loser)).values(merged_into=survivor), rows)
    connection.execute(update(lead_keys).where(lead_keys.c.lead == loser).values(lead=survivor), rows)
    connection.execute(update(engagements).where(engagements.c.lead == loser).values(lead=survivor), rows)
    forget_scores(connection, {*merges.keys(), *merges.values()})
    move_consents(connection, merges)


def merge_leads(connection: Connection, one: LeadId, other: LeadId) -> LeadId:
    """A person says that these two leads are the same one: join them for good; their score comes back with the next run. The survivor's id.

    Raises NotFound when one of them is no lead of today.
    """
    found = _load(connection, {one, other})
    if gone := sorted({one, other} - found.keys()):
        raise NotFound(f"there is no lead {gone[0]}: copy the id from its handoff")
    person = _merge(list(found.values()))
    _write(connection, [person.row()])
    _move(connection, dict.fromkeys(person.merged, person.id))
    mine = update(engagements).where(engagements.c.lead == person.id, engagements.c.stage == Step.SCORED)
    connection.execute(mine.values(stage=Step.STORED))
    return person.id


def forget_scores(connection: Connection, ids: Collection[LeadId]) -> None:
    """Drop what was scored for these leads; scoring any engagement of theirs brings all of it back."""
    rows = [{"gone": lead} for lead in sorted(ids)]
    if rows:
        for table in (ledger, scores):
            connection.execute(delete(table).where(table.c.lead == bindparam("gone")), rows)


# --- keys that link nobody


def _set_aside(connection: Connection, keys: Collection[str]) -> None:
    rows = [{"key": SHARED + key, "value": "shared by too many people: links nobody"} for key in sorted(keys)]
    connection.execute(insert_new(connection, practice_state), rows)
    connection.execute(delete(lead_keys).where(lead_keys.c.match_key == bindparam("gone")), [{"gone": key} for key in sorted(keys)])


def _link_again(
    connection: Connection, acts: Mapping[EngagementId, Engagement], suspects: Sequence[LeadId], *, ring: KeyRing, now: datetime
) -> dict[EngagementId, LeadId]:
    """Take the `suspects` apart: link all their engagements anew, without the keys just set aside, and send them to be scored again.

    A suppression of the mixed-up lead is given to every part: rather one mail too few. A part that keeps the id keeps its stage.
    """
    before = _load(connection, suspects)
    stops = suppressions_of(connection, suspects)
    rows = [{"gone": lead} for lead in before]
    if rows:
        forget_scores(connection, before)
        for column in (lead_keys.c.lead, consents.c.lead, suppressions.c.lead, leads.c.id):
            connection.execute(delete(column.table).where(column == bindparam("gone")), rows)
    linked = link_batch(connection, list(acts.values()), ring=ring, now=now)
    parts = sorted(set(linked.values()))
    write_stops(connection, [{**row, "lead": part} for row in stops for part in parts])
    kept = [{"kept": lead, "was": before[lead].stage} for lead in parts if lead in before]
    if kept:
        connection.execute(update(leads).where(leads.c.id == bindparam("kept")).values(stage=bindparam("was")), kept)
    moved = [{"row": id_, "owner": linked.get(id_)} for id_ in acts]
    statement = update(engagements).where(engagements.c.id == bindparam("row"), engagements.c.stage > Step.SCRUBBED)
    connection.execute(statement.values(lead=bindparam("owner"), stage=Step.STORED), moved)
    return linked


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
