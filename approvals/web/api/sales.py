"""Leads and the sales inbox: who stands highest and why, the handoffs, what sales makes of them, and the one answer that holds a contact."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import Field

from approvals import inbox, response, returns
from approvals import reveal as revealing
from approvals.inbox import Handoff, HandoffStatus
from approvals.reveal import Purpose
from approvals.web.api.access import Caller, Editor, LeadReader, QueueReader, Revealer, Seller
from approvals.web.api.common import HandoffPath, Identifier, LeadPath, Paged, Query_, TaskPath, cursor_of, offset_of, place_of, router
from approvals.web.api.problems import documented
from approvals.web.api.work_schemas import (
    AttemptAnswer,
    Attempts,
    HandoffAnswer,
    HandoffPage,
    LeadExplained,
    LeadsOnTop,
    LeadStanding,
    RankedLead,
    Revealed,
    TaskAnswer,
    TaskPage,
)
from policies.leads.bant import Bant
from policies.leads.lifecycle import Attempt, LostReason, RejectReason
from policies.leads.reasons import step_words, unmet_words, what_if_words
from policies.records import LeadId, Record, Track
from tools.errors import NotFound
from tools.store.explain import Explained, explain
from tools.store.inbox_list import OPEN, Sought, inbox_page
from tools.store.models import models_in_force
from tools.store.ranking import count_mqls, mqls_among, top_leads

leads = router("leads")
sales = router("sales")
tasks = router("tasks")


class LeadsQuery(Query_):
    model: Annotated[Identifier | None, Field(description="A model in force; left out: the first")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class HandoffQuery(Paged):
    status: Annotated[HandoffStatus | None, Field(description="Left out: everything that waits for sales")] = None
    track: Track | None = None
    line: Annotated[Identifier | None, Field(description="A service line's key")] = None
    location: Annotated[Identifier | None, Field(description="A location's key")] = None
    mine: Annotated[bool, Field(description="Only what the token's owner holds")] = False
    overdue: Annotated[bool, Field(description="Only what is past its response time")] = False


class NewOwner(Record):
    to: Annotated[Identifier, Field(description="The user name of another seller")]


class AttemptMade(Record):
    outcome: Attempt


class OutcomeFound(Record):
    """`reason` belongs to `lost`, and only to it."""

    outcome: Literal["opportunity", "booked", "seen", "lost"]
    reason: LostReason | None = None


class GivenBack(Record):
    """Each reason asks for its own field: `return_on` for timing_later, `line` for wrong_service_line, `of` for duplicate."""

    reason: RejectReason
    return_on: Annotated[date | None, Field(description="The day from which the lead may come back")] = None
    line: Annotated[Identifier | None, Field(description="The right service line")] = None
    of: Annotated[Identifier | None, Field(description="The lead it is a duplicate of")] = None


class RevealFor(Record):
    purpose: Purpose


class TaskQuery(Paged):
    status: Literal["open", "done"] = "open"


@leads.get("/leads", operation_id="listLeads", summary="Who stands highest on one service line", responses=documented(404))
def list_leads(me: LeadReader, query: Annotated[LeadsQuery, Query()]) -> LeadsOnTop:
    ws, at = me.workspace, me.workspace.clock()
    with ws.database.read() as connection:
        models = models_in_force(connection, ws.practice, ws.directory)
        name = query.model or next(iter(models), "")
        if name not in models:
            raise NotFound(f"no model of that name is in force: name one of {', '.join(models) or 'none, sign a model first'}")
        rows = [row for row in top_leads(connection, models[name], at=at, limit=query.limit) if row.total > 0]
        mqls = mqls_among(connection, models[name], [row.lead for row in rows], at=at)
        counts = {key: count_mqls(connection, {key: one}, at=at) for key, one in models.items()}
    items = [RankedLead(lead=row.lead, total=row.total, fit=row.fit, intent=row.intent, is_mql=row.lead in mqls) for row in rows]
    return LeadsOnTop(model=name, items=tuple(items), mqls=counts)


@leads.get("/leads/{lead}", operation_id="explainLead", summary="Why one lead stands where it does", responses=documented(404))
def get_lead(me: LeadReader, lead: LeadPath) -> LeadExplained:
    """The score as a sum anybody can check, what would make it an MQL, and how it fades."""
    ws, at = me.workspace, me.workspace.clock()
    with ws.database.read() as connection:
        found = explain(connection, models_in_force(connection, ws.practice, ws.directory), LeadId(lead), at=at)
    return LeadExplained(lead=lead, at=at, standings=tuple(_standing(one) for one in found))


@sales.get("/handoffs", operation_id="listHandoffs", summary="The sales inbox: what is due next, first")
def list_handoffs(me: LeadReader, query: Annotated[HandoffQuery, Query()]) -> HandoffPage:
    ws = me.workspace
    sought = Sought(
        statuses=(query.status.value,) if query.status else OPEN,
        track=query.track,
        line=query.line,
        location=query.location,
        owner=me.username if query.mine else None,
        overdue_at=ws.clock() if query.overdue else None,
    )
    with ws.database.read() as connection:
        page = inbox_page(connection, sought, after=place_of("handoffs", query.cursor), limit=query.limit)
    items = tuple(_handoff(me, Handoff(**row._mapping)) for row in page.rows)
    return HandoffPage(items=items, next=cursor_of("handoffs", page.after))


@sales.post("/sales/next", operation_id="takeNextHandoff", summary="Take the lead that is due next", responses=documented(404, 409))
def take_next(me: Seller) -> HandoffAnswer:
    """Two who ask at once get two leads; 404 when none is left."""
    return _handoff(me, inbox.take_next(me.workspace, by=me.username))


@sales.get("/handoffs/{execution}", operation_id="getHandoff", summary="One handoff", responses=documented(404))
def get_handoff(me: LeadReader, execution: HandoffPath) -> HandoffAnswer:
    with me.workspace.database.read() as connection:
        return _handoff(me, inbox.get_handoff(connection, execution))


@sales.get(
    "/handoffs/{execution}/attempts", operation_id="listAttempts", summary="Every attempt to reach the lead", responses=documented(404)
)
def list_attempts(me: LeadReader, execution: HandoffPath) -> Attempts:
    with me.workspace.database.read() as connection:
        inbox.get_handoff(connection, execution)
        return Attempts(items=tuple(AttemptAnswer.model_validate(one) for one in inbox.attempts_of(connection, execution)))


@sales.post("/handoffs/{execution}/accept", operation_id="acceptHandoff", summary="Take the lead", responses=documented(404, 409))
def accept(me: Seller, execution: HandoffPath) -> HandoffAnswer:
    return _handoff(me, inbox.accept(me.workspace, execution, by=me.username))


@sales.post(
    "/handoffs/{execution}/attempts", operation_id="recordAttempt", summary="You tried to reach the lead", responses=documented(404, 409)
)
def attempt(me: Seller, execution: HandoffPath, body: AttemptMade) -> HandoffAnswer:
    """The first attempt stops the response clock."""
    return _handoff(me, inbox.record_attempt(me.workspace, execution, by=me.username, outcome=body.outcome))


@sales.post(
    "/handoffs/{execution}/reassign", operation_id="reassignHandoff", summary="Give it to another seller", responses=documented(404, 409)
)
def reassign(me: Seller, execution: HandoffPath, body: NewOwner) -> HandoffAnswer:
    return _handoff(me, inbox.reassign(me.workspace, execution, by=me.username, to=body.to))


@sales.post("/handoffs/{execution}/qualify", operation_id="qualifyHandoff", summary="It is an SQL", responses=documented(404, 409))
def qualify(me: Seller, execution: HandoffPath, body: Bant) -> HandoffAnswer:
    return _handoff(me, inbox.qualify(me.workspace, execution, by=me.username, bant=body))


@sales.post("/handoffs/{execution}/outcome", operation_id="recordOutcome", summary="What became of an SQL", responses=documented(404, 409))
def outcome(me: Seller, execution: HandoffPath, body: OutcomeFound) -> HandoffAnswer:
    found = HandoffStatus(body.outcome)
    return _handoff(me, inbox.record_outcome(me.workspace, execution, by=me.username, outcome=found, reason=body.reason))


@sales.post(
    "/handoffs/{execution}/return", operation_id="returnHandoff", summary="Give the lead back to marketing", responses=documented(404, 409)
)
def give_back(me: Seller, execution: HandoffPath, body: GivenBack) -> HandoffAnswer:
    of = LeadId(body.of) if body.of else None
    back = returns.reject(me.workspace, execution, by=me.username, reason=body.reason, return_on=body.return_on, line=body.line, of=of)
    return _handoff(me, back)


@sales.post("/handoffs/{execution}/reveal", operation_id="revealContact", summary="The contact, for one purpose", responses=documented(404))
def reveal(me: Revealer, execution: HandoffPath, body: RevealFor, request: Request) -> Revealed:
    """The only answer that holds a contact: its audit row is committed before it is given. Do not keep it."""
    contact = revealing.reveal(me.workspace, execution, by=me.username, purpose=body.purpose)
    request.state.is_unmasked = True
    return Revealed(execution=execution, **contact.model_dump())


@tasks.get("/tasks", operation_id="listTasks", summary="Approved work for a person, oldest first")
def list_tasks(me: QueueReader, query: Annotated[TaskQuery, Query()]) -> TaskPage:
    first = offset_of("tasks", query.cursor)
    with me.workspace.database.read() as connection:
        rows = inbox.list_tasks(connection, status=query.status, limit=query.limit + 1, offset=first)
    more = cursor_of("tasks", first + query.limit) if len(rows) > query.limit else None
    return TaskPage(items=tuple(TaskAnswer.model_validate(one) for one in rows[: query.limit]), next=more)


@tasks.post("/tasks/{execution}/done", operation_id="finishTask", summary="You did it", responses=documented(404, 409))
def finish(me: Editor, execution: TaskPath) -> TaskAnswer:
    return TaskAnswer.model_validate(inbox.finish_task(me.workspace, execution, by=me.username))


def _handoff(me: Caller, one: Handoff) -> HandoffAnswer:
    clocks = response.clocks_of(me.workspace.practice, one, now=me.workspace.clock())
    return HandoffAnswer.model_validate({**dict(one), "clocks": clocks})


def _standing(one: Explained) -> LeadStanding:
    score = {name: getattr(one.score, name) for name in LeadStanding.model_fields if hasattr(one.score, name)}
    return LeadStanding.model_validate(
        {
            **score,
            "steps": [{**dict(step), "name": step_words(one.model, step)} for step in one.steps],
            "unmet": [unmet_words(reason) for reason in one.unmet],
            "what_ifs": [what_if_words(what) for what in one.what_ifs],
            "curve": one.curve,
        }
    )
