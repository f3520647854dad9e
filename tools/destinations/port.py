"""What a destination is: one signature, `perform(order) -> receipt`. Only `approvals/execute.py` imports this package.

An embedded destination writes our own tables through `order.connection`, in the transaction that also records `done`, so it happens exactly
once. An outside destination makes one call and says truthfully what it knows: it returns a receipt when the provider accepted, raises
DestinationRefused when nothing was done there, and EffectUnknown when it cannot tell.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from policies.actions import Action, Receipt
from policies.records import Contact


def _no_contact() -> Contact:
    raise RuntimeError("this order carries no contact")


@dataclass(frozen=True, repr=False)
class Order:
    """One operation of one approved version. `execution` is its id and the idempotency key; `contact` opens the sealed contact when called."""

    execution: str
    operation: str
    action: Action
    at: datetime
    connection: Connection | None = None
    contact: Callable[[], Contact] = _no_contact

    def inside(self) -> Connection:
        if self.connection is None:
            raise RuntimeError(f"{self.operation} is embedded and needs the caller's transaction")
        return self.connection

    def field(self, name: str, default: str = "") -> str:
        value = self.action.content.fields.get(name)
        return default if value is None else str(value)

    def receipt(self, destination: str, reference: str, **detail: str | int | float | bool | None) -> Receipt:
        return Receipt(operation=self.operation, destination=destination, reference=reference, detail=detail, at=self.at)


class Destination(Protocol):
    embedded: bool

    def perform(self, order: Order) -> Receipt:
        """Do it once. Raises DestinationRefused (nothing was done) or EffectUnknown (a person must look)."""
        ...

    def read_back(self, order: Order) -> bool | None:
        """Was it done? None when the provider cannot tell."""
        ...
