from datetime import timedelta

import pytest

from agents.channels.youtube import propose
from policies.actions import ActionKind, Proposal, Severity
from policies.records import Channel, Engagement, EngagementKind
from tests.agents.conftest import Check
from tests.agents.made import act, context

COMPLETE = {"has_credential": "yes", "has_reviewer": "yes", "has_review_date": "yes"}
PLAIN = "Knee replacement explained\nWhat happens before and after a knee replacement."


def video(text: str = PLAIN, key: str = "vid00000001", **changes: object) -> Engagement:
    attributes = dict.fromkeys(COMPLETE, "no")
    given = {"text": text, "object_key": key, "service_line": "orthopaedics", "attributes": attributes}
    return act(EngagementKind.VIDEO, **given | changes)


def comment(text: str = "Is it normal that it clicks?", **changes: object) -> Engagement:
    return act(EngagementKind.VIDEO_COMMENT, **{"text": text, "object_key": "vid00000001", "attributes": {"has_reply": "no"}} | changes)


def found(*acts: Engagement) -> list[Proposal]:
    return propose(acts, context(Channel.YOUTUBE))


def test_a_video_without_credits_gets_author_reviewer_and_an_open_review_date(check: Check) -> None:
    [proposal] = found(video())

    assert proposal.kind is ActionKind.VIDEO_METADATA
    assert proposal.content.title == "Knee replacement explained"
    assert proposal.content.body.splitlines()[-2:] == [
        "Author: Bo Lind, MD.",
        "Medically reviewed by Ruth Abara, MD on {{medical_review_date}}.",
    ]
    assert check(proposal) == {"EEAT-REVIEWER": Severity.NEEDS_REVIEW}


def test_a_guarantee_in_the_existing_description_blocks_the_update(check: Check) -> None:
    [proposal] = found(video("Knee pain?\nWe guarantee lasting relief. Our method cures arthritis."))

    findings = check(proposal)

    assert findings["FTC-CLAIM-GUARANTEE"] is Severity.BLOCK
    assert findings["FTC-CLAIM-CURE"] is Severity.BLOCK


@pytest.mark.parametrize(
    "credits",
    [
        "\n\nAuthor: Ana Voss, MD.\nMedically reviewed by Ruth Abara, MD on [DATE_1].\nLocation: Harbor.",
        " Author: Ana Voss, MD. Medically reviewed by Ruth Abara, MD on [DATE_1]. Location: Harbor.",
    ],
)
def test_old_credits_are_replaced_not_repeated(credits: str) -> None:
    [proposal] = found(video(PLAIN + credits, provider="ana-voss"))

    body = proposal.content.body
    assert body.count("Author:") == 1
    assert body.count("edically reviewed") == 1
    assert "Author: Ana Voss, MD." in body
    assert "Location: Harbor." in body
    assert "[DATE_1]" not in body


def test_a_complete_video_is_left_alone() -> None:
    assert found(video(attributes=COMPLETE)) == []


def test_the_most_viewed_video_comes_first_and_stats_alone_propose_nothing() -> None:
    stats = [
        act(EngagementKind.VIDEO_STATS, object_key=key, metrics={"views": views}) for key, views in (("a", 10), ("b", 500), ("b", 400))
    ]

    proposals = found(*stats, video(key="a"), video(key="b"))

    assert [one.subject for one in proposals] == ["video:b", "video:a"]
    assert proposals[0].why[1] == "900 views in the window"
    assert found(*stats) == []


def test_what_the_scrubber_withheld_is_said() -> None:
    [proposal] = found(video("A visit\n[NAME_1] tells how it went."))

    assert any("scrubber withheld" in reason for reason in proposal.why)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_question_is_answered_without_advice(language: str, check: Check) -> None:
    for proposal in found(*(comment(language=language) for _ in range(8))):
        assert proposal.kind is ActionKind.COMMENT_REPLY
        assert check(proposal) == {}
        assert "clicks" not in proposal.content.body
        assert "(512) 555-0100" in proposal.content.body
        assert "911" in proposal.content.body


@pytest.mark.parametrize(
    "skipped",
    [comment("Great video!"), comment(attributes={"has_reply": "yes"}), comment(text=None)],
    ids=["no question", "answered", "no text"],
)
def test_no_reply_to_such_a_comment(skipped: Engagement) -> None:
    assert found(skipped) == []


def test_two_questions_under_one_video_are_two_actions_and_an_edit_is_one() -> None:
    one, other = comment(), comment()
    edited = one.model_copy(update={"revised_at": one.revised_at + timedelta(hours=1)})

    assert len(found(one, other, edited)) == 2
