"""Pictures of approval and compliance: how long decisions take, which rules object, whom we may write to."""

from matplotlib.figure import Figure

from tools.charts.style import HATCHES, Style, bare
from tools.reports.compliance import ConsentSteps, Findings, Latency
from tools.reports.report import length

RULES_SHOWN = 12
KINDS_SHOWN = 14
TICKS_H = (
    (1 / 60, "1 min"),
    (1 / 6, "10 min"),
    (1.0, "1 h"),
    (8.0, "8 h"),
    (24.0, "1 day"),
    (72.0, "3 days"),
    (168.0, "1 week"),
    (720.0, "30 days"),
)
SHORTEST_H = 1 / 120


def latency(report: Latency, style: Style) -> Figure:
    """A row per kind: a dot where half are decided, a bar to where nine of ten are, a thin line to the longest."""
    shown = report.kinds[:KINDS_SHOWN]
    figure = style.figure(1.3 + 0.38 * len(shown), narrow_height=1.3 + 0.44 * len(shown))
    axes = figure.add_subplot()
    for row, one in enumerate(shown):
        half, most, longest = (max(one.at(part), SHORTEST_H) for part in (0.5, 0.9, 1.0))
        axes.plot([half, longest], [row, row], color=style.theme.soft, lw=1)
        axes.plot([half, most], [row, row], color=style.colour(0), lw=6, solid_capstyle="butt")
        axes.plot([half], [row], "o", color=style.colour(1), markersize=9, markeredgecolor=style.theme.paper)
        axes.annotate(length(one.at(0.5)), (half, row), xytext=(0, 8), textcoords="offset points", ha="center", fontsize=8)
    longest_h = max((one.at(1.0) for one in shown), default=1.0)
    axes.set_xscale("log")
    ticks = [(hours, name) for hours, name in TICKS_H if hours <= max(longest_h * 1.5, 1.0)]
    axes.set_xticks([hours for hours, _ in ticks], [name for _, name in ticks])
    axes.minorticks_off()
    axes.set_yticks(range(len(shown)), [f"{one.name} ({len(one.hours)})" for one in shown])
    axes.set(
        ylim=(len(shown) - 0.4, -0.7),
        xlim=(SHORTEST_H, max(longest_h, 1.0) * 1.6),
        xlabel="dot: half decided; bar: nine of ten; line: the longest",
    )
    bare(axes, grid="x")
    return figure


def findings(report: Findings, style: Style) -> Figure:
    """Stacked bars, the gravest first: block hatched, need review dotted, warn plain."""
    shown = report.rules[:RULES_SHOWN]
    figure = style.figure(1.4 + 0.34 * max(1, len(shown)), narrow_height=1.6 + 0.36 * max(1, len(shown)))
    axes = figure.add_subplot()
    rows = list(range(len(shown)))
    start = [0] * len(shown)
    for name, hatch, colour, counts in (
        ("Block", HATCHES[1], style.colour(1), [one.block for one in shown]),
        ("Need review", HATCHES[2], style.colour(0), [one.needs_review for one in shown]),
        ("Warn", "", style.theme.soft, [one.warn for one in shown]),
    ):
        axes.barh(rows, counts, left=start, height=0.64, color=colour, hatch=hatch, edgecolor=style.theme.paper, lw=0.6, label=name)
        start = [before + count for before, count in zip(start, counts, strict=True)]
    for row, total in enumerate(start):
        axes.annotate(f"{total:,}", (total, row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5)
    axes.set_yticks(rows, [one.rule for one in shown], fontsize=8)
    axes.set(ylim=(len(shown) - 0.4, -0.6), xlim=(0, max(start, default=1) * 1.12 or 1))
    axes.set_xticks([])
    bare(axes)
    figure.legend(loc="outside upper right", ncols=3, fontsize=8.5)
    return figure


def consent_steps(report: ConsentSteps, style: Style) -> Figure:
    """A waterfall: each bar hangs where the one before ended, by what falls out; the ends stand on the ground."""
    figure = style.figure(3.6, narrow_height=3.2)
    axes = figure.add_subplot()
    last = len(report.steps) - 1
    for row, step in enumerate(report.steps):
        whole = row in (0, last)
        axes.barh(
            row,
            step.count if whole else step.lost,
            left=0 if whole else step.count,
            height=0.62,
            color=style.colour(0) if whole else style.colour(1),
            hatch="" if whole else "///",
            edgecolor=style.theme.paper,
            lw=0,
        )
        if row:
            axes.plot([report.steps[row - 1].count] * 2, [row - 1 + 0.31, row - 0.31], color=style.theme.soft, lw=0.8)
        end = step.count if whole else step.count + step.lost
        axes.annotate(
            f"{step.count:,}" if whole else f"− {step.lost:,}",
            (end, row),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axes.set_yticks(range(len(report.steps)), [step.name for step in report.steps])
    axes.set(ylim=(last + 0.6, -0.6), xlim=(0, (report.steps[0].count or 1) * 1.14))
    axes.set_xticks([])
    bare(axes)
    return figure
