"""Leads as people at rest: what each said of itself, who survives a merge, and everything that moves with it. Called by who links."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, or_, select, update

from policies.leads.identity import Rule, is_anonymous, strongest
from policies.leads.lifecycle import Stage, overall
from policies.records import Engagement, LeadId, Track
from tools.keys import KeyRing
from tools.store.chunks import in_chunks
from tools.store.consents import move_consents
from tools.store.database import upsert
from tools.store.lifecycle import identified
from tools.store.matches import Match, record
from tools.store.tables import engagements, lead_keys, leads, ledger, scores


@dataclass
class Person:
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

    def anew(self) -> None:
        """Forget what the acts said: all of them are about to say it again."""
        self.attributes, self.times, self.track = {}, {}, Track.B2C_PATIENT


@dataclass
class Component:
    """What belongs to one person: the leads already stored, the match keys, the engagements of this batch.

    `anew`: the engagements are all there are, because the leads were taken apart and are put together again.
    """

    leads: list[LeadId] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    acts: list[Engagement] = field(default_factory=list)
    anew: bool = False

    @classmethod
    def of(cls, nodes: Sequence[str]) -> "Component":
        return cls([LeadId(node) for node in nodes if ":" not in node], [node for node in nodes if ":" in node])


def save_people(
    connection: Connection,
    people: Sequence[Component],
    known: Mapping[LeadId, Collection[str]],
    *,
    ring: KeyRing,
    now: datetime,
    taken: Collection[LeadId] = (),
) -> list[LeadId]:
    """Write the lead of each component, with a row of the match log for each lead that went into another; their ids, in the same order.

    `known`: the keys each stored lead had before; `taken`: ids that newcomers may not have.
    """
    stored = load_people(connection, {lead for one in people for lead in one.leads})
    changed, merges, ids, named, log = [], {}, [], [], []
    for one in people:
        before = stored[one.leads[0]].row() if len(one.leads) == 1 and not one.anew else None
        person = _of(one, stored, ring, taken)
        for act in one.acts:
            person.learn(act)
        if person.stage is Stage.ANONYMOUS and not is_anonymous(one.keys):
            person.stage = Stage.LEAD
            named.append(person.id)
        merges.update(dict.fromkeys(person.merged, person.id))
        log += [_matched(one, person.id, gone, known, now) for gone in person.merged]
        if person.row() != before:
            changed.append(person.row())
        ids.append(person.id)
    write_people(connection, changed)
    identified(connection, named, at=now)
    move_all(connection, merges)
    record(connection, log)
    return ids


def _of(one: Component, stored: Mapping[LeadId, Person], ring: KeyRing, taken: Collection[LeadId]) -> Person:
    if not one.leads:
        name = strongest(one.keys)
        while (lead := LeadId("L-" + ring.fingerprint(name, length=12))) in taken:
            name += "'"  # a lead that was taken apart keeps its id, which was made of a key it has lost
        return Person(lead, Track.B2C_PATIENT, min(act.occurred_at for act in one.acts), Stage.ANONYMOUS)
    found = [stored[lead] for lead in one.leads]
    if one.anew and one.acts:
        for person in found:
            person.anew()
    person = merged(found)
    if one.anew and one.acts:
        person.created_at = min(act.occurred_at for act in one.acts)
    return person


def _matched(one: Component, survivor: LeadId, lead: LeadId, known: Mapping[LeadId, Collection[str]], now: datetime) -> Match:
    mine, its = known.get(lead, ()), known.get(survivor, ())
    shown = [key for act in one.acts for key in act.match_keys if key in mine] or mine
    key = strongest(shown) if shown else None
    return Match(
        at=now, event="merge", rule=Rule.SHARED_KEY, lead=lead, survivor=survivor, match_key=key, lead_keys=mine, survivor_keys=its
    )


def merged(found: Sequence[Person]) -> Person:
    """The survivor is the identified lead, whom actions may already name; then the oldest; then the smallest id."""
    first, *others = sorted(found, key=lambda person: (person.stage is Stage.ANONYMOUS, person.created_at, person.id))
    for other in others:
        first.state(other.attributes, other.times)
        first.created_at = min(first.created_at, other.created_at)
        first.stage = overall((first.stage, other.stage))
        first.track = max(first.track, other.track, key=lambda track: track is Track.B2B_REFERRAL)
        first.merged.append(other.id)
    return first


def load_people(connection: Connection, ids: Collection[LeadId]) -> dict[LeadId, Person]:
    column = leads.c
    columns = (column.id, column.track, column.created_at, column.stage, column.attributes, column.attribute_times)
    # Two writers on PostgreSQL must not change the same lead at once; SQLite has one writer anyway.
    rows = in_chunks(connection, lambda part: select(*columns).where(column.id.in_(part)).order_by(column.id).with_for_update(), ids)
    return {row.id: Person(row.id, Track(row.track), row.created_at, Stage(row.stage), row.attributes, row.attribute_times) for row in rows}


def known_leads(connection: Connection, ids: Collection[LeadId]) -> set[LeadId]:
    """Those of `ids` that are on file, merged ones among them."""
    return {LeadId(row.id) for row in in_chunks(connection, lambda part: select(leads.c.id).where(leads.c.id.in_(part)), ids)}


def write_people(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        names = ("track", "created_at", "merged_into", "attributes", "attribute_times", "stage")
        connection.execute(upsert(connection, leads, key=("id",), update=names), rows)


def move_all(connection: Connection, merges: Mapping[LeadId, LeadId]) -> None:
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


def forget_scores(connection: Connection, ids: Collection[LeadId]) -> None:
    """Drop what was scored for these leads; scoring any engagement of theirs brings all of it back."""
    rows = [{"gone": lead} for lead in sorted(ids)]
    if rows:
        for table in (ledger, scores):
            connection.execute(delete(table).where(table.c.lead == bindparam("gone")), rows)
