"""The audit log by time, with the row: a range of days is found from the index alone."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.execute("DROP INDEX IF EXISTS ix_audit_at")
    op.execute("CREATE INDEX ix_audit_at ON audit (at, seq)")


def downgrade() -> None:
    op.execute("DROP INDEX IF EXISTS ix_audit_at")
    op.execute("CREATE INDEX ix_audit_at ON audit (at)")
