"""Tables of the approval policy at work: who stands in for whom, who was given an item, which delays were told, what may run on a grant."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from tools.store.schema import Json, UtcTime, metadata

delegations = Table(
    "delegations",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("person", String(64), nullable=False),
    Column("deputy", String(64)),  # NULL: absent, and nobody stands in
    Column("kinds", Json, nullable=False),  # [] = every kind
    Column("starts_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Column("revoked_by", String(64)),
    Index("ix_delegations_end", "ends_at"),
    Index("ix_delegations_deputy", "deputy"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("action", String(16), ForeignKey("actions.id"), primary_key=True),
    Column("assignee", String(64), nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("ix_assignments_assignee", "assignee"),
)

approval_escalations = Table(
    "approval_escalations",
    metadata,
    Column("action", String(16), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("level", Integer, primary_key=True),  # 1 the others who can decide, 2 the marketing director
    Column("at", UtcTime, nullable=False),
)

_IN_FORCE = "agreed_at IS NOT NULL AND ended_at IS NULL"

autonomy_grants = Table(
    "autonomy_grants",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("channel", String(16), nullable=False),  # "" = every channel
    Column("level", String(8), nullable=False),  # observe | propose | act
    Column("limits", Json, nullable=False),  # of act; {} otherwise
    Column("asked_by", String(64), nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("agreed_by", String(64)),
    Column("agreed_at", UtcTime),
    Column("ended_by", String(64)),
    Column("ended_at", UtcTime),
    Column("ended_why", Text),
    Index("ix_autonomy_class", "kind", "channel"),
    Index("uq_autonomy_in_force", "kind", "channel", unique=True, sqlite_where=text(_IN_FORCE), postgresql_where=text(_IN_FORCE)),
)
