"""What the tests of the rules and the evidence pages share: one rule of the house, an item that breaks it, what a reader sees of a page."""

import re
from html import unescape
from typing import Any

from policies.actions import ActionKind, Content, ItemKind, Proposal
from policies.records import Channel
from policies.rules.catalogue import catalogue_of
from policies.rules.rule import Rule
from tests.approvals.web.house import House, proposal

KEY, PRIVACY_KEY = "substantiation_record", "hipaa_authorization"
OWN: dict[str, Any] = {
    "id": "OWN-WORD",
    "family": "ftc",
    "title": "A word of ours",
    "citation": "16 CFR 255.5; house style; Fla. Stat. 458.3312",
    "jurisdiction": "US-FL",
    "severity": "block",
    "applies_to": list(ItemKind),
    "detect": {"signal": "The word", "patterns_any": ["proven"]},
    "cleared_by": {"any_of": [KEY], "all_of": [PRIVACY_KEY]},
    "why": "A proof nobody has misleads.",
    "suggested_fix": "Leave it out.",
    "rewrite": "Ask us what to expect.",
    "examples": {"violating": [{"text": "A proven <b>cure</b>"}], "clean": [{"text": "nothing", "context": {"purpose": "marketing"}}]},
    "effective": "2026-01-01",
    "source": ["House style"],
    "verified": False,
    "confidence": "medium",
    "as_of": "2026-11",
    "notes": "Ours.",
}


def with_own_rule(house: House, **changes: Any) -> Rule:
    """One rule of the house instead of the law."""
    rule = Rule.model_validate(OWN | changes)
    object.__setattr__(house.workspace, "catalogue", catalogue_of((rule,), house.workspace.catalogue.limits))
    return rule


def claim(subject: str = "video-9") -> Proposal:
    content = Content(title="Knee pain, explained", body="A proven programme.", destination="YouTube Studio")
    return proposal(ActionKind.VIDEO_METADATA, subject, channel=Channel.YOUTUBE, content=content)


def seen(page: str) -> str:
    """What a reader sees of the page, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.replace("<wbr>", ""))).split())
