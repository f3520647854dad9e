"""Tables of operation: how each node of each graph went."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, UniqueConstraint

from tools.store.schema import Json, RowId, UtcTime, metadata

node_attempts = Table(
    "node_attempts",
    metadata,
    # `run_steps` says what a step amounts to, once per run; this says how often a node was begun, how long it took and how it ended.
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("subject", String(32), nullable=False),  # a run (channel_run) or an action (action_run)
    Column("node", String(16), nullable=False),
    Column("channel", String(16), nullable=False, server_default=""),  # of a branch of the fan-out; "" elsewhere
    Column("attempt", Integer, nullable=False),
    Column("status", String(12), nullable=False),  # tools.store.trace.NodeStatus
    Column("started_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("counts", Json, nullable=False),
    Column("error", Text),
    UniqueConstraint("subject", "node", "channel", "attempt"),
    Index("ix_node_attempts_started_at", "started_at"),
)
