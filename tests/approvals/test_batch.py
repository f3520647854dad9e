"""Many items decided at once: each for itself, on exactly what was shown, or left out with a reason."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from approvals import decide
from approvals.batch import MOST, Batch, Item, approve_many, reject_many
from approvals.errors import NotDecidable
from policies.actions import Action, ActionKind, Content, Risk, Status
from policies.records import ActionId
from policies.rules.catalogue import Catalogue, catalogue_of
from tests.approvals.conftest import Put, about, proposal, status, with_policy
from tests.approvals.test_evidence import rule
from tools.store.action_tables import decisions
from tools.store.tables import jobs
from tools.workspace import Workspace


@pytest.fixture
def several(put: Put) -> list[Action]:
    return [put(proposal(subject=f"/page-{number}")) for number in range(12)]


def shown(actions: Sequence[Action]) -> list[Item]:
    return [Item(action.id, action.version, action.content_hash) for action in actions]


def test_every_item_gets_its_own_decision_job_and_audit_row(workspace: Workspace, several: list[Action]) -> None:
    done = approve_many(workspace, shown(several), by="theo")

    assert sorted(done.decided) == sorted(action.id for action in several)
    assert done.left == ()
    with workspace.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(decisions)) == 12
        assert connection.scalar(select(func.count()).select_from(jobs)) == 12
    assert workspace.audit.verify(workspace.database).ok
    assert {status(workspace, action) for action in several} == {Status.APPROVED}


def test_an_item_that_changed_since_it_was_shown_is_left_out_and_stops_nobody(workspace: Workspace, several: list[Action]) -> None:
    items = shown(several)
    decide.edit(workspace, several[3].id, by="mara", changes={"body": "Ask for the name alone."}, **about(several[3]))
    decide.reject(workspace, several[5].id, by="mara", reason="Not now", **about(several[5]))

    done = approve_many(workspace, items, by="theo")

    assert {left.id for left in done.left} == {several[3].id, several[5].id}
    assert all("no longer what you saw" in left.why or "rejected already" in left.why for left in done.left)
    assert len(done.decided) == 10
    assert (status(workspace, several[3]), status(workspace, several[5])) == (Status.QUEUED, Status.REJECTED)
    assert workspace.audit.verify(workspace.database).ok


def test_what_has_a_finding_or_a_high_risk_is_looked_at_alone(workspace: Workspace, put: Put) -> None:
    calm = put()
    risky = put(proposal(subject="/risky", risk=Risk.HIGH))
    weighed = put(proposal(subject="/hip", content={"body": "Our surgeons are among the best in the state."}))
    assert weighed.verdict != "pass"

    done = approve_many(workspace, shown([calm, risky, weighed]), by="theo")

    assert done.decided == (calm.id,)
    assert {left.id for left in done.left} == {risky.id, weighed.id}


def test_a_rule_that_objects_only_now_leaves_its_item_out(workspace: Workspace, put: Put, catalogue: Catalogue) -> None:
    """What was checked when it was queued is checked again: the rules of today count."""
    calm = put()
    other = put(proposal(subject="/other", content={"body": "Say story first, then ask for name and phone."}))
    stricter = catalogue_of((rule("OWN-STORY", "story", "needs_review", "consent"),), catalogue.limits)

    done = approve_many(replace(workspace, catalogue=stricter), shown([calm, other]), by="theo")

    assert done.decided == (calm.id,)
    assert [left.id for left in done.left] == [other.id]
    assert "OWN-STORY objects since it was queued" in done.left[0].why


def test_where_two_must_agree_the_first_batch_counts_and_the_second_decides(workspace: Workspace, several: list[Action]) -> None:
    ws = with_policy(workspace, {"kinds": ["landing_page_fix"], "roles": ["marketing", "compliance"], "four_eyes": True})

    first = approve_many(ws, shown(several), by="theo")
    again = approve_many(ws, shown(several), by="theo")
    second = approve_many(ws, shown(several), by="inez")

    assert (len(first.counted), len(first.decided)) == (12, 0)
    assert len(again.left) == 12
    assert len(second.decided) == 12


def test_a_batch_of_several_kinds_too_many_or_none_is_refused_whole(workspace: Workspace, put: Put) -> None:
    page = put()
    words = put(proposal(ActionKind.NEGATIVE_KEYWORDS, subject="knee", content=Content(title="Words", body="jobs").model_dump()))

    with pytest.raises(NotDecidable, match="2 kinds"):
        approve_many(workspace, shown([page, words]), by="theo")
    with pytest.raises(NotDecidable, match="no item was chosen"):
        approve_many(workspace, [], by="theo")
    with pytest.raises(NotDecidable, match="too many"):
        reject_many(workspace, [Item(ActionId(f"A-{n}"), 1, "h") for n in range(MOST + 1)], by="theo", reason="no")
    with pytest.raises(NotDecidable, match="needs a reason"):
        reject_many(workspace, shown([page]), by="theo", reason=" ")

    assert status(workspace, page) is Status.QUEUED


def test_a_rejection_gives_every_item_the_reason(workspace: Workspace, several: list[Action]) -> None:
    done = reject_many(workspace, shown(several), by="theo", reason="The campaign ended")

    assert len(done.decided) == 12
    with workspace.database.read() as connection:
        assert set(connection.scalars(select(decisions.c.reason))) == {"The campaign ended"}


def test_two_people_with_the_same_batch_decide_each_item_once(workspace: Workspace, several: list[Action]) -> None:
    start = threading.Barrier(2)
    results: list[Batch] = []

    def click(by: str) -> None:
        start.wait()
        results.append(approve_many(workspace, shown(several), by=by))

    clicks = [threading.Thread(target=click, args=(by,)) for by in ("theo", "inez")]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()

    decided = [id_ for result in results for id_ in result.decided]
    assert sorted(decided) == sorted(action.id for action in several)
    assert sum(len(result.left) for result in results) == 12
    assert workspace.audit.verify(workspace.database).ok
