"""The pages of runs: history by filter, one run's trace and cost, and asking for a run."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from tests.approvals.web.house import House
from tools.store.action_tables import llm_usage
from tools.store.audit import entries
from tools.store.tables import jobs, runs
from tools.store.trace import NodeStatus, begin_node, end_node

OK = {"collected": 12, "duplicates": 1, "refused": 0, "scrubbed": 12, "status": "ok", "reason": ""}
HOLE = {**OK, "refused": 2, "status": "degraded", "reason": "ads.json: the file is not valid JSON, or was cut off"}


def save_run(house: House, name: str, *, minutes_ago: int = 60, **changes: Any) -> str:
    at = house.clock() - timedelta(minutes=minutes_ago)
    row = {
        "id": name,
        "channels": ["search"],
        "trigger": "cli",
        "as_of": at,
        "status": "done",
        "started_at": at,
        "finished_at": at + timedelta(seconds=8),
        "summary": {"run": name, "channels": {"search": OK}},
    }
    with house.workspace.database.write() as connection:
        connection.execute(insert(runs).values({**row, **changes}))
    return name


def trace(house: House, run: str, node: str, *, channel: str = "", begun_s: int, took_s: int | None, **ended: Any) -> None:
    at = house.clock() - timedelta(minutes=60) + timedelta(seconds=begun_s)
    with house.workspace.database.write() as connection:
        begun = begin_node(connection, run, node, channel=channel, at=at)
        if took_s is not None:
            values = {"status": NodeStatus.DONE, "counts": {}, **ended}
            end_node(connection, begun, at=at + timedelta(seconds=took_s), **values)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"R-plain", "R-hole", "R-desk", "R-broken"}),
        ("?status=degraded", {"R-hole"}),
        ("?status=failed", {"R-broken"}),
        ("?trigger=desk", {"R-desk"}),
        ("?channel=email", {"R-desk"}),
        ("?status=nonsense&channel=fax", {"R-plain", "R-hole", "R-desk", "R-broken"}),
    ],
)
def test_the_address_says_which_runs_are_listed(house: House, query: str, expected: set[str]) -> None:
    save_run(house, "R-plain", minutes_ago=1)
    save_run(house, "R-hole", minutes_ago=2, summary={"run": "R-hole", "channels": {"search": HOLE}})
    save_run(house, "R-desk", minutes_ago=3, trigger="desk", channels=["search", "email"])
    save_run(house, "R-broken", minutes_ago=4, status="failed", summary=None, error="the disk is full")

    page = house.signed_in("ada").get(f"/runs{query}").text

    assert {name for name in ("R-plain", "R-hole", "R-desk", "R-broken") if f'href="/runs/{name}"' in page} == expected


def test_older_runs_are_pages_away_and_none_is_shown_twice(house: House) -> None:
    for number in range(35):
        save_run(house, f"R-{number:02}", minutes_ago=number // 3)
    visitor = house.signed_in("ada")

    first = visitor.get("/runs").text
    older = visitor.get(first.split('id="next-page" href="')[1].split('"')[0].replace("&amp;", "&")).text

    shown = [name for page in (first, older) for name in (f"R-{number:02}" for number in range(35)) if f'href="/runs/{name}"' in page]
    assert len(shown) == 35
    assert set(shown) == {f"R-{number:02}" for number in range(35)}


def test_a_run_shows_its_trace_its_hole_and_its_cost(house: House) -> None:
    run = save_run(house, "R-hole", summary={"run": "R-hole", "channels": {"search": HOLE}})
    trace(house, run, "plan", begun_s=0, took_s=1, counts={"period": "2026-03"})
    trace(
        house, run, "collect", channel="search", begun_s=1, took_s=5, status=NodeStatus.DEGRADED, counts={"seen": 12}, error=HOLE["reason"]
    )
    trace(house, run, "score", begun_s=6, took_s=None)
    trace(house, run, "score", begun_s=7, took_s=1)
    usage = {"at": house.clock(), "run": run, "model": "m", "outcome": "ok", "input_tokens": 1200, "output_tokens": 340, "cost_usd": 0.0125}
    with house.workspace.database.write() as connection:
        connection.execute(insert(llm_usage), [usage, {**usage, "outcome": "truncated"}])

    page = house.signed_in("ada").get(f"/runs/{run}").text

    for words in (
        "Collect: Google search",
        "Degraded",
        "the file is not valid JSON",
        "How to mend it",
        "Cut off, taken up again",
        "attempt 2",
        "2,400 in, 680 out",
        "$0.0250",
        "1 unusable",
    ):
        assert words in page
    assert 'class="degraded" x="125"' in page
    assert "http-equiv" not in page


def test_a_run_under_way_shows_how_far_it_is_and_asks_again(house: House) -> None:
    run = save_run(house, "R-now", status="running", finished_at=None, summary=None)
    trace(house, run, "plan", begun_s=0, took_s=1)
    trace(house, run, "collect", channel="search", begun_s=1, took_s=None)
    visitor = house.signed_in("ada")

    page = visitor.get(f"/runs/{run}").text
    part = visitor.client.get(f"/runs/{run}/progress", headers={"HX-Request": "true"})

    assert "1 of 9 steps done" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert f'hx-get="/runs/{run}/progress"' in page
    assert "1 of 9 steps done" in part.text
    assert "<html" not in part.text
    assert "HX-Refresh" not in part.headers
    assert visitor.client.get(f"/runs/{run}/progress", follow_redirects=False).headers["location"] == f"/runs/{run}"


def test_when_the_run_is_over_the_part_asks_for_the_whole_page(house: House) -> None:
    run = save_run(house, "R-done")

    part = house.signed_in("ada").client.get(f"/runs/{run}/progress", headers={"HX-Request": "true"})

    assert part.headers["HX-Refresh"] == "true"


def test_a_run_asked_for_is_a_job_an_audit_line_and_a_line_on_the_page(house: House) -> None:
    theo = house.signed_in("theo")
    theo.get("/runs")

    answer = theo.post("/runs/ask", channel="search")

    assert (answer.status_code, answer.headers["location"]) == (303, "/runs?told=asked")
    with house.workspace.database.read() as connection:
        job = connection.execute(select(jobs)).one()
        assert (job.kind, job.payload) == ("run", {"channels": ["search"], "by": "theo"})
        assert entries(connection)[0].event == "run:ask"
    page = theo.get("/runs?told=asked").text
    assert "A run of Google search waits for the worker" in page
    assert theo.post("/runs/ask", channel="search").status_code == 409


def test_a_channel_that_is_off_cannot_be_run(house: House) -> None:
    theo = house.signed_in("theo")
    theo.get("/runs")

    assert theo.post("/runs/ask", channel="youtube").status_code == 422


def test_who_may_only_read_is_offered_no_button_and_refused(house: House) -> None:
    ada = house.signed_in("ada")
    page = ada.get("/runs").text

    assert "Run now" not in page.replace("Press Run now", "")
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    assert ada.client.post("/runs/ask", data={"csrf": csrf}, follow_redirects=False).status_code == 403
