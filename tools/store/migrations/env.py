"""Alembic's entry: runs on the connection that `upgrade` opened."""

from alembic import context

from tools.store import action_tables, api_tables, notice_tables, run_tables, tables  # noqa: F401 - importing them fills the metadata
from tools.store.schema import every_table

context.configure(connection=context.config.attributes["connection"], target_metadata=every_table(), transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
