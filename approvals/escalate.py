"""Overdue leads: somebody with authority hears of it, once per handoff, timer and level. The store's key makes it once, the given clock when."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from approvals.inbox import Handoff, HandoffStatus, due_of, every
from approvals.response import clocks_of
from policies.leads.sla import Clock, Timer
from tools.practice import Person, Practice
from tools.store.action_tables import handoff_escalations, human_tasks, sales_inbox
from tools.store.audit import Event
from tools.store.database import insert_once
from tools.workspace import Workspace

LEVELS = {1: "sales lead", 2: "marketing director"}
NOT_DONE = {Timer.ACCEPT: "nobody accepted it", Timer.ATTEMPT: "nobody tried to reach it"}


class Escalated(NamedTuple):
    handoff: str
    timer: Timer
    level: int
    to: str


def escalate_overdue(ws: Workspace) -> list[Escalated]:
    """Tell the sales lead of every overdue handoff, and the marketing director when it is overdue by the whole term again.

    Each message is a task and an audit row, in one transaction with the key that keeps it from being sent twice.
    """
    now = ws.clock()
    with ws.database.read() as connection:
        open_ = every(connection, HandoffStatus.NEW, HandoffStatus.ACCEPTED)
        late = list(_due(ws, connection, open_))
    _restamp(ws, open_)
    if not late:
        return []  # the worker asks often: most of the time there is nothing to lock the store for
    told = []
    with ws.database.write() as connection:
        for handoff, clock, level in late:
            key = {"handoff": handoff.execution, "timer": clock.timer.value, "level": level, "at": now}
            if not insert_once(connection, handoff_escalations, key):
                continue
            one = Escalated(handoff.execution, clock.timer, level, _whom(ws.practice, level))
            connection.execute(insert(human_tasks).values(_task(ws, handoff, clock, one)))
            detail = {"execution": one.handoff, "timer": one.timer, "level": one.level, "due_at": clock.due_at.isoformat()}
            ws.audit.append(connection, event=Event.HANDOFF_ESCALATE, actor="clock", subject=handoff.action, detail=detail, at=now)
            told.append(one)
    return told


def _restamp(ws: Workspace, open_: Sequence[Handoff]) -> None:
    """The work list is ordered by stored instants: those that practice.yaml now puts elsewhere, or that were never stored, are written anew."""
    stale = {one.execution: (one.status, due) for one in open_ if (due := due_of(ws.practice, one)) != one.due_at}
    if not stale:
        return
    key = sales_inbox.c
    with ws.database.write() as connection:
        for execution, (status, due) in sorted(stale.items()):
            unmoved = (key.execution == execution) & (key.status == status.value) & key.first_attempt_at.is_(None)
            connection.execute(update(sales_inbox).where(unmoved).values(due_at=due))


def _due(ws: Workspace, connection: Connection, open_: Sequence[Handoff]) -> Iterator[tuple[Handoff, Clock, int]]:
    rows = connection.execute(select(handoff_escalations.c.handoff, handoff_escalations.c.timer, handoff_escalations.c.level))
    known = {tuple(row) for row in rows}
    for handoff in open_:
        if handoff.first_attempt_at is not None:
            continue
        for clock in clocks_of(ws.practice, handoff, now=ws.clock()):
            for level in range(1, clock.level + 1):
                if (handoff.execution, clock.timer.value, level) not in known:
                    yield handoff, clock, level


def _task(ws: Workspace, handoff: Handoff, clock: Clock, told: Escalated) -> dict[str, object]:
    names = {line.key: line.name for line in ws.practice.service_lines}
    line = names.get(handoff.service_line, handoff.service_line)
    sla = ws.practice.sla(handoff.service_line, handoff.track)
    term = (sla.accept if clock.timer is Timer.ACCEPT else sla.attempt).words
    whose = f"{handoff.by} has it. " if handoff.by else ""
    return {
        "execution": f"{handoff.execution}:{clock.timer.value}:{told.level}",
        "action": handoff.action,
        "title": f"{line} lead overdue: {NOT_DONE[clock.timer]} within {term}",
        "body": f"Lead {handoff.lead}, handoff {handoff.execution}: {NOT_DONE[clock.timer]} within {term}. {whose}"
        "See that somebody takes it now; it is in the sales inbox.",
        "where": told.to,
        "status": "open",
        "created_at": ws.clock(),
    }


def _whom(practice: Practice, level: int) -> str:
    """ "Kim Tran, sales lead": who practice.yaml names under `escalation`, else the first person of that role; the role alone if there is none."""
    person = told_at(practice, level)
    return f"{person.name}, {LEVELS[level]}" if person else LEVELS[level]


def told_at(practice: Practice, level: int) -> Person | None:
    """Who hears of it at this level."""
    named = practice.escalation.sales_lead if level == 1 else practice.escalation.marketing_director
    return practice.person(named) if named else _first(practice, ("sales",) if level == 1 else ("marketing", "admin"))


def director(practice: Practice) -> str:
    """Who hears of what nobody did in time, in words: "Dana Whitcombe, marketing director"."""
    return _whom(practice, 2)


def _first(practice: Practice, roles: tuple[str, ...]) -> Person | None:
    """The first person with all of `roles`, or else with the first of them."""
    able = [person for person in practice.people if roles[0] in person.roles]
    return next((person for person in able if set(roles) <= set(person.roles)), next(iter(able), None))
