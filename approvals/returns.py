"""How sales gives a lead back: the reason is from a closed list, and what it entails happens in the same transaction.

The reasons and their consequences are data, in `policies/leads/lifecycle.py`.
"""

import hashlib
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, insert

from approvals.errors import NotDecidable
from approvals.inbox import SALES, Handoff, HandoffStatus, attempts_of, get_handoff, move
from approvals.matching import join, lock_handoffs
from approvals.reviewers import role_of
from policies.leads.identity import Rule
from policies.leads.lifecycle import CONSEQUENCES, Consequence, RejectReason, Stage
from policies.records import LeadId
from tools.practice import ServiceLine
from tools.store import lifecycle
from tools.store.action_tables import human_tasks, sales_inbox
from tools.store.audit import Event
from tools.store.consents import write_stops
from tools.store.contacts import surviving
from tools.store.recycle import recycle
from tools.store.results import has_contact
from tools.workspace import Workspace

MAX_REST_DAYS = 730
CHANNELS = ("email", "sms", "phone")


def reject(
    ws: Workspace,
    execution: str,
    *,
    by: str,
    reason: RejectReason,
    return_on: date | None = None,
    line: str | None = None,
    of: LeadId | None = None,
) -> Handoff:
    """Give a new or accepted lead back to marketing.

    `return_on`: the day from which a lead whose time is later may come back; `line`: the right service line of a lead on the wrong one; `of`: the
    lead of which it is a duplicate, if known. Raises Conflict naming who was first, NotDecidable when the reason needs more.
    """
    with ws.database.write() as connection:
        role_of(ws.practice, by, SALES)
        before = get_handoff(connection, execution)
        found = CONSEQUENCES[reason]
        if of is not None:
            if "of" not in found.asks:
                raise NotDecidable("the other lead belongs to the reason duplicate: leave it empty for another reason")
            lock_handoffs(connection, (before.lead, of))
        until = _rest(ws, before, found, return_on=return_on)
        other = _right_line(ws, before, line) if "line" in found.asks else None
        stage, to, event = found.stage, HandoffStatus.REJECTED, Event.HANDOFF_REJECT
        after = move(ws, connection, before, by=by, to=to, stage=stage, event=event, until=until, reason=reason.value)
        if missing := attempts_missing(ws, connection, before, reason):  # nobody is given up lightly
            raise NotDecidable(f"handoff {execution} has {missing}; record each attempt")
        lead = surviving(connection, before.lead)
        if stage is Stage.RECYCLED:
            recycle(connection, lead)
        if found.suppress:
            now = ws.clock()
            write_stops(
                connection, [{"lead": lead, "channel": one, "reason": reason.value, "at": now, "execution": execution} for one in CHANNELS]
            )
        if reason is RejectReason.COMPLIANCE_HOLD:
            _ask_compliance(ws, connection, after, by)
        if other is not None:
            _reroute(ws, connection, before, other, by=by)
        if of is not None:
            _duplicate(ws, connection, lead, of, by=by)
        return after


def other_lines(ws: Workspace, handoff: Handoff) -> list[ServiceLine]:
    """Where a lead on the wrong line may belong: the practice's other lines of the same track."""
    return [line for line in ws.practice.service_lines if line.track is handoff.track and line.key != handoff.service_line]


def _rest(ws: Workspace, before: Handoff, found: Consequence, *, return_on: date | None) -> datetime | None:
    """Until when a recycled lead rests: the start of the stated day at its location, or so many days from now."""
    now = ws.clock()
    if "return_on" not in found.asks:
        if return_on is not None:
            raise NotDecidable("return_on belongs to timing_later: leave the date empty for another reason")
        return now + timedelta(days=found.rest_days) if found.stage is Stage.RECYCLED else None
    zone = ws.practice.calendar(before.service_line, before.location).zone
    today = now.astimezone(zone).date()
    if return_on is None or not today < return_on <= today + timedelta(days=MAX_REST_DAYS):
        raise NotDecidable(
            f"timing_later needs the day from which the lead may come back: a date after {today}, at most {MAX_REST_DAYS} days ahead"
        )
    return datetime.combine(return_on, time(), tzinfo=zone)


def attempts_missing(ws: Workspace, connection: Connection, handoff: Handoff, reason: RejectReason) -> str:
    """Why this reason cannot be given yet; empty when it can. A lead without any contact on file cannot be tried, so it needs no attempts."""
    found = CONSEQUENCES[reason]
    if not found.attempts or not has_contact(connection, surviving(connection, handoff.lead)):
        return ""
    made = attempts_of(connection, handoff.execution)
    over = ws.clock() - made[0].at if made else timedelta()
    if len(made) >= found.attempts and over >= timedelta(days=found.over_days):
        return ""
    return f"{len(made)} attempts over {over.days} days on record: {reason} needs {found.attempts} over {found.over_days} days"


def _right_line(ws: Workspace, before: Handoff, line: str | None) -> ServiceLine | None:
    lines = other_lines(ws, before)
    chosen = next((one for one in lines if one.key == line), None)
    if chosen is None and (lines or line is not None):
        raise NotDecidable(
            f"wrong_service_line needs the right one: name {', '.join(one.key for one in lines) or 'no line, there is no other'}"
        )
    return chosen


def _reroute(ws: Workspace, connection: Connection, before: Handoff, line: ServiceLine, *, by: str) -> None:
    """The same approved handoff in the other line's inbox, once: its id is this one's and the line's."""
    now, lead = ws.clock(), surviving(connection, before.lead)
    row = before.model_dump(include={"action", "track", "handoff", "location"}) | {"lead": lead, "service_line": line.key, "status": "new"}
    execution = f"X-{hashlib.sha256(f'{before.execution} {line.key}'.encode()).hexdigest()[:24]}"
    due_at = ws.practice.sla(line.key, before.track).accept.end(now, ws.practice.calendar(line.key, before.location))
    connection.execute(insert(sales_inbox).values(**row, execution=execution, received_at=now, due_at=due_at))
    lifecycle.hand_over(connection, lead, line.key, at=now, action=before.action, by=by, reason="rerouted")


def _ask_compliance(ws: Workspace, connection: Connection, handoff: Handoff, by: str) -> None:
    row = {
        "execution": f"hold:{handoff.execution}"[:40],
        "action": handoff.action,
        "title": "Look into a lead that sales put on hold",
        "body": f"{by} returned handoff {handoff.execution} for compliance. Nobody contacts lead {handoff.lead} until you have decided.",
        "where": "compliance",
        "status": "open",
        "created_at": ws.clock(),
    }
    connection.execute(insert(human_tasks).values(row))


def _duplicate(ws: Workspace, connection: Connection, lead: LeadId, of: LeadId, *, by: str) -> None:
    other = surviving(connection, of)
    if other != lead:  # they may have been found to be one person meanwhile
        join(ws, connection, lead, other, by=by, rule=Rule.DUPLICATE)
