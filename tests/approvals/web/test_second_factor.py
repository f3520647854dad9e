"""The authenticator: asked for where a role needs it, never twice for one code, and never worth less than the password beside it."""

import re
from collections.abc import Callable

import pyotp
import pytest
from sqlalchemy import select

from approvals import identity
from approvals.identity import Next, SignInRefused, totp
from tests.approvals.web.house import PASSWORD, PRACTICE, House, Visitor
from tools.practice import Practice
from tools.sign_in import SignIn
from tools.store.audit import entries
from tools.store.database import Database
from tools.store.identity_tables import recovery_codes, signin_steps
from tools.store.identity_tables import totp as factors


@pytest.fixture
def home(database: Database, build: Callable[[Database], House]) -> House:
    return build(database)


@pytest.fixture
def practice() -> Practice:
    """Compliance needs an authenticator; everybody else may have one."""
    return Practice.model_validate({**PRACTICE, "sign_in": {"totp_for": ["compliance"]}})


def code(home: House, secret: str, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret.replace(" ", "")).at(home.clock(), counter_offset=steps)


def enrolled(home: House, username: str) -> tuple[str, list[str]]:
    """The secret and the recovery codes of a person with a password and an authenticator."""
    entrance = identity.use_link(home.workspace, identity.create_link(home.workspace, username, by="mara"), PASSWORD)
    if entrance.next is Next.DESK:
        totp.begin(home.workspace, username)
    secret, _ = totp.pending(home.workspace, username)
    codes = identity.confirm_totp(home.workspace, username, code(home, secret, steps=-1))
    return secret, codes


def step(home: House, username: str) -> str:
    entrance = identity.sign_in(home.workspace, username, PASSWORD)
    assert entrance.next is Next.CODE
    return entrance.token


def test_a_role_that_needs_it_gets_no_session_before_it_is_set_up(home: House) -> None:
    entrance = identity.use_link(home.workspace, identity.create_link(home.workspace, "inez", by="mara"), PASSWORD)

    assert entrance.next is Next.ENROL
    assert identity.session(home.workspace, entrance.token) is None
    secret, address = totp.pending(home.workspace, "inez")
    assert address.startswith("otpauth://totp/")
    with pytest.raises(SignInRefused, match="not right"):
        identity.sign_in_enrolling(home.workspace, entrance.token, "000000")
    token, codes = identity.sign_in_enrolling(home.workspace, entrance.token, code(home, secret))
    assert identity.session(home.workspace, token)
    assert len(set(codes)) == 10


def test_a_role_that_does_not_need_it_is_not_asked(home: House) -> None:
    assert identity.use_link(home.workspace, identity.create_link(home.workspace, "theo", by="mara"), PASSWORD).next is Next.DESK


def test_the_password_alone_opens_nothing_once_it_is_on(home: House) -> None:
    secret, _ = enrolled(home, "theo")

    token = step(home, "theo")

    assert identity.session(home.workspace, token) is None
    opened = identity.sign_in_code(home.workspace, token, code(home, secret))
    assert opened != token
    assert identity.session(home.workspace, opened)


def test_a_link_does_not_go_round_it(home: House) -> None:
    enrolled(home, "theo")

    entrance = identity.use_link(home.workspace, identity.create_link(home.workspace, "theo", by="mara"), PASSWORD)

    assert entrance.next is Next.CODE


def test_no_code_works_twice_nor_one_older_than_it(home: House) -> None:
    secret, _ = enrolled(home, "theo")
    home.clock.forward(minutes=2)
    used = code(home, secret)
    identity.sign_in_code(home.workspace, step(home, "theo"), used)

    for again in (used, code(home, secret, steps=-1)):
        with pytest.raises(SignInRefused, match="used already"):
            identity.sign_in_code(home.workspace, step(home, "theo"), again)


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_may_be_one_step_early_or_late(home: House, steps: int, good: bool) -> None:
    secret, _ = enrolled(home, "theo")
    home.clock.forward(minutes=5)
    token = step(home, "theo")

    if good:
        assert identity.sign_in_code(home.workspace, token, code(home, secret, steps=steps))
    else:
        with pytest.raises(SignInRefused):
            identity.sign_in_code(home.workspace, token, code(home, secret, steps=steps))


def test_a_recovery_code_works_once(home: House) -> None:
    _, codes = enrolled(home, "theo")

    assert identity.sign_in_code(home.workspace, step(home, "theo"), codes[0].upper())

    with pytest.raises(SignInRefused):
        identity.sign_in_code(home.workspace, step(home, "theo"), codes[0])
    assert totp.left(home.workspace, "theo") == 9


def test_a_recovery_code_of_somebody_else_is_none(home: House) -> None:
    enrolled(home, "theo")
    _, hers = enrolled(home, "mara")

    with pytest.raises(SignInRefused):
        identity.sign_in_code(home.workspace, step(home, "theo"), hers[0])


def test_guessed_codes_lock_the_person_and_fresh_passwords_do_not_buy_more(home: House) -> None:
    secret, _ = enrolled(home, "theo")

    for _ in range(2):
        token = step(home, "theo")
        with pytest.raises(SignInRefused):
            identity.sign_in_code(home.workspace, token, "000000")
    last = step(home, "theo")

    with pytest.raises(SignInRefused, match="locked"):
        identity.sign_in(home.workspace, "theo", PASSWORD)
    with pytest.raises(SignInRefused, match="locked"):
        identity.sign_in_code(home.workspace, last, code(home, secret))


def test_a_step_ends_after_ten_minutes_and_at_the_next_sign_in(home: House) -> None:
    secret, _ = enrolled(home, "theo")
    first = step(home, "theo")
    second = step(home, "theo")

    with pytest.raises(SignInRefused, match="begin again"):
        identity.sign_in_code(home.workspace, first, code(home, secret))
    home.clock.forward(minutes=10)
    with pytest.raises(SignInRefused, match="ten minutes"):
        identity.sign_in_code(home.workspace, second, code(home, secret))


def test_the_secret_is_sealed_and_the_codes_are_hashed(home: House) -> None:
    secret, codes = enrolled(home, "theo")
    step(home, "theo")

    with home.workspace.database.read() as connection:
        stored = str([connection.execute(select(table)).all() for table in (factors, recovery_codes, signin_steps)])
    assert secret.replace(" ", "") not in stored
    assert not any(one in stored or one.replace("-", "") in stored for one in codes)


def test_a_secret_that_was_shown_but_not_confirmed_is_never_the_one_in_force(home: House) -> None:
    first = identity.use_link(home.workspace, identity.create_link(home.workspace, "inez", by="mara"), PASSWORD)
    seen, _ = totp.pending(home.workspace, "inez")

    second = identity.sign_in(home.workspace, "inez", PASSWORD)

    assert totp.pending(home.workspace, "inez")[0] != seen
    with pytest.raises(SignInRefused):
        identity.sign_in_enrolling(home.workspace, second.token, code(home, seen))
    with pytest.raises(SignInRefused):
        identity.sign_in_enrolling(home.workspace, first.token, code(home, totp.pending(home.workspace, "inez")[0]))


def test_a_reset_ends_the_sessions_and_is_in_the_audit_log(home: House) -> None:
    secret, _ = enrolled(home, "theo")
    token = identity.sign_in_code(home.workspace, step(home, "theo"), code(home, secret))

    identity.reset_totp(home.workspace, "theo", by="mara")

    assert identity.session(home.workspace, token) is None
    assert identity.sign_in(home.workspace, "theo", PASSWORD).next is Next.DESK
    with home.workspace.database.read() as connection:
        found = [(entry.event, entry.actor) for entry in entries(connection, subject="theo")]
    assert ("person:totp_off", "mara") in found
    assert ("person:revoke", "mara") in found
    assert home.workspace.audit.verify(home.workspace.database).ok


def test_who_needs_it_cannot_take_it_off(home: House) -> None:
    enrolled(home, "inez")

    with pytest.raises(SignInRefused, match="your role needs"):
        identity.remove_totp(home.workspace, "inez")


def test_single_sign_on_is_needed_before_passwords_are_switched_off() -> None:
    with pytest.raises(ValueError, match="nobody could sign in"):
        SignIn(passwords=False)


def test_from_the_first_link_to_the_desk_with_an_authenticator(house: House) -> None:
    link = identity.create_link(house.workspace, "inez", by="mara")
    inez = house.visitor()
    inez.get(f"/welcome/{link}")
    to = inez.post(f"/welcome/{link}", password=PASSWORD, again=PASSWORD)
    assert to.headers["location"].startswith("/signin/authenticator")
    inez.get(to.headers["location"])
    assert "<svg" in inez.page
    assert "style=" not in inez.page.partition("<svg")[2]
    secret = re.search(r'class="mono secret">([A-Z2-7 ]+)<', inez.page)
    assert secret

    shown = inez.post("/signin/authenticator", code=code(house, secret[1]))

    codes = re.findall(r'<li class="mono">([a-z0-9-]{14})</li>', shown.text)
    assert len(codes) == 10
    assert inez.get("/queue").status_code == 200
    again = signed_in_by_hand(house, "inez", codes[3])
    assert again.get("/queue").status_code == 200
    assert "9 of 10 recovery codes" in again.get("/account").text


def signed_in_by_hand(house: House, username: str, one: str) -> Visitor:
    visitor = house.visitor()
    visitor.get("/signin")
    to = visitor.post("/signin", username=username, password=PASSWORD).headers["location"]
    assert to.startswith("/signin/code")
    visitor.get(to)
    assert visitor.client.get("/queue", follow_redirects=False).headers["location"].startswith("/signin")
    assert visitor.post("/signin/code", code=one).status_code == 303
    return visitor


def test_the_account_page_turns_it_on_and_off(house: House) -> None:
    theo = house.signed_in("theo")
    theo.get("/account")
    theo.post("/account/authenticator/begin")
    theo.get("/account/authenticator")
    secret = re.search(r'class="mono secret">([A-Z2-7 ]+)<', theo.page)
    assert secret

    wrong = theo.post("/account/authenticator", code="123")
    shown = theo.post("/account/authenticator", code=code(house, secret[1]))
    theo.get("/account")
    removed = theo.post("/account/authenticator/remove")

    assert wrong.status_code == 403
    assert "Keep these recovery codes" in shown.text
    assert removed.status_code == 303
    assert not totp.has(house.workspace, "theo")


def test_an_administrator_resets_a_lost_phone_from_the_page(house: House) -> None:
    enrolled(house, "theo")
    mara = house.signed_in("mara")
    mara.get("/people")

    assert mara.post("/people/theo/authenticator/reset").status_code == 303

    assert not totp.has(house.workspace, "theo")
