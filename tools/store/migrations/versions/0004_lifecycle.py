"""The lifecycle: the history of stages, attempts and escalations, and what a recycle leaves in the ledger.

Handoffs decided before have their stages written into the history; those that were recycled keep their score, because nobody halved it then.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from tools.store.action_tables import handoff_attempts, handoff_escalations
from tools.store.schema import UtcTime
from tools.store.tables import lead_stages

revision = "0004"
down_revision = "0003"

_COLUMNS: dict[str, dict[str, Callable[[], Any]]] = {
    "ledger": {"rests_until": UtcTime},
    "scores": {"rests_until": UtcTime},
    "sales_inbox": {"location": lambda: sa.String(64), "accepted_at": UtcTime, "first_attempt_at": UtcTime},
}
_INDEXES = {
    "ix_leads_merged_into": "ON leads (merged_into) WHERE merged_into IS NOT NULL",
    "ix_sales_inbox_status": "ON sales_inbox (status, received_at)",
}
_MOVED = """
INSERT INTO lead_stages (lead, service_line, stage, at, "by", reason, action, handoff)
SELECT lead, service_line, {stage}, {at}, {by}, {reason}, action, execution FROM sales_inbox WHERE {where}
"""
_RECYCLED = "CASE WHEN reason IN ('not_reachable', 'timing_later', 'wrong_service_line') THEN 'recycled' ELSE 'rejected' END"


def upgrade() -> None:
    connection = op.get_bind()
    new_database = sa.inspect(connection).has_table("lead_stages")  # 0001 makes every table there is
    for table in (lead_stages, handoff_attempts, handoff_escalations):
        table.create(connection, checkfirst=True)
    for name, columns in _COLUMNS.items():
        there = {column["name"] for column in sa.inspect(connection).get_columns(name)}
        for column, kind in columns.items():
            if column not in there:
                op.add_column(name, sa.Column(column, kind(), nullable=True))
    for name, what in _INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS {name} {what}")
    if connection.dialect.name == "postgresql":
        op.execute("ALTER TABLE ledger ALTER COLUMN engagement TYPE VARCHAR(80)")  # SQLite holds text of any length
    if new_database:
        return
    op.execute(_MOVED.format(stage="'mql'", at="received_at", by="'agent'", reason="NULL", where="1 = 1"))
    decided = "decided_at IS NOT NULL AND status"
    by_sales = {"at": "decided_at", "by": "COALESCE(\"by\", '')", "reason": "reason"}
    op.execute(_MOVED.format(stage="status", where=f"{decided} IN ('accepted', 'sql')", **by_sales))
    op.execute(_MOVED.format(stage=_RECYCLED, where=f"{decided} = 'rejected'", **by_sales))
    op.execute("UPDATE sales_inbox SET accepted_at = decided_at WHERE decided_at IS NOT NULL AND status IN ('accepted', 'sql')")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX IF EXISTS {name}")
    for name, columns in _COLUMNS.items():
        for column in columns:
            op.drop_column(name, column)
    for table in (handoff_escalations, handoff_attempts, lead_stages):
        table.drop(op.get_bind())
