"""The store and score steps over one database, without the graph, and acts to put through them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from policies.leads.model import Model
from policies.records import Channel, Engagement, EngagementId, EngagementKind, LeadId, Score, Source
from tools.keys import KeyRing
from tools.store.database import Database
from tools.store.engagements import Stage, mark_scored, mark_stored
from tools.store.leads import link_batch
from tools.store.scores import current_mqls, score_batch, score_of
from tools.store.tables import (
    consents,
    engagements,
    lead_keys,
    leads,
    ledger,
    practice_state,
    score_models,
    scores,
    suppressions,
)

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
LATER = DAY_0 + timedelta(days=60)
KINDS = [
    *("appointment_request", "tracked_call", "pricing_page", "provider_profile", "guide_download", "service_page", "email_click"),
    *("unsubscribe", "bounce", "email_open", "page_view"),
]
FIT = {"in_area": "yes", "service_offered": "yes", "payer": "accepted", "contactable": "yes"}


def act(name: str, kind: str, *keys: str, day: float = 0, line: str | None = "orthopaedics", **fields: Any) -> Engagement:
    at = DAY_0 + timedelta(days=day)
    body = {"channel": Channel.SEARCH, "source": Source.SEGMENT, "occurred_at": at, "revised_at": at, "match_keys": keys or ("email:m",)}
    return Engagement(id=EngagementId(f"E-{name}"), kind=EngagementKind(kind), service_line=line, **(body | fields))


class Pipeline:
    """The store and score steps over one database, without the graph."""

    def __init__(self, database: Database, models: dict[str, Model], ring: KeyRing) -> None:
        self.database, self.models, self.ring = database, models, ring

    def take(self, *batch: Engagement) -> None:
        with self.database.write() as connection:
            self.put(connection, batch)
        self.score(batch)

    def put(self, connection: Connection, batch: Sequence[Engagement]) -> None:
        for one in batch:
            row = {
                name: getattr(one, name)
                for name in ("id", "channel", "source", "kind", "occurred_at", "revised_at", "track", "service_line")
            }
            row |= {"digest": "d", "run": "R", "stage": Stage.SCRUBBED, "record": one.model_dump(mode="json")}
            if connection.execute(update(engagements).where(engagements.c.id == one.id).values(row)).rowcount == 0:
                connection.execute(insert(engagements), row)
        linked = link_batch(connection, batch, ring=self.ring, now=DAY_0)
        mark_stored(connection, [one.id for one in batch], linked)

    def score(self, batch: Sequence[Engagement]) -> None:
        with self.database.write() as connection:
            column = engagements.c
            owners = dict(connection.execute(select(column.id, column.lead).where(column.id.in_([one.id for one in batch]))).all())
            linked = [(one, owners[one.id]) for one in batch if owners[one.id]]
            score_batch(connection, self.models, linked, now=DAY_0)
            mark_scored(connection, [one.id for one in batch])

    def mqls(self, at: datetime) -> list[Score]:
        with self.database.read() as connection:
            return current_mqls(connection, self.models, at=at)

    def of(self, key: str, at: datetime) -> dict[str, Score]:
        """The scores of the person with this match key, by service line."""
        with self.database.read() as connection:
            lead = link_of(connection, key)
            return {score.service_line: score for score in score_of(connection, self.models, lead, at=at)}

    def state(self) -> dict[Any, Any]:
        """Everything scoring keeps, by person and model, whatever the leads are called."""
        with self.database.read() as connection:
            names = {lead: key for key, lead in sorted(owners_of(connection).items(), reverse=True)}
            stored = connection.execute(select(scores)).all()
            sums = {(names[row.lead], row.model, group): g for row in stored for group, g in row.groups.items()}
            dates = {
                (names[row.lead], row.model): (row.fit, row.mql_since, row.last_qualifying_at, row.fast_lane_at, row.disqualified_at)
                for row in stored
            }
            book_rows = {
                (row.engagement, row.model): (names[row.lead], row.weight, row.counted) for row in connection.execute(select(ledger))
            }
            return {"sums": sums, "dates": dates, "ledger": book_rows}


def owners_of(connection: Connection) -> dict[str, LeadId]:
    return dict(connection.execute(select(lead_keys.c.match_key, lead_keys.c.lead)).all())  # type: ignore[arg-type]


def link_of(connection: Connection, key: str) -> LeadId:
    return owners_of(connection)[key]


def wipe(database: Database) -> None:
    with database.write() as connection:
        for table in (ledger, scores, score_models, lead_keys, consents, suppressions, practice_state, engagements, leads):
            connection.execute(delete(table))
