"""The schedule page: what comes next, how the last time went, switching one off for good, and failed jobs tried again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from approvals.web.app import create_app
from tests.approvals.web.house import PRACTICE, House
from tools.cron import in_words
from tools.practice import Practice
from tools.store import schedules
from tools.store.audit import entries
from tools.store.database import Database
from tools.store.tables import jobs, runs

CHANNELS = {"search": {"sources": [], "schedule": "30 6 * * 1-5", "timezone": "America/New_York"}, "email": {"sources": []}}


@pytest.fixture
def scheduled(sqlite_database: Database, build: Callable[[Database], House]) -> House:
    house = build(sqlite_database)
    workspace = replace(house.workspace, practice=Practice.model_validate({**PRACTICE, "channels": CHANNELS}))
    return House(workspace, house.clock, create_app(workspace))


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("0 6 * * *", "every day at 06:00"),
        ("30 6 * * 1-5", "Monday to Friday at 06:30"),
        ("0 7 * * 1", "every Monday at 07:00"),
        ("0 7 * * 2,4", "Tuesday and Thursday at 07:00"),
        ("15 5 1 * *", "day 1 of each month at 05:15"),
        ("*/20 * * * *", "every 20 minutes"),
        ("5 */4 * * *", "every 4 hours at minute 5"),
        ("0 6 1 * 1", "as crontab says: 0 6 1 * 1"),
        ("0 6,18 * * *", "as crontab says: 0 6,18 * * *"),
    ],
)
def test_a_schedule_is_said_in_words(cron: str, said: str) -> None:
    assert in_words(cron) == said


def test_the_page_says_when_it_runs_next_and_what_has_none(scheduled: House) -> None:
    page = scheduled.signed_in("ada").get("/schedule").text

    assert "Monday to Friday at 06:30, America/New_York time" in page
    assert page.count("06:30 E") >= 3
    assert "It has not run by schedule yet" in page
    assert "Email: no schedule in practice.yaml" in page
    assert "Switch off" not in page


def test_the_last_run_is_linked_and_a_late_one_says_it_caught_up(scheduled: House) -> None:
    planned = scheduled.clock() - timedelta(hours=3)
    with scheduled.workspace.database.write() as connection:
        schedules.adopt(connection, scheduled.workspace.practice, now=scheduled.clock())
        row = {"channels": ["search"], "trigger": "schedule", "schedule": "search", "as_of": planned, "status": "done"}
        for name, at, late in (("R-old", planned - timedelta(days=1), 0), ("R-new", planned, 2)):
            started = at + timedelta(hours=late)
            connection.execute(insert(runs).values({**row, "id": name, "planned_at": at, "started_at": started}))

    page = scheduled.signed_in("ada").get("/schedule").text

    assert 'href="/runs/R-new"' in page
    assert "R-old" not in page
    assert "caught up: it was planned for" in page


def test_a_time_that_came_and_was_not_run_is_said(scheduled: House) -> None:
    with scheduled.workspace.database.write() as connection:
        schedules.adopt(connection, scheduled.workspace.practice, now=scheduled.clock())
    scheduled.clock.forward(days=1)

    assert "has come and not run" in scheduled.signed_in("ada").get("/schedule").text


def test_a_schedule_switched_off_at_the_desk_stays_off(scheduled: House) -> None:
    theo = scheduled.signed_in("theo")
    theo.get("/schedule")

    assert theo.post("/schedule/search/off").headers["location"] == "/schedule?told=switched_off"
    page = theo.get("/schedule").text

    with scheduled.workspace.database.write() as connection:
        schedules.adopt(connection, scheduled.workspace.practice, now=scheduled.clock())  # as the next start does
        (row,) = schedules.list_schedules(connection)
        last = entries(connection)[0]
    assert not row.enabled
    assert (last.event, last.actor, last.subject, last.detail["enabled"]) == ("schedule:set", "theo", "search", False)
    assert "Switch on" in page
    assert theo.post("/schedule/search/on").status_code == 303
    theo.get("/schedule")
    assert theo.post("/schedule/search/off").status_code == 303


def test_switching_what_is_switched_already_or_unknown_is_refused(scheduled: House) -> None:
    theo = scheduled.signed_in("theo")
    page = theo.get("/schedule").text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]

    def answer(path: str) -> int:
        status: int = theo.client.post(path, data={"csrf": csrf}, follow_redirects=False).status_code
        return status

    assert answer("/schedule/search/on") == 409
    assert answer("/schedule/fax/off") == 404
    assert answer("/schedule/search/sideways") == 404


def test_a_failed_job_is_tried_again_once(scheduled: House) -> None:
    now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    row = {
        "kind": "run",
        "subject": "all",
        "payload": {},
        "status": "failed",
        "not_before": now,
        "attempts": 3,
        "error": "the disk is full",
    }
    with scheduled.workspace.database.write() as connection:
        job = connection.execute(insert(jobs).values(**row, created_at=now).returning(jobs.c.id)).scalar_one()
    theo = scheduled.signed_in("theo")
    assert "the disk is full" in theo.get("/schedule").text
    form = theo.hidden(f"/jobs/{job}/retry")

    assert theo.post(f"/jobs/{job}/retry").status_code == 303
    again = theo.client.post(f"/jobs/{job}/retry", data=form, follow_redirects=False)

    assert again.status_code == 409
    with scheduled.workspace.database.read() as connection:
        stored = connection.execute(select(jobs).where(jobs.c.id == job)).one()
        assert (stored.status, stored.error, stored.not_before) == ("queued", None, scheduled.clock())
        assert entries(connection)[0].event == "job:retry"
