"""An OpenID Connect provider over HTTP: its addresses and keys, and the exchange of a code for tokens. Decides nothing about people.

What is sent passes the egress guard and holds nothing of the practice: the client's own id and secret, random values of ours, and the code
the provider just made. Redirects are not followed, answers are at most 1 MB, addresses are https (http only on this machine).
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote_plus, urlencode

from pydantic import SecretStr

from tools.clock import Clock
from tools.egress import DestinationPolicy, Egress
from tools.errors import LiaisonError
from tools.sign_in import OidcConfig, is_safe

if TYPE_CHECKING:
    import httpx2

TIMEOUT_S = 10.0
ANSWER_LIMIT_BYTES = 1_000_000
KEPT_FOR = timedelta(hours=1)
ASK_AGAIN_AFTER = timedelta(minutes=1)  # an unknown key id asks for the keys once more, not once per forged token
FIELDS = frozenset(("grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret"))
POLICY = DestinationPolicy("oidc", baa=False, allowed_fields=FIELDS, is_form=True)


class ProviderFailed(LiaisonError):
    """The provider cannot be reached, or its answer is not what the protocol says. Says which, never what it sent."""


class Metadata(NamedTuple):
    """What discovery says, checked. OpenID Connect Discovery 1.0, section 3."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    end_session: str | None
    names_itself: bool  # RFC 9207: answers carry `iss`
    in_body: bool  # the client's secret belongs into the body


class Tokens(NamedTuple):
    id_token: str
    access_token: str


class Provider:
    """One per app. Addresses and keys are kept for an hour."""

    def __init__(self, config: OidcConfig, secret: SecretStr | None, egress: Egress, clock: Clock) -> None:
        self.config = config
        self._secret = secret
        self._egress = egress
        self._clock = clock
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, tuple[dict[str, Any], ...]] | None = None

    def metadata(self) -> Metadata:
        """Raises ProviderFailed, also when the document is another issuer's (mix-up)."""
        now = self._clock()
        if self._metadata is None or now - self._metadata[0] >= KEPT_FOR:
            found = self._get(f"{self.config.issuer.rstrip('/')}/.well-known/openid-configuration", "its discovery document")
            self._metadata = (now, self._checked(found))
        return self._metadata[1]

    def known_end_session(self) -> str | None:
        """Where the provider's own session ends, if it was heard of; never asks for it."""
        return self._metadata[1].end_session if self._metadata else None

    def keys(self, *, kid: str | None = None) -> tuple[dict[str, Any], ...]:
        """The provider's public keys; asked for once more when none has this `kid`, because providers rotate them."""
        now = self._clock()
        age = now - self._keys[0] if self._keys else KEPT_FOR
        is_unknown = kid is not None and self._keys is not None and all(key.get("kid") != kid for key in self._keys[1])
        if self._keys is None or age >= KEPT_FOR or (is_unknown and age >= ASK_AGAIN_AFTER):
            self._keys = (now, self._fetched_keys())
        return self._keys[1]

    def redeem(self, code: str, *, verifier: str, redirect_uri: str, flow: str) -> Tokens:
        """The tokens for a code (RFC 6749 section 4.1.3, RFC 7636). Raises ProviderFailed. `flow` names the attempt in the egress log."""
        metadata = self.metadata()
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        if self._secret is None:
            fields["client_id"] = self.config.client_id
        elif metadata.in_body:
            fields |= {"client_id": self.config.client_id, "client_secret": self._secret.get_secret_value()}
        else:
            pair = f"{quote_plus(self.config.client_id)}:{quote_plus(self._secret.get_secret_value())}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        body = urlencode(fields).encode()
        self._egress.release(POLICY, subject=flow, body=body, opaque=list(fields.values()))
        found = self._asked("POST", metadata.token, "its token endpoint", headers=headers, content=body)
        id_token, access_token = found.get("id_token"), found.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise ProviderFailed(
                f"{self.config.name} gave no identity for the code: check that scopes hold openid and the client is allowed it"
            )
        return Tokens(id_token, access_token)

    def userinfo(self, access_token: str) -> dict[str, Any]:
        """What the provider says about the person beyond the id token; {} where it has no such endpoint. The caller compares `sub`."""
        address = self.metadata().userinfo
        if address is None:
            return {}
        return self._asked("GET", address, "its userinfo endpoint", headers={"authorization": f"Bearer {access_token}"})

    def _fetched_keys(self) -> tuple[dict[str, Any], ...]:
        found = self._get(self.metadata().keys, "its keys").get("keys")
        if not isinstance(found, list):
            raise ProviderFailed(f"{self.config.name} answered without keys: try again later, or check the issuer in practice.yaml")
        return tuple(key for key in found if isinstance(key, dict))

    def _checked(self, found: Mapping[str, Any]) -> Metadata:
        if found.get("issuer") != self.config.issuer:
            raise ProviderFailed(
                f"the discovery document of {self.config.name} names another issuer: write sign_in.oidc.issuer exactly as it does"
            )
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        in_body = isinstance(methods, list) and "client_secret_basic" not in methods
        return Metadata(
            authorization=self._address(found, "authorization_endpoint"),
            token=self._address(found, "token_endpoint"),
            keys=self._address(found, "jwks_uri"),
            userinfo=self._address(found, "userinfo_endpoint") if found.get("userinfo_endpoint") else None,
            end_session=self._address(found, "end_session_endpoint") if found.get("end_session_endpoint") else None,
            names_itself=found.get("authorization_response_iss_parameter_supported") is True,
            in_body=in_body,
        )

    def _address(self, found: Mapping[str, Any], name: str) -> str:
        value = found.get(name)
        if not isinstance(value, str) or not is_safe(value) or (value.startswith("http:") and self.config.issuer.startswith("https:")):
            raise ProviderFailed(f"the discovery document of {self.config.name} has no safe {name}: it must be an https address")
        return value

    def _get(self, address: str, what: str) -> dict[str, Any]:
        return self._asked("GET", address, what)

    def _asked(
        self, method: str, address: str, what: str, *, headers: Mapping[str, str] | None = None, content: bytes = b""
    ) -> dict[str, Any]:
        import httpx2

        try:
            with httpx2.Client(follow_redirects=False, trust_env=False, timeout=TIMEOUT_S) as client:
                status, body = _read(client, method, address, dict(headers or {}), content)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ProviderFailed(f"{self.config.name} cannot be reached ({what}, {type(error).__name__}): try again in a minute") from None
        if status != 200:
            raise ProviderFailed(
                f"{self.config.name} answered {status} from {what}: begin again, and if it stays so check the client there"
            )
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ProviderFailed(f"{self.config.name} answered from {what} with what is no JSON object, or with more than 1 MB")
        return found


def _read(client: "httpx2.Client", method: str, address: str, headers: dict[str, str], content: bytes) -> tuple[int, bytes]:
    """Status and body; an endless body is cut, and then is no JSON."""
    body = bytearray()
    with client.stream(method, address, headers=headers, content=content or None) as response:
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > ANSWER_LIMIT_BYTES:
                return response.status_code, b""
        return response.status_code, bytes(body)
