"""The API is what its document says: schemathesis asks for everything in it, well and badly, and every check of its own holds.

One run of its engine over a desk with something on every shelf: examples, the edges of every schema, random requests (good and bad), and chains of
operations. The seed is fixed, so the suite gives the same answer twice.
"""

from collections import Counter, defaultdict

import pytest
import schemathesis
from schemathesis.engine import events, from_schema

from approvals.tokens import Scope
from approvals.web.app import create_app
from tests.approvals.web.api_client import program
from tests.approvals.web.house import PRACTICE, House
from tests.approvals.web.test_pages import fill
from tools.practice import Practice

SEED = 20260302
EXAMPLES = 6
EVERY_ROLE = ["marketing", "compliance", "clinical_reviewer", "sales", "privacy_officer", "admin", "auditor"]
CHECKS = {
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
    "use_after_free",
    "ensure_resource_availability",
}


def omniscient(house: House) -> str:
    """A token with every scope, of a person with every role; nothing is rationed."""
    people = [*PRACTICE["people"], {"username": "omni", "name": "Omni Sole", "roles": EVERY_ROLE}]  # type: ignore[misc]
    settings = house.workspace.settings.model_copy(update={"api_requests_per_minute": 10**9})
    object.__setattr__(house.workspace, "practice", Practice.model_validate({**PRACTICE, "people": people}))
    object.__setattr__(house.workspace, "settings", settings)
    house.app = create_app(house.workspace)
    return program(house, "omni", *Scope).text


def config(token: str) -> schemathesis.Config:
    # A rule of the desk may refuse what the document allows: an item that expired, a lead that is not accepted yet.
    accepted = ["2xx", "401", "403", "404", "409", "422"]
    return schemathesis.Config.from_dict(
        {
            "seed": SEED,
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
            "checks": {"positive_data_acceptance": {"expected-statuses": accepted}},
        }
    )


@pytest.mark.timeout(600)
def test_every_answer_is_the_one_the_document_promises(house: House) -> None:
    token = omniscient(house)
    fill(house)
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", house.app, config=config(token))
    failures: dict[str, list[str]] = defaultdict(list)
    checked: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    faults: list[str] = []

    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            faults.append(repr(event))
        if not isinstance(event, events.ScenarioFinished):
            continue
        asked = event.recorder.interactions
        statuses.update(one.response.status_code for one in asked.values() if one.response)
        for case, results in event.recorder.checks.items():
            checked.update(result.name for result in results)
            bad = [result for result in results if result.status.value != "success"]
            for result in bad:
                request = asked[case].request if case in asked else None
                what = f"{request.method} {request.uri} {request.body!r}" if request else event.label
                failures[result.name].append(f"{what}: {result.failure_info.failure if result.failure_info else ''}")

    assert not faults
    assert not failures
    assert set(checked) >= CHECKS
    assert min(statuses[status] for status in (200, 201, 401, 404, 405, 409, 422)) > 0
