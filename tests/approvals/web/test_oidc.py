"""Single sign-on against an issuer on loopback that also lies: whatever does not hold lets nobody in, and says so kindly."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey
from pydantic import SecretStr
from sqlalchemy import func, select

from approvals import identity
from approvals.identity import Next, SignInRefused, oidc
from tests.approvals.web.house import PASSWORD, PRACTICE, House
from tests.servers.oidc_issuer import OidcIssuer
from tools.egress import Egress
from tools.errors import NotFound
from tools.oidc import Provider
from tools.practice import Practice
from tools.sign_in import OidcConfig, is_safe
from tools.store.action_tables import egress_log, sessions
from tools.store.database import Database
from tools.store.identity_tables import oidc_flows

CLIENT, SECRET = "liaison desk", "a secret/with+odd=signs"
REDIRECT = "https://desk.example.com/signin/oidc/return"


@dataclass
class Sso:
    house: House
    issuer: OidcIssuer
    provider: Provider

    def depart(self, **more: Any) -> tuple[str, str]:
        """The state and the browser's token, after the provider let the person in."""
        left = oidc.depart(self.house.workspace, self.provider, redirect_uri=REDIRECT, to="/inbox", **more)
        return self.issuer.visit(left.address), left.browser

    def arrive(self, state: str, browser: str, **answer: str) -> oidc.Arrival:
        full = oidc.Answer(state, **{"code": "code-1", **answer})
        return oidc.arrive(self.house.workspace, self.provider, full, browser=browser)

    def whole(self) -> oidc.Arrival:
        return self.arrive(*self.depart())

    def people_in(self) -> int:
        with self.house.workspace.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(sessions)) or 0


def with_oidc(house: House, issuer: str, **more: Any) -> House:
    config = {
        "name": "Harborview ID",
        "issuer": issuer,
        "client_id": CLIENT,
        "people": {"Theo@harborview.example.com": "theo", "u-1": "sam"},
    }
    ways = {"passwords": more.pop("passwords", True), "totp_for": more.pop("totp_for", []), "oidc": {**config, **more}}
    practice = Practice.model_validate({**PRACTICE, "sign_in": ways})
    return replace(house, workspace=replace(house.workspace, practice=practice))


def sso_of(house: House, issuer: OidcIssuer, **more: Any) -> Sso:
    built = with_oidc(house, issuer.issuer, **more)
    ws = built.workspace
    config = ws.practice.sign_in.oidc
    assert config
    return Sso(built, issuer, Provider(config, SecretStr(SECRET), Egress(ws.scrubber, ws.database, ws.clock), ws.clock))


@pytest.fixture
def issuer(house: House) -> Iterator[OidcIssuer]:
    with OidcIssuer(house.clock, client=CLIENT, secret=SECRET) as running:
        yield running


@pytest.fixture
def sso(house: House, issuer: OidcIssuer) -> Sso:
    return sso_of(house, issuer)


def test_whoever_the_provider_vouches_for_is_signed_in_as_the_mapped_person(sso: Sso) -> None:
    arrival = sso.whole()

    me = identity.session(sso.house.workspace, arrival.entrance.token)
    assert me is not None
    assert (me.username, me.roles, me.method, arrival.to) == ("theo", ("marketing",), "sso", "/inbox")
    with sso.house.workspace.database.read() as connection:
        assert connection.scalars(select(egress_log.c.destination)).all() == ["oidc"]


def test_it_works_on_both_engines(database: Database, build: Callable[[Database], House]) -> None:
    house = build(database)
    with OidcIssuer(house.clock, client=CLIENT, secret=SECRET) as running:
        sso = sso_of(house, running)
        state, browser = sso.depart()

        assert sso.arrive(state, browser).entrance.next is Next.DESK
        with pytest.raises(SignInRefused, match="used before"):
            sso.arrive(state, browser)


@pytest.mark.parametrize(
    ("claims", "named"),
    [
        ({"iss": "http://127.0.0.1:9"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": ["another-client", "a third"]}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": [CLIENT, "another-client"]}, "azp"),
        ({"aud": [CLIENT, "another-client"], "azp": "another-client"}, "azp"),
        ({"azp": "another-client"}, "azp"),
        ({"nonce": "of another flow"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": 1}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"iat": 32503680000}, "iat"),
        ({"iat": None}, "iat"),
        ({"nbf": 32503680000}, "nbf"),
        ({"sub": None}, "sub"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "at_hash"),
    ],
)
def test_a_claim_that_does_not_hold_lets_nobody_in(sso: Sso, claims: dict[str, Any], named: str) -> None:
    sso.issuer.claims = claims

    with pytest.raises(SignInRefused, match=named) as refused:
        sso.whole()

    assert sso.people_in() == 0
    assert "theo" not in str(refused.value)
    assert "another-client" not in str(refused.value)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS384", "PS512", "EdDSA", "", None, ["RS256"]])
def test_an_algorithm_off_the_list_lets_nobody_in(sso: Sso, algorithm: Any) -> None:
    sso.issuer.header = {"alg": algorithm}

    with pytest.raises(SignInRefused, match="not accepted here"):
        sso.whole()

    assert sso.people_in() == 0


@pytest.mark.parametrize("kind", ["ES256", "PS256"])
def test_the_other_accepted_algorithms_work(sso: Sso, kind: str) -> None:
    key = ECKey.generate_key("P-256", {"kid": "curve"}) if kind == "ES256" else sso.issuer.key
    sso.issuer.key, sso.issuer.published = key, [key]
    sso.issuer.header = {"alg": kind}

    assert sso.whole().entrance.next is Next.DESK


def test_a_key_of_another_kind_under_the_same_name_is_not_used(sso: Sso) -> None:
    sso.issuer.signer = ECKey.generate_key("P-256", {"kid": "first"})

    with pytest.raises(SignInRefused, match="does not publish"):
        sso.whole()


def test_a_signature_by_a_key_of_the_same_name_does_not_hold(sso: Sso) -> None:
    sso.issuer.signer = RSAKey.generate_key(2048, {"kid": "first"})

    with pytest.raises(SignInRefused, match="does not hold"):
        sso.whole()


def test_a_rotated_key_is_fetched_once_and_forged_names_do_not_hammer_the_provider(sso: Sso) -> None:
    sso.whole()
    rotated = RSAKey.generate_key(2048, {"kid": "second"})
    sso.issuer.key, sso.issuer.published = rotated, [*sso.issuer.published, rotated]
    sso.house.clock.forward(minutes=2)

    assert sso.whole().entrance.next is Next.DESK
    sso.issuer.signer = RSAKey.generate_key(2048, {"kid": "never published"})
    for _ in range(3):
        with pytest.raises(SignInRefused, match="does not publish"):
            sso.whole()

    assert sso.issuer.asked.count("/jwks") == 2


def test_a_token_without_a_key_name_needs_the_only_key(sso: Sso) -> None:
    sso.issuer.header = {"kid": None}

    assert sso.whole().entrance.next is Next.DESK
    sso.issuer.published.append(RSAKey.generate_key(2048, {"kid": "second"}))
    sso.house.clock.forward(hours=1)
    with pytest.raises(SignInRefused, match="does not publish"):
        sso.whole()


def test_clocks_may_differ_by_a_minute_and_no_more(sso: Sso) -> None:
    now = int(sso.house.clock().timestamp())
    sso.issuer.claims = {"exp": now - 59}
    assert sso.whole().entrance.next is Next.DESK

    sso.issuer.claims = {"exp": now - 61}
    with pytest.raises(SignInRefused, match="exp"):
        sso.whole()


def test_a_state_is_good_once_in_its_own_browser_and_for_ten_minutes(sso: Sso) -> None:
    state, browser = sso.depart()

    with pytest.raises(SignInRefused, match="begun elsewhere"):
        sso.arrive(state, "the browser of somebody else")
    with pytest.raises(SignInRefused, match="begun elsewhere"):
        sso.arrive("another state", browser)
    assert sso.arrive(state, browser)
    with pytest.raises(SignInRefused, match="used before"):
        sso.arrive(state, browser)
    late, browser = sso.depart()
    sso.house.clock.forward(minutes=10)
    with pytest.raises(SignInRefused, match="ten minutes"):
        sso.arrive(late, browser)


def test_flows_that_were_given_up_do_not_pile_up(sso: Sso) -> None:
    for _ in range(5):
        sso.depart()
    sso.house.clock.forward(minutes=10)
    sso.depart()

    with sso.house.workspace.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(oidc_flows)) == 1


def test_a_code_of_another_flow_is_worth_nothing_here(sso: Sso) -> None:
    victim = oidc.depart(sso.house.workspace, sso.provider, redirect_uri=REDIRECT, to="/")
    sso.issuer.visit(victim.address, code="stolen")
    state, browser = sso.depart()

    with pytest.raises(SignInRefused, match="answered 400"):
        sso.arrive(state, browser, code="stolen")

    assert sso.people_in() == 0


def test_an_answer_that_names_another_issuer_is_refused(sso: Sso) -> None:
    with pytest.raises(SignInRefused, match="did not come from"):
        sso.arrive(*sso.depart(), iss="https://evil.example.org")

    assert "/token" not in sso.issuer.asked


def test_an_issuer_that_promises_to_name_itself_must(house: House, issuer: OidcIssuer) -> None:
    issuer.metadata = {"authorization_response_iss_parameter_supported": True}
    sso = sso_of(house, issuer)

    with pytest.raises(SignInRefused, match="did not come from"):
        sso.whole()
    assert sso.arrive(*sso.depart(), iss=issuer.issuer)


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"issuer": "https://evil.example.org"}, "another issuer"),
        ({"issuer": None}, "another issuer"),
        ({"token_endpoint": "http://evil.example.org/token"}, "no safe token_endpoint"),
        ({"token_endpoint": None}, "no safe token_endpoint"),
        ({"jwks_uri": "file:///etc/passwd"}, "no safe jwks_uri"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "no safe authorization_endpoint"),
    ],
)
def test_a_discovery_document_that_points_elsewhere_is_refused(
    house: House, issuer: OidcIssuer, metadata: dict[str, Any], said: str
) -> None:
    issuer.metadata = metadata

    with pytest.raises(SignInRefused, match=said):
        sso_of(house, issuer).depart()


@pytest.mark.parametrize("status", [302, 400, 500])
def test_a_token_endpoint_that_fails_or_leads_elsewhere_lets_nobody_in(sso: Sso, status: int) -> None:
    sso.issuer.token_status = status

    with pytest.raises(SignInRefused, match=f"answered {status}"):
        sso.whole()

    assert "/elsewhere" not in sso.issuer.asked


def test_a_provider_that_is_down_is_said_kindly(house: House) -> None:
    with OidcIssuer(house.clock, client=CLIENT, secret=SECRET) as running:
        sso = sso_of(house, running)

    with pytest.raises(SignInRefused, match="Harborview ID cannot be reached"):
        oidc.depart(sso.house.workspace, sso.provider, redirect_uri=REDIRECT, to="/")


def test_a_wrong_client_secret_names_the_status(house: House, issuer: OidcIssuer) -> None:
    sso = sso_of(house, issuer)
    issuer.secret = "another"

    with pytest.raises(SignInRefused, match="answered 401"):
        sso.whole()


@pytest.mark.parametrize("verified", [False, None, "false", 1])
def test_an_address_nobody_verified_is_nobodys(sso: Sso, verified: Any) -> None:
    sso.issuer.claims = {"email_verified": verified}

    with pytest.raises(SignInRefused, match="does not vouch"):
        sso.whole()


def test_a_stranger_is_not_let_in_and_roles_of_the_token_mean_nothing(sso: Sso) -> None:
    sso.issuer.claims = {"email": "stranger@harborview.example.com", "roles": ["admin"], "groups": ["admin"]}

    with pytest.raises(SignInRefused, match=r"not one of this practice's people.*sign_in\.oidc\.people"):
        sso.whole()


def test_people_can_be_known_by_their_subject(house: House, issuer: OidcIssuer) -> None:
    sso = sso_of(house, issuer, claim="sub")

    me = identity.session(sso.house.workspace, sso.whole().entrance.token)

    assert me
    assert me.username == "sam"


def test_a_thin_token_is_filled_from_userinfo_of_the_same_subject_only(sso: Sso) -> None:
    sso.issuer.claims = {"email": None, "email_verified": None}
    sso.issuer.userinfo = {"sub": "u-1", "email": "theo@harborview.example.com", "email_verified": True}
    assert sso.whole().entrance.next is Next.DESK

    sso.issuer.userinfo |= {"sub": "u-2"}
    with pytest.raises(SignInRefused, match="two different people"):
        sso.whole()


def test_signing_in_again_needs_a_sign_in_that_is_new_at_the_provider_too(sso: Sso) -> None:
    now = int(sso.house.clock().timestamp())
    for stale in (None, now - 3600):
        sso.issuer.claims = {"auth_time": stale}
        with pytest.raises(SignInRefused):
            sso.arrive(*sso.depart(again=True))

    sso.issuer.claims = {"auth_time": now}
    state, browser = sso.depart(again=True)
    assert sso.issuer.codes["code-1"]["prompt"] == "login"
    assert sso.arrive(state, browser)


def test_a_silent_sign_in_is_no_fresh_proof(sso: Sso) -> None:
    """The provider leans on a session of this morning: that lets the person in, and opens nothing that asks who is there now."""
    now = sso.house.clock()

    def is_fresh() -> bool:
        me = identity.session(sso.house.workspace, sso.whole().entrance.token)
        assert me is not None
        assert me.fresh_until is not None
        return now < me.fresh_until

    sso.issuer.claims = {"auth_time": int(now.timestamp()) - 9 * 3600}
    assert not is_fresh()
    sso.issuer.claims = {"auth_time": None}
    assert not is_fresh()
    sso.issuer.claims = {"auth_time": int(now.timestamp()) - 60}
    assert is_fresh()


def test_the_person_stopped_at_the_provider(sso: Sso) -> None:
    with pytest.raises(SignInRefused, match="you stopped there"):
        sso.arrive(*sso.depart(), error="access_denied", code="")


def test_without_passwords_the_only_other_way_is_an_administrators_link(house: House, issuer: OidcIssuer) -> None:
    before = house.signed_in("theo")
    sso = sso_of(house, issuer, passwords=False)
    ws = sso.house.workspace
    assert before

    with pytest.raises(SignInRefused, match="your organization's account"):
        identity.sign_in(ws, "theo", PASSWORD)
    with pytest.raises(NotFound, match="for administrators"):
        identity.create_link(ws, "theo", by="mara")
    entrance = identity.use_link(ws, identity.create_link(ws, "mara", by="system"), "")
    assert identity.session(ws, entrance.token)


def test_the_secret_parts_of_a_flow_are_sealed(sso: Sso) -> None:
    left = oidc.depart(sso.house.workspace, sso.provider, redirect_uri=REDIRECT, to="/")
    state = sso.issuer.visit(left.address)

    with sso.house.workspace.database.read() as connection:
        stored = str(connection.execute(select(oidc_flows)).all())
    assert not any(value in stored for value in (state, left.browser, sso.issuer.codes["code-1"]["nonce"], "/signin/oidc"))


def test_addresses_are_https_or_of_this_machine() -> None:
    assert all(is_safe(one) for one in ("https://id.example.com", "http://127.0.0.1:80/x", "http://localhost"))
    assert not any(
        is_safe(one)
        for one in ("http://id.example.com", "https://a@id.example.com", "https://id.example.com/#x", "ftp://x", "https://", "https://x:y")
    )


def test_people_of_the_mapping_must_be_people_of_the_practice() -> None:
    with pytest.raises(ValueError, match="nobody is not a username"):
        Practice.model_validate(
            {**PRACTICE, "sign_in": {"oidc": {"issuer": "https://x.example", "client_id": "c", "people": {"a": "nobody"}}}}
        )
    with pytest.raises(ValueError, match="two spellings"):
        OidcConfig(issuer="https://x.example", client_id="c", people={"A@x.example": "theo", "a@x.example": "sam"})


def test_keys_are_kept_for_an_hour(sso: Sso) -> None:
    sso.whole()
    sso.whole()
    assert sso.issuer.asked.count("/jwks") == 1

    sso.house.clock.at += timedelta(hours=1)
    sso.whole()

    assert sso.issuer.asked.count("/jwks") == 2
