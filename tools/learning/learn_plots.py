"""The pictures of what a file of leads taught: reliability, gain, windows, drift, points."""

from matplotlib.axes import Axes

from tools.learning.drift import PSI_ALARM, PSI_WATCH, Drift
from tools.learning.evaluate import GAIN_SHARES, Evaluation
from tools.learning.plots import FIRST, SECOND, SOFT, THIRD, WARN, Picture, draw, legend_below, number, percent, short, spanned
from tools.learning.points import Points

MOST = 15


def reliability_picture(found: Evaluation) -> Picture:
    newest = found.slices[-1]
    ece, raw = newest.model["ece"].value, newest.raw["ece"].value
    alt = (
        f"Said and seen share of conversions in ten groups of the newest {newest.leads} leads. Calibrated, the mean gap is {number(ece)}; "
        f"before calibration {number(raw)}."
    )

    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], "--", color=SOFT, linewidth=1, label="honest")
        for bins, colour, label, mark in (
            (found.reliability_raw, SECOND, "before calibration", "s"),
            (found.reliability, FIRST, "calibrated", "o"),
        ):
            said, came = [one.said for one in bins], [one.came for one in bins]
            ends = [[max(0.0, one.came - one.low) for one in bins], [max(0.0, one.high - one.came) for one in bins]]
            axes.errorbar(said, came, yerr=ends, fmt=mark, markersize=4, color=colour, label=label, linewidth=1)
        axes.set(xlabel="probability said", ylabel="share that converted", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        axes.legend(loc="upper left")

    rows = tuple(
        (percent(one.said), percent(one.came), f"{percent(one.low)}–{percent(one.high)}", str(one.leads)) for one in found.reliability
    )
    return Picture(
        key="reliability",
        title="Are probabilities honest?",
        alt=alt,
        note="Newest window. Bars: 95 % Wilson intervals.",
        svg=draw("reliability", alt, paint, height=3.6),
        head=("said", "came", "95 % interval", "leads"),
        rows=rows,
    )


def gain_picture(found: Evaluation) -> Picture:
    at = dict(zip(GAIN_SHARES, found.gain, strict=True))
    lift = found.slices[-1].model["lift_10"]
    reached = "; ".join(f"the best {share:.0%} hold {percent(at[share])} of conversions" for share in (0.1, 0.3, 0.5))
    alt = f"Working the newest leads best first: {reached}."

    def paint(axes: Axes) -> None:
        axes.plot([0, 100], [0, 100], "--", color=SOFT, linewidth=1, label="in no order")
        axes.plot(
            [100 * share for share in GAIN_SHARES], [100 * value for value in found.gain], color=FIRST, linewidth=1.8, label="best first"
        )
        axes.set(xlabel="% of leads worked", ylabel="% of conversions reached", xlim=(0, 100), ylim=(0, 102))
        axes.legend(loc="lower right")

    rows = tuple(
        (percent(share), percent(at[share]), number(at[share] / share, 2))
        for share in GAIN_SHARES
        if share in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75)
    )
    return Picture(
        key="gain",
        title="How much do the best leads hold?",
        alt=alt,
        note=f"Newest window. Lift at 10 %: {spanned(lift)}.",
        svg=draw("gain", alt, paint, height=3.6),
        head=("leads worked", "conversions reached", "lift"),
        rows=rows,
    )


def windows_picture(found: Evaluation) -> Picture:
    alt = "Area under the curve by test window, oldest first: " + "; ".join(
        f"{one.first} to {one.last}: {number(one.model['auc'].value)}, naive Bayes {number(one.baseline['auc'].value)}"
        for one in found.slices
    )

    def paint(axes: Axes) -> None:
        for shift, key, colour, label in ((-0.08, "model", FIRST, "logistic, calibrated"), (0.08, "baseline", SECOND, "naive Bayes")):
            figures = [getattr(one, key)["auc"] for one in found.slices]
            known = [
                (place + shift, f.value, f.low, f.high) for place, f in enumerate(figures) if f.value is not None and f.low is not None
            ]
            if known:
                x, value, low, high = zip(*known, strict=True)
                ends = [[v - a for v, a in zip(value, low, strict=True)], [b - v for v, b in zip(value, high, strict=True)]]
                axes.errorbar(
                    x, value, yerr=[[max(0.0, e) for e in side] for side in ends], fmt="o", color=colour, label=label, markersize=4
                )
        axes.set_xticks(range(len(found.slices)), [f"{one.first}\nto {one.last}" for one in found.slices])
        axes.set(ylabel="area under the curve", xlim=(-0.5, len(found.slices) - 0.5))
        legend_below(axes)

    rows = tuple(
        (
            f"{one.first} – {one.last}",
            str(one.leads),
            str(one.conversions),
            spanned(one.model["auc"]),
            spanned(one.baseline["auc"]),
            number(one.model["ece"].value),
        )
        for one in found.slices
    )
    return Picture(
        key="windows",
        title="Does it hold over time?",
        alt=alt,
        note="Each window is foretold by older leads only.",
        svg=draw("windows", alt, paint),
        head=("window", "leads", "conversions", "AUC", "naive Bayes AUC", "ECE"),
        rows=rows,
    )


def drift_picture(found: Drift) -> Picture:
    shown = found.features[:MOST]
    alarms = sum(one.state == "alarm" for one in found.features)
    alt = f"Population stability index of the {len(shown)} most shifted features; {alarms} above the alarm of {PSI_ALARM:g}." + (
        f" Most shifted: {shown[0].column}, {number(shown[0].psi)}." if shown else ""
    )

    def paint(axes: Axes) -> None:
        colours = {"stable": FIRST, "watch": SECOND, "alarm": WARN}
        names = [short(one.column) for one in reversed(shown)]
        axes.barh(range(len(shown)), [one.psi for one in reversed(shown)], color=[colours[one.state] for one in reversed(shown)])
        axes.set_yticks(range(len(shown)), names)
        axes.axvline(PSI_WATCH, color=SECOND, linestyle=":", label=f"watch {PSI_WATCH:g}")
        axes.axvline(PSI_ALARM, color=WARN, linestyle="--", label=f"alarm {PSI_ALARM:g}")
        axes.set(xlabel="population stability index")
        legend_below(axes)

    return Picture(
        key="drift",
        title="Have leads changed?",
        alt=alt,
        note=(
            f"{found.older_leads} older leads ({percent(found.older_rate)} converted) against the newest {found.newer_leads} "
            f"({percent(found.newer_rate)})."
        ),
        svg=draw("drift", alt, paint, height=max(2.2, 1.3 + 0.22 * len(shown))),
        head=("feature", "index", "state"),
        rows=tuple((one.column, number(one.psi), one.state) for one in shown),
    )


def points_picture(points: tuple[Points, ...]) -> Picture:
    shown = sorted(points, key=lambda one: (-abs(one.points), one.column, one.label))[:MOST]
    alt = "Points by term, the strongest first: " + "; ".join(f"{one.column} {one.label} {one.points:+g}" for one in shown[:6])

    def paint(axes: Axes) -> None:
        drawn = list(reversed(shown))
        axes.barh(range(len(drawn)), [one.points for one in drawn], color=[FIRST if one.points >= 0 else THIRD for one in drawn])
        axes.set_yticks(range(len(drawn)), [short(f"{one.column} {one.label}") for one in drawn])
        axes.axvline(0, color=SOFT, linewidth=1)
        axes.set(xlabel="points (20 double the odds)")

    return Picture(
        key="points",
        title="What speaks for a lead?",
        alt=alt,
        note="A level against a lead that does not state it (or the least level), a number per standard deviation. Nobody has signed these.",
        svg=draw("points", alt, paint, height=max(2.2, 1.1 + 0.22 * len(shown))),
        head=("column", "level", "log-odds", "points"),
        rows=tuple((one.column, one.label, number(one.log_odds), f"{one.points:+g}") for one in points[:60]),
    )
