"""Schema versions. `HEAD` is the newest; `upgrade` brings a database there. A test compares the migrated schema with the tables."""

from pathlib import Path

from sqlalchemy import Engine

_VERSIONS = Path(__file__).parent / "versions"
HEAD = max(path.name[:4] for path in _VERSIONS.glob("[0-9]*.py"))


def upgrade(engine: Engine) -> None:
    """Run every migration the database lacks, in one transaction; two processes at once queue on the database's own lock."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7201)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
