"""One signed POST (Standard Webhooks) to an address outside: released by the egress guard, no redirects, no retries, no private network unasked.

Knows how to send, not what: the webhook of an execution (`tools/destinations/webhook.py`) and the webhooks that tell of events
(`approvals/webhooks.py`) both send with it, and say in their own words what its two errors mean.
"""

import base64
import ipaddress
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from tools.egress import DestinationPolicy, Egress
from tools.errors import LiaisonError

if TYPE_CHECKING:
    import httpx2

TIMEOUT_S = 10.0
SECRET_PREFIX = "whsec_"  # noqa: S105 - how every Standard Webhooks secret begins
SECRET_BYTES = 24


class NotSent(LiaisonError):
    """Nothing left: the address, the secret or the connection was not good. `is_away` = the other side was not there; try again."""

    def __init__(self, why: str, *, is_away: bool = False) -> None:
        super().__init__(why)
        self.is_away = is_away


class NoAnswer(LiaisonError):
    """The connection broke after the request was sent: the other side may have it or not. The message is the name of the fault."""


@dataclass(frozen=True)
class Letter:
    """What is sent. `id` is the `webhook-id`: constant for one event, so that a receiver can drop a repetition."""

    id: str
    body: bytes
    at: datetime
    opaque: Collection[str] = ()
    """Values of the body that are our own ids: any destination may have them."""


def send(
    egress: Egress,
    policy: DestinationPolicy,
    letter: Letter,
    *,
    url: str,
    secrets: Sequence[SecretStr],
    allow_private_network: bool = False,
) -> int:
    """POST it once and return the HTTP status. Raises EgressRefused, NotSent, NoAnswer.

    `secrets`: each signs, so that a receiver may still hold the former one for a while after a rotation.
    """
    body = egress.release(policy, subject=letter.id, body=letter.body, opaque=letter.opaque)
    address, parts = target(url, allow_private_network=allow_private_network)
    headers = signed(letter, secrets) | {"host": parts.netloc.rpartition("@")[2], "content-type": "application/json"}
    return _post(address, parts, headers, body)


def target(url: str, *, allow_private_network: bool) -> tuple[str, SplitResult]:
    """The address to connect to, checked: the name is resolved once and only once, so it cannot change between check and call."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (allow_private_network and parts.scheme == "http"):
        raise NotSent("its url is not https; write https://")
    if not parts.hostname:
        raise NotSent("its url names no host; mend the url")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), type=socket.SOCK_STREAM)
    except OSError:
        raise NotSent("its host name does not resolve; mend the url or the network", is_away=True) from None
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private_network and not all(_is_public(address) for address in addresses):
        raise NotSent("its host is in a private network; set allow_private_network if that is meant")
    return addresses[0], parts


_EMBEDDING = tuple(ipaddress.ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10"))
"""IPv6 ranges that carry an IPv4 address in themselves (NAT64, 6to4, Teredo, IPv4-compatible) or are site-local: `is_global` may say yes to them."""


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    return found.is_global and not found.is_multicast and not any(found in network for network in _EMBEDDING)


def signed(letter: Letter, secrets: Sequence[SecretStr]) -> dict[str, str]:
    """The three headers of Standard Webhooks. Raises NotSent for a secret that signs nothing."""
    from standardwebhooks import Webhook as Signer

    signatures = [Signer(_key(secret)).sign(letter.id, letter.at.astimezone(UTC), letter.body.decode()) for secret in secrets]
    return {
        "webhook-id": letter.id,
        "webhook-timestamp": str(int(letter.at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _key(secret: SecretStr) -> bytes:
    try:
        # Strict: the library decodes anything, and would sign with the few bytes a mistyped secret leaves.
        key = base64.b64decode(secret.get_secret_value().removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if len(key) < SECRET_BYTES:
        raise NotSent(f"its secret is not {SECRET_PREFIX} and base64 of {SECRET_BYTES} bytes or more; set one")
    return key


def _post(address: str, url: SplitResult, headers: dict[str, str], body: bytes) -> int:
    import httpx2

    host = f"[{address}]" if ":" in address else address
    port = f":{url.port}" if url.port else ""
    to = f"{url.scheme}://{host}{port}{url.path or '/'}" + (f"?{url.query}" if url.query else "")
    extensions = {"sni_hostname": url.hostname}  # the certificate is still checked against the name
    try:
        with httpx2.Client(follow_redirects=False, trust_env=False, timeout=TIMEOUT_S) as client:
            return _status(client, to, headers, body, extensions)
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
        raise NotSent(f"no connection ({type(error).__name__}); try again when it is reachable", is_away=True) from None
    except httpx2.TransportError as error:
        raise NoAnswer(type(error).__name__) from None


def _status(client: "httpx2.Client", target: str, headers: dict[str, str], body: bytes, extensions: dict[str, Any]) -> int:
    with client.stream("POST", target, headers=headers, content=body, extensions=extensions) as response:
        return response.status_code  # the answer's body is nobody's business and may be endless
