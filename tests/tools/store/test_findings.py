"""When each rule last fired, from the findings stored with action versions, on both engines."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from policies.actions import Action, ActionKind, Content, Finding, Risk, Severity, Status, Verdict
from policies.records import ActionId, Channel
from tools.store.actions import add_version, insert_action
from tools.store.database import Database
from tools.store.findings import Fired, last_fired


def action(number: int, at: datetime, *rules: str) -> Action:
    return Action(
        id=ActionId(f"A-{number:012x}"),
        kind=ActionKind.LANDING_PAGE_FIX,
        channel=Channel.SEARCH,
        subject=f"/{number}",
        period="2026-03",
        status=Status.QUEUED,
        version=1,
        content=Content(title="Make the form shorter", body=""),
        content_hash="a" * 64,
        verdict=Verdict.NEEDS_REVIEW,
        risk=Risk.LOW,
        author="agent",
        findings=tuple(Finding(rule=rule, family="ftc", severity=Severity.NEEDS_REVIEW, citation="House style") for rule in rules),
        created_at=at,
        updated_at=at,
        expires_at=at + timedelta(days=7),
    )


def keep(connection: Connection, *found: Action) -> None:
    for one in found:
        insert_action(connection, one, pack="p")


def test_a_rule_last_fired_when_the_newest_version_with_its_finding_was_made(database: Database, now: datetime) -> None:
    later = now + timedelta(days=1)
    with database.write() as connection:
        first = action(1, now, "ONE", "TWO")
        keep(connection, first, action(2, now + timedelta(hours=1), "ONE"), action(3, now))
        add_version(connection, first.model_copy(update={"version": 2, "findings": first.findings[:1]}), author="mara", pack="p", at=later)

    with database.read() as connection:
        assert last_fired(connection) == {"ONE": Fired(later, 3), "TWO": Fired(now, 1)}


def test_nothing_has_fired_where_nothing_is_stored(database: Database) -> None:
    with database.read() as connection:
        assert last_fired(connection) == {}


def test_only_the_newest_items_are_looked_at(database: Database, now: datetime) -> None:
    with database.write() as connection:
        keep(connection, *(action(day, now + timedelta(days=day), "NEW" if day else "OLD", "BOTH") for day in range(4)))

    with database.read() as connection:
        found = last_fired(connection, newest=2)

    assert {rule: fired.versions for rule, fired in found.items()} == {"NEW": 2, "BOTH": 2}
