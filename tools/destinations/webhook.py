"""Signed webhook out (Standard Webhooks): one POST, no redirects, no retries. The payload is the handoff, never a contact.

The receiver keeps the `webhook-id`, which is the execution id and constant, so it can drop a repetition; Liaison itself never repeats.
"""

import json
from typing import Any

from pydantic import SecretStr

from policies.actions import Receipt
from tools.destinations.port import Order
from tools.egress import DestinationPolicy, Egress
from tools.errors import DestinationRefused, EffectUnknown
from tools.practice import WebhookConfig
from tools.signed_post import Letter, NoAnswer, NotSent, send

TYPE = "lead.handoff"

_ALWAYS = ("type", "execution", "lead", "track", "service_line", "score", "stage", "reasons", "next_action")
_WITH_BAA = ("consent_flags", "preferred_location")


class Webhook:
    embedded = False

    def __init__(self, config: WebhookConfig, secret: SecretStr | None, egress: Egress) -> None:
        self._config = config
        self._secret = secret
        self._egress = egress

    def perform(self, order: Order) -> Receipt:
        if self._secret is None:
            raise self._refused(order, f"the secret {self._config.secret_env} is not set; set it and restart")
        status = self._send(order, self._secret)
        if 200 <= status < 300:
            return order.receipt(f"webhook:{self._config.name}", order.execution, status=status)
        if status >= 500:
            raise EffectUnknown(f"webhook {self._config.name} answered {status} to {order.execution}: ask the receiver whether it has it")
        raise self._refused(order, f"it answered {status}; mend the receiver or its address")

    def read_back(self, order: Order) -> None:
        return None  # the receiver has no reading side

    def _send(self, order: Order, secret: SecretStr) -> int:
        policy, letter = self._letter(order)
        private = self._config.allow_private_network
        try:
            return send(self._egress, policy, letter, url=self._config.url, secrets=(secret,), allow_private_network=private)
        except NotSent as error:
            raise self._refused(order, f"{error} (destinations.webhook, {self._config.secret_env})") from None
        except NoAnswer as error:
            raise EffectUnknown(
                f"webhook {self._config.name}: the connection broke after {order.execution} was sent ({error}): "
                "ask the receiver whether it has it"
            ) from None

    def _letter(self, order: Order) -> tuple[DestinationPolicy, Letter]:
        policy = DestinationPolicy(
            f"webhook:{self._config.name}", self._config.baa, frozenset(_ALWAYS + (_WITH_BAA if self._config.baa else ()))
        )
        action = order.action
        lead = action.content.audience.lead if action.content.audience else None
        known: dict[str, Any] = {**action.content.fields, "type": TYPE, "execution": order.execution, "lead": lead, "track": action.track}
        known["reasons"] = list(action.why)
        payload = {name: known[name] for name in sorted(policy.allowed_fields) if known.get(name) is not None}
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        own = [str(payload[name]) for name in ("execution", "lead", "track", "service_line", "preferred_location") if name in payload]
        return policy, Letter(order.execution, body, order.at, own)

    def _refused(self, order: Order, why: str) -> DestinationRefused:
        return DestinationRefused(f"webhook {self._config.name} refused {order.execution}: {why}")
