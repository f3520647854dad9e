"""What the agents, the strategist and the brief read of the store, on both engines."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.sql.schema import Table

from policies.actions import ActionKind, Content, Finding, Plan, Severity, Status, action_id
from policies.records import Channel, EngagementId, EngagementKind, LeadId
from tests.agents.made import act, practice
from tools.store import results
from tools.store.action_tables import action_versions, actions, executions
from tools.store.database import Database
from tools.store.tables import consents, engagements, leads, runs, score_models, scores, suppressions

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def models(database: Database) -> None:
    """The version in force, and the one it replaced, whose rows stay."""
    body = {"name": "orthopaedics", "body": {}, "signatures": [], "created_at": NOW - 30 * DAY}
    put(database, score_models, {"id": "orthopaedics@1", "live": True, **body}, {"id": "orthopaedics@0", "live": False, **body})


def put(database: Database, table: Table, *rows: dict[str, Any]) -> None:
    with database.write() as connection:
        connection.execute(insert(table), list(rows))


def put_action(
    database: Database,
    kind: ActionKind,
    subject: str,
    *,
    status: Status = Status.QUEUED,
    period: str = "once",
    channel: Channel = Channel.EMAIL,
    done_at: datetime | None = None,
    blocked_by: str | None = None,
    money_usd: float = 0.0,
    error: str | None = None,
) -> str:
    identity = action_id(kind, channel, subject, period)
    finding = Finding(rule=blocked_by or "", family="ftc", severity=Severity.BLOCK, citation="x")
    row = {
        "id": identity,
        "kind": kind,
        "channel": channel,
        "subject": subject,
        "period": period,
        "status": status,
        "version": 1,
        "content_hash": "h",
        "verdict": "pass",
        "risk": "low",
        "money_usd": money_usd,
        "author": "agent",
        "created_at": NOW - DAY,
        "updated_at": NOW - HOUR,
        "expires_at": NOW + DAY,
    }
    version = {
        "action": identity,
        "version": 1,
        "content": Content(title=f"title of {subject}", body="b").model_dump(mode="json"),
        "content_hash": "h",
        "author": "agent",
        "why": [],
        "facts": {},
        "evidence": [],
        "pack": "p",
        "created_at": NOW - DAY,
        "findings": [finding.model_dump(mode="json")] if blocked_by else [],
    }
    put(database, actions, row)
    put(database, action_versions, version)
    if done_at or error:
        put(
            database,
            executions,
            {
                "id": f"X-{identity}",
                "action": identity,
                "version": 1,
                "operation": "smtp",
                "status": "done" if done_at else "failed",
                "claimed_at": NOW - DAY,
                "finished_at": done_at,
                "error": error,
            },
        )
    return identity


def put_lead(
    database: Database, lead: str, *, stage: str = "lead", consent: bool | None = True, stopped: bool = False, **scored: Any
) -> None:
    put(database, leads, {"id": lead, "track": "b2c_patient", "created_at": NOW - 9 * DAY, "attributes": {"state": "TX"}, "stage": stage})
    if consent is not None:
        put(database, consents, {"lead": lead, "purpose": "email", "granted": consent, "at": NOW - DAY, "engagement": "E-1"})
    if stopped:
        put(database, suppressions, {"lead": lead, "channel": "email", "reason": "unsubscribed", "at": NOW - DAY})
    row = {"lead": lead, "model": "orthopaedics@1", "track": "b2c_patient", "service_line": "orthopaedics", "fit": 20.0, "g": 9.0}
    put(database, scores, {**row, "last_qualifying_at": NOW - DAY, "mql_since": None, "mql_until": None, "disqualified_at": None, **scored})


def put_engagement(database: Database, kind: EngagementKind, *, lead: str | None = None, **changes: Any) -> EngagementId:
    one = act(kind, **changes)
    put(
        database,
        engagements,
        {
            "id": one.id,
            "channel": one.channel,
            "source": one.source,
            "kind": one.kind,
            "occurred_at": one.occurred_at,
            "revised_at": one.revised_at,
            "digest": "d",
            "run": "R-1",
            "lead": lead,
            "stage": 2,
            "record": one.model_dump(mode="json"),
        },
    )
    return one.id


def put_run(database: Database, run: str, *, days_ago: float, status: str = "done", **changes: Any) -> None:
    at = NOW - days_ago * DAY
    row = {
        "id": run,
        "channels": ["search"],
        "trigger": "cli",
        "as_of": at,
        "status": status,
        "started_at": at,
        "summary": None,
        "error": None,
    }
    put(database, runs, row | changes)


def test_prospects_are_active_consented_and_nobodys_mql(database: Database) -> None:
    put_lead(database, "L-replaced-model", model="orthopaedics@0")
    put_lead(database, "L-ok", last_qualifying_at=NOW - 2 * DAY)
    put_lead(database, "L-lapsed-mql", mql_since=NOW - 90 * DAY, mql_until=NOW - DAY)
    put_lead(database, "L-refused", consent=False)
    put_lead(database, "L-silent", consent=None)
    put_lead(database, "L-stopped", stopped=True)
    put_lead(database, "L-idle", last_qualifying_at=NOW - 57 * DAY)
    put_lead(database, "L-mql", mql_since=NOW - DAY, mql_until=NOW + DAY)
    put_lead(database, "L-sales", stage="accepted")
    put_lead(database, "L-back", stage="recycled", last_qualifying_at=NOW - 3 * DAY)
    put_lead(database, "L-solicitor", disqualified_at=NOW - DAY)

    with database.read() as connection:
        found = results.prospects(connection, now=NOW)
        first = results.prospects(connection, now=NOW, limit=1)

    assert [one.lead for one in found] == ["L-lapsed-mql", "L-ok", "L-back"]  # the most recently active first
    assert first == found[:1]


def test_steps_count_when_they_were_executed_not_when_they_were_proposed(database: Database) -> None:
    put_lead(database, "L-1")
    put_action(database, ActionKind.NURTURE_EMAIL, "L-1:orthopaedics", period="step-1", status=Status.DONE, done_at=NOW - 8 * DAY)
    put_action(database, ActionKind.NURTURE_EMAIL, "L-1:orthopaedics", period="step-2", status=Status.FAILED, error="refused")

    with database.read() as connection:
        [found] = results.prospects(connection, now=NOW)

    assert (found.steps_done, found.last_step_at) == (1, NOW - 8 * DAY)


def test_a_lead_is_looked_up_with_its_consent_and_attributes(database: Database) -> None:
    put_lead(database, "L-1")
    put_lead(database, "L-2", consent=False, stopped=True)
    known = put_engagement(database, EngagementKind.BOUNCE, lead="L-1")
    stranger = put_engagement(database, EngagementKind.BOUNCE)

    with database.read() as connection:
        assert results.lead_of(connection, known) == "L-1"
        assert results.lead_of(connection, stranger) is None
        assert [results.may_email(connection, LeadId(lead)) for lead in ("L-1", "L-2", "L-3")] == [True, False, False]
        assert [results.is_suppressed(connection, LeadId(lead)) for lead in ("L-1", "L-2", "L-3")] == [False, True, False]
        assert results.attributes_of(connection, LeadId("L-1")) == {"state": "TX"}
        assert results.attributes_of(connection, LeadId("L-3")) == {}


def test_handoffs_and_plans_take_no_place_of_the_channel_agents(database: Database) -> None:
    known = put_action(database, ActionKind.NEGATIVE_KEYWORDS, "Ortho A", channel=Channel.SEARCH)
    put_action(database, ActionKind.QUERY_COVERAGE, "query:x", channel=Channel.SEARCH, status=Status.BLOCKED)
    put_action(database, ActionKind.BUDGET_SHIFT, "google-ads:x", channel=Channel.SEARCH, status=Status.DONE)
    put_action(database, ActionKind.MQL_HANDOFF, "L-1:orthopaedics", channel=Channel.SEARCH, period="2026-02-01")
    put_action(database, ActionKind.MQL_HANDOFF, "L-1:orthopaedics", channel=Channel.SEARCH, period="2026-01-01", status=Status.REJECTED)

    with database.read() as connection:
        assert results.waiting_count(connection, Channel.SEARCH) == 2
        assert results.waiting_count(connection, Channel.EMAIL) == 0
        assert known in results.known_actions(connection)
        assert results.handoff_days(connection) == {"L-1:orthopaedics": ("2026-01-01", "2026-02-01")}


def test_last_results_count_mqls_by_line_and_by_the_channel_of_the_last_touch(database: Database) -> None:
    put_run(database, "R-1", days_ago=1)
    put_lead(database, "L-1", mql_since=NOW - 5 * DAY, mql_until=NOW + DAY)
    put_lead(database, "L-2", mql_since=NOW - 40 * DAY, mql_until=NOW + DAY)
    put_engagement(database, EngagementKind.GUIDE_DOWNLOAD, lead="L-1", days_ago=9)
    put_engagement(database, EngagementKind.BOUNCE, lead="L-1", days_ago=6)
    put_engagement(database, EngagementKind.GUIDE_DOWNLOAD, lead="L-1", days_ago=1)
    for days_ago, cost in ((2, 10.5), (29, 4.0), (31, 99.0)):
        put_engagement(database, EngagementKind.AD_SEARCH_TERM, days_ago=days_ago, metrics={"cost_usd": cost})
    put_engagement(database, EngagementKind.AD_SEARCH_TERM, metrics={"clicks": 1.0})

    with database.read() as connection:
        found = results.last_results(connection, now=NOW)

    assert found == results.LastResults(
        mqls_by_line={"orthopaedics": 1}, mqls_by_channel={Channel.EMAIL: 1}, spend_by_channel={Channel.SEARCH: 14.5}
    )


def test_there_are_no_results_before_a_run_has_finished(database: Database) -> None:
    put_run(database, "R-1", days_ago=0, status="running")

    with database.read() as connection:
        assert results.last_results(connection, now=NOW) is None


def test_a_plan_is_in_force_once_it_is_adopted(database: Database) -> None:
    from sqlalchemy import update

    from agents.strategist import plan
    from tools.store.tables import plans

    made: Plan = plan(practice(), None, NOW)
    with database.write() as connection:
        results.save_plan(connection, made, run="R-1", at=NOW)
        assert results.plan_of(connection, "2026-03") == made
        assert results.plan_of(connection, "2026-04") is None
        assert results.adopted_budgets(connection) == {}
        connection.execute(update(plans).values(adopted_at=NOW))
        assert results.adopted_budgets(connection)[Channel.SEARCH] == 6000
