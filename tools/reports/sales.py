"""How long it takes to become an MQL, and why sales gives leads back."""

from datetime import datetime

from sqlalchemy import func, select

from policies.leads.lifecycle import RejectReason, Stage
from policies.records import Record
from policies.spoken import counted
from tools.reports.report import Asked, Cell, Report, Table, percent, quantile, share, spoken
from tools.store.action_tables import actions
from tools.store.tables import lead_stages, leads

MOST = 20_000
"""Newest MQLs looked at."""

QUANTILES = (0.25, 0.5, 0.75, 0.9)


class LineSpeed(Record):
    """Days from the first act to the MQL, ascending."""

    name: str
    days: tuple[float, ...]

    def at(self, part: float) -> float:
        return quantile(list(self.days), part)


class TimeToMql(Report):
    lines: tuple[LineSpeed, ...]

    def takeaway(self) -> str:
        told = [
            f"{one.name}: half of {counted(len(one.days), 'MQL')} took {one.at(0.5):.0f} days or less" for one in self.lines if one.days
        ]
        return "; ".join(told) + "." if told else "No lead became an MQL in this period."

    def table(self) -> Table:
        head = ("Service line", "MQLs", *(f"{part:.0%} within, days".replace("%", " %") for part in QUANTILES))
        lines = [one for one in self.lines if one.days]
        rows: list[tuple[Cell, ...]] = [(one.name, len(one.days), *(round(one.at(part), 1) for part in QUANTILES)) for one in lines]
        return Table(head, tuple(rows))

    def is_empty(self) -> bool:
        return not any(one.days for one in self.lines)


def time_to_mql(asked: Asked) -> TimeToMql:
    """First act of the person to the day of the MQL, as its handoff is dated; each person's first MQL on a line only, handed over in the period."""
    past, then, now = lead_stages.c, leads.alias("then_called"), leads.alias("now_called")
    statement = (
        select(now.c.id, past.service_line, past.at, actions.c.period, now.c.created_at)
        .select_from(
            lead_stages.join(then, then.c.id == past.lead)
            .join(now, now.c.id == func.coalesce(then.c.merged_into, then.c.id))
            .outerjoin(actions, actions.c.id == past.action)
        )
        .where(past.stage == Stage.MQL.value, past.at >= asked.since, past.at <= asked.at)
        .where(past.service_line.in_([line.key for line in asked.lines()]))
        .order_by(past.at.desc(), past.id.desc())
        .limit(MOST)
    )
    here = asked.here()
    first: dict[tuple[str, str], float] = {}
    for row in reversed(list(asked.connection.execute(statement if here is None else statement.where(past.action.in_(here))))):
        days = (_dated(row.period, row.at) - row.created_at).total_seconds() / 86_400
        first.setdefault((row.service_line, row.id), max(0.0, days))
    return TimeToMql(
        lines=tuple(
            LineSpeed(name=line.name, days=tuple(sorted(days for (key, _), days in first.items() if key == line.key)))
            for line in asked.lines()
        )
    )


def _dated(period: str | None, handed_over: datetime) -> datetime:
    """The end of the day a handoff is dated by, or when it was handed over where that is earlier or the date says nothing."""
    try:
        day = datetime.fromisoformat((period or "")[:10]).replace(hour=23, minute=59, second=59, tzinfo=handed_over.tzinfo)
    except ValueError:
        return handed_over
    return min(day, handed_over)


# --- why sales gives leads back


class Rejections(Report):
    """Reasons by how often sales gave them, the most frequent first. `handed_over` is what sales received meanwhile."""

    name: str
    handed_over: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def returned(self) -> int:
        return sum(count for _, count in self.reasons)

    def takeaway(self) -> str:
        if not self.reasons:
            return f"{self.name}: sales gave no lead back."
        few, so_far = 0, 0
        for _, count in self.reasons:
            few, so_far = few + 1, so_far + count
            if so_far >= 0.8 * self.returned:
                break
        most = spoken(self.reasons[0][0]).lower()
        return (
            f"{self.name}: {counted(self.returned, 'lead')} given back, most often because: {most} "
            f"({percent(self.reasons[0][1], self.returned)}); {counted(few, 'reason')} make {percent(so_far, self.returned)}."
        )

    def table(self) -> Table:
        rows: list[tuple[Cell, ...]] = []
        so_far = 0
        for reason, count in self.reasons:
            so_far += count
            rows.append((spoken(reason), count, share(count, self.returned), share(so_far, self.returned)))
        return Table(("Reason", "Leads", "Share, %", "Together, %"), tuple(rows))

    def is_empty(self) -> bool:
        return not self.reasons


def rejections(asked: Asked) -> Rejections:
    """What sales gave back in the period, from the history; the reasons are the closed list, so a free word cannot appear."""
    past = lead_stages.c
    lines = [line.key for line in asked.lines()]
    given_back = (
        select(past.reason, func.count())
        .where(past.stage.in_([Stage.REJECTED.value, Stage.RECYCLED.value]), past.at >= asked.since, past.at <= asked.at)
        .where(past.service_line.in_(lines), past.reason.in_([reason.value for reason in RejectReason]))
        .group_by(past.reason)
    )
    received = select(func.count()).where(
        past.stage == Stage.MQL.value, past.at >= asked.since, past.at <= asked.at, past.service_line.in_(lines)
    )
    here = asked.here()
    if here is not None:
        given_back, received = given_back.where(past.action.in_(here)), received.where(past.action.in_(here))
    found: dict[str, int] = {reason: count for reason, count in asked.connection.execute(given_back)}  # noqa: C416 - rows are no pairs to mypy
    line = asked.practice.line(asked.filters.line).name if asked.filters.line else "All service lines"
    ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return Rejections(name=line, handed_over=asked.connection.scalar(received) or 0, reasons=tuple(ordered))
