"""The pages say whose account a colleague opened again, and take an objection."""

from approvals import decide
from tests.approvals.web.house import House, Visitor, budget
from tools.store.audit import entries

OBJECT = "Object: opened by Mara Lindqvist"


def opened_again(house: House, username: str) -> Visitor:
    """Every visitor of the house comes by a link that mara made: the second one opens an account in use."""
    house.signed_in(username)
    return house.signed_in(username)


def test_the_owner_is_told_objects_and_is_signed_out(house: House) -> None:
    inez = opened_again(house, "inez")
    assert "Mara Lindqvist opened your account again" in inez.get("/account").text

    inez.post("/account/objection")

    assert "/signin" in str(inez.get("/account").url)
    with house.workspace.database.read() as connection:
        assert [(one.actor, one.subject) for one in entries(connection) if one.event == "person:object"] == [("inez", "inez")]


def test_an_administrator_sees_it_and_may_object_for_them(house: House) -> None:
    opened_again(house, "inez")
    mara = house.signed_in("mara")
    assert OBJECT in mara.get("/people").text

    told = mara.post("/people/inez/objection").headers["location"]

    assert "what was done from that account does not count" in mara.get(told).text
    assert OBJECT in mara.page  # until somebody else gives her the account back


def test_where_nothing_was_opened_nothing_is_said_and_no_objection_taken(house: House) -> None:
    mara = house.signed_in("mara")

    assert "opened your account again" not in mara.get("/account").text
    mara.get("/people")
    assert OBJECT not in mara.page
    token = mara.hidden("/people/theo/link")
    assert mara.client.post("/people/theo/objection", data=token).status_code == 404


def test_the_page_of_an_item_says_who_may_be_one_person(house: House) -> None:
    item = house.propose(budget())
    inez = opened_again(house, "inez")
    decide.approve(house.workspace, item.id, by="mara", version=item.version, content_hash=item.content_hash)

    page = inez.get(f"/actions/{item.id}").text

    assert "Mara Lindqvist opened the account of Inez Okafor again, so until 05 March, 09:00 UTC they count as one person." in page
    assert 'id="approve"' not in page
