"""The pages a seller and a physician liaison work on, for a browser without JavaScript; and that none of them names a person."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import delete, insert, select

from policies.records import LeadId
from tests.approvals.web.browsing import Visit
from tests.approvals.web.house import House, Visitor
from tests.approvals.web.referrers import CANARIES, DOCTOR, LINE, MANAGER, practice_of_two, with_referrals
from tests.approvals.web.scored import scored
from tests.approvals.web.test_pages import handoff
from tools.store.action_tables import human_tasks, sales_inbox
from tools.store.audit import entries
from tools.store.consents import write_consents
from tools.store.tables import consents, lead_matches, leads, suppressions

PAGES = (
    *(
        "/inbox",
        "/inbox?state=accepted",
        "/inbox?overdue=1",
        f"/inbox?lead={DOCTOR}",
        "/inbox/X-0123456789ab",
        "/tasks",
        "/tasks?state=done",
    ),
    *("/practices", f"/practices/{MANAGER}", f"/leads/{DOCTOR}", "/leads", "/queue"),
)


@pytest.fixture
def desk(house: House) -> House:
    house.clock.at = house.clock.at.replace(hour=15)  # Monday, 10:00 in Tampa
    return with_referrals(house)


@pytest.fixture
def handed(desk: House) -> str:
    return practice_of_two(desk)


def worked(desk: House, execution: str, *steps: tuple[str, dict[str, str]], by: str = "joel") -> Visitor:
    seller = desk.signed_in(by)
    for form, fields in steps:
        seller.get(f"/inbox/{execution}")
        assert seller.post(f"/inbox/{execution}/{form}", **fields).status_code == 303, form
    seller.get(f"/inbox/{execution}")
    return seller


BANT = {"budget": "budgeted", "authority": "true", "need": "true", "timeframe": "now"}


def test_a_row_says_how_long_is_left_what_stands_out_and_where_the_points_went(desk: House, handed: str) -> None:
    page = desk.signed_in("joel").get("/inbox").text

    assert "Physician liaison lead, Tampa" in page
    assert "Asked for a peer-to-peer call on 27 Feb; attended a CME event" in page
    assert re.search(r"Accept by \d\d:\d\d tomorrow \(Tampa\)|Accept by \d\d:\d\d today \(Tampa\)", page)
    assert "falling, 87 when proposed" in page
    assert "Nobody yet" in page


def test_filters_stand_in_the_address_and_foreign_values_are_left_out(desk: House, handed: str) -> None:
    joel = desk.signed_in("joel")

    for query, shown in (
        (f"line={LINE}", True),
        ("line=orthopaedics", False),
        ("track=b2b_referral", True),
        ("mine=1", False),
        ("overdue=1", False),
        ("lead=L-00000000000d", True),
        ("lead=00000000000", True),
        ("lead=L-ffff", False),
        ("line=nowhere&track=%3Cscript%3E&after=zzz&lead=%25", True),
    ):
        page = joel.get(f"/inbox?{query}").text
        assert ("X-0123456789ab" in page) is shown, query
        assert "<script>" not in page


def test_the_most_urgent_is_taken_with_one_button_and_then_none_is_left(desk: House, handed: str) -> None:
    joel, sam = desk.signed_in("joel"), desk.signed_in("sam")
    joel.get("/inbox"), sam.get("/inbox")

    taken = joel.post("/inbox/take")
    late = sam.post("/inbox/take")

    assert (taken.status_code, taken.headers["location"]) == (303, f"/inbox/{handed}?told=accepted")
    assert late.status_code == 404
    assert "no new lead is left to take" in late.text
    assert "Joel Amari" in sam.get("/inbox").text
    assert "Take the most urgent" not in sam.page


def test_marketing_sees_the_list_without_the_button_and_cannot_take(desk: House, handed: str) -> None:
    theo = desk.signed_in("theo")

    assert "Take the most urgent" not in theo.get("/inbox").text
    assert theo.client.post("/inbox/take", data=theo.hidden("/signout")).status_code == 403


def test_only_the_steps_that_the_table_of_moves_allows_are_offered(desk: House, handed: str) -> None:
    offered = {
        "new": {"accept", "return"},
        "accepted": {"attempt", "qualify", "return", "reassign", "reveal"},
        "sql": {"attempt", "outcome", "reassign", "reveal"},
        "opportunity": {"attempt", "outcome", "reassign", "reveal"},
        "seen": set(),
    }
    steps = {"new": ("accept", {}), "accepted": ("qualify", BANT), "sql": ("outcome", {"outcome": "opportunity"})}
    steps["opportunity"] = ("outcome", {"outcome": "seen"})
    joel = desk.signed_in("joel")

    for state, forms in offered.items():
        page = joel.get(f"/inbox/{handed}").text
        assert set(re.findall(rf'action="/inbox/{handed}/(\w+)"', page)) == forms, state
        if state == "sql":
            assert 'value="booked"' not in page  # patients book; a practice becomes an opportunity
        if state in steps:
            form, fields = steps[state]
            assert joel.post(f"/inbox/{handed}/{form}", **fields).status_code == 303


def test_an_answer_that_makes_no_sql_is_refused_with_what_to_do_instead(desk: House, handed: str) -> None:
    joel = worked(desk, handed, ("accept", {}))
    assert "Did you speak to the person who decides where to refer?" in joel.page
    assert "Has a plan we take" not in joel.page

    answer = joel.post(f"/inbox/{handed}/qualify", **{**BANT, "need": "false", "authority": "false"})

    assert answer.status_code == 422
    assert "return the lead as wrong_service_line" in answer.text
    assert "nobody who decides has been spoken to" in answer.text


def test_each_reason_says_before_it_is_chosen_what_follows_and_when_the_lead_comes_back(desk: House, handed: str) -> None:
    joel = worked(desk, handed, ("accept", {}))

    form = re.search(r'<details id="reject">.*?</details>', joel.page, re.DOTALL)
    assert form
    assert "1 Apr 2026" in form[0]  # 30 days on
    assert re.search(r'value="not_reachable" required disabled', form[0])
    assert "Not yet: 0 attempts over 0 days on record: it needs 3 over 7 days" in form[0]
    assert "Orthopaedics, not scored there yet" not in form[0]  # another track
    assert joel.post(f"/inbox/{handed}/return", reason="not_reachable").status_code == 422


def test_a_lead_is_given_to_a_colleague(desk: House, handed: str) -> None:
    joel = worked(desk, handed, ("accept", {}))

    assert joel.post(f"/inbox/{handed}/reassign", to="theo").status_code == 403
    assert joel.post(f"/inbox/{handed}/reassign", to="sam").status_code == 303
    assert "with Sam Whitlock" in joel.get(f"/inbox/{handed}").text
    assert "X-0123456789ab" in desk.signed_in("sam").get("/inbox?mine=1").text


def test_a_lead_that_came_back_shows_what_happened_before(desk: House, handed: str) -> None:
    joel = worked(desk, handed, ("accept", {}), ("return", {"reason": "timing_later", "return_on": "2026-05-04"}))
    assert "rests until 4 May 2026" in joel.page
    with desk.workspace.database.write() as connection:
        before = connection.execute(select(sales_inbox)).one()._asdict()
        fresh = {"execution": "X-00000000back", "status": "new", "reason": None, "by": None, "accepted_at": None, "decided_at": None}
        connection.execute(insert(sales_inbox).values({**before, **fresh, "received_at": desk.clock() + timedelta(days=70)}))

    page = joel.get("/inbox/X-00000000back").text
    others = re.search(r'id="others".*?</section>', page, re.DOTALL)
    assert others
    assert f"/inbox/{handed}" in others[0]
    assert "Later, Joel Amari; came before this one" in " ".join(others[0].split())
    assert "came after this one" in joel.get(f"/inbox/{handed}").text


def test_a_click_calls_or_writes_only_from_the_revealed_answer(desk: House, handed: str) -> None:
    joel = worked(desk, handed, ("accept", {}))

    answer = joel.post(f"/inbox/{handed}/reveal", purpose="call")

    assert 'href="tel:+18135550147"' in answer.text
    assert f'href="mailto:{CANARIES[2]}"' in answer.text
    assert CANARIES[4] in answer.text
    again = joel.get(f"/inbox/{handed}").text
    assert "tel:" not in again
    assert "mailto:" not in again
    with desk.workspace.database.read() as connection:
        assert [entry.actor for entry in entries(connection) if entry.event == "contact:reveal"] == ["joel"]


@pytest.mark.parametrize(
    ("said", "told", "opens"),
    [
        ({}, "No consent on record", True),
        ({"phone": True}, "Agreed to be reached this way", True),
        ({"phone": False}, "Said no to this way", False),
    ],
)
def test_beside_a_revealed_contact_stands_what_the_person_agreed_to(
    desk: House, handed: str, said: dict[str, bool], told: str, opens: bool
) -> None:
    joel = worked(desk, handed, ("accept", {}))
    with desk.workspace.database.write() as connection:
        connection.execute(delete(consents))
        lead = connection.execute(select(sales_inbox.c.lead).where(sales_inbox.c.execution == handed)).scalar_one()
        write_consents(
            connection,
            [{"lead": lead, "purpose": way, "granted": yes, "at": desk.clock(), "engagement": "E-1"} for way, yes in said.items()],
        )

    answer = joel.post(f"/inbox/{handed}/reveal", purpose="call").text

    assert told in answer
    assert ("tel:" in answer) is opens
    assert "No consent on record" in answer  # nothing was said about e-mail


def test_a_contact_that_was_stopped_opens_nothing(desk: House, handed: str) -> None:
    joel = worked(desk, handed, ("accept", {}))
    with desk.workspace.database.write() as connection:
        lead = connection.execute(select(sales_inbox.c.lead).where(sales_inbox.c.execution == handed)).scalar_one()
        connection.execute(insert(suppressions).values(lead=lead, channel="email", reason="unsubscribe", at=desk.clock()))

    answer = joel.post(f"/inbox/{handed}/reveal", purpose="email").text

    assert "Said no to this way" in answer
    assert "mailto:" not in answer


def test_practices_are_ranked_and_say_who_has_whom_and_what_comes_next(desk: House, handed: str) -> None:
    joel = desk.signed_in("joel")

    listed = joel.get("/practices").text
    assert f"Practice of {MANAGER}" in listed
    assert "2 contacts" in listed
    assert "Nobody has it: accept by" in listed

    page = worked(desk, handed, ("accept", {})).get(f"/practices/{DOCTOR}").text
    assert "Joel Amari has it: reach the person, then qualify" in page
    assert f'href="/leads/{MANAGER}"' in page
    assert "never handed over" in page


def test_who_is_who_is_said_at_the_lead_s_page_and_taken_back_there(desk: House, handed: str) -> None:
    mara = desk.signed_in("mara")
    mara.get(f"/leads/{DOCTOR}")
    assert "Nobody was ever merged into this lead" in mara.page

    joined = mara.post(f"/leads/{DOCTOR}/merge", other=MANAGER, reason="same_person")
    assert joined.status_code == 303
    survivor = joined.headers["location"].removeprefix("/leads/").partition("?")[0]
    gone = next(lead for lead in (DOCTOR, MANAGER) if lead != survivor)
    assert "They are one lead now" in mara.get(joined.headers["location"]).text
    assert "went into it: a person said so, “The same person”" in " ".join(mara.page.split())
    assert mara.client.get(f"/leads/{gone}", follow_redirects=False).headers["location"] == f"/leads/{survivor}"

    apart = mara.post(f"/leads/{survivor}/unmerge", part=gone, reason="mistake")
    assert apart.status_code == 303
    assert mara.get(f"/leads/{gone}").status_code == 200
    with desk.workspace.database.read() as connection:
        assert [row.event for row in connection.execute(select(lead_matches.c.event).order_by(lead_matches.c.id))] == ["merge", "unmerge"]
        assert connection.scalar(select(leads.c.merged_into).where(leads.c.id == gone)) is None


def test_the_auditor_reads_the_match_log_without_its_forms(desk: House, handed: str) -> None:
    mara, ada = desk.signed_in("mara"), desk.signed_in("ada")
    mara.get(f"/leads/{DOCTOR}")
    mara.post(f"/leads/{DOCTOR}/merge", other=MANAGER, reason="same_person")

    page = ada.get(f"/leads/{DOCTOR}").text

    assert "a person said so" in page
    assert "/merge" not in page
    assert (
        ada.client.post(f"/leads/{DOCTOR}/merge", data={**ada.hidden("/signout"), "other": MANAGER, "reason": "same_person"}).status_code
        == 403
    )


def test_tasks_are_narrowed_by_place_and_say_how_long_they_wait(desk: House) -> None:
    now = desk.clock()
    rows = [
        {
            "execution": f"X-00000000{n}:accept:1",
            "action": f"A-{n}",
            "title": f"Task {n}",
            "body": "Do it",
            "where": where,
            "status": "open",
            "created_at": now,
        }
        for n, where in enumerate(("Zocdoc", "Zocdoc", "web team"))
    ]
    with desk.workspace.database.write() as connection:
        connection.execute(insert(human_tasks), rows)
    desk.clock.forward(days=3)
    joel = desk.signed_in("joel")

    assert "Zocdoc (2)" in joel.get("/tasks").text
    assert "open for 3 days" in joel.page
    assert 'href="/inbox/X-000000001"' in joel.page
    assert re.findall(r"<h2[^>]*>(Task \d)", joel.get("/tasks?where=web+team").text) == ["Task 2"]
    joel.get("/tasks")
    joel.post("/tasks/X-000000002:accept:1/done")
    done = joel.get("/tasks?state=done").text
    assert "done by Joel Amari" in done
    assert "3 days after it came" in done


@pytest.mark.parametrize("name", ["mara", "theo", "inez", "sam", "joel", "pia", "ada"])
def test_no_page_names_a_person_for_anybody(desk: House, handed: str, name: str) -> None:
    worked(desk, handed, ("accept", {}), ("attempt", {"outcome": "left_message"}))
    visitor = desk.signed_in(name)

    for path in PAGES:
        response = visitor.get(path)
        assert response.status_code in (200, 403), path
        for canary in (*CANARIES, "zelkova", "+18135550147"):
            assert canary not in response.text, (path, canary)


def test_only_who_may_look_gets_the_contact_and_the_refusal_holds_nothing_of_it(desk: House, handed: str) -> None:
    worked(desk, handed, ("accept", {}))

    for name in ("mara", "theo", "ada", "pia"):
        visitor = desk.signed_in(name)
        visitor.get(f"/inbox/{handed}")
        answer = visitor.client.post(f"/inbox/{handed}/reveal", data={**visitor.hidden("/signout"), "purpose": "call"})
        assert answer.status_code == 403, name
        assert not [canary for canary in CANARIES if canary in answer.text], name


def test_a_handoff_in_the_queue_says_what_it_is_worth_now_and_its_content_stays(house: House) -> None:
    scored(house)
    action = house.propose(handoff())
    theo = house.signed_in("theo")

    listed = " ".join(theo.get("/queue").text.split())

    assert re.search(r"72 points when proposed, \d+ now", listed)
    assert house.action(action.id).content_hash == action.content_hash


def test_an_unknown_lead_s_practice_is_not_found(desk: House) -> None:
    assert desk.signed_in("joel").get(f"/practices/{LeadId('L-00')}").status_code == 404


def test_a_seller_works_the_list_by_keys_and_on_a_phone(desk: House, visit: Visit) -> None:
    handed = practice_of_two(desk)
    page = visit(desk, "joel")
    page.goto("/inbox")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/inbox/{handed}")

    page.goto("/inbox")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/inbox/{handed}?told=accepted")

    page.set_viewport_size({"width": 320, "height": 640})
    for path in ("/inbox", f"/inbox/{handed}", "/practices", f"/practices/{DOCTOR}", "/tasks", f"/leads/{DOCTOR}"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
        serious = [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
        assert serious == [], path
    page.goto(f"/inbox/{handed}")
    step, why = page.locator(".decide").bounding_box(), page.locator(".why").first.bounding_box()
    assert step is not None
    assert why is not None
    assert step["y"] < why["y"]  # what to do stands above what to read
    page.locator("#reject summary").first.click()
    expect(page.locator("#return-on")).to_be_hidden()
    page.get_by_role("radio", name=re.compile("^Later")).check()
    expect(page.locator("#return-on")).to_be_visible()


def test_a_task_leads_to_a_lead_only_where_it_is_about_one(desk: House, handed: str) -> None:
    """A task of an approved item has an execution's number too, and no lead behind it."""
    now = desk.clock()
    with desk.workspace.database.write() as connection:
        action = connection.scalars(select(sales_inbox.c.action).where(sales_inbox.c.execution == handed)).one()
        row = {"action": action, "title": "t", "body": "b", "where": "w", "status": "open", "created_at": now}
        connection.execute(
            insert(human_tasks), [{**row, "execution": "X-26e64eebccc529d179b5fd0b"}, {**row, "execution": f"hold:{handed}"}]
        )
    seller = desk.signed_in("joel")

    links = re.findall(r'href="(/inbox/X-[^"]+)"', seller.get("/tasks").text)

    assert links == [f"/inbox/{handed}"]
    assert seller.client.get(links[0]).status_code == 200
