"""The pictures of a backtest: precision, recall, volume and profit by threshold, with what each side asks for."""

from matplotlib.axes import Axes

from tools.learning.plots import FIRST, SECOND, SOFT, THIRD, WARN, Picture, band, draw, legend_below, number, percent, pin, spanned
from tools.learning.threshold import Cut, Thresholds

STEP = 5


def shares_picture(found: Thresholds) -> Picture:
    sides = [f"{one.side} would choose {number(one.theta.value, 0)}" for one in (found.sales, found.marketing) if one is not None]
    ends = [found.cuts[0], found.cuts[-1]]
    alt = "Precision and recall by threshold: " + "; ".join(
        f"at {one.theta:g} precision {percent(one.precision.value)}, recall {percent(one.recall.value)}" for one in ends
    )
    alt = ". ".join([alt, *sides]) + "."

    def paint(axes: Axes) -> None:
        x = [one.theta for one in found.cuts]
        band(axes, x, [one.precision for one in found.cuts], label="precision", colour=FIRST)
        band(axes, x, [one.recall for one in found.cuts], label="recall", colour=SECOND, dash="--")
        pin(axes, found.sales.theta.value if found.sales else None, "sales", FIRST)
        pin(axes, found.marketing.theta.value if found.marketing else None, "marketing", SECOND)
        pin(axes, found.capacity.within if found.capacity else None, "capacity", THIRD, "-.")
        axes.set(xlabel="threshold (points)", ylabel="share", ylim=(-0.02, 1.02), xlim=(x[0], x[-1]))
        legend_below(axes, 3)

    rows = tuple((f"{one.theta:g}", str(one.leads), spanned(one.precision, percent), spanned(one.recall, percent)) for one in _some(found))
    return Picture(
        key="shares",
        title="Precision and recall by threshold",
        alt=alt,
        note="Bands: 95 % bootstrap intervals. Recall is among decided handoffs.",
        svg=draw("shares", alt, paint, height=3.5),
        head=("threshold", "handoffs", "precision", "recall"),
        rows=rows,
    )


def volume_picture(found: Thresholds) -> Picture:
    first, last = found.cuts[0], found.cuts[-1]
    alt = f"Handoffs per week by threshold: {number(first.per_week.value, 1)} at {first.theta:g}, {number(last.per_week.value, 1)} at {last.theta:g}."
    if found.capacity:
        alt += f" Sales can take {found.capacity.per_week:g}, which is a threshold of {number(found.capacity.theta.value, 1)}."

    def paint(axes: Axes) -> None:
        x = [one.theta for one in found.cuts]
        band(axes, x, [one.per_week for one in found.cuts], label="handoffs per week", colour=FIRST)
        if found.capacity:
            axes.axhline(
                found.capacity.per_week, color=WARN, linestyle="--", linewidth=1.2, label=f"capacity: {found.capacity.per_week:g} a week"
            )
            pin(axes, found.capacity.within, "threshold", THIRD, "-.")
        axes.set(xlabel="threshold (points)", ylabel="handoffs per week", xlim=(x[0], x[-1]))
        axes.set_ylim(bottom=0)
        legend_below(axes, 3)

    return Picture(
        key="volume",
        title="Volume and capacity",
        alt=alt,
        note=f"{found.leads} decided handoffs in {found.weeks:.1f} weeks.",
        svg=draw("volume", alt, paint),
        head=("threshold", "handoffs per week"),
        rows=tuple((f"{one.theta:g}", spanned(one.per_week, lambda value: number(value, 1))) for one in _some(found)),
    )


def profit_picture(found: Thresholds) -> Picture | None:
    if found.cost is None:
        return None
    cost = found.cost
    alt = (
        f"Profit by threshold, a good lead being worth {cost.value:g} and a contact costing {cost.contact_cost:g}: contacting everyone gives "
        f"{number(cost.everyone, 0)}, the break-even rule {number(cost.rule, 0)}, the best cut in hindsight {number(cost.best, 0)}."
    )

    def paint(axes: Axes) -> None:
        x = [one.theta for one in found.cuts]
        band(axes, x, [one.profit for one in found.cuts if one.profit is not None], label="profit", colour=FIRST)
        axes.axhline(cost.everyone, color=SOFT, linestyle="--", linewidth=1.2, label="contact everyone")
        axes.axhline(cost.best, color=SECOND, linestyle=":", linewidth=1.2, label="best cut")
        pin(axes, found.suggested, "suggested", THIRD, "-.")
        axes.set(xlabel="threshold (points)", ylabel="profit (money)", xlim=(x[0], x[-1]))
        legend_below(axes)

    return Picture(
        key="profit",
        title="What each threshold earns",
        alt=alt,
        note=f"A lead pays from a probability of {percent(cost.break_even)} on (cost of a contact / value of a good lead).",
        svg=draw("profit", alt, paint),
        head=("threshold", "profit"),
        rows=tuple((f"{one.theta:g}", spanned(one.profit, lambda value: number(value, 0))) for one in _some(found) if one.profit),
    )


def tops_picture(found: Thresholds) -> Picture:
    alt = "Working the best leads: " + "; ".join(
        f"{one.share:.0%}: precision {percent(one.precision)}, recall {percent(one.recall)}" for one in found.tops
    )

    def paint(axes: Axes) -> None:
        x = [100 * one.share for one in found.tops]
        for values, colour, label in (
            ([t.precision for t in found.tops], FIRST, "precision"),
            ([t.recall for t in found.tops], SECOND, "recall"),
        ):
            axes.plot(x, [float("nan") if value is None else value for value in values], "o-", color=colour, label=label, markersize=4)
        axes.set(xlabel="% of leads worked, best first", ylabel="share", ylim=(-0.02, 1.02))
        legend_below(axes)

    return Picture(
        key="tops",
        title="Working the best first",
        alt=alt,
        note="",
        svg=draw("tops", alt, paint),
        head=("work top", "leads", "precision", "recall", "last score"),
        rows=tuple((f"{t.share:.0%}", str(t.leads), percent(t.precision), percent(t.recall), number(t.cut, 1)) for t in found.tops),
    )


def _some(found: Thresholds) -> list[Cut]:
    """Every fifth threshold, and those of the two sides."""
    asked = {one.theta.value for one in (found.sales, found.marketing) if one is not None} | {found.suggested}
    return [one for place, one in enumerate(found.cuts) if place % STEP == 0 or one.theta in asked]
