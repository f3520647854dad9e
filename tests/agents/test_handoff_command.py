"""`liaison handoff`: a lead's whole way with sales, without a browser."""

import io
import json
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from agents import cli_handoff
from agents.cli import app
from agents.commands import handoff as command
from approvals.inbox import HandoffStatus
from policies.leads.lifecycle import Attempt, LostReason, RejectReason
from tests.approvals.conftest import *  # noqa: F403 - its fixtures
from tests.approvals.conftest import Hand, with_practice
from tests.approvals.test_returns import LINES, LOCATION
from tests.journeys.support import environment, liaison, small_practice
from tools.errors import Conflict, NotFound
from tools.store.action_tables import sales_inbox
from tools.workspace import Workspace

BANT = {"budget": "covered", "authority": True, "need": True, "timeframe": "now"}


@pytest.fixture
def database(sqlite_database: object) -> object:
    return sqlite_database


@pytest.fixture
def ws(workspace: Workspace, clock: Hand) -> Workspace:
    clock.at = clock.at.replace(hour=15)
    return with_practice(workspace, locations=[LOCATION], service_lines=LINES)


def put(ws: Workspace, name: str, *, ago: float) -> str:
    row = {"execution": f"X-{name}", "action": f"A-{name}", "lead": f"L-{name}", "service_line": "dental", "status": "new"}
    row |= {"handoff": {"why": ["Asked for a call"], "fields": {"score": 81}}, "track": "b2c_patient"}
    with ws.database.write() as connection:
        connection.execute(insert(sales_inbox).values({**row, "received_at": ws.clock() - timedelta(minutes=ago)}))
    return f"X-{name}"


def said(call: Any, *args: Any, as_json: bool = True, **options: Any) -> Any:
    out = io.StringIO()
    assert call(*args, as_json=as_json, stdout=out, **options) == 0
    return json.loads(out.getvalue()) if as_json else out.getvalue()


@pytest.mark.parametrize(
    ("words", "closed"),
    [
        (cli_handoff.STATES, HandoffStatus),
        (cli_handoff.REASONS, RejectReason),
        (cli_handoff.LOST, LostReason),
        (cli_handoff.ATTEMPTS, Attempt),
    ],
)
def test_the_options_offer_exactly_the_closed_lists(words: tuple[str, ...], closed: type[StrEnum]) -> None:
    assert set(words) == {one.value for one in closed}


def test_a_lead_is_worked_from_new_to_seen(ws: Workspace, clock: Hand) -> None:
    late, soon = put(ws, "late", ago=9), put(ws, "soon", ago=1)
    listed = said(command.list_handoffs, ws, status=HandoffStatus.NEW)
    assert [(one["execution"], one["clock"]["words"], one["score"]) for one in listed] == [
        (late, "overdue by 4 min", 81),
        (soon, "4 min left", 81),
    ]

    said(command.accept, ws, soon, by="sam")
    clock.forward(minutes=2)
    said(command.attempt, ws, soon, by="sam", outcome=Attempt.REACHED)
    assert said(command.qualify, ws, soon, by="sam", answers=BANT, stderr=io.StringIO())["bant"] == BANT
    said(command.outcome, ws, soon, by="sam", found=HandoffStatus.BOOKED, reason=None)
    body = said(command.outcome, ws, soon, by="sam", found=HandoffStatus.SEEN, reason=None)

    assert (body["status"], [one["stage"] for one in body["stages"]]) == ("seen", ["accepted", "sql", "booked", "seen"])
    assert [(one["timer"], one["words"]) for one in body["clocks"]] == [("accept", "met"), ("attempt", "met")]
    assert [one["outcome"] for one in body["attempts"]] == ["reached"]
    text = said(command.show, ws, soon, as_json=False)
    for words in ("why: Asked for a call", "attempt: met, due", "booked  sam"):
        assert words in text


def test_giving_back_says_what_it_entails(ws: Workspace) -> None:
    given = {"return_on": None, "line": None, "of": None}
    text = said(command.reject, ws, put(ws, "1", ago=1), by="sam", reason=RejectReason.SPAM_VENDOR, as_json=False, **given)
    moved = said(
        command.reject, ws, put(ws, "2", ago=1), by="sam", reason=RejectReason.WRONG_SERVICE_LINE, **{**given, "line": "orthopaedics"}
    )

    assert "do-not-contact list" in text
    assert (moved["status"], moved["reason"]) == ("rejected", "wrong_service_line")
    assert {one["service_line"] for one in said(command.list_handoffs, ws, status=HandoffStatus.NEW)} == {"orthopaedics"}


def test_what_cannot_be_done_is_said(ws: Workspace) -> None:
    name, err = put(ws, "1", ago=1), io.StringIO()

    assert command.qualify(ws, name, by="sam", answers={**BANT, "budget": "gold"}, as_json=True, stdout=io.StringIO(), stderr=err) == 2
    assert "--budget: should be 'covered'" in err.getvalue()
    assert "gold" not in err.getvalue()
    with pytest.raises(Conflict, match="attempts are recorded on a lead that is accepted"):
        command.attempt(ws, name, by="sam", outcome=Attempt.REACHED, as_json=True, stdout=io.StringIO())
    with pytest.raises(Conflict, match="accept it first"):
        command.outcome(ws, name, by="sam", found=HandoffStatus.SEEN, reason=None, as_json=True, stdout=io.StringIO())
    with pytest.raises(NotFound, match="X-none"):
        command.show(ws, "X-none", as_json=True, stdout=io.StringIO())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("reject", "X-1", "--by", "sam", "--reason", "ugly"), "not_reachable, wrong_service_line"),
        (("attempt", "X-1", "--by", "sam", "--outcome", "maybe"), "reached, no_answer or left_message"),
        (("outcome", "X-1", "won", "--by", "sam"), "opportunity, booked, seen or lost"),
        (("list", "--state", "old"), "new, accepted"),
        (("reject", "X-1", "--by", "sam", "--reason", "timing_later", "--return-on", "soon"), "soon"),
    ],
)
def test_a_word_that_is_not_in_the_list_is_misuse(words: tuple[str, ...], told: str) -> None:
    result = CliRunner().invoke(app, ["handoff", *words])

    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


def test_an_empty_inbox_says_where_leads_come_from(tmp_path: Path) -> None:
    env = environment(tmp_path / "home", small_practice(tmp_path / "practice"))

    assert "queue list" in liaison("handoff", "list", env=env).stdout
    refused = liaison("handoff", "accept", "X-none", "--by", "kim.tran", env=env, check=False)
    assert (refused.returncode, refused.stderr.strip()) == (1, "liaison: there is no handoff X-none: open the list for what is there")
