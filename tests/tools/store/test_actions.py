"""Actions in the store: the natural key, the one conditional UPDATE, the keyset."""

import threading
from datetime import datetime, timedelta

import pytest

from policies.actions import TRANSITIONS, Action, ActionKind, Content, Risk, Status, Verdict, action_id, content_hash
from policies.records import Channel
from tools.store.actions import Page, Revision, authors, get_action, insert_action, list_actions, shown_of, transition, versions
from tools.store.database import Database


def action(subject: str, now: datetime, *, status: Status = Status.QUEUED, body: str = "b") -> Action:
    key = (ActionKind.LANDING_PAGE_FIX, Channel.SEARCH, subject, "2026-03")
    content = Content(title="t", body=body, fields={"n": 1, "rate": 0.5, "ok": True, "none": None})
    return Action(
        id=action_id(*key),
        kind=key[0],
        channel=key[1],
        subject=subject,
        period=key[3],
        status=status,
        version=1,
        content=content,
        content_hash=content_hash(*key, content),
        verdict=Verdict.PASS,
        risk=Risk.LOW,
        author="agent",
        why=("because",),
        facts={"a": [1, 2]},
        created_at=now,
        updated_at=now,
        expires_at=now + timedelta(days=1),
    )


def store(database: Database, one: Action) -> bool:
    with database.write() as connection:
        return insert_action(connection, one, pack="p@1")


def move(database: Database, one: Action, from_: Status, to: Status, **changes: object) -> bool:
    given = {"version": one.version, "content_hash": one.content_hash, "now": one.created_at, **changes}
    with database.write() as connection:
        return transition(connection, one.id, from_=from_, to=to, **given)  # type: ignore[arg-type]


def test_an_action_comes_back_as_it_was_stored_and_its_natural_key_is_taken(database: Database, now: datetime) -> None:
    one = action("/knee", now)

    assert store(database, one)
    assert not store(database, action("/knee", now, body="another text"))

    with database.read() as connection:
        assert get_action(connection, one.id) == one
        assert [version.pack for version in versions(connection, one.id)] == ["p@1"]


@pytest.mark.parametrize("from_", list(Status))
@pytest.mark.parametrize("to", list(Status))
def test_only_listed_moves_are_made(sqlite_database: Database, now: datetime, from_: Status, to: Status) -> None:
    one = action("/knee", now, status=from_)
    store(sqlite_database, one)

    if to in TRANSITIONS[from_]:
        assert move(sqlite_database, one, from_, to)
        assert not move(sqlite_database, one, from_, to)
    else:
        with pytest.raises(ValueError, match="not a move"):
            move(sqlite_database, one, from_, to)


@pytest.mark.parametrize("stale", [{"version": 2}, {"content_hash": "0" * 64}])
def test_a_move_is_about_one_version_and_one_hash(database: Database, now: datetime, stale: dict[str, object]) -> None:
    one = action("/knee", now)
    store(database, one)

    assert not move(database, one, Status.QUEUED, Status.APPROVED, **stale)
    assert not move(database, one, Status.BLOCKED, Status.QUEUED)

    with database.read() as connection:
        assert get_action(connection, one.id) == one


def test_of_many_simultaneous_moves_one_is_made(database: Database, now: datetime) -> None:
    one = action("/knee", now)
    store(database, one)
    won: list[bool] = []
    start = threading.Barrier(4)

    def race() -> None:
        start.wait()
        won.append(move(database, one, Status.QUEUED, Status.APPROVED))

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(won) == [False, False, False, True]


def test_a_queued_action_stays_queued_only_with_a_new_version(database: Database, now: datetime) -> None:
    one = action("/knee", now)
    store(database, one)
    with pytest.raises(ValueError, match="not a move"):
        move(database, one, Status.QUEUED, Status.QUEUED)

    revision = Revision(2, "f" * 64, Verdict.PASS, one.expires_at, shown_of(one))

    assert move(database, one, Status.QUEUED, Status.QUEUED, revision=revision)
    assert not move(database, one, Status.QUEUED, Status.QUEUED, revision=revision)


def test_pages_follow_one_another_without_gap_or_repetition(database: Database, now: datetime) -> None:
    for number in range(7):
        store(database, action(f"/page/{number}", now + timedelta(seconds=number // 3)))
    found: list[Action] = []
    after: Page | None = None

    while True:
        with database.read() as connection:
            page = list_actions(connection, statuses=[Status.QUEUED], after=after, limit=2)
        if not page:
            break
        found += page
        after = Page(page[-1].created_at, page[-1].id)

    assert len({one.id for one in found}) == len(found) == 7
    assert [(one.created_at, one.id) for one in found] == sorted((one.created_at, one.id) for one in found)


def test_filters_narrow_the_list(database: Database, now: datetime) -> None:
    store(database, action("/knee", now))

    with database.read() as connection:
        assert len(list_actions(connection, channel=Channel.SEARCH, kind=ActionKind.LANDING_PAGE_FIX, risk=Risk.LOW)) == 1
        assert list_actions(connection, channel=Channel.EMAIL) == []
        assert list_actions(connection, statuses=[Status.DONE]) == []
        assert authors(connection, action("/knee", now).id) == {"agent"}
