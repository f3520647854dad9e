"""Keyed hashes of leads' names, for the scrubber's dictionary. Contacts stored before are added when they next change."""

from alembic import op

from tools.store.tables import name_grams

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    name_grams.create(op.get_bind(), checkfirst=True)  # a new database has it from 0001, which makes every table there is


def downgrade() -> None:
    name_grams.drop(op.get_bind())
