"""The trace of each node, and the audit log by person, time and event."""

from alembic import op

from tools.store.run_tables import node_attempts

revision = "0011"
down_revision = "0010"

_INDEXES = {
    "ix_audit_actor": "audit (actor, seq)",
    "ix_audit_event": "audit (event, seq)",
    "ix_audit_at": "audit (at)",
    "ix_llm_usage_run": "llm_usage (run)",
}


def upgrade() -> None:
    node_attempts.create(op.get_bind(), checkfirst=True)
    for name, what in _INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {what}")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX IF EXISTS {name}")
    node_attempts.drop(op.get_bind())
