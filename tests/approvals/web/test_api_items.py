"""An item besides its decision, absences and the policy, through the API: the same checks as at the pages."""

from datetime import timedelta
from typing import Any

import pytest

from approvals import autonomy
from approvals.tokens import Scope
from policies.actions import ActionKind, Audience, Content, Risk, Status
from policies.approval.ladder import Level, Limits
from policies.records import Channel, Track
from tests.approvals.web.api_client import bound, program
from tests.approvals.web.house import LEAD, House, guarantee, keywords, nurture, proposal
from tests.approvals.web.own_rule import KEY, claim, with_own_rule
from tools.store.audit import entries
from tools.store.database import insert_new
from tools.store.tables import consents, leads, suppressions


def people(house: House) -> None:
    """Three leads: one said yes to email, one said yes and stopped it since, one said nothing."""
    now = house.clock()
    rows: list[dict[str, Any]] = [
        {"id": f"L-{name}", "track": "b2c_patient", "created_at": now, "attributes": {}, "attribute_times": {}, "stage": "lead"}
        for name in ("yes", "stopped", "silent")
    ]
    with house.workspace.database.write() as connection:
        connection.execute(insert_new(connection, leads), rows)
        for name in ("yes", "stopped"):
            said = {"lead": f"L-{name}", "purpose": "email", "granted": True, "at": now, "engagement": f"E-{name}"}
            connection.execute(insert_new(connection, consents).values(said))
        stop = {"lead": "L-stopped", "channel": "email", "reason": "unsubscribed", "at": now}
        connection.execute(insert_new(connection, suppressions).values(stop))


def test_an_item_says_whom_it_reaches_by_consent_and_names_nobody(house: House) -> None:
    people(house)
    body = "News of the walking programme.\n\nHarborview Joint Care LLC, 12 Pier Road, Tampa, FL 33601\nStop: {{unsubscribe_url}}"
    content = Content(title="News", body=body, audience=Audience(description="Everybody who asked", count=3), destination="email")
    kind: dict[str, Any] = {"channel": Channel.EMAIL, "risk": Risk.MEDIUM, "track": Track.B2C_PATIENT}
    many = house.propose(proposal(ActionKind.NURTURE_EMAIL, "news", content=content, **kind)).id
    theo = program(house, "theo", Scope.READ_QUEUE)

    reached = theo.get(f"/actions/{many}").json()["recipients"]
    one = theo.get(f"/actions/{house.propose(nurture()).id}").json()["recipients"]

    assert reached["reach"] == {"consented": 1, "suppressed": 1, "silent": 1, "total": 3}
    assert (reached["words"], reached["recipient"]) == ("1 with consent, 1 suppressed, 1 who said nothing", None)
    assert (one["words"], one["recipient"]["lead"], one["recipient"]["granted"]) == ("one lead, without consent", LEAD, None)
    assert theo.get(f"/actions/{house.propose(keywords()).id}").json()["recipients"] is None


def test_the_state_of_an_item_says_who_was_first(house: House) -> None:
    action = house.propose(keywords()).id
    theo, inez = program(house, "theo", Scope.READ_QUEUE), program(house, "inez")

    before = theo.get(f"/actions/{action}/state").json()
    inez.post(f"/actions/{action}/reject", {**bound(house, action), "reason": "not this month"})
    after = theo.get(f"/actions/{action}/state").json()

    assert (before["status"], before["waiting"], before["last_decision"], before["version"]) == ("queued", True, None, 1)
    assert (after["status"], after["waiting"], after["last_decision"]["by"]) == ("rejected", False, "inez")
    assert theo.get("/actions/A-000000000000/state").status_code == 404
    assert program(house, "theo", Scope.OWN).get(f"/actions/{action}/state").status_code == 403


def test_a_proof_about_one_item_is_recorded_by_its_role(house: House) -> None:
    with_own_rule(house, cleared_by={"any_of": [KEY]})
    action = house.propose(claim()).id
    inez, body = program(house, "inez", Scope.DECIDE), {"key": KEY, "document_hash": "b" * 64}

    refused = program(house, "theo").post(f"/actions/{action}/evidence", body)
    made = inez.post(f"/actions/{action}/evidence", body)

    assert (refused.status_code, refused.json()["type"]) == (403, "/api#not-allowed")
    assert (made.status_code, made.json()["evidence"]["subject"], made.json()["evidence"]["state"]) == (201, action, "valid")
    assert (made.json()["freed"], house.action(action).status) == ([action], Status.QUEUED)
    assert inez.post("/actions/A-000000000000/evidence", body).status_code == 404
    assert inez.post(f"/actions/{action}/evidence", {**body, "key": "no_such_key"}).json()["type"] == "/api#refused"
    assert program(house, "inez", Scope.READ_QUEUE).post(f"/actions/{action}/evidence", body).status_code == 403


def test_an_item_is_given_to_somebody_who_can_decide_it(house: House) -> None:
    action = house.propose(keywords()).id
    theo = program(house, "theo", Scope.EDIT, Scope.READ_QUEUE)
    seen = bound(house, action)

    given = theo.post(f"/actions/{action}/assign", {**seen, "to": "inez"})
    cannot = theo.post(f"/actions/{action}/assign", {**seen, "to": "ada"})
    stale = theo.post(f"/actions/{action}/assign", {**seen, "version": 2, "to": "inez"})

    assert (given.status_code, given.json()["assignee"], given.json()["by"]) == (200, "inez", "theo")
    assert theo.get(f"/actions/{action}").json()["assigned_to"] == "inez"
    assert (cannot.status_code, stale.status_code) == (403, 409)
    assert theo.post("/actions/A-000000000000/assign", {**seen, "to": "inez"}).status_code == 404
    assert program(house, "sam").post(f"/actions/{action}/assign", {**seen, "to": "inez"}).status_code == 403
    assert program(house, "theo", Scope.DECIDE).post(f"/actions/{action}/assign", {**seen, "to": "inez"}).status_code == 403


# --- absences


def away(house: House, **more: Any) -> dict[str, Any]:
    now = house.clock()
    return {"starts_at": now.isoformat(), "ends_at": (now + timedelta(days=3)).isoformat(), **more}


def test_an_absence_is_recorded_and_ended_but_lends_nothing(house: House) -> None:
    """A deputy's authority would outlive the token that lent it: naming one is done at the page."""
    theo, ada = program(house, "theo", Scope.DECIDE), program(house, "ada")

    lent = theo.post("/absences", away(house, deputy="inez"))
    made = theo.post("/absences", away(house))
    listed = ada.get("/absences").json()["items"]
    ended = [theo.post(f"/absences/{made.json()['id']}/end") for _ in range(2)]

    assert (made.status_code, listed) == (201, [made.json()])
    assert lent.status_code == 422
    assert "deputy" in lent.text
    assert (made.json()["person"], made.json()["deputy"], made.json()["kinds"]) == ("theo", None, [])
    assert [answer.status_code for answer in ended] == [200, 409]
    assert (ended[0].json()["revoked_by"], ada.get("/absences").json()["items"]) == ("theo", [])
    with house.workspace.database.read() as connection:
        row = next(entry for entry in entries(connection) if entry.event == "delegation:make")
    assert (row.actor, row.detail["token"]) == ("theo", theo.token.id)


def test_an_absence_is_ones_own_or_an_administrators_to_record(house: House) -> None:
    theo, mara = program(house, "theo", Scope.DECIDE), program(house, "mara", Scope.DECIDE)
    made = mara.post("/absences", away(house, person="sam")).json()

    assert theo.post("/absences", away(house, person="sam")).status_code == 403
    assert theo.post(f"/absences/{made['id']}/end").status_code == 403
    assert theo.post("/absences/D-000000000000/end").status_code == 404
    assert program(house, "theo", Scope.READ_QUEUE).post("/absences", away(house)).status_code == 403
    assert program(house, "theo", Scope.READ_QUEUE).post(f"/absences/{made['id']}/end").status_code == 403
    assert program(house, "theo", Scope.OWN).get("/absences").status_code == 403


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("2026-03-05T09:00:00Z", "2026-03-04T09:00:00Z"),
        ("2026-03-05T09:00:00Z", "2026-09-04T09:00:00Z"),
        ("9999-12-31T00:00:00-08:00", "9999-12-31T23:59:59-08:00"),
        ("0001-01-01T00:00:00+14:00", "2026-03-04T09:00:00Z"),
    ],
)
def test_an_impossible_absence_is_refused(house: House, starts: str, ends: str) -> None:
    answer = program(house, "theo").post("/absences", {"starts_at": starts, "ends_at": ends})

    assert (answer.status_code, answer.json()["type"]) == (422, "/api#refused")


# --- the policy


def test_the_policy_says_who_must_approve_what(house: House) -> None:
    found = program(house, "ada", Scope.READ_QUEUE).get("/policy").json()

    kinds = {one["kind"]: one for one in found["kinds"]}
    assert set(kinds) == set(ActionKind)
    assert "none of whom wrote or edited it" in kinds["budget_shift"]["variants"][0]["who"]
    assert (bool(kinds["budget_shift"]["never_acts"]), kinds["negative_keywords"]["never_acts"]) == (True, "")
    assert {problem["level"] for problem in found["problems"]} == {"closed", "note"}
    assert (found["in_force"], found["ceilings"]["emails_per_day"]) == ([], None)
    assert program(house, "ada", Scope.OWN).get("/policy").status_code == 403


def test_a_level_is_taken_down_by_a_token_and_up_by_none(house: House) -> None:
    ws, kind = house.workspace, ActionKind.NEGATIVE_KEYWORDS
    asked = autonomy.ask(ws, kind, Level.ACT, by="mara", limits=Limits(per_day=5))
    autonomy.agree(ws, asked.id, by="inez")
    theo = program(house, "theo", Scope.OPERATE, Scope.READ_QUEUE)
    before = theo.get("/policy").json()["in_force"]

    down = theo.post("/policy/levels/lower", {"kind": kind, "level": "propose", "why": "ask wren@example.org"})
    again = theo.post("/policy/levels/lower", {"kind": kind, "level": "propose"})
    up = theo.post("/policy/levels/lower", {"kind": kind, "level": "act"})

    assert [(one["level"], one["limits"]["per_day"]) for one in before] == [("act", 5)]
    assert (down.status_code, down.json()["level"], down.json()["agreed_by"]) == (200, "propose", "theo")
    assert (again.json()["type"], up.json()["type"]) == ("/api#refused", "/api#invalid")
    assert "wren@example.org" not in theo.get("/policy").text
    assert theo.get("/policy").json()["ended"][0]["id"] == asked.id
    assert program(house, "ada").post("/policy/levels/lower", {"kind": kind, "level": "observe"}).status_code == 403
    assert program(house, "theo", Scope.DECIDE).post("/policy/levels/lower", {"kind": kind, "level": "observe"}).status_code == 403


def test_a_level_asked_for_is_refused_and_never_agreed_to_through_the_api(house: House) -> None:
    asked = autonomy.ask(house.workspace, ActionKind.NEGATIVE_KEYWORDS, Level.ACT, by="mara", limits=Limits(per_day=5))
    inez = program(house, "inez")
    (waiting,) = inez.get("/policy").json()["asked"]

    agreed = inez.post(f"/policy/levels/{asked.id}/agree")
    foreign = program(house, "ada").post(f"/policy/levels/{asked.id}/refuse")
    refused = [inez.post(f"/policy/levels/{asked.id}/refuse") for _ in range(2)]

    assert (waiting["id"], agreed.status_code, foreign.status_code) == (asked.id, 404, 403)
    assert [answer.status_code for answer in refused] == [200, 409]
    assert (refused[0].json()["ended_by"], refused[0].json()["ended_why"]) == ("inez", "refused")
    assert inez.post("/policy/levels/G-000000000000/refuse").status_code == 404
    assert program(house, "inez", Scope.DECIDE).post(f"/policy/levels/{asked.id}/refuse").status_code == 403
    assert inez.get("/policy").json()["in_force"] == []


def test_a_blocked_item_still_waits_in_its_state(house: House) -> None:
    action = house.propose(guarantee())

    found = program(house, "theo").get(f"/actions/{action.id}/state").json()

    assert (action.status, found["status"], found["waiting"]) == (Status.BLOCKED, "blocked", True)
