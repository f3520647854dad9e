"""What is deleted when its time is over: rows that only help to operate. The audit log, decisions, executions and consents are never among them.

Deleted in small transactions, oldest first, so that nobody waits for it. The table of everything kept and for how long is docs/retention.md.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, delete, select

from tools.settings import Settings
from tools.store import notices
from tools.store.action_tables import egress_log, llm_usage, sessions, signin_links
from tools.store.api_tables import webhook_deliveries
from tools.store.database import Database
from tools.store.identity_tables import account_recoveries
from tools.store.run_tables import node_attempts
from tools.store.tables import dead_letters, jobs

BATCH = 2000
SIX_YEARS_DAYS = 2192
"""45 CFR 164.316(b)(2)(i): six years from creation."""
OVER = timedelta(days=7)
"""Sessions and links that ended are kept this long, so that a question about yesterday can be answered."""


class Rule(NamedTuple):
    """Rows of `table` that may go: those that satisfy every one of `where`."""

    table: Table
    where: tuple[ColumnElement[bool], ...]


def rules(settings: Settings, *, now: datetime) -> tuple[Rule, ...]:
    """What may go at `now`."""

    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    told = webhook_deliveries.c
    return (
        Rule(node_attempts, (node_attempts.c.started_at < before(settings.keep_trace_days),)),
        Rule(dead_letters, (dead_letters.c.status != "open", dead_letters.c.seen_at < before(settings.keep_letters_days))),
        Rule(webhook_deliveries, (told.status.in_(("done", "dead")), told.created_at < before(settings.keep_jobs_days))),
        Rule(jobs, (jobs.c.status.in_(("done", "failed")), jobs.c.created_at < before(settings.keep_jobs_days))),
        Rule(llm_usage, (llm_usage.c.at < before(settings.keep_usage_days),)),
        Rule(egress_log, (egress_log.c.at < before(SIX_YEARS_DAYS),)),
        Rule(sessions, (sessions.c.expires_at < now - OVER,)),
        Rule(signin_links, (signin_links.c.expires_at < now - OVER,)),
        Rule(account_recoveries, (account_recoveries.c.until < now - OVER,)),
    )


def prune(database: Database, settings: Settings, *, now: datetime) -> dict[str, int]:
    """Delete what may go; how many rows of which table went."""
    gone = {rule.table.name: _prune(database, rule) for rule in rules(settings, now=now)}
    gone["notices"] = _prune_notices(database, now)
    return {table: count for table, count in gone.items() if count}


def _prune_notices(database: Database, now: datetime) -> int:
    gone = 0
    while True:
        with database.write() as connection:
            batch = notices.prune(connection, now=now, limit=BATCH)
        gone += batch
        if batch < BATCH:
            return gone


def _prune(database: Database, rule: Rule) -> int:
    (key,) = rule.table.primary_key.columns
    gone = 0
    while True:
        with database.write() as connection:
            ids = connection.scalars(select(key).where(*rule.where).order_by(key).limit(BATCH)).all()
            if ids:
                connection.execute(delete(rule.table).where(key.in_(ids)))
        gone += len(ids)
        if len(ids) < BATCH:
            return gone
