"""The desk in a real browser, over a real socket: what a person sees and presses."""

import re

from playwright.sync_api import expect
from sqlalchemy import func, select

from approvals import identity
from approvals.execute import run_steps
from policies.actions import Status
from tests.approvals.web.browsing import Visit, set_password
from tests.approvals.web.house import House, budget, guarantee, keywords, nurture
from tools.store.action_tables import decisions


def test_from_the_first_link_to_the_receipt(house: House, visit: Visit, site: str) -> None:
    action = house.propose(keywords())
    link = identity.first_admin_link(house.workspace, site)
    assert link is not None
    page = visit(house)

    page.goto(link)
    expect(page.get_by_role("heading", name="Welcome, Mara Lindqvist")).to_be_visible()
    set_password(page)
    page.get_by_role("link", name="Item knee").click()
    page.get_by_role("button", name="Approve and hand to the ads team").click()
    expect(page.get_by_role("status")).to_contain_text("Approved")
    run_steps(house.workspace, action.id)
    page.get_by_role("link", name="See its receipt").click()

    expect(page.get_by_role("heading", name="Create a task with the ready text Done")).to_be_visible()
    expect(page.get_by_text("Executed", exact=True)).to_be_visible()


def test_a_rejection_needs_a_reason(house: House, visit: Visit) -> None:
    action = house.propose(keywords())
    page = visit(house, "mara")
    page.goto(f"/actions/{action.id}")

    page.get_by_text("Reject", exact=False).first.click()
    page.get_by_role("button", name="Reject").click()
    assert house.action(action.id).status is Status.QUEUED
    page.get_by_label("Reason").fill("These terms bring patients")
    page.get_by_role("button", name="Reject").click()

    expect(page.get_by_role("status")).to_contain_text("Rejected")
    assert house.action(action.id).status is Status.REJECTED


def test_an_edit_mends_a_blocked_item_and_makes_version_two(house: House, visit: Visit) -> None:
    action = house.propose(guarantee())
    page = visit(house, "mara")
    page.goto(f"/actions/{action.id}")
    expect(page.locator("mark").first).to_contain_text("guarantee")
    expect(page.locator("#approve")).to_have_count(0)

    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Text", exact=True).fill("Our knee programme.\nAsk us what a first visit is like.")
    page.get_by_role("button", name="Save version 2").click()

    expect(page.get_by_role("status")).to_contain_text("Saved as a new version")
    expect(page.locator(".diff .removed").first).to_contain_text("guarantee")
    assert house.action(action.id).version == 2


def test_of_two_people_who_approve_at_once_one_is_told_who_was_first(house: House, visit: Visit) -> None:
    action = house.propose(keywords())
    first, second = visit(house, "mara"), visit(house, "theo")
    for page in (first, second):
        page.goto(f"/actions/{action.id}")

    for page in (first, second):
        page.locator("#approve").click(no_wait_after=True)
    for page in (first, second):
        page.wait_for_url(re.compile("told=approved|/approve"))

    conflicts = [page for page in (first, second) if page.get_by_role("heading", name="Somebody was first").count()]
    assert len(conflicts) == 1
    expect(conflicts[0].get_by_role("alert")).to_contain_text(re.compile("(Mara Lindqvist|Theo Brandt) approved version 1"))
    with house.workspace.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(decisions)) == 1


def test_the_keys_do_what_the_help_says(house: House, visit: Visit) -> None:
    house.propose(budget())
    house.clock.forward(minutes=1)
    action = house.propose(keywords())
    page = visit(house, "mara")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator(".current")).to_have_count(1)
    page.keyboard.press("j")
    expect(page.locator(".current")).to_contain_text("Item knee")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Item knee")
    page.wait_for_load_state()  # keys work once the script has run
    page.keyboard.press("r")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("a reject n")
    expect(page.get_by_label("Reason")).to_have_value("a reject n")
    page.get_by_label("Reason").blur()
    page.keyboard.press("a")
    expect(page.locator("#approve")).to_be_focused()
    assert house.action(action.id).status is Status.QUEUED
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("Approved")
    assert house.action(action.id).status is Status.APPROVED


def test_everything_works_without_javascript(house: House, visit: Visit) -> None:
    action = house.propose(keywords())
    page = visit(house, "mara", java_script_enabled=False)

    page.get_by_role("link", name="Item knee").click()
    page.get_by_text("Reject", exact=False).first.click()
    page.get_by_label("Reason").fill("Not these")
    page.get_by_role("button", name="Reject").click()

    expect(page.get_by_role("status")).to_contain_text("Rejected")
    assert house.action(action.id).status is Status.REJECTED


def test_no_page_scrolls_sideways_on_a_phone_or_breaks_its_own_policy(house: House, visit: Visit) -> None:
    shift, mail, blocked = house.propose(budget()), house.propose(nurture()), house.propose(guarantee())
    page = visit(house, "mara", viewport={"width": 390, "height": 844})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    items = [f"/actions/{action.id}" for action in (shift, mail, blocked)]

    rules = ["/rules", "/rules?view=coverage", *(f"/rules/{finding.rule}" for finding in blocked.findings), "/rules/HIPAA-164.514-B2-PHONE"]
    proofs = [f"/evidence?key=hipaa_authorization&subject={blocked.id}"]
    pages = [
        "/queue",
        "/inbox",
        "/tasks",
        "/runs",
        "/schedule",
        "/health",
        "/audit",
        "/pause",
        "/people",
        *rules,
        *proofs,
        *items,
        f"{items[1]}/edit",
    ]

    for path in (*pages, "/signin"):
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{path} is {width} px wide"

    assert complaints == []


def test_on_a_phone_the_queue_and_the_decision_are_one_press_away(house: House, visit: Visit) -> None:
    action = house.propose(nurture())
    house.propose(keywords())
    page = visit(house, "mara", viewport={"width": 390, "height": 844})

    page.goto("/queue")
    expect(page.locator("#rows .row a.title").first).to_be_in_viewport()
    expect(page.get_by_label("Kind")).to_be_hidden()
    page.get_by_text("Search and filter").click()
    expect(page.get_by_label("Kind")).to_be_visible()

    page.goto(f"/actions/{action.id}")
    expect(page.locator("#approve")).not_to_be_in_viewport()
    page.get_by_role("link", name="Decide").click()
    expect(page.locator("#approve")).to_be_in_viewport()

    page.goto("/audit")
    expect(page.locator(".top nav").get_by_text("Rules and proof")).to_be_in_viewport()


def test_where_there_is_room_the_filters_are_open_and_nothing_points_to_the_decision(house: House, visit: Visit) -> None:
    action = house.propose(nurture())
    page = visit(house, "mara", viewport={"width": 1280, "height": 900})

    page.goto("/queue")
    expect(page.get_by_label("Kind")).to_be_visible()
    expect(page.locator("#show-filters")).to_be_hidden()
    page.goto(f"/actions/{action.id}")
    expect(page.get_by_role("link", name="Decide")).to_be_hidden()
    expect(page.locator("#approve")).to_be_in_viewport()
