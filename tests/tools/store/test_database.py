"""The database behaves the same on both engines."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, inspect, select
from sqlalchemy.exc import StatementError

from tools.store import action_tables, migrations, notice_tables, tables
from tools.store.database import Database, insert_new, open_database, upsert
from tools.store.schema import every_table
from tools.store.tally import drop_triggers


def test_the_migrated_schema_has_every_table_and_column(database: Database) -> None:
    assert action_tables.actions.metadata is tables.runs.metadata is notice_tables.notices.metadata

    with database.read() as connection:
        seen = inspect(connection)
        columns = {name: {column["name"] for column in seen.get_columns(name)} for name in seen.get_table_names()}

    for table in every_table().sorted_tables:
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


_FIRST_SCORES = """
CREATE TABLE scores (lead VARCHAR(32) NOT NULL, model VARCHAR(80) NOT NULL, track VARCHAR(16) NOT NULL, service_line VARCHAR(48) NOT NULL,
  fit FLOAT NOT NULL, g FLOAT NOT NULL, last_event_at {time}, last_qualifying_at {time}, fast_lane_at {time}, disqualified_at {time},
  mql_since {time}, mql_until {time}, CONSTRAINT pk_scores PRIMARY KEY (lead, model))
"""
_FIRST_GROUPS = """
CREATE TABLE score_groups (lead VARCHAR(32) NOT NULL, model VARCHAR(80) NOT NULL, "group" VARCHAR(32) NOT NULL, g FLOAT NOT NULL,
  PRIMARY KEY (lead, model, "group"))
"""
_CALL = 'INSERT INTO ledger (lead, model, engagement, event, "group", weight, occurred_at, counted, object_key) VALUES '
A_TIME = "2026-01-02T00:00:00.000000Z"


def as_first(connection: Connection) -> None:
    """The tables of scoring as the first version had them, and two leads in them."""
    time = "VARCHAR(27)" if connection.dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    for statement in drop_triggers(connection.dialect.name):
        connection.exec_driver_sql(statement)
    for statement in (
        "DROP TABLE scores",
        "DROP TABLE mql_tally",
        "DROP INDEX ix_ledger_cap",
        "DROP INDEX ix_ledger_time",
        _FIRST_SCORES.format(time=time),
        _FIRST_GROUPS,
        "CREATE INDEX ix_scores_mql_until ON scores (model, mql_until)",
        "CREATE INDEX ix_scores_rank ON scores (model, fit, g DESC)",
        "CREATE INDEX ix_scores_last_event ON scores (model, last_event_at)",
        "CREATE INDEX ix_ledger_lead ON ledger (lead, model, event, occurred_at)",
        "INSERT INTO score_groups VALUES ('L-1', 'm@1', 'a', 0.1), ('L-1', 'm@1', 'b', -3.0), ('L-2', 'm@1', 'a', 7.0)",
        "INSERT INTO scores (lead, model, track, service_line, fit, g) VALUES ('L-1', 'm@1', 'b2c_patient', '', 10.0, 2.0)",
        "INSERT INTO scores (lead, model, track, service_line, fit, g, mql_since, mql_until) "
        f"VALUES ('L-2', 'm@1', 'b2c_patient', '', 10.0, 7.0, '{A_TIME}', '{A_TIME}')",
        _CALL + f"('L-1', 'm@1', 'E-1', 'call', 'a', 1.0, '{A_TIME}', true, '/a')",
        _CALL + f"('L-1', 'm@1', 'E-2', 'page', 'a', 1.0, '{A_TIME}', true, '/a')",
        "UPDATE alembic_version SET version_num = '0001'",
    ):
        connection.exec_driver_sql(statement)
    caps = {"call": {"count": 1, "per": "day", "each": "lead"}, "page": {"count": 1, "per": "day", "each": "object"}}
    body = {
        "id": "m@1",
        "name": "m",
        "body": {"caps": caps},
        "live": True,
        "signatures": [],
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    connection.execute(insert(tables.score_models), body)


def test_a_database_of_the_first_version_is_brought_to_the_newest(database: Database) -> None:
    with database.write() as connection:
        as_first(connection)

    open_database(database.engine.url).close()

    row = tables.scores.c
    with database.read() as connection:
        found = {
            lead: (g, groups, until) for lead, g, groups, until in connection.execute(select(row.lead, row.g, row.groups, row.mql_until))
        }
        objects = dict(connection.execute(select(tables.ledger.c.event, tables.ledger.c.object_key)).all())
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == migrations.HEAD
        assert connection.scalar(select(tables.mql_tally.c.n)) == 1
        for table in (tables.scores, tables.ledger):
            there = {index["name"] for index in inspect(connection).get_indexes(table.name)} - {"uq_ledger_engagement_model"}
            assert there == {index.name for index in table.indexes}
    assert found == {
        "L-1": (0.1, {"a": 0.1, "b": -3.0}, None),
        "L-2": (7.0, {"a": 7.0}, datetime(2026, 1, 2, tzinfo=UTC)),
    }
    assert objects == {"call": None, "page": "/a"}  # what a cap counts per lead carries no object
