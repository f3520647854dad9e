"""How every picture looks: the colours of the desk, marks that are told apart without colour, two sizes. The names are those of desk.css.

Series colours are Okabe and Ito's (2008), darkened or lightened where they would have less than 3 to 1 against the paper (WCAG 2.2, 1.4.11).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure


class Theme(NamedTuple):
    name: str
    paper: str
    ink: str
    soft: str
    line: str
    sunk: str
    stop: str
    colours: tuple[str, ...]
    ramp: tuple[str, ...]  # from little to much, for cells whose number is written in them


LIGHT = Theme(
    name="light",
    paper="#ffffff",
    ink="#1b2a33",
    soft="#52626c",
    line="#dbe1e0",
    sunk="#eef2f0",
    stop="#96201f",
    colours=("#0072B2", "#C25400", "#008A64", "#B3588A", "#8A6A00", "#4D4D4D", "#2A7FA8", "#7A6F00"),
    ramp=("#ffffff", "#d6e8f3", "#a9cfe6", "#7cb5d8"),
)
DARK = Theme(
    name="dark",
    paper="#1a252b",
    ink="#e6ecec",
    soft="#a4b3b5",
    line="#34444a",
    sunk="#243138",
    stop="#ff9d97",
    colours=("#56B4E9", "#E69F00", "#2BBE94", "#DD93BC", "#F0E442", "#C9D2D3", "#7FC5EC", "#EFB84A"),
    ramp=("#1a252b", "#1f3d50", "#225471", "#236b92"),
)
THEMES = {"light": LIGHT, "dark": DARK}

HATCHES = ("", "///", "\\\\\\", "xx", "---", "|||", "++", "///---")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 2)),
    (0, (1.5, 1.5)),
    (0, (6, 2, 1.5, 2)),
    (0, (3, 1)),
    (0, (8, 3)),
    (0, (2, 3)),
    (0, (4, 1, 1, 1, 1, 1)),
)


class Style(NamedTuple):
    """`narrow` is for a phone and for the small versions: its letters are as high as the wide one's at half the width."""

    theme: Theme = LIGHT
    narrow: bool = False

    @property
    def width(self) -> float:
        """Inches."""
        return 4.4 if self.narrow else 8.6

    def colour(self, place: int) -> str:
        return self.theme.colours[place % len(self.theme.colours)]

    def figure(self, height: float, *, narrow_height: float | None = None) -> Figure:
        """An empty figure; heights in inches."""
        tall = narrow_height if self.narrow and narrow_height else height
        return Figure(figsize=(self.width, tall), layout="constrained", facecolor=self.theme.paper)

    def settings(self) -> Mapping[Any, Any]:
        theme = self.theme
        return {
            "svg.hashsalt": "liaison",
            "svg.fonttype": "none",
            "text.parse_math": False,
            "font.family": ["DejaVu Sans"],
            "font.size": 9.5,
            "figure.facecolor": theme.paper,
            "savefig.facecolor": theme.paper,
            "axes.facecolor": theme.paper,
            "axes.edgecolor": theme.soft,
            "axes.labelcolor": theme.soft,
            "axes.titlecolor": theme.ink,
            "axes.titlesize": 10,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "grid.color": theme.line,
            "grid.linewidth": 0.7,
            "text.color": theme.ink,
            "xtick.color": theme.soft,
            "ytick.color": theme.soft,
            "xtick.labelcolor": theme.soft,
            "ytick.labelcolor": theme.ink,
            "hatch.linewidth": 0.7,
            "hatch.color": theme.paper,
            "lines.linewidth": 2.0,
            "legend.frameon": False,
            "legend.fontsize": 8.5,
            "legend.labelcolor": theme.ink,
        }


def bare(axes: Axes, *, grid: str | None = None) -> None:
    """No frame but the zero line of the bars; `grid` is the axis that gets one."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    if grid:
        axes.grid(axis=grid)  # type: ignore[arg-type]


def label_ends(axes: Axes, ends: list[tuple[float, str, str]], *, x: float, gap: float, step: float) -> None:
    """Names of lines at their right ends, at (height, name, colour) beside `x`, moved apart to at least `gap`; a moved one stands `step`
    further to the right, with a line to where it belongs."""
    placed: list[float] = []
    for height, _, _ in sorted(ends):
        placed.append(max(height, placed[-1] + gap) if placed else height)
    for (height, name, colour), y in zip(sorted(ends), placed, strict=True):
        moved = abs(height - y) > gap / 4
        axes.annotate(
            name,
            xy=(x, height),
            xytext=(x + (step if moved else 0.0), y),
            va="center",
            ha="left",
            fontsize=8.5,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.8, "shrinkA": 1, "shrinkB": 1, "relpos": (0, 0.5)} if moved else None,
        )
