"""Sessions that end, step-up, limits by address, and what the cookies carry. Over the real app, on both engines where rows are counted."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from approvals import identity
from approvals.identity import Origin, SignInRefused, TooManyAttempts
from approvals.identity.limits import BY_ADDRESS, network
from approvals.web.app import create_app
from approvals.web.cookies import family
from approvals.web.desk import BY_ITSELF, COOKIE
from tests.approvals.web.house import PASSWORD, House, Visitor, keywords
from tests.approvals.web.test_pages import routes
from tools.errors import SettingsError
from tools.settings import load_settings
from tools.store.action_tables import people, sessions
from tools.store.audit import entries
from tools.store.database import Database
from tools.store.identity_tables import signin_windows

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
ELSEWHERE = Origin(address="198.51.100.7")


@pytest.fixture
def home(database: Database, build: Callable[[Database], House]) -> House:
    return build(database)


def guess(home: House, times: int, *, username: str = "nobody", origin: Origin = ELSEWHERE) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            identity.sign_in(home.workspace, username, "not the password", origin=origin)


def events(home: House, subject: str) -> list[str]:
    with home.workspace.database.read() as connection:
        return [entry.event for entry in entries(connection, subject=subject)][::-1]


def test_one_address_gets_forty_wrong_attempts_in_a_quarter_of_an_hour(home: House) -> None:
    home.signed_in("mara")
    guess(home, BY_ADDRESS.most)

    with pytest.raises(TooManyAttempts, match="this network: wait 15 minutes"):
        identity.sign_in(home.workspace, "mara", PASSWORD, origin=ELSEWHERE)
    assert identity.sign_in(home.workspace, "mara", PASSWORD, origin=Origin(address="198.51.100.8"))
    home.clock.forward(minutes=15)
    assert identity.sign_in(home.workspace, "mara", PASSWORD, origin=ELSEWHERE)


def test_an_office_behind_one_address_signs_in_as_often_as_it_likes(home: House) -> None:
    home.signed_in("mara")

    for _ in range(BY_ADDRESS.most + 5):
        assert identity.sign_in(home.workspace, "mara", PASSWORD, origin=ELSEWHERE)


def test_a_patient_guesser_meets_the_daily_limit_of_the_person(home: House) -> None:
    home.signed_in("mara")
    for _ in range(15):
        guess(home, 4, username="mara", origin=Origin())
        home.clock.forward(minutes=16)
        with home.workspace.database.write() as connection:
            connection.execute(update(people).values(failed_signins=0, locked_until=None))

    with pytest.raises(TooManyAttempts, match="one-time link"):
        identity.sign_in(home.workspace, "mara", PASSWORD)
    assert events(home, "mara").count("person:limit") == 1
    entrance = identity.use_link(home.workspace, identity.create_link(home.workspace, "mara", by="mara"), PASSWORD)
    assert identity.session(home.workspace, entrance.token)
    assert identity.sign_in(home.workspace, "mara", PASSWORD)


def test_counted_windows_do_not_pile_up(home: House) -> None:
    for host in range(30):
        guess(home, 1, origin=Origin(address=f"198.51.100.{host}"))
    home.clock.forward(minutes=15)
    guess(home, 1, username="whoever")

    with home.workspace.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(signin_windows)) == 1
        assert "198.51" not in str(connection.execute(select(signin_windows)).all())


def test_addresses_of_one_ipv6_customer_count_together() -> None:
    assert network("2001:db8:1:2::7") == network("2001:db8:1:2:ffff::1") != network("2001:db8:1:3::7")
    assert network("::ffff:198.51.100.7") == network("198.51.100.7") == "198.51.100.7"


def test_a_refusal_for_too_many_attempts_is_a_429(house: House) -> None:
    guess(house, BY_ADDRESS.most, origin=Origin(address="testclient"))
    visitor = house.visitor()
    visitor.get("/signin")

    answer = visitor.post("/signin", username="mara", password=PASSWORD)

    assert answer.status_code == 429
    assert "too many wrong attempts from this network" in answer.text


def behind(house: House, proxies: str | None) -> TestClient:
    settings = house.workspace.settings.model_copy(update={"trusted_proxies": proxies})
    workspace = type(house.workspace)(**{**house.workspace.__dict__, "settings": settings})
    return TestClient(create_app(workspace), client=("10.0.0.5", 4000))


@pytest.mark.parametrize(("proxies", "told"), [("10.0.0.0/24", True), ("10.9.0.1", False), (None, False)])
def test_a_proxy_is_believed_only_where_the_settings_name_it(house: House, proxies: str | None, told: bool) -> None:
    client = behind(house, proxies)
    forwarded = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}

    answer = client.get("/signin", headers=forwarded)
    cookie = answer.headers["set-cookie"]
    csrf = re.search(r'name="csrf" value="([^"]+)"', answer.text)
    assert csrf
    jar = {"cookie": cookie.split(";")[0]}
    client.post("/signin", data={"csrf": csrf[1], "username": "nobody", "password": "x"}, headers={**forwarded, **jar})

    assert cookie.startswith("__Host-" if told else "liaison_form")
    assert ("strict-transport-security" in answer.headers) is told
    expected = "203.0.113.9" if told else "10.0.0.5"
    bucket = house.workspace.ring.fingerprint(f"signin/address/{expected}", length=64)
    with house.workspace.database.read() as connection:
        assert connection.scalars(select(signin_windows.c.bucket)).all() == [bucket]


def test_a_setting_that_would_believe_anybody_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIAISON_TRUSTED_PROXIES", "*")

    with pytest.raises(SettingsError, match="LIAISON_TRUSTED_PROXIES"):
        load_settings()


def test_a_session_ends_when_idle_and_lasts_while_used(home: House) -> None:
    used = identity.use_link(home.workspace, identity.create_link(home.workspace, "mara", by="mara"), PASSWORD).token
    idle = identity.sign_in(home.workspace, "mara", PASSWORD).token

    home.clock.forward(hours=7)
    assert identity.session(home.workspace, used)
    home.clock.forward(hours=1)

    assert identity.session(home.workspace, idle) is None
    assert identity.session(home.workspace, used)
    home.clock.forward(hours=4)
    assert identity.session(home.workspace, used) is None


def test_the_account_page_lists_sessions_and_ends_one_at_once(house: House) -> None:
    mara = house.signed_in("mara")
    second = Visitor(TestClient(house.app, headers={"user-agent": FIREFOX}))
    second.get("/signin")
    assert second.post("/signin", username="mara", password=PASSWORD).status_code == 303
    other = identity.seats(house.workspace, "mara")
    assert {seat.agent for seat in other} == {"unknown", "Firefox on Windows"}

    mara.get("/account")
    assert "Firefox on Windows" in mara.page
    assert "140.0" not in mara.page
    ended = next(seat.id for seat in other if seat.agent == "Firefox on Windows")
    assert mara.post(f"/account/sessions/{ended}/end").status_code == 303

    assert second.client.get("/queue", follow_redirects=False).headers["location"].startswith("/signin")
    assert mara.get("/account").status_code == 200
    assert "person:revoke" in events(house, "mara")


def test_nobody_ends_a_session_of_somebody_else(house: House) -> None:
    mara, theo = house.signed_in("mara"), house.signed_in("theo")
    theo.get("/account")
    mine = identity.seats(house.workspace, "mara")[0].id

    answer = theo.client.post(f"/account/sessions/{mine}/end", data=theo.hidden("/signout"), follow_redirects=False)

    assert answer.status_code == 404
    assert mara.get("/queue").status_code == 200


def test_all_other_sessions_end_with_one_button(house: House) -> None:
    mara = house.signed_in("mara")
    for _ in range(3):
        identity.sign_in(house.workspace, "mara", PASSWORD)
    mara.get("/account")

    assert mara.post("/account/sessions/others").status_code == 303

    assert len(identity.seats(house.workspace, "mara")) == 1
    assert mara.get("/queue").status_code == 200


def test_an_administrator_ends_the_sessions_of_a_person(house: House) -> None:
    theo, mara = house.signed_in("theo"), house.signed_in("mara")
    mara.get("/people")

    assert mara.post("/people/theo/sessions/end").status_code == 303

    assert theo.client.get("/queue", follow_redirects=False).status_code == 303
    with house.workspace.database.read() as connection:
        last = entries(connection, subject="theo")[0]
    assert (last.event, last.actor, last.detail) == ("person:revoke", "mara", {"sessions": 1})


def test_a_link_takes_a_fresh_proof_and_the_waiting_form_is_not_lost(house: House) -> None:
    mara = house.signed_in("mara")
    house.clock.forward(minutes=16)
    mara.get("/people")

    asked = mara.post("/people/theo/link")
    mara.page = asked.text
    assert asked.status_code == 403
    assert "Confirm it is you" in asked.text
    wrong = mara.post("/people/theo/link", proof_password="wrong")
    mara.page = wrong.text
    assert wrong.status_code == 403
    given = mara.post("/people/theo/link", proof_password=PASSWORD)

    assert given.status_code == 200
    assert "/welcome/" in given.text
    assert PASSWORD not in given.text
    mara.page = given.text
    assert "/welcome/" in mara.post("/people/theo/link").text
    assert "person:confirm" in events(house, "mara")


@pytest.mark.parametrize(
    "path",
    [
        "/people/theo/link", "/people/theo/authenticator/reset", "/inbox/X-1/reveal", "/audit/export", "/policy/levels", "/policy/levels/1/agree",
        "/tokens", "/account/password", "/account/authenticator/begin", "/account/authenticator/remove", "/account/authenticator/codes",
    ],
)  # fmt: skip
def test_what_cannot_be_taken_back_asks_again_who_is_there(house: House, path: str) -> None:
    mara = house.signed_in("mara")
    mara.get("/account")
    form = mara.hidden("/signout")
    house.clock.forward(minutes=16)

    answer = mara.client.post(path, data={**form, "kept": "as it was"}, follow_redirects=False)

    assert answer.status_code == 403
    assert "Confirm it is you" in answer.text
    assert f'action="{path}"' in answer.text
    assert '<input type="hidden" name="kept" value="as it was">' in answer.text


def test_a_proof_cannot_be_guessed_without_end(house: House) -> None:
    mara = house.signed_in("mara")
    house.clock.forward(minutes=16)
    mara.get("/people")

    for _ in range(5):
        mara.page = mara.post("/people/theo/link", proof_password="wrong").text or mara.page

    assert "locked for 15 minutes" in mara.post("/people/theo/link", proof_password=PASSWORD).text


def test_the_password_is_changed_by_its_owner_and_other_sessions_end(house: House) -> None:
    mara = house.signed_in("mara")
    other = identity.sign_in(house.workspace, "mara", PASSWORD).token
    mara.get("/account")

    weak = mara.post("/account/password", password="password1234", again="password1234")
    changed = mara.post("/account/password", password=PASSWORD + " more", again=PASSWORD + " more")

    assert "too easy to guess" in weak.text
    assert changed.status_code == 303
    assert identity.session(house.workspace, other) is None
    assert mara.get("/account").status_code == 200
    assert identity.sign_in(house.workspace, "mara", PASSWORD + " more")


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 303), ("none", 303)])
def test_a_form_that_another_site_sent_is_refused_before_it_is_read(house: House, site: str, status: int) -> None:
    house.signed_in("mara")
    visitor = house.visitor()
    visitor.get("/signin")
    fields = {**visitor.hidden("/signin"), "username": "mara", "password": PASSWORD}

    answer = visitor.client.post("/signin", data=fields, headers={"sec-fetch-site": site}, follow_redirects=False)

    assert answer.status_code == status


def test_a_session_is_new_at_each_sign_in_whatever_the_browser_brought(house: House) -> None:
    house.signed_in("mara")
    visitor = house.visitor()
    visitor.client.cookies.set("liaison_session", "fixed-by-somebody")
    visitor.get("/signin")

    visitor.post("/signin", username="mara", password=PASSWORD)

    with house.workspace.database.read() as connection:
        kept = connection.scalars(select(sessions.c.token_hash)).all()
    assert house.workspace.ring.fingerprint("token/fixed-by-somebody", length=64) not in kept


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("curl/8.9", "another browser"),
    ],
)
def test_a_browser_is_named_by_its_family(agent: str, said: str) -> None:
    assert family(agent) == said


@pytest.mark.parametrize("path", ["/queue/events?since=0&seconds=0", "/actions/{action}/state"])
def test_an_open_page_that_asks_by_itself_keeps_no_session_alive(house: House, path: str) -> None:
    action = house.propose(keywords())
    mara = house.signed_in("mara")
    for _ in range(60):  # ten hours of a tab nobody looks at
        house.clock.forward(minutes=10)
        mara.client.get(path.format(action=action.id), follow_redirects=False)

    assert mara.client.get("/queue", follow_redirects=False).status_code == 303


def test_an_older_link_opens_nothing_once_the_password_was_changed(house: House) -> None:
    mara = house.signed_in("mara")
    link = identity.create_link(house.workspace, "mara", by="mara")
    me = identity.session(house.workspace, mara.client.cookies.get(COOKIE))
    assert me is not None

    identity.change_password(house.workspace, me, "five other unrelated quiet words")

    with pytest.raises(SignInRefused):
        identity.link_owner(house.workspace, link)


def test_what_a_page_asks_by_itself_is_named_as_the_app_names_it(house: House) -> None:
    """A renamed route would keep an unattended session alive again."""
    assert set(BY_ITSELF) <= set(routes(house.app, "GET"))
