"""Ceilings: what may leave in a time, whoever approved it. Each objection names the figure, the ceiling and when there is room again."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from policies.actions import Action
from policies.kinds import KINDS, Operation
from policies.records import LeadId
from tools.practice import Practice
from tools.store import ceilings as store

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
CENT = 0.005
MEND = "Approve it again then, or raise the ceiling under approval_policy.ceilings in practice.yaml."


def over(practice: Practice, connection: Connection, action: Action, *, now: datetime) -> Iterable[tuple[str, str, str]]:
    """(rule, title, mend) for every ceiling that `action` would break if it were executed now."""
    if not practice.approval_policy.ceilings.model_dump(exclude_none=True):
        return
    store.hold(connection)
    yield from _spend(practice, connection, action, now=now)
    if Operation.SMTP in KINDS[action.kind].operations:
        yield from _mail(practice, connection, action, now=now)


def _spend(practice: Practice, connection: Connection, action: Action, *, now: datetime) -> Iterable[tuple[str, str, str]]:
    ceilings, mine = practice.approval_policy.ceilings, action.money_usd
    if mine <= 0:
        return
    midnight, tomorrow = practice.day(now)
    if (cap := ceilings.spend_usd_per_day) is not None:
        spent = store.spent_usd(connection, since=midnight, besides=action.id)
        if spent + mine > cap + CENT:
            yield _told("EXEC-CEILING-SPEND-DAY", _money("today", spent, cap, mine), practice, tomorrow if mine <= cap + CENT else None)
    if (cap := ceilings.spend_usd_per_30_days) is not None:
        spent = store.spent_usd(connection, since=now - MONTH, besides=action.id)
        if spent + mine > cap + CENT:
            free = _room(connection, action, excess=spent + mine - cap, now=now) if mine <= cap + CENT else None
            yield _told("EXEC-CEILING-SPEND-MONTH", _money("in 30 days", spent, cap, mine), practice, free)


def _room(connection: Connection, action: Action, *, excess: float, now: datetime) -> datetime | None:
    """When enough of what was spent lies more than 30 days back."""
    for spent in store.spends(connection, since=now - MONTH, besides=action.id):
        excess -= spent.usd
        if excess <= CENT:
            return spent.at + MONTH
    return None


def _mail(practice: Practice, connection: Connection, action: Action, *, now: datetime) -> Iterable[tuple[str, str, str]]:
    ceilings = practice.approval_policy.ceilings
    midnight, tomorrow = practice.day(now)
    if (most := ceilings.emails_per_day) is not None:
        sent = store.sent(connection, since=midnight, besides=action.id)
        if sent >= most:
            title = f"{sent} emails were sent today; the ceiling is {most} a day"
            yield _told("EXEC-CEILING-EMAILS", title, practice, tomorrow if most else None)
    lead = action.content.audience.lead if action.content.audience else None
    if lead is not None and (most := ceilings.emails_per_lead_per_7_days) is not None:
        times = store.sent_to(connection, LeadId(lead), since=now - WEEK, besides=action.id)
        if len(times) >= most:
            title = f"This lead got {len(times)} emails in 7 days; the ceiling is {most}"
            yield _told("EXEC-CEILING-LEAD", title, practice, times[len(times) - most] + WEEK if most else None)


def _money(when: str, spent: float, cap: float, mine: float) -> str:
    return f"${spent:,.2f} was spent {when}; ${mine:,.2f} more does not fit under the ceiling of ${cap:,.2f}"


def _told(rule: str, title: str, practice: Practice, free: datetime | None) -> tuple[str, str, str]:
    if free is None:
        return (
            rule,
            title,
            "It never fits under this ceiling: reject it, or raise the ceiling under approval_policy.ceilings in practice.yaml.",
        )
    there = free.astimezone(ZoneInfo(practice.timezone))
    return rule, title, f"There is room again on {there.day} {there:%b %Y} at {there:%H:%M} {there.tzname()}. {MEND}"
