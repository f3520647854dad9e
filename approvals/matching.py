"""Who is who, as people say it: two leads are one, or a merge was wrong. Their handoffs, scores and the audit follow in the same transaction."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from approvals import inbox, queue
from approvals.inbox import WORKED, Handoff, HandoffStatus
from approvals.reviewers import role_of
from policies.leads.identity import MergeReason, Rule, UnmergeReason
from policies.leads.lifecycle import RejectReason, Stage
from policies.records import LeadId
from tools.store import lifecycle
from tools.store.action_tables import actions, sales_inbox
from tools.store.audit import Event
from tools.store.merges import merge_leads, rescored, unmerge_lead
from tools.store.models import models_in_force
from tools.store.results import survivors
from tools.workspace import Workspace

MAY_MATCH = ("marketing", "sales", "privacy_officer", "admin")


def merge(ws: Workspace, one: LeadId, other: LeadId, *, by: str, reason: MergeReason) -> LeadId:
    """Two leads are one person: the survivor's id. Raises NotAllowed, NotFound, Conflict."""
    with ws.database.write() as connection:
        role_of(ws.practice, by, MAY_MATCH)
        lock_handoffs(connection, (one, other))
        return join(ws, connection, one, other, by=by, rule=Rule.PERSON, reason=reason)


def unmerge(ws: Workspace, lead: LeadId, *, by: str, reason: UnmergeReason) -> LeadId:
    """`lead` is itself again; the lead it came out of. Raises NotAllowed, NotFound, Conflict."""
    with ws.database.write() as connection:
        role_of(ws.practice, by, MAY_MATCH)
        lock_handoffs(connection, (lead,))
        _, survivor = unmerge_lead(connection, lead, by=by, reason=reason, ring=ws.ring, now=ws.clock())
        rescored(connection, models_in_force(connection, ws.practice, ws.directory), [lead, survivor])
        detail = {"lead": lead, "out_of": survivor, "reason": reason}
        ws.audit.append(connection, event=Event.LEAD_UNMERGE, actor=by, subject=lead, detail=detail, at=ws.clock())
        return survivor


def join(
    ws: Workspace, connection: Connection, one: LeadId, other: LeadId, *, by: str, rule: Rule, reason: MergeReason | None = None
) -> LeadId:
    """Merge two leads whose rows `lock_handoffs` holds; what waits or lies with sales twice is closed once."""
    now = ws.clock()
    survivor = merge_leads(connection, one, other, by=by, rule=rule, reason=reason, now=now)
    rescored(connection, models_in_force(connection, ws.practice, ws.directory), [survivor])
    everybody = lifecycle.family(connection, [survivor])
    queue.supersede_merged(ws, connection, now=now, ids=everybody)
    close_doubles(ws, connection, by=by, ids=everybody)
    detail = {"lead": one if survivor == other else other, "into": survivor, "rule": rule, "reason": reason}
    ws.audit.append(connection, event=Event.LEAD_MERGE, actor=by, subject=survivor, detail=detail, at=now)
    return survivor


def lock_handoffs(connection: Connection, ids: Collection[LeadId]) -> None:
    """Take the locks in the one order everybody takes them: handoffs with sales, actions in the queue, leads."""
    everybody = lifecycle.family(connection, ids)
    for table, key in ((sales_inbox, sales_inbox.c.execution), (actions, actions.c.id)):
        connection.execute(select(key).where(table.c.lead.in_(everybody)).order_by(key).with_for_update()).all()
    lifecycle.lock_leads(connection, everybody)


def close_doubles(
    ws: Workspace, connection: Connection, *, by: str = lifecycle.AGENT, ids: Collection[LeadId] | None = None
) -> list[Handoff]:
    """One person lies with sales twice on one line since two leads were found to be one: of the handoffs nobody has accepted, the oldest stays,
    or none where sales works on another. The others are returned as duplicates. `ids`: of these leads alone."""
    open_ = [one for one in inbox.every(connection, HandoffStatus.NEW, *WORKED) if ids is None or one.lead in ids]
    lives_on = survivors(connection, {one.lead for one in open_})
    by_person: dict[tuple[str, str], list[Handoff]] = {}
    for one in open_:
        by_person.setdefault((lives_on.get(one.lead, one.lead), one.service_line), []).append(one)
    doubles = [one for found in by_person.values() if len({row.lead for row in found}) > 1 for one in _to_close(found)]
    if doubles:
        keys = [one.execution for one in doubles]
        column = sales_inbox.c.execution
        connection.execute(select(column).where(column.in_(keys)).order_by(column).with_for_update()).all()
        lifecycle.lock_leads(connection, {one.lead for one in doubles})
    closed = []
    for one in doubles:
        if inbox.get_handoff(connection, one.execution).status is not HandoffStatus.NEW:
            continue  # sales was faster
        to, stage, reason = HandoffStatus.REJECTED, Stage.REJECTED, RejectReason.DUPLICATE.value
        closed.append(inbox.move(ws, connection, one, by=by, to=to, stage=stage, event=Event.HANDOFF_REJECT, reason=reason))
    return closed


def _to_close(found: list[Handoff]) -> list[Handoff]:
    """`found`: the open handoffs of one person on one line, oldest first."""
    new = [one for one in found if one.status is HandoffStatus.NEW]
    return new if len(new) < len(found) else new[1:]
