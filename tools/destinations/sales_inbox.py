"""Sales inbox: the built-in place where sales receives an MQL. One row per action, whatever version was approved; no contact in it."""

from sqlalchemy import Connection, select

from policies.actions import Receipt
from policies.records import LeadId
from tools.destinations.port import Order
from tools.errors import DestinationRefused
from tools.practice import Practice
from tools.store import lifecycle
from tools.store.action_tables import sales_inbox
from tools.store.contacts import surviving
from tools.store.database import insert_new
from tools.store.tables import engagements


class SalesInbox:
    embedded = True

    def __init__(self, practice: Practice) -> None:
        self._practice = practice

    def perform(self, order: Order) -> Receipt:
        content, track = order.action.content, order.action.track
        if content.audience is None or content.audience.lead is None or track is None:
            raise DestinationRefused(
                f"sales_inbox refused {order.execution}: action {order.action.id} names no lead or no track; reject it"
            )
        lead = surviving(order.inside(), content.audience.lead)
        line, location = order.field("service_line", "general"), _location(order.inside(), lead)
        row = {
            "execution": order.execution,
            "action": order.action.id,
            "lead": lead,
            "track": track.value,
            "service_line": line,
            "handoff": {"title": content.title, "body": content.body, "fields": content.fields, "why": list(order.action.why)},
            "location": location,
            "status": "new",
            "received_at": order.at,
            "due_at": self._practice.sla(line, track).accept.end(order.at, self._practice.calendar(line, location)),
        }
        order.inside().execute(insert_new(order.inside(), sales_inbox).values(row))
        lifecycle.hand_over(order.inside(), lead, line, at=order.at, action=order.action.id)
        return order.receipt("sales_inbox", order.execution)

    def read_back(self, order: Order) -> bool:
        return order.inside().scalar(select(sales_inbox.c.execution).where(sales_inbox.c.execution == order.execution)) is not None


def _location(connection: Connection, lead: LeadId) -> str | None:
    """The location of the lead's latest act that named one: its business hours are those sales answers in."""
    named = engagements.c.record["location"].as_string()
    latest = (
        select(named).where(engagements.c.lead == lead, named.is_not(None)).order_by(engagements.c.occurred_at.desc(), engagements.c.id)
    )
    found: str | None = connection.scalar(latest.limit(1))
    return found
