"""`scores.g` becomes the bound the ranking reads by (the positive group sums), and its index ends with the lead."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_BOUND = """
UPDATE scores SET g = (
  SELECT COALESCE(SUM(CASE WHEN part.g > 0 THEN part.g ELSE 0 END), 0) FROM score_groups AS part
  WHERE part.lead = scores.lead AND part.model = scores.model
)
"""
_SUM = """
UPDATE scores SET g = (
  SELECT COALESCE(SUM(part.g), 0) FROM score_groups AS part WHERE part.lead = scores.lead AND part.model = scores.model
)
"""
_WITH_LEAD = "CREATE INDEX ix_scores_rank ON scores (model, fit, g DESC, lead)"
_WITHOUT = "CREATE INDEX ix_scores_rank ON scores (model, fit, g DESC)"


def upgrade() -> None:
    if sa.inspect(op.get_bind()).has_table("score_groups"):  # a new database has none: 0001 makes the tables of today
        op.execute(_BOUND)
    op.execute("DROP INDEX IF EXISTS ix_scores_rank")
    op.execute(_WITH_LEAD)


def downgrade() -> None:
    op.execute(_SUM)
    op.execute("DROP INDEX IF EXISTS ix_scores_rank")
    op.execute(_WITHOUT)
