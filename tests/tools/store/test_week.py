"""What the brief counts, on both engines."""

from datetime import timedelta

import pytest

from policies.actions import ActionKind, Status
from policies.leads.lifecycle import Stage
from policies.records import Channel, EngagementKind
from tests.tools.reports.story import entered
from tests.tools.store.test_results import DAY, HOUR, NOW, models, put, put_action, put_engagement, put_lead, put_run
from tools.store import week
from tools.store.action_tables import decisions, llm_usage
from tools.store.database import Database
from tools.store.tables import dead_letters, lead_stages

__all__ = ["models"]
WEEK = timedelta(days=7)


@pytest.fixture
def busy(database: Database) -> Database:
    put_run(database, "R-1", days_ago=2, status="failed", error="StoreError")
    summary = {"channels": {"email": {"status": "degraded", "reason": "timed out"}, "search": {"status": "ok", "reason": ""}}}
    put_run(database, "R-2", days_ago=1, summary=summary)
    put_lead(database, "L-1", mql_since=NOW - DAY, mql_until=NOW + DAY)
    put_lead(database, "L-2", mql_since=NOW - 8 * DAY, mql_until=NOW - 5 * DAY)
    put(database, lead_stages, entered("L-1", Stage.SQL, 1), entered("L-2", Stage.SQL, 9))
    put_engagement(database, EngagementKind.GUIDE_DOWNLOAD)
    waiting = put_action(database, ActionKind.BUDGET_SHIFT, "google-ads:x", channel=Channel.SEARCH, money_usd=590.0)
    put_action(
        database, ActionKind.VIDEO_METADATA, "video:x", channel=Channel.YOUTUBE, status=Status.BLOCKED, blocked_by="FTC-CLAIM-GUARANTEE"
    )
    put_action(database, ActionKind.NURTURE_EMAIL, "L-1:x", status=Status.FAILED, error="smtp refused")
    put_action(database, ActionKind.SUPPRESSION, "L-2", status=Status.DONE, done_at=NOW - HOUR)
    decision = {"action": waiting, "version": 1, "content_hash": "h", "verdict": "approve", "by": "dana", "role": "marketing", "reason": ""}
    put(database, decisions, {**decision, "at": NOW - HOUR})
    letter = {"channel": "search", "source": "ads", "file": "f", "reason": "r", "mend": "m", "run": "R-2", "seen_at": NOW, "key_id": "k"}
    put(database, dead_letters, {**letter, "digest": "d", "nonce": b"", "ciphertext": b""})
    usage = {"model": "m", "outcome": "ok", "input_tokens": 1, "output_tokens": 1}
    put(database, llm_usage, {**usage, "at": NOW - DAY, "cost_usd": 0.25}, {**usage, "at": NOW - 9 * DAY, "cost_usd": 5.0})
    return database


def test_the_ledger_of_the_brief_holds_what_happened_and_what_waits(busy: Database) -> None:
    with busy.read() as connection:
        found = week.ledger(connection, since=NOW - WEEK, until=NOW)

    assert (found.now.runs, found.failed_runs, found.degraded) == (2, (("R-1", "StoreError"),), {"email": "timed out"})
    assert (found.now.engagements, found.now.new_leads) == (1, 0)
    assert (found.now.new_mqls, found.before.new_mqls) == ({"orthopaedics": 1}, {"orthopaedics": 1})
    assert (found.now.new_sqls, found.before.new_sqls) == ({"orthopaedics": 1}, {"orthopaedics": 1})
    assert found.now.decided == {"approve": 1}
    assert [(one.kind, one.count, one.money_usd, len(one.actions)) for one in found.waiting] == [(ActionKind.BUDGET_SHIFT, 1, 590.0, 1)]
    assert [one.rules for one in found.blocked] == [("FTC-CLAIM-GUARANTEE",)]
    assert [one.error for one in found.stuck] == ["smtp refused"]
    assert (found.blocked_count, found.stuck_count) == (1, 1)
    assert [(one.kind, one.count) for one in found.done] == [(ActionKind.SUPPRESSION, 1)]
    assert (found.unread, found.now.drafting_usd, found.before.drafting_usd) == ({"search": 1}, 0.25, 5.0)


def test_what_was_done_before_is_not_told_again(busy: Database) -> None:
    with busy.read() as connection:
        found = week.ledger(connection, since=NOW, until=NOW + DAY)

    assert (found.now.runs, found.done, found.now.decided, found.now.drafting_usd) == (0, (), {}, 0)
    assert [one.count for one in found.waiting] == [1]


def test_a_part_of_a_week_is_compared_with_the_same_days_of_the_week_before(busy: Database) -> None:
    with busy.read() as connection:
        found = week.ledger(connection, since=NOW - 2 * DAY, until=NOW)

    assert found.before.new_sqls == {"orthopaedics": 1}  # nine days ago at this hour is the first instant of that span


def test_a_long_queue_is_counted_and_its_first_named(database: Database) -> None:
    for number in range(week.NAMED + 3):
        put_action(database, ActionKind.REVIEW_REPLY, f"review:{number}", money_usd=2.0)

    with database.read() as connection:
        (group,) = week.ledger(connection, since=NOW - WEEK, until=NOW).waiting

    assert (group.count, group.money_usd, len(group.actions)) == (week.NAMED + 3, 16.0, week.NAMED)
