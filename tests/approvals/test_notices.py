"""Who is told what: from the audit log, once, only what is still so, by what each person chose."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from approvals import decide, pause
from approvals.execute import run_steps
from approvals.notices import tell_all
from approvals.queue import enqueue, expire_due, list_actions
from policies.actions import ActionKind
from policies.notice_times import Choice, Medium, Mode, Preferences
from policies.notices import ItemsExpireSoon, ItemsWait, NoticeKind
from policies.records import Channel, LeadId
from tests.approvals.conftest import BODY, Hand, Put, about, handoff, proposal, seen, with_practice
from tests.approvals.executing import with_webhook
from tools.practice import Practice
from tools.store import notices as kept
from tools.store import runs
from tools.store.audit import Event
from tools.store.notice_tables import notice_deliveries
from tools.store.notices import TEAM, Told
from tools.workspace import Workspace

REACHED = {
    "notifications": {
        "desk_url": "https://desk.larkfield.example.com",
        "smtp": {"host": "127.0.0.1", "sender": "desk@larkfield.example.com", "starttls": False},
        "slack": {"bot_token_env": "SLACK_TOKEN", "signing_secret_env": "SLACK_SECRET", "channel": "C0LARKFIELD"},
    },
    "people": [
        {**person, "email": f"{person['username']}@larkfield.example.com", "slack_user": f"U0LARK{number:03}"}
        for number, person in enumerate(BODY["people"])
    ],
}


def told(ws: Workspace, person: str) -> list[Told]:
    with ws.database.read() as connection:
        return kept.page_of(connection, person)


def kinds(ws: Workspace, person: str) -> list[str]:
    return [one.notice.kind.value for one in told(ws, person)]


def deliveries(ws: Workspace, person: str) -> list[tuple[str, str, str]]:
    row = notice_deliveries.c
    with ws.database.read() as connection:
        found = connection.execute(select(row.medium, row.mode, row.status).where(row.person == person).order_by(row.id))
        return [tuple(one) for one in found]


def finished_run(ws: Workspace, put: Put, *whats: Any, **channels: str) -> str:
    """A run that queued these, with what became of each channel."""
    summary = {"channels": {name: {"status": status} for name, status in (channels or {"search": "ok"}).items()}}
    with ws.database.write() as connection:
        run = runs.start_run(connection, (Channel.SEARCH,), as_of=ws.clock(), trigger="cli")
        assert run is not None
        for what in whats:
            enqueue(ws, connection, what, run=run.id, now=ws.clock())
        runs.finish_run(connection, run.id, status="done", at=ws.clock(), summary=summary)
        ws.audit.append(connection, event=Event.RUN_FINISH, actor="agent", subject=run.id, at=ws.clock())
    return run.id


def test_a_run_tells_each_person_once_of_what_they_may_decide(workspace: Workspace, put: Put) -> None:
    run = finished_run(workspace, put, proposal(subject="/knee"), proposal(subject="/hip"))

    assert tell_all(workspace) == 3

    (theo,) = told(workspace, "theo")
    assert isinstance(theo.notice, ItemsWait)
    assert (theo.notice.run, theo.notice.count) == (run, 2)
    assert kinds(workspace, "inez") == ["items_wait"]
    assert kinds(workspace, "sam") == []  # sales may not approve a landing page
    assert tell_all(workspace) == 0


def test_telling_twice_of_the_same_rows_tells_once(workspace: Workspace, put: Put) -> None:
    finished_run(workspace, put, proposal())
    tell_all(workspace)
    with workspace.database.write() as connection:
        kept.move_cursor(connection, 0)  # as after a crash that lost the cursor

    assert tell_all(workspace) == 0
    assert len(told(workspace, "theo")) == 1


def test_what_was_decided_meanwhile_is_not_told(workspace: Workspace, put: Put) -> None:
    finished_run(workspace, put, proposal())
    with workspace.database.read() as connection:
        (action,) = list_actions(connection)
    decide.approve(workspace, action.id, by="theo", **about(action))

    tell_all(workspace)

    assert kinds(workspace, "inez") == []


def test_an_edited_item_is_told_to_everybody_but_its_editor(workspace: Workspace, put: Put) -> None:
    action = put()
    decide.edit(workspace, action.id, by="theo", changes={"title": "Make the form two fields"}, **about(action))

    tell_all(workspace)

    assert kinds(workspace, "theo") == []
    assert kinds(workspace, "inez") == ["items_wait"]


def test_the_first_of_two_approvals_asks_for_the_second(workspace: Workspace, put: Put) -> None:
    action = put(proposal(ActionKind.VIDEO_METADATA, "video-1"))
    decide.approve(workspace, action.id, by="theo", **about(action))

    tell_all(workspace)

    (inez,) = told(workspace, "inez")
    assert isinstance(inez.notice, ItemsWait)
    assert inez.notice.second_look
    assert kinds(workspace, "theo") == []


def test_items_that_expire_within_a_day_are_told_once(workspace: Workspace, clock: Hand, put: Put) -> None:
    put(proposal(subject="/a"))
    put(proposal(subject="/b"))
    tell_all(workspace)
    assert kinds(workspace, "theo") == []

    clock.forward(days=13, minutes=1)
    assert tell_all(workspace) == 5  # marketing twice, compliance once; and the brief of the week, marketing twice
    clock.forward(minutes=1)
    assert tell_all(workspace) == 0

    (theo,) = [one.notice for one in told(workspace, "theo") if isinstance(one.notice, ItemsExpireSoon)]
    assert theo.count == 2
    clock.forward(days=1)
    assert len(expire_due(workspace)) == 2
    assert tell_all(workspace) == 2  # the next brief alone


def test_a_channel_that_stays_degraded_is_told_once(workspace: Workspace, clock: Hand, put: Put) -> None:
    for status in ("ok", "degraded", "degraded", "ok", "degraded"):
        clock.forward(hours=1)
        finished_run(workspace, put, search=status)
        tell_all(workspace)

    assert kinds(workspace, "theo") == ["channel_degraded", "channel_degraded"]
    assert kinds(workspace, "inez") == []


def test_a_pause_is_told_to_the_others_and_its_end_too(workspace: Workspace) -> None:
    pause.pause(workspace, "all", by="mara", reason="a claim is wrong")
    tell_all(workspace)
    pause.resume(workspace, "all", by="theo")
    tell_all(workspace)

    assert kinds(workspace, "mara") == ["resumed"]
    assert kinds(workspace, "theo") == ["paused"]
    assert "a claim is wrong" not in str(told(workspace, "inez"))  # a person's words stay in the desk


def test_a_pause_that_was_lifted_before_anybody_looked_is_no_news(workspace: Workspace) -> None:
    pause.pause(workspace, "all", by="mara", reason="a test")
    pause.resume(workspace, "all", by="mara")

    tell_all(workspace)

    assert kinds(workspace, "theo") == ["resumed"]


def test_a_lead_in_the_inbox_is_told_to_sales_without_saying_whose(workspace: Workspace, put: Put, lead: LeadId) -> None:
    action = put(handoff())
    decide.approve(workspace, action.id, by="theo", **about(action))
    assert run_steps(workspace, action.id) == "done"

    tell_all(workspace)

    (sam,) = told(workspace, "sam")
    assert sam.notice.kind is NoticeKind.HANDOFF_WAITS
    assert lead not in sam.notice.model_dump_json()
    assert kinds(workspace, "inez") == []


def test_a_failure_is_told_to_whoever_approved_it(workspace: Workspace, put: Put, lead: LeadId) -> None:
    ws = with_webhook(workspace, "http://127.0.0.1:9/closed")
    action = put(handoff(), ws=ws)
    decide.approve(ws, action.id, by="sam", **about(action))
    run_steps(ws, action.id)
    assert seen(ws, action).status == "failed"

    tell_all(ws)

    assert NoticeKind.EXECUTION_FAILED.value in kinds(ws, "sam")
    assert NoticeKind.EXECUTION_FAILED.value in kinds(ws, "mara")
    assert NoticeKind.EXECUTION_FAILED.value not in kinds(ws, "inez")


# --- by what


def test_the_defaults_of_a_role_choose_mail_and_slack(workspace: Workspace, put: Put) -> None:
    ws = with_practice(workspace, **REACHED)
    finished_run(ws, put, proposal())
    tell_all(ws)

    assert deliveries(ws, "theo") == [("email", "digest", "waiting"), ("slack", "digest", "waiting")]
    assert deliveries(ws, TEAM) == [("slack", "at_once", "waiting")]


def test_nothing_is_planned_where_nothing_can_carry_it(workspace: Workspace, put: Put) -> None:
    finished_run(workspace, put, proposal())
    tell_all(workspace)

    assert len(told(workspace, "theo")) == 1
    assert deliveries(workspace, "theo") == []


def test_a_person_s_own_choice_counts(workspace: Workspace, put: Put) -> None:
    ws = with_practice(workspace, **REACHED)
    chosen = Preferences(choices={NoticeKind.ITEMS_WAIT: Choice(mode=Mode.AT_ONCE, media=(Medium.SLACK,))})
    with ws.database.write() as connection:
        kept.save_preferences(connection, "theo", chosen, at=ws.clock())
        kept.save_preferences(connection, "inez", Preferences(), at=ws.clock())
    finished_run(ws, put, proposal())
    tell_all(ws)

    assert deliveries(ws, "theo") == [("slack", "at_once", "waiting")]
    assert deliveries(ws, "inez") == []
    assert kinds(ws, "inez") == ["items_wait"]


def test_somebody_away_gets_one_digest_after_their_return(workspace: Workspace, put: Put) -> None:
    back = workspace.clock() + timedelta(days=3)
    people = [{**one, "absent_until": back.isoformat()} if one["username"] == "theo" else one for one in REACHED["people"]]  # type: ignore[attr-defined]
    ws = with_practice(workspace, **{**REACHED, "people": people})
    pause.pause(ws, "all", by="mara", reason="a test")
    tell_all(ws)

    row = notice_deliveries.c
    with ws.database.read() as connection:
        found = connection.execute(select(row.mode, row.next_at).where(row.person == "theo")).all()
    assert {one.mode for one in found} == {"digest"}
    assert all(one.next_at > back for one in found)


# --- the store


def test_old_notices_are_forgotten_with_their_deliveries(workspace: Workspace, clock: Hand, put: Put) -> None:
    ws = with_practice(workspace, **REACHED)
    finished_run(ws, put, proposal())
    tell_all(ws)
    clock.forward(days=91)

    with ws.database.write() as connection:
        kept.prune(connection, now=clock(), limit=10)

    assert told(ws, "theo") == []
    with ws.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(notice_deliveries)) == 0


def test_two_people_with_one_slack_member_are_refused(workspace: Workspace) -> None:
    people = [{**person, "slack_user": "U0LARK001"} for person in BODY["people"]]

    with pytest.raises(ValueError, match="share one slack_user"):
        Practice.model_validate({**BODY, "people": people})


def test_links_need_a_desk_to_lead_to(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="desk_url is missing"):
        Practice.model_validate({**BODY, "notifications": {"smtp": {"host": "mail.example.org", "sender": "desk@example.org"}}})


@pytest.mark.parametrize(
    "url", ["http://desk.example.org", "https://desk.example.org/?next=1", "https://me@desk.example.org", "desk.example.org"]
)
def test_a_desk_address_is_https_and_nothing_else(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        Practice.model_validate({**BODY, "notifications": {"desk_url": url}})
