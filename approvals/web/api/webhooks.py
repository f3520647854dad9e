"""Webhooks: who is told of what and whether it arrives; test, turn off and on, send again.

Adding one and giving it a new secret are in the page alone: both answer with a secret, and no credential makes another.
"""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Path, Query
from pydantic import Field
from sqlalchemy import Connection

from approvals import webhooks as sending
from approvals.web.api.access import Administrator, Caller
from approvals.web.api.common import PAGE_MAX, Query_, router
from approvals.web.api.desk_schemas import Deliveries, DeliveryAnswer, EndpointAnswer, Endpoints, PingSent
from approvals.web.api.problems import documented
from tools.errors import NotFound
from tools.store import webhooks as store
from tools.store.webhooks import Delivery, Endpoint, State

webhooks = router("webhooks")

EndpointPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,40}$", description="The webhook's id", examples=["W-1b2c3d4e5f60"])]
DeliveryPath = Annotated[int, Path(ge=1, le=2**53, description="The delivery's number")]


class DeliveryQuery(Query_):
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX, description="Most items; those given up come first, then the newest")] = 50


@webhooks.get("/webhooks", operation_id="listWebhooks", summary="Who is told of what")
def list_all(me: Administrator) -> Endpoints:
    with me.workspace.database.read() as connection:
        counts = store.counts(connection)
        return Endpoints(items=tuple(_endpoint(one, counts.get(one.id, {})) for one in store.endpoints(connection)))


@webhooks.get(
    "/webhooks/{endpoint}/deliveries", operation_id="listDeliveries", summary="What was sent there, or waits", responses=documented(404)
)
def list_deliveries(me: Administrator, endpoint: EndpointPath, query: Annotated[DeliveryQuery, Query()]) -> Deliveries:
    with me.workspace.database.read() as connection:
        _found(connection, endpoint)
        return Deliveries(items=tuple(_delivery(one) for one in store.deliveries_of(connection, endpoint, limit=query.limit)))


@webhooks.post(
    "/webhooks/{endpoint}/ping", operation_id="pingWebhook", summary="Send it a test", status_code=202, responses=documented(404)
)
def ping(me: Administrator, endpoint: EndpointPath) -> PingSent:
    """The worker sends it; it says only that the webhook works."""
    return PingSent(event_id=sending.send_ping(me.workspace, endpoint, by=me.username))


@webhooks.post(
    "/webhooks/{endpoint}/disable", operation_id="disableWebhook", summary="Send nothing there any more", responses=documented(404)
)
def disable(me: Administrator, endpoint: EndpointPath) -> EndpointAnswer:
    """What happens meanwhile is not told later."""
    sending.disable(me.workspace, endpoint, by=me.username)
    return _now(me, endpoint)


@webhooks.post("/webhooks/{endpoint}/enable", operation_id="enableWebhook", summary="Tell it again", responses=documented(404))
def enable(me: Administrator, endpoint: EndpointPath) -> EndpointAnswer:
    """Of what happens from now on; what still waits is tried."""
    sending.enable(me.workspace, endpoint, by=me.username)
    return _now(me, endpoint)


@webhooks.post(
    "/webhooks/deliveries/{delivery}/replay",
    operation_id="replayDelivery",
    summary="Send it again",
    status_code=202,
    responses=documented(404),
)
def replay(me: Administrator, delivery: DeliveryPath) -> DeliveryAnswer:
    """Under its own id. 409 while it waits anyway."""
    sending.replay(me.workspace, delivery, by=me.username)
    with me.workspace.database.read() as connection:
        found = store.get_delivery(connection, delivery)
    if found is None:
        raise NotFound(f"there is no delivery {delivery}: the webhook's list has the numbers")
    return _delivery(found)


def _now(me: Caller, endpoint: str) -> EndpointAnswer:
    with me.workspace.database.read() as connection:
        return _endpoint(_found(connection, endpoint), store.counts(connection).get(endpoint, {}))


def _found(connection: Connection, endpoint: str) -> Endpoint:
    found = store.get_endpoint(connection, endpoint)
    if found is None:
        raise NotFound(f"there is no webhook {endpoint}: the list of webhooks has the ids")
    return found


def _endpoint(one: Endpoint, counts: dict[State, int]) -> EndpointAnswer:
    fields = {name: getattr(one, name) for name in EndpointAnswer.model_fields if name not in ("host", "deliveries")}
    return EndpointAnswer(**fields, host=urlsplit(one.url).netloc, deliveries={state: counts.get(state, 0) for state in State})


def _delivery(one: Delivery) -> DeliveryAnswer:
    fields = {name: getattr(one, name) for name in DeliveryAnswer.model_fields if name != "object_id"}
    return DeliveryAnswer(**fields, object_id=one.body["data"]["id"])
