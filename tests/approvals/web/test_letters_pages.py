"""Dead letters at the desk: where and why, tried again through a job, given up with a reason; never what they hold."""

from typing import Any

from sqlalchemy import insert, select

from tests.approvals.web.house import House
from tools.store.audit import entries
from tools.store.engagements import LETTERS
from tools.store.letters import groups
from tools.store.tables import dead_letters, jobs

CANARY = "Martha Quillfeather, 312-555-0143"


def lose(house: House, *lines: int, **changes: Any) -> str:
    """Dead letters of one file at these lines; the id of their group."""
    place = {"channel": "search", "source": "segment", "file": "web/segment.jsonl", "field": "messageId"}
    place |= {"reason": "the record has no id", "mend": "export it with the vendor's id", **changes}
    with house.workspace.database.write() as connection:
        for line in lines:
            sealed = house.workspace.ring.seal(f'{{"traits": "{CANARY}"}}'.encode(), context=LETTERS)._asdict()
            digest = f"{place['file'][:8]}{line}"
            row = {"digest": digest, "line": line, "run": "R-1", "seen_at": house.clock(), **place, **sealed}
            connection.execute(insert(dead_letters).values(**row))
        return next(name for name, group in groups(connection).items() if group.file == place["file"])


def test_the_list_is_by_file_and_reason_and_by_channel(house: House) -> None:
    lose(house, 13, 14)
    lose(house, 1, file="mail/batch.json", channel="email", source="sendgrid")
    ada = house.signed_in("ada")

    page = ada.get("/dead-letters").text
    assert "3 records that could not be read" in page
    assert "line 13, messageId; line 14, messageId" in page
    assert "mail/batch.json" not in ada.get("/dead-letters?channel=search").text
    assert "web/segment.jsonl" in ada.get("/dead-letters?channel=fax").text


def test_no_page_shows_what_a_letter_holds(house: House) -> None:
    group = lose(house, 13)
    mara = house.signed_in("mara")

    for path in ("/dead-letters", f"/dead-letters/{group}", "/health", "/schedule", "/runs", "/audit"):
        page = mara.get(path).text
        assert "Quillfeather" not in page, path
        assert "0143" not in page, path


def test_trying_again_is_a_job_with_the_group_and_an_audit_row(house: House) -> None:
    group = lose(house, 13, 14)
    theo = house.signed_in("theo")
    theo.get(f"/dead-letters/{group}")
    form = theo.hidden(f"/dead-letters/{group}/replay")

    assert theo.post(f"/dead-letters/{group}/replay").headers["location"] == "/dead-letters?told=replayed"
    assert theo.client.post(f"/dead-letters/{group}/replay", data=form, follow_redirects=False).status_code == 409

    with house.workspace.database.read() as connection:
        job = connection.execute(select(jobs)).one()
        row = entries(connection)[0]
    assert (job.kind, job.subject, job.payload) == ("replay", group, {"channel": "search", "by": "theo"})
    assert (row.event, row.actor, row.detail["letters"]) == ("dead_letter:replay", "theo", 2)
    assert "Tried again soon" in theo.get("/dead-letters").text


def test_giving_up_needs_a_reason_which_is_scrubbed_and_kept(house: House) -> None:
    group = lose(house, 13, 14)
    theo = house.signed_in("theo")
    theo.get(f"/dead-letters/{group}")
    path = f"/dead-letters/{group}/discard"

    assert theo.post(path, reason="  ").status_code == 422
    assert theo.post(path, reason="test data, ask theo@harborview.example.com").status_code == 303

    with house.workspace.database.read() as connection:
        states = connection.scalars(select(dead_letters.c.status)).all()
        row = entries(connection)[0]
    assert states == ["discarded", "discarded"]
    assert (row.event, row.detail["letters"]) == ("dead_letter:discard", 2)
    assert "test data" in row.detail["reason"]
    assert "example.com" not in row.detail["reason"]
    assert theo.get(f"/dead-letters/{group}").status_code == 404
    assert "No dead letters" in theo.get("/dead-letters").text


def test_who_may_only_read_can_do_neither(house: House) -> None:
    group = lose(house, 13)
    ada = house.signed_in("ada")
    page = ada.get(f"/dead-letters/{group}").text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]

    assert "Give it up" not in page
    for verb in ("replay", "discard"):
        assert ada.client.post(f"/dead-letters/{group}/{verb}", data={"csrf": csrf, "reason": "x"}).status_code == 403
