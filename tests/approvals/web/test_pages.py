"""What holds for every page: who may open it, its headers, and that looking changes nothing."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, insert, select
from starlette.testclient import TestClient

from approvals import evidence, identity, tokens, webhooks
from approvals.execute import run_steps
from approvals.queue import executions
from policies.actions import ActionKind, Audience, Content, Risk
from policies.approval.rules import ApprovalRule
from policies.records import Contact, Track
from tests.approvals.web.house import LEAD, PASSWORD, House, Visitor, budget, guarantee, keywords, nurture, proposal
from tests.approvals.web.scored import scored
from tools.store.audit import entries
from tools.store.contacts import save_contacts
from tools.store.database import insert_new
from tools.store.desk import open_dead_letters
from tools.store.evidence import PRACTICE
from tools.store.letters import group_id
from tools.store.schema import metadata
from tools.store.tables import dead_letters, lead_keys, leads, runs

PUBLIC = {"/signin", "/welcome/{token}", "/healthz", "/static"}


def routes(app: FastAPI, method: str) -> list[str]:
    """Every path template that answers to `method`, of the app and of its routers."""
    found: list[str] = []

    def walk(some: Any) -> None:
        for route in some:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                walk(inner.routes)
            elif method in (getattr(route, "methods", None) or ()):
                found.append(route.path)

    walk(app.routes)
    return found


def handoff() -> Any:
    content = Content(
        title="Hand the lead to sales: Orthopaedics, 72 points",
        body="Score 72 of 100: fit 30, intent 42.",
        fields={"service_line": "orthopaedics", "score": 72, "stage": "mql"},
        audience=Audience(description="sales, Orthopaedics", lead=LEAD, count=1),
        destination="sales inbox",
    )
    facts = {"handoff_fields": ["service_line", "score", "stage"], "disclosure_logged": True, "payee": "employee"}
    return proposal(ActionKind.MQL_HANDOFF, f"{LEAD}:orthopaedics", content=content, risk=Risk.MEDIUM, track=Track.B2C_PATIENT, facts=facts)


def everything(house: House) -> list[tuple[str, tuple[Any, ...]]]:
    with house.workspace.database.read() as connection:
        return [(table.name, tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table))]


def fill(house: House) -> dict[str, str]:
    """Something on every page; the paths' parameters."""
    now = house.clock()
    summary = {
        "channels": {"search": {"collected": 9, "duplicates": 1, "refused": 2, "scrubbed": 6, "status": "degraded"}},
        "leads": 3,
        "mqls": 1,
    }
    with house.workspace.database.write() as connection:
        run = {"id": "R-1", "channels": ["search"], "trigger": "cli", "as_of": now, "status": "done", "started_at": now, "summary": summary}
        connection.execute(insert(runs).values(run))
        place = {"channel": "search", "source": "segment", "file": "web/segment.jsonl", "field": "messageId"}
        place |= {"reason": "not JSON", "mend": "export it again"}
        sealed = {"key_id": "k1", "nonce": b"n", "ciphertext": b"c"}
        connection.execute(insert(dead_letters).values(digest="d1", line=13, run="R-1", seen_at=now, **place, **sealed))
    scored(house)
    given = house.propose(handoff())
    mara = house.signed_in("mara")
    for action in (given, house.propose(keywords("done"))):
        mara.get(f"/actions/{action.id}")
        assert mara.post(f"/actions/{action.id}/approve").status_code == 303
        assert run_steps(house.workspace, action.id) == "done"
    house.propose(guarantee())
    house.propose(nurture())
    with house.workspace.database.read() as connection:
        execution = executions(connection, given.id)[0].id
        (dead,) = open_dead_letters(connection)
    proof, _ = evidence.record(house.workspace, "substantiation_record", subject=PRACTICE, document_hash="a" * 64, by="inez")
    rule = house.workspace.catalogue.rules[0].rule.id
    values = {
        "execution": execution,
        "run_id": "R-1",
        "scope": "all",
        "username": "theo",
        "grant_id": "G-0123456789ab",
        "delegation_id": "D-0123456789ab",
        "schedule_id": "search",
        "switch": "off",
        "job_id": "1",
        "group_id": group_id(dead),
        "rule_id": rule,
        "evidence_id": proof.id,
        "lead": LEAD,
        "session_id": "none",
        **webhook(house),
        "token_id": tokens.create(house.workspace, by="theo", name="report", scopes=(tokens.Scope.READ_QUEUE,))[0].id,
        "notice": "1",
    }
    return {"action_id": house.propose(budget()).id, "picture_key": "funnel", **values}


def webhook(house: House) -> dict[str, str]:
    made, _ = webhooks.add(house.workspace, by="mara", name="warehouse", url="https://hooks.example.org", events=("action.done",))
    webhooks.send_ping(house.workspace, made.id, by="mara")
    return {"endpoint": made.id, "delivery": "1"}


def test_a_get_changes_nothing(house: House) -> None:
    values = fill(house)
    mara, ada = house.signed_in("mara"), house.signed_in("ada")
    values["token"] = identity.create_link(house.workspace, "theo", by="mara")
    before = everything(house)

    paths = routes(house.app, "GET")
    assert len(paths) >= 19
    for path in paths:
        concrete = path.format(**values) + ("?seconds=0" if path == "/queue/events" else "")  # else the stream stays open
        assert mara.client.get(concrete).status_code == 200, path
        assert ada.client.get(concrete).status_code in (200, 403), path
        assert house.visitor().client.get(concrete, follow_redirects=False).status_code in (200, 303), path

    assert everything(house) == before


def test_nobody_sees_a_page_without_signing_in(house: House) -> None:
    for path in set(routes(house.app, "GET")) - PUBLIC:
        response = house.visitor().client.get(path, follow_redirects=False)

        assert (response.status_code, response.headers["location"].partition("?")[0]) == (303, "/signin"), path


def test_no_form_works_without_its_token(house: House) -> None:
    values = {**fill(house), "token": "x"}
    mara = house.signed_in("mara")
    before = everything(house)

    paths = routes(house.app, "POST")
    assert len(paths) >= 19
    for path in paths:
        for body in ({}, {"csrf": "guessed"}):
            assert mara.client.post(path.format(**values), data=body, follow_redirects=False).status_code == 403, path

    assert everything(house) == before


def test_a_token_of_another_session_is_refused(house: House) -> None:
    action = house.propose(keywords()).id
    mara, theo = house.signed_in("mara"), house.signed_in("theo")
    mara.get(f"/actions/{action}")

    stolen = theo.client.post(f"/actions/{action}/approve", data=mara.hidden(f"/actions/{action}/approve"), follow_redirects=False)

    assert stolen.status_code == 403


def test_every_answer_carries_the_headers(house: House) -> None:
    mara = house.signed_in("mara")

    for path in ("/queue", "/signin", "/nowhere", "/actions/A-none", "/healthz", "/static/desk.css"):
        headers = mara.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == headers["cross-origin-opener-policy"] == "same-origin"
        assert "strict-transport-security" not in headers
        assert headers["cache-control"] == ("public, max-age=300" if path.startswith("/static") else "no-store")


def test_the_session_cookie_is_strict_and_secure_over_https(house: House) -> None:
    identity.use_link(house.workspace, identity.create_link(house.workspace, "mara", by="mara"), PASSWORD)
    client = TestClient(house.app, base_url="https://desk.example.com")
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/signin").text)
    assert csrf

    answer = client.post("/signin", data={"csrf": csrf[1], "username": "Mara ", "password": PASSWORD}, follow_redirects=False)

    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("__Host-liaison_session="))
    assert {"HttpOnly", "SameSite=strict", "Secure", "Path=/"} <= set(cookie.split("; "))


@pytest.mark.parametrize("next", ["https://evil.example.org", "//evil.example.org", "/\\evil.example.org", "queue"])
def test_sign_in_never_leads_to_another_site(house: House, next: str) -> None:
    page = house.visitor().client.get("/signin", params={"next": next}).text

    assert 'name="next" value="/"' in page


def test_the_welcome_form_sets_the_password_and_signs_in(house: House) -> None:
    token = identity.create_link(house.workspace, "theo", by="mara")
    visitor = house.visitor()
    visitor.get(f"/welcome/{token}")

    different = visitor.post(f"/welcome/{token}", password=PASSWORD, again=PASSWORD + "!")
    short = visitor.post(f"/welcome/{token}", password="short", again="short")
    done = visitor.post(f"/welcome/{token}", password=PASSWORD, again=PASSWORD)

    assert "the two passwords differ" in different.text
    assert "needs 12 to 200 characters" in short.text
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert visitor.get("/").status_code == 200
    assert "used before or is older" in house.visitor().get(f"/welcome/{token}").text


def test_a_wrong_password_says_so_and_keeps_the_name(house: House) -> None:
    house.signed_in("mara")
    visitor = house.visitor()
    visitor.get("/signin")

    answer = visitor.post("/signin", username="mara", password="wrong", next="/")

    assert answer.status_code == 403
    assert "the user name or the password is wrong" in answer.text
    assert 'value="mara"' in answer.text


def test_errors_say_what_where_and_how_to_mend(house: House) -> None:
    mara = house.signed_in("mara")

    assert "there is no action A-none" in mara.get("/actions/A-none").text
    assert mara.get("/runs/R-none").status_code == 404
    assert "There is no page at /nowhere" in mara.get("/nowhere").text
    assert mara.get("/practices?page=0").status_code == 422


def test_a_fault_of_ours_becomes_a_page_with_a_reference_and_no_content(house: House, caplog: pytest.LogCaptureFixture) -> None:
    mara = house.signed_in("mara")
    with house.workspace.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE human_tasks RENAME TO gone")

    answer = mara.get("/tasks")

    assert answer.status_code == 500
    reference = re.search(r"reference ([0-9a-f]{8})", answer.text)
    assert reference
    assert reference[1] in caplog.text
    assert "human_tasks" not in answer.text + caplog.text


def test_a_form_that_is_too_long_is_refused(house: House) -> None:
    mara = house.signed_in("mara")

    assert mara.client.post("/signout", data={"csrf": "x" * 500_000}).status_code == 403


def test_sales_works_a_lead_from_new_to_sql_and_sees_its_contact_once(house: House) -> None:
    execution = fill(house)["execution"]
    with house.workspace.database.write() as connection:
        _give_contact(house, connection)
    sam, mara = house.signed_in("sam"), house.signed_in("mara")
    sam.get(f"/inbox/{execution}")
    assert "The contact can be shown once the lead is accepted" in sam.page
    sam.post(f"/inbox/{execution}/accept")
    sam.get(f"/inbox/{execution}")

    shown = sam.post(f"/inbox/{execution}/reveal", purpose="call")

    assert "813-555-0177" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert "813-555-0177" not in sam.get(f"/inbox/{execution}").text + mara.get(f"/inbox/{execution}").text
    with house.workspace.database.read() as connection:
        assert [entry.actor for entry in entries(connection) if entry.event == "contact:reveal"] == ["sam"]
    sam.get(f"/inbox/{execution}")
    done = sam.post(f"/inbox/{execution}/qualify", budget="covered", authority="true", need="true", timeframe="now")
    assert done.headers["location"].endswith("told=qualified")
    assert "now an SQL" in sam.get(done.headers["location"]).text


def test_marketing_may_not_see_a_contact(house: House) -> None:
    execution = fill(house)["execution"]
    theo = house.signed_in("theo")
    theo.get(f"/inbox/{execution}")
    csrf = theo.hidden("/signout")

    assert "Show the contact" not in theo.page
    assert theo.client.post(f"/inbox/{execution}/reveal", data={**csrf, "purpose": "call"}).status_code == 403


def test_a_lead_is_returned_with_a_reason_from_the_list_only(house: House) -> None:
    execution = fill(house)["execution"]
    sam = house.signed_in("sam")
    sam.get(f"/inbox/{execution}")

    assert sam.post(f"/inbox/{execution}/return", reason="I do not like it").status_code == 403
    assert sam.post(f"/inbox/{execution}/return", reason="outside_area").status_code == 303
    assert "Outside our area" in sam.get(f"/inbox/{execution}").text


def test_a_task_is_ticked_off_once(house: House) -> None:
    fill(house)
    mara, theo = house.signed_in("mara"), house.signed_in("theo")
    mara.get("/tasks")
    theo.get("/tasks")
    path = re.search(r'action="(/tasks/[^"]+/done)"', mara.page)
    assert path
    assert "jobs\nsalary</textarea>" in mara.page

    assert mara.post(path[1]).status_code == 303
    assert theo.post(path[1]).status_code == 409
    assert "done by Mara Lindqvist" in mara.get("/tasks?state=done").text


def test_a_pause_stands_on_every_page_until_it_is_lifted(house: House) -> None:
    mara = house.signed_in("mara")
    mara.get("/pause")
    assert mara.post("/pause/all", reason="Wrong budget file").status_code == 303

    assert "Everything is paused by Mara Lindqvist: Wrong budget file" in mara.get("/queue").text
    mara.get("/pause")
    assert mara.post("/pause/all/resume").status_code == 303
    assert "Everything is paused" not in mara.get("/queue").text


def test_an_administrator_hands_out_a_link_that_is_shown_once(house: House) -> None:
    mara = house.signed_in("mara")
    mara.get("/people")

    shown = mara.post("/people/theo/link")

    link = re.search(r'value="(http://testserver/welcome/[^"]+)"', shown.text)
    assert link
    assert "/welcome/" not in mara.get("/people").text
    assert "Welcome, Theo Brandt" in house.visitor().get(link[1]).text


def test_the_audit_page_finds_a_changed_row(house: House) -> None:
    fill(house)
    inez = house.signed_in("inez")
    inez.get("/audit")
    assert "The log is whole" in inez.post("/audit/verify").text
    with house.workspace.database.write() as connection:
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE audit SET actor = 'somebody' WHERE seq = 3")

    assert "The log is not whole: row 3 was changed" in inez.post("/audit/verify").text


def test_the_queue_filters_by_its_address_and_ignores_what_it_does_not_know(house: House) -> None:
    fill(house)
    mara = house.signed_in("mara")

    assert "Move $1,200 a month" in mara.get("/queue?risk=high").text
    assert "How a first visit goes" not in mara.page
    assert "How a first visit goes" in mara.get("/queue?channel=email&risk=enormous&shelf=attic").text
    assert "Nothing matches these filters" in mara.get("/queue?channel=youtube").text
    assert "Knee pain, explained" in mara.get("/queue?shelf=blocked").text


def test_the_queue_opens_with_what_the_person_can_decide_and_shows_all_on_request(house: House) -> None:
    policy = house.workspace.practice.approval_policy
    rules = (
        ApprovalRule(kinds=(ActionKind.NEGATIVE_KEYWORDS,), roles=("marketing",)),
        ApprovalRule(kinds=(ActionKind.NURTURE_EMAIL,), roles=("compliance",)),
    )
    changed = house.workspace.practice.model_copy(update={"approval_policy": policy.model_copy(update={"rules": rules})})
    object.__setattr__(house.workspace, "practice", changed)
    house.propose(keywords("knee"))
    house.propose(nurture())
    mara, inez, ada = (house.signed_in(name) for name in ("mara", "inez", "ada"))

    def titles(visitor: Visitor, path: str) -> set[str]:
        return set(re.findall(r'class="title" href="[^"]*">([^<]+)<', visitor.get(path).text))

    knee, mail = "Item knee", "How a first visit goes"
    assert titles(mara, "/queue") == {knee}
    assert "<strong>1</strong> of 2 are yours to decide" in mara.page
    assert '<a href="/queue?mine=0">show all 2</a>' in mara.page
    assert titles(inez, "/queue") == {mail}
    assert titles(mara, "/queue?mine=0") == {knee, mail}
    assert titles(mara, "/queue?channel=&kind=nurture_email&risk=") == {mail}
    assert titles(mara, "/queue?channel=&kind=nurture_email&risk=&mine=0&mine=1") == set()
    assert "Nothing matches these filters" in mara.page
    assert titles(ada, "/queue") == {knee, mail}
    assert "Only what I can decide" not in ada.page


def test_the_list_a_person_came_from_leads_onward_from_the_item(house: House) -> None:
    house.propose(keywords("knee"))
    first = house.propose(nurture()).id
    mara = house.signed_in("mara")

    assert re.search(r'id="next-item" href="/actions/[^"?]+"', mara.get(f"/actions/{first}").text)
    assert re.search(r'id="next-item" href="/actions/[^"?]+\?mine=0"', mara.get(f"/actions/{first}?mine=0").text)
    assert 'href="/queue?risk=medium&amp;mine=1"' in mara.get(f"/actions/{first}?risk=medium&mine=1").text


def test_sales_reads_the_line_and_the_points_and_is_told_when_there_is_no_contact(house: House) -> None:
    execution = fill(house)["execution"]
    sam = house.signed_in("sam")
    assert "Orthopaedics lead, Tampa" in sam.get("/inbox").text
    sam.get(f"/inbox/{execution}")
    sam.post(f"/inbox/{execution}/accept")
    assert "<h1>Orthopaedics lead, Tampa</h1>" in sam.get(f"/inbox/{execution}").text

    shown = sam.post(f"/inbox/{execution}/reveal", purpose="call")

    assert shown.status_code == 200
    assert "No contact is on record for this lead" in shown.text


def test_a_lead_that_somebody_took_is_named_with_its_taker(house: House) -> None:
    execution = fill(house)["execution"]
    sam, mara = house.signed_in("sam"), house.signed_in("mara")
    for visitor in (sam, mara):
        visitor.get(f"/inbox/{execution}")
    sam.post(f"/inbox/{execution}/accept")

    late = mara.post(f"/inbox/{execution}/accept")

    assert late.status_code == 409
    assert "“Orthopaedics lead, 72 points” cannot become accepted: Sam Whitlock made it accepted" in late.text


def test_times_are_the_practices_own_with_utc_behind_them(house: House) -> None:
    fill(house)

    page = house.signed_in("ada").get("/runs").text

    assert 'title="2 Mar 2026, 09:00 UTC">2 Mar 2026, 04:00 EST</time>' in page
    assert "Done, degraded" in page
    assert "Command line" in page


def test_health_keeps_showing_a_channel_that_the_last_run_left_out(house: House) -> None:
    fill(house)
    house.clock.forward(days=1)
    now = house.clock()
    summary = {"channels": {"email": {"status": "ok", "reason": ""}}}
    run = {"id": "R-2", "channels": ["email"], "trigger": "desk", "as_of": now, "status": "done", "started_at": now, "summary": summary}
    with house.workspace.database.write() as connection:
        connection.execute(insert(runs).values(run))

    page = house.signed_in("ada").get("/health").text

    assert re.search(r"<dt>Google search</dt><dd>.*Degraded.*R-1", page)
    assert re.search(r"<dt>Email</dt><dd>.*Ok.*R-2", page)


def test_health_names_the_file_the_reason_and_the_mend(house: House) -> None:
    fill(house)

    page = house.signed_in("ada").get("/health").text

    assert all(words in page for words in ("web/segment.jsonl", "line 13, messageId", "not JSON", "export it again", "Degraded"))


def _give_contact(house: House, connection: Connection) -> None:
    now = house.clock()
    connection.execute(
        insert_new(connection, leads).values(id=LEAD, track=Track.B2C_PATIENT.value, stage="mql", created_at=now, attributes={})
    )
    connection.execute(insert(lead_keys).values(match_key="phone:k", lead=LEAD, added_at=now))
    contact = Contact(first_name="Iris", phone="813-555-0177")
    save_contacts(connection, house.workspace.ring, [(("phone:k",), contact)], now=now)
