"""A lead's total over time: what it was, and what it will be if nothing happens. Points and days; whose they are is not in it."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from tools.reports.report import Report, Table
from tools.store.explain import Explained


class Timeline(Report):
    """`points` are (when, total), ascending; those after `now` are drawn forward. `ends_at`: when it stops being an MQL, if it is one and does."""

    line: str
    now: AwareDatetime
    threshold: float
    most: float
    points: tuple[tuple[AwareDatetime, float], ...]
    ends_at: AwareDatetime | None

    def total_now(self) -> float:
        return next((total for at, total in reversed(self.points) if at <= self.now), 0.0)

    def takeaway(self) -> str:
        said = f"{self.line}: {self.total_now():.0f} points now, MQL from {self.threshold:g}"
        return f"{said}; if nothing happens it is an MQL until {self.ends_at:%d %b %Y}." if self.ends_at else f"{said}."

    def table(self) -> Table:
        rows = tuple(
            (f"{at:%Y-%m-%d %H:%M} UTC", round(total, 2), "was" if at <= self.now else "if nothing happens") for at, total in self.points
        )
        return Table(("When", "Points", "Kind"), rows)

    def is_empty(self) -> bool:
        return not self.points


def timeline_of(one: Explained, *, line: str, at: datetime) -> Timeline:
    """The curve of `explain`, with the total at `at` as one of its points."""
    points = sorted({(point.at, point.total) for point in one.curve} | {(at, one.score.total)})
    end = points[-1][0] + timedelta(seconds=1)
    return Timeline(
        line=line,
        now=at,
        threshold=one.model.threshold,
        most=max(100.0, one.model.total_cap),
        points=tuple(points),
        ends_at=one.ends.at if one.ends and one.ends.at <= end else None,
    )
