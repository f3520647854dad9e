"""Tables of the desk's queue: how many actions there are of what, and the views people saved."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table

from tools.store.schema import RowId, UtcTime, metadata

action_tally = Table(
    "action_tally",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("status", String(12), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("risk", String(8), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("n", Integer, nullable=False),  # appended by triggers on `actions`; the sum per key is how many there are
    Column("money_usd", Float, nullable=False),
)

saved_views = Table(
    "saved_views",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("query", String(400), nullable=False),  # the tail of the queue's address, in its one form
    Column("is_shared", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_saved_views_shared", "is_shared"),
)
