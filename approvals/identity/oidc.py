"""Single sign-on: OpenID Connect's authorization code flow with PKCE. The provider says who somebody is; practice.yaml says whether they are
one of us and what they may do: nothing of a token ever becomes a role.

Each way there and back is one row: bound to its state, to the browser that began it, good once and for ten minutes.
"""

import base64
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import delete, insert

from approvals.identity import limits, steps
from approvals.identity.errors import SignInRefused
from approvals.identity.limits import HERE, Limit, Origin
from approvals.identity.sessions import FRESH, TOKEN_BYTES, kept
from approvals.identity.steps import Entrance
from tools.keys import Sealed
from tools.oidc import Provider, ProviderFailed
from tools.practice import Person
from tools.store.identity_tables import oidc_flows
from tools.workspace import Workspace

FLOW_LIFETIME = timedelta(minutes=10)
LEEWAY_S = 60
ALGORITHMS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}  # and the kind of key each needs: never none, never one with a shared secret
BY_FLOW = Limit("flow", 60, timedelta(minutes=15))
CONTEXT = "oidc_flows"


class Departure(NamedTuple):
    """Where to send the browser, and the token for its cookie."""

    address: str
    browser: str


class Arrival(NamedTuple):
    entrance: Entrance
    to: str


class Answer(NamedTuple):
    """What the provider sent the browser back with."""

    state: str
    code: str = ""
    iss: str = ""
    error: str = ""


class _Flow(NamedTuple):
    nonce: str
    verifier: str
    redirect_uri: str
    to: str
    again: bool
    started_at: datetime


def depart(ws: Workspace, provider: Provider, *, redirect_uri: str, to: str, again: bool = False, origin: Origin = HERE) -> Departure:
    """Begin. `again`: the provider must ask the person anew, not lean on its own session. Raises SignInRefused when it cannot be reached."""
    now = ws.clock()
    limits.admit(ws, BY_FLOW, origin.address, now=now)
    try:
        address = provider.metadata().authorization
    except ProviderFailed as error:
        raise SignInRefused(str(error)) from None
    state, browser, nonce, verifier = (secrets.token_urlsafe(TOKEN_BYTES) for _ in range(4))
    secret = {"nonce": nonce, "verifier": verifier, "redirect_uri": redirect_uri, "to": to, "again": again}
    sealed = ws.ring.seal(json.dumps(secret).encode(), context=CONTEXT)
    row = {"state_hash": kept(ws, state), "browser_hash": kept(ws, browser), **sealed._asdict(), "started_at": now}
    with ws.database.write() as connection:
        connection.execute(delete(oidc_flows).where(oidc_flows.c.expires_at <= now))
        connection.execute(insert(oidc_flows).values(**row, expires_at=now + FLOW_LIFETIME))
    config = provider.config
    asked = {
        "response_type": "code",
        "client_id": config.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(config.scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }
    if again:
        asked |= {"prompt": "login", "max_age": "0"}
    return Departure(f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", browser)


def arrive(ws: Workspace, provider: Provider, answer: Answer, *, browser: str, origin: Origin = HERE) -> Arrival:
    """The session of whoever the provider vouches for, if practice.yaml knows them. Raises SignInRefused; the flow is spent in any case."""
    flow = _taken(ws, answer.state, browser)
    config = provider.config
    try:
        if answer.iss != config.issuer and (answer.iss or provider.metadata().names_itself):
            raise SignInRefused(f"the answer did not come from {config.name}: nothing was done. Begin again from this page")
        if answer.error or not answer.code:
            raise SignInRefused(f"{config.name} did not sign you in, or you stopped there: begin again, or ask whoever runs it")
        tokens = provider.redeem(answer.code, verifier=flow.verifier, redirect_uri=flow.redirect_uri, flow=kept(ws, answer.state)[:12])
        claims = verified(provider, tokens.id_token, access_token=tokens.access_token, nonce=flow.nonce, now=ws.clock(), since=_since(flow))
        if claims.get(config.claim) is None:
            more = provider.userinfo(tokens.access_token)
            if more and more.get("sub") != claims["sub"]:  # OpenID Connect Core 5.3.2: token substitution
                raise SignInRefused(f"{config.name} spoke of two different people: nothing was done. Begin again")
            claims = {**more, **claims}
    except ProviderFailed as error:
        raise SignInRefused(str(error)) from None
    person = _person(ws, provider, claims)
    now = ws.clock()
    with ws.database.write() as connection:
        entrance = steps.enter(ws, connection, person, method="sso", origin=origin, now=now, proved_at=_proved_at(flow, claims, now))
        return Arrival(entrance, flow.to)


def verified(
    provider: Provider, id_token: str, *, access_token: str, nonce: str, now: datetime, since: datetime | None = None
) -> dict[str, Any]:
    """The claims of an id token that is signed by the provider, for us, now, and in answer to `nonce`. OpenID Connect Core 3.1.3.7.

    `since`: the person must have signed in at the provider after it. Raises SignInRefused; the message names the claim, never its value.
    """
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    config = provider.config
    try:
        algorithm, key = _key(provider, id_token)
        token = jwt.decode(id_token, import_key(key), algorithms=[algorithm])
        wanted = {"iss": {"essential": True, "value": config.issuer}, "aud": {"essential": True, "value": config.client_id}}
        given = {"nonce": nonce, "client_id": config.client_id, "access_token": access_token, "max_age": 0 if since is None else 1}
        CodeIDToken(token.claims, token.header, options=wanted, params=given).validate(now=int(now.timestamp()), leeway=LEEWAY_S)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        what = getattr(error, "claim", None) or getattr(error, "error", None) or type(error).__name__
        raise SignInRefused(
            f"{config.name} sent an identity that does not hold ({what}): nothing was done. Begin again; if it stays so, tell whoever runs the desk"
        ) from None
    claims: dict[str, Any] = token.claims
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise SignInRefused(f"{config.name} sent an identity without a subject: nothing was done")
    if since is not None and claims["auth_time"] < since.timestamp() - LEEWAY_S:
        raise SignInRefused(f"{config.name} did not ask you again who you are: nothing was done. Sign out there and begin again")
    return claims


def _key(provider: Provider, id_token: str) -> tuple[str, dict[str, Any]]:
    """The algorithm the token names, if it is one of ours, and the provider's key for it. Raises SignInRefused."""
    try:
        head = id_token.split(".")[0]
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        algorithm, kid = header["alg"], header.get("kid")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SignInRefused(f"{provider.config.name} sent what is no signed identity: nothing was done. Begin again") from None
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise SignInRefused(
            f"{provider.config.name} signs in a way that is not accepted here (RS256, PS256 and ES256 are): change it there"
        )
    fitting = [
        key
        for key in provider.keys(kid=kid)
        if key.get("kty") == ALGORITHMS[algorithm] and key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm
    ]
    named = [key for key in fitting if key.get("kid") == kid] if kid is not None else fitting
    if len(named) != 1:
        raise SignInRefused(f"{provider.config.name} signed with a key it does not publish: nothing was done. Begin again in a minute")
    return algorithm, named[0]


def _taken(ws: Workspace, state: str, browser: str) -> _Flow:
    """The flow of this state and this browser, spent now: a second answer to it finds nothing."""
    mine = (oidc_flows.c.state_hash == kept(ws, state), oidc_flows.c.browser_hash == kept(ws, browser))
    with ws.database.write() as connection:
        row = connection.execute(delete(oidc_flows).where(*mine, oidc_flows.c.expires_at > ws.clock()).returning(oidc_flows)).one_or_none()
    if row is None:
        raise SignInRefused("this sign-in was begun elsewhere, used before, or more than ten minutes ago: begin again")
    secret = json.loads(ws.ring.open(Sealed(row.key_id, row.nonce, row.ciphertext), context=CONTEXT))
    return _Flow(**secret, started_at=row.started_at)


def _proved_at(flow: _Flow, claims: dict[str, Any], now: datetime) -> datetime:
    """When the provider last asked the person: now if we made it ask, else what it says, else too long ago to count as fresh."""
    if flow.again:
        return now
    said = claims.get("auth_time")
    return min(datetime.fromtimestamp(said, UTC), now) if isinstance(said, int) and said > 0 else now - FRESH


def _since(flow: _Flow) -> datetime | None:
    return flow.started_at if flow.again else None


def _person(ws: Workspace, provider: Provider, claims: dict[str, Any]) -> Person:
    config = provider.config
    value = claims.get(config.claim)
    if not isinstance(value, str) or not value:
        raise SignInRefused(f"{config.name} did not say your {config.claim}: add the scope that holds it, or map people by sub")
    if config.claim == "email" and claims.get("email_verified") is not True and claims.get("email_verified") != "true":
        raise SignInRefused(f"{config.name} does not vouch for your e-mail address: verify it there, or map people by another claim")
    username = config.username(value)
    person = ws.practice.person(username) if username else None
    if person is None:
        raise SignInRefused(
            f"your account at {config.name} is not one of this practice's people: ask an administrator to add it under sign_in.oidc.people"
        )
    return person


def _challenge(verifier: str) -> str:
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    found: str = create_s256_code_challenge(verifier)
    return found
