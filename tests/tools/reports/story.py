"""A small practice's quarter as rows of the store, by hand, so that every number of a report can be counted on fingers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy.sql.schema import Table

from policies.actions import ActionKind, Content, Status
from policies.leads.decay import forward
from policies.leads.lifecycle import Stage
from policies.leads.model import Group, Model
from policies.records import Track
from tests.agents.made import practice
from tools.reports.report import Asked, Filters
from tools.store.action_tables import action_versions, actions, decisions, sales_inbox
from tools.store.database import Database
from tools.store.tables import consents, engagements, lead_stages, leads, score_models, scores, suppressions

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
DAY, HOUR = timedelta(days=1), timedelta(hours=1)

MODEL = Model(
    track=Track.B2C_PATIENT,
    name="orthopaedics",
    service_line="orthopaedics",
    fit_weights={},
    fit_cap=40,
    intent_points={"tracked_call": 20, "service_page": 3, "vendor_solicitor": -10},
    groups={"calls": Group(events=("tracked_call",), cap=20)},
    decay_per_quarter=0.25,
    threshold=50,
)


def asked(connection: Connection, *, at: datetime = NOW, **filters: Any) -> Asked:
    return Asked(connection, practice(), {"orthopaedics": MODEL}, Filters(**filters), at)


def put(database: Database, table: Table, *rows: dict[str, Any]) -> None:
    with database.write() as connection:
        connection.execute(insert(table), list(rows))


def lead(identity: str, stage: str, *, seen: float, track: str = "b2c_patient", into: str | None = None) -> dict[str, Any]:
    given = {"id": identity, "track": track, "stage": stage, "created_at": NOW - seen * DAY, "merged_into": into}
    return given | {"attributes": {}, "attribute_times": {}}


def entered(identity: str, stage: Stage, ago: float, line: str = "orthopaedics", **more: Any) -> dict[str, Any]:
    row = {"lead": identity, "service_line": line, "stage": stage.value, "at": NOW - ago * DAY, "by": "agent", "action": f"A-{identity}"}
    return {"reason": None, "handoff": None, "until": None, **row, **more}


def score(identity: str, fit: float, mql: bool = False, **groups: float) -> dict[str, Any]:
    """A row of `scores` whose groups are worth these points now."""
    stored = {name: forward(points, NOW, MODEL.rate) for name, points in groups.items()}
    row = {"lead": identity, "model": MODEL.id, "track": "b2c_patient", "service_line": "orthopaedics", "fit": fit, "groups": stored}
    spell = {"mql_since": NOW - DAY if mql else None, "mql_until": NOW + DAY if mql else None}
    return row | {"g": sum(value for value in stored.values() if value > 0), "last_event_at": NOW - DAY, **spell}


def act(number: int, of: str, kind: str, ago: float, *, channel: str = "search", medium: str = "") -> dict[str, Any]:
    attributes = {"utm_medium": medium, "utm_source": "google"} if medium else {}
    row = {
        "id": f"E-{number:032d}",
        "channel": channel,
        "source": "segment",
        "kind": kind,
        "lead": of,
        "record": {"attributes": attributes},
    }
    return row | {"occurred_at": NOW - ago * DAY, "revised_at": NOW - ago * DAY, "digest": "d", "run": "R-1", "stage": 2}


def item(
    database: Database,
    identity: str,
    kind: ActionKind,
    *,
    status: Status = Status.QUEUED,
    ago: float = 1.0,
    track: str | None = None,
    **more: Any,
) -> None:
    """An action with one version, proposed `ago` days before now; `findings` = ((rule, severity), …)."""
    findings = [{"rule": rule, "severity": severity} for rule, severity in more.pop("findings", ())]
    at = NOW - ago * DAY
    row = {"id": identity, "kind": kind.value, "channel": "search", "subject": identity, "period": "2026-03", "status": status.value}
    row |= {"version": 1, "content_hash": "h", "verdict": "pass", "risk": "low", "money_usd": 0.0, "track": track, "author": "agent"}
    put(database, actions, row | {"created_at": at, "updated_at": at, "expires_at": NOW + 5 * DAY, **more})
    content = Content(title=f"Title of {identity}", body="b").model_dump(mode="json")
    version = {"action": identity, "version": 1, "content": content, "content_hash": "h", "author": "agent", "why": [], "facts": {}}
    put(database, action_versions, version | {"evidence": [], "findings": findings, "pack": "p", "created_at": at})


def decided(identity: str, verdict: str, ago: float, by: str = "mara") -> dict[str, Any]:
    row = {"action": identity, "version": 1, "content_hash": "h", "verdict": verdict, "by": by, "role": "marketing", "reason": ""}
    return row | {"at": NOW - ago * DAY}


def tell(database: Database) -> None:
    """Six patients and two referrers of the last weeks, one patient of long ago, one that was merged; four MQLs, one SQL."""
    put(
        database,
        leads,
        lead("P1", "anonymous", seen=10),
        lead("P2", "lead", seen=10),
        lead("P3", "engaged", seen=10),
        lead("P4", "accepted", seen=10),
        lead("P5", "booked", seen=30),
        lead("P6", "rejected", seen=10),
        lead("P7", "engaged", seen=200),
        lead("P8", "mql", seen=11, into="P5"),
        lead("R1", "engaged", seen=40, track="b2b_referral"),
        lead("R2", "mql", seen=40, track="b2b_referral"),
    )
    put(
        database,
        lead_stages,
        entered("P5", Stage.MQL, 20),
        entered("P5", Stage.ACCEPTED, 19),
        entered("P5", Stage.SQL, 15),
        entered("P5", Stage.BOOKED, 12),
        entered("P8", Stage.MQL, 9, "dental"),
        entered("P4", Stage.MQL, 8),
        entered("P4", Stage.ACCEPTED, 7),
        entered("P6", Stage.MQL, 6),
        entered("P6", Stage.REJECTED, 5, reason="payer_mismatch"),
        entered("R2", Stage.MQL, 3, "physician_liaison"),
    )
    for identity, line, place in (("P5", "orthopaedics", "austin"), ("P4", "orthopaedics", "tampa")):
        row = {"execution": f"X-{identity}", "action": f"A-{identity}", "lead": identity, "track": "b2c_patient", "service_line": line}
        put(database, sales_inbox, row | {"handoff": {}, "location": place, "status": "sql", "received_at": NOW - 8 * DAY})


def said(of: str, purpose: str, granted: bool) -> dict[str, Any]:
    return {"lead": of, "purpose": purpose, "granted": granted, "at": NOW - DAY, "engagement": "E-1"}


__all__ = ["actions", "consents", "decisions", "engagements", "lead_stages", "leads", "score_models", "scores", "suppressions"]
