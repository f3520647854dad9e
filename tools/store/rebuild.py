"""Scores the long way: a lead's ledger rows and standings, from its engagements, attributes and recycles alone. Which act counts for which model.

The model of the engagement's service line. An engagement that names no line (a call, a mail click) counts for every line its lead has shown on
that track; for a lead that has shown none, for the practice's first line of the track, so that no request is lost.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Select, String, bindparam, cast, insert, select, update

from policies.leads.model import Model
from policies.leads.mql import NOTHING_YET, advance
from policies.leads.recycle import with_recycles
from policies.leads.score import fit_points, weight_of
from policies.records import Award, Engagement, EngagementId, LeadId, Track
from tools.store import ledger as book
from tools.store.chunks import in_chunks
from tools.store.engagements import Stage
from tools.store.ledger import Key, Scored
from tools.store.lifecycle import recycles_of
from tools.store.tables import engagements, leads, score_models

REBUILD_CHUNK = 500
"""Leads rebuilt at a time: bounds memory when a new model is adopted."""


class Act(NamedTuple):
    """What scoring needs of an engagement."""

    id: EngagementId
    kind: str
    occurred_at: datetime
    track: str | None
    service_line: str | None
    object_key: str | None


class Person(NamedTuple):
    """`stated`: the attributes as JSON text. Few combinations occur, so they are read and scored once per combination."""

    track: Track
    stated: str
    stage: str

    @property
    def attributes(self) -> Mapping[str, str]:
        return dict(orjson.loads(self.stated))


class Lines:
    """Which models an act counts for."""

    def __init__(self, models: Iterable[Model]) -> None:
        self.models = list(models)
        self.by_id = {model.id: model for model in self.models}
        self.by_line = {model.service_line: model for model in self.models}
        self.home: dict[str, Model] = {}
        for model in self.models:
            self.home.setdefault(model.track, model)

    def named(self, act: Act) -> Model | None:
        """The model of the line the act names, if that line is of the act's track and its model is live."""
        model = self.by_line.get(act.service_line) if act.service_line else None
        return model if model and act.track in (None, model.track) else None

    def of(self, act: Act, track: Track, shown: Collection[str]) -> list[Model]:
        """`shown`: ids of the models whose lines the lead has shown. The home model stands in where none is of the act's track."""
        if act.service_line:
            model = self.named(act)
            return [model] if model else []
        track_of_act = act.track or track
        found = [model for model in self.models if model.id in shown and model.track == track_of_act]
        return found or [model for model in (self.home.get(track_of_act),) if model]


def act_of(engagement: Engagement) -> Act:
    return Act(
        engagement.id,
        str(engagement.kind),
        engagement.occurred_at,
        str(engagement.track) if engagement.track else None,
        engagement.service_line,
        engagement.object_key,
    )


def award_for(model: Model, act: Act, lead: LeadId) -> Award:
    group, weight = weight_of(model, act.kind)
    return Award(lead, model.id, act.id, act.kind, group, weight, act.occurred_at, True, object_of(model, act))


def object_of(model: Model, act: Act) -> str | None:
    """What the model's cap counts the act by: kept on the ledger row, and nothing else is, so that one index serves every cap."""
    return act.object_key if act.kind in model.capped_per_object else None


class Fits:
    """Fit by model and attributes, each combination worked out once."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.known: dict[tuple[str, str], float] = {}

    def of(self, model: str, person: Person) -> float:
        key = model, person.stated
        if (fit := self.known.get(key)) is None:
            fit = self.known[key] = fit_points(self.lines.by_id[model], person.attributes)
        return fit


def people_of(connection: Connection, ids: Collection[LeadId], *, lock: bool = False) -> dict[LeadId, Person]:
    """`lock`: two scorers on PostgreSQL must not bring the same lead up to date at once; SQLite has one writer anyway."""
    column = leads.c

    def query(part: list[LeadId]) -> Select[Any]:
        columns = (column.id, column.track, cast(column.attributes, String), column.stage)
        statement = select(*columns).where(column.id.in_(part)).order_by(column.id)
        return statement.with_for_update() if lock else statement

    return {id_: Person(Track(track), stated, stage) for id_, track, stated, stage in map(tuple, in_chunks(connection, query, ids))}


class Recomputed(NamedTuple):
    """What some leads are worth from their engagements alone, written nowhere yet."""

    standings: dict[Key, Scored]
    awards: list[Award]


NO_BATCH: Mapping[EngagementId, tuple[Act, LeadId]] = {}


def rebuild(connection: Connection, lines: Lines, stale: Collection[LeadId], batch: Mapping[EngagementId, tuple[Act, LeadId]]) -> None:
    """Replace all that the `stale` leads have under the live models. `batch` is newer than the table and may not be marked there yet."""
    for some in parts(stale):
        people_of(connection, some, lock=True)
        found = recompute(connection, lines, some, batch=batch)
        book.erase(connection, some, list(lines.by_id))
        book.write_awards(connection, found.awards)
        book.write_standings(connection, found.standings)


def parts(ids: Collection[LeadId]) -> Iterator[list[LeadId]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), REBUILD_CHUNK):
        yield ordered[start : start + REBUILD_CHUNK]


def recompute(
    connection: Connection,
    lines: Lines,
    ids: Collection[LeadId],
    *,
    batch: Mapping[EngagementId, tuple[Act, LeadId]] = NO_BATCH,
    until: datetime | None = None,
) -> Recomputed:
    """The standings and ledger rows of `ids` (some hundreds) under `lines`, from what they and sales did up to and including `until`."""
    acts: dict[LeadId, list[Act]] = {lead: [] for lead in ids}
    for lead, act in _stored_acts(connection, ids):
        if act.id not in batch:
            acts[lead].append(act)
    for act, lead in batch.values():
        if lead in acts:
            acts[lead].append(act)
    recycles = recycles_of(connection, ids)
    found = Recomputed({}, [])
    for lead, person in people_of(connection, ids).items():
        then = [act for act in acts[lead] if until is None or act.occurred_at <= until]
        for id_, mine in _awards_due(lines, lead, person, then).items():
            model = lines.by_id[id_]
            fit = fit_points(model, person.attributes)
            past = [one for line, one in recycles.get(lead, ()) if line == model.service_line and (until is None or one.at <= until)]
            judged = with_recycles(model, lead, mine, past)
            found.awards.extend(judged)
            found.standings[lead, id_] = Scored(model, fit, advance(model, fit, NOTHING_YET, judged))
    return found


def _awards_due(lines: Lines, lead: LeadId, person: Person, acts: Sequence[Act]) -> dict[str, list[Award]]:
    shown = {model.id for act in acts if (model := lines.named(act))}
    due: dict[str, list[Award]] = {}
    for act in acts:
        for model in lines.of(act, person.track, shown):
            mine = due.setdefault(model.id, [])
            if act.kind in model.events:
                mine.append(award_for(model, act, lead))
    return due


def _stored_acts(connection: Connection, ids: Collection[LeadId]) -> Iterator[tuple[LeadId, Act]]:
    row = engagements.c
    columns = (row.lead, row.id, row.kind, row.occurred_at, row.track, row.service_line, row.record["object_key"].as_string())
    for found in in_chunks(connection, lambda part: select(*columns).where(row.lead.in_(part), row.stage >= Stage.STORED), ids):
        yield found.lead, Act._make(found[1:])


def adopt(connection: Connection, models: Mapping[str, Model], *, now: datetime) -> int:
    """Put `models` in force: register those seen for the first time, retire the others, rebuild every lead scored so far; how many were rebuilt."""
    lines = Lines(models.values())
    column = score_models.c
    live = set(connection.scalars(select(column.id).where(column.live)))
    if live == lines.by_id.keys():
        return 0
    known = set(connection.scalars(select(column.id)))
    new = [model for id_, model in lines.by_id.items() if id_ not in known]
    if new:
        rows = [
            {"id": m.id, "name": m.name, "body": m.model_dump(mode="json"), "live": True, "signatures": [], "created_at": now} for m in new
        ]
        connection.execute(insert(score_models), rows)
    switch = [{"model": id_, "on": id_ in lines.by_id} for id_ in known]
    if switch:
        connection.execute(update(score_models).where(column.id == bindparam("model")).values(live=bindparam("on")), switch)
    everybody = select(engagements.c.lead).where(engagements.c.stage == Stage.SCORED, engagements.c.lead.is_not(None)).distinct()
    ids = connection.scalars(everybody).all()
    rebuild(connection, lines, ids, NO_BATCH)
    return len(ids)
