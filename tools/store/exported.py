"""What the exports say now of the things actions are about: a video, a review, a listing, a campaign. Reads clean records only.

`as of`: an export is a picture of one moment. `last_read` says when the channel was last read to its end; nothing here asks a vendor.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select, text

from policies.records import Channel, Engagement, EngagementId, EngagementKind, Source
from tools.store.action_tables import actions, llm_usage, sales_inbox
from tools.store.tables import OBJECTS, engagements, plans, runs

_OBJECTS = text(OBJECTS)  # word for word the condition of the partial index: SQLite compares the two
_RUNS = 50  # a channel nobody read in this many runs has no date worth telling
BECAME_SQL = ("sql", "opportunity", "booked", "seen", "lost")


class Spend(NamedTuple):
    """Of one campaign over a window. US dollars."""

    clicks: float
    cost_usd: float
    conversions: float


class Drafting(NamedTuple):
    """What the language model cost a run, and over how many items it spreads."""

    drafts: int
    cost_usd: float
    items: int


def last_read(connection: Connection, channel: Channel) -> datetime | None:
    """The moment whose exports the newest finished run of this channel read; None when there was none."""
    newest = select(runs.c.as_of, runs.c.channels).where(runs.c.status == "done").order_by(runs.c.started_at.desc()).limit(_RUNS)
    return next((row.as_of for row in connection.execute(newest) if channel in row.channels), None)


def engagement_of(connection: Connection, identity: str) -> Engagement | None:
    record = connection.scalar(select(engagements.c.record).where(engagements.c.id == EngagementId(identity)))
    return Engagement.model_validate(record) if record else None


def video_of(connection: Connection, key: str) -> Engagement | None:
    """The newest record of one video: title and description as its text, first line the title."""
    return _newest(connection, EngagementKind.VIDEO, object_key=key)


def listing_of(connection: Connection, source: Source, location: str) -> Engagement | None:
    """The newest statistics of one public listing; its attributes say which fields differ from practice.yaml."""
    return _newest(connection, EngagementKind.LISTING_STATS, source=source, location=location)


def spend_of(connection: Connection, campaigns: Collection[str], *, since: datetime, until: datetime) -> dict[str, Spend]:
    """Clicks, cost and conversions per campaign in the search-term exports of the window."""
    record = engagements.c.record
    campaign = record["campaign"].as_string()
    sums = [func.coalesce(func.sum(record[("metrics", name)].as_float()), 0.0) for name in ("clicks", "cost_usd", "conversions")]
    statement = (
        select(campaign, *sums)
        .where(
            engagements.c.channel == Channel.SEARCH.value,
            engagements.c.occurred_at >= since,
            engagements.c.occurred_at <= until,
            engagements.c.kind == EngagementKind.AD_SEARCH_TERM.value,
            campaign.in_(list(campaigns)),
        )
        .group_by(campaign)
    )
    return {row[0]: Spend(*row[1:]) for row in connection.execute(statement)}


def mails_of(connection: Connection, *, since: datetime, until: datetime) -> tuple[int, int]:
    """(sent, clicked) in the mail tool's exports of the window."""
    kinds = (EngagementKind.EMAIL_SENT.value, EngagementKind.EMAIL_CLICK.value)
    rows = engagements.c
    inside = (rows.channel == Channel.EMAIL.value, rows.occurred_at >= since, rows.occurred_at <= until, rows.kind.in_(kinds))
    counts = {row[0]: row[1] for row in connection.execute(select(rows.kind, func.count()).where(*inside).group_by(rows.kind))}
    return counts.get(kinds[0], 0), counts.get(kinds[1], 0)


def handoffs_of(connection: Connection, service_line: str) -> tuple[int, int]:
    """(decided by sales, became an SQL) of this line, ever."""
    rows = connection.execute(
        select(sales_inbox.c.status, func.count()).where(sales_inbox.c.service_line == service_line).group_by(sales_inbox.c.status)
    )
    counts = {row[0]: row[1] for row in rows}
    became = sum(counts.get(status, 0) for status in BECAME_SQL)
    return became + counts.get("rejected", 0), became


def last_adoption(connection: Connection) -> datetime | None:
    """When a plan was last adopted."""
    newest: datetime | None = connection.scalar(select(func.max(plans.c.adopted_at)))
    return newest


def drafting_of(connection: Connection, run: str) -> Drafting:
    drafts, cost = connection.execute(
        select(func.count(), func.coalesce(func.sum(llm_usage.c.cost_usd), 0.0)).where(llm_usage.c.run == run)
    ).one()
    items = connection.scalar(select(func.count()).where(actions.c.run == run)) or 0
    return Drafting(drafts, cost, items)


def _newest(connection: Connection, kind: EngagementKind, *, source: Source | None = None, **fields: str) -> Engagement | None:
    record = engagements.c.record
    statement = (
        select(record)
        .where(_OBJECTS, engagements.c.kind == kind.value)
        .order_by(engagements.c.occurred_at.desc(), engagements.c.id.desc())
        .limit(1)
    )
    if source is not None:
        statement = statement.where(engagements.c.source == source.value)
    for name, value in fields.items():
        statement = statement.where(record[name].as_string() == value)
    found = connection.scalar(statement)
    return Engagement.model_validate(found) if found else None
