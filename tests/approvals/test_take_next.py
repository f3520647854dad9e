"""Taking the most urgent lead: one each, whoever asks at the same moment; handing on; and what makes no SQL."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from approvals import inbox
from approvals.errors import NotAllowed, NotDecidable
from approvals.escalate import escalate_overdue
from approvals.inbox import Handoff, HandoffStatus
from approvals.queue import history
from policies.leads.bant import Ability, Bant, Timeframe, not_yet
from policies.leads.lifecycle import Attempt
from policies.records import Track
from tests.approvals.conftest import BODY, Hand, with_practice
from tests.approvals.test_response import put
from tests.approvals.test_returns import LINES, LOCATION
from tools.errors import Conflict, NotFound
from tools.store.inbox_list import Sought, inbox_page
from tools.workspace import Workspace

SELLERS = [*BODY["people"], *({"username": name, "name": name.title(), "roles": ["sales"]} for name in ("kim", "joel"))]


@pytest.fixture
def ws(workspace: Workspace, clock: Hand) -> Workspace:
    clock.at = clock.at.replace(hour=15)  # Monday, 10:00 in Tampa
    return with_practice(workspace, locations=[LOCATION], service_lines=LINES, people=SELLERS)


def work_list(ws: Workspace) -> list[str]:
    with ws.database.read() as connection:
        return [row.lead for row in inbox_page(connection, Sought()).rows]


def test_the_one_whose_time_runs_out_first_is_taken_and_then_the_next(ws: Workspace) -> None:
    for name, line, ago in (("visit", "physician_liaison", 60), ("soon", "dental", 1), ("late", "dental", 9)):
        put(ws, name, line, ago=ago)
    escalate_overdue(ws)  # as `liaison serve` does: the stored instants follow practice.yaml
    assert work_list(ws) == ["L-late", "L-soon", "L-visit"]

    taken = [
        inbox.take_next(ws, by=by, sought=sought) for by, sought in (("kim", Sought(line="dental")), ("joel", Sought()), ("kim", Sought()))
    ]

    assert [(one.lead, one.by, one.status) for one in taken] == [
        ("L-late", "kim", "accepted"),
        ("L-soon", "joel", "accepted"),
        ("L-visit", "kim", "accepted"),
    ]
    with pytest.raises(NotFound, match="no new lead is left to take"):
        inbox.take_next(ws, by="kim")


def test_two_sellers_who_ask_at_once_get_two_leads(ws: Workspace) -> None:
    count = 12
    for number in range(count):
        put(ws, f"{number:02}", ago=number)
    escalate_overdue(ws)
    start, got, failed = threading.Barrier(2), dict[str, list[Handoff]](kim=[], joel=[]), list[BaseException]()

    def take(by: str) -> None:
        try:
            start.wait(30)
            for _ in range(count // 2):
                got[by].append(inbox.take_next(ws, by=by))
        except BaseException as error:  # handed to the test: a thread's error is otherwise lost
            failed.append(error)

    threads = [threading.Thread(target=take, args=(by,)) for by in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failed == []
    assert len({one.execution for rows in got.values() for one in rows}) == count
    assert {one.by for one in got["kim"]} == {"kim"}
    assert ws.audit.verify(ws.database).ok


def test_the_work_list_follows_what_sales_does(ws: Workspace, clock: Hand) -> None:
    name = put(ws, "1")
    escalate_overdue(ws)
    clock.forward(minutes=1)

    accepted = inbox.accept(ws, name, by="kim")
    assert accepted.due_at == clock.at + timedelta(minutes=5)
    tried = inbox.record_attempt(ws, name, by="kim", outcome=Attempt.NO_ANSWER)
    assert (tried.due_at, work_list(ws)) == (None, ["L-1"])


def test_new_hours_in_practice_yaml_move_what_waits(ws: Workspace) -> None:
    name = put(ws, "1")
    escalate_overdue(ws)
    slower = [{**line, "response": {"accept_minutes": 60}} if line["key"] == "dental" else line for line in LINES]

    changed = with_practice(ws, locations=[LOCATION], service_lines=slower, people=SELLERS)
    escalate_overdue(changed)

    with ws.database.read() as connection:
        assert inbox.get_handoff(connection, name).due_at == ws.clock() + timedelta(minutes=60)


def test_a_lead_is_handed_on_to_somebody_of_sales_and_the_audit_says_so(ws: Workspace) -> None:
    name = put(ws, "1")
    with pytest.raises(Conflict, match="only a lead that sales works on"):
        inbox.reassign(ws, name, by="kim", to="joel")
    inbox.accept(ws, name, by="kim")

    assert inbox.reassign(ws, name, by="sam", to="joel").by == "joel"

    for to, error in (("theo", NotAllowed), ("nobody", NotAllowed), ("joel", Conflict)):
        with pytest.raises(error):
            inbox.reassign(ws, name, by="kim", to=to)
    with pytest.raises(NotAllowed):
        inbox.reassign(ws, name, by="theo", to="kim")
    with ws.database.read() as connection:
        (row,) = [entry for entry in history(connection, inbox.get_handoff(connection, name).action) if entry.event == "handoff:reassign"]
    assert (row.actor, row.detail["from"], row.detail["to"]) == ("sam", "kim", "joel")


GOOD: dict[str, Any] = {"budget": Ability.COVERED, "authority": True, "need": True, "timeframe": Timeframe.NOW}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"need": False}, "the need is outside this service line: return the lead as wrong_service_line"),
        ({"timeframe": Timeframe.LATER}, "later than a quarter: return it as timing_later"),
        ({"budget": Ability.UNKNOWN, "authority": False}, "neither the coverage nor who decides is known"),
    ],
)
def test_an_sql_needs_a_need_in_scope_a_time_and_somebody_who_pays_or_decides(ws: Workspace, changes: dict[str, Any], why: str) -> None:
    name = put(ws, "1")
    inbox.accept(ws, name, by="kim")

    with pytest.raises(NotDecidable, match=why):
        inbox.qualify(ws, name, by="kim", bant=Bant(**{**GOOD, **changes}))

    with ws.database.read() as connection:
        assert inbox.get_handoff(connection, name).status is HandoffStatus.ACCEPTED
    assert inbox.qualify(ws, name, by="kim", bant=Bant(**GOOD)).status is HandoffStatus.SQL


@pytest.mark.parametrize(
    ("track", "changes", "missing"),
    [
        (Track.B2C_PATIENT, {"budget": Ability.UNKNOWN}, 0),
        (Track.B2C_PATIENT, {"authority": False}, 0),
        (Track.B2B_REFERRAL, {"budget": Ability.UNKNOWN}, 0),
        (Track.B2B_REFERRAL, {"authority": False}, 1),
        (Track.B2B_REFERRAL, {"authority": False, "need": False, "timeframe": Timeframe.LATER}, 3),
    ],
)
def test_what_is_missing_depends_on_the_track(track: Track, changes: dict[str, Any], missing: int) -> None:
    assert len(not_yet(track, Bant(**{**GOOD, **changes}))) == missing
