import itertools

import pytest

from agents.playbook import LLM_OFF, NURTURE_STEPS, PlaybookDrafter
from policies.actions import ActionKind, Gate, Item, ItemKind
from policies.check import check
from policies.rules.catalogue import Catalogue
from tests.agents.made import practice
from tools.errors import DraftRefused
from tools.facts import sender_facts
from tools.llm import DraftRequest, objection

FACTS = {
    "practice": "Harbor Care",
    "phone": "(512) 555-0100",
    "url": "https://www.harbor.example.com/orthopaedics",
    "line": "orthopaedics",
    "emergency": "911",
    "impressions": "120",
    "author": "Bo Lind, MD",
    "reviewer": "Ruth Abara, MD",
}


def requests() -> list[DraftRequest]:
    """Every template of the playbook, reached through enough subjects to meet each wording."""
    made = []
    for language, subject in itertools.product(("en", "es"), range(12)):
        common = {"subject": f"s-{subject}", "instruction": "x", "language": language}
        made += [DraftRequest(kind=ActionKind.REVIEW_REPLY, facts={**FACTS, "tone": tone}, **common) for tone in ("low", "high")]
        made.append(DraftRequest(kind=ActionKind.COMMENT_REPLY, facts=FACTS, **common))
    for track, step in itertools.product(("b2c_patient", "b2b_referral"), range(1, NURTURE_STEPS + 1)):
        facts = {**FACTS, "track": track, "step": str(step)}
        made.append(
            DraftRequest(
                kind=ActionKind.NURTURE_EMAIL, subject=f"{track}-{step}", instruction="x", facts=facts, required_tokens=("first_name",)
            )
        )
    made.append(
        DraftRequest(
            kind=ActionKind.QUERY_COVERAGE,
            subject="q",
            instruction="x",
            facts=FACTS,
            untrusted=("why does my knee click",),
            may_quote=True,
            max_chars=1800,
        )
    )
    return made


ITEMS = {
    ActionKind.REVIEW_REPLY: ItemKind.REVIEW_REPLY,
    ActionKind.COMMENT_REPLY: ItemKind.REVIEW_REPLY,
    ActionKind.NURTURE_EMAIL: ItemKind.EMAIL,
    ActionKind.QUERY_COVERAGE: ItemKind.WEB_PAGE,
}


@pytest.mark.parametrize("request_", requests(), ids=lambda one: f"{one.kind}-{one.subject}-{one.language}-{one.facts.get('tone', '')}")
def test_no_rule_of_any_state_fires_on_the_words_of_the_playbook(request_: DraftRequest, catalogue: Catalogue) -> None:
    draft = PlaybookDrafter().draft(request_)
    item = Item(kind=ITEMS[request_.kind], text=f"{draft.title}\n\n{draft.text}", states=None)

    findings = check(catalogue, item, gate=Gate.CHECK, sender=sender_facts(practice()))

    assert [finding.rule for finding in findings if finding.quote] == []


@pytest.mark.parametrize("request_", requests(), ids=lambda one: f"{one.kind}-{one.subject}-{one.language}-{one.facts.get('tone', '')}")
def test_the_playbook_keeps_the_rules_that_bind_the_model(request_: DraftRequest) -> None:
    draft = PlaybookDrafter().draft(request_)

    assert objection(f"{draft.title}\n{draft.text}", request_) is None
    assert draft.source == "playbook"
    assert PlaybookDrafter().draft(request_) == draft


def test_neighbouring_replies_are_not_all_the_same() -> None:
    texts = {PlaybookDrafter().draft(one).text for one in requests() if one.kind is ActionKind.REVIEW_REPLY and one.language == "en"}

    assert len(texts) == 6


def test_what_is_computed_is_not_drafted() -> None:
    with pytest.raises(DraftRefused, match="a person writes it"):
        PlaybookDrafter().draft(DraftRequest(kind=ActionKind.BUDGET_SHIFT, subject="s", instruction="x"))


def test_the_notice_says_how_to_turn_the_model_on() -> None:
    assert "LIAISON_OPENAI_API_KEY" in LLM_OFF
