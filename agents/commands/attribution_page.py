"""The HTML report of `liaison attribution`: models side by side, the window's influence, and the holdout, each picture with its table."""

from agents.commands.attribution_report import (
    LIFT_HEADER,
    NO_LINE,
    NOT_EFFECT,
    Report,
    Timed,
    lift_rows,
    window_rows,
    windows_in_words,
)
from policies.leads.attribution import DISAGREEMENT, AttributionModel
from policies.leads.journeys import WindowCredit
from tools.pictures import COLOURS, Cell, grouped_bars, heading, lines, page, paragraph, table

DRAWN_CHANNELS = 12
DRAWN_LINES = len(COLOURS)


def page_of(report: Report) -> str:
    """The whole page. A picture shows the channels of most credit, the tables show all."""
    timed = _windows(report, report.timed) if report.timed else []
    return page("Attribution", paragraph(NOT_EFFECT), *_models(report), *timed, *_holdout(report))


def _models(report: Report) -> list[str]:
    spread = report.spread()
    most = sorted(spread, key=lambda channel: (-spread[channel].most, channel))
    drawn = most[:DRAWN_CHANNELS]
    names = [f"{channel} ⚑" if spread[channel].flagged else channel for channel in drawn]
    bars = {model.value: [max(0.0, credit[channel]) for channel in drawn] for model, credit in report.credit.items()}
    rows: list[list[Cell]] = [
        [channel, one.least, one.least_model, one.most, one.most_model, "⚑ disagree" if one.flagged else ""]
        for channel, one in spread.items()
    ]
    told = [
        heading("Models side by side"),
        paragraph(f"{report.conversions:g} conversions. ⚑: the models differ by more than {DISAGREEMENT:.0%} of them over this channel."),
        grouped_bars("Credit per channel by model", names, bars, unit="conversions"),
        table("Where the models part", ["channel", "least", "by", "most", "by", ""], rows),
    ]
    if len(most) > len(drawn):
        every: list[list[Cell]] = [[channel, *(credit[channel] for credit in report.credit.values())] for channel in most]
        told.append(table(f"All {len(most)} channels (the picture shows {len(drawn)})", ["channel", *report.credit], every))
    return told


def _windows(report: Report, timed: Timed) -> list[str]:
    told = [heading("How far back credit reaches"), paragraph("Look-back in use: " + windows_in_words(timed))]
    if len(timed.lines) > 1:
        told += _curve("All service lines", report.chosen, timed.sensitivity, None)
    for line, one in timed.lines.items():
        told += _curve(f"{line or NO_LINE}, window in use {one.window_days:g} d", report.chosen, one.sensitivity, one.window_days)
    return told


def _curve(whose: str, model: AttributionModel, found: list[WindowCredit], mark: float | None) -> list[str]:
    channels = sorted(found[0].credit, key=lambda channel: (-max(one.credit[channel] for one in found), channel))[:DRAWN_LINES]
    days = [one.days for one in found]
    credit = {channel: [max(0.0, one.credit[channel]) for one in found] for channel in channels}
    older = {"first touch is older": [one.older_share * 100 for one in found]}
    return [
        lines(f"{whose}: credit by {model} and window", days, credit, unit="conversions", along="window, days", mark=mark),
        lines(f"{whose}: conversions whose first touch is older than the window", days, older, unit="%", along="window, days", mark=mark),
        table(f"{whose}: all channels by window", ["channel", *(f"{one.days:g} d" for one in found)], window_rows(found)),
    ]


def _holdout(report: Report) -> list[str]:
    if not report.lifts:
        return []
    return [
        heading("Holdout"),
        paragraph(f"Lift with 95 % intervals (Newcombe), and how much of the credit by {report.chosen} it supports."),
        table("Lift", LIFT_HEADER, lift_rows(report)),
    ]
