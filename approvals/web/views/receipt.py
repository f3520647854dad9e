"""The receipt of record: everything that is on file of one item, for whoever must prove later what was decided, by whom, and what was done."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import queue
from approvals.identity import Session
from approvals.web.desk import desk_of, may_open
from approvals.web.views.runs import NODE, NODE_STATUS
from policies.kinds import KINDS
from policies.records import ActionId
from tools.store import actions
from tools.store.audit_chain import entry_hash
from tools.store.audit_trail import chain_of
from tools.store.trace import trace_of

router = APIRouter()


@router.get("/actions/{action_id}/audit")
def show(request: Request, action_id: str, me: Annotated[Session, Depends(may_open("/audit"))]) -> Response:
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        action = queue.get_action(connection, ActionId(action_id))
        executions = queue.executions(connection, action.id)
        rows = chain_of(connection, [action.id, *(execution.id for execution in executions)])
        decisions = actions.decisions_of(connection, action.id)
        versions = queue.versions(connection, action.id)
        trace = trace_of(connection, action.id)
    return desk.page(
        request,
        "audit_action.html",
        me=me,
        action=action,
        kind=KINDS[action.kind],
        versions=versions,
        decisions=decisions,
        executions=executions,
        rows=[(row, entry_hash(row.model_dump()) == row.hash) for row in rows],
        trace=trace,
        node_name=NODE,
        node_status=NODE_STATUS,
    )
