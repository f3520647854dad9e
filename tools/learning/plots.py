"""Pictures as SVG text for a page: deterministic bytes, no window, no global plotting state. Each comes with words and the numbers it shows."""

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from policies.records import Record

INK, SOFT, LINE = "#1b2a33", "#52626c", "#dbe1e0"
FIRST, SECOND, THIRD, WARN = "#0f5257", "#b3541e", "#1d4f86", "#96201f"
STYLE: Any = {  # the names matplotlib allows fill a page as a type
    "svg.hashsalt": "liaison",
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "legend.frameon": False,
    "legend.fontsize": 8,
}
SIZE = (4.6, 3.1)
"""Inches: at a phone's width the letters are still about nine pixels high."""
LABEL = 22


class Picture(Record):
    """`alt` says in words what the picture shows; `head` and `rows` are its numbers."""

    key: str
    title: str
    alt: str
    note: str
    svg: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def draw(key: str, alt: str, paint: Callable[[Axes], None], *, height: float = SIZE[1]) -> str:
    """The SVG element that `paint` draws on one pair of axes; ids carry `key`, so that several fit in one page."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(SIZE[0], height), layout="constrained")
        FigureCanvasSVG(figure)
        paint(figure.add_subplot())
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return _inline(text.getvalue(), key, alt)


def _inline(svg: str, key: str, alt: str) -> str:
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.S)
    body = re.sub(r'\bid="', f'id="{key}-', body)
    body = re.sub(r"url\(#", f"url(#{key}-", body)
    body = re.sub(r'href="#', f'href="#{key}-', body)
    box = re.search(r'viewBox="[^"]*"', body)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" {box.group() if box else ""}'
    return f'{head} aria-label="{Markup.escape(alt)}">{body[body.index(">") + 1 :].strip()}'


def band(axes: Axes, x: Sequence[float], figures: Sequence[Any], *, label: str, colour: str, dash: str = "-") -> None:
    """A line of Intervals with the band between their ends; points that do not exist leave a gap."""
    nan = float("nan")
    value, low, high = (
        [nan if one is None else one for one in some] for some in zip(*((f.value, f.low, f.high) for f in figures), strict=True)
    )
    axes.fill_between(list(x), low, high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(list(x), value, dash, color=colour, label=label, linewidth=1.6)


def pin(axes: Axes, at: float | None, label: str, colour: str, dash: str = ":") -> None:
    if at is not None:
        axes.axvline(at, color=colour, linestyle=dash, linewidth=1.4, label=f"{label}: {at:.4g}")


def legend_below(axes: Axes, columns: int = 2) -> None:
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=columns)


def short(name: str) -> str:
    return name if len(name) <= LABEL else f"{name[: LABEL - 1]}…"


def number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def spanned(figure: Any, show: Callable[[float | None], str] = number) -> str:
    """An Interval as "0.71 (0.68–0.74)"."""
    if figure.low is None or figure.high is None:
        return show(figure.value)
    return f"{show(figure.value)} ({show(figure.low)}–{show(figure.high)})"
