"""The bell, the page of notices and the settings: looking marks nothing, each person has their own."""

from approvals import pause
from approvals.notices import tell_all
from policies.notice_times import Medium, Mode
from policies.notices import NoticeKind
from tests.approvals.web.house import House, Visitor
from tools.store.audit import Event, entries
from tools.store.notices import preferences_of


def told(house: House) -> Visitor:
    """Mara paused everything; Theo looks."""
    pause.pause(house.workspace, "all", by="mara", reason="a claim is wrong")
    tell_all(house.workspace)
    return house.signed_in("theo")


def test_the_bell_counts_what_is_unread_and_looking_changes_nothing(house: House) -> None:
    theo = told(house)

    for _ in range(2):
        theo.get("/notices")
        assert 'aria-label="Notices, 1 unread"' in theo.page
    assert "Everything is paused" in theo.page
    assert "Mara Lindqvist paused it." in theo.page


def test_marking_one_as_read_is_a_post_of_its_own_person(house: House) -> None:
    theo, inez = told(house), house.signed_in("inez")
    inez.get("/notices")
    theo.get("/notices")
    path = next(
        line.split('action="')[1].split('"')[0] for line in theo.page.splitlines() if "/read" in line and "/notices/read" not in line
    )
    foreign = inez.client.post(path, data=inez.hidden("/notices/read"), follow_redirects=False)
    assert foreign.status_code == 303
    theo.get("/notices")
    assert "1 unread" in theo.page

    assert theo.post(path).status_code == 303

    theo.get("/notices")
    assert "unread" not in theo.page.split("</header>")[0]


def test_mark_all_leaves_what_came_after_the_page(house: House) -> None:
    theo = told(house)
    theo.get("/notices")
    pause.resume(house.workspace, "all", by="mara")
    tell_all(house.workspace)

    assert theo.post("/notices/read").status_code == 303

    theo.get("/notices")
    assert 'aria-label="Notices, 1 unread"' in theo.page


def test_each_person_chooses_for_themselves(house: House) -> None:
    theo = house.signed_in("theo")
    theo.get("/notices/settings")
    fields = {f"mode:{kind}": "off" for kind in NoticeKind} | {"mode:paused": "at_once", "email:paused": "yes", "day:2": "yes"}
    fields |= {"digest_at": "09:30", "quiet_from": "22:00", "quiet_to": "06:00", "timezone": ""}

    assert theo.post("/notices/settings", **fields).headers["location"] == "/notices/settings?told=preferred"

    with house.workspace.database.read() as connection:
        chosen = preferences_of(connection, "theo")
        assert preferences_of(connection, "mara") is None
        assert [one.actor for one in entries(connection, subject="theo") if one.event == Event.NOTICE_PREFER] == ["theo"]
    assert chosen is not None
    assert chosen.choice(NoticeKind.PAUSED).mode is Mode.AT_ONCE
    assert chosen.choice(NoticeKind.PAUSED).media == (Medium.EMAIL,)
    assert chosen.choice(NoticeKind.ITEMS_WAIT).mode is Mode.OFF
    assert (chosen.weekdays, f"{chosen.digest_at:%H:%M}") == ((2,), "09:30")


def test_a_wrong_hour_or_no_day_is_said_and_nothing_saved(house: House) -> None:
    theo = house.signed_in("theo")
    modes = {f"mode:{kind}": "off" for kind in NoticeKind}
    hours = {"digest_at": "09:30", "quiet_from": "22:00", "quiet_to": "06:00", "timezone": ""}

    for wrong, said in (
        ({}, "Choose at least one day"),
        ({"day:1": "yes", "digest_at": "soon"}, "hours and minutes"),
        ({"day:1": "yes", "timezone": "Mars/Base"}, "time zone of the list"),
    ):
        theo.get("/notices/settings")
        answer = theo.post("/notices/settings", **{**modes, **hours, **wrong})
        assert answer.status_code == 422
        assert said in answer.text
    with house.workspace.database.read() as connection:
        assert preferences_of(connection, "theo") is None


def test_only_an_administrator_tries_again_what_failed(house: House) -> None:
    theo, mara = house.signed_in("theo"), house.signed_in("mara")
    theo.get("/notices/settings")
    mara.get("/notices/settings")

    assert theo.client.post("/notices/retry", data=theo.hidden("/notices/settings"), follow_redirects=False).status_code == 403
    assert mara.client.post("/notices/retry", data=mara.hidden("/notices/settings"), follow_redirects=False).status_code == 303
