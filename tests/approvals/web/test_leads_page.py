"""The Leads pages: the queue's order, and one lead's sum, picture and counterfactual."""

from tests.approvals.web.house import LEAD, House
from tests.approvals.web.scored import scored


def test_a_leads_page_shows_the_sum_what_would_change_it_and_the_line_forward(house: House) -> None:
    scored(house)
    sam = house.signed_in("sam")

    listed = sam.get("/leads").text
    assert LEAD in listed
    assert ">MQL</span>" in listed
    assert "not an MQL" not in listed
    page = sam.get(f"/leads/{LEAD}").text

    assert "Called" in page
    assert "+29." in page or "+28." in page
    assert "Fit: in area" in page
    assert '<polyline class="ahead"' in page
    assert "MQL" in page
    assert sam.get("/leads/L-nobody").status_code == 404
