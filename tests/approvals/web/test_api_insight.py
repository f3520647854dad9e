"""What came of the work, through the API: pictures as numbers, the brief, practices, one lead's curve and who it is."""

import csv

import pytest

from approvals.tokens import Scope
from approvals.web.api.insight import Period
from tests.approvals.web.api_client import program
from tests.approvals.web.house import LEAD, House, budget, keywords
from tests.approvals.web.referrers import CANARIES, DOCTOR, MANAGER, practice_of_two, with_referrals
from tests.approvals.web.scored import scored
from tools.reports.catalogue import PICTURES
from tools.reports.report import PERIODS
from tools.store.audit import entries


@pytest.fixture
def desk(house: House) -> House:
    return with_referrals(house)


@pytest.fixture
def handed(desk: House) -> str:
    return practice_of_two(desk)


def test_every_picture_is_listed_and_gives_its_numbers(house: House) -> None:
    scored(house)
    house.propose(keywords())
    ada = program(house, "ada", Scope.READ_LEADS)

    listed = ada.get("/pictures").json()["items"]
    found = {one["key"]: ada.get(f"/pictures/{one['key']}").json() for one in listed}

    assert [one["key"] for one in listed] == [one.key for one in PICTURES]
    assert tuple(Period) == PERIODS
    assert all(len(row) == len(one["head"]) for one in found.values() for row in one["rows"])
    assert (found["findings"]["is_empty"], found["scores"]["is_empty"]) == (False, False)
    assert found["findings"]["takeaway"] == "1 of 1 item met no objection (100 %)."
    assert all(one["takeaway"] for one in found.values())


def test_a_picture_takes_the_filters_of_its_page_and_refuses_others(house: House) -> None:
    scored(house)
    mara = program(house, "mara", Scope.READ_LEADS)

    narrowed = mara.get("/pictures/funnel", track="b2b_referral", days=30, location="tampa").json()

    assert narrowed["asked"] == {"track": "b2b_referral", "line": None, "location": None, "days": 30}
    assert "location" not in narrowed["filters"]
    lines = csv.reader(house.signed_in("mara").get("/pictures/funnel.csv").text.lstrip("\ufeff").splitlines())
    assert next(lines) == mara.get("/pictures/funnel").json()["head"]
    for wrong in ({"days": 31}, {"line": "cardiology"}, {"location": "miami"}, {"dyas": 30}):
        assert mara.get("/pictures/funnel", **wrong).json()["type"] == "/api#invalid", wrong
    assert mara.get("/pictures/gantt").status_code == 404


def test_the_brief_is_the_pages_in_numbers(house: House) -> None:
    house.propose(budget())
    ada = program(house, "ada", Scope.READ_QUEUE)

    this = ada.get("/brief").json()
    before = ada.get("/brief", week="2026-W09").json()

    assert (this["week"], this["high_risk_waiting"], this["money_waiting_usd"]) == ("2026-W10", 1, 1200.0)
    assert (this["waits"][0]["kind"], this["lines"][0]["line"]) == ("budget_shift", "orthopaedics")
    assert (before["week"], before["until"][:10]) == ("2026-W09", "2026-03-02")
    assert ada.get("/brief", week="2026-W11").status_code == 404
    assert ada.get("/brief", week="2026-W60").status_code == 404
    assert ada.get("/brief", week="last").json()["type"] == "/api#invalid"


def test_practices_are_ranked_with_who_has_whom_and_no_name(desk: House, handed: str) -> None:
    sam = program(desk, "sam", Scope.READ_LEADS)

    page = sam.get("/practices").json()
    one = sam.get(f"/practices/{DOCTOR}").json()

    (first,) = page["items"]
    assert (page["model"], page["next"], first["lead"], first["open_count"]) == ("physician_liaison", None, MANAGER, 1)
    assert {contact["lead"] for contact in first["contacts"]} == {DOCTOR, MANAGER}
    assert next(contact["execution"] for contact in first["contacts"] if contact["lead"] == DOCTOR) == handed
    assert "nobody has it" in first["next_step"]
    assert (one["lead"], one["standings"][0], one["handoffs"]) == (MANAGER, first, [handed])
    assert not [name for name in CANARIES if name in str(page) + str(one)]
    assert sam.get("/practices/L-000000000000").status_code == 404
    assert sam.get("/practices", model="radio").json()["type"] == "/api#invalid"
    assert sam.get("/practices", cursor="WyJxIiwxXQ").json()["type"] == "/api#invalid"


def test_practices_are_none_where_no_referral_model_is_in_force(house: House) -> None:
    assert program(house, "mara").get("/practices").json() == {"model": "", "items": [], "next": None}


def test_a_curve_runs_from_what_was_to_what_will_be(house: House) -> None:
    scored(house)
    sam = program(house, "sam", Scope.READ_LEADS)

    curve = sam.get(f"/leads/{LEAD}/curve").json()
    standing = sam.get(f"/leads/{LEAD}").json()["standings"][0]

    assert (curve["model"], curve["threshold"] > 0, curve["takeaway"][:13]) == ("orthopaedics", True, "Orthopaedics:")
    assert {point["is_ahead"] for point in curve["points"]} == {True, False}
    now = next(point for point in curve["points"] if point["at"] == curve["at"])
    assert now["total"] == pytest.approx(standing["total"])
    assert sam.get(f"/leads/{LEAD}/curve", model="cardiology").status_code == 404
    assert sam.get("/leads/L-000000000000/curve").status_code == 404


def test_two_leads_are_merged_and_taken_apart_again(desk: House, handed: str) -> None:
    theo, ada = program(desk, "theo", Scope.MATCH, Scope.READ_LEADS), program(desk, "ada")

    merged = theo.post(f"/leads/{DOCTOR}/merge", {"other": MANAGER, "reason": "same_person"}).json()
    gone = next(one for one in (DOCTOR, MANAGER) if one != merged["survivor"])
    twice = theo.post(f"/leads/{DOCTOR}/merge", {"other": MANAGER, "reason": "same_person"})
    log = ada.get(f"/leads/{gone}/matches").json()
    apart = theo.post(f"/leads/{gone}/unmerge", {"reason": "mistake"})
    again = theo.post(f"/leads/{gone}/unmerge", {"reason": "mistake"})

    assert (log["survivor"], log["parts"]) == (merged["survivor"], [gone])
    assert [(row["event"], row["rule"], row["by"], row["reason"]) for row in log["items"]] == [("merge", "person", "theo", "same_person")]
    assert "key" not in str(log)
    assert apart.json() == {"lead": gone, "out_of": merged["survivor"]}
    assert (twice.status_code, again.status_code) == (409, 409)
    assert ada.get(f"/leads/{gone}/matches").json()["parts"] == []
    with desk.workspace.database.read() as connection:
        rows = [entry for entry in entries(connection) if entry.event in ("lead:merge", "lead:unmerge")]
    assert [row.detail["token"] for row in rows] == [theo.token.id] * 2


def test_a_merge_asks_for_the_right_a_reason_and_two_leads_that_are_there(desk: House, handed: str) -> None:
    theo, pia = program(desk, "theo", Scope.MATCH), program(desk, "pia", Scope.MATCH)
    body = {"other": MANAGER, "reason": "same_person"}

    assert Scope.MATCH not in program(desk, "ada").token.scopes
    assert program(desk, "ada").post(f"/leads/{DOCTOR}/merge", body).status_code == 403
    assert program(desk, "ada").post(f"/leads/{DOCTOR}/unmerge", {"reason": "mistake"}).status_code == 403
    assert theo.post(f"/leads/{DOCTOR}/merge", {**body, "reason": "a hunch"}).json()["type"] == "/api#invalid"
    assert theo.post("/leads/L-000000000000/merge", body).status_code == 404
    assert theo.post("/leads/L-000000000000/unmerge", {"reason": "mistake"}).status_code == 404
    assert pia.post(f"/leads/{DOCTOR}/merge", body).status_code == 200


@pytest.mark.parametrize(
    "path", ["/pictures", "/pictures/funnel", "/practices", f"/practices/{LEAD}", f"/leads/{LEAD}/curve", f"/leads/{LEAD}/matches"]
)
def test_what_came_of_leads_needs_its_scope_and_its_role(house: House, path: str) -> None:
    scored(house)

    without, inez = program(house, "sam", Scope.READ_QUEUE), program(house, "inez")

    assert (without.get(path).status_code, inez.get(path).status_code) == (403, 403)
    assert program(house, "sam", Scope.OWN).get("/brief").status_code == 403
