"""Tables of notices: what each person is told, by what it leaves, what they prefer, and what Slack was asked. No content in any of them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from tools.store.schema import Json, RowId, UtcTime, metadata

notices = Table(
    "notices",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("person", String(64), nullable=False),  # a user name, or "#team": the channel everybody reads
    Column("kind", String(24), nullable=False),
    Column("key", String(120), nullable=False),  # what it is about: the same thing is told to one person once
    Column("payload", Json, nullable=False),  # a record of policies/notices.py
    Column("instead_of", String(64)),  # whom the person stands in for
    Column("at", UtcTime, nullable=False),
    Column("read_at", UtcTime),
    UniqueConstraint("person", "kind", "key"),
    Index("ix_notices_person", "person", "id"),
)

notice_items = Table(
    "notice_items",
    metadata,
    Column("action", String(16), primary_key=True),
    Column("notice", RowId, ForeignKey("notices.id"), primary_key=True, autoincrement=False),
    Index("ix_notice_items_notice", "notice"),
)

notice_deliveries = Table(
    "notice_deliveries",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("notice", RowId, ForeignKey("notices.id"), nullable=False),
    Column("person", String(64), nullable=False),
    Column("medium", String(8), nullable=False),  # email | slack
    Column("mode", String(8), nullable=False),  # digest | at_once
    Column("message", String(40)),  # the message it is part of, once that is fixed; its id is the same at every attempt
    Column("status", String(8), nullable=False),  # waiting | sent | stale (Slack shows an old state) | dead
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    Column("reference", String(120)),  # Message-ID, or Slack's channel:ts
    Column("error", Text),
    UniqueConstraint("notice", "medium"),
    Index("ix_notice_deliveries_due", "status", "next_at"),
    Index("ix_notice_deliveries_message", "message"),
)

notice_preferences = Table(
    "notice_preferences",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("body", Json, nullable=False),  # policies.notice_times.Preferences
    Column("updated_at", UtcTime, nullable=False),
)

notice_cursors = Table(
    "notice_cursors",
    metadata,
    Column("name", String(16), primary_key=True),  # audit: the last row told of | expiry: up to when expiring items were
    Column("value", String(40), nullable=False),
)

slack_prompts = Table(
    "slack_prompts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person", String(64), nullable=False),
    Column("verb", String(8), nullable=False),  # approve | reject
    Column("action", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

slack_requests = Table(
    "slack_requests",
    metadata,
    Column("digest", String(64), primary_key=True),  # keyed hash of the signed bytes: each request counts once
    Column("at", UtcTime, nullable=False),
    Index("ix_slack_requests_at", "at"),
)
