"""The funnel: of the people first seen in the period, how many have come how far by now. And MQLs by when they were handed over, and became SQLs."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Row, and_, case, func, select

from policies.leads.lifecycle import WON, Stage
from policies.records import Record, Track
from policies.spoken import counted
from tools.reports.report import TRACK_WORDS, Asked, Cell, Report, Table, percent, share
from tools.store.lifecycle import WHOLE
from tools.store.tables import lead_stages, leads, scores

BEFORE = (Stage.ANONYMOUS, Stage.LEAD, Stage.ENGAGED)
AFTER = (Stage.MQL, Stage.ACCEPTED, Stage.SQL)
WORDS = {
    Stage.ANONYMOUS: "Seen",
    Stage.LEAD: "Identified",
    Stage.ENGAGED: "Engaged",
    Stage.MQL: "MQL",
    Stage.ACCEPTED: "Accepted",
    Stage.SQL: "SQL",
    Stage.OPPORTUNITY: "Opportunity",
    Stage.BOOKED: "Booked",
    Stage.SEEN: "Seen as patient",
}
LAST_WORDS = {Track.B2C_PATIENT: "Came", Track.B2B_REFERRAL: "Referring"}

WEEKLY_UP_TO_DAYS = 90
WITHIN_DAYS = (7, 14, 30, 60, 90)


class TrackFunnel(Record):
    """`reached` counts people who came at least so far, from the first stage to the last: it never rises."""

    track: Track
    stages: tuple[str, ...]
    reached: tuple[int, ...]

    def count(self, stage: str) -> int:
        return self.reached[self.stages.index(stage)]


class Funnel(Report):
    """One funnel per track. `name` says whose: a service line, or all."""

    name: str
    days: int
    tracks: tuple[TrackFunnel, ...]

    def takeaway(self) -> str:
        told = [
            f"{TRACK_WORDS[one.track]}: {counted(one.reached[0], 'person', 'people')} first seen in {self.days} days, "
            f"{counted(one.count('MQL'), 'MQL')} ({percent(one.count('MQL'), one.reached[0])}), {counted(one.count('SQL'), 'SQL')}"
            for one in self.tracks
            if one.reached[0]
        ]
        return f"{self.name}. " + ("; ".join(told) if told else f"Nobody was first seen in the last {self.days} days") + "."

    def table(self) -> Table:
        rows: list[tuple[Cell, ...]] = []
        for one in self.tracks:
            for place, stage in enumerate(one.stages):
                before = one.reached[place - 1] if place else None
                of_all, of_before = share(one.reached[place], one.reached[0]), share(one.reached[place], before) if before else None
                rows.append((TRACK_WORDS[one.track], stage, one.reached[place], of_before, of_all))
        return Table(("Track", "Stage", "People", "Of the stage before, %", "Of all seen, %"), tuple(rows))

    def is_empty(self) -> bool:
        return not any(one.reached[0] for one in self.tracks)


def funnel(asked: Asked) -> Funnel:
    """Counts over the index of leads by first act; stages from MQL on by the history, of which there are far fewer."""
    early = _early(asked)
    late = _late(asked)
    wanted = [track for track in Track if track in {line.track for line in asked.lines()}]
    tracks = []
    for track in wanted:
        order = (*BEFORE, *AFTER, WON[track], Stage.SEEN)
        words = (*(WORDS[stage] for stage in order[:-1]), LAST_WORDS[track])
        tracks.append(TrackFunnel(track=track, stages=words, reached=_reached(early.get(track, Counter()), late.get(track, Counter()))))
    line = asked.practice.line(asked.filters.line).name if asked.filters.line else "All service lines"
    return Funnel(name=line, days=asked.filters.days, tracks=tuple(tracks))


def _reached(early: Counter[str], late: Counter[int]) -> tuple[int, ...]:
    everybody = sum(early.values())
    named = everybody - early[Stage.ANONYMOUS]
    from_mql = [sum(count for rank, count in late.items() if rank >= step) for step in range(5)]
    # Whoever is an MQL counts as engaged, also who skipped that stage by asking for a person at once.
    return everybody, named, max(named - early[Stage.LEAD], from_mql[0]), *from_mql


def _early(asked: Asked) -> dict[str, Counter[str]]:
    people = leads.c
    counts = select(people.track, people.stage, func.count()).where(people.created_at >= asked.since, people.merged_into.is_(None))
    counts = counts.where(people.track.in_([line.track.value for line in asked.lines()])).group_by(people.track, people.stage)
    if asked.filters.line:
        model = asked.model_of(asked.filters.line)
        counts = counts.join(scores, and_(scores.c.lead == people.id, scores.c.model == (model.id if model else "")))
    found: dict[str, Counter[str]] = {}
    for track, stage, count in asked.connection.execute(counts):
        found.setdefault(track, Counter())[stage] = count
    return found


def _late(asked: Asked) -> dict[str, Counter[int]]:
    """Track → how many people came as far as step 0 (MQL) to 4 (the last), each counted at the furthest."""
    past, then, now = lead_stages.c, leads.alias("then_called"), leads.alias("now_called")
    steps = {Stage.MQL: 0, Stage.ACCEPTED: 1, Stage.SQL: 2, Stage.OPPORTUNITY: 3, Stage.BOOKED: 3, Stage.SEEN: 4}
    rank = func.max(case({stage.value: step for stage, step in steps.items()}, value=past.stage)).label("rank")
    furthest = (
        select(now.c.id, now.c.track, rank)
        .select_from(lead_stages.join(then, then.c.id == past.lead).join(now, now.c.id == func.coalesce(then.c.merged_into, then.c.id)))
        .where(past.stage.in_([stage.value for stage in steps]), now.c.created_at >= asked.since)
        .where(past.service_line.in_([line.key for line in asked.lines()]))
        .group_by(now.c.id, now.c.track)
        .subquery()
    )
    found: dict[str, Counter[int]] = {}
    counts = select(furthest.c.track, furthest.c.rank, func.count()).group_by(furthest.c.track, furthest.c.rank)
    for track, step, count in asked.connection.execute(counts):
        found.setdefault(track, Counter())[step] = count
    return found


# --- cohorts


class Cohort(Record):
    """MQLs handed over in one week or month. `sqls` counts those that became an SQL within each of `WITHIN_DAYS`, None where that time is not over
    for all of them; `sqls_so_far` is as of now."""

    name: str
    starts_at: AwareDatetime
    mqls: int
    sqls: tuple[int | None, ...]
    sqls_so_far: int


class Cohorts(Report):
    name: str
    unit: str  # week | month
    cohorts: tuple[Cohort, ...]

    def takeaway(self) -> str:
        mqls, sqls = sum(one.mqls for one in self.cohorts), sum(one.sqls_so_far for one in self.cohorts)
        if not mqls:
            return f"{self.name}: no MQL was handed over in this period."
        return f"{self.name}: {sqls:,} of {counted(mqls, 'MQL')} became SQL ({percent(sqls, mqls)})."

    def table(self) -> Table:
        head = (self.unit.capitalize(), "MQLs", *(f"SQL within {days} days, %" for days in WITHIN_DAYS), "SQLs so far", "SQL so far, %")
        rows = tuple(
            (
                *(one.name, one.mqls),
                *(None if sqls is None else share(sqls, one.mqls) for sqls in one.sqls),
                *(one.sqls_so_far, share(one.sqls_so_far, one.mqls)),
            )
            for one in self.cohorts
        )
        return Table(head, rows)

    def is_empty(self) -> bool:
        return not self.cohorts


def cohorts(asked: Asked) -> Cohorts:
    """Two ranges of the history by stage and time. A handoff is told from another of the same lead by its action."""
    entered = _entries(asked, Stage.MQL)
    qualified = {(row.action or row.lead, row.service_line): row.at for row in reversed(_entries(asked, Stage.SQL))}
    weekly = asked.filters.days <= WEEKLY_UP_TO_DAYS
    groups: dict[datetime, list[tuple[datetime, datetime | None]]] = {}
    for row in entered:
        groups.setdefault(_start(row.at, weekly), []).append((row.at, qualified.get((row.action or row.lead, row.service_line))))
    found = [_cohort(start, members, weekly, asked.at) for start, members in sorted(groups.items())]
    line = asked.practice.line(asked.filters.line).name if asked.filters.line else "All service lines"
    return Cohorts(name=line, unit="week" if weekly else "month", cohorts=tuple(found))


def _entries(asked: Asked, stage: Stage) -> list[Row[Any]]:
    past = lead_stages.c
    statement = (
        select(past.lead, past.service_line, past.action, past.at)
        .where(past.stage == stage.value, past.at >= asked.since, past.at <= asked.at, past.service_line != WHOLE)
        .where(past.service_line.in_([line.key for line in asked.lines()]))
        .order_by(past.at, past.id)
    )
    here = asked.here()
    return list(asked.connection.execute(statement if here is None else statement.where(past.action.in_(here))))


def _start(at: datetime, weekly: bool) -> datetime:
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday()) if weekly else day.replace(day=1)


def _cohort(start: datetime, members: list[tuple[datetime, datetime | None]], weekly: bool, at: datetime) -> Cohort:
    youngest = max(entered for entered, _ in members)
    within = [
        sum(sql is not None and sql - entered <= timedelta(days=days) for entered, sql in members)
        if at - youngest >= timedelta(days=days)
        else None
        for days in WITHIN_DAYS
    ]
    return Cohort(
        name=f"{start:%d %b %Y}" if weekly else f"{start:%b %Y}",
        starts_at=start,
        mqls=len(members),
        sqls=tuple(within),
        sqls_so_far=sum(sql is not None for _, sql in members),
    )
