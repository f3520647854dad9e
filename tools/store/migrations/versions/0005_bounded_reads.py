"""Indexes that end at the last counted awards, and the tally of ends by day: scoring and counting that do not grow with history."""

from alembic import op

from tools.store.tables import mql_tally
from tools.store.tally import create_triggers, drop_triggers

revision = "0005"
down_revision = "0004"

_OBJECT = "CREATE INDEX IF NOT EXISTS ix_ledger_object ON ledger (lead, model, event, object_key, occurred_at) WHERE "


def upgrade() -> None:
    op.execute("DROP INDEX IF EXISTS ix_ledger_lead")
    op.execute("CREATE INDEX ix_ledger_lead ON ledger (lead, model, event, counted, occurred_at)")
    op.execute(_OBJECT + ("counted" if op.get_bind().dialect.name == "postgresql" else "counted = 1"))
    mql_tally.create(op.get_bind(), checkfirst=True)
    for statement in create_triggers(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    for statement in drop_triggers(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)
    mql_tally.drop(op.get_bind())
    op.execute("DROP INDEX IF EXISTS ix_ledger_object")
    op.execute("DROP INDEX IF EXISTS ix_ledger_lead")
    op.execute("CREATE INDEX ix_ledger_lead ON ledger (lead, model, event, occurred_at)")
