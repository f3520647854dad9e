"""Where scores stand now: how many leads at each total, and at each pair of fit and intent. Computed inside the database from the stored sums."""

import math
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Float, Integer, and_, cast, func, or_, select

from policies.leads.decay import LANDMARK, days
from policies.leads.model import UNGROUPED, Model
from policies.records import Record
from policies.spoken import counted
from tools.reports.report import Asked, Cell, Report, Table, percent, share
from tools.store.ranking import top_leads
from tools.store.tables import scores

BIN = 5
"""Points of total per bar."""

SAMPLE = 20_000
"""Leads of a line below the threshold that are scored for a picture, where there are more; MQLs are always counted one by one."""

BANDS = 4
"""Of fit and of intent: quarters of what the model gives at most."""

FIT_NAMES = ("D", "C", "B", "A")


class LineScores(Record):
    """One service line. `bins[i]` counts leads whose total is in [5i, 5i+5), `mql_bins[i]` those of them that are MQLs now.

    `capacity` is what sales agreed to take in 30 days (the line's goal), `capacity_total` the total of the lead in that place. `sampled`: so many
    leads that are no MQL were scored and stand for the others; None = all were.
    """

    name: str
    threshold: float
    bins: tuple[int, ...]
    mql_bins: tuple[int, ...]
    capacity: int | None
    capacity_total: float | None
    sampled: int | None = None

    @property
    def leads(self) -> int:
        return sum(self.bins)

    @property
    def mqls(self) -> int:
        return sum(self.mql_bins)


class Histogram(Report):
    lines: tuple[LineScores, ...]

    def takeaway(self) -> str:
        told = []
        for one in self.lines:
            part = percent(one.mqls, one.leads)
            said = f"{one.name}: {counted(one.mqls, 'MQL')} of {counted(one.leads, 'lead')} ({part}) at {one.threshold:g} points"
            if one.capacity_total is not None:
                said += f", the best {one.capacity} that sales takes in 30 days begin at {one.capacity_total:.0f}"
            told.append(said)
        if most := max((one.sampled or 0 for one in self.lines), default=0):
            told.append(f"bars below the MQLs are estimated from {most:,} leads a line")
        return "; ".join(told) + "." if told else "No lead has a score on this service line yet."

    def table(self) -> Table:
        rows: list[tuple[Cell, ...]] = []
        for one in self.lines:
            for place, count in ((place, count) for place, count in enumerate(one.bins) if count):
                above = "above" if place * BIN >= one.threshold else "below" if (place + 1) * BIN <= one.threshold else "across"
                points = f"{place * BIN} to {(place + 1) * BIN}"
                rows.append((one.name, points, count, share(count, one.leads), one.mql_bins[place], above))
        return Table(("Service line", "Points", "Leads", "Of the line, %", "MQLs", "Threshold"), tuple(rows))

    def is_empty(self) -> bool:
        return not any(one.leads for one in self.lines)


def histogram(asked: Asked) -> Histogram:
    """One pass over the scores of each line: the sums are decayed and capped in SQL exactly as `policies.leads.score` does."""
    found = []
    for line in asked.lines():
        model = asked.model_of(line.key)
        if model is None:
            continue
        bins, mql_bins, sampled = _bins(model, asked)
        goal = next((one.mqls_per_30_days for one in asked.practice.goals if one.service_line == line.key and one.mqls_per_30_days), None)
        best = top_leads(asked.connection, model, at=asked.at, limit=goal) if goal else []
        last = best[-1].total if goal and len(best) == goal else None
        found.append(
            LineScores(
                name=line.name,
                threshold=model.threshold,
                bins=bins,
                mql_bins=mql_bins,
                capacity=goal if last is not None else None,
                capacity_total=last,
                sampled=sampled,
            )
        )
    return Histogram(lines=tuple(found))


def _bins(model: Model, asked: Asked) -> tuple[tuple[int, ...], tuple[int, ...], int | None]:
    _, total = points_in_sql(model, asked)
    most = math.ceil(model.total_cap / BIN) or 1
    place = _whole(asked.connection, total / BIN)
    mqls, others = [0.0] * most, [0.0] * most
    drawn = _draw(model, asked)
    for is_mql, into in ((True, mqls), (False, others)):
        counts = select(place.label("place"), func.count()).where(*_scored(model), *_side(asked, drawn, is_mql=is_mql)).group_by("place")
        for at, count in asked.connection.execute(counts):
            into[min(at, most - 1)] += count
    scaled = _scaled(others, drawn)
    whole = tuple(int(mql) + other for mql, other in zip(mqls, scaled, strict=True))
    return whole, tuple(map(int, mqls)), drawn.sampled(sum(others))


class _Drawn(NamedTuple):
    """Which leads that are no MQL are scored: all of the line's `others`, or those whose id lies below `bound`."""

    others: int
    bound: str | None

    def sampled(self, scored: float) -> int | None:
        return int(scored) if self.bound else None


def _draw(model: Model, asked: Asked) -> _Drawn:
    """A lead's id is a keyed hash, so those below a bound are drawn by lot, and the same ones each time."""
    rows = scores.c
    every = asked.connection.scalar(select(func.count()).select_from(scores).where(rows.model == model.id)) or 0
    if every <= SAMPLE:
        return _Drawn(every, None)
    gone = asked.connection.scalar(select(func.count()).select_from(scores).where(rows.model == model.id, _mql_now(asked))) or 0
    return _Drawn(every - gone, f"L-{int(SAMPLE / every * 16**8):08x}")


def _scaled(sampled: list[float], drawn: _Drawn) -> list[int]:
    scored = sum(sampled)
    factor = drawn.others / scored if drawn.bound and scored else 1.0
    return [round(count * factor) for count in sampled]


def _side(asked: Asked, drawn: _Drawn, *, is_mql: bool) -> tuple[ColumnElement[bool], ...]:
    if is_mql:
        return (_mql_now(asked),)
    others = or_(scores.c.mql_until.is_(None), scores.c.mql_until < asked.at, scores.c.mql_since > asked.at)
    return (others,) if drawn.bound is None else (others, scores.c.lead < drawn.bound)


def _mql_now(asked: Asked) -> ColumnElement[bool]:
    """As `Standing.is_mql`: the threshold, its hysteresis, the gates and the recency floor are in these two instants."""
    return and_(scores.c.mql_since <= asked.at, scores.c.mql_until >= asked.at)


def points_in_sql(model: Model, asked: Asked) -> tuple[ColumnElement[float], ColumnElement[float]]:
    """(intent, total) of a row of `scores` at the instant asked about."""
    lesser, greater = (func.min, func.max) if asked.connection.dialect.name == "sqlite" else (func.least, func.greatest)
    factor = math.exp(-model.rate * days(LANDMARK, asked.at))
    parts: list[ColumnElement[float]] = []
    for name in (*model.group_caps, UNGROUPED):
        value = func.coalesce(scores.c.groups[name].as_float(), 0.0) * factor
        cap = model.group_caps.get(name)
        # A CASE would name the value three times, and each naming reads the JSON again.
        parts.append(value if cap is None else lesser(cap, greater(-cap, value, type_=Float), type_=Float))
    summed: ColumnElement[float] = sum(parts[1:], parts[0])
    intent = lesser(model.intent_cap, greater(0.0, summed, type_=Float), type_=Float)
    return intent, lesser(model.total_cap, scores.c.fit + intent, type_=Float)


def _scored(model: Model) -> tuple[ColumnElement[bool], ...]:
    return scores.c.model == model.id, scores.c.disqualified_at.is_(None)


def _whole(connection: Connection, value: ColumnElement[Any]) -> ColumnElement[int]:
    """The whole part of a value that is not negative: a cast rounds on PostgreSQL and cuts on SQLite."""
    return cast(value, Integer) if connection.dialect.name == "sqlite" else cast(func.floor(value), Integer)


# --- fit and intent


class Grid(Report):
    """`cells[f][i]` counts leads by quarter of fit (0 lowest, D; 3 highest, A) and of intent (0 lowest, 1; 3 highest, 4)."""

    name: str
    cells: tuple[tuple[int, ...], ...]
    mqls: tuple[tuple[int, ...], ...]

    @property
    def leads(self) -> int:
        return sum(map(sum, self.cells))

    def takeaway(self) -> str:
        hot = sum(self.cells[fit][intent] for fit in (2, 3) for intent in (2, 3))
        cold = sum(self.cells[fit][intent] for fit in (2, 3) for intent in (0, 1))
        if not self.leads:
            return f"{self.name}: no lead has a score yet."
        return (
            f"{self.name}: {counted(hot, 'lead')} of {self.leads:,} fit well and act (A and B, 3 and 4); "
            f"{counted(cold, 'lead')} fit well but show little intent: nurture them."
        )

    def table(self) -> Table:
        rows = tuple(
            (f"{FIT_NAMES[fit]}{intent + 1}", _quarter(fit), _quarter(intent), self.cells[fit][intent], self.mqls[fit][intent])
            for fit in reversed(range(BANDS))
            for intent in range(BANDS)
        )
        return Table(("Cell", "Fit, share of the most", "Intent, share of the most", "Leads", "Of these MQLs"), rows)

    def is_empty(self) -> bool:
        return self.leads == 0


def _quarter(place: int) -> str:
    return f"{place * 25} to {place * 25 + 25} %"


def grid(asked: Asked) -> Grid:
    """As `histogram`, by quarters of each model's own caps, so that lines with different models can be added up."""
    cells = [[0] * BANDS for _ in range(BANDS)]
    mqls = [[0] * BANDS for _ in range(BANDS)]
    for line in asked.lines():
        model = asked.model_of(line.key)
        if model is None:
            continue
        intent, _ = points_in_sql(model, asked)
        fit_band, intent_band = _band(asked.connection, scores.c.fit, model.fit_cap), _band(asked.connection, intent, model.intent_cap)
        counts = select(fit_band.label("fit_band"), intent_band.label("intent_band"), func.count()).group_by("fit_band", "intent_band")
        drawn = _draw(model, asked)
        others = [0.0] * BANDS * BANDS
        for fit, wants, count in asked.connection.execute(counts.where(*_scored(model), *_side(asked, drawn, is_mql=False))):
            others[fit * BANDS + wants] += count
        for place, count in enumerate(_scaled(others, drawn)):
            cells[place // BANDS][place % BANDS] += count
        for fit, wants, count in asked.connection.execute(counts.where(*_scored(model), *_side(asked, drawn, is_mql=True))):
            cells[fit][wants] += count
            mqls[fit][wants] += count
    line_name = asked.practice.line(asked.filters.line).name if asked.filters.line else "All service lines"
    return Grid(name=line_name, cells=tuple(map(tuple, cells)), mqls=tuple(map(tuple, mqls)))


def _band(connection: Connection, value: ColumnElement[Any], most: float) -> ColumnElement[int]:
    lesser = func.min if connection.dialect.name == "sqlite" else func.least
    return lesser(BANDS - 1, _whole(connection, value * BANDS / most), type_=Integer) if most else cast(0, Integer)
