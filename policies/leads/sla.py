"""Response times: how soon sales accepts a lead and first tries to reach it, per service line, on a business calendar. Pure: instants in, clocks out.

The clock starts when the lead reaches sales. What it waited for approval before is no fault of sales: it is told apart.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from policies.leads.business_time import Calendar, due, due_days, elapsed
from policies.records import Track


class Timer(StrEnum):
    ACCEPT = "accept"
    ATTEMPT = "attempt"


class Term(NamedTuple):
    """A length of business time: minutes, or whole business days."""

    minutes: int = 0
    days: int = 0

    def end(self, start: datetime, calendar: Calendar) -> datetime:
        return due_days(start, self.days, calendar) if self.days else due(start, self.minutes, calendar)

    def times(self, factor: int) -> "Term":
        return Term(self.minutes * factor, self.days * factor)

    @property
    def words(self) -> str:
        count, unit = (self.days, "business day") if self.days else (self.minutes, "business minute")
        return f"{count} {unit}{'' if count == 1 else 's'}"


class Sla(NamedTuple):
    """From the lead's arrival to its acceptance, and from there to the first attempt (for practices: the visit)."""

    accept: Term
    attempt: Term


def _minutes(minutes: int) -> Sla:
    return Sla(Term(minutes), Term(minutes))


SLAS: Mapping[str, Sla] = {
    "orthopaedics": _minutes(15),
    "dental": _minutes(5),
    "fertility": _minutes(15),
    "dermatology": _minutes(10),
    "primary_care": _minutes(30),
    "physician_liaison": Sla(Term(days=1), Term(days=10)),
}
"""By the name of the line's model.  Source: scoring facts, 5.1 and 5.2."""

DEFAULT_SLA: Mapping[Track, Sla] = {Track.B2C_PATIENT: _minutes(30), Track.B2B_REFERRAL: Sla(Term(days=1), Term(days=10))}


def sla_of(model: str, track: Track) -> Sla:
    return SLAS.get(model, DEFAULT_SLA[track])


class Life(NamedTuple):
    """The instants of one handoff. `queued_at`: it began to wait for approval; `closed_at`: sales gave it back or it came to an end."""

    received_at: datetime
    queued_at: datetime | None = None
    accepted_at: datetime | None = None
    first_attempt_at: datetime | None = None
    closed_at: datetime | None = None


class Clock(NamedTuple):
    """One timer. `met_at` None = still running at the instant asked about. `left` is business time, negative when overdue."""

    timer: Timer
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    missed: bool
    left: timedelta
    level: int
    """0 in time, 1 overdue, 2 overdue by the whole term again: who has to hear of it."""

    @property
    def running(self) -> bool:
        return self.met_at is None

    @property
    def words(self) -> str:
        """ "12 minutes left", "overdue by 2 hours", "met", "missed by 5 minutes"; business time."""
        if self.running:
            return f"overdue by {length(-self.left)}" if self.missed else f"{length(self.left)} left"
        return f"missed by {length(-self.left)}" if self.missed else "met"


def clocks(life: Life, sla: Sla, calendar: Calendar, *, now: datetime) -> list[Clock]:
    """The timers that have started, in order: to accept, then to the first attempt."""
    found = [_clock(Timer.ACCEPT, life.received_at, sla.accept, life.accepted_at or life.closed_at, calendar, now)]
    if life.accepted_at is not None:
        found.append(_clock(Timer.ATTEMPT, life.accepted_at, sla.attempt, life.first_attempt_at or life.closed_at, calendar, now))
    return found


def _clock(timer: Timer, start: datetime, term: Term, met_at: datetime | None, calendar: Calendar, now: datetime) -> Clock:
    end = term.end(start, calendar)
    at = met_at or now
    missed = at > end
    left = -elapsed(end, at, calendar) if missed else elapsed(at, end, calendar)
    level = 0 if not missed or met_at is not None else 2 if at > term.times(2).end(start, calendar) else 1
    return Clock(timer, start, end, met_at, missed, left, level)


def missed_sla(found: list[Clock]) -> bool:
    return any(clock.missed for clock in found)


def approval_wait(life: Life, calendar: Calendar) -> timedelta:
    """Business time the handoff waited for approval before sales could see it."""
    return elapsed(life.queued_at, life.received_at, calendar) if life.queued_at else timedelta()


def length(span: timedelta) -> str:
    """Business time in words, in its two largest units: "2 h 5 min"; ten hours are never called a day."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)
