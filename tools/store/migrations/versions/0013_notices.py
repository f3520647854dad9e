"""Notices. They begin where the audit log stands now: nobody is told of what happened before."""

import sqlalchemy as sa
from alembic import op

from tools.store.notice_tables import (
    notice_cursors,
    notice_deliveries,
    notice_items,
    notice_preferences,
    notices,
    slack_prompts,
    slack_requests,
)

revision = "0013"
down_revision = "0012"

_TABLES = (notices, notice_items, notice_deliveries, notice_preferences, notice_cursors, slack_prompts, slack_requests)


def upgrade() -> None:
    connection = op.get_bind()
    for table in _TABLES:
        table.create(connection, checkfirst=True)
    told = connection.execute(sa.text("SELECT MAX(seq) FROM audit")).scalar_one()
    known = connection.execute(sa.select(notice_cursors.c.name)).first()
    if told and not known:
        connection.execute(sa.insert(notice_cursors).values(name="audit", value=str(told)))


def downgrade() -> None:
    for table in reversed(_TABLES):
        table.drop(op.get_bind())
