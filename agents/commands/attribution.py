"""`liaison attribution`: credit per channel by every model side by side, from counted paths or from touches with times. Needs no database."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TextIO, TypeVar

from agents.commands.attribution_files import read_holdout, read_paths, read_touches
from agents.commands.attribution_report import LineReport, Report, Timed, as_dict, print_text
from policies.leads.attribution import SIDE_BY_SIDE, AttributionModel, attribute
from policies.leads.holdout import Lift
from policies.leads.journeys import (
    SENSITIVITY_DAYS,
    Journey,
    Left,
    WindowOf,
    counted,
    credit_within,
    default_window,
    everywhere,
    journeys,
    sensitivity,
)
from tools.clock import system_clock
from tools.practice import load_practice

T = TypeVar("T")

NO_ROW = "no row below the first line: there is nothing to credit"


class _Unusable(Exception):
    """A file that cannot be used; the message is for the person."""


def attribution(
    paths_file: Path | None,
    *,
    as_json: bool,
    stdout: TextIO,
    stderr: TextIO,
    touches_file: Path | None = None,
    window: int | None = None,
    practice: Path | None = None,
    model: AttributionModel = AttributionModel.MARKOV,
    holdout_file: Path | None = None,
    html: Path | None = None,
    now: datetime | None = None,
) -> int:
    """Print the credit of every channel under every model; `as_json`: {"conversions", "credit": {model: {channel: conversions}}, …}.

    `paths_file` has the columns path (channels joined by ">"), conversions and nulls (may be missing); `touches_file` person, channel, at,
    converted_at and service_line. One of the two. `window` (days, 1-365) overrides the windows of the service lines; `model` is the one whose
    credit is shown by window. `html` is written beside what is printed. Exit code 1 if a file cannot be used.
    """
    try:
        lifts = _read(read_holdout, holdout_file, "group,people,conversions") if holdout_file else {}
        if touches_file:
            report = _of_touches(touches_file, window, practice, model, lifts, now or system_clock(), stderr)
        elif paths_file:
            report = _of_paths(paths_file, model, lifts, stderr)
        else:
            raise _Unusable("no data: name a CSV file with --paths or --touches")
        if strangers := sorted(channel for channel in lifts if channel and channel not in report.credit[model]):
            raise _Unusable(f"{holdout_file}: channel {strangers[0]} is in none of the paths: spell it as they do")
        if html:
            _write(html, report)
    except _Unusable as error:
        print(error, file=stderr)
        return 1
    if as_json:
        print(json.dumps(as_dict(report), ensure_ascii=False, allow_nan=False), file=stdout)
    else:
        print_text(report, stdout)
    return 0


def _read(reader: Callable[[Path], T], file: Path, columns: str) -> T:
    try:
        return reader(file)
    except OSError as error:
        raise _Unusable(f"{file} cannot be read ({error.strerror}): name a CSV file with the columns {columns}") from None
    except ValueError as error:
        raise _Unusable(f"{file}: {error}") from None


def _of_paths(file: Path, model: AttributionModel, lifts: dict[str, Lift], stderr: TextIO) -> Report:
    paths, repeated = _read(read_paths, file, "path, conversions, nulls")
    if not paths:
        print(f"{file}: {NO_ROW}", file=stderr)
    if repeated:
        print(f"{file}: {repeated} rows repeat the path of an earlier row: their counts were added together", file=stderr)
    try:
        credit = {one: attribute(paths, one) for one in dict.fromkeys((*SIDE_BY_SIDE, model))}
    except ValueError as error:
        raise _Unusable(f"{file}: {error}") from None
    return Report(sum(path.conversions for path in paths), credit, model, lifts, None)


def _of_touches(
    file: Path, window: int | None, practice: Path | None, model: AttributionModel, lifts: dict[str, Lift], now: datetime, stderr: TextIO
) -> Report:
    own = {line.key: line.window_days() for line in load_practice(practice).service_lines} if practice else None
    rows = _read(lambda path: read_touches(path, lines=list(own) if own else None), file, "person, channel, at, converted_at, service_line")
    found, left = journeys(rows, now=now.timestamp())
    _tell(file, left, now, stderr)
    window_of = everywhere(window) if window else _window_of(own or {})
    try:
        credit = credit_within(found, AttributionModel, window_of)
        lines = {
            line: _of_line([one for one in found if one.line == line], model, window_of) for line in sorted({one.line for one in found})
        }
        timed = Timed(now, left, counted(found, window_of)[1], lines, sensitivity(found, model))
    except ValueError as error:
        raise _Unusable(f"{file}: {error}") from None
    return Report(counted(found, window_of)[0], credit, model, lifts, timed)


def _window_of(own: dict[str, int]) -> WindowOf:
    return lambda line: own.get(line) or default_window(line)


def _of_line(found: list[Journey], model: AttributionModel, window_of: WindowOf) -> LineReport:
    window = window_of(found[0].line)
    inside, outside = counted(found, window_of)
    points = sorted({*SENSITIVITY_DAYS, window})  # its own window is one of the points, so that the curve can mark it
    return LineReport(window, inside, outside, credit_within(found, [model], window_of)[model], sensitivity(found, model, points))


def _tell(file: Path, left: Left, now: datetime, stderr: TextIO) -> None:
    if not left.people:
        print(f"{file}: {NO_ROW}", file=stderr)
    moment = now.isoformat(timespec="minutes")
    for count, words in (
        (left.unsorted, "people had touches out of time order: sorted"),
        (left.duplicates, "rows stood twice: each counted once"),
        (left.future_touches, f"touches lie after {moment}: left out; check their time zone"),
        (left.after_conversion, "touches lie after the person's last conversion: left out"),
        (left.future_conversions, f"conversions lie after {moment}: not converted yet"),
    ):
        if count:
            print(f"{file}: {count} {words}", file=stderr)


def _write(html: Path, report: Report) -> None:
    from agents.commands.attribution_page import page_of

    try:
        html.write_text(page_of(report), encoding="utf-8")
    except OSError as error:
        raise _Unusable(f"{html} cannot be written ({error.strerror}): name a file in a folder that exists") from None
