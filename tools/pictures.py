"""Pictures of figures as inline SVG, each with the table of what it shows, on a page that needs no script, font or network.

Knows numbers and labels, not what they mean. Every text is escaped; colours are told apart by the colour-blind (Okabe and Ito, 2008) and the
table says the same in words.
"""

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, isfinite, log10

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8A7F00", "#4D4D4D")
WIDTH, HEIGHT = 900, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 56
LEGEND_ROW, LEGEND_ITEM = 18, 170
LONGEST_LABEL = 18

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
figure{margin:1.5rem 0}svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:#333}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.875rem}figure>div{overflow-x:auto}
th,td{border-bottom:1px solid #ddd;padding:.25rem .6rem;text-align:right}th:first-child,td:first-child{text-align:left}
caption{text-align:left;white-space:nowrap;font-weight:600;padding:.25rem 0}
"""

Cell = str | float | None


def grouped_bars(title: str, groups: Sequence[str], series: Mapping[str, Sequence[float]], *, unit: str) -> str:
    """A figure of one bar per series in each group; `series` gives each name a value per group, 0 or more, in `unit`.

    Raises ValueError if a series has not one value for each group, or one that is negative or not finite.
    """
    _check(series, groups)
    top = _top(series)
    plot = HEIGHT - TOP - BOTTOM
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(groups))
    bar = slot * 0.84 / max(1, len(series))
    marks = []
    for place, group in enumerate(groups):
        x = LEFT + place * slot
        for number, (name, values) in enumerate(series.items()):
            tall = plot * values[place] / top
            marks.append(
                f'<rect x="{x + slot * 0.08 + number * bar:.1f}" y="{TOP + plot - tall:.1f}" width="{bar:.1f}" height="{tall:.1f}" '
                f'fill="{_colour(number)}"><title>{escape(f"{group}, {name}: {_figure(values[place])}")}</title></rect>'
            )
        marks.append(_label(x + slot / 2, group))
    svg = _svg(title, f"{len(groups)} groups of {len(series)} bars", _axis(top, unit) + "".join(marks), list(series))
    rows: list[list[Cell]] = [[group, *(values[place] for values in series.values())] for place, group in enumerate(groups)]
    return _figure_of(svg, table(f"{title} ({unit})", ["", *series], rows))


def lines(
    title: str, at: Sequence[float], series: Mapping[str, Sequence[float]], *, unit: str, along: str, mark: float | None = None
) -> str:
    """A figure of one line per series over the points `at` (ascending, in the unit `along`); `mark` draws an upright line at one of them.

    Points lie evenly apart, so that uneven steps such as 14, 30, 60 days stay readable. Raises ValueError as `grouped_bars` does.
    """
    _check(series, at)
    top = _top(series)
    plot = HEIGHT - TOP - BOTTOM
    step = (WIDTH - LEFT - RIGHT - 40) / max(1, len(at) - 1)
    across = {point: LEFT + 20 + place * step for place, point in enumerate(at)}
    marks = [_label(x, _figure(point)) for point, x in across.items()]
    marks.append(f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - BOTTOM + 38}" text-anchor="middle">{escape(along)}</text>')
    if mark in across:
        x = across[mark]
        marks.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{TOP + plot}" stroke="#333" stroke-dasharray="4 4"/>')
    for number, (name, values) in enumerate(series.items()):
        points = [(across[point], TOP + plot - plot * value / top) for point, value in zip(at, values, strict=True)]
        marks.append(
            f'<polyline fill="none" stroke="{_colour(number)}" stroke-width="2" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'
        )
        for (x, y), value in zip(points, values, strict=True):
            marks.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{_colour(number)}"><title>{escape(f"{name}: {_figure(value)}")}</title></circle>'
            )
    svg = _svg(title, f"{len(series)} lines over {len(at)} points", _axis(top, unit) + "".join(marks), list(series))
    rows: list[list[Cell]] = [[_figure(point), *(values[place] for values in series.values())] for place, point in enumerate(at)]
    return _figure_of(svg, table(f"{title} ({unit})", [along, *series], rows))


def table(caption: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """An HTML table; numbers are rounded to four figures after the point at most, None is a dash."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{escape(_text(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def page(title: str, *sections: str) -> str:
    """A whole HTML page of `sections`, which are HTML already (from this module)."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head>\n'
        f"<body><main><h1>{escape(title)}</h1>\n" + "\n".join(sections) + "\n</main></body></html>\n"
    )


def _check(series: Mapping[str, Sequence[float]], along: Sequence[object]) -> None:
    for name, values in series.items():
        if len(values) != len(along):
            raise ValueError(f"series {name} has {len(values)} values for {len(along)} places: give one for each")
        if not all(isfinite(value) and value >= 0 for value in values):
            raise ValueError(f"series {name} holds a value below 0 or not finite: neither can be drawn")


def _top(series: Mapping[str, Sequence[float]]) -> float:
    """The end of the upright axis: the next 1, 2 or 5 times a power of ten above every value."""
    most = max((value for values in series.values() for value in values), default=0.0)
    if most < 1e-300:
        return 1.0
    power = 10.0 ** floor(log10(most))
    return float(next(step * power for step in (1, 2, 5, 10, 20) if step * power >= most))


def _axis(top: float, unit: str) -> str:
    plot = HEIGHT - TOP - BOTTOM
    drawn = []
    for part in range(5):
        y = TOP + plot - plot * part / 4
        drawn.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="{"#333" if part == 0 else "#ddd"}"/>')
        drawn.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_figure(top * part / 4)}</text>')
    middle = TOP + plot / 2
    drawn.append(f'<text transform="translate(12 {middle:.0f}) rotate(-90)" text-anchor="middle">{escape(unit)}</text>')
    return "".join(drawn)


def _label(x: float, text: str) -> str:
    short = text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"
    return f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{escape(short)}</text>'


def _svg(title: str, what: str, drawn: str, names: Sequence[str]) -> str:
    per_row = (WIDTH - LEFT) // LEGEND_ITEM
    legend = []
    for number, name in enumerate(names):
        x, y = LEFT + number % per_row * LEGEND_ITEM, HEIGHT + number // per_row * LEGEND_ROW
        short = name if len(name) <= LONGEST_LABEL + 4 else name[: LONGEST_LABEL + 3] + "…"
        legend.append(
            f'<rect x="{x}" y="{y}" width="12" height="12" fill="{_colour(number)}"/><text x="{x + 18}" y="{y + 11}">{escape(short)}</text>'
        )
    tall = HEIGHT + -(-len(names) // per_row) * LEGEND_ROW + 4
    label = escape(f"{title}: {what}; the figures are in the table below", quote=True)
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" viewBox="0 0 {WIDTH} {tall}">{drawn}{"".join(legend)}</svg>'


def _figure_of(svg: str, figures: str) -> str:
    return f"<figure>{svg}<div>{figures}</div></figure>"


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _text(cell: Cell) -> str:
    if cell is None:
        return "–"
    return cell if isinstance(cell, str) else _figure(cell)


def _figure(value: float) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".")
