"""The webhook: signed, once, to a public address, and honest about what it does not know."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook as Verifier

from policies.actions import Action, ActionKind, Audience, Content, Risk, Status, Verdict
from policies.phi.scrub import Scrubber
from policies.records import ActionId, Channel, LeadId, Track
from tests.servers.webhook import WebhookServer
from tools.clock import system_clock
from tools.destinations.port import Order
from tools.destinations.webhook import Webhook
from tools.egress import Egress
from tools.errors import DestinationRefused, EffectUnknown, EgressRefused
from tools.packs.phi import load_lexicon
from tools.practice import WebhookConfig
from tools.store.database import Database

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes.").decode()
LEAD = LeadId("L-0123456789ab")


@pytest.fixture(scope="module")
def scrubber() -> Scrubber:
    return Scrubber(load_lexicon())


@pytest.fixture
def egress(scrubber: Scrubber, sqlite_database: Database) -> Egress:
    return Egress(scrubber, sqlite_database, system_clock)


def order(**fields: str | int) -> Order:
    now = datetime.now(UTC)
    given: dict[str, str | int | float | bool | None] = {
        "service_line": "orthopaedics",
        "score": 81,
        "stage": "mql",
        "note": "private",
        **fields,
    }
    content = Content(title="t", body="b", fields=given, audience=Audience(description="sales", lead=LEAD))
    action = Action(
        id=ActionId("A-1"),
        kind=ActionKind.MQL_HANDOFF,
        channel=Channel.EMAIL,
        subject="s",
        period="p",
        status=Status.CLAIMED,
        version=1,
        content=content,
        content_hash="h",
        verdict=Verdict.PASS,
        risk=Risk.LOW,
        track=Track.B2C_PATIENT,
        author="agent",
        created_at=now,
        updated_at=now,
        expires_at=now,
    )
    return Order(execution="X-0123456789abcdef01234567", operation="webhook", action=action, at=now)


def webhook(egress: Egress, url: str, *, secret: str | None = SECRET, private: bool = True, baa: bool = False) -> Webhook:
    config = WebhookConfig(name="crm", url=url, secret_env="HOOK", baa=baa, allow_private_network=private)
    return Webhook(config, SecretStr(secret) if secret else None, egress)


def test_the_receiver_can_verify_what_it_gets(egress: Egress) -> None:
    with WebhookServer() as server:
        receipt = webhook(egress, server.url).perform(order())

    (request,) = server.requests
    body = Verifier(SECRET).verify(request.body, request.headers)
    assert request.path == "/hooks?team=1"
    assert request.headers["webhook-id"] == receipt.reference == body["execution"]
    assert body == {
        "execution": receipt.reference,
        "lead": LEAD,
        "reasons": [],
        "score": 81,
        "service_line": "orthopaedics",
        "stage": "mql",
        "track": "b2c_patient",
        "type": "lead.handoff",
    }


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, DestinationRefused), (410, DestinationRefused), (302, DestinationRefused), (500, EffectUnknown), (0, EffectUnknown)],
)
def test_an_answer_is_told_as_it_is_after_one_call(egress: Egress, status: int, error: type[Exception]) -> None:
    with WebhookServer(status) as server, pytest.raises(error):
        webhook(egress, server.url).perform(order())

    assert len(server.requests) == 1


def test_no_connection_means_nothing_was_sent(egress: Egress) -> None:
    with WebhookServer() as server:
        url = server.url

    with pytest.raises(DestinationRefused, match="no connection"):
        webhook(egress, url).perform(order())


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1/x", "not https"),
        ("https://127.0.0.1/x", "private network"),
        ("https://[::1]/x", "private network"),
        ("https://localhost/x", "private network"),
        ("https://169.254.169.254/latest", "private network"),
        ("https://10.0.0.8/x", "private network"),
        ("https://[::ffff:10.0.0.8]/x", "private network"),
        ("https://[64:ff9b::a9fe:a9fe]/x", "private network"),  # NAT64 of 169.254.169.254
        ("https://[2002:7f00:1::]/x", "private network"),  # 6to4 of 127.0.0.1
        ("https://[::127.0.0.1]/x", "private network"),
        ("https://[fec0::1]/x", "private network"),
        ("https://[ff0e::1]/x", "private network"),
        ("https:///x", "names no host"),
    ],
)
def test_private_addresses_are_refused_unless_meant(egress: Egress, url: str, told: str) -> None:
    with pytest.raises(DestinationRefused, match=told):
        webhook(egress, url, private=False).perform(order())


@pytest.mark.parametrize("secret", [None, "whsec_c2hvcnQ=", "not base64 at all!"])
def test_without_a_good_secret_nothing_is_sent_and_it_is_not_shown(egress: Egress, secret: str | None) -> None:
    with WebhookServer() as server, pytest.raises(DestinationRefused, match="HOOK") as refused:
        webhook(egress, server.url, secret=secret).perform(order())

    assert server.requests == []
    assert secret is None or secret not in str(refused.value)


def test_an_identifier_in_a_field_stops_the_call(egress: Egress) -> None:
    with WebhookServer() as server, pytest.raises(EgressRefused):
        webhook(egress, server.url).perform(order(next_action="call wren.quillfeather@example.org"))

    assert server.requests == []


def test_nothing_but_the_allow_list_is_in_the_body(egress: Egress, tmp_path: Path) -> None:
    with WebhookServer() as server:
        webhook(egress, server.url).perform(order(consent_flags="email", preferred_location="tampa"))
        webhook(egress, server.url, baa=True).perform(order(consent_flags="email", preferred_location="tampa"))

    plain, covered = (json.loads(request.body) for request in server.requests)
    assert "consent_flags" not in plain
    assert covered["preferred_location"] == "tampa"
    assert "note" not in plain | covered
