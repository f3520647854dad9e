"""The rules, for tests that hold what the agents propose against them."""

from collections.abc import Callable

import pytest

from policies.actions import Finding, Gate, Proposal, Severity
from policies.check import check_action
from policies.rules.catalogue import Catalogue
from tests.agents.made import practice
from tools.facts import sender_facts
from tools.packs.rules import load_catalogue

Check = Callable[[Proposal], dict[str, Severity]]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def check(catalogue: Catalogue) -> Check:
    """Rule id → severity of the findings at *check*, without those that only ask for evidence."""

    def findings(proposal: Proposal) -> dict[str, Severity]:
        found: tuple[Finding, ...] = check_action(
            catalogue,
            proposal.kind,
            proposal.content,
            gate=Gate.CHECK,
            sender=sender_facts(practice(), kind=proposal.kind),
            states=proposal.states,
            facts=proposal.facts,
            evidence=proposal.evidence,
        )
        return {finding.rule: finding.severity for finding in found if not finding.needs_evidence}

    return findings
