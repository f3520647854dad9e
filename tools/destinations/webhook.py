"""Signed webhook out (Standard Webhooks): one POST, no redirects, no retries. The payload is the handoff, never a contact.

The receiver keeps the `webhook-id`, which is the execution id and constant, so it can drop a repetition; Liaison itself never repeats.
"""

import base64
import ipaddress
import json
import socket
from datetime import UTC
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from policies.actions import Receipt
from tools.destinations.port import Order
from tools.egress import DestinationPolicy, Egress
from tools.errors import DestinationRefused, EffectUnknown
from tools.practice import WebhookConfig

if TYPE_CHECKING:
    import httpx2

TIMEOUT_S = 10.0
TYPE = "lead.handoff"
SECRET_PREFIX = "whsec_"  # noqa: S105 - how every Standard Webhooks secret begins
SECRET_BYTES = 24

_ALWAYS = ("type", "execution", "lead", "track", "service_line", "score", "stage", "reasons", "next_action")
_WITH_BAA = ("consent_flags", "preferred_location")


class Webhook:
    embedded = False

    def __init__(self, config: WebhookConfig, secret: SecretStr | None, egress: Egress) -> None:
        self._config = config
        self._secret = secret
        self._egress = egress

    def perform(self, order: Order) -> Receipt:
        if self._secret is None:
            raise self._refused(order, f"the secret {self._config.secret_env} is not set; set it and restart")
        body = self._body(order)
        address, url = self._target(order)
        headers = self._signed(order, body, self._secret) | {"host": url.netloc.rpartition("@")[2], "content-type": "application/json"}
        status = self._post(order, address, url, headers, body)
        if 200 <= status < 300:
            return order.receipt(f"webhook:{self._config.name}", order.execution, status=status)
        if status >= 500:
            raise EffectUnknown(f"webhook {self._config.name} answered {status} to {order.execution}: ask the receiver whether it has it")
        raise self._refused(order, f"it answered {status}; mend the receiver or its address")

    def read_back(self, order: Order) -> None:
        return None  # the receiver has no reading side

    def _body(self, order: Order) -> bytes:
        policy = DestinationPolicy(
            f"webhook:{self._config.name}", self._config.baa, frozenset(_ALWAYS + (_WITH_BAA if self._config.baa else ()))
        )
        action = order.action
        lead = action.content.audience.lead if action.content.audience else None
        known: dict[str, Any] = {**action.content.fields, "type": TYPE, "execution": order.execution, "lead": lead, "track": action.track}
        known["reasons"] = list(action.why)
        payload = {name: known[name] for name in sorted(policy.allowed_fields) if known.get(name) is not None}
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        own = [str(payload[name]) for name in ("execution", "lead", "track", "service_line", "preferred_location") if name in payload]
        return self._egress.release(policy, subject=order.execution, body=body, opaque=own)

    def _target(self, order: Order) -> tuple[str, SplitResult]:
        """The address to connect to, checked: the name is resolved once and only once, so it cannot change between check and call."""
        url = urlsplit(self._config.url)
        private = self._config.allow_private_network
        if url.scheme != "https" and not (private and url.scheme == "http"):
            raise self._refused(order, "its url is not https; write https:// under destinations.webhook.url")
        if not url.hostname:
            raise self._refused(order, "its url names no host; mend destinations.webhook.url")
        try:
            found = socket.getaddrinfo(url.hostname, url.port or (443 if url.scheme == "https" else 80), type=socket.SOCK_STREAM)
        except OSError:
            raise self._refused(order, "its host name does not resolve; mend destinations.webhook.url or the network") from None
        addresses = [str(entry[4][0]) for entry in found]
        if not private and not all(ipaddress.ip_address(address.partition("%")[0]).is_global for address in addresses):
            raise self._refused(order, "its host is in a private network; set allow_private_network if that is meant")
        return addresses[0], url

    def _signed(self, order: Order, body: bytes, secret: SecretStr) -> dict[str, str]:
        from standardwebhooks import Webhook as Signer

        try:
            # Strict: the library decodes anything, and would sign with the few bytes a mistyped secret leaves.
            key = base64.b64decode(secret.get_secret_value().removeprefix(SECRET_PREFIX), validate=True)
        except ValueError:
            key = b""
        if len(key) < SECRET_BYTES:
            raise self._refused(
                order, f"{self._config.secret_env} is not {SECRET_PREFIX} and base64 of {SECRET_BYTES} bytes or more; set one"
            )
        signature = Signer(key).sign(order.execution, order.at.astimezone(UTC), body.decode())
        return {"webhook-id": order.execution, "webhook-timestamp": str(int(order.at.timestamp())), "webhook-signature": signature}

    def _post(self, order: Order, address: str, url: SplitResult, headers: dict[str, str], body: bytes) -> int:
        import httpx2

        host = f"[{address}]" if ":" in address else address
        port = f":{url.port}" if url.port else ""
        target = f"{url.scheme}://{host}{port}{url.path or '/'}" + (f"?{url.query}" if url.query else "")
        extensions = {"sni_hostname": url.hostname}  # the certificate is still checked against the name
        try:
            with httpx2.Client(follow_redirects=False, trust_env=False, timeout=TIMEOUT_S) as client:
                return _status(client, target, headers, body, extensions)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            raise self._refused(order, f"no connection ({type(error).__name__}); try again when it is reachable") from None
        except httpx2.TransportError as error:
            raise EffectUnknown(
                f"webhook {self._config.name}: the connection broke after {order.execution} was sent ({type(error).__name__}): "
                "ask the receiver whether it has it"
            ) from None

    def _refused(self, order: Order, why: str) -> DestinationRefused:
        return DestinationRefused(f"webhook {self._config.name} refused {order.execution}: {why}")


def _status(client: "httpx2.Client", target: str, headers: dict[str, str], body: bytes, extensions: dict[str, Any]) -> int:
    with client.stream("POST", target, headers=headers, content=body, extensions=extensions) as response:
        return response.status_code  # the answer's body is nobody's business and may be endless
