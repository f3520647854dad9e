"""Webhooks out: signed, in order, at least once under one id, and without a word about anybody."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from approvals import decide, webhooks
from approvals.errors import NotAllowed, NotDecidable
from approvals.events_out import NAMES, PING, EventData, event_of, ping
from approvals.execute import run_steps
from tests.approvals.web.house import PRACTICE, House, keywords
from tests.approvals.web.test_pages import fill
from tests.servers.webhook import WebhookServer
from tools.errors import Conflict
from tools.practice import Practice
from tools.store import webhooks as store
from tools.store.audit import entries
from tools.store.database import Database
from tools.store.schema import metadata
from tools.store.webhooks import Delivery, Endpoint, State

ALL = tuple(NAMES)


@pytest.fixture
def server() -> Iterator[WebhookServer]:
    with WebhookServer() as receiving:
        yield receiving


@pytest.fixture
def each(database: Database, build: Callable[[Database], House]) -> House:
    return at_home(build(database))


def at_home(house: House, *, private: bool = True) -> House:
    """The house of a practice whose receivers may be in its own network, as loopback is."""
    practice = Practice.model_validate({**PRACTICE, "webhooks": {"allow_private_network": private}})
    object.__setattr__(house.workspace, "practice", practice)
    return house


def endpoint(house: House, url: str, *events: str) -> tuple[Endpoint, str]:
    return webhooks.add(house.workspace, by="mara", name="warehouse", url=url, events=events or ALL)


def decided(house: House, *subjects: str) -> list[str]:
    ids = []
    for subject in subjects:
        action = house.propose(keywords(subject))
        bound: dict[str, Any] = {"version": action.version, "content_hash": action.content_hash}
        decide.reject(house.workspace, action.id, by="theo", reason="not now", **bound)
        ids.append(str(action.id))
    return ids


def deliveries(house: House, to: Endpoint) -> list[Delivery]:
    with house.workspace.database.read() as connection:
        return sorted(store.deliveries_of(connection, to.id, limit=100), key=lambda one: one.seq)


def told(server: WebhookServer) -> list[str]:
    return [request.headers["webhook-id"] for request in server.requests]


def now_verifier(house: House, secret: str, server: WebhookServer) -> Any:
    """The receiver's own library; it compares with the wall clock, so the desk's hand is moved there first."""
    return Verifier(secret).verify(server.requests[-1].body, server.requests[-1].headers)


def test_the_receiver_can_verify_what_it_is_told(each: House, server: WebhookServer) -> None:
    from tools.clock import system_clock

    each.clock.at = system_clock()
    _, secret = endpoint(each, server.url, "action.reject")
    (action,) = decided(each, "knee")

    assert webhooks.tell(each.workspace) == 1

    event = now_verifier(each, secret, server)
    assert (event["type"], event["data"]) == ("action.reject", {"object": "action", "id": action, "status": "rejected", "version": 1})
    assert event["id"] == server.requests[0].headers["webhook-id"]
    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify(server.requests[0].body + b" ", server.requests[0].headers)


def test_it_is_told_of_what_it_asked_for_from_then_on_and_in_order(each: House, server: WebhookServer) -> None:
    decided(each, "before")
    mine, _ = endpoint(each, server.url, "action.queue", "action.reject")

    decided(each, "one", "two")
    webhooks.tell(each.workspace)

    bodies = [json.loads(request.body) for request in server.requests]
    assert [body["type"] for body in bodies] == ["action.queue", "action.reject"] * 2
    assert [body["sequence"] for body in bodies] == sorted(body["sequence"] for body in bodies)
    assert webhooks.tell(each.workspace) == 0
    assert {one.status for one in deliveries(each, mine)} == {State.DONE}


def test_while_the_receiver_is_away_everything_waits_in_order(each: House, server: WebhookServer) -> None:
    mine, _ = endpoint(each, server.url, "action.reject")
    decided(each, "one", "two", "three")
    server.status = 503

    webhooks.tell(each.workspace)
    tried = len(server.requests)
    webhooks.tell(each.workspace)
    at_once = len(server.requests)
    each.clock.forward(minutes=1)
    webhooks.tell(each.workspace)
    each.clock.forward(minutes=1)
    webhooks.tell(each.workspace)
    within_the_second_wait = len(server.requests)
    server.status = 200
    each.clock.forward(minutes=1)
    webhooks.tell(each.workspace)

    assert (tried, at_once, within_the_second_wait) == (1, 1, 2)
    assert told(server)[2:] == [one.event_id for one in deliveries(each, mine)]
    assert told(server)[0] == told(server)[1] == told(server)[2]
    assert [one.attempts for one in deliveries(each, mine)] == [3, 1, 1]


def test_one_event_that_is_refused_waits_alone(each: House, server: WebhookServer) -> None:
    mine, _ = endpoint(each, server.url, "action.reject")
    server.status = 400
    decided(each, "bad")
    webhooks.tell(each.workspace)
    server.status = 200

    decided(each, "good")
    webhooks.tell(each.workspace)

    bad, good = deliveries(each, mine)
    assert (bad.status, bad.answer, good.status) == (State.WAITING, "400", State.DONE)
    each.clock.forward(minutes=1)
    webhooks.tell(each.workspace)
    assert deliveries(each, mine)[0].status is State.DONE


def test_a_kill_between_sending_and_recording_sends_the_same_id_again(each: House, server: WebhookServer) -> None:
    mine, _ = endpoint(each, server.url, "action.reject")
    decided(each, "knee")
    webhooks.make_deliveries(each.workspace)
    with each.workspace.database.write() as connection:  # the store cannot be written when the answer comes
        connection.exec_driver_sql("ALTER TABLE webhook_deliveries RENAME COLUMN answer TO answer_lost")

    with pytest.raises(Exception, match="answer"):
        webhooks._deliver(each.workspace, mine.id, waiting(each, mine))
    with each.workspace.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE webhook_deliveries RENAME COLUMN answer_lost TO answer")
    webhooks.tell(each.workspace)

    assert len(told(server)) == 2
    assert len(set(told(server))) == 1
    assert deliveries(each, mine)[0].status is State.DONE


def waiting(house: House, to: Endpoint) -> Delivery:
    with house.workspace.database.read() as connection:
        row = connection.exec_driver_sql("SELECT id FROM webhook_deliveries").scalar()
        columns = [column for column in metadata.tables["webhook_deliveries"].c if column.name != "answer"]
        found = connection.execute(select(*columns).where(columns[0] == row)).one()
    return Delivery(**found._mapping, answer=None)


def test_after_three_days_it_is_given_up_shown_and_sent_again_by_a_person(each: House, server: WebhookServer) -> None:
    mine, _ = endpoint(each, server.url, "action.reject")
    server.status = 0
    decided(each, "one", "two")
    webhooks.tell(each.workspace)

    each.clock.forward(days=3)
    webhooks.tell(each.workspace)
    dead = deliveries(each, mine)
    server.status = 200
    for one in dead:
        webhooks.replay(each.workspace, one.id, by="mara")
    each.clock.forward(hours=1)
    webhooks.tell(each.workspace)

    assert [one.status for one in dead] == [State.DEAD, State.DEAD]
    assert told(server)[-2:] == [one.event_id for one in dead]
    with each.workspace.database.read() as connection:
        given_up = [row.detail for row in entries(connection, subject=mine.id) if row.event == "webhook:dead"]
    assert given_up == [{"deliveries": 2, "first": dead[0].seq, "last": dead[1].seq}]
    webhooks.replay(each.workspace, dead[0].id, by="mara")
    with pytest.raises(Conflict, match="waits to be sent already"):
        webhooks.replay(each.workspace, dead[0].id, by="mara")


def test_two_workers_make_one_delivery_of_an_event(each: House, server: WebhookServer) -> None:
    mine, _ = endpoint(each, server.url, "action.reject")
    decided(each, "knee")
    with each.workspace.database.read() as connection:
        stale = store.get_endpoint(connection, mine.id)
    assert stale is not None
    webhooks.make_deliveries(each.workspace)

    with each.workspace.database.write() as connection:
        moved = store.advance(connection, stale, to=stale.seq + 3, deliveries=[])

    assert not moved
    assert webhooks.make_deliveries(each.workspace) == 0
    assert len(deliveries(each, mine)) == 1


def test_for_a_day_both_secrets_sign_then_the_new_one_alone(each: House, server: WebhookServer) -> None:
    mine, former = endpoint(each, server.url, "action.reject")

    new = webhooks.rotate(each.workspace, mine.id, by="mara")
    decided(each, "one")
    webhooks.tell(each.workspace)
    each.clock.forward(hours=24)
    decided(each, "two")
    webhooks.tell(each.workspace)

    assert new != former
    assert [request.headers["webhook-signature"].count("v1,") for request in server.requests] == [2, 1]


def test_what_is_off_is_told_nothing_also_not_later(each: House, server: WebhookServer) -> None:
    mine, _ = endpoint(each, server.url, "action.reject")
    webhooks.disable(each.workspace, mine.id, by="mara")
    decided(each, "meanwhile")
    webhooks.tell(each.workspace)
    webhooks.enable(each.workspace, mine.id, by="mara")

    decided(each, "after")
    webhooks.tell(each.workspace)

    assert len(server.requests) == 1
    with pytest.raises(Conflict, match="is on already"):
        webhooks.enable(each.workspace, mine.id, by="mara")


def test_a_receiver_that_is_gone_is_turned_off(each: House, server: WebhookServer) -> None:
    mine, _ = endpoint(each, server.url, "action.reject")
    server.status = 410
    decided(each, "one", "two")

    webhooks.tell(each.workspace)

    assert len(server.requests) == 1
    with each.workspace.database.read() as connection:
        found = store.get_endpoint(connection, mine.id)
        assert found is not None
        assert found.disabled_at is not None
        assert entries(connection, subject=mine.id)[0].event == "webhook:disable"


def test_a_redirect_is_not_followed(each: House, server: WebhookServer) -> None:
    endpoint(each, server.url, "action.reject")
    server.status = 302
    decided(each, "knee")

    webhooks.tell(each.workspace)

    assert [request.path for request in server.requests] == ["/hooks?team=1"]


def test_a_private_network_is_refused_unless_practice_yaml_allows_it(each: House, server: WebhookServer) -> None:
    mine, _ = endpoint(each, server.url, "action.reject")
    at_home(each, private=False)
    decided(each, "knee")

    webhooks.tell(each.workspace)
    with pytest.raises(NotDecidable, match="not https"):
        endpoint(each, server.url)

    assert server.requests == []
    assert "not https" in (deliveries(each, mine)[0].answer or "")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://hooks.example.org", "not https"),
        ("https://", "must be https"),
        ("https://user:secret@hooks.example.org", "user name or a password"),
        ("https://hooks.example.org/#x", "without a fragment"),
        ("https://hooks.example.org/a b", "must be https"),
        ("https://hooks.example.org:99999/", "cannot be read"),
        ("https://[::1", "cannot be read"),
        ("https://hooks.example.org/" + "x" * 500, "at most 500"),
    ],
)
def test_an_address_that_is_none_is_refused(house: House, url: str, why: str) -> None:
    with pytest.raises(NotDecidable, match=why):
        endpoint(house, url)


def test_only_an_administrator_manages_webhooks(house: House) -> None:
    with pytest.raises(NotAllowed):
        webhooks.add(house.workspace, by="theo", name="x", url="https://hooks.example.org", events=ALL)
    with pytest.raises(NotDecidable, match="told of nothing"):
        webhooks.add(house.workspace, by="mara", name="x", url="https://hooks.example.org", events=("contact.reveal", "nothing"))


def test_the_secret_is_sealed(each: House, server: WebhookServer) -> None:
    _, secret = endpoint(each, server.url)
    with each.workspace.database.read() as connection:
        stored = "".join(str(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table)))

    assert secret not in stored
    assert secret.removeprefix("whsec_")[:16] not in stored


def test_an_event_has_no_field_for_content() -> None:
    fields = {name: field.annotation for name, field in EventData.model_fields.items()}

    assert set(fields) == {"object", "id", "status", "version"}
    for wrong in ({"id": "Wren Quillfeather"}, {"id": "wren@example.org"}, {"status": "813-555-0142"}, {"note": "x"}):
        with pytest.raises(ValidationError):
            EventData.model_validate({"object": "action", "id": "A-1", **wrong})
    assert str not in get_args(fields["status"])


def test_every_row_of_a_busy_log_becomes_an_event_or_none(house: House) -> None:
    fill(house)
    (action,) = decided(house, "again")
    with house.workspace.database.read() as connection:
        rows = entries(connection, limit=1000)

    events = {row.event: event_of(row) for row in rows}

    assert events["action:approve"] is not None
    assert events["action:approve"].data.status == "approved"
    assert events["person:sign_in"] is None
    assert all(event_of(row) == event_of(row) for row in rows)
    assert next(row for row in rows if row.event == "action:reject").subject == action


@pytest.mark.parametrize("name", [*NAMES, PING])
def test_the_guard_lets_every_event_out(house: House, name: str) -> None:
    at_home(house)
    with WebhookServer() as server:
        mine, _ = endpoint(house, server.url, "action.done")
        event = ping("evt_1_4155550142ab", mine.id, at=house.clock(), sequence=4155550142).model_copy(update={"type": name})
        with house.workspace.database.write() as connection:
            store.advance(connection, mine, to=mine.seq, deliveries=[webhooks._row(mine, event, house.clock())])

        webhooks.tell(house.workspace)

    assert [json.loads(request.body)["type"] for request in server.requests] == [name]


def test_an_execution_is_told_by_its_receipt_status(each: House, server: WebhookServer) -> None:
    endpoint(each, server.url, "action.claim", "action.done")
    action = each.propose(keywords("knee"))
    decide.approve(each.workspace, action.id, by="theo", version=1, content_hash=action.content_hash)
    each.clock.forward(minutes=5)
    run_steps(each.workspace, action.id)

    webhooks.tell(each.workspace)

    assert [json.loads(request.body)["data"]["status"] for request in server.requests] == ["claimed", "done"]


def test_the_page_adds_tests_rotates_and_turns_off(house: House, server: WebhookServer) -> None:
    at_home(house)
    mara = house.signed_in("mara")
    mara.get("/webhooks")
    wrong = mara.post("/webhooks", name="warehouse", url="nowhere", **{"event:action.done": "1"})
    mara.get("/webhooks")
    added = mara.post("/webhooks", name="warehouse", url=server.url, **{"event:action.done": "1"})
    mine = webhooks_of(house)[0]

    mara.get("/webhooks")
    pinged = mara.post(f"/webhooks/{mine.id}/ping")
    webhooks.tell(house.workspace)
    page = mara.get("/webhooks").text
    rotated = mara.post(f"/webhooks/{mine.id}/rotate")

    assert (wrong.status_code, added.status_code, pinged.status_code) == (422, 200, 303)
    assert added.text.count("whsec_") == rotated.text.count("whsec_") == 1
    assert "whsec_" not in page
    assert json.loads(server.requests[0].body)["type"] == "webhook.ping"
    assert "Delivered" in page
    assert "202" in page
    mara.get("/webhooks")
    assert mara.post(f"/webhooks/{mine.id}/disable").headers["location"] == "/webhooks?told=webhook_off"
    assert webhooks_of(house)[0].disabled_at is not None
    assert house.signed_in("theo").client.get("/webhooks").status_code == 403


def webhooks_of(house: House) -> list[Endpoint]:
    with house.workspace.database.read() as connection:
        return store.endpoints(connection)


def test_waits_double_from_a_minute_to_an_hour() -> None:
    assert [store.wait(failures) for failures in (1, 2, 3, 7, 50)] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 60, 60)]
