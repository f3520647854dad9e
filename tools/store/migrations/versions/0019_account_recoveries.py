"""Whose account was opened again by whom: a link knows who made it, and a recovery is kept."""

import sqlalchemy as sa
from alembic import op

from tools.store.identity_tables import account_recoveries

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    connection = op.get_bind()
    account_recoveries.create(connection, checkfirst=True)
    if "made_by" not in {column["name"] for column in sa.inspect(connection).get_columns("signin_links")}:
        op.add_column("signin_links", sa.Column("made_by", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("signin_links", "made_by")
    account_recoveries.drop(op.get_bind())
