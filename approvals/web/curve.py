"""The picture of a score over time: where its line runs, in the units of the drawing. The template draws it; no script, no library."""

from datetime import datetime, timedelta
from typing import NamedTuple

from tools.store.explain import Explained

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 12, 28


class Mark(NamedTuple):
    x: float
    name: str


class Picture(NamedTuple):
    """`past` and `ahead` are points of two polylines: solid up to now, dashed after, if nothing happens. Coordinates are of a WIDTH x HEIGHT box."""

    past: str
    ahead: str
    now: float
    threshold: float
    leaves_at: float
    crossing: float | None
    months: list[Mark]
    points: list[Mark]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM


def picture_of(one: Explained, *, at: datetime) -> Picture:
    start, end = one.curve[0].at, one.curve[-1].at
    span = max((end - start).total_seconds(), 1.0)
    top = max(100.0, one.model.total_cap)

    def x(moment: datetime) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (moment - start).total_seconds() / span, 1)

    def y(points: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * points / top, 1)

    here = f"{x(at)},{y(one.score.total)}"
    past = [f"{x(point.at)},{y(point.total)}" for point in one.curve if point.at <= at]
    ahead = [f"{x(point.at)},{y(point.total)}" for point in one.curve if point.at > at]
    return Picture(
        past=" ".join([*past, here]),
        ahead=" ".join([here, *ahead]),
        now=x(at),
        threshold=y(one.model.threshold),
        leaves_at=y(one.model.threshold - one.model.hysteresis),
        crossing=x(one.ends.at) if one.ends and one.ends.at <= end else None,
        months=[Mark(x(month), f"{month:%b}") for month in _months(start, end)],
        points=[Mark(y(value), f"{value:.0f}") for value in (0, top / 2, top)],
    )


def _months(start: datetime, end: datetime) -> list[datetime]:
    """The first days of months inside, at most a dozen, evenly."""
    months = []
    month = (start.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month < end:
        months.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    return months[:: len(months) // 12 + 1]
