"""What is a person's own, through the API: notices, how they are told, and saved views."""

from typing import Any

import pytest
from sqlalchemy import update

from approvals import pause
from approvals.notices import tell_all
from approvals.tokens import Scope
from tests.approvals.web.api_client import program
from tests.approvals.web.house import House, keywords
from tools.store.audit import entries
from tools.store.notice_tables import notice_deliveries, notices
from tools.store.notices import DEAD

WISHES: dict[str, Any] = {
    "choices": {"paused": {"mode": "digest", "media": ["email"]}},
    "digest_at": "09:30",
    "weekdays": [4, 0, 0],
    "timezone": "America/New_York",
    "quiet_from": "21:00",
    "quiet_to": "06:00",
}


def paused_twice(house: House) -> None:
    for scope in ("search", "email"):
        pause.pause(house.workspace, scope, by="mara", reason="a claim is wrong")
    tell_all(house.workspace)


def test_notices_come_in_pages_and_reading_marks_nothing(house: House) -> None:
    paused_twice(house)
    theo = program(house, "theo", Scope.OWN)

    first = theo.get("/notices", limit=1).json()
    second = theo.get("/notices", limit=1, cursor=first["next"]).json()

    assert [one["subject"] for page in (first, second) for one in page["items"]] == ["Email is paused", "Google search is paused"]
    assert (first["items"][0]["sentence"][:28], first["items"][0]["path"]) == ("Mara Lindqvist paused it. No", "/pause")
    assert (second["next"], second["unread"]) == (None, 2)
    assert theo.get("/notices", cursor="abc").json()["type"] == "/api#invalid"


def test_a_notice_is_read_by_whom_it_was_for(house: House) -> None:
    paused_twice(house)
    theo = program(house, "theo", Scope.OWN)
    newest, oldest = theo.get("/notices").json()["items"]
    foreign = program(house, "inez").post(f"/notices/{newest['id']}/read")

    one = theo.post(f"/notices/{newest['id']}/read")
    rest = theo.post("/notices/read", {"up_to": oldest["id"]})

    assert (foreign.status_code, one.status_code, bool(one.json()["read_at"])) == (404, 200, True)
    assert rest.json() == {"marked": 1, "unread": 0}
    assert theo.post("/notices/999999/read").json()["type"] == "/api#not-found"


def test_a_person_says_how_they_want_to_be_told(house: House) -> None:
    theo = program(house, "theo", Scope.OWN)
    before = theo.get("/notices/preferences").json()

    saved = theo.client.put("/api/v1/notices/preferences", json=WISHES)

    assert (before["choices"]["paused"]["mode"], before["timezones"]) == ("at_once", ["America/New_York"])
    after = saved.json()
    assert (saved.status_code, after["weekdays"], after["digest_at"], after["timezone"]) == (200, [0, 4], "09:30", "America/New_York")
    assert after["choices"]["paused"] == {"mode": "digest", "media": ["email"]}
    assert after["choices"]["mentioned"]["mode"] == "off"
    assert theo.get("/notices/preferences").json() == after
    assert program(house, "inez").get("/notices/preferences").json()["choices"]["paused"]["mode"] == "at_once"
    with house.workspace.database.read() as connection:
        row = next(entry for entry in entries(connection) if entry.event == "notice:prefer")
    assert (row.actor, row.detail["token"]) == ("theo", theo.token.id)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"timezone": "Asia/Tokyo"}, "refused"),
        ({"choices": {"handoff_waits": {"mode": "digest"}}}, "refused"),
        ({"weekdays": []}, "invalid"),
        ({"weekdays": [7]}, "invalid"),
        ({"digest_at": "25:00"}, "invalid"),
        ({"choices": {"gossip": {"mode": "digest"}}}, "invalid"),
    ],
)
def test_a_wish_that_cannot_be_kept_is_refused_and_nothing_saved(house: House, change: dict[str, Any], kind: str) -> None:
    theo = program(house, "theo", Scope.OWN)
    before = theo.get("/notices/preferences").json()

    answer = theo.client.put("/api/v1/notices/preferences", json={**WISHES, **change})

    assert (answer.status_code, answer.json()["type"]) == (422, f"/api#{kind}")
    assert theo.get("/notices/preferences").json() == before


def test_only_an_administrator_tries_again_what_could_not_be_delivered(house: House) -> None:
    paused_twice(house)
    with house.workspace.database.write() as connection:
        notice = connection.scalar(notices.select().limit(1))
        row = {"notice": notice, "person": "theo", "medium": "email", "mode": "at_once", "message": "N-1"}
        connection.execute(notice_deliveries.insert().values(row | {"status": "waiting", "next_at": house.clock()}))
        connection.execute(update(notice_deliveries).values(status=DEAD))

    refused = program(house, "inez").post("/notices/retry")
    again = program(house, "mara", Scope.ADMIN).post("/notices/retry")

    assert (refused.status_code, again.status_code) == (403, 202)
    assert again.json()["deliveries"] >= 1


def test_a_view_is_kept_shared_listed_and_removed_by_its_owner(house: House) -> None:
    house.propose(keywords())
    theo, inez = program(house, "theo", Scope.OWN, Scope.READ_QUEUE), program(house, "inez", Scope.OWN, Scope.READ_QUEUE)
    body = {"name": " Quick  ones ", "risk": "low", "channel": "search", "q": "knee", "is_shared": True}

    made = theo.post("/queue/views", body)
    twice = theo.post("/queue/views", body)
    theo.post("/queue/views", {"name": "Mine", "mine": True, "shelf": "blocked"})
    (seen,) = inez.get("/queue/views").json()["items"]
    foreign = inez.client.delete("/api/v1/queue/views", params={"name": "Quick ones"})
    gone = [theo.client.delete("/api/v1/queue/views", params={"name": "Quick ones"}).status_code for _ in range(2)]

    assert (made.status_code, twice.status_code, made.json()) == (201, 409, seen)
    assert {name: seen[name] for name in ("owner", "name", "risk", "channel", "kind", "q", "mine", "shelf")} == {
        **{"owner": "theo", "name": "Quick ones", "risk": "low", "channel": "search", "kind": None},
        **{"q": "knee", "mine": False, "shelf": "waiting"},
    }
    assert theo.get("/queue", risk="low", q="knee").json()["items"][0]["title"] == "Item knee"
    assert "Quick ones" not in house.signed_in("theo").get("/queue").text
    assert (foreign.status_code, gone) == (404, [204, 404])
    (mine,) = theo.get("/queue/views").json()["items"]
    assert (mine["name"], mine["mine"], mine["shelf"]) == ("Mine", True, "blocked")


def test_a_view_never_keeps_who_somebody_is(house: House) -> None:
    theo = program(house, "theo", Scope.OWN, Scope.READ_QUEUE)

    made = theo.post("/queue/views", {"name": "Mail of wren@example.org", "q": "referral"})
    refused = theo.post("/queue/views", {"name": "A number", "q": "813-555-0142"})

    assert (made.status_code, refused.status_code) == (201, 422)
    assert "wren@example.org" not in made.text + theo.get("/queue/views").text
    assert "0142" not in refused.text + theo.get("/queue/views").text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/notices"),
        ("POST", "/notices/1/read"),
        ("POST", "/notices/read"),
        ("POST", "/notices/retry"),
        ("GET", "/notices/preferences"),
        ("PUT", "/notices/preferences"),
        ("POST", "/queue/views"),
        ("DELETE", "/queue/views?name=x"),
    ],
)
def test_what_is_ones_own_needs_its_scope(house: House, method: str, path: str) -> None:
    body = {"up_to": 1} if path == "/notices/read" else WISHES if method == "PUT" else {"name": "x"} if path == "/queue/views" else None

    answer = program(house, "theo", Scope.READ_QUEUE).client.request(method, f"/api/v1{path}", json=body)

    assert (answer.status_code, "it needs the scope" in answer.json()["detail"]) == (403, True)


def test_the_list_of_views_needs_the_scope_that_reads_the_queue(house: House) -> None:
    assert program(house, "theo", Scope.OWN).get("/queue/views").status_code == 403
