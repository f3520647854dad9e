"""The queue's list on both engines: a search, narrowing and counting against the plain answer, and plans that do not read the whole table."""

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from policies.actions import Action, ActionKind, Content, Risk, Status, Verdict
from policies.records import Channel
from tests.tools.store.test_desk import action
from tools.store import queue, tally
from tools.store.action_tables import action_versions, actions, decisions
from tools.store.actions import Page, Revision, insert_action, list_actions, shown_of, transition
from tools.store.database import Database
from tools.store.queue import SHELVES, Decider, Filters, _listed, counts, listed_count, neighbours, queue_page, tally_of
from tools.store.tally import ACTIONS, add_up

KINDS = (ActionKind.NEGATIVE_KEYWORDS, ActionKind.VIDEO_METADATA, ActionKind.MQL_HANDOFF)
MOVES = {
    Status.QUEUED: (Status.APPROVED, Status.REJECTED, Status.EXPIRED, Status.BLOCKED),
    Status.APPROVED: (Status.CLAIMED, Status.QUEUED),
    Status.CLAIMED: (Status.DONE, Status.FAILED, Status.UNKNOWN),
    Status.BLOCKED: (Status.QUEUED, Status.REJECTED),
    Status.FAILED: (Status.QUEUED,),
}


def lived(database: Database, now: datetime, *, seed: int, items: int = 60, moves: int = 90) -> list[Action]:
    """Actions of several kinds that moved about, as they would over weeks."""
    dice = random.Random(seed)
    made = [action(n, now, kind=dice.choice(KINDS), channel=dice.choice((Channel.SEARCH, Channel.EMAIL))) for n in range(items)]
    with database.write() as connection:
        for one in made:
            assert insert_action(connection, one, pack="p")
        for step in range(moves):
            one = dice.choice(made)
            row = connection.execute(select(actions.c.status, actions.c.version).where(actions.c.id == one.id)).one()
            if not (choices := MOVES.get(Status(row.status))):
                continue
            at = now + timedelta(hours=step)
            to = dice.choice(choices)
            assert transition(
                connection, one.id, from_=Status(row.status), to=to, version=row.version, content_hash=one.content_hash, now=at
            )
    return made


@pytest.mark.parametrize("seed", range(3))
def test_counts_and_pages_agree_with_the_rows_after_any_moves(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(tally, "LOOSE_ROWS", 50)
    lived(database, now, seed=seed)
    with database.write() as connection:
        add_up(connection, ACTIONS)
    with database.read() as connection:
        rows = connection.execute(select(actions)).all()
        for shelf, statuses in SHELVES.items():
            for channel in (None, Channel.EMAIL):
                for kind in (None, ActionKind.VIDEO_METADATA):
                    for risk in (None, Risk.HIGH):
                        filters = Filters(shelf=shelf, channel=channel, kind=kind, risk=risk)
                        wanted = [
                            row
                            for row in rows
                            if row.status in statuses
                            and (channel is None or row.channel == channel)
                            and (kind is None or row.kind == kind)
                            and (risk is None or row.risk == risk)
                        ]
                        seen: list[str] = []
                        after = None
                        while True:
                            page = queue_page(connection, filters, after=after, limit=7)
                            seen += [row.id for row in page.rows]
                            if (after := page.after) is None:
                                break
                        assert seen == [row.id for row in sorted(wanted, key=lambda row: (row.place, row.id))]
                        assert listed_count(connection, filters) == (len(wanted), False)
            assert counts(connection).shelves[shelf] == sum(row.status in statuses for row in rows)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("window", "most"), [(1200, 1000), (4, 3), (4, 1000)])
def test_what_one_can_decide_is_listed_and_counted_as_the_rows_say(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch, seed: int, window: int, most: int
) -> None:
    monkeypatch.setattr(queue, "WINDOW", window)
    monkeypatch.setattr(queue, "MOST", most)
    dice = random.Random(seed)
    made = lived(database, now, seed=seed, moves=40)
    approved = {one.id for one in made if dice.random() < 0.3}
    wrote = {one.id for one in made if dice.random() < 0.3}
    said = {"version": 1, "verdict": "approve", "role": "marketing", "reason": "", "at": now}
    with database.write() as connection:
        for one in made:
            row = {"action": one.id, "content_hash": one.content_hash, **said}
            connection.execute(insert(decisions), [{**row, "by": by} for by in ("theo", *(["mara"] if one.id in approved else []))])
            if one.id in wrote:
                connection.execute(update(action_versions).where(action_versions.c.action == one.id).values(author="mara"))
    mara = Decider(person="mara", kinds=(KINDS[0], KINDS[1]), four_eyes=(KINDS[1],))

    with database.read() as connection:
        rows = connection.execute(select(actions).where(actions.c.status == "queued").order_by(actions.c.place, actions.c.id)).all()
        for kind in (None, KINDS[0], KINDS[1]):
            filters = Filters(kind=kind, mine=mara)
            wanted = [
                row.id
                for row in rows
                if row.kind in mara.kinds
                and (kind is None or row.kind == kind)
                and row.id not in approved
                and not (row.kind in mara.four_eyes and row.id in wrote)
            ]
            assert [row.id for row in queue_page(connection, filters, limit=100).rows] == wanted
            assert listed_count(connection, filters) == (min(len(wanted), most), len(wanted) > most)


def test_what_is_over_is_listed_latest_first(database: Database, now: datetime) -> None:
    lived(database, now, seed=7, moves=600)
    with database.read() as connection:
        for shelf in ("done", "closed"):
            ended = [row.updated_at for row in queue_page(connection, Filters(shelf=shelf), limit=60).rows]
            assert len(ended) > 1
            assert ended == sorted(ended, reverse=True)


def test_a_rejected_item_still_leads_to_the_next_of_the_waiting(database: Database, now: datetime) -> None:
    made = [action(number, now) for number in range(9)]
    with database.write() as connection:
        for one in made:
            insert_action(connection, one, pack="p")
    with database.read() as connection:
        ids = [row.id for row in queue_page(connection, Filters()).rows]
    gone = next(one for one in made if one.id == ids[4])
    with database.write() as connection:
        bound = {"version": 1, "content_hash": gone.content_hash}
        assert transition(connection, gone.id, from_=Status.QUEUED, to=Status.REJECTED, now=now, **bound)  # type: ignore[arg-type]

    with database.read() as connection:
        assert neighbours(connection, Filters(), gone.id) == (ids[3], ids[5])


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("knee", {"Knee pain, explained"}),
        ("EXPLAINED knee", {"Knee pain, explained"}),
        ("rodilla", {"Dolor de rodilla: qué hacer"}),
        ("que", {"Dolor de rodilla: qué hacer"}),
        ("100%", {"100% of spend in one campaign"}),
        ("%", {"100% of spend in one campaign"}),
        ("_", set()),
        ("hip knee", set()),
    ],
)
def test_a_search_finds_words_in_any_order_without_accents_or_wildcards(
    database: Database, now: datetime, search: str, found: set[str]
) -> None:
    titles = ("Knee pain, explained", "Dolor de rodilla: qué hacer", "100% of spend in one campaign")
    with database.write() as connection:
        for number, title in enumerate(titles):
            one = action(number, now)
            insert_action(connection, one.model_copy(update={"content": Content(title=title, body="b")}), pack="p")

    with database.read() as connection:
        page = queue_page(connection, Filters(search=search))
        assert listed_count(connection, Filters(search=search)) == (len(found), False)

    assert {row.title for row in page.rows} == found


def test_a_search_finds_an_item_or_a_lead_by_its_number(database: Database, now: datetime) -> None:
    one, other = action(1, now), action(2, now)
    with database.write() as connection:
        for item in (one, other):
            insert_action(connection, item, pack="p")
        connection.execute(update(actions).where(actions.c.id == other.id).values(lead="L-0123456789ab"))

    with database.read() as connection:
        assert [row.id for row in queue_page(connection, Filters(search=one.id)).rows] == [one.id]
        assert [row.id for row in queue_page(connection, Filters(search="L-0123456789ab")).rows] == [other.id]


def test_an_edit_changes_what_is_shown_and_found(database: Database, now: datetime) -> None:
    one = action(1, now)
    new = one.model_copy(update={"content": Content(title="Shoulder, explained", body="b")})
    with database.write() as connection:
        insert_action(connection, one, pack="p")
        revision = Revision(2, "f" * 64, Verdict.PASS, one.expires_at, shown_of(new))
        bound = {"version": 1, "content_hash": one.content_hash}
        transition(connection, one.id, from_=Status.QUEUED, to=Status.QUEUED, now=now, revision=revision, **bound)  # type: ignore[arg-type]

    with database.read() as connection:
        assert [row.title for row in queue_page(connection, Filters(search="shoulder")).rows] == ["Shoulder, explained"]


MINE = Filters(mine=Decider(person="mara", kinds=KINDS, four_eyes=(KINDS[1],)))


@pytest.mark.parametrize("filters", [Filters(), Filters(channel=Channel.SEARCH), Filters(risk=Risk.LOW), Filters(shelf="closed"), MINE])
def test_a_page_is_read_from_an_index_in_its_order(database: Database, now: datetime, filters: Filters) -> None:
    """No plan sorts the shelf or reads the table from end to end: what it costs does not grow with the queue."""
    lived(database, now, seed=1)
    with database.read() as connection:
        listed = _listed(filters, tally_of(connection), [], limit=26)
        assert listed is not None
        dialect = sqlite.dialect() if database.is_sqlite else postgresql.dialect()
        sql_text = str(listed.order_by("place", "id").limit(26).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        if not database.is_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = on")
        explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        plan = "\n".join(str(tuple(row)) for row in connection.exec_driver_sql((explain + sql_text).replace("%", "%%")))

    assert "ix_actions_place" in plan or "ix_actions_cell" in plan, plan
    assert "Seq Scan" not in plan
    assert "SCAN actions" not in plan, plan
    assert "Join" not in plan, plan  # what a person decided and wrote is asked for by item: a join may read all of it


def test_pages_by_age_are_unchanged(database: Database, now: datetime) -> None:
    """`liaison queue list` goes by age alone."""
    made = [action(number, now) for number in range(5)]
    with database.write() as connection:
        for one in made:
            insert_action(connection, one, pack="p")
    with database.read() as connection:
        first = list_actions(connection, statuses=(Status.QUEUED,), limit=2)
        rest = list_actions(connection, statuses=(Status.QUEUED,), after=Page(first[-1].created_at, first[-1].id))
    assert [one.id for one in (*first, *rest)] == [one.id for one in sorted(made, key=lambda one: (one.created_at, one.id))]
