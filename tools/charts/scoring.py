"""Pictures of scores: how many leads stand where, against threshold and capacity; fit by intent; one lead's total over time."""

import math
from datetime import datetime, timedelta

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from policies.spoken import counted
from tools.charts.style import Style, bare
from tools.reports.scoring import BIN, FIT_NAMES, Grid, Histogram, LineScores
from tools.reports.timeline import Timeline


def histogram(report: Histogram, style: Style) -> Figure:
    """A panel per service line. Hatched are the MQLs: past the threshold alone is not enough where fit or intent has a floor."""
    lines = [one for one in report.lines if one.leads] or list(report.lines)
    columns = 1 if style.narrow or len(lines) == 1 else 2
    rows = math.ceil(len(lines) / columns)
    figure = style.figure(max(3.6, 2.5 * rows), narrow_height=2.3 * rows)
    for place, one in enumerate(lines):
        _scores(figure.add_subplot(rows, columns, place + 1), one, style)
    return figure


def _scores(axes: Axes, one: LineScores, style: Style) -> None:
    bars = [(place * BIN, count, mqls) for place, (count, mqls) in enumerate(zip(one.bins, one.mql_bins, strict=True)) if count]
    mql_bars, others = [bar for bar in bars if bar[2]], [bar for bar in bars if bar[1] > bar[2]]
    wide = BIN * 0.9
    axes.bar(
        [x for x, _, _ in mql_bars],
        [mqls for _, _, mqls in mql_bars],
        width=wide,
        align="edge",
        color=style.colour(0),
        hatch="///",
        edgecolor=style.theme.paper,
        lw=0,
    )
    axes.bar(
        [x for x, _, _ in others],
        [count - mqls for _, count, mqls in others],
        bottom=[mqls for _, _, mqls in others],
        width=wide,
        align="edge",
        color=style.theme.soft,
        alpha=0.55,
    )
    for x, count, _ in bars:
        axes.annotate(f"{count:,}", (x + BIN / 2, count), xytext=(0, 2), textcoords="offset points", ha="center", fontsize=7)
    top = max(max(one.bins, default=0), 1) * 1.45
    axes.axvline(one.threshold, color=style.colour(1), lw=1.8)
    axes.text(one.threshold - 1, top * 0.97, f"threshold {one.threshold:g}", ha="right", va="top", fontsize=8)
    if one.capacity_total is not None:
        axes.axvline(one.capacity_total, color=style.theme.ink, lw=1.4, linestyle=(0, (3, 2)))
        left_side = one.capacity_total < one.threshold
        axes.text(
            one.capacity_total + (-1 if left_side else 1),
            top * 0.82,
            f"place {one.capacity}: {one.capacity_total:.0f}",
            ha="right" if left_side else "left",
            va="top",
            fontsize=8,
        )
    axes.set(title=f"{one.name}: {counted(one.mqls, 'MQL')}", xlim=(0, len(one.bins) * BIN), ylim=(0, top))
    axes.set_xticks(range(0, len(one.bins) * BIN + 1, 20))
    axes.set_yticks([])
    bare(axes)
    axes.spines["bottom"].set_visible(True)
    axes.set_xlabel("points (hatched: MQLs)", fontsize=8.5)


def grid(report: Grid, style: Style) -> Figure:
    """Sixteen cells, the number of leads in each and, where there are any, how many of them are MQLs."""
    figure = style.figure(3.9, narrow_height=3.5)
    axes = figure.add_subplot()
    most = max(map(max, report.cells)) or 1
    for fit, row in enumerate(report.cells):
        for intent, count in enumerate(row):
            step = 0 if not count else min(3, 1 + int(2.999 * math.log1p(count) / math.log1p(most)))
            axes.add_patch(
                Rectangle((intent - 0.48, fit - 0.47), 0.96, 0.94, facecolor=style.theme.ramp[step], edgecolor=style.theme.line, lw=0.8)
            )
            axes.text(intent, fit + 0.1, f"{count:,}", ha="center", va="center", fontsize=13, weight="bold")
            note = f"{FIT_NAMES[fit]}{intent + 1}" + (f", {counted(report.mqls[fit][intent], 'MQL')}" if report.mqls[fit][intent] else "")
            axes.text(intent, fit - 0.28, note, ha="center", va="center", fontsize=8)
    axes.set(xlim=(-0.52, 3.52), ylim=(-0.52, 3.52), xlabel="intent: quarter of the most", ylabel="fit: quarter of the most")
    axes.set_xticks(range(4), ["1 (least)", "2", "3", "4 (most)"])
    axes.set_yticks(range(4), ["D (least)", "C", "B", "A (best)"])
    bare(axes)
    return figure


def timeline(report: Timeline, style: Style) -> Figure:
    """Solid what was, dashed what will be if nothing happens; the threshold level, now and the end upright."""
    figure = style.figure(3.6, narrow_height=3.1)
    axes = figure.add_subplot()
    here = report.total_now()
    past = [(at, total) for at, total in report.points if at <= report.now] or [(report.now, here)]
    ahead = [(past[-1][0], past[-1][1]), *((at, total) for at, total in report.points if at > report.now)]
    colour = style.colour(0)
    axes.plot(_days(past, report.now), [total for _, total in past], color=colour)
    axes.plot(_days(ahead, report.now), [total for _, total in ahead], color=colour, linestyle=(0, (4, 2)))
    axes.plot([0], [here], "o", color=colour, markersize=7, markeredgecolor=style.theme.paper)
    axes.annotate(f"now {here:.0f}", (0, here), xytext=(8, 6), textcoords="offset points", fontsize=9)
    axes.axhline(report.threshold, color=style.colour(1), lw=1.6)
    axes.annotate(
        f"threshold {report.threshold:g}",
        (0.0, report.threshold),
        xycoords=("axes fraction", "data"),
        xytext=(3, 4),
        textcoords="offset points",
        fontsize=8.5,
    )
    if report.ends_at is not None:
        end = _day(report.ends_at, report.now)
        axes.axvline(end, color=style.theme.soft, lw=1.1, linestyle=(0, (2, 2)))
        axes.annotate(
            f"no MQL from {report.ends_at:%d %b}",
            (end, report.most),
            xytext=(-4, -2),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=8.5,
        )
    axes.axvline(0, color=style.theme.soft, lw=0.8, linestyle=":")
    first, last = _day(report.points[0][0], report.now), _day(report.points[-1][0], report.now)
    months = _months(report.points[0][0], report.points[-1][0])
    axes.set_xticks([_day(month, report.now) for month in months], [f"{month:%b}" for month in months])
    axes.set(ylim=(0, report.most * 1.02), xlim=(first, last if last > first else first + 1), ylabel="points")
    axes.grid(axis="y")
    return figure


def _days(points: list[tuple[datetime, float]], now: datetime) -> list[float]:
    return [_day(at, now) for at, _ in points]


def _day(at: datetime, now: datetime) -> float:
    return (at - now) / timedelta(days=1)


def _months(start: datetime, end: datetime) -> list[datetime]:
    """The first days of months inside, at most a dozen, evenly."""
    months = []
    month = (start.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month < end:
        months.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    return months[:: len(months) // 12 + 1]
