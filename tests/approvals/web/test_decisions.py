"""Deciding at the desk without JavaScript: every form posts, redirects, and meets the same guard as the command line."""

import pytest
from sqlalchemy import select, update

from policies.actions import Content, Status
from tests.approvals.web.house import House, budget, guarantee, keywords, nurture
from tools.store.tables import jobs


@pytest.fixture
def queued(house: House) -> str:
    return house.propose(keywords("knee")).id


def test_an_approval_asks_for_the_execution_and_opens_the_next_item(house: House, queued: str) -> None:
    house.clock.forward(minutes=1)
    later = house.propose(keywords("hip")).id
    mara = house.signed_in("mara")
    mara.get(f"/actions/{queued}")

    response = mara.post(f"/actions/{queued}/approve")

    assert (response.status_code, response.headers["location"]) == (303, f"/actions/{later}?told=approved%3A{queued}")
    assert house.action(queued).status is Status.APPROVED
    with house.workspace.database.read() as connection:
        assert connection.execute(select(jobs.c.kind, jobs.c.subject)).all() == [("execute", queued)]


def test_after_the_last_item_the_queue_says_what_comes_next(house: House, queued: str) -> None:
    mara = house.signed_in("mara")
    mara.get(f"/actions/{queued}")
    response = mara.post(f"/actions/{queued}/approve")

    mara.get(response.headers["location"])

    assert "Approved. It is handed to the worker now." in mara.page
    assert "Nothing waits for a decision" in mara.page


def test_a_second_decision_gets_409_and_the_name_of_who_was_first(house: House, queued: str) -> None:
    mara, theo = house.signed_in("mara"), house.signed_in("theo")
    mara.get(f"/actions/{queued}")
    theo.get(f"/actions/{queued}")
    mara.post(f"/actions/{queued}/approve")

    late = theo.post(f"/actions/{queued}/reject", reason="Not now")

    assert late.status_code == 409
    assert "Somebody was first" in late.text
    assert "“Item knee” is no longer what you saw" in late.text or "“Item knee” is approved already" in late.text
    assert "Mara Lindqvist approved version 1 at 2 Mar 2026, 04:00 EST" in late.text
    assert queued not in late.text.split("<main")[1].split("href=")[0]
    assert house.action(queued).status is Status.APPROVED


def test_a_rejection_needs_a_reason(house: House, queued: str) -> None:
    mara = house.signed_in("mara")
    mara.get(f"/actions/{queued}")

    bare = mara.post(f"/actions/{queued}/reject", reason="  ")

    assert bare.status_code == 422
    assert "A rejection needs a reason" in bare.text
    assert house.action(queued).status is Status.QUEUED
    assert mara.post(f"/actions/{queued}/reject", reason="The terms are ours").status_code == 303
    assert house.action(queued).status is Status.REJECTED
    assert "The terms are ours" in mara.get(f"/actions/{queued}").text


def test_an_edit_makes_a_version_shows_what_changed_and_voids_the_old_page(house: House, queued: str) -> None:
    mara, theo = house.signed_in("mara"), house.signed_in("theo")
    theo.get(f"/actions/{queued}")
    mara.get(f"/actions/{queued}/edit")

    saved = mara.post(f"/actions/{queued}/edit", title="Item knee", body="Campaign Knee, phrase match:\r\njobs")

    assert saved.status_code == 303
    assert house.action(queued).version == 2
    assert house.action(queued).content.body == "Campaign Knee, phrase match:\njobs"
    mara.get(saved.headers["location"])
    assert "Saved as a new version" in mara.page
    assert '<div class="removed">− salary</div>' in mara.page
    assert theo.post(f"/actions/{queued}/approve").status_code == 409


def test_saving_without_a_change_says_so_and_keeps_what_was_typed(house: House, queued: str) -> None:
    mara = house.signed_in("mara")
    mara.get(f"/actions/{queued}/edit")
    body = house.action(queued).content.body

    same = mara.post(f"/actions/{queued}/edit", title="Item knee", body=body)

    assert same.status_code == 422
    assert "nothing was changed" in same.text
    assert house.action(queued).version == 1


def test_looking_at_the_editor_and_saving_changes_only_what_was_typed(house: House) -> None:
    mail = house.propose(nurture())
    mara = house.signed_in("mara")
    mara.get(f"/actions/{mail.id}/edit")

    mara.post(f"/actions/{mail.id}/edit", title="How a visit goes", body=mail.content.body.replace("\n", "\r\n"))

    edited = house.action(mail.id)
    assert edited.content == mail.content.model_copy(update={"title": "How a visit goes"})


def test_two_people_must_agree_on_money_and_nobody_may_rewrite_it(house: House) -> None:
    shift = house.propose(budget()).id
    mara, theo, inez = (house.signed_in(name) for name in ("mara", "theo", "inez"))
    theo.get(f"/actions/{shift}/edit")
    refused = theo.post(f"/actions/{shift}/edit", title="Move $1,100 a month from Hip to Knee", body="Hip: lower\nKnee: raise")

    assert refused.status_code == 422
    assert "cannot be edited" in refused.text
    assert 'id="edit"' not in mara.get(f"/actions/{shift}").text
    assert "Approve: a second person follows" in mara.page
    assert "told=counted" in mara.post(f"/actions/{shift}/approve").headers["location"]
    assert "It waits for a second person" in mara.get(f"/actions/{shift}").text
    inez.get(f"/actions/{shift}")
    assert "Mara Lindqvist has approved" in inez.page
    assert "told=approved" in inez.post(f"/actions/{shift}/approve").headers["location"]
    assert house.action(shift).status is Status.APPROVED


def test_a_blocked_item_shows_the_rule_beside_the_words_and_has_no_approve_button(house: House) -> None:
    blocked = house.propose(guarantee())
    assert blocked.status is Status.BLOCKED
    mara = house.signed_in("mara")

    mara.get(f"/actions/{blocked.id}")

    first = next(finding for finding in blocked.findings if finding.severity == "block" and finding.quote)
    assert "<mark>" in mara.page
    assert first.rule in mara.page
    assert 'id="approve"' not in mara.page
    assert "no approval can change that" in mara.page


def test_a_forged_approval_of_a_blocked_item_is_refused(house: House) -> None:
    blocked = house.propose(guarantee())
    mara = house.signed_in("mara")
    mara.get(f"/actions/{blocked.id}")
    csrf = mara.hidden(f"/actions/{blocked.id}/reject")

    forged = mara.client.post(f"/actions/{blocked.id}/approve", data=csrf, follow_redirects=False)

    assert forged.status_code == 422
    assert house.action(blocked.id).status is Status.BLOCKED


def test_after_an_approval_the_bar_names_the_item_and_links_to_its_receipt(house: House, queued: str) -> None:
    house.propose(keywords("hip"))
    mara = house.signed_in("mara")
    mara.get(f"/actions/{queued}")

    mara.get(mara.post(f"/actions/{queued}/approve").headers["location"])

    assert "<strong>“Item knee”</strong>: Approved" in mara.page
    assert f'<a href="/actions/{queued}">See its receipt</a>' in mara.page


@pytest.mark.parametrize("name", ["ada", "sam"])
def test_who_may_not_decide_sees_why_and_a_forged_post_is_refused(house: House, queued: str, name: str) -> None:
    reader, mara = house.signed_in(name), house.signed_in("mara")
    mara.get(f"/actions/{queued}")
    bound = mara.hidden(f"/actions/{queued}/approve")
    reader.get(f"/actions/{queued}")

    assert "You need the marketing or compliance role; Mara Lindqvist, Theo Brandt and Inez Okafor have it." in reader.page
    assert ".yaml" not in reader.page
    csrf = reader.hidden("/signout")["csrf"]
    for verb in ("approve", "reject", "edit", "redraft"):
        fields = {**bound, "csrf": csrf, "reason": "x", "note": "x", "title": "y"}
        assert reader.client.post(f"/actions/{queued}/{verb}", data=fields, follow_redirects=False).status_code == 403, verb
    assert house.action(queued).status is Status.QUEUED


def test_a_redraft_needs_a_note_and_the_page_says_it_is_on_its_way(house: House, queued: str) -> None:
    mara = house.signed_in("mara")
    mara.get(f"/actions/{queued}")

    mara.post(f"/actions/{queued}/redraft", note="Leave salary in")

    assert "A new draft was asked for. It replaces this text" in mara.get(f"/actions/{queued}").text


def test_a_redraft_that_brought_nothing_says_so_until_there_is_a_newer_version(house: House, queued: str) -> None:
    mara = house.signed_in("mara")
    mara.get(f"/actions/{queued}")
    mara.post(f"/actions/{queued}/redraft", note="Leave salary in")
    _end_redraft(house, f"action {queued}: there is no other wording; edit the text instead")

    assert "The agent has no other wording: edit the text instead." in mara.get(f"/actions/{queued}").text
    assert "A new draft was asked for. It replaces" not in mara.page
    mara.get(f"/actions/{queued}/edit")
    mara.post(f"/actions/{queued}/edit", title="Item knee", body="jobs")
    assert "no other wording" not in mara.get(f"/actions/{queued}").text


def test_a_second_request_for_a_draft_replaces_the_notice_of_the_first(house: House, queued: str) -> None:
    mara = house.signed_in("mara")
    mara.get(f"/actions/{queued}")
    mara.post(f"/actions/{queued}/redraft", note="Leave salary in")
    _end_redraft(house, "OperationalError")
    assert "The new draft failed" in mara.get(f"/actions/{queued}").text

    mara.post(f"/actions/{queued}/redraft", note="Shorter")

    assert "The new draft failed" not in mara.get(f"/actions/{queued}").text
    assert "A new draft was asked for. It replaces" in mara.page


def test_the_heading_says_proposed_until_it_is_approved(house: House, queued: str) -> None:
    mara = house.signed_in("mara")
    assert "Exactly what is proposed" in mara.get(f"/actions/{queued}").text

    mara.post(f"/actions/{queued}/approve")

    assert "Exactly what was approved" in mara.get(f"/actions/{queued}").text


def test_figures_and_keys_are_said_in_words(house: House) -> None:
    fields = {"amount_usd": 590.0, "service_line": "orthopaedics", "stage": "fast_lane", "conversion_rate": 0.0123}
    content = Content(title="Item", body="jobs", fields=fields, destination="Google Ads")
    action = house.propose(keywords("knee", content=content))

    page = house.signed_in("mara").get(f"/actions/{action.id}").text

    for name, said in (("Amount", "$590"), ("Service line", "Orthopaedics"), ("Stage", "Asked for contact (fast lane)")):
        assert f"<dt>{name}</dt><dd>{said}</dd>" in page
    assert "<dt>Conversion rate</dt><dd>1.2%</dd>" in page


def _end_redraft(house: House, error: str) -> None:
    with house.workspace.database.write() as connection:
        connection.execute(update(jobs).where(jobs.c.kind == "redraft", jobs.c.status == "queued").values(status="failed", error=error))


def test_an_expired_item_cannot_be_approved(house: House, queued: str) -> None:
    house.clock.forward(days=15)
    mara = house.signed_in("mara")

    mara.get(f"/actions/{queued}")

    assert "Its time to decide is over" in mara.page
    assert 'id="approve"' not in mara.page


def test_an_approval_on_hold_can_be_taken_back(house: House, queued: str) -> None:
    policy = house.workspace.practice.approval_policy.model_copy(update={"hold_seconds": 600})
    object.__setattr__(house.workspace, "practice", house.workspace.practice.model_copy(update={"approval_policy": policy}))
    mara = house.signed_in("mara")
    mara.get(f"/actions/{queued}")
    mara.post(f"/actions/{queued}/approve")
    mara.get(f"/actions/{queued}")
    assert "Approved, on hold" in mara.page
    assert "http-equiv" not in mara.page

    mara.post(f"/actions/{queued}/undo")

    assert house.action(queued).status is Status.QUEUED


def test_after_execution_the_receipt_stands_on_the_page(house: House, queued: str) -> None:
    from approvals.execute import run_steps

    mara = house.signed_in("mara")
    mara.get(f"/actions/{queued}")
    mara.post(f"/actions/{queued}/approve")
    assert 'http-equiv="refresh"' in mara.get(f"/actions/{queued}").text

    run_steps(house.workspace, house.action(queued).id)

    mara.get(f"/actions/{queued}")
    assert 'http-equiv="refresh"' not in mara.page
    assert "Create a task with the ready text" in mara.page
    assert "<dt>Receipt</dt>" in mara.page
    assert "<strong>Executed</strong>" in mara.page
    assert "audit row" in mara.page
