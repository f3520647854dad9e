"""Pictures: the same numbers give the same bytes, in both themes and sizes, with text as text and marks told apart without colour."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from policies.records import Track
from tools.charts.render import png_of, style_of, svg_of
from tools.charts.style import DARK, DASHES, HATCHES, LIGHT, MARKERS, Style, Theme
from tools.reports.catalogue import PICTURES
from tools.reports.channels import ChannelMix, WindowEffect
from tools.reports.compliance import ConsentSteps, Findings, KindLatency, Latency, RuleFindings, Step
from tools.reports.funnel import Cohort, Cohorts, Funnel, TrackFunnel
from tools.reports.report import Report, Table, csv_of
from tools.reports.sales import LineSpeed, Rejections, TimeToMql
from tools.reports.scoring import Grid, Histogram, LineScores
from tools.reports.timeline import Timeline

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
STAGES = ("Seen", "Identified", "Engaged", "MQL", "Accepted", "SQL", "Booked", "Came")

REPORTS: dict[str, Report] = {
    "funnel": Funnel(
        name="All service lines",
        days=90,
        tracks=(
            TrackFunnel(track=Track.B2C_PATIENT, stages=STAGES, reached=(900, 500, 300, 40, 20, 12, 7, 3)),
            TrackFunnel(track=Track.B2B_REFERRAL, stages=STAGES, reached=(30, 20, 12, 6, 4, 2, 1, 0)),
        ),
    ),
    "cohorts": Cohorts(
        name="All service lines",
        unit="week",
        cohorts=tuple(
            Cohort(
                name=f"week {week}",
                starts_at=NOW - week * 7 * DAY,
                mqls=10,
                sqls=(1, 3, 4 if week > 5 else None, None, None),
                sqls_so_far=4,
            )
            for week in range(9, 0, -1)
        ),
    ),
    "time-to-mql": TimeToMql(lines=(LineSpeed(name="Orthopaedics", days=(2.0, 4.0, 9.5)), LineSpeed(name="Dental", days=(1.0, 21.0)))),
    "rejections": Rejections(
        name="All service lines", handed_over=40, reasons=(("not_reachable", 9), ("payer_mismatch", 4), ("duplicate", 1))
    ),
    "scores": Histogram(
        lines=(
            LineScores(
                name="Orthopaedics",
                threshold=60,
                bins=(90, 40, 20, 10, 5, 5, 4, 4, 3, 3, 3, 2, 2, 2, 1, 1, 0, 0, 1, 1),
                mql_bins=(0,) * 12 + (2, 2, 1, 1, 0, 0, 1, 1),
                capacity=5,
                capacity_total=66.0,
            ),
        )
    ),
    "fit-intent": Grid(
        name="Dental", cells=((9, 2, 0, 0), (5, 5, 1, 0), (3, 3, 2, 1), (4, 3, 2, 2)), mqls=((0,) * 4, (0,) * 4, (0, 0, 1, 1), (0, 0, 2, 2))
    ),
    "channels": ChannelMix(
        name="All service lines",
        days=90,
        mqls=10,
        without_touch=1,
        channels=("direct", "paid search", "email"),
        models=("First touch", "Last touch", "Linear", "Time decay", "Position", "Markov", "Shapley"),
        credit=((6, 4, 0), (5, 1, 4), (5.5, 2.5, 2), (5.2, 2, 2.8), (5.4, 2.6, 2), (4, 3, 3), (4.5, 3, 2.5)),
        apart=(True, True, False),
    ),
    "windows": WindowEffect(
        name="Dental",
        days=(14, 30, 60, 90, 180, 365),
        mqls=(8, 9, 10, 10, 10, 10),
        older=(0.5, 0.2, 0.1, 0.0, 0.0, 0.0),
        channels=("direct", "paid search", "email"),
        credit=((5, 1, 2), (5, 2, 2), (5, 2.5, 2.5), (5, 2.5, 2.5), (5, 2.5, 2.5), (5, 2.5, 2.5)),
        windows=(("Dental", 30),),
    ),
    "latency": Latency(
        days=90,
        kinds=(KindLatency(name="Shift ad budget", hours=(3.0, 30.0, 99.0)), KindLatency(name="Reply to a review", hours=(0.05, 0.2))),
    ),
    "findings": Findings(
        days=90,
        items=50,
        clean=40,
        rules=(RuleFindings(rule="FTC-CLAIM", block=3, needs_review=4, warn=0), RuleFindings(rule="EEAT", block=0, needs_review=1, warn=2)),
    ),
    "consent": ConsentSteps(
        steps=(
            Step(name="Everybody seen", lost=0, count=100),
            Step(name="Said no", lost=30, count=70),
            Step(name="Unsubscribed or stopped", lost=5, count=65),
            Step(name="May be sent email", lost=0, count=65),
        ),
        by_purpose=(("sms", 3, 4),),
    ),
    "timeline": Timeline(
        line="Orthopaedics",
        now=NOW,
        threshold=60,
        most=100,
        points=tuple((NOW + day * DAY, 70.0 - abs(day) / 3) for day in range(-60, 90, 5)),
        ends_at=NOW + 40 * DAY,
    ),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("key", REPORTS)
def test_the_same_numbers_give_the_same_bytes_and_text_stays_text(key: str, theme: str) -> None:
    style = style_of(theme, narrow=theme == "dark")

    first, again = svg_of(key, REPORTS[key], style), svg_of(key, REPORTS[key], style)

    assert first == again
    root = ElementTree.fromstring(first)
    words = " ".join(text for node in root.iter() if node.tag.endswith("text") and (text := node.text))
    assert len(words) > 10
    assert style.theme.paper in first.decode()
    for forbidden in (b"<script", b"<metadata", b"dc:date", b"http://matplotlib", b"<image"):
        assert forbidden not in first
    assert len(first) < 150_000


def test_every_picture_of_the_catalogue_can_be_drawn() -> None:
    assert {one.key for one in PICTURES} | {"timeline"} == REPORTS.keys()
    assert all(report.takeaway().endswith(".") and not report.is_empty() and report.table().rows for report in REPORTS.values())


def test_a_png_is_twice_the_size_and_the_same_bytes_again() -> None:
    style = style_of("light", narrow=False)

    picture = png_of("funnel", REPORTS["funnel"], style)

    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == round(8.6 * 144)
    assert picture == png_of("funnel", REPORTS["funnel"], style)
    assert b"Software" not in picture


def test_threads_that_draw_in_both_themes_do_not_mix_their_colours() -> None:
    asked = [("consent", theme) for theme in ("light", "dark") for _ in range(3)]

    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda one: svg_of(one[0], REPORTS[one[0]], style_of(one[1], narrow=True)), asked))

    assert len(set(drawn)) == 2
    assert DARK.paper.encode() not in drawn[0]
    assert LIGHT.colours[0].lower().encode() not in drawn[-1].lower()


# --- colours


def _luminance(colour: str) -> float:
    """WCAG 2.2 relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_text_and_marks_stand_out_from_the_paper(theme: Theme) -> None:
    assert _contrast(theme.ink, theme.paper) >= 7
    assert _contrast(theme.soft, theme.paper) >= 4.5
    assert all(_contrast(theme.ink, cell) >= 4.5 for cell in (*theme.ramp, theme.sunk))
    assert {colour: _contrast(colour, theme.paper) >= 3 for colour in theme.colours} == dict.fromkeys(theme.colours, True)


def test_marks_are_told_apart_without_colour() -> None:
    assert len(set(MARKERS)) == len(set(HATCHES)) == len({str(dash) for dash in DASHES}) == len(LIGHT.colours)


def test_the_themes_are_those_of_the_desk(repository: Path) -> None:
    sheet = (repository / "approvals/web/static/desk.css").read_text()
    light, dark = sheet.split("@media (prefers-color-scheme: dark)", 1)
    for theme, part in ((LIGHT, light), (DARK, dark)):
        for name in ("ink", "soft", "line", "paper", "sunk", "stop"):
            found = re.search(rf"--{name}: (#[0-9a-f]+)", part)
            assert found
            named = found[1] if len(found[1]) == 7 else "#" + "".join(2 * digit for digit in found[1][1:])
            assert getattr(theme, name) == named, (theme.name, name)


def test_an_unknown_theme_is_the_light_one() -> None:
    assert style_of("../../etc", narrow=False) == Style(LIGHT, False)


# --- the table to take away


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=x"])
def test_no_spreadsheet_takes_a_cell_for_a_formula(evil: str) -> None:
    text = csv_of(Table((evil, "Leads"), ((evil, 3), ("plain, with a comma", None))))

    head, first, second = text.replace("\r\n", "\n").rstrip("\n").rsplit("\n", 2) if "\r" not in evil else (text[:9], text, "")
    assert not text.startswith(evil[0])
    assert f"'{evil}" in text
    if "\r" not in evil:
        assert (head, first) == (f"'{evil},Leads", f"'{evil},3")
        assert second == '"plain, with a comma",'


def test_numbers_in_a_table_stay_numbers() -> None:
    assert csv_of(Table(("a", "b"), ((-3, 12.34567),))) == "a,b\r\n-3,12.3457\r\n"
