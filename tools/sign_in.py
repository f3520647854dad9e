"""How people sign in, as `practice.yaml` says it under `sign_in`: passwords, the second factor, single sign-on. Holds no secret."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from policies.approval.rules import Role
from policies.records import Record

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class OidcConfig(Record):
    """One OpenID Connect provider. `people` maps the value of `claim` to a username of practice.yaml; nobody else gets in.

    `client_secret_env` names the variable that holds the client's secret; without it the client is a public one, and PKCE alone protects it.
    """

    name: str = Field("single sign-on", max_length=40)  # on the button
    issuer: str
    client_id: str
    client_secret_env: str | None = None
    claim: Literal["email", "preferred_username", "sub"] = "email"
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    people: dict[str, str]

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        if not is_safe(value) or "?" in value:
            raise ValueError("an issuer is an https:// address without query or fragment (http:// only on this machine)")
        return value

    @model_validator(mode="after")
    def _no_two_spellings(self) -> "OidcConfig":
        if "openid" not in self.scopes:
            raise ValueError("scopes must hold openid: without it the provider sends no identity")
        names = [self.as_claimed(value) for value in self.people]
        if len(names) != len(set(names)):
            raise ValueError("people names one person of the provider twice, in two spellings: keep one")
        return self

    def as_claimed(self, value: str) -> str:
        """How a value of the claim is compared: addresses whatever their case, subjects to the letter."""
        return value if self.claim == "sub" else value.strip().casefold()

    def username(self, value: str) -> str | None:
        """The username for what the provider says about `claim`; None for a stranger."""
        wanted = self.as_claimed(value)
        return next((username for name, username in self.people.items() if self.as_claimed(name) == wanted), None)


class SignIn(Record):
    """`totp_for`: roles that need a second factor. `passwords: false` leaves single sign-on, and one-time links for administrators."""

    totp_for: tuple[Role, ...] = ()
    passwords: bool = True
    oidc: OidcConfig | None = None

    @model_validator(mode="after")
    def _somebody_gets_in(self) -> "SignIn":
        if not self.passwords and self.oidc is None:
            raise ValueError("passwords: false needs oidc, or nobody could sign in")
        return self


def is_safe(address: str) -> bool:
    """Whether an address may be asked for keys or given a code: https, or http on this very machine; no user and no fragment in it."""
    try:
        url = urlsplit(address)
        host, _ = url.hostname, url.port
    except ValueError:
        return False
    is_private = url.scheme == "https" or (url.scheme == "http" and host in LOOPBACK)
    return bool(host) and is_private and not url.username and "#" not in address
