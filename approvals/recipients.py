"""Whom an item's mail goes to, by consent: one lead by what they said, or an audience by how many said what. Counts and ids, never a contact."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from policies.actions import Action
from policies.kinds import KINDS, Operation
from tools.practice import Practice
from tools.store import reach
from tools.store.reach import Reach, Recipient

MAIL_DAYS = 7  # a person gets at most one nurture mail in this time


class Recipients(NamedTuple):
    """`recipient` for one lead, `reach` for an audience and `line`, the name of the service line it is of; neither: nothing is sent to anybody."""

    recipient: Recipient | None = None
    reach: Reach | None = None
    line: str = ""


def recipients_of(practice: Practice, connection: Connection, action: Action, *, now: datetime) -> Recipients:
    """Counted at this moment: between the decision and the sending people may say yes or stop."""
    audience = action.content.audience
    if audience is None or Operation.SMTP not in KINDS[action.kind].operations:
        return Recipients()
    if audience.lead is not None:
        since = now - timedelta(days=MAIL_DAYS)
        return Recipients(recipient=reach.recipient_of(connection, audience.lead, since=since, until=now))
    line = next((one for one in practice.service_lines if one.key == action.facts.get("service_line")), None)
    counted = reach.reach_of(connection, track=action.track, service_line=line.key if line else None)
    return Recipients(reach=counted, line=line.name if line else "")


def in_words(found: Recipients) -> str:
    """ "412 with consent, 31 suppressed, 7 who said nothing"; empty where nothing is sent to anybody."""
    if found.reach is not None:
        parts = [f"{found.reach.consented:,} with consent", f"{found.reach.suppressed:,} suppressed"]
        return ", ".join([*parts, *([f"{found.reach.silent:,} who said nothing"] if found.reach.silent else [])])
    if found.recipient is None:
        return ""
    if found.recipient.suppressed_at is not None:
        return "one lead, suppressed"
    return "one lead, with consent" if found.recipient.granted else "one lead, without consent"
