"""The one place where a lead changes its stage: compare-and-set, the move checked against the table, one row of history in the same transaction.

A lead stands on each service line by itself, from its first handoff there; before, it has one stage as a whole (line ""). `leads.stage` is the
furthest of them. Merges move no history: it is read over all the ids a lead has had. The caller writes the audit row of what people decide.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from pydantic import AwareDatetime
from sqlalchemy import Connection, bindparam, exists, insert, select, update

from policies.leads.lifecycle import OPEN, RejectReason, Stage, check_move, overall
from policies.leads.recycle import Recycle
from policies.records import LeadId, Record, Track
from tools.errors import Conflict
from tools.store.action_tables import sales_inbox
from tools.store.chunks import in_chunks
from tools.store.contacts import surviving
from tools.store.tables import lead_stages, leads, scores

BEFORE_HANDOFF = (Stage.ANONYMOUS, Stage.LEAD, Stage.ENGAGED)
WHOLE = ""
AGENT = "agent"


class StageRow(Record):
    """One move: the stage entered, when, by whom (`agent` = no person), and why. `until`: a recycled lead rests until then."""

    lead: LeadId
    service_line: str
    stage: Stage
    at: AwareDatetime
    by: str
    reason: str | None = None
    action: str | None = None
    handoff: str | None = None
    until: AwareDatetime | None = None


def move(
    connection: Connection,
    lead: LeadId,
    line: str,
    *,
    from_: Stage,
    to: Stage,
    at: datetime,
    by: str,
    reason: str | None = None,
    action: str | None = None,
    handoff: str | None = None,
    opens: str | None = None,
    until: datetime | None = None,
) -> StageRow:
    """Move `lead` on `line` from exactly the stage the caller saw. Raises IllegalMove; Conflict when it stands elsewhere by now.

    `action` is the handoff that moves, `handoff` its row in the sales inbox; `opens` the action that begins a handoff on this line.
    """
    row = connection.execute(select(leads.c.stage, leads.c.track).where(leads.c.id == lead).with_for_update()).one_or_none()
    check_move(from_, to, track=Track(row.track) if row else None)
    standing = _stage_of_handoff(connection, lead, action, handoff) if action or handoff else stage_on(connection, lead, line)
    if standing is not from_:
        raise Conflict(f"lead {lead} is {standing} on {line or 'no line'} by now, not {from_}: reload it")
    entered = StageRow(
        lead=lead, service_line=line, stage=to, at=at, by=by, reason=reason, action=action or opens, handoff=handoff, until=until
    )
    connection.execute(insert(lead_stages), _row(entered))
    if row is not None:  # a lead that was taken apart meanwhile keeps the history of its handoffs
        whole = overall(_latest(history(connection, lead)).values())
        moved = update(leads).where(leads.c.id == lead, leads.c.stage == row.stage).values(stage=whole.value)
        if connection.execute(moved).rowcount != 1:
            raise Conflict(f"lead {lead} was moved by somebody else just now: reload it")
    return entered


def family(connection: Connection, ids: Iterable[LeadId]) -> set[LeadId]:
    """These leads, those they live on in, and everybody who was merged into those."""
    wanted, column = {*ids}, leads.c
    into = in_chunks(
        connection, lambda part: select(column.merged_into).where(column.id.in_(part), column.merged_into.is_not(None)), wanted
    )
    wanted |= {LeadId(row.merged_into) for row in into}
    merged = in_chunks(connection, lambda part: select(column.id).where(column.merged_into.in_(part)), wanted)
    return wanted | {LeadId(row.id) for row in merged}


def lock_leads(connection: Connection, ids: Iterable[LeadId]) -> None:
    """Take the row locks of these leads and of their `family`, in order of id, until the transaction ends (SQLite has one writer anyway).

    Scoring takes them in that order; whoever moves the stages of several leads calls this before the first move, and after it has locked the rows of
    its handoffs and actions: two processes then never wait for each other.
    """
    column = leads.c
    for _ in in_chunks(
        connection, lambda part: select(column.id).where(column.id.in_(part)).order_by(column.id).with_for_update(), family(connection, ids)
    ):
        pass


def stage_on(connection: Connection, lead: LeadId, line: str) -> Stage:
    """Where the lead stands on this line; before any handoff there, where it stands as a whole."""
    found = _latest(history(connection, lead))
    if line in found:
        return found[line]
    if WHOLE in found:
        return found[WHOLE]
    stage = Stage(connection.scalar(select(leads.c.stage).where(leads.c.id == lead)) or Stage.ENGAGED)
    return stage if stage in BEFORE_HANDOFF else Stage.ENGAGED  # its handoffs are of other lines


def _stage_of_handoff(connection: Connection, lead: LeadId, action: str | None, handoff: str | None) -> Stage:
    """Where one handoff stands: two leads found to be one person may both lie with sales. One without a history was just received."""
    rows = [row for row in history(connection, lead) if (row.handoff == handoff if handoff else row.action == action)]
    return rows[-1].stage if rows else Stage.MQL


def history(connection: Connection, lead: LeadId, *, line: str | None = None) -> list[StageRow]:
    """Every move of the lead and of those merged into it, the first one first; with `line` those of that line and those before any handoff."""
    ids = [lead, *connection.scalars(select(leads.c.id).where(leads.c.merged_into == lead))]
    columns = [column for column in lead_stages.c if column.name != "id"]
    statement = select(*columns).where(lead_stages.c.lead.in_(ids)).order_by(lead_stages.c.id)
    if line is not None:
        statement = statement.where(lead_stages.c.service_line.in_((line, WHOLE)))
    return [StageRow(**row._mapping) for row in connection.execute(statement)]


def _latest(rows: Iterable[StageRow]) -> dict[str, Stage]:
    """Where a lead stands by line: the furthest handoff that sales or the queue still has, or else what was last written."""
    found: dict[str, Stage] = {}
    open_: dict[str, dict[str, Stage]] = {}
    for row in rows:
        # As a whole a lead only goes forward: of two merged leads the further one counts, whichever was moved last.
        before = found.get(row.service_line) if row.service_line == WHOLE else None
        found[row.service_line] = overall((before, row.stage)) if before else row.stage
        open_.setdefault(row.service_line, {})[row.action or ""] = row.stage
    for line, by_action in open_.items():
        if going := [stage for stage in by_action.values() if stage in OPEN]:
            found[line] = overall(going)
    return found


def restate(connection: Connection, ids: Collection[LeadId]) -> None:
    """Set the stage of leads as a whole to what their own history says, after it was given back to them."""
    for lead in sorted(ids):
        if past := _latest(history(connection, lead)):
            connection.execute(update(leads).where(leads.c.id == lead).values(stage=overall(past.values()).value))


def _row(entered: StageRow) -> dict[str, object]:
    return {name: getattr(entered, name) for name in StageRow.model_fields}


def standing_lines(connection: Connection, ids: Collection[LeadId]) -> dict[str, StageRow]:
    """ "lead:line" → the last move there, of those of `ids` that were ever handed over; what happened to merged leads counts for the survivor.

    Index look-ups by lead. A return as a duplicate of a lead that was merged says nothing about the person: it is left out.
    """
    column, past = leads.c, lead_stages.c
    merged = in_chunks(connection, lambda part: select(column.id, column.merged_into).where(column.merged_into.in_(part)), ids)
    owner = {LeadId(row.id): LeadId(row.merged_into) for row in merged} | {lead: lead for lead in ids}
    joined = {into for lead, into in owner.items() if lead != into}
    columns = [one for one in past if one.name != "id"]
    found: dict[str, StageRow] = {}
    rows = in_chunks(connection, lambda part: select(past.id, *columns).where(past.lead.in_(part), past.service_line != WHOLE), owner)
    for row in sorted(rows, key=lambda one: one.id):
        entered = StageRow(**{name: value for name, value in row._mapping.items() if name != "id"} | {"lead": owner[row.lead]})
        if entered.reason != RejectReason.DUPLICATE or entered.lead not in joined:
            found[f"{entered.lead}:{entered.service_line}"] = entered
    return found


# --- before any handoff: many leads at once, moved by what they did


def identified(connection: Connection, ids: Collection[LeadId], *, at: datetime) -> None:
    """Write down that these leads, just stored as `lead`, have a name. A lead taken apart and put together again keeps its history."""
    known = {row.lead for row in in_chunks(connection, lambda part: select(lead_stages.c.lead).where(lead_stages.c.lead.in_(part)), ids)}
    _record(connection, [lead for lead in ids if lead not in known], Stage.LEAD, at)


def engaged(connection: Connection, ids: Collection[LeadId], *, at: datetime) -> list[LeadId]:
    """Move those of `ids` that are `lead` and have been given points to `engaged`; the leads that were moved. The caller holds their rows."""
    gave_points = exists().where(scores.c.lead == leads.c.id, scores.c.last_qualifying_at.is_not(None))
    ready = [
        LeadId(row.id)
        for row in in_chunks(
            connection, lambda part: select(leads.c.id).where(leads.c.id.in_(part), leads.c.stage == Stage.LEAD.value, gave_points), ids
        )
    ]
    if ready:
        statement = update(leads).where(leads.c.id == bindparam("ready"), leads.c.stage == Stage.LEAD.value)
        connection.execute(statement.values(stage=Stage.ENGAGED.value), [{"ready": lead} for lead in ready])
        _record(connection, ready, Stage.ENGAGED, at)
    return ready


def _record(connection: Connection, ids: Collection[LeadId], stage: Stage, at: datetime) -> None:
    rows = [{"lead": lead, "service_line": WHOLE, "stage": stage.value, "at": at, "by": AGENT} for lead in sorted(ids)]
    if rows:
        connection.execute(insert(lead_stages), rows)


# --- a handoff's way through the approval queue


def hand_over(
    connection: Connection, lead: LeadId, line: str, *, at: datetime, action: str, by: str = AGENT, reason: str | None = None
) -> bool:
    """The lead is an MQL on `line`: the handoff that is `action` waits for approval. False when another one is under way there already."""
    lead = surviving(connection, lead)
    standing = stage_on(connection, lead, line)
    if standing is Stage.ANONYMOUS:
        standing = move(connection, lead, WHOLE, from_=standing, to=Stage.LEAD, at=at, by=AGENT).stage
    if standing in OPEN:
        return False
    move(connection, lead, line, from_=standing, to=Stage.MQL, at=at, by=by, reason=reason, opens=action)
    return True


def take_back(connection: Connection, lead: LeadId, line: str, *, at: datetime, action: str, reason: str) -> bool:
    """The handoff that waited was not approved: the lead is engaged again. False when sales has it already, or it never waited."""
    lead = surviving(connection, lead)
    rows = [row for row in history(connection, lead, line=line) if row.action == action]
    delivered = connection.scalar(select(sales_inbox.c.execution).where(sales_inbox.c.action == action).limit(1))
    if delivered or not rows or rows[-1].stage is not Stage.MQL:
        return False
    move(connection, lead, line, from_=Stage.MQL, to=Stage.ENGAGED, at=at, by=AGENT, reason=reason, action=action)
    return True


# --- recycles, as scoring reads them


def recycles_of(connection: Connection, ids: Collection[LeadId]) -> Mapping[LeadId, list[tuple[str, Recycle]]]:
    """The recycles of these leads and of those merged into them: [(service line, recycle)] by the lead they count for."""
    column = leads.c
    merged = in_chunks(connection, lambda part: select(column.id, column.merged_into).where(column.merged_into.in_(part)), ids)
    owner = {LeadId(row.id): LeadId(row.merged_into) for row in merged} | {lead: lead for lead in ids}
    past = lead_stages.c
    recycled = (past.stage == Stage.RECYCLED.value, past.until.is_not(None))
    columns = (past.lead, past.service_line, past.handoff, past.at, past.until)
    found: dict[LeadId, list[tuple[str, Recycle]]] = {}
    for row in in_chunks(connection, lambda part: select(*columns).where(past.lead.in_(part), *recycled), owner):
        found.setdefault(owner[row.lead], []).append((row.service_line, Recycle(row.handoff or "", row.at, row.until)))
    return found
