"""Pictures of the way to an SQL: the funnel, its cohorts, how long it takes, why leads come back."""

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tools.charts.style import DASHES, HATCHES, MARKERS, Style, bare
from tools.reports.funnel import Cohorts, Funnel
from tools.reports.report import TRACK_WORDS, percent, share, spoken
from tools.reports.sales import Rejections, TimeToMql

COHORTS_SHOWN = 13


def funnel(report: Funnel, style: Style) -> Figure:
    """One row of bars per track; each bar says its number and the share of the stage before."""
    tracks = [one for one in report.tracks if one.reached[0]] or list(report.tracks)
    figure = style.figure(3.9, narrow_height=3.2 * max(1, len(tracks)))
    shape = (len(tracks), 1) if style.narrow else (1, len(tracks))
    for place, one in enumerate(tracks):
        axes = figure.add_subplot(*shape, place + 1)
        rows = range(len(one.stages))
        axes.barh(list(rows), one.reached, color=style.colour(place), height=0.66, hatch=HATCHES[place], edgecolor=style.theme.paper, lw=0)
        most = max(one.reached) or 1
        for row in rows:
            before = one.reached[row - 1] if row else 0
            note = f"{one.reached[row]:,}" + (f"  ({percent(one.reached[row], before)})" if before else "")
            axes.annotate(note, (one.reached[row], row), xytext=(5, 0), textcoords="offset points", va="center", fontsize=9)
        axes.set(xlim=(0, most * 1.42), ylim=(len(one.stages) - 0.4, -0.6), title=TRACK_WORDS[one.track])
        axes.set_yticks(list(rows), one.stages)
        axes.set_xticks([])
        bare(axes)
    return figure


def cohorts(report: Cohorts, style: Style) -> Figure:
    """A grid: a row per cohort, a column per time since the handover; the share stands in each cell."""
    shown = report.cohorts[-COHORTS_SHOWN:]
    figure = style.figure(max(2.4, 1.3 + 0.34 * len(shown)), narrow_height=max(2.2, 1.3 + 0.3 * len(shown)))
    axes = figure.add_subplot()
    heads = [name.removeprefix("SQL within ").removesuffix(", %") for name in report.table().head[2:-2]]
    heads = [name.replace(" days", " d") for name in heads] if style.narrow else heads
    columns = [*heads, "so far"]
    for row, one in enumerate(shown):
        for column, sqls in enumerate((*one.sqls, one.sqls_so_far)):
            part = None if sqls is None else share(sqls, one.mqls) or 0.0
            colour = style.theme.sunk if part is None else style.theme.ramp[0 if part < 1 else min(3, 1 + int(part // 20))]
            axes.add_patch(_cell(column, row, colour, style, hatch="////" if part is None else ""))
            if part is not None:
                axes.text(column, row, f"{part:.0f} %", ha="center", va="center", fontsize=8.5)
    axes.set(xlim=(-0.52, len(columns) - 0.48), ylim=(len(shown) - 0.48, -0.52))
    axes.set_xticks(range(len(columns)), columns)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(shown)), [f"{one.name}  ({one.mqls})" for one in shown])
    bare(axes)
    axes.set_xlabel(f"{report.unit} of handover (MQLs); hatched: too early to say", fontsize=8.5)
    return figure


def _cell(column: int, row: int, colour: str, style: Style, *, hatch: str) -> Rectangle:
    return Rectangle((column - 0.48, row - 0.45), 0.96, 0.9, facecolor=colour, edgecolor=style.theme.line, lw=0.8, hatch=hatch)


def time_to_mql(report: TimeToMql, style: Style) -> Figure:
    """Share of MQLs that took at most so many days, a stepped line per service line."""
    figure = style.figure(3.9, narrow_height=3.4)
    axes = figure.add_subplot()
    lines = [one for one in report.lines if one.days]
    longest = max((one.days[-1] for one in lines), default=1.0) or 1.0
    for place, one in enumerate(lines):
        count = len(one.days)
        x = [0.0, *one.days, longest]
        y = [0.0, *(100 * (number + 1) / count for number in range(count)), 100.0]
        axes.step(x, y, where="post", color=style.colour(place), linestyle=DASHES[place], label=f"{one.name} ({count})")
        axes.plot([one.at(0.5)], [50], MARKERS[place], color=style.colour(place), markersize=8, markeredgecolor=style.theme.paper)
    axes.axhline(50, color=style.theme.soft, lw=0.8, linestyle=":")
    axes.set(xlabel="days from the first act", ylabel="MQLs, %", ylim=(0, 103), xlim=(0, longest * 1.02))
    axes.grid(axis="y")
    handles = [
        axes.plot(
            [],
            [],
            marker=MARKERS[place],
            linestyle=DASHES[place],
            color=style.colour(place),
            label=f"{one.name}: median {one.at(0.5):.0f} d",
        )[0]
        for place, one in enumerate(lines)
    ]
    axes.legend(handles=handles, loc="lower right", fontsize=8)
    return figure


def rejections(report: Rejections, style: Style) -> Figure:
    """Pareto: bars from the most frequent reason on, and the running share."""
    count = len(report.reasons)
    figure = style.figure(1.2 + 0.42 * count, narrow_height=1.2 + 0.42 * count)
    axes = figure.add_subplot()
    together = axes.twiny()
    counts = [number for _, number in report.reasons]
    rows = list(range(count))
    axes.barh(rows, counts, color=style.colour(0), height=0.62)
    so_far = [100 * sum(counts[: row + 1]) / report.returned for row in rows]
    together.plot(so_far, rows, color=style.colour(1), linestyle=DASHES[1], marker=MARKERS[1])
    for row, number in enumerate(counts):
        axes.annotate(
            f"{number:,}",
            (0, row),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=style.theme.paper,
            weight="bold",
        )
        together.annotate(f"{so_far[row]:.0f} %", (so_far[row], row), xytext=(-4, 9), textcoords="offset points", ha="right", fontsize=8)
    axes.set_yticks(rows, [spoken(reason) for reason, _ in report.reasons])
    axes.set(ylim=(count - 0.4, -0.7), xlim=(0, report.returned), xlabel="leads given back (bars)")
    together.set(xlim=(0, 104), xlabel="running share, % (line)")
    bare(axes)
    bare(together)
    return figure
