"""The database behaves the same on both engines."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select
from sqlalchemy.exc import StatementError

from tools.store import action_tables, migrations, tables
from tools.store.database import Database, insert_new, open_database, upsert
from tools.store.schema import metadata


def test_the_migrated_schema_has_every_table_and_column(database: Database) -> None:
    assert action_tables.actions.metadata is tables.runs.metadata

    with database.read() as connection:
        seen = inspect(connection)
        columns = {name: {column["name"] for column in seen.get_columns(name)} for name in seen.get_table_names()}

    for table in metadata.sorted_tables:
        assert columns[table.name] == {column.name for column in table.columns}


def test_opening_an_existing_database_again_changes_nothing(sqlite_database: Database) -> None:
    with sqlite_database.write() as connection:
        connection.execute(insert(tables.practice_state).values(key="a", value="1"))

    again = open_database(sqlite_database.engine.url)

    with again.read() as connection:
        assert connection.execute(select(tables.practice_state.c.value)).scalar_one() == "1"
    again.close()


def test_a_failed_write_leaves_nothing_and_runs_no_after_commit(database: Database) -> None:
    ran: list[int] = []

    with pytest.raises(RuntimeError), database.write() as connection:
        connection.info["after_commit"].append(lambda: ran.append(1))
        connection.execute(insert(tables.practice_state).values(key="a", value="1"))
        raise RuntimeError("stop")

    with database.read() as connection:
        assert connection.execute(select(tables.practice_state)).all() == []
    assert ran == []


def test_after_commit_runs_once_after_the_commit(database: Database) -> None:
    seen: list[str] = []

    def look() -> None:
        with database.read() as other:
            seen.append(other.execute(select(tables.practice_state.c.value)).scalar_one())

    with database.write() as connection:
        connection.execute(insert(tables.practice_state).values(key="a", value="1"))
        connection.info["after_commit"].append(look)
    with database.write():
        pass

    assert seen == ["1"]


def test_times_come_back_as_the_same_aware_instant(database: Database) -> None:
    there = datetime(2026, 3, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=-6)))

    with database.write() as connection:
        connection.execute(insert(tables.pauses).values(scope="all", by="x", reason="y", at=there))

    with database.read() as connection:
        back = connection.execute(select(tables.pauses.c.at)).scalar_one()
    assert back == there
    assert back.tzinfo is UTC


def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"), database.write() as connection:
        connection.execute(insert(tables.pauses).values(scope="all", by="x", reason="y", at=datetime(2026, 3, 2)))  # noqa: DTZ001


def test_insert_new_skips_and_upsert_overwrites(database: Database) -> None:
    row = {"key": "a", "value": "1"}

    with database.write() as connection:
        connection.execute(insert_new(connection, tables.practice_state), [row, {**row, "value": "2"}])
        first = connection.execute(select(tables.practice_state.c.value)).scalar_one()
        connection.execute(upsert(connection, tables.practice_state, key=("key",), update=("value",)), [{**row, "value": "3"}])
        second = connection.execute(select(tables.practice_state.c.value)).scalar_one()

    assert (first, second) == ("1", "3")


def test_head_names_the_newest_migration() -> None:
    versions = Path(migrations.__file__).parent / "versions"

    assert max(path.name[:4] for path in versions.glob("[0-9]*.py")) == migrations.HEAD


def test_a_database_of_the_first_version_is_brought_to_the_newest(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO score_groups VALUES ('L-1', 'm@1', 'a', 5.0), ('L-1', 'm@1', 'b', -3.0)")
        columns = "lead, model, track, service_line, fit, g"
        connection.exec_driver_sql(f"INSERT INTO scores ({columns}) VALUES ('L-1', 'm@1', 'b2c_patient', '', 10.0, 2.0)")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")

    open_database(database.engine.url).close()

    with database.read() as connection:
        assert connection.scalar(select(tables.scores.c.g)) == 5.0
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == migrations.HEAD
