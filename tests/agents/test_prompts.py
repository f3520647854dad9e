"""What reaches the language model, over the whole sample practice: no planted identifier, and no more than the drafts need."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from agents.channels import google_search, listings, youtube
from agents.context import UNUSABLE, Context
from policies.actions import ChannelPlan, Proposal
from policies.phi.events import scrub_engagement
from policies.phi.scrub import Scrubber
from policies.records import Channel, Engagement, RawEngagement
from tests.servers.openai_server import OpenAIServer, chat_answer, drafted
from tools.channels import open_connectors
from tools.clock import fixed_clock
from tools.egress import Egress
from tools.keys import new_ring
from tools.llm import OpenAIDrafter
from tools.packs.phi import load_lexicon, public_phrases
from tools.packs.registry import registry_of
from tools.practice import Practice, load_practice
from tools.store.database import Database

AT = datetime(2026, 10, 5, 1, 0, tzinfo=UTC)
ANSWER = "Thank you for writing. Our team is glad to help."
AGENTS = {Channel.SEARCH: google_search, Channel.LISTINGS: listings, Channel.YOUTUBE: youtube}


@pytest.fixture(scope="module")
def sample(repository: Path) -> Path:
    return repository / "examples" / "practice"


@pytest.fixture(scope="module")
def larkmere(sample: Path) -> Practice:
    return load_practice(sample)


@pytest.fixture(scope="module")
def scrubber(larkmere: Practice) -> Scrubber:
    return Scrubber(load_lexicon(), public_phrases(larkmere))


@pytest.fixture(scope="module")
def engagements(sample: Path, larkmere: Practice, scrubber: Scrubber) -> dict[Channel, list[Engagement]]:
    ring, registry = new_ring(), registry_of(larkmere)
    connectors = open_connectors(larkmere, sample, shift=timedelta(), now=AT)
    found: dict[Channel, list[Engagement]] = {}
    for channel in AGENTS:
        for raw in connectors[channel].collect():
            if isinstance(raw, RawEngagement):
                key = ring.fingerprint(f"{raw.source}\x00{raw.external_id}")
                result = scrub_engagement(raw, natural_key=key, registry=registry, scrubber=scrubber, match_key=ring.match_key)
                if result.engagement:
                    found.setdefault(channel, []).append(result.engagement)
    return found


def test_no_planted_identifier_reaches_the_model_and_most_drafts_do(
    engagements: dict[Channel, list[Engagement]], larkmere: Practice, scrubber: Scrubber, sqlite_database: Database, repository: Path
) -> None:
    canaries = [one["value"] for one in json.loads((repository / "tests" / "canaries.json").read_text())]
    proposals: list[Proposal] = []

    with OpenAIServer([chat_answer(drafted(ANSWER))]) as server:
        drafter = OpenAIDrafter(
            api_key=SecretStr("sk-test"),
            base_url=server.base_url,
            model="gpt-5-mini",
            egress=Egress(scrubber, sqlite_database, fixed_clock(AT)),
            record=lambda usage: None,
            max_usd=10,
        )
        for channel, agent in AGENTS.items():
            plan = ChannelPlan(channel=channel, objective="x", budget_usd=1000, max_actions=40)
            proposals += agent.propose(engagements[channel], Context(plan=plan, practice=larkmere, now=AT, drafter=drafter))
        drafter.close()

    sent = b"\n".join(server.requests).decode()
    assert [value for value in canaries if value in sent] == []
    written = [one for one in proposals if "draft" in one.content.fields]
    from_model = [one for one in written if one.content.fields["draft"] == "model"]
    assert len(from_model) == len(server.requests)
    assert len(from_model) > 0.8 * len(written)
    assert all(UNUSABLE in one.why for one in written if one not in from_model)
