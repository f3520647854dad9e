"""Practices and households by the act that states them. Nothing wrote to the table before; a downgrade forgets what is in it."""

from alembic import op

from tools.store.tables import lead_groups

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    lead_groups.drop(op.get_bind(), checkfirst=True)
    lead_groups.create(op.get_bind())


def downgrade() -> None:
    """The older code writes nothing to it and reads nothing from it, so its shape stays."""
    op.execute("DELETE FROM lead_groups")
