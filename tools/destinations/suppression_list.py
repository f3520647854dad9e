"""Suppression list: this lead gets no more mail. The row is keyed by lead and channel, so a second time changes nothing."""

from sqlalchemy import select

from policies.actions import Receipt
from policies.records import LeadId
from tools.destinations.port import Order
from tools.errors import DestinationRefused
from tools.store.contacts import surviving
from tools.store.database import insert_new
from tools.store.tables import suppressions

CHANNEL = "email"
REASON_MAX = 64


class SuppressionList:
    embedded = True

    def perform(self, order: Order) -> Receipt:
        lead = _lead(order)
        reason = order.field("reason", "approved")[:REASON_MAX]
        row = {"lead": lead, "channel": CHANNEL, "reason": reason, "execution": order.execution, "at": order.at}
        order.inside().execute(insert_new(order.inside(), suppressions).values(row))
        return order.receipt("suppression_list", f"{lead}/{CHANNEL}")

    def read_back(self, order: Order) -> bool:
        held = (suppressions.c.lead == _lead(order)) & (suppressions.c.channel == CHANNEL)
        return order.inside().scalar(select(suppressions.c.lead).where(held)) is not None


def _lead(order: Order) -> LeadId:
    audience = order.action.content.audience
    if audience is None or audience.lead is None:
        raise DestinationRefused(f"suppression_list refused {order.execution}: action {order.action.id} names no lead; reject it")
    return surviving(order.inside(), audience.lead)
