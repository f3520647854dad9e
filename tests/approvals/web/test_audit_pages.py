"""The audit pages: timeline, one person, the receipt of record, verification in parts, and the signed export."""

import io
import zipfile
from pathlib import Path

import pytest

from approvals import auditing
from approvals.execute import run_steps
from tests.approvals.web.house import House, Visitor, keywords
from tools.store.audit import Event, entries
from tools.store.audit_chain import Tail
from tools.store.audit_export import verify_export


def decided(house: House) -> str:
    """An item that mara approved and that was executed."""
    action = house.propose(keywords())
    mara = house.signed_in("mara")
    mara.get(f"/actions/{action.id}")
    assert mara.post(f"/actions/{action.id}/approve").status_code == 303
    assert run_steps(house.workspace, action.id) == "done"
    return str(action.id)


def text_rows(visitor: Visitor, path: str) -> str:
    page: str = visitor.get(path).text
    return page.split("<tbody>")[1].split("</tbody>")[0] if "<tbody>" in page else ""


def test_the_timeline_is_narrowed_by_person_subject_kind_and_day(house: House) -> None:
    item = decided(house)
    ada = house.signed_in("ada")

    assert "Approved" in text_rows(ada, "/audit?actor=mara&family=action")
    assert "Approved" not in text_rows(ada, "/audit?actor=theo")
    assert item not in text_rows(ada, "/audit?family=person")
    assert item in text_rows(ada, f"/audit?subject={item}")
    assert item in text_rows(ada, "/audit?since=2026-03-02&until=2026-03-02")
    assert text_rows(ada, "/audit?since=2026-03-03") == ""
    assert "Approved" in text_rows(ada, "/audit?family=nonsense&since=yesterday&before=minus")
    assert "Approved" in text_rows(ada, "/audit?since=2026-03-09&until=2026-03-01")


def test_the_timeline_keeps_its_filters_over_its_pages(house: House) -> None:
    with house.workspace.database.write() as connection:
        for number in range(60):
            event = (Event.ACTION_QUEUE, Event.PERSON_SIGN_IN)[number % 10 == 0]
            house.workspace.audit.append(connection, event=event, actor="agent", subject=f"A-{number}", at=house.clock())
    ada = house.signed_in("ada")

    page = ada.get("/audit?family=action").text
    older = page.split('id="next-page" href="')[1].split('"')[0].replace("&amp;", "&")

    assert "family=action" in older
    rows = text_rows(ada, older)
    assert rows.count("Checked and queued") == 4
    assert "Signed in" not in rows
    assert "Newest" in ada.page


def test_one_person_is_what_they_decided_and_when_they_signed_in(house: House) -> None:
    item = decided(house)
    ada = house.signed_in("ada")

    everything = ada.get("/audit/people/mara").text
    assert "Mara Lindqvist" in everything
    assert "Marketing or administrator" in everything
    decisions = text_rows(ada, "/audit/people/mara?what=decisions")
    assert "Approved" in decisions
    assert item in decisions
    assert "Signed in" not in decisions
    assert "Signed in" in text_rows(ada, "/audit/people/mara?what=signins")
    assert "Nothing like this" in ada.get("/audit/people/mara?what=reveals").text
    assert "the product itself" in ada.get("/audit/people/worker").text
    assert ada.get("/audit/people/nobody").status_code == 404


def test_the_receipt_of_record_has_every_decision_hash_and_execution(house: House) -> None:
    item = decided(house)
    action = house.action(item)

    page = house.signed_in("ada").get(f"/actions/{item}/audit").text

    assert page.count(action.content_hash) == 2  # of the version, and of the decision on it
    for words in ("Mara Lindqvist as marketing", "Idempotency key", "Approved", "Executed", "Operation done"):
        assert words in page
    assert "Changed: its hash does not fit" not in page
    assert house.signed_in("theo").get(f"/actions/{item}/audit").status_code == 403


def test_the_receipt_of_record_shows_a_row_that_was_changed(house: House) -> None:
    item = decided(house)
    with house.workspace.database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        connection.exec_driver_sql("UPDATE audit SET actor = 'theo' WHERE event = 'action:approve'")

    assert "Changed: its hash does not fit" in house.signed_in("ada").get(f"/actions/{item}/audit").text


def test_a_long_log_is_verified_in_parts_with_how_far_it_came(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    decided(house)
    monkeypatch.setattr(auditing, "PART", 3)
    ada = house.signed_in("ada")
    ada.get("/audit")

    answer = ada.post("/audit/verify")
    parts = 1
    while "rows are whole so far" in answer.text:
        ada.page = answer.text
        answer = ada.post("/audit/verify")
        parts += 1

    assert parts > 3
    assert "The log is whole" in answer.text
    with house.workspace.database.read() as connection:
        last = entries(connection)[0]
    assert (last.event, last.actor, last.detail["ok"]) == ("audit:verify", "ada", True)
    assert "Last verified" in ada.get("/audit").text


def test_a_verification_that_somebody_forged_begins_again(house: House) -> None:
    decided(house)
    ada = house.signed_in("ada")
    ada.get("/audit")
    cursor = house.workspace.audit.cursor(Tail(4, "0" * 64))

    assert "row 5 was changed" in ada.post("/audit/verify", cursor=cursor).text  # ours, but of no such log
    assert "The log is whole" in ada.post("/audit/verify", cursor=cursor[:-1] + "x").text


def test_an_export_is_signed_booked_and_verifiable_with_the_public_key_alone(house: House, tmp_path: Path) -> None:
    item = decided(house)
    ada = house.signed_in("ada")
    ada.get("/audit")

    answer = ada.post("/audit/export", since="2026-03-01", until="2026-03-31")

    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-20260301-20260331.zip"'
    path = tmp_path / "export.zip"
    path.write_bytes(answer.content)
    found = verify_export(path, key=house.workspace.ring.public_key())
    assert found.ok, found.problem
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert item in archive.read("audit-20260301-20260331.jsonl").decode()
    with house.workspace.database.read() as connection:
        last = entries(connection)[0]
    assert (last.event, last.actor, last.detail["last"]) == ("audit:export", "ada", found.rows)


def test_an_export_of_empty_days_and_by_other_roles_is_refused(house: House) -> None:
    decided(house)
    ada = house.signed_in("ada")
    ada.get("/audit")

    assert ada.post("/audit/export", since="2031-01-01").status_code == 404
    assert ada.post("/audit/export", since="2026-03-09", until="2026-03-01").status_code == 422
    theo = house.signed_in("theo")
    csrf = theo.get("/runs").text.split('name="csrf" value="')[1].split('"')[0]
    assert theo.client.post("/audit/export", data={"csrf": csrf}).status_code == 403
    assert theo.client.get("/audit/people/mara").status_code == 403


def test_days_are_those_of_the_practice(house: House) -> None:
    house.clock.at = house.clock.at.replace(hour=3)  # still the evening of 1 March in New York
    house.propose(keywords())
    house.clock.forward(days=1)
    ada = house.signed_in("ada")

    assert "Checked and queued" in text_rows(ada, "/audit?until=2026-03-01")
    assert "Checked and queued" not in text_rows(ada, "/audit?since=2026-03-02")
