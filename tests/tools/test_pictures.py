"""Pictures: well-formed, named for who cannot see them, escaped, and told again as a table."""

from xml.etree import ElementTree

import pytest

from tools.pictures import grouped_bars, heading, lines, page, paragraph, table

EVIL = '<script>alert("x")</script>&'


def shapes(figure: str, tag: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(figure).iter(f"{{http://www.w3.org/2000/svg}}{tag}"))


def test_bars_are_as_tall_as_their_values() -> None:
    bars = [bar for bar in shapes(grouped_bars("Credit", ["a", "b"], {"m": [1, 2], "n": [0, 4]}, unit="conversions"), "rect") if len(bar)]
    tall = [float(bar.attrib["height"]) for bar in bars]

    assert tall == pytest.approx([tall[3] / 4, 0, tall[3] / 2, tall[3]], abs=0.1)
    assert [bar[0].text for bar in bars] == ["a, m: 1", "a, n: 0", "b, m: 2", "b, n: 4"]


def test_lines_rise_with_their_values_and_the_mark_stands_at_its_point() -> None:
    figure = lines("By window", [14, 30, 60], {"a": [1, 2, 3]}, unit="conversions", along="days", mark=30)
    dots = shapes(figure, "circle")
    heights = [float(dot.attrib["cy"]) for dot in dots]
    mark = [line for line in shapes(figure, "line") if "stroke-dasharray" in line.attrib]

    assert heights == sorted(heights, reverse=True)
    assert [line.attrib["x1"] for line in mark] == [dots[1].attrib["cx"]]


def test_a_picture_is_named_and_followed_by_its_figures() -> None:
    for figure in (
        grouped_bars("Credit", ["a"], {"m": [1.23456]}, unit="conversions"),
        lines("Credit", [14], {"m": [1.23456]}, unit="conversions", along="days"),
    ):
        (picture,) = shapes(figure, "svg")
        assert picture.attrib["role"] == "img"
        assert "Credit" in picture.attrib["aria-label"]
        assert "<caption>Credit (conversions)</caption>" in figure
        assert "<td>1.2346</td>" in figure


def test_every_text_is_escaped() -> None:
    told = page(
        EVIL,
        heading(EVIL),
        paragraph(EVIL),
        grouped_bars(EVIL, [EVIL], {EVIL: [1]}, unit=EVIL),
        lines(EVIL, [1], {EVIL: [1]}, unit=EVIL, along=EVIL),
        table(EVIL, [EVIL], [[EVIL], [None]]),
    )

    assert "<script" not in told
    assert "<td>–</td>" in told
    ElementTree.fromstring(grouped_bars(EVIL, [EVIL], {EVIL: [1]}, unit=EVIL))


@pytest.mark.parametrize("values", [[0.0, 0.0], [1e-320, 0], [1e15, 1], [0.1, 0.2]])
def test_any_size_of_value_can_be_drawn(values: list[float]) -> None:
    heights = [float(bar.attrib["height"]) for bar in shapes(grouped_bars("t", ["a", "b"], {"m": values}, unit="u"), "rect")]

    assert all(0 <= height <= 340 for height in heights)


def test_nothing_to_draw_is_an_empty_picture() -> None:
    assert shapes(grouped_bars("t", [], {}, unit="u"), "svg")
    assert shapes(lines("t", [], {}, unit="u", along="v"), "svg")


@pytest.mark.parametrize("values", [[1.0], [1.0, -1.0], [1.0, float("nan")]])
def test_what_cannot_be_drawn_is_refused_by_name(values: list[float]) -> None:
    with pytest.raises(ValueError, match="series m"):
        grouped_bars("t", ["a", "b"], {"m": values}, unit="u")
