"""`liaison handoff`: the sales inbox without a browser. Lists and shows; accepts, gives back, records attempts, qualifies, says what came of it."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any, TextIO

from pydantic import ValidationError
from sqlalchemy import Connection

from approvals import inbox, response, returns
from approvals.inbox import Handoff, HandoffStatus
from policies.leads.bant import Bant
from policies.leads.lifecycle import CONSEQUENCES, Attempt, LostReason, RejectReason
from policies.leads.sla import Clock, approval_wait, length
from policies.records import LeadId
from tools.store import lifecycle
from tools.store.contacts import surviving
from tools.workspace import Workspace


def list_handoffs(ws: Workspace, *, status: HandoffStatus | None, as_json: bool, stdout: TextIO) -> int:
    """Those with a running response time first, the next due on top; `status` None = all."""
    with ws.database.read() as connection:
        found = inbox.every(connection, *([status] if status else ()))
    waiting = response.by_due(ws.practice, found, now=ws.clock())
    if as_json:
        print(json.dumps([_row(one.handoff) | {"clock": _clock(one.clock)} for one in waiting], ensure_ascii=False), file=stdout)
        return 0
    if not waiting:
        print("No handoff is in the sales inbox. One arrives when its item is approved and executed: liaison queue list.", file=stdout)
    for handoff, clock in waiting:
        due = f"{clock.timer}: {clock.words}" if clock else ""
        print(f"{handoff.execution}  {handoff.status:<11} {handoff.service_line:<18} {handoff.lead}  {due}".rstrip(), file=stdout)
    return 0


def show(ws: Workspace, execution: str, *, as_json: bool, stdout: TextIO) -> int:
    """One handoff: why, response times, attempts, every stage the lead went through on this line."""
    with ws.database.read() as connection:
        handoff = inbox.get_handoff(connection, execution)
        body = _whole(ws, connection, handoff)
    if as_json:
        print(json.dumps(body, ensure_ascii=False), file=stdout)
        return 0
    print(f"{handoff.execution}  {handoff.status}  {handoff.service_line}  lead {handoff.lead}", file=stdout)
    for reason in handoff.handoff.get("why", ()):
        print(f"why: {reason}", file=stdout)
    for clock in body["clocks"]:
        print(f"{clock['timer']}: {clock['words']}, due {clock['due_at']}", file=stdout)
    print(f"waited for approval: {body['waited_for_approval']}", file=stdout)
    for one in body["attempts"]:
        print(f"attempt: {one['at']}  {one['outcome']}  {one['by']}", file=stdout)
    for one in body["stages"]:
        extra = "".join(f"  {name} {one[name]}" for name in ("reason", "until") if one[name])
        print(f"{one['at']}  {one['stage']}  {one['by']}{extra}", file=stdout)
    return 0


def accept(ws: Workspace, execution: str, *, by: str, as_json: bool, stdout: TextIO) -> int:
    return _done(ws, lambda: inbox.accept(ws, execution, by=by), as_json=as_json, stdout=stdout)


def reject(
    ws: Workspace,
    execution: str,
    *,
    by: str,
    reason: RejectReason,
    return_on: date | None,
    line: str | None,
    of: str | None,
    as_json: bool,
    stdout: TextIO,
) -> int:
    """Says what the reason entails."""
    lead = LeadId(of) if of else None

    def work() -> Handoff:
        return returns.reject(ws, execution, by=by, reason=reason, return_on=return_on, line=line, of=lead)

    return _done(ws, work, as_json=as_json, stdout=stdout, note=CONSEQUENCES[reason].words)


def attempt(ws: Workspace, execution: str, *, by: str, outcome: Attempt, as_json: bool, stdout: TextIO) -> int:
    return _done(ws, lambda: inbox.record_attempt(ws, execution, by=by, outcome=outcome), as_json=as_json, stdout=stdout)


def qualify(ws: Workspace, execution: str, *, by: str, answers: dict[str, Any], as_json: bool, stdout: TextIO, stderr: TextIO) -> int:
    """2 when an answer is not one of its list."""
    try:
        bant = Bant.model_validate(answers)
    except ValidationError as error:
        wrong = ", ".join(f"--{one['loc'][0]}: {one['msg'].removeprefix('Input ')}" for one in error.errors())
        print(f"liaison handoff qualify: {wrong}", file=stderr)
        return 2
    return _done(ws, lambda: inbox.qualify(ws, execution, by=by, bant=bant), as_json=as_json, stdout=stdout)


def outcome(
    ws: Workspace, execution: str, *, by: str, found: HandoffStatus, reason: LostReason | None, as_json: bool, stdout: TextIO
) -> int:
    def work() -> Handoff:
        return inbox.record_outcome(ws, execution, by=by, outcome=found, reason=reason)

    return _done(ws, work, as_json=as_json, stdout=stdout)


def _done(ws: Workspace, work: Callable[[], Handoff], *, as_json: bool, stdout: TextIO, note: str = "") -> int:
    """Our own errors go up: the command line prints them and answers 1."""
    handoff = work()
    if as_json:
        with ws.database.read() as connection:
            print(json.dumps(_whole(ws, connection, handoff), ensure_ascii=False), file=stdout)
        return 0
    print(f"{handoff.execution}: {handoff.status}, lead {handoff.lead}{f'. {note}' if note else ''}", file=stdout)
    return 0


def _row(handoff: Handoff) -> dict[str, Any]:
    return handoff.model_dump(mode="json", exclude={"handoff"}) | {"score": handoff.handoff.get("fields", {}).get("score")}


def _clock(clock: Clock | None) -> dict[str, Any] | None:
    if clock is None:
        return None
    instants = {name: at.isoformat() if (at := getattr(clock, name)) else None for name in ("started_at", "due_at", "met_at")}
    minutes = round(clock.left.total_seconds() / 60, 1)
    return {"timer": clock.timer.value, **instants, "missed": clock.missed, "business_minutes_left": minutes, "words": clock.words}


def _whole(ws: Workspace, connection: Connection, handoff: Handoff) -> dict[str, Any]:
    past = lifecycle.history(connection, surviving(connection, handoff.lead), line=handoff.service_line)
    calendar = ws.practice.calendar(handoff.service_line, handoff.location)
    waited = approval_wait(response.life_of(handoff, past), calendar)
    return {
        **_row(handoff),
        "why": handoff.handoff.get("why", []),
        "clocks": [_clock(clock) for clock in response.clocks_of(ws.practice, handoff, now=ws.clock())],
        "waited_for_approval": length(waited),
        "waited_for_approval_minutes": round(waited.total_seconds() / 60, 1),
        "attempts": [one.model_dump(mode="json") for one in inbox.attempts_of(connection, handoff.execution)],
        "stages": [one.model_dump(mode="json") for one in past],
    }
