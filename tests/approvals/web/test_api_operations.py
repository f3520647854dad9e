"""The audit log, its export, webhooks and dead letters, through the API."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import update

from approvals.tokens import Scope
from tests.approvals.web.api_client import bound, program
from tests.approvals.web.house import House, keywords
from tests.approvals.web.test_pages import fill
from tools.store.api_tables import webhook_deliveries
from tools.store.audit import entries
from tools.store.audit_export import verify_export


@pytest.fixture
def values(house: House) -> dict[str, str]:
    return fill(house)


# --- audit


def test_the_timeline_is_narrowed_as_at_the_page(house: House, values: dict[str, str]) -> None:
    ada = program(house, "ada", Scope.READ_AUDIT)

    mine = ada.get("/audit", actor="mara", family="action").json()["items"]
    runs = ada.get("/audit", family="run").json()["items"]
    today = ada.get("/audit", since="2026-03-02", until="2026-03-02", limit=3).json()
    before = ada.get("/audit", until="2026-03-01").json()["items"]

    assert {row["event"] for row in mine} == {"action:approve"}
    assert ({row["actor"] for row in mine}, runs, before) == ({"mara"}, [], [])
    assert (len(today["items"]), bool(today["next"])) == (3, True)
    assert ada.get("/audit", family="weather").json()["type"] == "/api#invalid"
    for odd in ({"since": "2026-03-03", "until": "2026-03-02"}, {"until": "9999-12-31"}, {"since": "0001-01-01"}):
        assert ada.get("/audit", **odd).json()["type"] == "/api#refused", odd
    assert house.signed_in("ada").get("/audit?until=9999-12-31").status_code == 422


def test_what_one_person_did_comes_with_how_often(house: House, values: dict[str, str]) -> None:
    ada = program(house, "ada", Scope.READ_AUDIT)

    decisions = ada.get("/audit/people/mara", what="decisions").json()
    first = ada.get("/audit/people/mara", limit=2).json()
    rest = ada.get("/audit/people/mara", limit=200, cursor=first["next"]).json()

    assert {row["event"] for row in decisions["items"]} == {"action:approve"}
    assert decisions["deeds"]["action:approve"] == len(decisions["items"])
    assert len(first["items"]) == 2
    assert {"mara"} == {row["actor"] for row in decisions["items"]}
    assert rest["items"][0]["seq"] < first["items"][-1]["seq"]
    assert ada.get("/audit/people/nobody").status_code == 404
    assert ada.get("/audit/people/theo", cursor=first["next"]).json()["type"] == "/api#invalid"
    assert program(house, "theo").get("/audit/people/mara").status_code == 403
    assert program(house, "ada", Scope.READ_QUEUE).get("/audit/people/mara").status_code == 403


def test_an_export_is_signed_whole_and_booked_to_its_token(house: House, values: dict[str, str], tmp_path: Path) -> None:
    ada = program(house, "ada", Scope.EXPORT_AUDIT)

    answer = ada.post("/audit/export", {"since": "2026-03-02"})

    file = tmp_path / "audit.zip"
    file.write_bytes(answer.content)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"].startswith('attachment; filename="audit-')
    assert verify_export(file, key=house.workspace.ring.public_key()).ok
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        rows = [json.loads(line) for line in archive.read(manifest["file"]).splitlines()]
    assert (manifest["made_by"], manifest["rows"]) == ("ada", len(rows))
    with house.workspace.database.read() as connection:
        row = next(entry for entry in entries(connection) if entry.event == "audit:export")
    assert (row.actor, row.detail["client"], row.detail["token"]) == ("ada", "api", ada.token.id)


def test_an_export_needs_its_own_scope_and_right(house: House, values: dict[str, str]) -> None:
    reader, ada = program(house, "ada", Scope.READ_AUDIT), program(house, "ada", Scope.EXPORT_AUDIT)

    assert "it needs the scope export:audit" in reader.post("/audit/export", {}).json()["detail"]
    assert Scope.EXPORT_AUDIT not in program(house, "theo").token.scopes
    assert program(house, "theo").post("/audit/export", {}).status_code == 403
    assert ada.post("/audit/export", {"until": "2020-01-01"}).status_code == 404
    assert ada.post("/audit/export", {"since": "2026-03-03", "until": "2026-03-01"}).json()["type"] == "/api#refused"
    assert ada.post("/audit/export", {"since": "9999-12-31", "until": "9999-12-31"}).json()["type"] == "/api#refused"


def test_an_export_sent_again_under_its_key_is_made_anew(house: House, values: dict[str, str]) -> None:
    ada, key = program(house, "ada", Scope.EXPORT_AUDIT), {"Idempotency-Key": "e-1"}

    answers = [ada.client.post("/api/v1/audit/export", json={}, headers=key) for _ in range(2)]

    assert [(answer.status_code, answer.content[:2]) for answer in answers] == [(200, b"PK")] * 2


# --- webhooks


def test_webhooks_are_listed_without_their_secrets(house: House, values: dict[str, str]) -> None:
    mara = program(house, "mara", Scope.ADMIN)

    (one,) = mara.get("/webhooks").json()["items"]
    (sent,) = mara.get(f"/webhooks/{one['id']}/deliveries").json()["items"]

    assert (one["id"], one["name"], one["host"], one["events"]) == (values["endpoint"], "warehouse", "hooks.example.org", ["action.done"])
    assert (one["deliveries"], one["disabled_at"]) == ({"waiting": 1, "done": 0, "dead": 0}, None)
    assert (sent["event"], sent["status"], sent["attempts"]) == ("webhook.ping", "waiting", 0)
    assert "whsec_" not in mara.get("/webhooks").text + mara.get(f"/webhooks/{one['id']}/deliveries").text
    assert mara.get("/webhooks/W-000000000000/deliveries").status_code == 404


def test_a_webhook_is_tested_turned_off_and_on_and_sent_again(house: House, values: dict[str, str]) -> None:
    mara, at = program(house, "mara", Scope.ADMIN), f"/webhooks/{values['endpoint']}"

    pinged = mara.post(f"{at}/ping")
    off = [mara.post(f"{at}/disable") for _ in range(2)]
    on = [mara.post(f"{at}/enable") for _ in range(2)]
    waits = mara.post("/webhooks/deliveries/1/replay")
    with house.workspace.database.write() as connection:
        connection.execute(update(webhook_deliveries).values(status="dead", attempts=9))
    again = mara.post("/webhooks/deliveries/1/replay")

    assert (pinged.status_code, pinged.json()["event_id"][:5]) == (202, "ping_")
    assert ([answer.status_code for answer in off], bool(off[0].json()["disabled_at"])) == ([200, 409], True)
    assert ([answer.status_code for answer in on], on[0].json()["disabled_at"]) == ([200, 409], None)
    assert (waits.status_code, again.status_code) == (409, 202)
    assert (again.json()["status"], again.json()["attempts"]) == ("waiting", 0)
    with house.workspace.database.read() as connection:
        rows = [entry for entry in entries(connection) if entry.detail.get("token") == mara.token.id]
    assert [row.event for row in rows][::-1] == ["webhook:ping", "webhook:disable", "webhook:enable", "webhook:replay"]


def test_webhooks_are_an_administrators_and_no_token_makes_a_secret(house: House, values: dict[str, str]) -> None:
    at = f"/webhooks/{values['endpoint']}"
    mara = program(house, "mara", Scope.ADMIN)
    everything = [("GET", "/webhooks"), ("GET", f"{at}/deliveries"), ("POST", "/webhooks/deliveries/1/replay")]
    everything += [("POST", f"{at}/{step}") for step in ("ping", "disable", "enable")]

    for method, path in everything:
        for other in (program(house, "inez"), program(house, "mara", Scope.OPERATE)):
            assert other.client.request(method, f"/api/v1{path}").status_code == 403, path
    for step in ("ping", "disable", "enable"):
        assert mara.post(f"/webhooks/W-000000000000/{step}").status_code == 404
    assert mara.post("/webhooks/deliveries/999/replay").status_code == 404
    assert mara.post("/webhooks", {"name": "x", "url": "https://hooks.example.org"}).status_code == 405
    assert mara.post(f"{at}/rotate").status_code == 404


# --- dead letters


def test_one_group_of_dead_letters_says_where_each_stood(house: House, values: dict[str, str]) -> None:
    ada, at = program(house, "ada", Scope.OPERATE), f"/dead-letters/{values['group_id']}"

    before = ada.get(at).json()
    program(house, "mara").post(f"{at}/replay")
    after = ada.get(at).json()

    assert (before["reason"], before["count"], [one["place"] for one in before["letters"]]) == ("not JSON", 1, ["line 13, messageId"])
    assert (before["is_asked"], after["is_asked"], before["is_withheld"]) == (False, True, False)
    assert len(ada.get("/dead-letters", channel="search").json()["items"]) == 1
    assert ada.get("/dead-letters", channel="email").json()["items"] == []
    assert ada.get("/dead-letters/0000000000000000").status_code == 404
    assert program(house, "sam").get(at).status_code == 403
    assert program(house, "ada", Scope.READ_QUEUE).get(at).status_code == 403


def test_an_approval_through_the_api_stands_in_its_persons_trail(house: House) -> None:
    action = house.propose(keywords()).id
    program(house, "theo").post(f"/actions/{action}/approve", bound(house, action))

    trail = program(house, "ada").get("/audit/people/theo", what="decisions").json()["items"]

    assert [(row["subject"], row["detail"]["client"]) for row in trail] == [(action, "api")]
