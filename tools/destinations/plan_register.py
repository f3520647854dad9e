"""Plan register: the plan of a period becomes the one in force. The row was written when the plan was proposed; here it gets its date."""

from sqlalchemy import select, update

from policies.actions import Receipt
from tools.destinations.port import Order
from tools.errors import DestinationRefused
from tools.store.tables import plans


class PlanRegister:
    embedded = True

    def perform(self, order: Order) -> Receipt:
        period = order.action.period
        adopted = order.inside().execute(update(plans).where(plans.c.period == period).values(adopted_at=order.at)).rowcount
        if adopted != 1:
            raise DestinationRefused(f"plan_register refused {order.execution}: there is no plan for {period}; reject it and run again")
        return order.receipt("plan_register", period)

    def read_back(self, order: Order) -> bool:
        return order.inside().scalar(select(plans.c.adopted_at).where(plans.c.period == order.action.period)) is not None
