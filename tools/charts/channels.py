"""Pictures of credit: channels by attribution model, and what the look-back changes."""

from matplotlib.figure import Figure

from tools.charts.style import DASHES, MARKERS, Style, bare, label_ends
from tools.reports.channels import ChannelMix, WindowEffect
from tools.reports.report import spoken

CHANNELS_SHOWN = 8
LINES_SHOWN = 5


def channel_mix(report: ChannelMix, style: Style) -> Figure:
    """A row per channel, a mark of its own shape per model; the bar between them is how far the models part."""
    shown = min(CHANNELS_SHOWN, len(report.channels))
    figure = style.figure(1.5 + 0.42 * shown, narrow_height=1.9 + 0.42 * shown)
    axes = figure.add_subplot()
    for row in range(shown):
        values = [credit[row] for credit in report.credit]
        axes.plot([min(values), max(values)], [row, row], color=style.theme.line, lw=7, solid_capstyle="round", zorder=1)
    for place, (model, credit) in enumerate(zip(report.models, report.credit, strict=True)):
        nudge = (place - (len(report.models) - 1) / 2) * 0.07  # equal credits would hide each other
        axes.plot(
            credit[:shown],
            [row + nudge for row in range(shown)],
            MARKERS[place],
            color=style.colour(place),
            markersize=7,
            markeredgecolor=style.theme.paper,
            markeredgewidth=0.6,
            label=model,
            zorder=2,
        )
    names = [f"{spoken(name)} ⚑" if report.apart[row] else spoken(name) for row, name in enumerate(report.channels[:shown])]
    axes.set_yticks(range(shown), names)
    axes.set(ylim=(shown - 0.4, -0.6), xlabel="MQLs credited (⚑ the models differ)")
    axes.set_xlim(left=min(0.0, *(min(credit) for credit in report.credit)) - 0.01 * report.mqls)
    bare(axes, grid="x")
    figure.legend(loc="outside upper left", ncols=4 if style.narrow else 7, fontsize=8, handletextpad=0.2, columnspacing=1.0)
    return figure


def window_effect(report: WindowEffect, style: Style) -> Figure:
    """Left what is cut off, right what each channel gets; the points lie evenly, so that 14, 30, 60 days stay apart."""
    figure = style.figure(3.7, narrow_height=5.2)
    shape = (2, 1) if style.narrow else (1, 2)
    places = list(range(len(report.days)))
    cut = figure.add_subplot(*shape, 1)
    older = [100 * one for one in report.older]
    cut.bar(places, older, color=style.colour(0), width=0.62, hatch="///", edgecolor=style.theme.paper, lw=0)
    for place, value in enumerate(older):
        cut.annotate(f"{value:.0f} %", (place, value), xytext=(0, 3), textcoords="offset points", ha="center", fontsize=8.5)
    cut.set(title="First touch is older than the look-back", ylim=(0, max(*older, 10) * 1.2))
    cut.set_yticks([])
    credit = figure.add_subplot(*shape, 2)
    ends = []
    for number, name in enumerate(report.channels[:LINES_SHOWN]):
        values = [row[number] for row in report.credit]
        credit.plot(places, values, color=style.colour(number), linestyle=DASHES[number], marker=MARKERS[number], markersize=6)
        ends.append((values[-1], spoken(name), style.colour(number)))
    top = max((max(row) for row in report.credit if row), default=1.0) or 1.0
    label_ends(credit, ends, x=places[-1] + 0.2, gap=top * 0.08, step=0.45)
    credit.set(title="MQLs credited (Markov)", ylim=(0, top * 1.12), xlim=(-0.3, places[-1] + 2.7))
    for axes in (cut, credit):
        axes.set_xticks(places, [f"{days:g}" for days in report.days])
        axes.set_xlabel("look-back, days", fontsize=8.5)
        bare(axes, grid="y")
    return figure
