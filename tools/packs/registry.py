"""The practice file read as a `Registry`: the only place that knows both."""

from policies.phi.registry import LineFacts, LocationFacts, ProviderFacts, Registry
from policies.phi.schemas.values import e164
from tools.practice import Practice


def registry_of(practice: Practice) -> Registry:
    """What the structured scrubber may replace vendor values by: the published facts of `practice`."""
    return Registry(
        lines=tuple(
            LineFacts(key=line.key, name=line.name, track=line.track, paths=line.paths, terms=line.terms) for line in practice.service_lines
        ),
        locations=tuple(
            LocationFacts(key=place.key, name=place.name, state=place.state, phone=e164(place.phone) or "", address=place.address)
            for place in practice.locations
        ),
        providers=tuple(
            ProviderFacts(
                key=provider.key,
                name=provider.name,
                credentials=provider.credentials,
                npi=provider.npi,
                service_line=provider.service_line,
                location=provider.location,
            )
            for provider in practice.providers
        ),
        campaigns=practice.campaigns,
        payers=practice.ideal_customer.accepted_payers,
        zip3=practice.ideal_customer.zip3,
        specialties=practice.ideal_customer.specialties,
    )
