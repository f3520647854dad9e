"""Indexes by time of what the pictures and the brief count: leads, stages, items, decisions, executions."""

from alembic import op

from tools.store.action_tables import actions, decisions, executions
from tools.store.tables import lead_stages, leads

revision = "0018"
down_revision = "0017"

_ADDED = ("ix_leads_created_at", "ix_lead_stages_stage", "ix_actions_created_at", "ix_decisions_at", "ix_executions_finished_at")


def upgrade() -> None:
    for table in (leads, lead_stages, actions, decisions, executions):
        for index in table.indexes:
            if index.name in _ADDED:
                index.create(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    for name in _ADDED:
        op.execute(f"DROP INDEX IF EXISTS {name}")
