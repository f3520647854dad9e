"""The work list of sales: when the running response time of each handoff ends, and the indexes its pages and the task list are read by.

Rows from before get their instants from `liaison serve`, which knows the practice's hours; until then they are listed after the others.
"""

import sqlalchemy as sa
from alembic import op

from tools.store.schema import UtcTime

revision = "0010"
down_revision = "0009"

_INDEXES = {
    "ix_sales_inbox_due": "ON sales_inbox (due_at, execution) WHERE due_at IS NOT NULL",
    "ix_sales_inbox_lead": "ON sales_inbox (lead)",
    "ix_sales_inbox_by": 'ON sales_inbox ("by", status)',
    "ix_human_tasks_status": "ON human_tasks (status, created_at, execution)",
}


def upgrade() -> None:
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("sales_inbox")}
    if "due_at" not in there:
        op.add_column("sales_inbox", sa.Column("due_at", UtcTime(), nullable=True))
    for name, what in _INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS {name} {what}")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX IF EXISTS {name}")
    op.drop_column("sales_inbox", "due_at")
