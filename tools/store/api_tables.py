"""Tables of the programs around the desk: the tokens they sign in with, and the webhooks they are told by."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from tools.store.schema import Json, RowId, UtcTime, metadata, sealed_columns

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("owner", String(64), nullable=False),
    Column("name", String(80), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Column("last_used_at", UtcTime),
    Index("ix_api_tokens_owner", "owner", "created_at"),
)

api_requests = Table(
    "api_requests",
    metadata,
    Column("token", String(16), primary_key=True),
    Column("key", String(80), primary_key=True),  # the caller's Idempotency-Key
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer),  # null while the first request is under way, or when a crash cut it short
    Column("body", Json),
    Column("at", UtcTime, nullable=False),
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Json, nullable=False),
    Column("seq", BigInteger, nullable=False),  # the last row of the audit log this endpoint's deliveries were made of
    Column("created_by", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row, of the endpoint itself
    Column("not_before", UtcTime, nullable=False),
    *sealed_columns(),  # the signing secrets: the one in use and, for a day after a rotation, the one before
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("endpoint", String(16), nullable=False),
    Column("event_id", String(40), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("event", String(40), nullable=False),
    Column("body", Json, nullable=False),
    Column("status", String(8), nullable=False),  # tools.store.webhooks.State
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", UtcTime, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("give_up_at", UtcTime, nullable=False),
    Column("last_attempt_at", UtcTime),
    Column("answer", String(80)),  # the last answer: a status or the name of a fault, never a body
    UniqueConstraint("endpoint", "event_id"),
    Index("ix_webhook_deliveries_due", "status", "not_before"),
    Index("ix_webhook_deliveries_endpoint", "endpoint", "seq"),
)
