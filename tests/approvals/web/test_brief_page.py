"""The Brief page: a week at a time, the numbers of the store, links to where each thing is decided."""

from datetime import timedelta

from approvals.decide import reject
from tests.approvals.web.house import House, budget, guarantee, keywords


def test_the_brief_counts_what_waits_and_links_to_it(house: House) -> None:
    house.propose(budget())
    house.propose(keywords())
    blocked = house.propose(guarantee())

    page = house.signed_in("theo").get("/brief").text

    assert "2 items, 1 of high risk, $1,200 to decide." in page
    assert 'href="/queue?kind=budget_shift"' in page
    assert f'href="/actions/{blocked.id}"' in page
    assert "is blocked by FTC-CLAIM-GUARANTEE" in page
    assert "Nothing was executed." in page


def test_weeks_are_addresses_and_a_future_one_is_this_one(house: House) -> None:
    visitor = house.signed_in("inez")

    this = visitor.get("/brief").text
    assert "<h1>This week</h1>" in this
    assert 'href="/brief?week=2026-W09"' in this
    earlier = visitor.get("/brief?week=2026-W09").text
    assert "<h1>Week 2026-W09</h1>" in earlier
    assert 'href="/brief?week=2026-W10"' in earlier
    assert "What waits for you now" in earlier
    for name in ("2027-W01", "nonsense", "<script>"):
        assert "<h1>This week</h1>" in visitor.get(f"/brief?week={name}").text


def test_a_decision_stands_in_the_brief_of_its_week_only(house: House) -> None:
    action = house.propose(keywords())
    reject(house.workspace, action.id, by="theo", version=1, content_hash=action.content_hash, reason="not now")
    house.clock.at += timedelta(days=7)
    visitor = house.signed_in("theo")

    assert "Decisions: none" in visitor.get("/brief").text
    assert "Decisions: 1 × reject" in visitor.get("/brief?week=2026-W10").text
