"""The Pictures pages: a sentence, an image and a table of the same numbers, in every form they can be taken away, for those who may see them."""

import re

import pytest
from sqlalchemy import insert

from tests.approvals.web.house import LEAD, House, guarantee, keywords
from tests.approvals.web.scored import scored
from tools.reports.catalogue import PICTURES
from tools.store.tables import leads

PAGES = [one.key for one in PICTURES]


def people(house: House) -> None:
    """Three people seen last week, one of them identified."""
    for number, stage in enumerate(("anonymous", "anonymous", "lead")):
        row = {"id": f"L-{number:016d}", "track": "b2c_patient", "created_at": house.clock(), "attributes": {}, "stage": stage}
        with house.workspace.database.write() as connection:
            connection.execute(insert(leads), row)


def test_the_gallery_names_every_picture_and_computes_none(house: House) -> None:
    people(house)
    page = house.signed_in("theo").get("/pictures?days=30").text

    for one in PICTURES:
        assert f'href="/pictures/{one.key}' in page
        assert f'hx-get="/pictures/{one.key}/card' in page
    assert page.count('loading="lazy"') == page.count('<img src="/pictures') == len(PICTURES)
    assert re.findall(r'<img src="/pictures[^>]*alt="([^"]*)"', page)[0] == "Funnel per track: its page tells it in words and numbers"


def test_a_card_tells_its_picture_in_one_sentence_or_what_fills_it(house: House) -> None:
    people(house)
    visitor = house.signed_in("theo")

    assert 'alt="All service lines. Patients: 3 people first seen in 90 days' in visitor.get("/pictures/funnel/card").text
    assert "It fills with the first decision in the queue." in visitor.get("/pictures/latency/card").text
    assert "Nothing to draw yet" in visitor.get("/pictures/latency.svg").text


def test_a_picture_its_table_its_csv_and_its_images_tell_the_same(house: House) -> None:
    people(house)
    visitor = house.signed_in("theo")

    page = visitor.get("/pictures/funnel?days=30").text
    table = visitor.get("/pictures/funnel.csv?days=30")
    svg = visitor.get("/pictures/funnel.svg?days=30&theme=dark")
    png = visitor.get("/pictures/funnel.png?days=30")

    assert "Patients: 3 people first seen in 30 days" in page
    assert re.search(r'<th scope="row">Patients</th><td>Identified</td><td class="number">1</td><td class="number">33 %</td>', page)
    assert 'srcset="/pictures/funnel.svg?days=30&amp;theme=dark"' in page
    assert 'href="/pictures/funnel.csv?days=30"' in page
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.content.decode("utf-8-sig").splitlines()[2] == "Patients,Identified,1,33.3333,33.3333"
    assert svg.headers["content-type"] == "image/svg+xml"
    assert "#1a252b" in svg.text
    assert "Identified" in svg.text
    assert "sandbox" in svg.headers["content-security-policy"]
    assert png.headers["content-type"] == "image/png"
    assert png.headers["content-disposition"] == 'attachment; filename="funnel.png"'


def test_two_looks_in_one_minute_give_the_same_bytes(house: House) -> None:
    people(house)
    theo, ada = house.signed_in("theo"), house.signed_in("ada")

    first = theo.get("/pictures/consent.svg")
    house.clock.forward(seconds=20)

    assert ada.get("/pictures/consent.svg").content == first.content


@pytest.mark.parametrize("key", PAGES)
def test_a_page_without_data_says_what_comes_next(house: House, key: str) -> None:
    response = house.signed_in("theo").get(f"/pictures/{key}?track=b2b_referral&days=365&line=none&location=<script>")

    assert response.status_code == 200
    assert "Nothing to draw yet" in response.text
    assert "<script>" not in response.text.replace('<script src="/static', "")


def test_findings_of_real_items_are_counted(house: House) -> None:
    house.propose(keywords())
    house.propose(guarantee())

    page = house.signed_in("theo").get("/pictures/findings").text

    assert "1 of 2 items met no objection (50 %)" in page


@pytest.mark.parametrize("form", ["svg", "png", "csv"])
def test_pictures_are_for_who_may_open_them(house: House, form: str) -> None:
    assert house.visitor().client.get(f"/pictures/funnel.{form}", follow_redirects=False).status_code == 303
    assert house.signed_in("inez").get(f"/pictures/funnel.{form}").status_code == 403
    assert house.signed_in("sam").get(f"/pictures/nothing.{form}").status_code == 404


def test_a_leads_curve_can_be_taken_away_without_its_name(house: House) -> None:
    scored(house)
    sam = house.signed_in("sam")

    page = sam.get(f"/leads/{LEAD}").text
    table = sam.get(f"/leads/{LEAD}/curve.csv?model=orthopaedics")
    image = sam.get(f"/leads/{LEAD}/curve.png?model=orthopaedics")
    drawn = sam.get(f"/leads/{LEAD}/curve.svg?model=orthopaedics")

    assert f'href="/leads/{LEAD}/curve.csv?model=orthopaedics"' in page
    assert "if nothing happens" in table.text
    assert image.content.startswith(b"\x89PNG")
    assert "threshold" in drawn.text
    for answer in (table, image, drawn):
        assert LEAD.encode() not in answer.content
        assert LEAD not in str(answer.headers)
    assert sam.get(f"/leads/{LEAD}/curve.csv?model=dental").status_code == 404
