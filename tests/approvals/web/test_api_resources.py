"""What the other pages do, through the API: evidence, sales, reveal, tasks, pauses, audit, leads, health, people."""

from typing import Any

import pytest
from sqlalchemy import insert

from approvals.tokens import Scope
from policies.actions import Status
from policies.records import Contact
from tests.approvals.web.api_client import bound, program
from tests.approvals.web.house import LEAD, House, keywords
from tests.approvals.web.test_pages import fill
from tools.store.action_tables import human_tasks
from tools.store.audit import entries
from tools.store.contacts import save_contacts
from tools.store.database import insert_new
from tools.store.tables import lead_keys, leads


@pytest.fixture
def filled(house: House) -> tuple[House, dict[str, str]]:
    return house, fill(house)


def with_contact(house: House) -> House:
    with house.workspace.database.write() as connection:
        row = {"id": LEAD, "track": "b2c_patient", "created_at": house.clock(), "attributes": {}, "attribute_times": {}, "stage": "lead"}
        connection.execute(insert_new(connection, leads).values(row))
        connection.execute(insert_new(connection, lead_keys).values(match_key="email:k1", lead=LEAD, added_at=house.clock()))
        contact = Contact(first_name="Wren", email="wren.quillfeather@example.org", phone="813-555-0142")
        save_contacts(connection, house.workspace.ring, [(("email:k1",), contact)], now=house.clock())
    return house


def test_evidence_is_recorded_by_its_roles_listed_and_revoked_once(house: House) -> None:
    inez = program(house, "inez", Scope.DECIDE, Scope.READ_QUEUE)
    body = {"key": "substantiation_record", "subject": "practice", "document_hash": "a" * 64, "state": "FL"}

    refused = program(house, "theo").post("/evidence", body)
    made = inez.post("/evidence", body)
    listed = inez.get("/evidence", subject="practice", state="valid").json()["items"]
    gone = [inez.post(f"/evidence/{listed[0]['id']}/revoke") for _ in range(2)]

    assert (refused.status_code, "ask mara or inez" in refused.json()["detail"]) == (403, True)
    assert (made.status_code, made.json()["evidence"], listed[0]["scope"]) == (201, listed[0], {"state": "FL"})
    assert [answer.status_code for answer in gone] == [200, 409]
    assert gone[0].json()["state"] == "revoked"
    assert inez.post("/evidence", {**body, "key": "no_such_key"}).json()["type"] == "/api#refused"


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59-08:00", "2126-03-04T00:00:00Z", "2026-03-02T09:00:00Z"])
def test_evidence_ends_on_a_day_that_can_come(house: House, end: str) -> None:
    body = {"key": "substantiation_record", "subject": "practice", "document_hash": "a" * 64, "expires_at": end}

    answer = program(house, "inez").post("/evidence", body)

    assert (answer.status_code, answer.json()["type"]) == (422, "/api#refused")


def test_sales_work_a_handoff_from_acceptance_to_a_booking(filled: tuple[House, dict[str, str]]) -> None:
    house, values = filled
    at, sam = f"/handoffs/{values['execution']}", program(house, "sam")
    early = sam.post(f"{at}/qualify", {"budget": "covered", "authority": True, "need": True, "timeframe": "now"})

    steps = [
        sam.post(f"{at}/accept"),
        sam.post(f"{at}/attempts", {"outcome": "reached"}),
        sam.post(f"{at}/qualify", {"budget": "covered", "authority": True, "need": True, "timeframe": "now"}),
        sam.post(f"{at}/outcome", {"outcome": "booked"}),
    ]

    assert early.status_code == 409
    assert [step.json()["status"] for step in steps] == ["accepted", "accepted", "sql", "booked"]
    assert [one["outcome"] for one in sam.get(f"{at}/attempts").json()["items"]] == ["reached"]
    assert sam.get("/handoffs", status="booked").json()["items"][0]["execution"] == values["execution"]
    late = sam.post(f"{at}/accept")
    assert (late.status_code, late.json()["type"]) == (409, "/api#conflict")


def test_a_contact_is_revealed_with_the_scope_and_the_right_and_stands_nowhere_else(filled: tuple[House, dict[str, str]]) -> None:
    house, values = with_contact(filled[0]), filled[1]
    at, purpose = f"/handoffs/{values['execution']}", {"purpose": "call"}
    without, sam = program(house, "sam", Scope.SALES, Scope.READ_LEADS), program(house, "sam", Scope.SALES, Scope.REVEAL)

    before = sam.post(f"{at}/reveal", purpose)
    sam.post(f"{at}/accept")
    shown = sam.post(f"{at}/reveal", purpose)

    assert (before.status_code, without.post(f"{at}/reveal", purpose).status_code) == (403, 403)
    assert (shown.json()["email"], shown.json()["phone"]) == ("wren.quillfeather@example.org", "813-555-0142")
    assert "quillfeather" not in without.get(at).text
    with house.workspace.database.read() as connection:
        row = next(entry for entry in entries(connection) if entry.event == "contact:reveal")
    assert (row.actor, row.detail["token"], row.detail["fields"]) == ("sam", sam.token.id, ["email", "first_name", "phone"])


def test_a_task_is_done_once(house: House) -> None:
    row: dict[str, Any] = {"execution": "X-1", "action": "A-1", "title": "Change the hours", "body": "Mon to Fri", "where": "webmd"}
    with house.workspace.database.write() as connection:
        connection.execute(insert(human_tasks).values(**row, status="open", created_at=house.clock()))
    theo = program(house, "theo")

    assert [one["title"] for one in theo.get("/tasks").json()["items"]] == ["Change the hours"]
    assert theo.post("/tasks/X-1/done").json()["by"] == "theo"
    again = theo.post("/tasks/X-1/done")
    assert (again.status_code, "done already, by theo" in again.json()["detail"]) == (409, True)
    assert theo.get("/tasks", status="done").json()["items"][0]["status"] == "done"


def test_the_kill_switch_stops_what_was_approved(house: House) -> None:
    mara = program(house, "mara")

    stopped = mara.client.put("/api/v1/pauses/all", json={"reason": "a wrong price"})
    again = mara.client.put("/api/v1/pauses/all", json={"reason": "twice"})

    assert (stopped.json()["by"], again.status_code) == ("mara", 409)
    assert [one["scope"] for one in mara.get("/pauses").json()["items"]] == ["all"]
    assert mara.client.delete("/api/v1/pauses/all").status_code == 204
    assert mara.client.delete("/api/v1/pauses/all").status_code == 409


def test_the_audit_log_comes_in_pages_and_can_be_verified(filled: tuple[House, dict[str, str]]) -> None:
    house, _ = filled
    ada = program(house, "ada")

    pages = [ada.get("/audit", limit=5).json()]
    while pages[-1]["next"]:
        pages.append(ada.get("/audit", limit=5, cursor=pages[-1]["next"]).json())

    numbers = [row["seq"] for page in pages for row in page["items"]]
    assert numbers == list(range(numbers[0], 0, -1))
    assert ada.post("/audit/verify").json() == {"ok": True, "rows": numbers[0], "broken": None, "problem": ""}
    assert program(house, "theo").get("/audit").status_code == 403


def test_what_the_other_pages_show(filled: tuple[House, dict[str, str]]) -> None:
    house, values = filled
    mara = program(house, "mara")

    assert mara.get("/leads").json()["items"][0]["lead"]
    explained = mara.get(f"/leads/{mara.get('/leads').json()['items'][0]['lead']}").json()["standings"][0]
    assert sum(step["points"] for step in explained["steps"]) == pytest.approx(explained["total"])
    assert mara.get("/runs/R-1").json()["summary"]["channels"]["search"]["status"] == "degraded"
    health = mara.get("/health").json()
    assert (health["channels"]["search"]["status"], health["dead_letters"][0]["reason"]) == ("degraded", "not JSON")
    assert {one["username"]: one["state"] for one in mara.get("/people").json()["items"]}["mara"] == "ready"
    rule = mara.get(f"/rules/{values['rule_id'].lower()}").json()
    assert (rule["id"], bool(rule["citation"])) == (values["rule_id"], True)
    assert len(mara.get("/rules").json()["items"]) == len(house.workspace.catalogue.rules)
    assert mara.get("/queue", knid="x").json()["errors"][0]["at"] == "query knid"


def test_an_approval_is_undone_inside_the_hold_window(house: House) -> None:
    action = house.propose(keywords()).id
    theo = program(house, "theo")
    theo.post(f"/actions/{action}/approve", bound(house, action))

    undone = theo.post(f"/actions/{action}/undo")

    hold = house.workspace.practice.approval_policy.hold_seconds
    assert undone.status_code == (200 if hold else 409)
    assert house.action(action).status is (Status.QUEUED if hold else Status.APPROVED)


def test_many_like_items_are_approved_at_once_and_what_needs_a_look_is_left_out(house: House) -> None:
    for number in range(3):
        house.propose(keywords(f"k{number}"))
    theo = program(house, "theo")
    listed = theo.get("/queue").json()["items"]
    items = [{name: one[name] for name in ("id", "version", "content_hash")} for one in listed]
    items[0]["content_hash"] = "0" * 64

    answer = theo.post("/queue/approve", {"items": items}).json()

    assert set(answer["decided"]) == {items[1]["id"], items[2]["id"]}
    assert "no longer what you saw" in answer["left"][0]["why"]
    assert house.action(items[0]["id"]).status is Status.QUEUED


def test_a_run_is_asked_for_once_and_only_by_who_may(house: House) -> None:
    mara = program(house, "mara")

    asked = [mara.post("/runs", {"channels": ["search"]}).status_code for _ in range(2)]

    assert asked == [202, 409]
    assert program(house, "ada").post("/runs", {}).status_code == 403
    assert mara.post("/runs", {"channels": ["radio"]}).json()["errors"][0]["at"].startswith("/channels/0")


def test_the_next_lead_is_taken_once_and_given_only_to_a_seller(filled: tuple[House, dict[str, str]]) -> None:
    house, values = filled
    sam = program(house, "sam")

    taken = sam.post("/sales/next").json()
    given = sam.post(f"/handoffs/{taken['execution']}/reassign", {"to": "theo"})

    assert (taken["execution"], taken["by"], taken["status"]) == (values["execution"], "sam", "accepted")
    assert (given.status_code, given.json()["type"]) == (403, "/api#not-allowed")
    assert [one["execution"] for one in sam.get("/handoffs", mine="true").json()["items"]] == [values["execution"]]
    assert sam.post("/sales/next").status_code == 404


def test_dead_letters_are_read_again_or_given_up_with_a_reason(filled: tuple[House, dict[str, str]]) -> None:
    house, _ = filled
    mara = program(house, "mara")
    (group,) = mara.get("/dead-letters").json()["items"]
    at = f"/dead-letters/{group['id']}"

    asked = [mara.post(f"{at}/replay").status_code for _ in range(2)]
    silent = mara.post(f"{at}/discard", {"reason": " "})
    given_up = mara.post(f"{at}/discard", {"reason": "the export was a trial"})

    assert (group["reason"], group["count"]) == ("not JSON", 1)
    assert asked == [202, 409]
    assert (silent.status_code, given_up.json()) == (422, {"letters": 1})
    assert mara.get("/dead-letters").json()["items"] == []
    assert mara.post(f"{at}/replay").status_code == 404
