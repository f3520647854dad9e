"""The queue's page: search, saved views, many items together, and the stream that says something changed."""

import re

import pytest

from policies.actions import ActionKind, Content, Proposal, Risk, Status
from tests.approvals.web.house import House, Visitor, keywords, proposal
from tools.store.views import views_of


def titles(visitor: Visitor, path: str) -> set[str]:
    visitor.get(path)
    return set(re.findall(r'<a class="title"[^>]*>([^<]+)</a>', visitor.page))


def batch_of(visitor: Visitor) -> dict[str, str]:
    """The ticked items of the page of many items, as its form would send them."""
    return {name: value for name, value, ticked in re.findall(r'name="(item:[^"]+)" value="([^"]+)"( checked)?', visitor.page) if ticked}


def calm(number: int) -> Proposal:
    """One of many that differ in nothing a rule reads."""
    return keywords(
        f"knee-{number}", content=Content(title="Item knee", body="Campaign Knee, phrase match:\njobs\nsalary", destination="Google Ads")
    )


def test_a_search_stands_in_the_address_and_finds_words(house: House) -> None:
    house.propose(keywords("knee", content=Content(title="Stop paying for knee jobs", body="jobs")))
    house.propose(keywords("hip", content=Content(title="Stop paying for hip jobs", body="jobs")))
    mara = house.signed_in("mara")

    assert titles(mara, "/queue?q=KNEE+paying") == {"Stop paying for knee jobs"}
    assert '<input type="search" name="q" value="KNEE paying"' in mara.page
    assert "Nothing matches these filters" in mara.get("/queue?q=shoulder").text


def test_a_view_is_saved_under_a_name_shared_and_removed_by_its_owner(house: House) -> None:
    house.propose(keywords())
    mara, inez = house.signed_in("mara"), house.signed_in("inez")
    mara.get("/queue?risk=low")
    assert mara.post("/queue/views", name="Quick ones", shared="1").headers["location"] == "/queue?risk=low"

    assert ">Quick ones" in inez.get("/queue").text
    assert "Remove this view" not in inez.get("/queue?risk=low").text
    assert inez.client.post("/queue/views/remove", data={"csrf": "x", "name": "Quick ones"}).status_code == 403
    mara.get("/queue?risk=low")
    assert mara.post("/queue/views/remove").headers["location"] == "/queue"
    assert ">Quick ones" not in inez.get("/queue").text


@pytest.mark.parametrize("query", ["?q=813-555-0142", "?q=quilla.fenwright%40example.org"])
def test_a_search_that_names_somebody_is_not_kept(house: House, query: str) -> None:
    mara = house.signed_in("mara")
    mara.get(f"/queue{query}")

    answer = mara.post("/queue/views", name="Her")

    assert answer.status_code == 422
    with house.workspace.database.read() as connection:
        assert views_of(connection, "mara") == ()


def test_a_second_view_of_one_name_is_refused_kindly(house: House) -> None:
    mara = house.signed_in("mara")
    for query in ("?risk=low", "?risk=high"):
        mara.get(f"/queue{query}")
        answer = mara.post("/queue/views", name="Mine")

    assert answer.status_code == 409
    assert "you have a view called Mine already" in answer.text


def test_ticked_items_are_shown_in_full_and_approved_together(house: House) -> None:
    made = [house.propose(calm(number)) for number in range(3)]
    mara = house.signed_in("mara")
    ids = "&".join(f"item={one.id}" for one in made)

    page = mara.get(f"/queue/batch?{ids}").text
    assert page.count("Campaign Knee, phrase match:") == 3
    done = mara.post("/queue/batch", verdict="approve", **batch_of(mara))

    assert done.status_code == 200
    assert "3 approved" in done.text
    assert {house.action(one.id).status for one in made} == {Status.APPROVED}


def test_what_must_be_looked_at_alone_is_not_ticked_and_says_why(house: House) -> None:
    calm, risky = house.propose(keywords("calm")), house.propose(keywords("risky", risk=Risk.HIGH))
    mara = house.signed_in("mara")
    mara.get(f"/queue/batch?item={calm.id}&item={risky.id}")

    assert set(batch_of(mara)) == {f"item:{calm.id}"}
    assert "it is of high risk" in mara.page
    forced = {f"item:{risky.id}": f"{risky.version}:{risky.content_hash}"}
    assert "0 approved" in mara.post("/queue/batch", verdict="approve", **forced).text
    assert house.action(risky.id).status is Status.QUEUED


def test_all_that_match_are_one_click_away_when_they_are_of_one_kind(house: House) -> None:
    for number in range(30):
        house.propose(calm(number))
    house.propose(proposal(ActionKind.VIDEO_METADATA, "video"))
    mara = house.signed_in("mara")

    assert "or at all 30 that match" in mara.get("/queue?kind=negative_keywords&mine=1").text
    mara.get("/queue/batch?kind=negative_keywords&mine=1&all=1")
    assert len(batch_of(mara)) == 30
    assert "30 rejected" in mara.post("/queue/batch", verdict="reject", reason="Campaigns ended", **batch_of(mara)).text


def test_items_of_several_kinds_are_not_decided_together(house: House) -> None:
    made = [house.propose(keywords()), house.propose(proposal(ActionKind.VIDEO_METADATA, "video"))]
    mara = house.signed_in("mara")
    page = mara.get("/queue/batch?" + "&".join(f"item={one.id}" for one in made)).text

    assert "Only like items are decided together" in page
    assert mara.post("/queue/batch", verdict="approve", **batch_of(mara)).status_code == 422
    assert {house.action(one.id).status for one in made} == {Status.QUEUED}


def test_a_batch_without_a_token_of_the_session_does_nothing(house: House) -> None:
    one = house.propose(keywords())
    mara = house.signed_in("mara")

    data = {"verdict": "approve", f"item:{one.id}": f"{one.version}:{one.content_hash}"}
    assert mara.client.post("/queue/batch", data=data).status_code == 403
    assert house.action(one.id).status is Status.QUEUED


def test_the_stream_says_that_something_changed_and_nothing_more(house: House) -> None:
    mara = house.signed_in("mara")
    seen = re.search(r"/queue/events\?since=(\d+)", mara.get("/queue").text)
    assert seen is not None

    assert "changed" not in mara.client.get(f"/queue/events?since={seen[1]}&seconds=0").text
    house.propose(keywords("knee"))
    told = mara.client.get(f"/queue/events?since={seen[1]}&seconds=0")

    assert told.headers["content-type"].startswith("text/event-stream")
    assert "event: changed" in told.text
    assert "1 wait now" in told.text
    assert "knee" not in told.text.lower()
    assert house.visitor().client.get("/queue/events?seconds=0", follow_redirects=False).status_code == 303
