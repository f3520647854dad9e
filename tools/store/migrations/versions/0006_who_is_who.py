"""Who is who: the match log, which nothing may change, what people said that holds, and the organisation of each match key."""

from alembic import op

from tools.store.tables import lead_groups, lead_holds, lead_matches

revision = "0006"
down_revision = "0005"

_REFUSED = "lead_matches is append-only"
_MADE = {
    "sqlite": (
        f"CREATE TRIGGER IF NOT EXISTS lead_matches_no_update BEFORE UPDATE ON lead_matches BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
        f"CREATE TRIGGER IF NOT EXISTS lead_matches_no_delete BEFORE DELETE ON lead_matches BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION lead_matches_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$",
        "CREATE OR REPLACE TRIGGER lead_matches_no_change BEFORE UPDATE OR DELETE ON lead_matches "
        "FOR EACH ROW EXECUTE FUNCTION lead_matches_append_only()",
        "CREATE OR REPLACE TRIGGER lead_matches_no_truncate BEFORE TRUNCATE ON lead_matches "
        "FOR EACH STATEMENT EXECUTE FUNCTION lead_matches_append_only()",
    ),
}


def upgrade() -> None:
    for table in (lead_matches, lead_holds, lead_groups):
        table.create(op.get_bind(), checkfirst=True)
    for statement in _MADE[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for table in (lead_groups, lead_holds, lead_matches):
        table.drop(op.get_bind())
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION lead_matches_append_only()")
