"""The database: open it, read from it, write to it. Knows tables exist, not what they mean.

SQLite runs with WAL, synchronous FULL and secure_delete; every write transaction starts with BEGIN IMMEDIATE, so two writers queue up
instead of failing half way. PostgreSQL uses its defaults (synchronous_commit on). An SQL error never shows its parameters: they may be content.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql.schema import Table

from tools.errors import StoreError
from tools.group import Group

log = structlog.get_logger()

BUSY_TIMEOUT_S = 30
CACHE_KIB = 32_768
"""Of one SQLite connection, filled as needed. With the default of 2 MiB a batch reads every index page again for every row."""

CHECKPOINT_PAGES = 8192
"""Pages of 4 KiB in the log before they are copied into the file. A page that many batches change is then copied once; every commit still waits
for the log to reach the disk."""

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    f"busy_timeout={BUSY_TIMEOUT_S * 1000}",
    f"cache_size=-{CACHE_KIB}",
    f"wal_autocheckpoint={CHECKPOINT_PAGES}",
)


class Database:
    """One database. `read()` and `write()` give a connection inside one transaction; `write()` commits at the end or rolls back.

    Inside `write()`, `connection.info["before_commit"]` and `["after_commit"]` are lists of calls made just before and just after the commit.
    `together` is for writes that may share a transaction with others that come at the same moment.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.together: Group[Any, Any] = Group()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            if self.is_sqlite:
                # SQLAlchemy's own begin() would start a deferred transaction, which deadlocks when two readers turn writers.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            before: list[Callable[[], None]] = []
            after: list[Callable[[], None]] = []
            connection.info.update(before_commit=before, after_commit=after)
            try:
                yield connection
                for call in before:
                    call()
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            finally:
                connection.info.pop("before_commit")
                connection.info.pop("after_commit")
            for call in after:
                _settle(call)

    def close(self) -> None:
        self.engine.dispose()


def _settle(call: Callable[[], None]) -> None:
    """The transaction stands whatever becomes of this: a caller who is told of a fault would take it for undone and do it again."""
    try:
        call()
    except Exception as error:
        log.error("database:after_commit", reason=type(error).__name__)


def insert_statement(connection: Connection, table: Table) -> Any:
    """The engine's own INSERT, which knows ON CONFLICT."""
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


def insert_new(connection: Connection, table: Table) -> Any:
    """An INSERT that skips rows whose unique key is already there, on both engines."""
    return insert_statement(connection, table).on_conflict_do_nothing()


def insert_once(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert one row; False when its unique key is already there. (`rowcount` of such an INSERT is -1 on PostgreSQL.)"""
    return connection.execute(_insert_once(connection.dialect.name, table), row).first() is not None


@cache
def _insert_once(dialect_name: str, table: Table) -> Any:
    """Built once: building the statement costs more than running it."""
    dialect: Any = sqlite if dialect_name == "sqlite" else postgresql
    return dialect.insert(table).on_conflict_do_nothing().returning(*table.primary_key.columns)


def upsert(connection: Connection, table: Table, *, key: tuple[str, ...], update: tuple[str, ...]) -> Any:
    """An INSERT that overwrites `update` columns of the row with the same `key`, on both engines."""
    statement = insert_statement(connection, table)
    return statement.on_conflict_do_update(index_elements=list(key), set_={name: statement.excluded[name] for name in update})


def open_database(url: str | URL) -> Database:
    """Open (and on first use create) the database at `url`; its schema is brought to the newest version."""
    url = make_url(url)
    if url.get_backend_name() == "sqlite":
        engine = _open_sqlite(url)
    elif url.get_backend_name() == "postgresql":
        engine = create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True)
    else:
        raise StoreError(f"LIAISON_DATABASE_URL names {url.get_backend_name()}: use sqlite:///path or postgresql://…")
    database = Database(engine)
    try:
        _migrate(database)
    except OperationalError as error:
        raise StoreError(f"cannot open the database at {url.render_as_string(hide_password=True)}: {error.orig}") from error
    return database


def _open_sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        hide_parameters=True,
        json_deserializer=orjson.loads,
    )

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver must not open transactions of its own; `write()` does
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _migrate(database: Database) -> None:
    # Alembic costs 0.2 s to import: only an empty or older database pays for it.
    from tools.store.migrations import HEAD, upgrade

    with database.read() as connection:
        tables = inspect(connection).get_table_names()
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() if "alembic_version" in tables else None
    if version != HEAD:
        upgrade(database.engine)
