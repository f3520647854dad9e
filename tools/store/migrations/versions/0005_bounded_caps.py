"""Indexes that end at the last counted awards: what a count cap asks for, however many events a lead has."""

from alembic import op

revision = "0005"
down_revision = "0004"

_OBJECT = "CREATE INDEX IF NOT EXISTS ix_ledger_object ON ledger (lead, model, event, object_key, occurred_at) WHERE "


def upgrade() -> None:
    op.execute("DROP INDEX IF EXISTS ix_ledger_lead")
    op.execute("CREATE INDEX ix_ledger_lead ON ledger (lead, model, event, counted, occurred_at)")
    op.execute(_OBJECT + ("counted" if op.get_bind().dialect.name == "postgresql" else "counted = 1"))


def downgrade() -> None:
    op.execute("DROP INDEX IF EXISTS ix_ledger_object")
    op.execute("DROP INDEX IF EXISTS ix_ledger_lead")
    op.execute("CREATE INDEX ix_ledger_lead ON ledger (lead, model, event, occurred_at)")
