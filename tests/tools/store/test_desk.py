"""What the desk lists, on both engines: order, paging, neighbours and counts."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from policies.actions import Action, ActionKind, Content, Risk, Status, Verdict, action_id, content_hash
from policies.records import Channel
from tools.store.action_tables import decisions, human_tasks
from tools.store.actions import insert_action
from tools.store.database import Database
from tools.store.desk import Redraft, last_redraft, open_dead_letters, proposed_counts, task_counts
from tools.store.queue import Decider, Filters, Listed, counts, listed_count, neighbours, queue_page
from tools.store.tables import dead_letters, jobs

RISKS = (Risk.LOW, Risk.HIGH, Risk.MEDIUM)


def action(
    number: int,
    now: datetime,
    *,
    status: Status = Status.QUEUED,
    channel: Channel = Channel.SEARCH,
    kind: ActionKind = ActionKind.NEGATIVE_KEYWORDS,
    author: str = "agent",
) -> Action:
    """Three in a row share a moment; risks alternate."""
    subject, period = f"campaign-{number}", "2026-03"
    content = Content(title=f"Item {number}", body="jobs")
    made = now + timedelta(minutes=number // 3)
    return Action(
        id=action_id(kind, channel, subject, period),
        kind=kind,
        channel=channel,
        subject=subject,
        period=period,
        status=status,
        version=1,
        content=content,
        content_hash=content_hash(kind, channel, subject, period, content),
        verdict=Verdict.NEEDS_REVIEW if number % 2 else Verdict.PASS,
        risk=RISKS[number % 3],
        money_usd=10.0,
        author=author,
        created_at=made,
        updated_at=made,
        expires_at=made + timedelta(days=14),
    )


@pytest.fixture
def filled(database: Database, now: datetime) -> list[Action]:
    """Twenty waiting items, two blocked, in the order the queue must have."""
    waiting = [action(number, now, channel=Channel.EMAIL if number % 4 == 0 else Channel.SEARCH) for number in range(20)]
    blocked = [action(number, now, status=Status.BLOCKED) for number in (30, 31)]
    with database.write() as connection:
        for one in waiting + blocked:
            assert insert_action(connection, one, pack="p")
    order = [Risk.HIGH, Risk.MEDIUM, Risk.LOW]
    return sorted(waiting, key=lambda one: (order.index(one.risk), one.created_at, one.id))


def test_the_riskiest_come_first_and_the_oldest_of_them_before_the_newer(database: Database, filled: list[Action]) -> None:
    with database.read() as connection:
        page = queue_page(connection, Filters())

    assert [row.id for row in page.rows] == [one.id for one in filled]
    assert page.rows[0].title == filled[0].content.title
    assert page.after is None


@pytest.mark.parametrize("limit", [1, 3, 7, 20])
def test_pages_follow_each_other_without_gap_or_repeat(database: Database, filled: list[Action], limit: int) -> None:
    seen: list[str] = []
    after = None
    with database.read() as connection:
        while True:
            page = queue_page(connection, Filters(), after=after, limit=limit)
            assert len(page.rows) <= limit
            seen += [row.id for row in page.rows]
            after = page.after
            if after is None:
                break

    assert seen == [one.id for one in filled]


@pytest.mark.parametrize("cursor", ["", "nonsense", "0~yesterday~A-1", "x~2026-03-02T09:00:00+00:00~1~A-1", "0~2026-03-02T09:00:00~1~A-1"])
def test_a_broken_cursor_starts_at_the_front(database: Database, filled: list[Action], cursor: str) -> None:
    with database.read() as connection:
        assert queue_page(connection, Filters(), after=cursor, limit=1).rows[0].id == filled[0].id


def test_every_item_knows_the_one_before_and_after_it_in_the_same_list(database: Database, filled: list[Action]) -> None:
    ids: list[str | None] = [None, *(one.id for one in filled), None]
    with database.read() as connection:
        for place, one in enumerate(filled, 1):
            assert neighbours(connection, Filters(), one.id) == (ids[place - 1], ids[place + 1])
        assert neighbours(connection, Filters(), "A-none") == (None, None)


def test_an_item_that_has_left_the_list_still_leads_to_the_next(database: Database, filled: list[Action], now: datetime) -> None:
    gone = action(30, now)
    later = [one.id for one in filled if (one.risk, one.created_at) > (gone.risk, gone.created_at) and one.risk == gone.risk]

    with database.read() as connection:
        _, after = neighbours(connection, Filters(), gone.id)

    assert after == next(iter(later), None)


def test_filters_narrow_the_list(database: Database, filled: list[Action]) -> None:
    with database.read() as connection:
        mail = queue_page(connection, Filters(channel=Channel.EMAIL))
        high = queue_page(connection, Filters(risk=Risk.HIGH))
        blocked = queue_page(connection, Filters(shelf="blocked"))
        none = queue_page(connection, Filters(kind=ActionKind.BUDGET_SHIFT))

    assert {row.channel for row in mail.rows} == {Channel.EMAIL}
    assert {row.risk for row in high.rows} == {Risk.HIGH}
    assert len(blocked.rows) == 2
    assert none.rows == ()


def test_of_one_moment_and_risk_the_handoff_goes_first_and_pages_keep_that_order(database: Database, now: datetime) -> None:
    same = [action(number * 3, now - timedelta(minutes=number)) for number in range(8)]  # one risk, one moment
    people = [action(300 + number * 3, now - timedelta(minutes=100 + number), kind=ActionKind.MQL_HANDOFF) for number in range(3)]
    with database.write() as connection:
        for one in same + people:
            assert insert_action(connection, one, pack="p")
    seen: list[str] = []
    after = None
    with database.read() as connection:
        while (page := queue_page(connection, Filters(), after=after, limit=2)).rows:
            seen += [row.id for row in page.rows]
            if (after := page.after) is None:
                break
        ids = [*sorted(one.id for one in people), *sorted(one.id for one in same)]
        assert [neighbours(connection, Filters(), one)[1] for one in ids] == [*ids[1:], None]

    assert seen == ids


def test_what_i_can_decide_leaves_out_other_kinds_what_i_approved_and_my_own_text(database: Database, now: datetime) -> None:
    kinds = (ActionKind.NEGATIVE_KEYWORDS, ActionKind.VIDEO_METADATA)
    mara = Decider(person="mara", kinds=kinds, four_eyes=(ActionKind.VIDEO_METADATA,))
    free, approved, own_words = action(0, now), action(1, now), action(2, now, author="mara")
    own_video = action(3, now, kind=ActionKind.VIDEO_METADATA, author="mara")
    video, budget = action(4, now, kind=ActionKind.VIDEO_METADATA), action(5, now, kind=ActionKind.BUDGET_SHIFT)
    with database.write() as connection:
        for one in (free, approved, own_words, own_video, video, budget):
            assert insert_action(connection, one, pack="p")
        decision = {"version": 1, "content_hash": "h", "verdict": "approve", "by": "mara", "role": "marketing", "reason": "", "at": now}
        connection.execute(insert(decisions).values(action=approved.id, **decision))

    with database.read() as connection:
        mine = {row.id for row in queue_page(connection, Filters(mine=mara)).rows}
        assert listed_count(connection, Filters(mine=mara)) == Listed(3, False)
        assert listed_count(connection, Filters(mine=mara, kind=ActionKind.VIDEO_METADATA)) == Listed(1, False)
        assert listed_count(connection, Filters(mine=Decider(person="ada", kinds=()))) == Listed(6, False)

    assert mine == {free.id, own_words.id, video.id}


def test_counts_say_what_waits_and_what_it_weighs(database: Database, filled: list[Action]) -> None:
    with database.read() as connection:
        found = counts(connection)

    assert found.shelves == {"waiting": 20, "blocked": 2, "moving": 0, "attention": 0, "done": 0, "closed": 0}
    assert (found.high_risk, found.needs_review, found.money_usd) == (7, 10, 200.0)


def test_an_empty_house_counts_nothing(database: Database) -> None:
    with database.read() as connection:
        found = counts(connection)
        assert (found.high_risk, found.needs_review, found.money_usd) == (0, 0, 0.0)
        assert task_counts(connection) == {}
        assert proposed_counts(connection, []) == {}
        assert queue_page(connection, Filters()).rows == ()


def test_unreadable_records_are_counted_by_file_and_reason(database: Database, now: datetime) -> None:
    place = {"channel": "search", "source": "segment", "reason": "not JSON", "mend": "export it again", "run": "R-1"}
    sealed = {"key_id": "k1", "nonce": b"n", "ciphertext": b"c"}
    with database.write() as connection:
        for digest, file, status in (
            ("a", "one.jsonl", "open"),
            ("b", "one.jsonl", "open"),
            ("c", "one.jsonl", "replayed"),
            ("d", "two", "open"),
        ):
            connection.execute(insert(dead_letters).values(digest=digest, file=file, status=status, seen_at=now, **place, **sealed))
        connection.execute(
            insert(human_tasks).values(execution="X-1", action="A-1", title="t", body="b", where="w", status="open", created_at=now)
        )

    with database.read() as connection:
        assert [(letters.file, letters.count) for letters in open_dead_letters(connection)] == [("one.jsonl", 2), ("two", 1)]
        assert task_counts(connection) == {"open": 1}


def test_unreadable_records_name_their_first_places_and_nothing_they_held(database: Database, now: datetime) -> None:
    row = {"channel": "search", "source": "segment", "mend": "export it again", "run": "R-1", "seen_at": now}
    row |= {"key_id": "k1", "nonce": b"n", "ciphertext": b"c"}
    places: list[tuple[str, str, int | None, str | None]] = [
        *(("many.jsonl", "not JSON", line, None) for line in (90, 13, 41, 7, 55, 60)),
        ("many.jsonl", "no id", 13, "messageId"),
        ("reviews.json", "no id", None, "reviews[22].reviewId"),
        ("whole.csv", "cut off", None, None),
        ("sealed", "withheld", 4211, None),
    ]
    with database.write() as connection:
        for number, (file, reason, line, field) in enumerate(places):
            connection.execute(insert(dead_letters).values(digest=str(number), file=file, reason=reason, line=line, field=field, **row))

    with database.read() as connection:
        found = {(one.file, one.reason): (one.places, one.count) for one in open_dead_letters(connection)}

    assert found == {
        ("many.jsonl", "not JSON"): (("line 7", "line 13", "line 41", "line 55", "line 60"), 6),
        ("many.jsonl", "no id"): (("line 13, messageId",), 1),
        ("reviews.json", "no id"): (("reviews[22].reviewId",), 1),
        ("whole.csv", "cut off"): ((), 1),
        ("sealed", "withheld"): ((), 1),
    }


def test_the_newest_request_for_another_text_counts(database: Database, now: datetime) -> None:
    with database.write() as connection:
        assert last_redraft(connection, "A-1") is None
        row = {"kind": "redraft", "subject": "A-1", "not_before": now, "created_at": now}
        connection.execute(insert(jobs).values(**row, payload={"version": 1}, status="failed", error="no other"))
        connection.execute(insert(jobs).values(**row, payload={"version": 2}, status="queued"))

        assert last_redraft(connection, "A-1") == Redraft("queued", 2, "")
