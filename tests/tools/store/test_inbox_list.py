"""The work list at rest: the most urgent first, page by page, from an index range whatever the size of the inbox."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from approvals.response import OPEN as RUNNING
from tools.store.action_tables import sales_inbox
from tools.store.database import Database
from tools.store.inbox_list import COUNTED, OPEN, Sought, handoffs_of, inbox_page, most_urgent, overdue_count, stage_counts
from tools.store.tables import leads


def put(database: Database, rows: Iterable[dict[str, Any]]) -> None:
    base = {"track": "b2c_patient", "service_line": "dental", "handoff": {}, "status": "new", "location": None, "by": None, "due_at": None}
    with database.write() as connection:
        connection.execute(insert(sales_inbox), [{**base, "action": f"A-{row['execution'][2:]}", **row} for row in rows])


def inbox(database: Database, now: datetime) -> None:
    """Two overdue, two due soon at one instant, one tried, one of no known time, and two that are over."""

    def at(minutes: int) -> datetime:
        return now + timedelta(minutes=minutes)

    put(
        database,
        [
            {"execution": "X-soon-b", "lead": "L-b2", "received_at": at(-5), "due_at": at(10)},
            {
                "execution": "X-soon-a",
                "lead": "L-b1",
                "received_at": at(-9),
                "due_at": at(10),
                "service_line": "ortho",
                "location": "tampa",
            },
            {"execution": "X-late", "lead": "L-a1", "received_at": at(-60), "due_at": at(-30)},
            {"execution": "X-later", "lead": "L-a2", "received_at": at(-70), "due_at": at(-1), "status": "accepted", "by": "sam"},
            {"execution": "X-tried", "lead": "L-c1", "received_at": at(-900), "status": "accepted", "by": "kim"},
            {"execution": "X-old", "lead": "L-c2", "received_at": at(-950)},
            {"execution": "X-lost", "lead": "L-a1", "received_at": at(-5000), "status": "lost", "by": "sam"},
            {"execution": "X-seen", "lead": "L-d1", "received_at": at(-4000), "status": "seen", "by": "sam"},
        ],
    )


def names(connection: Connection, sought: Sought, **more: Any) -> list[str]:
    return [row.execution[2:] for row in inbox_page(connection, sought, **more).rows]


def test_the_states_of_the_work_list_are_those_in_which_a_time_may_run() -> None:
    assert tuple(RUNNING) == OPEN


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_overdue_stands_first_then_the_next_due_then_what_has_no_time_running(database: Database, now: datetime, limit: int) -> None:
    inbox(database, now)

    with database.read() as connection:
        seen, after = [], None
        while True:
            page = inbox_page(connection, Sought(), after=after, limit=limit)
            seen += [row.execution[2:] for row in page.rows]
            after = page.after
            if after is None:
                break

    assert seen == ["late", "later", "soon-a", "soon-b", "old", "tried"]


def test_filters_narrow_and_a_lead_is_found_in_every_state(database: Database, now: datetime) -> None:
    inbox(database, now)

    with database.read() as connection:
        assert names(connection, Sought(line="ortho")) == ["soon-a"]
        assert names(connection, Sought(location="tampa", track="b2c_patient")) == ["soon-a"]
        assert names(connection, Sought(track="b2b_referral")) == []
        assert names(connection, Sought(owner="kim")) == ["tried"]
        assert names(connection, Sought(overdue_at=now)) == ["late", "later"]
        assert names(connection, Sought(statuses=("new",))) == ["late", "soon-a", "soon-b", "old"]
        assert names(connection, Sought(statuses=("seen",))) == ["seen"]
        assert names(connection, Sought(lead="L-a1")) == ["late", "lost"]
        assert names(connection, Sought(lead="L-a")) == ["late", "later", "lost"]
        assert names(connection, Sought(lead="L-a"), limit=2) == ["late", "later"]
        assert overdue_count(connection, at=now) == 2
        assert stage_counts(connection, ("new", "accepted", "seen", "booked")) == {"new": 4, "accepted": 2, "seen": 1, "booked": 0}


@pytest.mark.parametrize("cursor", ["", "d", "d~yesterday~X", "x~2026-03-02T09:00:00+00:00~X", "d~2026-03-02T09:00:00~X", "~~~~"])
def test_a_broken_cursor_starts_again(database: Database, now: datetime, cursor: str) -> None:
    inbox(database, now)

    with database.read() as connection:
        assert names(connection, Sought(), after=cursor)[0] == "late"


def test_the_most_urgent_is_one_that_nobody_holds(database: Database, now: datetime) -> None:
    inbox(database, now)

    with database.write() as connection:
        assert most_urgent(connection, Sought()) == "X-late"
        assert most_urgent(connection, Sought(line="ortho")) == "X-soon-a"
        assert most_urgent(connection, Sought(line="none")) is None


def test_what_a_merged_lead_went_through_belongs_to_the_one_it_lives_on_in(database: Database, now: datetime) -> None:
    inbox(database, now)
    person = {"track": "b2c_patient", "created_at": now, "attributes": {}, "attribute_times": {}, "stage": "lead"}
    with database.write() as connection:
        connection.execute(insert(leads), [{"id": "L-b1", "merged_into": None, **person}, {"id": "L-a1", "merged_into": "L-b1", **person}])

    with database.read() as connection:
        assert [row.execution for row in handoffs_of(connection, ["L-b1"])] == ["X-soon-a", "X-late", "X-lost"]


def test_pages_of_a_full_inbox_come_from_an_index_range(database: Database, now: datetime) -> None:
    many = ({"execution": f"X-{n:05}", "lead": f"L-{n:05x}", "received_at": now - timedelta(minutes=n)} for n in range(6000))
    put(
        database,
        ({**row, "due_at": row["received_at"] if n % 2 else None, "status": "new" if n % 2 else "seen"} for n, row in enumerate(many)),
    )
    with database.write() as connection:
        connection.exec_driver_sql("ANALYZE")

    with database.read() as connection:
        first = inbox_page(connection, Sought(), limit=50)
        plans = {
            "first": plan(connection, Sought()),
            "second": plan(connection, Sought(), after=first.after),
            "lead": plan(connection, Sought(lead="L-0001")),
            "seen": plan(connection, Sought(statuses=("seen",))),
        }
        assert stage_counts(connection, ("new", "lost")) == {"new": COUNTED, "lost": 0}

    assert all("ix_sales_inbox_due" in plans[name] for name in ("first", "second")), plans
    assert "ix_sales_inbox_lead" in plans["lead"]
    assert "ix_sales_inbox_status" in plans["seen"]
    for said in plans.values():
        assert "SCAN sales_inbox\n" not in said, said
        assert "Seq Scan" not in said, said


def plan(connection: Connection, sought: Sought, **more: Any) -> str:
    """The engine's plan of the first statement that lists this page."""
    from sqlalchemy import event

    found: list[str] = []

    def explain(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
        if not found and statement.lstrip().startswith("SELECT"):
            found.append("")
            prefix = "EXPLAIN QUERY PLAN " if conn.dialect.name == "sqlite" else "EXPLAIN "
            rows = conn.connection.cursor().execute(prefix + statement, parameters).fetchall()
            found[0] = "\n".join(str(row[-1]) for row in rows) + "\n"

    event.listen(connection, "before_cursor_execute", explain)
    try:
        inbox_page(connection, sought, **more)
    finally:
        event.remove(connection, "before_cursor_execute", explain)
    return found[0]
