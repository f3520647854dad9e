"""Human task: ready text for a person, for everything that has no interface of its own (most listings do not)."""

from sqlalchemy import select

from policies.actions import Receipt
from tools.destinations.port import Order
from tools.store.action_tables import human_tasks
from tools.store.database import insert_new


class HumanTask:
    embedded = True

    def perform(self, order: Order) -> Receipt:
        content = order.action.content
        row = {
            "execution": order.execution,
            "action": order.action.id,
            "title": content.title,
            "body": content.body,
            "where": order.field("where") or content.destination or order.action.channel.value,
            "status": "open",
            "created_at": order.at,
        }
        order.inside().execute(insert_new(order.inside(), human_tasks).values(row))
        return order.receipt("human_task", order.execution)

    def read_back(self, order: Order) -> bool:
        return order.inside().scalar(select(human_tasks.c.execution).where(human_tasks.c.execution == order.execution)) is not None
