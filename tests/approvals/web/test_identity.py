"""Links, passwords and sessions, on both engines."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from approvals import identity
from approvals.identity import PasswordRefused, SignInRefused
from tests.approvals.web.house import PASSWORD, House
from tools.errors import NotFound
from tools.store.action_tables import people, sessions, signin_links
from tools.store.database import Database


@pytest.fixture
def home(database: Database, build: Callable[[Database], House]) -> House:
    return build(database)


@pytest.fixture
def mara(home: House) -> str:
    """A session of Mara's, who has set her password."""
    return identity.use_link(home.workspace, identity.create_link(home.workspace, "mara", by="system"), PASSWORD).token


def test_the_first_administrator_gets_one_link_once(home: House) -> None:
    link = identity.first_admin_link(home.workspace, "http://127.0.0.1:8765/")

    assert link is not None
    assert link.startswith("http://127.0.0.1:8765/welcome/")
    assert identity.link_owner(home.workspace, link.rsplit("/", 1)[1]).username == "mara"
    assert identity.first_admin_link(home.workspace, "http://127.0.0.1:8765") is None


def test_no_first_link_once_somebody_has_a_password(home: House, mara: str) -> None:
    home.clock.forward(days=30)

    assert identity.first_admin_link(home.workspace, "http://127.0.0.1:8765") is None


def test_a_link_sets_the_password_once(home: House) -> None:
    token = identity.create_link(home.workspace, "theo", by="mara")

    identity.use_link(home.workspace, token, PASSWORD)

    with pytest.raises(SignInRefused, match="ask an administrator for a new one"):
        identity.use_link(home.workspace, token, PASSWORD)
    found = identity.session(home.workspace, identity.sign_in(home.workspace, "theo", PASSWORD).token)
    assert found is not None
    assert (found.name, found.roles) == ("Theo Brandt", ("marketing",))


def test_a_link_ends_after_a_day_and_when_a_newer_one_is_made(home: House) -> None:
    old = identity.create_link(home.workspace, "theo", by="mara")
    new = identity.create_link(home.workspace, "theo", by="mara")

    with pytest.raises(SignInRefused):
        identity.link_owner(home.workspace, old)
    assert identity.link_owner(home.workspace, new).username == "theo"
    home.clock.forward(hours=24)
    with pytest.raises(SignInRefused):
        identity.link_owner(home.workspace, new)


def test_a_link_is_only_for_people_of_the_practice(home: House) -> None:
    with pytest.raises(NotFound, match=r"practice\.yaml"):
        identity.create_link(home.workspace, "stranger", by="mara")


@pytest.mark.parametrize(
    "password",
    [
        "short", "x" * 201, "my name is theo indeed", "password1234", "Password2026!!", "qwertyuiop12", "aaaaaaaaaaaaaaaa", "letmeinletmein",
        "harborview2026!", "Harborviewjointcare1", "brandtbrandt1985", "TampaTampa2026", "liaison-liaison",
    ],
)  # fmt: skip
def test_a_weak_password_is_refused_and_the_link_stays_good(home: House, password: str) -> None:
    token = identity.create_link(home.workspace, "theo", by="mara")

    with pytest.raises(PasswordRefused):
        identity.use_link(home.workspace, token, password)

    assert identity.link_owner(home.workspace, token).username == "theo"


@pytest.mark.parametrize(
    "password",
    [
        "four unrelated quiet words",
        "Tq7vB-m2xLpe9zW",
        "correct horse battery staple harborview",
        "п" * 3 + "ривет тихий океан",
        "q" * 3 + "Zr8 mpl" * 20,
    ],
)
def test_a_good_password_is_taken_whatever_its_alphabet(home: House, password: str) -> None:
    entrance = identity.use_link(home.workspace, identity.create_link(home.workspace, "theo", by="mara"), password)

    assert identity.session(home.workspace, entrance.token) is not None


def test_wrong_name_and_wrong_password_read_the_same(home: House, mara: str) -> None:
    with pytest.raises(SignInRefused) as wrong_password:
        identity.sign_in(home.workspace, "mara", "not the password")
    with pytest.raises(SignInRefused) as wrong_name:
        identity.sign_in(home.workspace, "nobody", PASSWORD)
    with pytest.raises(SignInRefused) as never_set:
        identity.sign_in(home.workspace, "theo", PASSWORD)

    assert str(wrong_password.value) == str(wrong_name.value) == str(never_set.value)


def test_five_wrong_passwords_lock_the_person_for_a_quarter_of_an_hour(home: House, mara: str) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            identity.sign_in(home.workspace, "mara", "not the password")

    with pytest.raises(SignInRefused, match="locked"):
        identity.sign_in(home.workspace, "mara", PASSWORD)
    assert identity.accounts(home.workspace)["mara"].state == "locked"
    home.clock.forward(minutes=15)
    assert identity.sign_in(home.workspace, "mara", PASSWORD)


def test_a_good_sign_in_forgets_earlier_failures(home: House, mara: str) -> None:
    for failures in (4, 1):
        for _ in range(failures):
            with pytest.raises(SignInRefused, match="wrong"):
                identity.sign_in(home.workspace, "mara", "not the password")
        assert identity.sign_in(home.workspace, "mara", PASSWORD)


def test_a_session_ends_at_sign_out_after_twelve_hours_and_at_a_new_password(home: House, mara: str) -> None:
    second = identity.sign_in(home.workspace, "mara", PASSWORD).token
    identity.sign_out(home.workspace, second)
    assert identity.session(home.workspace, second) is None
    assert identity.session(home.workspace, mara) is not None

    home.clock.forward(hours=12)
    assert identity.session(home.workspace, mara) is None

    third = identity.sign_in(home.workspace, "mara", PASSWORD).token
    identity.use_link(home.workspace, identity.create_link(home.workspace, "mara", by="mara"), PASSWORD + "!")
    assert identity.session(home.workspace, third) is None


def test_no_token_and_no_password_is_stored_as_it_is(home: House, mara: str) -> None:
    link = identity.create_link(home.workspace, "theo", by="mara")

    with home.workspace.database.read() as connection:
        stored = str([connection.execute(select(table)).all() for table in (people, sessions, signin_links)])

    assert not any(secret in stored for secret in (link, mara, PASSWORD))
    assert "argon2id" in stored


def test_accounts_say_who_can_sign_in(home: House, mara: str) -> None:
    identity.create_link(home.workspace, "theo", by="mara")

    found = {name: account.state for name, account in identity.accounts(home.workspace).items()}
    assert found == {"mara": "ready", "theo": "invited", "inez": "none", "sam": "none", "ada": "none"}


def test_every_step_of_an_account_is_in_the_audit_log(home: House, mara: str) -> None:
    identity.sign_out(home.workspace, mara)

    with home.workspace.database.read() as connection:
        from tools.store.audit import entries

        events = [entry.event for entry in entries(connection, subject="mara")][::-1]
    assert events == ["person:link", "person:password", "person:sign_in", "person:sign_out"]
    assert home.workspace.audit.verify(home.workspace.database).ok
