"""Whole journeys in a real browser: what people do to one item between the queue and its receipt, and who is told what."""

import re

from playwright.sync_api import Page, expect

from approvals import decide
from approvals.execute import run_steps
from policies.actions import Action, Status
from tests.approvals.web.browsing import Visit
from tests.approvals.web.house import House, budget, keywords, nurture


def approve(page: Page, action: Action) -> None:
    page.goto(f"/actions/{action.id}")
    page.locator("#approve").click()
    expect(page.get_by_role("status").first).to_contain_text("pproval" if page.url.count("counted") else "Approved")


def edit(page: Page, action: Action, text: str) -> None:
    page.goto(f"/actions/{action.id}/edit")
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_role("button", name=re.compile("Save version")).click()
    expect(page.get_by_role("status").first).to_contain_text("Saved as a new version")


def test_an_edit_voids_the_approval_before_it(house: House, visit: Visit) -> None:
    house.hold(seconds=600)
    action = house.propose(keywords())
    mara, theo = visit(house, "mara"), visit(house, "theo")
    approve(mara, action)
    assert house.action(action.id).status is Status.APPROVED

    edit(theo, action, "Campaign Knee, phrase match:\njobs")

    assert house.action(action.id).status is Status.QUEUED
    assert run_steps(house.workspace, action.id) == "held"
    mara.goto(f"/actions/{action.id}")
    expect(mara.locator("#approve")).to_be_visible()
    expect(mara.get_by_text("Version 2", exact=True).first).to_be_visible()


def test_who_wrote_the_words_is_not_one_of_the_two_who_agree_to_them(house: House, visit: Visit) -> None:
    action = house.propose(budget())  # two people must agree to money
    mara, theo = visit(house, "mara"), visit(house, "theo")

    approve(mara, action)
    mara.goto(f"/actions/{action.id}")
    expect(mara.locator("#approve")).to_have_count(0)
    assert house.action(action.id).status is Status.QUEUED
    approve(theo, action)

    assert house.action(action.id).status is Status.APPROVED


def test_a_new_draft_replaces_the_one_it_was_asked_for(house: House, visit: Visit) -> None:
    action = house.propose(keywords())
    mara = visit(house, "mara")
    mara.goto(f"/actions/{action.id}")
    mara.get_by_text("Ask for a new draft").first.click()
    mara.get_by_label("What should be different?").fill("Leave out salary")
    mara.get_by_role("button", name="Ask for a new draft").click()
    mara.goto(f"/actions/{action.id}")
    expect(mara.get_by_text("A new draft was asked for")).to_be_visible()

    content = action.content.model_copy(update={"body": "Campaign Knee, phrase match:\njobs"})
    decide.replace_draft(house.workspace, action.id, version=1, content_hash=action.content_hash, content=content)

    mara.goto(f"/actions/{action.id}")
    expect(mara.get_by_text("Version 2", exact=True).first).to_be_visible()
    expect(mara.locator(".diff .removed").first).to_contain_text("salary")
    approve(mara, house.action(action.id))
    assert run_steps(house.workspace, action.id) == "done"


def test_an_item_that_expires_while_its_page_is_open_cannot_be_approved(house: House, visit: Visit) -> None:
    action = house.propose(keywords())
    mara = visit(house, "mara")
    mara.goto(f"/actions/{action.id}")
    expect(mara.locator("#approve")).to_be_visible()

    house.when_over(action)
    mara.goto(f"/actions/{action.id}")

    expect(mara.locator("#approve")).to_have_count(0)
    assert run_steps(house.workspace, action.id) == "held"
    assert house.action(action.id).status is not Status.APPROVED


def test_a_stop_between_approval_and_execution_holds_the_item_back(house: House, visit: Visit) -> None:
    action = house.propose(nurture())
    mara, inez = visit(house, "mara"), visit(house, "inez")
    house.hold(seconds=600)
    approve(mara, action)

    inez.goto("/pause")
    inez.get_by_label(re.compile("Why|Reason")).first.fill("A complaint came in")
    inez.get_by_role("button", name=re.compile("everything", re.I)).first.click()
    expect(inez.get_by_text("Everything is paused").first).to_be_visible()
    house.clock.forward(minutes=11)

    assert run_steps(house.workspace, action.id) == "held"
    mara.goto(f"/actions/{action.id}")
    assert house.action(action.id).status is Status.QUEUED
    expect(mara.get_by_text("Everything is paused by Inez Okafor").first).to_be_visible()


def test_an_approval_is_taken_back_within_its_hold_window(house: House, visit: Visit) -> None:
    house.hold(seconds=600)
    action = house.propose(keywords())
    mara = visit(house, "mara")
    approve(mara, action)

    mara.goto(f"/actions/{action.id}")
    mara.get_by_role("button", name=re.compile("Take the approval back|Undo")).click()

    expect(mara.get_by_role("status").first).to_contain_text("Taken back")
    assert house.action(action.id).status is Status.QUEUED


def test_many_items_are_decided_with_the_keyboard_alone(house: House, visit: Visit) -> None:
    made = [house.propose(keywords("knee")), house.propose(keywords("hip"))]
    mara = visit(house, "mara")
    mara.keyboard.press("j")
    mara.keyboard.press("x")
    mara.keyboard.press("j")
    mara.keyboard.press("x")
    mara.get_by_role("button", name="Look at the ticked ones together").press("Enter")
    expect(mara.get_by_role("heading", level=1)).to_contain_text("2 items together")
    mara.keyboard.press("a")
    expect(mara.locator("#approve")).to_be_focused()
    mara.keyboard.press("Enter")

    expect(mara.get_by_role("heading", level=1)).to_have_text("2 approved")
    assert {house.action(one.id).status for one in made} == {Status.APPROVED}


def test_the_queue_says_that_something_changed_and_stays_as_it_was(house: House, visit: Visit) -> None:
    house.propose(keywords("knee"))
    mara = visit(house, "mara")
    expect(mara.locator("#rows .row")).to_have_count(1)

    house.propose(keywords("hip"))

    expect(mara.get_by_text("Something changed since you opened this page: 2 wait now.")).to_be_visible()
    expect(mara.locator("#rows .row")).to_have_count(1)
    mara.get_by_role("link", name="Show it").click()
    expect(mara.locator("#rows .row")).to_have_count(2)
