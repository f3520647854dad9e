"""The practice file as the scrubber sees it."""

from pathlib import Path

import pytest

from policies.records import Track
from tools.packs.registry import registry_of
from tools.practice import load_practice

EXAMPLES = Path(__file__).parents[3] / "examples" / "practice"


@pytest.mark.skipif(not (EXAMPLES / "practice.yaml").exists(), reason="the sample practice is not there")
def test_everything_the_practice_publishes_can_be_looked_up() -> None:
    practice = load_practice(EXAMPLES)
    registry = registry_of(practice)

    for line in practice.service_lines:
        assert registry.line(line.name) == line.key
        assert registry.track(line.key) is line.track
        assert all(registry.route(path).service_line == line.key for path in line.paths)
    for place in practice.locations:
        assert registry.location(place.name.upper()) == place.key
        assert registry.site(place.key).phone.startswith("+1")
    for provider in practice.providers:
        for name in (provider.name, f"{provider.name}, {provider.credentials}", f"Dr. {provider.name}", provider.npi or provider.key):
            found = registry.provider(name)
            assert found is not None
            assert found.key == provider.key
    for campaign, line_key in practice.campaigns.items():
        found_campaign = registry.campaign(campaign)
        assert found_campaign is not None
        assert found_campaign[1] == line_key
    assert registry.referral_line == next(line.key for line in practice.service_lines if line.track is Track.B2B_REFERRAL)
