"""Fewer rows and indexes per event.

The group sums move into the row of `scores` they belong to; one index on the ledger serves every count cap, one what happened after an instant.
`ledger.object_key` stays only where the model's cap counts the event per object.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from tools.store.tables import ledger, score_models, scores
from tools.store.tally import create_triggers, drop_triggers

revision = "0007"
down_revision = "0006"

_OLD_INDEXES = ("ix_ledger_lead", "ix_ledger_object", "ix_scores_last_event")
_CHUNK = 5000
_OLD_GROUPS = sa.Table(
    "score_groups",
    sa.MetaData(),
    sa.Column("lead", sa.String(32), primary_key=True),
    sa.Column("model", sa.String(80), primary_key=True),
    sa.Column("group", sa.String(32), primary_key=True),
    sa.Column("g", sa.Float, nullable=False),
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in drop_triggers(connection.dialect.name):
        connection.exec_driver_sql(statement)
    for name in _OLD_INDEXES:
        op.execute(f"DROP INDEX IF EXISTS {name}")
    if sa.inspect(connection).has_table("score_groups"):  # a new database never had it: 0001 makes every table there is
        _move_groups(connection)
        _forget_objects(connection)
    for index in ledger.indexes | scores.indexes:
        index.create(connection, checkfirst=True)
    for statement in create_triggers(connection.dialect.name):
        connection.exec_driver_sql(statement)


def _move_groups(connection: sa.Connection) -> None:
    """Into a new `scores`, a chunk at a time: SQLite cannot change a table that has row ids into one that has none."""
    for name in [index["name"] for index in sa.inspect(connection).get_indexes("scores")]:
        op.execute(f"DROP INDEX {name}")
    op.rename_table("scores", "old_scores")
    if connection.dialect.name == "postgresql":
        op.execute("ALTER INDEX pk_scores RENAME TO pk_old_scores")
    scores.create(connection)
    names = [column.name for column in scores.c if column.name != "groups"]
    old = sa.table("old_scores", *(sa.column(name, scores.c[name].type) for name in names))
    last = ("", "")
    while True:
        after = sa.tuple_(old.c.lead, old.c.model) > last
        rows = connection.execute(sa.select(old).where(after).order_by(old.c.lead, old.c.model).limit(_CHUNK)).mappings().all()
        if not rows:
            break
        last = rows[-1]["lead"], rows[-1]["model"]
        sums = _sums(connection, rows[0]["lead"], last[0])
        connection.execute(sa.insert(scores), [{**row, "groups": sums.get((row["lead"], row["model"]), {})} for row in rows])
    op.drop_table("old_scores")
    op.drop_table("score_groups")


def _sums(connection: sa.Connection, first: str, last: str) -> dict[tuple[str, str], dict[str, float]]:
    found: dict[tuple[str, str], dict[str, float]] = {}
    between = _OLD_GROUPS.c.lead.between(first, last)
    for lead, model, group, g in connection.execute(sa.select(_OLD_GROUPS).where(between)):
        found.setdefault((lead, model), {})[group] = g
    return found


def _forget_objects(connection: sa.Connection) -> None:
    """A cap per lead is looked up with no object, so its events may carry none."""
    row = ledger.c
    for id_, body in connection.execute(sa.select(score_models.c.id, score_models.c.body)).all():
        per_object = [event for event, cap in (body.get("caps") or {}).items() if cap.get("each") == "object"]
        forget = sa.update(ledger).where(row.model == id_, row.event.not_in([*per_object, "recycle"]), row.object_key.is_not(None))
        connection.execute(forget.values(object_key=None))


def downgrade() -> None:
    connection = op.get_bind()
    for statement in drop_triggers(connection.dialect.name):
        connection.exec_driver_sql(statement)
    _OLD_GROUPS.create(connection)
    rows: list[dict[str, Any]] = []
    for lead, model, groups in connection.execute(sa.select(scores.c.lead, scores.c.model, scores.c.groups)).all():
        rows += [{"lead": lead, "model": model, "group": group, "g": g} for group, g in groups.items()]
    if rows:
        connection.execute(sa.insert(_OLD_GROUPS), rows)
    op.drop_column("scores", "groups")
    for name in ("ix_ledger_cap", "ix_ledger_time"):
        op.execute(f"DROP INDEX {name}")
    op.execute("CREATE INDEX ix_scores_last_event ON scores (model, last_event_at)")
    op.execute("CREATE INDEX ix_ledger_lead ON ledger (lead, model, event, counted, occurred_at)")
    true = "counted" if connection.dialect.name == "postgresql" else "counted = 1"
    op.execute(f"CREATE INDEX ix_ledger_object ON ledger (lead, model, event, object_key, occurred_at) WHERE {true}")
    for statement in create_triggers(connection.dialect.name):
        connection.exec_driver_sql(statement)
