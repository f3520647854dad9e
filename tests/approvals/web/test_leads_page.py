"""The Leads pages: the queue's order, and one lead's sum, picture, counterfactual and household."""

from sqlalchemy import insert

from policies.records import LeadId
from tests.approvals.web.house import LEAD, House
from tests.approvals.web.scored import scored
from tools.store.tables import consents, lead_groups, lead_keys

PARTNER = LeadId("L-0000000000aa")


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
    assert "household" not in page.lower()
    assert sam.get("/leads/L-nobody").status_code == 404


def test_the_two_of_a_household_are_shown_beside_each_other_while_both_agree(house: House) -> None:
    now = house.clock()
    for lead in (LEAD, PARTNER):
        scored(house, lead)
    with house.workspace.database.write() as connection:
        for lead, agrees in ((LEAD, True), (PARTNER, True)):
            key = f"email:of-{lead}"
            connection.execute(insert(lead_keys), {"match_key": key, "lead": lead, "added_at": now})
            connection.execute(insert(lead_groups), {"engagement": f"E-{lead}", "match_key": key, "group_key": "home:x", "at": now})
            said = {"lead": lead, "purpose": "household", "granted": agrees, "at": now, "engagement": f"E-{lead}"}
            connection.execute(insert(consents), said)
    sam = house.signed_in("sam")

    page = sam.get(f"/leads/{LEAD}").text
    assert "Household, both agreed to be seen as one" in page
    assert f'href="/leads/{PARTNER}"' in page

    with house.workspace.database.write() as connection:
        connection.execute(consents.update().where(consents.c.lead == PARTNER).values(granted=False))
    assert "Household" not in sam.get(f"/leads/{LEAD}").text
