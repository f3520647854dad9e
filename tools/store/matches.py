"""The match log: every merge of leads and every one taken back, append-only; and the word of people that holds now. Keyed hashes, no contact."""

from collections.abc import Collection, Iterable
from typing import Any, Literal

from pydantic import AwareDatetime
from sqlalchemy import Connection, Select, delete, func, insert, or_, select

from policies.leads.identity import NOTHING_HELD, Held, Rule, strongest
from policies.records import LeadId, Record
from tools.store.chunks import in_chunks
from tools.store.tables import lead_holds, lead_matches

AGENT = "agent"
TOGETHER, ONE_SIDE, OTHER_SIDE = 0, 1, 2


class Match(Record):
    """One row: `lead` went into `survivor`, or came out of it again. `lead_keys`, `survivor_keys`: the match keys of each side at that time."""

    at: AwareDatetime
    event: Literal["merge", "unmerge"]
    rule: Rule
    lead: LeadId
    survivor: LeadId
    match_key: str | None = None
    lead_keys: tuple[str, ...] = ()
    survivor_keys: tuple[str, ...] = ()
    by: str = AGENT
    reason: str | None = None


def record(connection: Connection, rows: Iterable[Match]) -> list[int]:
    """Append `rows` in this order; their ids."""
    ids = []
    for row in rows:
        values = dict(row) | {"rule": row.rule.value, "lead_keys": sorted(row.lead_keys), "survivor_keys": sorted(row.survivor_keys)}
        ids.append(int(connection.execute(insert(lead_matches).values(values).returning(lead_matches.c.id)).scalar_one()))
    return ids


def matches(connection: Connection, lead: LeadId | None = None, *, limit: int | None = None) -> list[Match]:
    """The newest first: of one lead, whether it went in, came out or lived on, or of all."""
    columns = [column for column in lead_matches.c if column.name != "id"]
    statement = select(*columns).order_by(lead_matches.c.id.desc()).limit(limit)
    if lead is not None:
        statement = statement.where(or_(lead_matches.c.lead == lead, lead_matches.c.survivor == lead))
    return [Match(**row._mapping) for row in connection.execute(statement)]


def last_merges(connection: Connection, ids: Collection[LeadId]) -> dict[LeadId, Match]:
    """The latest merge of each of these leads into another; a lead that was merged before the log was kept is missing."""
    log = lead_matches.c
    columns = [column for column in log if column.name != "id"]

    def query(part: list[LeadId]) -> Select[Any]:
        newest = select(func.max(log.id)).where(log.lead.in_(part), log.event == "merge").group_by(log.lead)
        return select(*columns).where(log.id.in_(newest))

    return {LeadId(row.lead): Match(**row._mapping) for row in in_chunks(connection, query, ids)}


# --- what holds


def held_of(connection: Connection, keys: Collection[str]) -> Held:
    """What people said about any of `keys`, whole."""
    holds = lead_holds.c
    if connection.scalar(select(holds.hold).limit(1)) is None:
        return NOTHING_HELD
    named = {row.hold for row in in_chunks(connection, lambda part: select(holds.hold).where(holds.match_key.in_(part)), keys)}
    return _held(connection, named)


def _held(connection: Connection, ids: Collection[int]) -> Held:
    sides: dict[int, tuple[set[str], set[str], set[str]]] = {}
    for row in in_chunks(connection, lambda part: select(lead_holds).where(lead_holds.c.hold.in_(part)), ids):
        sides.setdefault(row.hold, (set(), set(), set()))[row.side].add(row.match_key)
    found = [sides[hold] for hold in sorted(sides)]
    return Held(
        apart=tuple((frozenset(one), frozenset(other)) for _, one, other in found if one and other),
        together=tuple(frozenset(said) for said, _, _ in found if said),
    )


def hold_together(connection: Connection, hold: int, one: Collection[str], other: Collection[str]) -> None:
    """From now on the leads with the keys `one` and `other` are one; what was said against it is lifted (the log keeps it)."""
    for number, sides in _sides_of(connection, {*one, *other}).items():
        across = any(sides[s] & set(one) and sides[3 - s] & set(other) for s in (ONE_SIDE, OTHER_SIDE))
        if across:
            connection.execute(delete(lead_holds).where(lead_holds.c.hold == number))
    # One key of each is enough, and all of them would glue people whom a front desk's telephone alone had joined.
    _write(connection, hold, {TOGETHER: {strongest(one), strongest(other)}})


def hold_apart(connection: Connection, hold: int, one: Collection[str], other: Collection[str]) -> None:
    """From now on no key joins the two sides; a person's merge of them is lifted."""
    for number, sides in _sides_of(connection, {*one, *other}).items():
        if sides[TOGETHER] & set(one) and sides[TOGETHER] & set(other):
            connection.execute(delete(lead_holds).where(lead_holds.c.hold == number))
    _write(connection, hold, {ONE_SIDE: set(one), OTHER_SIDE: set(other)})


def _sides_of(connection: Connection, keys: Collection[str]) -> dict[int, dict[int, set[str]]]:
    holds = lead_holds.c
    named = {row.hold for row in in_chunks(connection, lambda part: select(holds.hold).where(holds.match_key.in_(part)), keys)}
    found: dict[int, dict[int, set[str]]] = {}
    for row in in_chunks(connection, lambda part: select(lead_holds).where(holds.hold.in_(part)), named):
        found.setdefault(row.hold, {TOGETHER: set(), ONE_SIDE: set(), OTHER_SIDE: set()})[row.side].add(row.match_key)
    return found


def _write(connection: Connection, hold: int, sides: dict[int, set[str]]) -> None:
    rows = [{"hold": hold, "match_key": key, "side": side} for side, keys in sides.items() for key in sorted(keys)]
    connection.execute(insert(lead_holds), rows)
