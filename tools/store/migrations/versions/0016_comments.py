"""Comments on items with the people they call on, and a small index of what an action may change."""

from alembic import op

from tools.store.comment_tables import comment_mentions, comments
from tools.store.tables import OBJECTS

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    for table in (comments, comment_mentions):
        table.create(op.get_bind(), checkfirst=True)  # 0001 makes every table there is
    op.execute(f"CREATE INDEX IF NOT EXISTS ix_engagements_objects ON engagements (kind, occurred_at) WHERE {OBJECTS}")


def downgrade() -> None:
    op.execute("DROP INDEX IF EXISTS ix_engagements_objects")
    for table in (comment_mentions, comments):
        table.drop(op.get_bind())
