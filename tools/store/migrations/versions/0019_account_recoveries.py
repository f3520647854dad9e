"""Whose account was opened again by whom: a link knows who made it, and a recovery is kept. Links that are still open must be made again."""

import sqlalchemy as sa
from alembic import op

from tools.store.identity_tables import account_recoveries
from tools.store.schema import Json

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    connection = op.get_bind()
    account_recoveries.create(connection, checkfirst=True)
    if "made_by" not in {column["name"] for column in sa.inspect(connection).get_columns("signin_links")}:
        op.execute("DELETE FROM signin_links WHERE used_at IS NULL")
        op.add_column("signin_links", sa.Column("made_by", Json, nullable=True))
        op.add_column("totp", sa.Column("known_to", Json, nullable=True))


def downgrade() -> None:
    op.drop_column("totp", "known_to")
    op.drop_column("signin_links", "made_by")
    account_recoveries.drop(op.get_bind())
