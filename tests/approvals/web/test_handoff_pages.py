"""The lead's own page: response times, attempts, what became of it, and giving it back, for a browser without JavaScript."""

import re

import pytest

from tests.approvals.web.house import House, Visitor
from tests.approvals.web.test_pages import fill


def worked(house: House, *steps: tuple[str, dict[str, str]]) -> tuple[str, Visitor]:
    """A lead in the inbox after sales posted these forms, each from the page that shows it."""
    execution = fill(house)["execution"]
    sam = house.signed_in("sam")
    for form, fields in steps:
        sam.get(f"/inbox/{execution}")
        assert sam.post(f"/inbox/{execution}/{form}", **fields).status_code == 303, form
    sam.get(f"/inbox/{execution}")
    return execution, sam


BANT = {"budget": "covered", "authority": "true", "need": "true", "timeframe": "now"}


def test_sales_follows_a_lead_until_it_is_seen(house: House) -> None:
    house.clock.at = house.clock.at.replace(hour=15)  # 10:00 in Tampa
    execution, sam = worked(
        house, ("accept", {}), ("attempt", {"outcome": "left_message"}), ("qualify", BANT), ("outcome", {"outcome": "booked"})
    )
    assert "Left a message" in sam.page
    sam.post(f"/inbox/{execution}/outcome", outcome="seen")

    page = sam.get(f"/inbox/{execution}").text
    history = re.search(r'id="history".*?</section>', page, re.DOTALL)
    assert history
    assert re.findall(r"<li>(.*?) <span", history[0]) == ["MQL", "Accepted by sales", "SQL", "Booked", "Seen"]
    assert "The outcome is recorded" in sam.get(f"/inbox/{execution}?told=outcome").text
    assert "Orthopaedics lead" in sam.get("/inbox?state=seen").text


def test_a_lost_lead_asks_why(house: House) -> None:
    execution, sam = worked(house, ("accept", {}), ("qualify", BANT))

    assert sam.post(f"/inbox/{execution}/outcome", outcome="lost", reason="").status_code == 403
    assert sam.post(f"/inbox/{execution}/outcome", outcome="won").status_code == 403
    assert sam.post(f"/inbox/{execution}/outcome", outcome="lost", reason="chose_another").status_code == 303
    assert "Chose another" in sam.get(f"/inbox/{execution}").text


def test_what_is_left_of_the_response_time_is_said_in_words(house: House) -> None:
    house.clock.at = house.clock.at.replace(hour=15)
    execution, sam = worked(house)
    assert '<span class="left">15 min left</span>' in sam.get("/inbox").text

    house.clock.forward(minutes=40)

    listed, page = sam.get("/inbox").text, sam.get(f"/inbox/{execution}").text
    assert '<span class="left late">overdue by 25 min</span>' in listed
    assert "overdue by 25 min" in page
    assert "first attempt within 15 business minutes of accepting" in page
    assert "Waited for approval" in page


def test_a_return_says_what_each_reason_entails_and_asks_for_a_day(house: House) -> None:
    execution, sam = worked(house)
    for words_ in ("The lead rests until the date you state", "do-not-contact list", "After 3 attempts over 7 days"):
        assert words_ in sam.page

    assert sam.post(f"/inbox/{execution}/return", reason="timing_later").status_code == 422
    assert sam.post(f"/inbox/{execution}/return", reason="timing_later", return_on="soon").status_code == 403
    assert sam.post(f"/inbox/{execution}/return", reason="timing_later", return_on="2026-09-01").status_code == 303
    assert "rests until 1 Sep 2026, 00:00 EDT" in sam.get(f"/inbox/{execution}").text


@pytest.mark.parametrize(("form", "fields"), [("attempt", {"outcome": "reached"}), ("outcome", {"outcome": "lost", "reason": "no_show"})])
def test_only_sales_records_attempts_and_outcomes_and_only_with_its_token(house: House, form: str, fields: dict[str, str]) -> None:
    execution, sam = worked(house, ("accept", {}), ("qualify", BANT))
    theo = house.signed_in("theo")
    theo.get(f"/inbox/{execution}")

    assert theo.client.post(f"/inbox/{execution}/{form}", data={**theo.hidden("/signout"), **fields}).status_code == 403
    assert sam.client.post(f"/inbox/{execution}/{form}", data=fields).status_code == 403
