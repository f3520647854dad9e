"""`liaison model shadow`: what another version would have handed over in the past weeks, week by week beside the live one. Changes nothing.

A score is the replay of what a lead did, so a version scored over the past gives what it would have recorded had it run beside the live one.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TextIO

from sqlalchemy import Connection, select

from agents.commands.model import candidate_of, lines_with
from policies.leads.model import Model
from policies.leads.mql import Spell, spells
from policies.records import Award, LeadId
from tools.store.rebuild import Lines, parts, recompute
from tools.store.tables import leads
from tools.workspace import Workspace

WEEK = timedelta(days=7)


class Week(NamedTuple):
    """Leads that became MQLs in the week from `start`: under the live version, under the other, and under only one of them."""

    start: datetime
    live: int
    other: int
    gained: tuple[LeadId, ...]
    lost: tuple[LeadId, ...]


def shadow(ws: Workspace, name: str, *, weeks: int, as_json: bool, stdout: TextIO) -> int:
    """Print `weeks` weeks up to now for the version `name` (an id on file, or a file). Raises SettingsError as `liaison model diff` does."""
    other, live = candidate_of(ws, name)
    at = ws.clock()
    with ws.database.read() as connection:
        by_live = _became(connection, lines_with(ws, live, live), live, at=at)
        by_other = _became(connection, lines_with(ws, live, other), other, at=at)
    found = [_week(at - WEEK * number, by_live, by_other) for number in range(weeks, 0, -1)]
    if as_json:
        print(json.dumps({"live": live.id, "shadow": other.id, "weeks": [_row(week) for week in found]}), file=stdout)
        return 0
    print(f"{other.id} beside {live.id}, leads that became MQLs", file=stdout)
    print(f"{'week from':<12}{'live':>6}{'shadow':>8}{'gained':>8}{'lost':>6}", file=stdout)
    for week in found:
        print(f"{week.start:%Y-%m-%d}  {week.live:>6}{week.other:>8}{len(week.gained):>8}{len(week.lost):>6}", file=stdout)
    total = [sum(len(part) for part in parts) for parts in zip(*((week.gained, week.lost) for week in found), strict=True)]
    print(f"{'in all':<12}{sum(w.live for w in found):>6}{sum(w.other for w in found):>8}{total[0]:>8}{total[1]:>6}", file=stdout)
    return 0


def _row(week: Week) -> dict[str, Any]:
    return week._asdict() | {"start": week.start.isoformat(), "gained": list(week.gained), "lost": list(week.lost)}


def _became(connection: Connection, lines: Lines, model: Model, *, at: datetime) -> dict[LeadId, list[Spell]]:
    people = connection.scalars(select(leads.c.id).where(leads.c.merged_into.is_(None))).all()
    found: dict[LeadId, list[Spell]] = {}
    for some in parts(people):
        replayed = recompute(connection, lines, some, until=at)
        awards: dict[LeadId, list[Award]] = {}
        for award in replayed.awards:
            if award.model == model.id:
                awards.setdefault(award.lead, []).append(award)
        for (lead, id_), scored in replayed.standings.items():
            if id_ == model.id:
                found[lead] = spells(model, scored.fit, awards.get(lead, ()))
    return found


def _week(start: datetime, live: Mapping[LeadId, list[Spell]], other: Mapping[LeadId, list[Spell]]) -> Week:
    before, after = set(_entering(live, start)), set(_entering(other, start))
    # Who was an MQL all the week under the other version anyway is neither gained nor lost: it only came earlier.
    gained = {lead for lead in after - before if not _held(live.get(lead, []), start)}
    lost = {lead for lead in before - after if not _held(other.get(lead, []), start)}
    return Week(start, len(before), len(after), tuple(sorted(gained)), tuple(sorted(lost)))


def _entering(spells_of: Mapping[LeadId, list[Spell]], start: datetime) -> Iterator[LeadId]:
    for lead, some in spells_of.items():
        if any(start <= spell.since < start + WEEK for spell in some):
            yield lead


def _held(some: list[Spell], start: datetime) -> bool:
    return any(spell.since < start and spell.until >= start for spell in some)
