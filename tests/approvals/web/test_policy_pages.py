"""The pages of the policy: reviews and delegation on an item, absence and deputies, the policy with its ladder."""

import re
from typing import Any

from approvals import autonomy, decide, delegate
from approvals.act import act_on_grants
from policies.actions import ActionKind, Status
from policies.approval.ladder import Level
from policies.approval.rules import ApprovalRule
from tests.approvals.web.house import House, Visitor, keywords
from tools.practice import Person

THREE = {
    "kinds": ["negative_keywords"],
    "reviews": [{"roles": ["marketing"]}, {"roles": ["compliance"]}],
    "four_eyes": True,
    "sla_hours": 24,
}


def under(house: House, *rules: dict[str, Any], people: tuple[Person, ...] = ()) -> None:
    """The same desk after its practice file was changed."""
    before = house.workspace.practice
    written = tuple(ApprovalRule.model_validate(rule) for rule in rules) or before.approval_policy.rules
    policy = before.approval_policy.model_copy(update={"rules": written})
    changed = before.model_copy(update={"approval_policy": policy, "people": (*before.people, *people)})
    object.__setattr__(house.workspace, "practice", changed)


def reviews(visitor: Visitor) -> str:
    found = re.search(r'<section class="card reviews".*?</section>', visitor.page, re.DOTALL)
    return re.sub(r"<[^>]+>|\s+", " ", found[0]) if found else ""


def test_the_item_says_which_review_is_there_and_which_is_missing(house: House) -> None:
    under(house, THREE)
    action = house.propose(keywords())
    theo, inez = house.signed_in("theo"), house.signed_in("inez")
    path = f"/actions/{action.id}"

    theo.get(path)
    assert reviews(theo).count("Still missing") == 2
    assert "Decide by" in reviews(theo)
    assert theo.post(f"{path}/approve").status_code == 303
    theo.get(path)
    assert "Given Marketing" in re.sub(r" +", " ", reviews(theo))
    assert "Theo Brandt" in reviews(theo)
    assert "You have approved this version. It waits for a second person." in theo.page

    inez.get(path)
    assert inez.post(f"{path}/approve").status_code == 303
    assert house.action(action.id).status is Status.APPROVED


def test_an_item_is_given_to_somebody_and_a_stale_page_is_told(house: House) -> None:
    under(house, THREE)
    action = house.propose(keywords())
    mara = house.signed_in("mara")
    path = f"/actions/{action.id}"
    mara.get(path)
    assert "Sam Whitlock" not in re.search(r'<select id="assignee".*?</select>', mara.page, re.DOTALL)[0]  # type: ignore[index]

    assert mara.post(f"{path}/assign", to="inez").status_code == 303
    assert "Given to Inez Okafor by Mara Lindqvist" in mara.get(path).text
    decide.edit(house.workspace, action.id, by="theo", changes={"title": "Other words"}, version=1, content_hash=action.content_hash)

    assert mara.post(f"{path}/assign", to="theo").status_code == 409


def test_an_absence_is_recorded_lent_and_ended_at_the_desk(house: House) -> None:
    inez, sam = house.signed_in("inez"), house.signed_in("sam")
    assert "Everybody is here" in inez.get("/absence").text

    sent = {"deputy": "theo", "starts": "2026-03-01T09:00", "ends": "2026-03-09T09:00", "kind:negative_keywords": "1"}
    assert inez.post("/absence", **sent).headers["location"] == "/absence?told=away"
    inez.get("/absence")
    assert "Theo Brandt" in inez.page
    assert "Add negative keywords" in re.search(r"<tbody>.*?</tbody>", inez.page, re.DOTALL)[0]  # type: ignore[index]
    assert "9 Mar 2026, 09:00 EDT" in inez.page
    assert "End now" not in sam.get("/absence").text
    (end,) = set(re.findall(r'action="(/absence/D-[0-9a-f]+/end)"', inez.page))
    assert inez.post(end).status_code == 303
    assert "Everybody is here" in inez.get("/absence").text


def test_only_an_administrator_records_an_absence_for_another(house: House) -> None:
    theo = house.signed_in("theo")
    theo.get("/absence")

    refused = theo.post("/absence", person="inez", deputy="theo", starts="2026-03-02T09:00", ends="2026-03-09T09:00")
    nonsense = theo.post("/absence", deputy="mara", starts="soon", ends="later")

    assert (refused.status_code, nonsense.status_code) == (403, 403)


def test_the_page_of_the_policy_says_who_must_approve_and_what_is_closed(house: House) -> None:
    ada = house.signed_in("ada")
    ada.get("/policy")

    assert "Fix a landing page, " in ada.page
    assert "nobody may approve it, no rule names it" in ada.page
    assert "2 people of marketing or compliance, none of whom wrote or edited it" in ada.page
    assert "Ask for more autonomy" not in ada.page
    assert "Every class proposes: people decide everything." in ada.page


def test_a_class_is_raised_by_two_people_at_the_desk_and_lowered_by_one(house: House) -> None:
    mara, inez, theo = (house.signed_in(name) for name in ("mara", "inez", "theo"))
    mara.get("/policy")
    asked = {"kind": "negative_keywords", "channel": "search", "level": "act", "per_day": "3", "undo_minutes": "30"}

    assert mara.post("/policy/levels", **asked).status_code == 303
    assert "Agree and put it in force" not in mara.get("/policy").text
    inez.get("/policy")
    (agree,) = set(re.findall(r'action="(/policy/levels/G-[0-9a-f]+/agree)"', inez.page))
    assert inez.post(agree).status_code == 303
    assert "up to 3 a day" in inez.get("/policy").text
    house.clock.forward(minutes=1)
    action = house.propose(keywords())
    assert act_on_grants(house.workspace) == [action.id]
    theo.get(f"/actions/{action.id}")
    assert "Approved, on hold" in theo.page
    assert "standing grant" in theo.page

    theo.get("/policy")
    assert theo.post("/policy/levels/lower", kind="negative_keywords", channel="search", level="propose").status_code == 303
    assert "people decide" in theo.get("/policy").text


def test_figures_that_do_not_fit_are_refused_in_words(house: House) -> None:
    mara = house.signed_in("mara")
    mara.get("/policy")

    answer = mara.post("/policy/levels", kind="negative_keywords", level="act", per_day="many", undo_minutes="1")

    assert answer.status_code == 403
    assert "limits are not figures that fit" in answer.text


def test_an_observed_item_has_no_button_to_approve_it(house: House) -> None:
    autonomy.lower(house.workspace, ActionKind.NEGATIVE_KEYWORDS, Level.OBSERVE, by="theo")
    action = house.propose(keywords())
    mara = house.signed_in("mara")

    mara.get(f"/actions/{action.id}")

    assert "only observed" in mara.page
    assert 'id="approve"' not in mara.page
    assert "Nothing waits for you" in mara.get("/queue").text
    assert "Only observed" in mara.get("/queue?mine=0").text


def test_a_deputy_is_told_in_whose_place_they_approve(house: House) -> None:
    under(house, THREE, people=(Person(username="pia", name="Pia Nyberg", roles=("privacy_officer",)),))
    action = house.propose(keywords())
    now = house.clock()
    house.clock.forward(days=1)
    delegate.delegate(
        house.workspace, "inez", by="inez", deputy="pia", starts_at=now, ends_at=house.clock().replace(year=2026, month=3, day=9)
    )
    pia = house.signed_in("pia")

    assert action.content.title in pia.get("/queue").text
    pia.get(f"/actions/{action.id}")

    assert "You approve for Inez Okafor, as compliance." in pia.page
