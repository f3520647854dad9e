"""The approval policy: deputies, assignments, escalations, grants; whose authority a decision used; indexes that ceilings count by."""

import sqlalchemy as sa
from alembic import op

from tools.store.approval_tables import approval_escalations, assignments, autonomy_grants, delegations

revision = "0017"
down_revision = "0016"

_TABLES = (delegations, assignments, approval_escalations, autonomy_grants)
_INDEXES = {
    "ix_decisions_by": 'ON decisions ("by", at)',
    "ix_actions_spend": "ON actions (updated_at) WHERE money_usd > 0",
    "ix_executions_operation": "ON executions (operation, claimed_at)",
}


def upgrade() -> None:
    connection = op.get_bind()
    for table in _TABLES:
        table.create(connection, checkfirst=True)
    if "on_behalf_of" not in {column["name"] for column in sa.inspect(connection).get_columns("decisions")}:
        op.add_column("decisions", sa.Column("on_behalf_of", sa.String(64), nullable=True))
    for name, what in _INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS {name} {what}")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX IF EXISTS {name}")
    op.drop_column("decisions", "on_behalf_of")
    for table in reversed(_TABLES):
        table.drop(op.get_bind())
