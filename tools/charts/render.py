"""From a report to bytes: SVG with its text as text, PNG at twice the size. The same numbers give the same bytes.

matplotlib's settings belong to the whole process, so one thread draws at a time; nothing here touches pyplot or a window.
"""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import RLock
from typing import Any

import matplotlib
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from tools.charts.style import THEMES, Style
from tools.reports.report import Report

PNG_DPI = 144
"""Twice the 72 that an SVG of the same inches is shown at."""

FONTS = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
"""As on the desk's pages. Widths are computed for DejaVu Sans, the widest of them, so that nothing overlaps."""

_DRAWING = RLock()

Draw = Callable[[Any, Style], Figure]


@cache
def _drawers() -> dict[str, Draw]:
    from tools.charts import approval, channels, funnel, scoring

    return {
        "funnel": funnel.funnel,
        "cohorts": funnel.cohorts,
        "time-to-mql": funnel.time_to_mql,
        "rejections": funnel.rejections,
        "scores": scoring.histogram,
        "fit-intent": scoring.grid,
        "timeline": scoring.timeline,
        "channels": channels.channel_mix,
        "windows": channels.window_effect,
        "latency": approval.latency,
        "findings": approval.findings,
        "consent": approval.consent_steps,
    }


def style_of(theme: str, *, narrow: bool) -> Style:
    """The style of this name; an unknown name is light."""
    return Style(THEMES.get(theme, THEMES["light"]), narrow)


def svg_of(key: str, report: Report, style: Style) -> bytes:
    """The picture `key` of `report` as an SVG document without a date, a comment or a script."""
    with drawing(style):
        return svg_bytes(_figure(key, report, style))


def png_of(key: str, report: Report, style: Style) -> bytes:
    """The same as PNG, `PNG_DPI` to the inch."""
    with drawing(style):
        figure = _laid_out(_figure(key, report, style), FigureCanvasAgg)
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return out.getvalue()


def _figure(key: str, report: Report, style: Style) -> Figure:
    """An image is asked for before anybody knows that there is nothing to draw: then it says so."""
    if not report.is_empty():
        return _drawers()[key](report, style)
    figure = style.figure(2.2)
    figure.set_layout_engine("none")
    figure.text(0.5, 0.5, "Nothing to draw yet", ha="center", va="center", color=style.theme.soft, fontsize=11)
    return figure


@contextmanager
def drawing(style: Style) -> Iterator[None]:
    """Inside, figures may be made and saved in this style; other threads wait."""
    with _DRAWING, matplotlib.rc_context(dict(style.settings())):
        yield


def svg_bytes(figure: Figure) -> bytes:
    out = io.StringIO()
    _laid_out(figure, FigureCanvasSVG).savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", out.getvalue(), flags=re.S)
    return text.replace("'DejaVu Sans'", FONTS).encode()


def _laid_out(figure: Figure, canvas: type[FigureCanvasBase]) -> Figure:
    """The figure with its parts in place; saving one that still has a layout engine lays it out and draws it twice more."""
    canvas(figure)
    if engine := figure.get_layout_engine():
        engine.execute(figure)
        figure.set_layout_engine("none")
    return figure
