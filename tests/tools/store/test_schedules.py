"""The schedules table: crontab's own meaning, one tick per planned time, one catch-up after downtime."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from policies.records import Channel
from tools.errors import SettingsError
from tools.store import schedules
from tools.store.database import Database
from tools.store.schedules import Schedule
from tools.store.tables import jobs
from tools.store.tables import schedules as table

MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def schedule(cron: str, *, zone: str = "UTC", last: datetime | None = None) -> Schedule:
    return Schedule("search", (Channel.SEARCH,), cron, zone, True, last)


def store(database: Database, one: Schedule) -> None:
    with database.write() as connection:
        row = {**one._asdict(), "channels": [channel.value for channel in one.channels]}
        connection.execute(insert(table).values(**row))


@pytest.mark.parametrize(
    ("field", "weekday"),
    [("0", 6), ("7", 6), ("1", 0), ("2", 1), ("sat", 5), ("5-6", 4), ("6-7", 5)],
)
def test_weekday_numbers_mean_what_crontab_means(field: str, weekday: int) -> None:
    first = schedule(f"0 6 * * {field}").next_time(datetime(2026, 3, 1, 7, 0, tzinfo=UTC))

    assert first is not None
    days = {schedule(f"0 6 * * {field}").next_time(MONDAY + timedelta(days=offset)).weekday() for offset in range(7)}  # type: ignore[union-attr]
    assert weekday in days


def test_working_days_leave_the_weekend_out() -> None:
    friday_evening = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)

    assert schedule("0 6 * * 1-5").next_time(friday_evening) == datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
    assert schedule("0 6 * * fri-mon").next_time(friday_evening) == datetime(2026, 3, 7, 6, 0, tzinfo=UTC)


def test_a_time_is_kept_in_its_own_zone_over_daylight_saving() -> None:
    before = schedule("0 6 * * *", zone="America/Chicago").next_time(datetime(2026, 3, 6, 13, 0, tzinfo=UTC))
    after = schedule("0 6 * * *", zone="America/Chicago").next_time(datetime(2026, 3, 9, 13, 0, tzinfo=UTC))

    assert before is not None
    assert after is not None
    assert (before.hour, after.hour) == (6, 6)
    assert before.utcoffset() != after.utcoffset()


def test_a_tick_makes_one_job_and_the_same_time_never_a_second(database: Database) -> None:
    store(database, schedule("0 * * * *", last=MONDAY - timedelta(minutes=30)))

    with database.write() as connection:
        first = schedules.tick(connection, "search", now=MONDAY)
        second = schedules.tick(connection, "search", now=MONDAY + timedelta(seconds=5))
        queued = connection.execute(select(jobs.c.payload)).scalars().all()

    assert first == MONDAY
    assert second is None
    assert [row["planned_at"] for row in queued] == [MONDAY.isoformat()]


def test_many_missed_times_are_caught_up_by_one_run(database: Database) -> None:
    store(database, schedule("0 * * * *", last=MONDAY - timedelta(days=3)))

    with database.write() as connection:
        planned = schedules.tick(connection, "search", now=MONDAY + timedelta(minutes=10))
        count = len(connection.execute(select(jobs.c.id)).all())

    assert planned == MONDAY
    assert count == 1


def test_a_schedule_that_is_off_or_edited_does_not_fire_for_the_past(database: Database) -> None:
    store(database, schedule("0 * * * *", last=MONDAY - timedelta(days=1))._replace(enabled=False))

    with database.write() as connection:
        assert schedules.tick(connection, "search", now=MONDAY) is None
        schedules.change(connection, schedule("30 * * * *"), now=MONDAY)
        assert schedules.tick(connection, "search", now=MONDAY + timedelta(minutes=20)) is None
        assert schedules.tick(connection, "search", now=MONDAY + timedelta(minutes=31)) == MONDAY + timedelta(minutes=30)


@pytest.mark.parametrize(("cron", "zone"), [("0 6 * *", "UTC"), ("0 25 * * *", "UTC"), ("0 6 * * 9", "UTC"), ("0 6 * * *", "Mars/Base")])
def test_a_bad_schedule_is_refused_with_an_example(database: Database, cron: str, zone: str) -> None:
    store(database, schedule("0 6 * * *"))

    with database.write() as connection, pytest.raises(SettingsError, match="0 6 \\* \\* 1-5"):
        schedules.change(connection, schedule(cron, zone=zone), now=MONDAY)
