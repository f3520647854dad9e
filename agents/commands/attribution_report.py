"""What `liaison attribution` found, as JSON and as text."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TextIO

from policies.leads.attribution import DISAGREEMENT, AttributionModel, Credit, Spread, disagreement
from policies.leads.holdout import Estimate, Lift
from policies.leads.journeys import SENSITIVITY_DAYS, Left, WindowCredit

NOT_EFFECT = "Credit is not effect: it divides the conversions there were and cannot say which would have come anyway. Only a holdout can."
ALL, NO_LINE = "all channels", "(no service line)"


class LineReport(NamedTuple):
    """One service line: its window (days), conversions with and without a touch in it, credit by the chosen model, and by other windows."""

    window_days: float
    conversions: int
    without_touch: int
    credit: Credit
    sensitivity: list[WindowCredit]


class Timed(NamedTuple):
    """What only touches with times can tell."""

    now: datetime
    left: Left
    without_touch: int
    lines: dict[str, LineReport]
    sensitivity: list[WindowCredit]


class Report(NamedTuple):
    """`conversions` are those credited; `lifts` by channel, "" for all together."""

    conversions: float
    credit: dict[AttributionModel, Credit]
    chosen: AttributionModel
    lifts: dict[str, Lift]
    timed: Timed | None

    def spread(self) -> dict[str, Spread]:
        return disagreement(self.credit, self.conversions)

    def supported(self, channel: str, model: AttributionModel) -> Estimate:
        """Conversions of the credit of `channel` ("" all) under `model` that its holdout bears out, with the holdout's interval."""
        credited = self.credit[model][channel] if channel else self.conversions
        return Estimate(*(None if share is None else share * credited for share in self.lifts[channel].supported))


def as_dict(report: Report) -> dict[str, Any]:
    """The report as JSON's types: conversions, credit and disagreement always, the rest where there is data for it."""
    found: dict[str, Any] = {
        "conversions": report.conversions,
        "credit": {model.value: credit for model, credit in report.credit.items()},
        "disagreement": {channel: spread._asdict() for channel, spread in report.spread().items()},
    }
    if report.timed:
        timed = report.timed
        found |= {
            "model": report.chosen.value,
            "as_of": timed.now.isoformat(),
            "conversions_without_touch": timed.without_touch,
            "left_out": timed.left._asdict(),
            "sensitivity": [one._asdict() for one in timed.sensitivity],
            "service_lines": {
                line: {**one._asdict(), "sensitivity": [window._asdict() for window in one.sensitivity]}
                for line, one in timed.lines.items()
            },
        }
    if report.lifts:
        found["holdout"] = {
            "note": NOT_EFFECT,
            "lift": [
                {
                    "channel": channel or None,
                    "treated": one.treated._asdict(),
                    "control": one.control._asdict(),
                    "absolute": one.absolute._asdict(),
                    "relative": one.relative._asdict(),
                    "supported_share": one.supported._asdict(),
                    "supported_conversions": {model.value: report.supported(channel, model)._asdict() for model in report.credit},
                }
                for channel, one in report.lifts.items()
            ],
        }
    return found


def print_text(report: Report, stdout: TextIO) -> None:
    """The table of credit; below it the windows and the holdout where there are any."""
    models = list(report.credit)
    rows = [[channel, *(f"{report.credit[model][channel]:.4f}" for model in models)] for channel in report.credit[models[0]]]
    _columns([["channel", *models], *rows], stdout)
    if report.timed:
        print("\nLook-back: " + windows_in_words(report.timed), file=stdout)
    if flagged := [channel for channel, spread in report.spread().items() if spread.flagged]:
        print(f"The models disagree by more than {DISAGREEMENT:.0%} of the conversions over: {', '.join(flagged)}", file=stdout)
    if report.timed:
        _windows(report, report.timed, stdout)
    if report.lifts:
        _holdout(report, stdout)
    else:
        print(f"\n{NOT_EFFECT}", file=stdout)


def _windows(report: Report, timed: Timed, stdout: TextIO) -> None:
    print(f"\nCredit by {report.chosen} under other windows:", file=stdout)
    _columns([["channel", *(f"{days} d" for days in SENSITIVITY_DAYS)], *window_rows(timed.sensitivity)], stdout)


def windows_in_words(timed: Timed) -> str:
    lines = "; ".join(
        f"{line or NO_LINE} {one.window_days:g} d ({one.conversions} conversions, {one.without_touch} more without a touch in it)"
        for line, one in timed.lines.items()
    )
    return lines or "no touch up to now"


def window_rows(sensitivity: Sequence[WindowCredit]) -> list[list[str]]:
    """A row per channel, then conversions credited, conversions without a touch, and the share whose first touch is older."""
    channels = list(sensitivity[0].credit)
    return [
        *([channel, *(f"{one.credit[channel]:.4f}" for one in sensitivity)] for channel in channels),
        ["conversions credited", *(str(one.conversions) for one in sensitivity)],
        ["without a touch in it", *(str(one.without_touch) for one in sensitivity)],
        ["first touch is older", *(f"{one.older_share:.1%}" for one in sensitivity)],
    ]


def _holdout(report: Report, stdout: TextIO) -> None:
    print("\nHoldout (95 % intervals):", file=stdout)
    _columns([LIFT_HEADER, *lift_rows(report)], stdout)
    print(f"\n{NOT_EFFECT}", file=stdout)


LIFT_HEADER = ["channel", "treated", "control", "lift", "relative lift", "credited", "of it supported", "verdict"]


def lift_rows(report: Report) -> list[list[str]]:
    """A row per channel with a holdout; credited is by the chosen model."""
    rows = []
    for channel, one in report.lifts.items():
        credited = report.credit[report.chosen][channel] if channel else report.conversions
        rows.append(
            [
                channel or ALL,
                f"{one.treated.conversions}/{one.treated.people} ({one.treated.rate:.2%})",
                f"{one.control.conversions}/{one.control.people} ({one.control.rate:.2%})",
                _interval(one.absolute, "{:+.2%}"),
                _interval(one.relative, "{:+.1%}"),
                f"{credited:.1f}",
                _interval(report.supported(channel, report.chosen), "{:.1f}"),
                "lift shown" if one.is_shown else "no lift shown",
            ]
        )
    return rows


def _interval(estimate: Estimate, form: str) -> str:
    low, value, high = ("–" if end is None else form.format(end) for end in estimate)
    return f"{value} ({low} to {high})"


def _columns(rows: Sequence[Sequence[str]], stdout: TextIO) -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [f"{row[0]:<{widths[0]}}", *(f"{cell:>{max(10, width)}}" for cell, width in zip(row[1:], widths[1:], strict=True))]
        print("  ".join(cells), file=stdout)
