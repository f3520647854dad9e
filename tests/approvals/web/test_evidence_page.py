"""The evidence register at the desk: read by all, recorded and revoked by those who answer for a key, and never the document itself."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from approvals import evidence
from approvals.web.upload import DOCUMENT_LIMIT_BYTES
from policies.actions import EvidenceRecord, Status
from policies.rules.browse import cleared_by
from policies.rules.catalogue import Catalogue
from tests.approvals.web.house import House, Visitor
from tests.approvals.web.own_rule import KEY, PRIVACY_KEY, claim, seen, with_own_rule
from tools.store.evidence import PRACTICE, list_evidence

DOCUMENT = b"%PDF a study of ours\r\n--not a boundary\r\n\x00\xff"
HASH = hashlib.sha256(DOCUMENT).hexdigest()


@pytest.fixture
def house(house: House) -> House:
    """A desk where one rule of the house blocks "proven" until one of two proofs is there."""
    with_own_rule(house, cleared_by={"any_of": [KEY, PRIVACY_KEY]})
    return house


def recorded(house: House, **changes: Any) -> EvidenceRecord:
    given = {"key": KEY, "subject": PRACTICE, "document_hash": HASH, "by": "inez", **changes}
    return evidence.record(house.workspace, given.pop("key"), **given)[0]


def send(visitor: Visitor, *, document: bytes = DOCUMENT, file: bool = True, **fields: str) -> Any:
    """Fill in the form of the page and send it as a browser would."""
    visitor.get("/evidence")
    data = {**visitor.hidden("/evidence"), "key": KEY, "subject": "practice", "state": "", "expires": "", **fields}
    files = {"document": ("study.pdf", document if file else b"", "application/pdf")}
    return visitor.client.post("/evidence", data=data, files=files, follow_redirects=False)


def on_file(house: House) -> tuple[EvidenceRecord, ...]:
    with house.workspace.database.read() as connection:
        return list_evidence(connection)


@pytest.mark.parametrize("name", ["mara", "theo", "inez", "sam", "ada"])
def test_everybody_signed_in_may_read_the_register(house: House, name: str) -> None:
    proof = recorded(house, scope={"state": "FL"}, expires_at=datetime(2026, 4, 1, 4, tzinfo=UTC))

    page = house.signed_in(name).get("/evidence").text

    text = seen(page)
    for part in ("Substantiation record", proof.id, "The whole practice", "Florida only", "Valid", "1 Apr 2026, 00:00 EDT", "Inez Okafor"):
        assert part in text, part
    assert 'href="/rules/OWN-WORD"' in page


def test_the_form_and_the_buttons_are_for_those_who_may_use_them(house: House) -> None:
    recorded(house)

    for name, may in (("mara", True), ("inez", True), ("theo", False), ("sam", False), ("ada", False)):
        page = house.signed_in(name).get("/evidence").text
        assert ('action="/evidence"' in page, "/revoke" in page) == (may, may), name


def test_a_recorded_proof_frees_what_it_clears_and_says_so(house: House) -> None:
    blocked = house.propose(claim())
    inez = house.signed_in("inez")

    answer = send(inez, subject=blocked.id, state="FL", expires="2026-12-31")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/evidence?told=recorded:{blocked.id}")
    assert house.action(blocked.id).status is Status.QUEUED
    page = inez.get(answer.headers["location"]).text
    assert "“Knee pain, explained” : Recorded. What it clears was checked again." in seen(page)
    (proof,) = on_file(house)
    assert (proof.document_hash, proof.scope, proof.verified_by) == (HASH, {"state": "FL"}, "inez")
    assert proof.expires_at == datetime(2027, 1, 1, 5, tzinfo=UTC)


def test_the_document_is_nowhere_but_in_its_hash(house: House) -> None:
    send(house.signed_in("inez"))

    kept = house.workspace.settings.home
    for path in kept.rglob("*"):
        if path.is_file():
            assert b"a study of ours" not in path.read_bytes(), path.name


def test_a_finding_brings_its_key_and_subject_to_the_form(house: House) -> None:
    blocked = house.propose(claim())
    inez = house.signed_in("inez")
    link = re.search(r'href="(/evidence\?[^"]+)#record"', inez.get(f"/actions/{blocked.id}").text)
    assert link

    page = inez.get(link[1].replace("&amp;", "&")).text

    assert '<details class="card fold" id="record" open>' in page
    assert f'value="{blocked.id}"' in page
    assert re.search(rf'<option value="({KEY}|{PRIVACY_KEY})" selected>', page)
    assert on_file(house) == ()


def test_an_address_cannot_fill_in_a_key_that_is_not_the_persons(house: House) -> None:
    page = house.signed_in("inez").get('/evidence?key=none_such&subject="><script>').text

    assert "selected>" not in page.split('id="key"')[1].split("</select>")[0]
    assert "<script>" not in page
    assert 'id="record">' in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"file": False}, "choose the file"),
        ({"subject": "A-000000000000"}, "its subject is none of ours"),
        ({"subject": "Jane Roe"}, "its subject is none of ours"),
        ({"expires": "2026-02-28"}, "give a later date"),
        ({"expires": "soon"}, "not a day of the calendar"),
        ({"state": "Narnia"}, "that is no state"),
        ({"key": "none_such"}, "no rule asks for evidence of that name"),
    ],
)
def test_a_form_that_cannot_be_taken_comes_back_with_the_reason_and_what_was_typed(house: House, fields: dict[str, Any], said: str) -> None:
    inez = house.signed_in("inez")

    answer = send(inez, **fields)

    assert answer.status_code == 422
    assert said in answer.text
    if "subject" in fields:
        assert f'value="{fields["subject"]}"' in answer.text
    assert on_file(house) == ()


@pytest.mark.parametrize("name", ["theo", "sam", "ada"])
def test_a_person_without_the_keys_role_is_refused_kindly(house: House, name: str) -> None:
    person = house.signed_in(name)
    person.get("/evidence")
    fields = {**person.hidden("/signout"), "key": KEY, "subject": "practice"}

    answer = person.client.post("/evidence", data=fields, files={"document": ("study.pdf", DOCUMENT)}, follow_redirects=False)

    assert answer.status_code == 403
    assert "ask Mara Lindqvist or Inez Okafor" in answer.text
    assert on_file(house) == ()


def test_a_proof_is_revoked_after_a_second_look_and_stays_on_file(house: House) -> None:
    proof = recorded(house)
    inez, late = house.signed_in("inez"), house.signed_in("mara")
    for visitor in (inez, late):
        visitor.get("/evidence")

    answer = inez.post(f"/evidence/{proof.id}/revoke")

    assert answer.headers["location"] == "/evidence?told=revoked&state=revoked"
    page = inez.get(answer.headers["location"]).text
    assert "Revoked. It clears nothing any more" in page
    assert proof.id in page
    assert proof.id not in inez.get("/evidence").text
    assert late.post(f"/evidence/{proof.id}/revoke").status_code == 409
    assert [one.revoked_at for one in on_file(house)] == [house.clock()]


def test_nobody_revokes_without_the_role_or_an_id_that_is_not_there(house: House) -> None:
    proof = recorded(house)
    theo, inez = house.signed_in("theo"), house.signed_in("inez")
    for visitor in (theo, inez):
        visitor.get("/evidence")

    assert theo.client.post(f"/evidence/{proof.id}/revoke", data=theo.hidden("/signout")).status_code == 403
    assert inez.client.post("/evidence/P-none/revoke", data=inez.hidden("/signout")).status_code == 404
    assert inez.client.get(f"/evidence/{proof.id}/revoke").status_code == 405
    assert on_file(house)[0].revoked_at is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"csrf=x", "application/x-www-form-urlencoded"),
        (b"--b\r\nContent-Disposition: form-data; name=csrf\r\n\r\nx\r\n", "multipart/form-data; boundary=b"),
        (b"nothing of the kind", "multipart/form-data; boundary=b"),
        (b"--b--\r\n", "multipart/form-data"),
    ],
)
def test_a_form_that_is_none_is_refused(house: House, body: bytes, kind: str) -> None:
    inez = house.signed_in("inez")

    answer = inez.client.post("/evidence", content=body, headers={"content-type": kind}, follow_redirects=False)

    assert answer.status_code == 403
    assert on_file(house) == ()


def test_a_document_beyond_the_limit_is_refused(house: House) -> None:
    answer = send(house.signed_in("inez"), document=bytes(DOCUMENT_LIMIT_BYTES + 1))

    assert answer.status_code == 403
    assert "longer than 25 MB" in answer.text
    assert on_file(house) == ()


def test_expired_proofs_have_their_own_tab_and_the_counts_say_how_many(house: House) -> None:
    recorded(house, expires_at=datetime(2026, 3, 3, tzinfo=UTC))
    recorded(house)
    house.clock.forward(days=2)
    ada = house.signed_in("ada")

    text = seen(ada.get("/evidence?state=expired").text)

    assert "Valid 1 Expired 1 Revoked 0 All 2" in text
    assert seen(ada.get("/evidence?state=all").text).count("P-") == 2
    assert "Nothing was revoked" in ada.get("/evidence?state=revoked").text
    assert ada.get("/evidence?state=attic&page=9").status_code == 200


def test_more_proofs_than_a_page_are_paged_newest_first(house: House) -> None:
    for _ in range(51):
        house.clock.forward(minutes=1)
        last = recorded(house)
    ada = house.signed_in("ada")

    first, second = ada.get("/evidence").text, ada.get("/evidence?page=2").text

    assert first.index(last.id) < first.index(on_file(house)[1].id)
    assert 'id="next-page"' in first
    assert on_file(house)[0].id in second
    assert 'id="next-page"' not in second


def test_every_key_of_the_law_can_be_chosen_by_somebody(house: House, catalogue: Catalogue) -> None:
    object.__setattr__(house.workspace, "catalogue", catalogue)

    page = house.signed_in("inez").get("/evidence").text

    assert set(re.findall(r'<option value="([a-z0-9_]+)"', page.split('id="key"')[1].split("</select>")[0])) == set(cleared_by(catalogue))
