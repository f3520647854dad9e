"""How many standings end as MQL on each day, kept by the database itself, so that counting MQLs does not grow with their number.

A trigger on `scores` appends (model, day of `mql_until` in UTC, +1 or -1) to `mql_tally`; rows are only appended, so that two writers never wait for
one counter. Now and then they are added up.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.sql.dml import Delete

from tools.store.tables import mql_tally, scores

LOOSE_ROWS = 4000
"""Appended rows after which they are added up: reading that many takes under a millisecond."""

_DAY = {"sqlite": "substr({}, 1, 10)", "postgresql": "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"}


def create_triggers(dialect: str) -> list[str]:
    """The statements that make the triggers and count what is there; the same again changes nothing."""
    made = _sqlite() if dialect == "sqlite" else _postgresql()
    counted = f"SELECT model, {_DAY[dialect].format('mql_until')}, count(*) FROM scores WHERE mql_until IS NOT NULL GROUP BY 1, 2"  # noqa: S608
    return [*drop_triggers(dialect), *made, "DELETE FROM mql_tally", f"INSERT INTO mql_tally (model, day, n) {counted}"]


def _sqlite() -> list[str]:
    def entry(row: str, n: int) -> str:
        day = _DAY["sqlite"].format(f"{row}.mql_until")
        return f"INSERT INTO mql_tally (model, day, n) SELECT {row}.model, {day}, {n} WHERE {row}.mql_until IS NOT NULL;"

    moved = f"{_DAY['sqlite'].format('old.mql_until')} IS NOT {_DAY['sqlite'].format('new.mql_until')} OR old.model <> new.model"
    return [
        f"CREATE TRIGGER mql_tally_insert AFTER INSERT ON scores WHEN new.mql_until IS NOT NULL BEGIN {entry('new', 1)} END",
        f"CREATE TRIGGER mql_tally_update AFTER UPDATE OF mql_until, model ON scores WHEN {moved} "
        f"BEGIN {entry('old', -1)} {entry('new', 1)} END",
        f"CREATE TRIGGER mql_tally_delete AFTER DELETE ON scores WHEN old.mql_until IS NOT NULL BEGIN {entry('old', -1)} END",
    ]


def _postgresql() -> list[str]:
    def entry(row: str, n: int) -> str:
        day = _DAY["postgresql"].format(f"{row}.mql_until")
        values = f"INSERT INTO mql_tally (model, day, n) VALUES ({row}.model, {day}, {n})"  # noqa: S608
        return f"IF {row}.mql_until IS NOT NULL THEN {values}; END IF;"

    return [
        "CREATE OR REPLACE FUNCTION mql_tally_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN {entry('OLD', -1)} END IF; "
        f"IF TG_OP <> 'DELETE' THEN {entry('NEW', 1)} END IF; RETURN NULL; END $$",
        "CREATE TRIGGER mql_tally_keep AFTER INSERT OR DELETE ON scores FOR EACH ROW EXECUTE FUNCTION mql_tally_keep()",
        "CREATE TRIGGER mql_tally_move AFTER UPDATE ON scores FOR EACH ROW WHEN "
        "(OLD.mql_until IS DISTINCT FROM NEW.mql_until OR OLD.model <> NEW.model) EXECUTE FUNCTION mql_tally_keep()",
    ]


def drop_triggers(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS mql_tally_{name}" for name in ("insert", "update", "delete")]
    return ["DROP FUNCTION IF EXISTS mql_tally_keep() CASCADE"]


def ending_from(connection: Connection, model: str, at: datetime) -> int:
    """How many standings under `model` have `mql_until` at `at` or later: later days from the tally, the day itself from the index."""
    tally, rows = mql_tally.c, scores.c
    utc = at.astimezone(UTC)
    later_days = select(func.coalesce(func.sum(tally.n), 0)).where(tally.model == model, tally.day > utc.strftime("%Y-%m-%d"))
    end_of_day = utc.replace(hour=23, minute=59, second=59, microsecond=999_999)
    today = select(func.count()).select_from(scores).where(rows.model == model, rows.mql_until >= at, rows.mql_until <= end_of_day)
    return int(connection.scalar(later_days) or 0) + (connection.scalar(today) or 0)


def add_up(connection: Connection) -> None:
    """One row per model and day instead of many, once there are many. Called where scores are written."""
    tally = mql_tally.c
    first, last = connection.execute(select(func.min(tally.id), func.max(tally.id))).one()
    if first is None or last - first < LOOSE_ROWS:
        return
    gone = Delete(mql_tally).where(tally.id <= last).returning(tally.model, tally.day, tally.n)
    sums: dict[tuple[str, str], int] = {}
    for model, day, n in connection.execute(gone):  # what another writer has taken meanwhile is not returned, and counted there
        sums[model, day] = sums.get((model, day), 0) + n
    kept = [{"model": model, "day": day, "n": n} for (model, day), n in sorted(sums.items()) if n]
    if kept:
        connection.execute(insert(mql_tally), kept)
