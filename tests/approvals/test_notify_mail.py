"""Notices by mail: one digest, one Message-ID however often it is tried, links and nothing of any content."""

import re
from email import message_from_bytes
from email.message import Message

import pytest
from sqlalchemy import select

from approvals.notify import egress_of
from policies.notice_times import Medium, Mode
from policies.notices import NoticeKind, WeeklyBrief, Words, item_line, items_of
from tests.approvals.conftest import Hand, Put, proposal
from tests.approvals.telling import DESK, prefer, reachable, work
from tests.approvals.test_notices import finished_run
from tests.policies.test_notices import EVERY, said
from tests.servers.smtp import SmtpServer
from tools.errors import EgressRefused
from tools.notify.email import EmailSender
from tools.notify.port import Entry, Item, Letter
from tools.store import notices as kept
from tools.store.action_tables import egress_log
from tools.store.audit import Event, entries
from tools.workspace import Workspace


@pytest.fixture
def ws(workspace: Workspace, mail: SmtpServer) -> Workspace:
    """Only Inez (compliance) is told by mail."""
    ws = reachable(workspace, smtp_port=mail.port)
    for person in ("mara", "theo", "sam", "pia", "ada"):
        prefer(ws, person, Mode.OFF)
    return ws


def parts(raw: bytes) -> tuple[Message, str, str]:
    message = message_from_bytes(raw)
    text, html = [part.get_payload(decode=True).decode() for part in message.walk() if not part.is_multipart()]  # type: ignore[union-attr]
    return message, text, html


def status(ws: Workspace) -> list[tuple[str, str | None]]:
    row = kept.notice_deliveries.c
    with ws.database.read() as connection:
        return [tuple(one) for one in connection.execute(select(row.status, row.error).order_by(row.id))]


def test_a_digest_comes_at_its_hour_with_all_there_is(ws: Workspace, clock: Hand, put: Put, mail: SmtpServer) -> None:
    finished_run(ws, put, proposal(subject="/a"), proposal(subject="/b"))
    assert work(ws) == 0  # 04:00 in New York
    finished_run(ws, put, proposal(subject="/c"))
    assert work(ws) == 0
    clock.forward(hours=4)

    assert work(ws) == 1

    message, text, html = parts(mail.messages[0])
    assert mail.recipients == ["inez@larkfield.example.com"]
    assert message["Subject"] == "2 notices from the desk"
    assert re.fullmatch(r"<D-[0-9a-f]{24}@larkfield\.example\.com>", message["Message-ID"])
    assert message["Auto-Submitted"] == "auto-generated"
    for body in (text, html):
        assert "2 items wait for your decision" in body
        assert f"{DESK}/queue" in body
        assert f"{DESK}/notices/settings" in body
        assert "Make the form shorter" not in body
        assert "/knee" not in body
    assert "src=" not in html
    assert status(ws) == [("sent", None), ("sent", None)]


def test_at_once_is_at_once(ws: Workspace, put: Put, mail: SmtpServer) -> None:
    prefer(ws, "inez", Mode.AT_ONCE, Medium.EMAIL)
    run = finished_run(ws, put, proposal())

    assert work(ws) == 1
    assert work(ws) == 0

    message, text, _ = parts(mail.messages[0])
    assert message["Subject"] == "Fix a landing page"
    assert "It waits for your decision" in text
    assert run not in text


def test_a_crash_after_the_server_s_yes_sends_the_same_message_again(ws: Workspace, clock: Hand, put: Put, mail: SmtpServer) -> None:
    mail.manner = "hang_up_after_data"
    prefer(ws, "inez", Mode.AT_ONCE, Medium.EMAIL)
    finished_run(ws, put, proposal())
    work(ws)
    assert status(ws)[0][0] == "waiting"

    mail.manner = "accept"
    assert work(ws) == 0  # not before its time
    clock.forward(minutes=2)
    assert work(ws) == 1

    assert len(mail.messages) == 2
    first, second = (parts(raw)[0] for raw in mail.messages)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]
    assert status(ws) == [("sent", None)]


def test_a_server_that_stays_down_ends_in_a_line_for_a_person(ws: Workspace, clock: Hand, put: Put, mail: SmtpServer) -> None:
    mail.manner = "hang_up_early"
    prefer(ws, "inez", Mode.AT_ONCE, Medium.EMAIL)
    finished_run(ws, put, proposal())
    tries = 0
    for _ in range(20):
        tries += work(ws)
        clock.forward(hours=3)

    assert tries == kept.MOST_ATTEMPTS
    with ws.database.read() as connection:
        (dead,) = kept.dead_deliveries(connection)
        assert [entry.actor for entry in entries(connection, limit=5) if entry.event == Event.NOTICE_FAIL] == ["worker"]
    assert dead.person == "inez"
    assert "check notifications.smtp" in dead.error
    assert "@" not in dead.error

    mail.manner = "accept"
    with ws.database.write() as connection:
        assert kept.revive(connection, now=clock()) == 1
    work(ws)
    assert len(mail.messages) == 1


def test_an_address_the_server_refuses_is_not_tried_again(ws: Workspace, put: Put, mail: SmtpServer) -> None:
    mail.manner = "refuse_recipient"
    prefer(ws, "inez", Mode.AT_ONCE, Medium.EMAIL)
    finished_run(ws, put, proposal())
    work(ws)

    ((state, error),) = status(ws)
    assert state == "dead"
    assert error is not None
    assert "550" in error


def test_the_guard_lets_every_kind_of_notice_pass(ws: Workspace, mail: SmtpServer) -> None:
    entries_ = tuple(
        Entry(f"n{number}", said(one), tuple(Item(item.action, item.version, item_line(item)) for item in items_of(one)))
        for number, one in enumerate(EVERY)
    )
    letter = Letter("N-" + "0a" * 12, ws.clock(), "14 notices from the desk", "Larkfield Joint Care", "Inez Okafor", entries_, 3, DESK)
    relay = ws.practice.mail_relay()
    assert relay is not None

    EmailSender(relay, egress_of(ws), username=None, password=None).send(letter, to="inez@larkfield.example.com")

    assert len(mail.messages) == 1


@pytest.mark.parametrize("slipped", ["Call Quilla Fenwright at 813-555-0142", "MRN 00482213", "quilla@example.org", "born 4 May 1961"])
def test_the_guard_refuses_what_no_notice_should_hold(ws: Workspace, mail: SmtpServer, slipped: str) -> None:
    letter = Letter(
        "N-" + "0a" * 12, ws.clock(), "A notice", "Larkfield", "Inez Okafor", (Entry("n1", Words("Item", slipped, "/queue")),), 0, DESK
    )
    relay = ws.practice.mail_relay()
    assert relay is not None

    with pytest.raises(EgressRefused) as refused:
        EmailSender(relay, egress_of(ws), username=None, password=None).send(letter, to="inez@larkfield.example.com")

    assert mail.messages == []
    assert slipped not in str(refused.value)


def test_every_mail_passes_the_guard_and_leaves_its_line(ws: Workspace, put: Put, mail: SmtpServer) -> None:
    prefer(ws, "inez", Mode.AT_ONCE, Medium.EMAIL)
    finished_run(ws, put, proposal(), proposal(subject="/hip"))
    work(ws)

    with ws.database.read() as connection:
        lines = connection.execute(select(egress_log.c.destination, egress_log.c.allowed)).all()
    assert lines == [("notification:email", True)]


def test_the_brief_of_a_week_that_is_over_comes_once_at_the_hour_of_the_digest(
    ws: Workspace, clock: Hand, put: Put, mail: SmtpServer
) -> None:
    prefer(ws, "mara", Mode.DIGEST, Medium.EMAIL, kind=NoticeKind.WEEKLY_BRIEF)
    assert work(ws) == 0  # Monday 2 March, 04:00 in New York: nobody has begun a week yet
    put(proposal(subject="/knee", content={"title": "Ask Quilla Fenwright", "body": "quilla@example.org"}))
    clock.forward(days=6, hours=20)
    assert work(ws) == 0  # Monday 9 March, 01:00
    clock.forward(hours=7, minutes=1)

    assert work(ws) == 1
    assert work(ws) == 0

    assert status(ws) == [("sent", None)]
    message, text, html = parts(mail.messages[0])
    assert mail.recipients == ["mara@larkfield.example.com"]
    assert message["Subject"] == "Larkfield Joint Care: week 2026-W10, 1 item waits for you"
    assert re.fullmatch(r"<N-[0-9a-f]{24}@larkfield\.example\.com>", message["Message-ID"])
    for body in (text, html):
        assert f"{DESK}/brief?week=2026-W10" in body
        assert "Quilla" not in body
    with ws.database.read() as connection:
        told = [one.notice for one in kept.page_of(connection, "theo") if isinstance(one.notice, WeeklyBrief)]
    assert [(one.done, one.waiting, one.since.date().isoformat()) for one in told] == [(0, 1, "2026-03-02")]


def test_an_installation_that_was_off_for_weeks_is_told_of_the_last_one(ws: Workspace, clock: Hand, mail: SmtpServer) -> None:
    prefer(ws, "mara", Mode.DIGEST, Medium.EMAIL, kind=NoticeKind.WEEKLY_BRIEF)
    work(ws)
    clock.forward(days=21)

    work(ws)
    clock.forward(hours=10)
    work(ws)

    assert [parts(raw)[0]["Subject"].split(",")[0] for raw in mail.messages] == ["Larkfield Joint Care: week 2026-W12"]
