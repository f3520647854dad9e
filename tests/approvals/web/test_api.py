"""The REST API: a token is a person with a program, so everything that holds at the pages holds here."""

from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from approvals import tokens
from approvals.tokens import Scope
from approvals.web.app import create_app
from policies.actions import Status
from tests.approvals.web.api_client import bound, program
from tests.approvals.web.house import PRACTICE, House, budget, guarantee, keywords
from tools.practice import Practice
from tools.store.api_tables import api_requests
from tools.store.audit import entries

PROBLEM = "application/problem+json"


def test_an_approval_through_the_api_is_the_owners_and_says_so_in_the_audit(house: House) -> None:
    action = house.propose(keywords()).id
    theo = program(house, "theo", Scope.READ_QUEUE, Scope.DECIDE)

    answer = theo.post(f"/actions/{action}/approve", bound(house, action))

    assert (answer.status_code, answer.json()["status"]) == (200, "approved")
    with house.workspace.database.read() as connection:
        row = next(entry for entry in entries(connection, subject=action) if entry.event == "action:approve")
    assert (row.actor, row.detail["client"], row.detail["token"]) == ("theo", "api", theo.token.id)
    assert house.workspace.audit.verify(house.workspace.database).ok


def test_four_eyes_are_two_people_whatever_they_decide_with(house: House) -> None:
    action = house.propose(budget()).id
    page, one, two = house.signed_in("theo"), program(house, "theo"), program(house, "theo")
    page.get(f"/actions/{action}")
    page.post(f"/actions/{action}/approve")

    again = [mine.post(f"/actions/{action}/approve", bound(house, action)) for mine in (one, two)]

    assert [answer.status_code for answer in again] == [409, 409]
    assert "needs another person" in again[0].json()["detail"]
    assert house.action(action).status is Status.QUEUED
    assert program(house, "inez").post(f"/actions/{action}/approve", bound(house, action)).json()["status"] == "approved"


def test_an_editor_through_the_api_cannot_approve_the_edit(house: House) -> None:
    rules = [{"kinds": ["negative_keywords"], "roles": ["marketing"], "four_eyes": True}]
    practice = Practice.model_validate({**PRACTICE, "approval_policy": {"rules": rules}})
    object.__setattr__(house.workspace, "practice", practice)
    action = house.propose(keywords()).id

    edited = program(house, "theo").post(f"/actions/{action}/edit", {**bound(house, action), "body": "Campaign Knee:\njobs"})
    refused = program(house, "theo").post(f"/actions/{action}/approve", bound(house, action))

    assert (edited.status_code, edited.json()["version"]) == (200, 2)
    assert (refused.status_code, refused.json()["type"]) == (403, "/api#not-allowed")
    assert "wrote or edited this item" in refused.json()["detail"]


def test_the_second_of_two_decisions_is_told_who_was_first(house: House) -> None:
    action = house.propose(keywords()).id
    seen = bound(house, action)
    program(house, "inez").post(f"/actions/{action}/reject", {**seen, "reason": "not this month"})

    late = program(house, "theo").post(f"/actions/{action}/approve", seen)

    assert (late.status_code, late.headers["content-type"]) == (409, PROBLEM)
    assert "inez rejected version 1" in late.json()["detail"]
    assert late.json()["instance"] == f"/api/v1/actions/{action}/approve"


def test_a_decision_about_another_text_than_the_current_one_does_nothing(house: House) -> None:
    action = house.propose(keywords()).id
    seen = bound(house, action)
    program(house, "theo").post(f"/actions/{action}/edit", {**seen, "body": "Campaign Knee, phrase match:\njobs"})

    stale = program(house, "inez").post(f"/actions/{action}/approve", seen)

    assert stale.status_code == 409
    assert house.action(action).status is Status.QUEUED


def test_a_blocked_item_is_refused_and_says_how_to_mend_it(house: House) -> None:
    action = house.propose(guarantee()).id

    refused = program(house, "theo").post(f"/actions/{action}/approve", bound(house, action))

    assert (refused.status_code, refused.json()["type"]) == (422, "/api#refused")
    assert "edit it, add the evidence" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        ({}, "Bearer"),
        ({"Authorization": "Bearer liaison_guessed"}, 'Bearer error="invalid_token"'),
        ({"Authorization": "Basic bWFyYTpw"}, "Bearer"),
        ({"Authorization": "Bearer"}, "Bearer"),
    ],
)
def test_without_a_valid_token_nothing_opens(house: House, headers: dict[str, str], challenge: str) -> None:
    answer = TestClient(house.app).get("/api/v1/queue", headers=headers)

    assert (answer.status_code, answer.headers["content-type"], answer.headers["www-authenticate"]) == (401, PROBLEM, challenge)


def test_a_session_cookie_opens_no_api(house: House) -> None:
    mara = house.signed_in("mara")

    assert mara.client.get("/api/v1/me").status_code == 401
    assert mara.client.post("/api/v1/actions/A-1/approve", json={"version": 1, "content_hash": "0" * 64}).status_code == 401


def test_a_revoked_token_is_refused_from_the_next_request_on(house: House) -> None:
    theo = program(house, "theo")
    before = theo.get("/me").status_code

    tokens.revoke(house.workspace, theo.token.id, by="theo")

    assert (before, theo.get("/me").status_code) == (200, 401)


def test_a_scope_that_is_not_there_is_named(house: House) -> None:
    action = house.propose(keywords()).id
    reader = program(house, "theo", Scope.READ_QUEUE)

    refused = reader.post(f"/actions/{action}/approve", bound(house, action))

    assert refused.status_code == 403
    assert "it needs the scope decide" in refused.json()["detail"]
    assert house.action(action).status is Status.QUEUED


def test_the_queue_comes_in_pages_of_a_cursor(house: House) -> None:
    ids = {house.propose(keywords(f"k{number}")).id for number in range(5)}
    theo = program(house, "theo")

    first = theo.get("/queue", limit=2).json()
    second = theo.get("/queue", limit=2, cursor=first["next"]).json()
    third = theo.get("/queue", limit=2, cursor=second["next"]).json()

    assert [item["id"] for page in (first, second, third) for item in page["items"]] == sorted(
        ids, key=lambda one: (house.action(one).created_at, one)
    )
    assert third["next"] is None
    assert theo.get("/queue/counts").json()["shelves"]["waiting"] == 5


@pytest.mark.parametrize("cursor", ["abc", "WyJhdWRpdCIsMV0", "W10", "_"])
def test_a_cursor_of_another_list_is_refused(house: House, cursor: str) -> None:
    answer = program(house, "theo").get("/queue", cursor=cursor)

    assert (answer.status_code, answer.json()["type"]) == (422, "/api#invalid")


def test_an_item_says_what_its_reader_may_do(house: House) -> None:
    action = house.propose(budget()).id
    program(house, "inez").post(f"/actions/{action}/approve", bound(house, action))

    answer = program(house, "theo").get(f"/actions/{action}")
    body = answer.json()

    assert answer.headers["etag"] == f'"1-{body["content_hash"]}"'
    assert (body["approvals_needed"], body["approved_by"], body["may_approve"]) == (2, ["inez"], True)
    assert body["decisions"][0]["role"] == "compliance"
    assert program(house, "inez").get(f"/actions/{action}").json()["may_approve"] is False
    assert program(house, "sam").get(f"/actions/{action}").json()["may_handle"] is False


def test_a_wrong_value_is_placed_but_never_repeated(house: House) -> None:
    body: dict[str, Any] = {"version": "wren.quillfeather@example.org", "content_hash": "0" * 64, "reason": "x", "extra": 1}

    answer = program(house, "theo").post("/actions/A-1/approve", body)

    assert answer.status_code == 422
    assert "quillfeather" not in answer.text
    assert [fault["at"] for fault in answer.json()["errors"]] == ["/version", "/extra"]


def test_an_identifier_that_came_so_far_is_masked_in_the_answer(house: House) -> None:
    action = house.propose(keywords()).id
    theo = program(house, "theo")
    edited = theo.post(f"/actions/{action}/edit", {**bound(house, action), "body": "Call 813-555-0142 or wren@example.org"})

    shown = theo.get(f"/actions/{action}")

    assert edited.status_code == 200
    assert shown.json()["content"]["body"] == "Call [PHONE] or [EMAIL]"
    assert shown.json()["content_hash"] == house.action(action).content_hash


def test_too_many_requests_of_one_token_wait_for_the_next_minute(house: House) -> None:
    few = house.workspace.settings.model_copy(update={"api_requests_per_minute": 2})
    object.__setattr__(house.workspace, "settings", few)
    house.app = create_app(house.workspace)
    theo, inez = program(house, "theo"), program(house, "inez")

    statuses = [theo.get("/me").status_code for _ in range(3)]
    last = theo.get("/me")
    other = inez.get("/me").status_code
    house.clock.forward(seconds=60)

    assert (statuses, other) == ([200, 200, 429], 200)
    assert (last.headers["retry-after"], last.headers["content-type"]) == ("60", PROBLEM)
    assert theo.get("/me").status_code == 200


def test_what_is_not_there_is_a_problem_too(house: House) -> None:
    theo = program(house, "theo")

    assert theo.get("/actions/A-000000000000").json()["type"] == "/api#not-found"
    assert theo.get("/nowhere").headers["content-type"] == PROBLEM
    deleted = theo.client.delete("/api/v1/queue")
    assert (deleted.status_code, deleted.headers["allow"]) == (405, "GET")


def test_a_body_has_an_end(house: House) -> None:
    answer = program(house, "theo").client.post("/api/v1/actions/A-1/approve", content=b"x" * 400_001)

    assert (answer.status_code, answer.json()["type"]) == (413, "/api#too-large")


def test_a_fault_is_a_reference_and_no_message(house: House, caplog: pytest.LogCaptureFixture) -> None:
    theo = program(house, "theo")
    action = house.propose(keywords()).id
    with house.workspace.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE decisions RENAME TO decisions_of_jane_doe")

    answer = theo.get(f"/actions/{action}")

    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    reference = answer.json()["detail"].partition("reference ")[2].partition(" ")[0]
    assert reference in caplog.text
    assert "decisions" not in answer.text


def test_a_request_sent_again_under_its_key_is_answered_as_before_and_done_once(house: House) -> None:
    action = house.propose(keywords()).id
    theo, inez = program(house, "theo"), program(house, "inez")
    comment, key = {"version": 1, "text": "the price is last year's"}, {"Idempotency-Key": "5f0c"}
    at = f"/api/v1/actions/{action}/comments"

    first, again = (theo.client.post(at, json=comment, headers=key) for _ in range(2))
    other = theo.client.post(at, json={**comment, "text": "another"}, headers=key)
    elses = inez.client.post(at, json=comment, headers=key)

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (again.headers["idempotency-replayed"], "idempotency-replayed" in first.headers) == ("true", False)
    assert (other.status_code, "belongs to another request" in other.json()["detail"]) == (422, True)
    assert elses.json()["by"] == "inez"
    assert len(theo.get(f"/actions/{action}/comments").json()["items"]) == 2
    house.clock.forward(hours=24)
    assert theo.client.post(at, json=comment, headers=key).json()["id"] != first.json()["id"]


def test_a_refused_request_may_be_mended_and_sent_under_the_same_key(house: House) -> None:
    action = house.propose(keywords()).id
    theo, key = program(house, "theo"), {"Idempotency-Key": "a-1"}
    at = f"/api/v1/actions/{action}/approve"

    refused = theo.client.post(at, json={"version": 1}, headers=key)
    mended = theo.client.post(at, json=bound(house, action), headers=key)
    again = theo.client.post(at, json=bound(house, action), headers=key)

    assert (refused.status_code, mended.status_code, again.status_code) == (422, 200, 200)
    assert again.json() == mended.json()
    assert theo.client.post(at, json=bound(house, action), headers={"Idempotency-Key": "a b"}).status_code == 422


def test_a_repeated_request_counts_against_the_minute_like_any_other(house: House) -> None:
    few = house.workspace.settings.model_copy(update={"api_requests_per_minute": 3})
    object.__setattr__(house.workspace, "settings", few)
    house.app = create_app(house.workspace)
    action = house.propose(keywords()).id
    theo, key = program(house, "theo"), {"Idempotency-Key": "5f0c"}
    at, comment = f"/api/v1/actions/{action}/comments", {"version": 1, "text": "the price is last year's"}

    statuses = [theo.client.post(at, json=comment, headers=key).status_code for _ in range(4)]

    assert statuses == [201, 201, 201, 429]


def test_a_request_that_a_crash_cut_short_is_not_done_twice(house: House) -> None:
    action = house.propose(keywords()).id
    theo = program(house, "theo")
    body = bound(house, action)
    at = f"/api/v1/actions/{action}/approve"
    theo.client.post(at, json=body, headers={"Idempotency-Key": "k"})
    with house.workspace.database.write() as connection:
        connection.execute(update(api_requests).values(status=None, body=None))

    again = theo.client.post(at, json=body, headers={"Idempotency-Key": "k"})

    assert (again.status_code, "was cut short" in again.json()["detail"]) == (409, True)
