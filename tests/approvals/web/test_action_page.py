"""The page of one item: what its recipient will see, beside what is there now, and everything an approver asks before deciding."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import insert, select

from approvals import decide, execute
from approvals.web.app import create_app
from policies.actions import Action, ActionKind, Audience, Content, Status
from policies.records import Channel, Contact, Engagement, EngagementId, EngagementKind, Source, Track
from tests.approvals.web.house import LEAD, PRACTICE, House, budget, keywords, nurture, proposal
from tests.approvals.web.own_rule import KEY, claim, with_own_rule
from tests.approvals.web.scored import scored
from tests.servers.smtp import SmtpServer
from tools.packs.phi import scrubber_of
from tools.practice import Practice
from tools.store.contacts import save_contacts
from tools.store.schema import metadata
from tools.store.tables import consents, engagements, lead_keys, leads, suppressions

PAYLOAD = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"


class Words(HTMLParser):
    """The text inside the element with this id, as a browser's `textContent` gives it."""

    def __init__(self, identity: str) -> None:
        super().__init__(convert_charrefs=True)
        self._identity, self._depth, self.text = identity, 0, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._depth and tag not in ("br", "img", "input", "wbr"):
            self._depth += 1
        elif dict(attrs).get("id") == self._identity:
            self._depth = 1

    def handle_endtag(self, tag: str) -> None:
        self._depth -= self._depth > 0

    def handle_data(self, data: str) -> None:
        self.text += data if self._depth else ""


def words_of(page: str, identity: str) -> str:
    parser = Words(identity)
    parser.feed(page)
    return parser.text


def page_of(house: House, action: Action, who: str = "mara") -> str:
    return str(house.signed_in(who).get(f"/actions/{action.id}").text)


def put_engagement(house: House, kind: EngagementKind, **fields: Any) -> Engagement:
    now = house.clock()
    base: dict[str, Any] = {
        "id": EngagementId("E-0" + kind.value.encode().hex()[:20]),
        "channel": Channel.YOUTUBE,
        "source": Source.YOUTUBE_VIDEO,
        "kind": kind,
        "occurred_at": now - timedelta(days=3),
        "revised_at": now - timedelta(days=3),
    }
    one = Engagement(**{**base, **fields})
    row = {
        **one.model_dump(mode="json", include={"id", "channel", "source", "kind", "track", "service_line"}),
        **{"occurred_at": one.occurred_at, "revised_at": one.revised_at, "digest": "d", "run": "R-1", "lead": None, "stage": 2},
        "record": one.model_dump(mode="json"),
    }
    with house.workspace.database.write() as connection:
        connection.execute(insert(engagements).values(row))
    return one


def put_lead(house: House, lead: str, *, granted: bool | None = None, suppressed: bool = False) -> None:
    now = house.clock()
    with house.workspace.database.write() as connection:
        connection.execute(insert(leads).values(id=lead, track="b2c_patient", created_at=now, attributes={}, stage="lead"))
        if granted is not None:
            connection.execute(insert(consents).values(lead=lead, purpose="email", granted=granted, at=now, engagement="E-word"))
        if suppressed:
            connection.execute(insert(suppressions).values(lead=lead, channel="email", reason="unsubscribed", execution=None, at=now))


# --- the content


def test_the_mail_on_the_page_is_the_mail_that_arrives_but_for_the_name(house: House) -> None:
    with SmtpServer() as server:
        smtp = {**PRACTICE["destinations"]["smtp"], "port": server.port}  # type: ignore[index]
        practice = Practice.model_validate({**PRACTICE, "destinations": {"smtp": smtp}})
        house.workspace = replace(house.workspace, practice=practice, scrubber=scrubber_of(practice))
        house.app = create_app(house.workspace)
        put_lead(house, LEAD, granted=True)
        key = house.workspace.ring.match_key("email", "quilla@example.org")
        with house.workspace.database.write() as connection:
            connection.execute(insert(lead_keys).values(match_key=key, lead=LEAD, added_at=house.clock()))
            save_contacts(
                connection, house.workspace.ring, [((key,), Contact(first_name="Quilla", email="quilla@example.org"))], now=house.clock()
            )
        action = house.propose(nurture())
        page = page_of(house, action)
        decide.approve(house.workspace, action.id, by="mara", version=1, content_hash=action.content_hash)
        assert execute.run_steps(house.workspace, action.id) == "done"

        [sent] = server.messages

    message = message_from_bytes(sent, policy=default)
    shown = words_of(page, "mail-text")
    assert "first name" in shown
    assert shown.replace("first name", "Quilla") == message.get_content().replace("\r\n", "\n").rstrip("\n")
    assert f"<dd>{message['From']}</dd>" in unescape(page)
    assert f"<dd>{message['Reply-To']}</dd>" in page
    assert f"<dd>{message['Subject']}</dd>" in page


def test_a_mail_that_names_an_unknown_token_says_that_it_cannot_be_sent(house: House) -> None:
    content = nurture().content.model_copy(update={"body": "Hello {{diagnosis}}"})

    assert "This mail cannot be sent" in page_of(house, house.propose(nurture().model_copy(update={"content": content})))


@pytest.mark.parametrize("kind", list(ActionKind))
def test_every_field_of_every_kind_is_on_the_page_and_inert(house: House, kind: ActionKind) -> None:
    fields = {
        "lead_id": f"lead {PAYLOAD}", "campaign": f"camp {PAYLOAD}", "from_campaign": f"from {PAYLOAD}", "to_campaign": f"to {PAYLOAD}",
        "video": f"video {PAYLOAD}", "next_action": f"next {PAYLOAD}", "service_line": f"line {PAYLOAD}", "stage": f"stage {PAYLOAD}",
        "consent_flags": f"flags {PAYLOAD}", "location": f"place {PAYLOAD}", "amount_usd": 12.0, "search_usd": 7.0, "rating": 2,
    }  # fmt: skip
    body = f'body {PAYLOAD}\n"term {PAYLOAD}"' if kind is ActionKind.NEGATIVE_KEYWORDS else f"Name: body {PAYLOAD}"
    audience = Audience(description=f"audience {PAYLOAD}", count=3)
    content = Content(title=f"title {PAYLOAD}", body=body, fields=fields, audience=audience, destination=f"goes {PAYLOAD}")
    action = house.propose(proposal(kind, f"about:{PAYLOAD}", content=content, why=(f"why {PAYLOAD}",)))

    page = page_of(house, action)

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    plain = " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())
    drawn = [
        f"{name} {PAYLOAD}" for name in ("title", "body", "lead", "camp", "from", "to", "video", "next", "line", "flags", "place", "why")
    ]
    assert [one for one in drawn if one not in plain] == []


def test_the_words_of_a_review_and_of_a_comment_are_inert(house: House) -> None:
    review = put_engagement(
        house, EngagementKind.REVIEW, channel=Channel.LISTINGS, source=Source.HEALTHGRADES, text=f"Rude desk {PAYLOAD}", rating=1
    )
    content = Content(title="Reply to a review", body="Thank you for writing.", fields={"rating": 1}, destination="Healthgrades")
    action = house.propose(proposal(ActionKind.REVIEW_REPLY, f"healthgrades:{review.id}", channel=Channel.LISTINGS, content=content))
    visitor = house.signed_in("mara")
    visitor.get(f"/actions/{action.id}")
    visitor.post(f"/actions/{action.id}/comments", text=f"Look {PAYLOAD}")

    page = visitor.get(f"/actions/{action.id}").text

    assert "Rude desk &lt;script&gt;" in page
    assert "Look &lt;script&gt;" in page
    assert "<script>alert" not in page
    assert page.index("Rude desk") < page.index("Thank you for writing.")
    assert "1 of 5 stars" in page


def test_the_button_says_how_many_people_a_mail_goes_to(house: House) -> None:
    crowd = nurture().content.model_copy(update={"audience": Audience(description="Everybody who asked", count=412)})

    assert "Approve and send to 1 person<kbd" in page_of(house, house.propose(nurture()))
    assert "Approve and send to 412 people<kbd" in page_of(
        house, house.propose(nurture().model_copy(update={"content": crowd, "subject": "crowd"}))
    )


# --- whom it reaches


def test_an_audience_is_counted_by_consent_when_the_page_is_read(house: House) -> None:
    crowd = nurture().content.model_copy(update={"audience": Audience(description="Everybody who asked", count=9)})
    action = house.propose(nurture().model_copy(update={"content": crowd}))
    for number, (granted, suppressed) in enumerate([(True, False)] * 3 + [(True, True), (None, True)] + [(False, False), (None, False)]):
        put_lead(house, f"L-00000000000{number}", granted=granted, suppressed=suppressed)

    page = page_of(house, action)

    assert "<strong>3</strong> with consent, <strong>2</strong> suppressed, <strong>2</strong> without consent" in page


def test_one_recipient_is_shown_with_the_proof_of_consent_and_no_name(house: House) -> None:
    put_lead(house, LEAD, granted=True)
    action = house.propose(nurture())

    page = page_of(house, action)
    assert "Given" in page
    assert "E-word" in page
    assert "0 sent from here" in page

    with house.workspace.database.write() as connection:
        connection.execute(insert(suppressions).values(lead=LEAD, channel="email", reason="unsubscribed", execution=None, at=house.clock()))
    assert "On the list" in page_of(house, action)


# --- beside what is there now


def video(house: House) -> Action:
    content = Content(
        title="Knee pain, explained",
        body="A surgeon explains.\n\nAuthor: Ada Nilsen, MD.",
        fields={"video": "v1"},
        destination="YouTube Studio",
    )
    return house.propose(proposal(ActionKind.VIDEO_METADATA, "video:v1", channel=Channel.YOUTUBE, content=content))


def test_a_video_stands_beside_its_present_description_with_the_new_words_marked(house: House) -> None:
    put_engagement(house, EngagementKind.VIDEO, object_key="v1", text="Knee pain, explained\nA surgeon explains all.")

    page = page_of(house, video(house))

    assert "stays as it is: Knee pain, explained" in page
    assert "<del>all.</del>" in page
    assert "<ins>" in page
    assert "was changed on" not in page


def test_a_video_that_changed_since_the_proposal_is_said_plainly(house: House) -> None:
    action = video(house)
    house.clock.forward(hours=2)
    put_engagement(house, EngagementKind.VIDEO, object_key="v1", text="Other\nOther", revised_at=house.clock())
    assert "The video was changed on" in page_of(house, action)


def test_a_review_that_has_a_reply_already_is_said_plainly(house: House) -> None:
    review = put_engagement(
        house, EngagementKind.REVIEW, channel=Channel.LISTINGS, source=Source.HEALTHGRADES, rating=4, attributes={"has_reply": "yes"}
    )
    content = Content(title="Reply to a review", body="Thank you.", fields={"rating": 2}, destination="Healthgrades")
    page = page_of(house, house.propose(proposal(ActionKind.REVIEW_REPLY, f"healthgrades:{review.id}", content=content)))

    assert "shows a reply already" in page
    assert "It had 2 stars when the reply was written and has 4 now." in page


def test_a_budget_shift_stands_beside_what_the_campaigns_spent(house: House) -> None:
    for number, (campaign, cost) in enumerate((("Hip", 900.0), ("Knee", 300.0))):
        put_engagement(
            house, EngagementKind.AD_SEARCH_TERM, id=EngagementId(f"E-{number}"), channel=Channel.SEARCH, source=Source.ADS,
            campaign=campaign, metrics={"cost_usd": cost, "clicks": 9.0, "conversions": 1.0},
        )  # fmt: skip
    content = budget().content.model_copy(update={"fields": {"from_campaign": "Hip", "to_campaign": "Knee", "amount_usd": 200.0}})

    page = page_of(house, house.propose(budget().model_copy(update={"content": content})))

    assert "$900 in 30 days" in unescape(re.sub(r"</?(ins|del)>", "", page))
    assert "$500 in 30 days" in unescape(re.sub(r"</?(ins|del)>", "", page))


def test_where_no_export_holds_the_thing_the_page_says_so(house: House) -> None:
    assert "not the negative keywords a campaign already has" in page_of(house, house.propose(keywords()))


# --- why, and what it brings


def test_a_handoff_shows_its_score_today_and_that_it_moved_since(house: House) -> None:
    scored(house)
    content = Content(
        title="Hand a lead to sales", body="Reached the threshold.", destination="sales inbox",
        fields={"lead_id": LEAD, "service_line": "orthopaedics", "score": 87, "stage": "mql", "next_action": "call"},
        audience=Audience(description="sales", lead=LEAD, count=1),
    )  # fmt: skip
    action = house.propose(proposal(ActionKind.MQL_HANDOFF, f"{LEAD}:orthopaedics", content=content, track=Track.B2C_PATIENT))

    page = page_of(house, action)

    assert re.search(r"87 points when proposed, \d+ now", page)
    assert 'class="waterfall"' in page
    assert "Total points over time" in page
    assert 'class="waterfall"' not in page_of(house, action, "inez"), "compliance may not open leads' pages"


def test_the_prediction_stands_with_its_sum_or_the_page_says_there_is_none(house: House) -> None:
    content = keywords().content.model_copy(update={"fields": {"cost_usd": 84.0, "days": 28}})

    assert "About $90 less spent" in page_of(house, house.propose(keywords().model_copy(update={"content": content})))
    assert "No prediction: the item does not say over how many days" in page_of(house, house.propose(keywords("hip")))


# --- comments, clock, two people


def test_a_comment_calls_on_a_colleague_and_stays_with_the_version(house: House) -> None:
    action = house.propose(keywords())
    mara = house.signed_in("mara")
    mara.get(f"/actions/{action.id}")

    kept = mara.post(f"/actions/{action.id}/comments", text="@theo, are these ours?")

    assert kept.status_code == 303
    page = house.signed_in("theo").get(kept.headers["location"].split("?")[0]).text
    assert "@theo, are these ours?" in page
    assert "To Theo Brandt" in page


def test_an_unknown_name_in_a_comment_is_said_and_the_words_are_kept_in_the_form(house: House) -> None:
    action = house.propose(keywords())
    mara = house.signed_in("mara")
    mara.get(f"/actions/{action.id}")

    refused = mara.post(f"/actions/{action.id}/comments", text="@teo look at this")

    assert refused.status_code == 422
    assert "Nobody here is called @teo" in refused.text
    assert "@teo look at this</textarea>" in refused.text


def test_the_page_learns_that_somebody_else_decided(house: House) -> None:
    action = house.propose(keywords())
    theo = house.signed_in("theo")
    state = f"/actions/{action.id}/state?version=1&status=queued"
    assert "13 days</strong> left to decide" in theo.get(state).text or "14 days</strong> left to decide" in theo.get(state).text

    decide.reject(house.workspace, action.id, by="mara", version=1, content_hash=action.content_hash, reason="ours")

    fragment = theo.get(state).text
    assert "This page is behind." in fragment
    assert "Mara Lindqvist rejected version 1" in fragment
    assert "<html" not in fragment


def test_who_comes_second_sees_what_the_first_did(house: House) -> None:
    action = house.propose(keywords())
    mara, theo = house.signed_in("mara"), house.signed_in("theo")
    mara.get(f"/actions/{action.id}")
    theo.get(f"/actions/{action.id}")
    mara.post(f"/actions/{action.id}/approve")

    late = theo.post(f"/actions/{action.id}/approve")

    assert late.status_code == 409
    assert "What happened meanwhile" in late.text
    assert "<strong>Approved</strong> by Mara Lindqvist" in late.text
    assert f'href="/actions/{action.id}"' in late.text


def test_in_the_hold_window_the_undo_comes_first_and_the_time_is_counted(house: House) -> None:
    practice = Practice.model_validate({**PRACTICE, "approval_policy": {**PRACTICE["approval_policy"], "hold_seconds": 90}})  # type: ignore[dict-item]
    house.workspace = replace(house.workspace, practice=practice)
    house.app = create_app(house.workspace)
    action = house.propose(keywords())
    decide.approve(house.workspace, action.id, by="mara", version=1, content_hash=action.content_hash)

    page = page_of(house, action)

    assert "<strong>90 seconds</strong> until it is executed" in page
    assert page.index("Take the approval back") < page.index("Nothing has left yet")
    assert house.action(action.id).status is Status.APPROVED


@pytest.fixture
def everything(house: House) -> Callable[[], dict[str, list[Any]]]:
    """Every row of every table but the sessions', which note when somebody was last here."""

    def read() -> dict[str, list[Any]]:
        with house.workspace.database.read() as connection:
            tables = [table for table in metadata.sorted_tables if table.name not in ("sessions", "signin_links", "people")]
            return {table.name: list(map(tuple, connection.execute(select(table)))) for table in tables}

    return read


def test_looking_changes_nothing(house: House, everything: Callable[[], dict[str, list[Any]]]) -> None:
    put_lead(house, LEAD, granted=True)
    put_engagement(house, EngagementKind.VIDEO, object_key="v1", text="Knee\nText")
    actions = [house.propose(nurture()), video(house), house.propose(keywords())]
    visitor = house.signed_in("mara")
    before = everything()

    for action in actions:
        for path in ("", "/edit", "/edit?use=1", "/state?version=1&status=queued"):
            assert visitor.get(f"/actions/{action.id}{path}").status_code == 200

    assert everything() == before


# --- findings: the wording and the proof, from the page itself


def test_one_click_puts_the_rules_wording_into_the_editor_and_saves_nothing(house: House) -> None:
    with_own_rule(house)
    action = house.propose(claim())
    mara = house.signed_in("mara")
    link = re.search(rf'href="(/actions/{action.id}/edit\?use=1[^"]*)"[^>]*>Use this wording', mara.get(f"/actions/{action.id}").text)
    assert link

    editor = mara.get(link[1]).text

    assert "Ask us what to expect.</textarea>" in editor
    assert "A proven programme" not in editor.split("</textarea>")[0].split("<textarea")[1]
    assert house.action(action.id).version == 1
    assert mara.post(f"/actions/{action.id}/edit", title=action.content.title, body="Ask us what to expect.").status_code == 303
    assert house.action(action.id).status is Status.QUEUED


@pytest.mark.parametrize("use", ["0", "2", "-1", "999999999999"])
def test_a_wording_nobody_offered_leaves_the_text_as_it_is(house: House, use: str) -> None:
    with_own_rule(house)
    action = house.propose(claim())

    assert "A proven programme.</textarea>" in house.signed_in("mara").get(f"/actions/{action.id}/edit?use={use}").text


def test_a_proof_is_recorded_on_the_page_and_frees_the_item(house: House) -> None:
    with_own_rule(house, cleared_by={"any_of": [KEY]})
    action = house.propose(claim())
    inez = house.signed_in("inez")
    inez.get(f"/actions/{action.id}")
    path = f"/actions/{action.id}/evidence"
    assert inez.client.post(path, data=inez.hidden(path), files={"document": ("", b"")}, follow_redirects=False).status_code == 422

    sent = inez.client.post(
        path, data=inez.hidden(path), files={"document": ("study.pdf", b"%PDF", "application/pdf")}, follow_redirects=False
    )

    assert sent.status_code == 303
    assert house.action(action.id).status is Status.QUEUED
    assert "Recorded. The item was checked again with it." in inez.get(sent.headers["location"]).text


def test_who_may_not_record_a_proof_has_no_form_for_it_and_cannot_post_one(house: House) -> None:
    with_own_rule(house, cleared_by={"any_of": [KEY]})
    action = house.propose(claim())
    theo = house.signed_in("theo")
    page = theo.get(f"/actions/{action.id}").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf
    assert "/evidence" not in page.split('id="finding-1"')[1].split("</li>")[0]

    path = f"/actions/{action.id}/evidence"
    data = {"csrf": csrf[1], "key": KEY}
    sent = theo.client.post(path, data=data, files={"document": ("a.pdf", b"%PDF", "application/pdf")}, follow_redirects=False)

    assert sent.status_code == 403
    assert house.action(action.id).status is Status.BLOCKED
