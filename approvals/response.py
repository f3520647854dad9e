"""Response times of handoffs, and what each handoff teaches. Reads only: whether a lead is overdue is computed when somebody asks."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import AwareDatetime
from sqlalchemy import Connection

from approvals.inbox import Handoff, HandoffStatus, every, stage_of
from policies.leads.lifecycle import Label, Stage, label_of
from policies.leads.sla import Clock, Life, clocks, missed_sla
from policies.records import LeadId, Record, Track
from tools.practice import Practice
from tools.store.lifecycle import StageRow

OPEN = (HandoffStatus.NEW, HandoffStatus.ACCEPTED)
"""A timer may be running."""


class Waiting(NamedTuple):
    """A handoff with the timer that runs for it now; None = none does."""

    handoff: Handoff
    clock: Clock | None


class Outcome(Record):
    """What one decided handoff says about the model. `missed_sla`: sales was late, so a bad outcome counts as unknown."""

    lead: LeadId
    track: Track
    service_line: str
    received_at: AwareDatetime
    stage: Stage
    outcome: Label
    reason: str | None = None
    missed_sla: bool = False


def clocks_of(practice: Practice, handoff: Handoff, *, now: datetime) -> list[Clock]:
    """The handoff's timers that have started, on the business hours of its location."""
    calendar = practice.calendar(handoff.service_line, handoff.location)
    return clocks(life_of(handoff), practice.sla(handoff.service_line, handoff.track), calendar, now=now)


def life_of(handoff: Handoff, history: Sequence[StageRow] = ()) -> Life:
    """`history` tells since when it waited for approval."""
    queued = next((row.at for row in history if row.action == handoff.action and row.service_line == handoff.service_line), None)
    closed = None if handoff.status in OPEN else handoff.decided_at or handoff.received_at
    return Life(handoff.received_at, queued, handoff.accepted_at, handoff.first_attempt_at, closed)


def by_due(practice: Practice, handoffs: Sequence[Handoff], *, now: datetime) -> list[Waiting]:
    """Those with a running timer first, the next due on top; then the others as they came."""
    found = [Waiting(one, next((clock for clock in clocks_of(practice, one, now=now) if clock.running), None)) for one in handoffs]
    running = [one for one in found if one.clock is not None]
    return [*sorted(running, key=_due), *(one for one in found if one.clock is None)]


def _due(one: Waiting) -> tuple[datetime, str]:
    return (one.clock.due_at if one.clock else one.handoff.received_at), one.handoff.execution


def outcomes(practice: Practice, connection: Connection, *, now: datetime) -> list[Outcome]:
    """Every handoff that sales decided on, in order of arrival: the labels that scoring models are measured against and learn from."""
    found = []
    for one in every(connection, *(status for status in HandoffStatus if status is not HandoffStatus.NEW)):
        missed = missed_sla(clocks_of(practice, one, now=now))
        stage, reason = stage_of(one), one.reason.value if one.reason else None
        label = label_of(stage, reason, missed_sla=missed)
        found.append(
            Outcome(
                lead=one.lead,
                track=one.track,
                service_line=one.service_line,
                received_at=one.received_at,
                stage=stage,
                outcome=label,
                reason=reason,
                missed_sla=missed,
            )
        )
    return found
