"""Reveal: one person, with a right and a purpose, sees the contact of one item, once. The audit row is committed before anything is shown.

Nothing here is cached, logged or kept: the next look is a new reveal with its own row.
"""

from enum import StrEnum

from approvals.errors import NotAllowed
from approvals.inbox import WORKED, get_handoff
from approvals.reviewers import role_of
from policies.records import Contact
from tools.store.audit import Event
from tools.store.contacts import resolve
from tools.workspace import Workspace

MAY_REVEAL = ("sales", "privacy_officer")


class Purpose(StrEnum):
    """Why somebody may look. A closed list: the audit can be counted by it."""

    CALL = "call"
    EMAIL = "email"
    SCHEDULE = "schedule"
    PRIVACY_REQUEST = "privacy_request"


def reveal(ws: Workspace, execution: str, *, by: str, purpose: Purpose) -> Contact:
    """The contact behind a handoff that sales works on, from accepting it until it is seen or lost, for sales.

    For the privacy officer, behind any handoff, and only on a person's own request.
    Raises NotAllowed (403), NotFound when there is no such handoff or no contact. A reveal that finds no contact leaves no row.
    """
    role = role_of(ws.practice, by, MAY_REVEAL)
    with ws.database.write() as connection:
        handoff = get_handoff(connection, execution)
        if purpose is Purpose.PRIVACY_REQUEST:
            role = role_of(ws.practice, by, ("privacy_officer",))
        elif role != "sales" or handoff.status not in WORKED:
            raise NotAllowed(f"the contact of handoff {execution} is shown to sales while it works on it: accept it first")
        contact = resolve(connection, ws.ring, handoff.lead)
        shown = sorted(contact.model_dump(exclude_none=True))
        detail = {"lead": handoff.lead, "execution": execution, "purpose": purpose, "role": role, "fields": shown}
        ws.audit.append(connection, event=Event.CONTACT_REVEAL, actor=by, subject=handoff.action, detail=detail, at=ws.clock())
    return contact
