"""Webhooks out: who is told of what, deliveries made of the audit log, and sent until they are answered. Never content (`events_out.py`).

At least once, with a constant id: a crash between sending and recording sends the same event again. Deliveries go out in the order of the log;
while an endpoint is away everything for it waits, and one event that an endpoint refuses waits alone. After three days a delivery is given up
and shown until a person sends it again.
"""

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import urlsplit

from pydantic import SecretStr

from approvals.errors import NotDecidable
from approvals.events_out import FIELDS, NAMES, WebhookEvent, event_of, ping
from approvals.reviewers import role_of
from policies.records import canonical_json
from tools.egress import DestinationPolicy, Egress
from tools.errors import Busy, Conflict, EgressRefused, NotFound
from tools.signed_post import SECRET_BYTES, SECRET_PREFIX, Letter, NoAnswer, NotSent, send
from tools.store import webhooks as store
from tools.store.audit import Event
from tools.store.runs import lease
from tools.store.webhooks import Delivery, Endpoint, State
from tools.workspace import Workspace

MAY_MANAGE = ("admin",)
LEASE = "webhooks"
GIVE_UP = timedelta(days=3)
BOTH_SIGN = timedelta(hours=24)
"""How long the former secret signs beside a new one: a receiver can change over without losing an event."""

ROWS, BATCH = 500, 200
NAME_MAX, URL_MAX = 80, 500
GONE, TIMEOUT, TOO_MANY = 410, 408, 429


# --- endpoints


def add(ws: Workspace, *, by: str, name: str, url: str, events: Iterable[str]) -> tuple[Endpoint, str]:
    """A new endpoint, told of what happens from now on, and its secret, which is shown now and never again. Raises NotDecidable, NotAllowed."""
    role_of(ws.practice, by, MAY_MANAGE)
    now, name, url = ws.clock(), ws.scrubber.scrub(name.strip()).text, url.strip()
    if not 1 <= len(name) <= NAME_MAX:
        raise NotDecidable(f"the webhook needs a name of 1 to {NAME_MAX} characters: say what receives it")
    _check_url(ws, url)
    chosen = tuple(one for one in NAMES if one in set(events))
    if not chosen:
        raise NotDecidable("the webhook is told of nothing: choose at least one event")
    secret = _new_secret()
    with ws.database.write() as connection:
        made = Endpoint(
            id=f"W-{secrets.token_hex(6)}",
            name=name,
            url=url,
            events=chosen,
            seq=store.tail(connection),
            created_by=by,
            created_at=now,
            disabled_at=None,
            failures=0,
            not_before=now,
        )
        store.add_endpoint(connection, made, store.sealed_secrets(ws.ring, {"current": secret}))
        ws.audit.append(connection, event=Event.WEBHOOK_ADD, actor=by, subject=made.id, detail={"events": len(chosen)}, at=now)
    return made, secret


def rotate(ws: Workspace, endpoint: str, *, by: str) -> str:
    """A new secret, shown now and never again; for a day the former one signs beside it."""
    role_of(ws.practice, by, MAY_MANAGE)
    now, secret = ws.clock(), _new_secret()
    with ws.database.write() as connection:
        found = _known(store.get_endpoint(connection, endpoint), endpoint)
        former = store.secrets_of(connection, ws.ring, found.id)["current"]
        both = {"current": secret, "former": former, "until": (now + BOTH_SIGN).isoformat()}
        store.change_endpoint(connection, found.id, **store.sealed_secrets(ws.ring, both)._asdict())
        ws.audit.append(connection, event=Event.WEBHOOK_ROTATE, actor=by, subject=found.id, at=now)
    return secret


def disable(ws: Workspace, endpoint: str, *, by: str) -> None:
    """Send nothing there any more; what happens meanwhile is not told later. Raises Conflict when it is off already."""
    role_of(ws.practice, by, MAY_MANAGE)
    _switch(ws, endpoint, by=by, off=True)


def enable(ws: Workspace, endpoint: str, *, by: str) -> None:
    """Tell it again of what happens from now on, and try what still waits."""
    role_of(ws.practice, by, MAY_MANAGE)
    _switch(ws, endpoint, by=by, off=False)


def send_ping(ws: Workspace, endpoint: str, *, by: str) -> str:
    """Ask the worker for a delivery that says only that the endpoint works; its event id."""
    role_of(ws.practice, by, MAY_MANAGE)
    now = ws.clock()
    with ws.database.write() as connection:
        found = _known(store.get_endpoint(connection, endpoint), endpoint)
        event = ping(f"ping_{secrets.token_hex(8)}", found.id, at=now, sequence=found.seq)
        store.change_endpoint(connection, found.id, not_before=now)
        store.advance(connection, found, to=found.seq, deliveries=[_row(found, event, now)])
        ws.audit.append(connection, event=Event.WEBHOOK_PING, actor=by, subject=found.id, at=now)
    return event.id


def replay(ws: Workspace, delivery: int, *, by: str) -> Delivery:
    """Send it again, under its own id. Raises NotFound, Conflict while it waits anyway."""
    role_of(ws.practice, by, MAY_MANAGE)
    now = ws.clock()
    with ws.database.write() as connection:
        found = store.get_delivery(connection, delivery)
        if found is None:
            raise NotFound("there is no delivery of that number: open the list of webhooks")
        again = {"status": State.WAITING.value, "attempts": 0, "not_before": now, "give_up_at": now + GIVE_UP}
        if not store.change_delivery(connection, delivery, from_=(State.DEAD, State.DONE), **again):
            raise Conflict(f"delivery {found.event_id} waits to be sent already: it goes out as soon as its endpoint answers")
        detail = {"event": found.event_id, "was": found.status}
        ws.audit.append(connection, event=Event.WEBHOOK_REPLAY, actor=by, subject=found.endpoint, detail=detail, at=now)
        return found


# --- the worker's part


def tell(ws: Workspace) -> int:
    """Make deliveries of what happened and send what is due; how many were sent. Does nothing while another process does it."""
    make_deliveries(ws)
    _give_up(ws)
    with ws.database.read() as connection:
        if not store.due(connection, now=ws.clock(), limit=1):
            return 0  # most of the time there is nothing to take the lease for
    try:
        with lease(ws.database, LEASE, clock=ws.clock):
            return _send_due(ws)
    except Busy:
        return 0


def make_deliveries(ws: Workspace) -> int:
    """Turn new rows of the audit log into deliveries, endpoint by endpoint; how many were made. Safe to run twice and from two processes."""
    made = 0
    with ws.database.read() as connection:
        newest = store.tail(connection)
        behind = [one for one in store.endpoints(connection) if one.disabled_at is None and one.seq < newest]
    for endpoint in behind:
        with ws.database.write() as connection:
            rows = store.rows_after(connection, endpoint.seq, limit=ROWS)
            told = [event for event in map(event_of, rows) if event is not None and event.type in endpoint.events]
            deliveries = [_row(endpoint, event, ws.clock()) for event in told]
            if rows and store.advance(connection, endpoint, to=rows[-1].seq, deliveries=deliveries):
                made += len(deliveries)
    return made


def _send_due(ws: Workspace) -> int:
    sent = 0
    with ws.database.read() as connection:
        waiting = store.due(connection, now=ws.clock(), limit=BATCH)
    for endpoint, deliveries in groupby(waiting, key=lambda one: one.endpoint):
        for delivery in deliveries:
            if not _deliver(ws, endpoint, delivery):
                break  # the endpoint is away: what comes after waits with this one, in order
            sent += 1
    return sent


def _deliver(ws: Workspace, endpoint_id: str, delivery: Delivery) -> bool:
    """Send one and record the answer. False when the endpoint itself is away."""
    with ws.database.read() as connection:
        endpoint = store.get_endpoint(connection, endpoint_id)
        if endpoint is None or endpoint.disabled_at is not None:
            return False
        signing = _signing(store.secrets_of(connection, ws.ring, endpoint.id), ws.clock())
    event = WebhookEvent.model_validate(delivery.body)
    letter = Letter(event.id, canonical_json(delivery.body).encode(), ws.clock(), _own(delivery))
    policy = DestinationPolicy(f"webhook:{endpoint.id}", False, FIELDS)
    try:
        status = send(
            Egress(ws.scrubber, ws.database, ws.clock),
            policy,
            letter,
            url=endpoint.url,
            secrets=signing,
            allow_private_network=ws.practice.webhooks.allow_private_network,
        )
    except NotSent as error:
        return _away(ws, endpoint, delivery, str(error)) if error.is_away else _refused(ws, delivery, str(error))
    except NoAnswer as error:
        return _away(ws, endpoint, delivery, str(error))
    except EgressRefused:
        return _refused(ws, delivery, "held back by the egress guard")
    if 200 <= status < 300:
        return _done(ws, endpoint, delivery, status)
    if status == GONE:
        _switch(ws, endpoint.id, by="worker", off=True)
        return _refused(ws, delivery, "410: the receiver wants no more; turned off")
    if status >= 500 or status in (TIMEOUT, TOO_MANY):
        return _away(ws, endpoint, delivery, str(status))
    return _refused(ws, delivery, str(status))


def _done(ws: Workspace, endpoint: Endpoint, delivery: Delivery, status: int) -> bool:
    now = ws.clock()
    with ws.database.write() as connection:
        store.change_delivery(
            connection, delivery.id, from_=(State.WAITING,), status=State.DONE.value, **_attempt(delivery, now, str(status))
        )
        if endpoint.failures:
            store.change_endpoint(connection, endpoint.id, failures=0)
    return True


def _away(ws: Workspace, endpoint: Endpoint, delivery: Delivery, why: str) -> bool:
    now, failures = ws.clock(), endpoint.failures + 1
    with ws.database.write() as connection:
        store.change_delivery(connection, delivery.id, from_=(State.WAITING,), **_attempt(delivery, now, why))
        store.change_endpoint(connection, endpoint.id, failures=failures, not_before=now + store.wait(failures))
    return False


def _refused(ws: Workspace, delivery: Delivery, why: str) -> bool:
    now = ws.clock()
    later = now + store.wait(delivery.attempts + 1)
    with ws.database.write() as connection:
        store.change_delivery(connection, delivery.id, from_=(State.WAITING,), not_before=later, **_attempt(delivery, now, why))
    return True


def _give_up(ws: Workspace) -> None:
    now = ws.clock()
    with ws.database.read() as connection:
        if not store.overdue(connection, now=now):
            return
    with ws.database.write() as connection:
        for endpoint, count, first, last in store.overdue(connection, now=now):
            store.give_up(connection, endpoint, now=now)
            detail = {"deliveries": count, "first": first, "last": last}
            ws.audit.append(connection, event=Event.WEBHOOK_DEAD, actor="worker", subject=endpoint, detail=detail, at=now)


def _attempt(delivery: Delivery, now: datetime, answer: str) -> dict[str, object]:
    return {"attempts": delivery.attempts + 1, "last_attempt_at": now, "answer": answer[:80]}


def _row(endpoint: Endpoint, event: WebhookEvent, now: datetime) -> dict[str, object]:
    return {
        "endpoint": endpoint.id,
        "event_id": event.id,
        "seq": event.sequence,
        "event": event.type,
        "body": event.model_dump(mode="json", exclude_none=True),
        "status": State.WAITING.value,
        "created_at": now,
        "not_before": now,
        "give_up_at": now + GIVE_UP,
    }


def _own(delivery: Delivery) -> tuple[str, ...]:
    """The values of the body that are ours: ids, a number of the log, its time, and the event's name, which may look like a host ("webhook.ping")."""
    body = delivery.body
    return (body["id"], body["type"], body["timestamp"], str(body["sequence"]), body["data"]["id"])


def _signing(found: dict[str, str], now: datetime) -> tuple[SecretStr, ...]:
    both = "former" in found and now < datetime.fromisoformat(found["until"])
    return (SecretStr(found["current"]), *((SecretStr(found["former"]),) if both else ()))


def _switch(ws: Workspace, endpoint: str, *, by: str, off: bool) -> None:
    now = ws.clock()
    with ws.database.write() as connection:
        found = _known(store.get_endpoint(connection, endpoint), endpoint)
        if (found.disabled_at is not None) == off:
            raise Conflict(f"webhook {found.id} is {'off' if off else 'on'} already")
        values = {"disabled_at": now} if off else {"disabled_at": None, "failures": 0, "not_before": now, "seq": store.tail(connection)}
        store.change_endpoint(connection, found.id, **values)
        event = Event.WEBHOOK_DISABLE if off else Event.WEBHOOK_ENABLE
        ws.audit.append(connection, event=event, actor=by, subject=found.id, at=now)


def _check_url(ws: Workspace, url: str) -> None:
    private = ws.practice.webhooks.allow_private_network
    try:
        parts = urlsplit(url)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        raise NotDecidable("the webhook's address cannot be read: write https://host/path") from None
    if len(url) > URL_MAX or not url.isprintable() or " " in url or not parts.hostname or not port_is_good or parts.fragment:
        raise NotDecidable(f"the webhook's address must be https://host/path, at most {URL_MAX} characters, without a fragment")
    if parts.username is not None or parts.password is not None:
        raise NotDecidable("the webhook's address holds a user name or a password: the signature says who sends it, leave them out")
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise NotDecidable(
            "the webhook's address is not https: write https:// (webhooks.allow_private_network in practice.yaml allows http)"
        )


def _known(found: Endpoint | None, endpoint: str) -> Endpoint:
    if found is None:
        raise NotFound(f"there is no webhook {endpoint if endpoint.isprintable() else 'of that id'}: the list of webhooks has the ids")
    return found


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
