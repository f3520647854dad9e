"""The queue in order: each action's place in its list and the words it is found by, how many there are of what, saved views."""

import sqlalchemy as sa
from alembic import op

from tools.store.action_tables import action_versions, actions
from tools.store.places import FINAL, final_place, open_place, search_words
from tools.store.queue_tables import action_tally, saved_views
from tools.store.tally import ACTIONS, create_triggers, drop_triggers

revision = "0012"
down_revision = "0011"

_COLUMNS = (
    ("title", sa.Text(), ""),
    ("words", sa.String(240), ""),
    ("place", sa.BigInteger(), "0"),
)
_INDEXES = ("ix_actions_place", "ix_actions_cell", "ix_actions_expiry")
_CHUNK = 2000
_FILLED = sa.table("actions", *(sa.column(name) for name in ("id", "title", "words", "place")))  # and no status: a migration moves none


def upgrade() -> None:
    connection = op.get_bind()
    there = {column["name"] for column in sa.inspect(connection).get_columns("actions")}  # 0001 makes a new database with all of them
    for name, kind, default in _COLUMNS:
        if name not in there:
            op.add_column("actions", sa.Column(name, kind, nullable=False, server_default=default))
    _fill(connection)
    for index in actions.indexes:
        index.create(connection, checkfirst=True)
    for table in (action_tally, saved_views):
        table.create(connection, checkfirst=True)
    for statement in create_triggers(connection.dialect.name, ACTIONS):
        connection.exec_driver_sql(statement)


def _fill(connection: sa.Connection) -> None:
    row, version = actions.c, action_versions.c
    present = sa.and_(version.action == row.id, version.version == row.version)
    wanted = sa.select(row.id, row.kind, row.subject, row.status, row.risk, row.created_at, row.updated_at, version.content)
    last = ""
    while found := connection.execute(wanted.join(action_versions, present).where(row.id > last).order_by(row.id).limit(_CHUNK)).all():
        last = found[-1].id
        values = [
            {
                "of": one.id,
                "title": one.content["title"],
                "words": search_words(f"{one.content['title']} {one.subject}"),
                "place": final_place(one.updated_at) if one.status in FINAL else open_place(one.risk, one.created_at, one.kind),
            }
            for one in found
        ]
        bound: dict[str, sa.BindParameter[object]] = {name: sa.bindparam(name) for name in ("title", "words", "place")}
        connection.execute(sa.update(_FILLED).where(_FILLED.c.id == sa.bindparam("of")).values(bound), values)


def downgrade() -> None:
    connection = op.get_bind()
    for statement in drop_triggers(connection.dialect.name, ACTIONS):
        connection.exec_driver_sql(statement)
    for name in _INDEXES:
        op.execute(f"DROP INDEX IF EXISTS {name}")
    for table in (saved_views, action_tally):
        table.drop(connection)
    for name, _, _ in _COLUMNS:
        op.drop_column("actions", name)
