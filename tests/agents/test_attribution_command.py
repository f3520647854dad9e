"""`liaison attribution`: touches, windows, holdout and page; what is wrong in a file is told by file, line and mend."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agents.cli import app
from agents.cli_options import ATTRIBUTION_MODELS
from agents.commands.attribution import attribution
from policies.leads.attribution import AttributionModel
from tests.journeys.support import ROOT

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HEAD = "person,channel,at,converted_at,service_line\n"
TOUCHES = (
    HEAD
    + "p1,google,2026-01-01,2026-03-01T10:00:00Z,orthopaedics\n"
    + "p1,email,2026-02-25T10:00:00-06:00,,orthopaedics\n"
    + "p2,youtube,2025-12-20,2026-03-02,dental\n"
    + "p2,<b>email</b>,2026-03-01,,dental\n"
    + "p3,email,2026-02-25,,dental\n"
)


def told(tmp_path: Path, text: str | bytes, *, kind: str = "touches", as_json: bool = True, **more: Any) -> tuple[int, str, str]:
    file = tmp_path / f"{kind}.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    paths, touches = (file, None) if kind == "paths" else (None, file)
    out, err = io.StringIO(), io.StringIO()
    code = attribution(paths, touches_file=touches, as_json=as_json, stdout=out, stderr=err, now=NOW, **more)
    return code, out.getvalue(), err.getvalue()


def test_touches_are_credited_within_the_window_of_their_service_line(tmp_path: Path) -> None:
    code, out, err = told(tmp_path, TOUCHES)
    body = json.loads(out)

    assert (code, err) == (0, "")
    assert list(body["credit"]) == [model.value for model in AttributionModel]
    assert body["conversions"] == 2
    assert body["credit"]["first"] == {"<b>email</b>": 1, "email": 0, "google": 1, "youtube": 0}
    assert {line: one["window_days"] for line, one in body["service_lines"].items()} == {"dental": 30, "orthopaedics": 90}
    assert [one["days"] for one in body["sensitivity"]] == [14, 30, 60, 90, 180, 365]
    assert [one["older_share"] for one in body["sensitivity"]] == [1, 1, 0.5, 0, 0, 0]


def test_one_window_holds_for_every_line_and_stands_among_the_points(tmp_path: Path) -> None:
    body = json.loads(told(tmp_path, TOUCHES, window=75)[1])

    assert body["credit"]["first"]["youtube"] == 1
    assert [one["days"] for one in body["service_lines"]["dental"]["sensitivity"]] == [14, 30, 60, 75, 90, 180, 365]


def test_the_practice_sets_windows_and_its_lines_are_the_only_ones(tmp_path: Path) -> None:
    text = (ROOT / "tools" / "practice_starter.yaml").read_text().replace("attribution_window_days: 90", "attribution_window_days: 7")
    (tmp_path / "practice.yaml").write_text(text)
    body = json.loads(told(tmp_path, TOUCHES.replace("dental", "orthopaedics"), practice=tmp_path)[1])

    assert body["service_lines"]["orthopaedics"]["window_days"] == 7
    assert body["credit"]["first"]["email"] == 1
    assert "line 4: service_line is none of practice.yaml (orthopaedics): correct it" in told(tmp_path, TOUCHES, practice=tmp_path)[2]


def test_what_is_put_right_or_left_out_is_said(tmp_path: Path) -> None:
    rows = "p1,b,2026-02-02,2026-03-01,\np1,a,2026-02-01,,\np1,a,2026-02-01,,\np1,late,2026-03-02,,\n"
    rows += "p2,soon,2026-07-01,,\np3,a,2026-05-01,2026-08-01,\n"
    err = told(tmp_path, HEAD + rows)[2]

    for words in (
        "1 people had touches out of time order",
        "1 rows stood twice",
        "1 touches lie after 2026-06-01",
        "1 conversions lie after",
    ):
        assert words in err
    assert "1 touches lie after the person's last conversion" in err


def test_the_text_shows_windows_and_says_that_credit_is_not_effect(tmp_path: Path) -> None:
    out = told(tmp_path, TOUCHES, as_json=False)[1]

    for words in ("last_non_direct", "orthopaedics 90 d", "first touch is older", "Credit is not effect"):
        assert words in out


def test_a_paths_file_prints_the_seven_and_one_asked_for(tmp_path: Path) -> None:
    csv = "path,conversions\nads > direct,1\nads > direct,2\n"
    out, err = told(tmp_path, csv, kind="paths", as_json=False)[1:]

    assert out.splitlines()[0].split() == ["channel", "first", "last", "linear", "time_decay", "position", "markov", "shapley"]
    assert "Credit by" not in out
    assert "Credit is not effect" in out
    assert "1 rows repeat the path of an earlier row" in err
    body = json.loads(told(tmp_path, csv, kind="paths", model=AttributionModel.LAST_NON_DIRECT)[1])
    assert body["credit"]["last_non_direct"] == {"ads": 3, "direct": 0}
    assert body["disagreement"]["ads"]["flagged"]


def test_a_holdout_says_how_much_of_the_credit_is_effect(tmp_path: Path) -> None:
    holdout = tmp_path / "holdout.csv"
    holdout.write_text(
        "group,people,conversions,channel\ntreated,10000,300,\ncontrol,10000,200,\nTreated,900,9,email\ncontrol,900,9,email\n"
    )
    body = json.loads(told(tmp_path, TOUCHES, holdout_file=holdout)[1])["holdout"]
    out = told(tmp_path, TOUCHES, holdout_file=holdout, as_json=False)[1]

    assert [one["channel"] for one in body["lift"]] == [None, "email"]
    assert body["lift"][0]["supported_share"]["value"] == pytest.approx(1 / 3)
    assert body["lift"][0]["supported_conversions"]["markov"]["value"] == pytest.approx(2 / 3)
    assert body["lift"][1]["supported_share"]["value"] == 0
    assert "no lift shown" in out
    assert "Credit is not effect" in out


def test_the_page_has_both_pictures_and_escapes_channels(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert told(tmp_path, TOUCHES, html=page)[0] == 0
    text = page.read_text()

    assert text.count('role="img"') == 1 + 3 * 2
    assert "<b>email" not in text
    for words in ("Credit per channel by model", "older than the window", "⚑", "Credit is not effect", "stroke-dasharray"):
        assert words in text
    assert "cannot be written" in told(tmp_path, TOUCHES, html=tmp_path / "none" / "report.html")[2]


GOOD_ROW = "p,a,2026-01-01,,\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "column person is missing: the first line must be person,channel,at"),
        ("person,channel\np,a\n", "column at is missing"),
        ("person,channel,at,at\np,a,2026-01-01,\n", "column at stands twice"),
        (HEAD + GOOD_ROW + "p,a,yesterday,,\n", "line 3: at is not an ISO time: write 2026-"),
        (HEAD + "p,a,2026-01-01T10:00:00,,\n", "line 2: at has no time zone: end it with Z"),
        (HEAD + "p,a,1969-12-31,,\n", "line 2: at lies before 1970"),
        (HEAD + "p,a,2026-01-01,soon,\n", "line 2: converted_at is not an ISO time"),
        (HEAD + ",a,2026-01-01,,\n", "line 2: person is empty"),
        (HEAD + "p,,2026-01-01,,\n", "line 2: channel is empty"),
        (HEAD + "p,(null),2026-01-01,,\n", "line 2: a channel is named (null), which is a state of the Markov chain: rename it"),
        (HEAD + "p,a\x1b[31m,2026-01-01,,\n", "line 2: a channel's name holds a control character"),
        (HEAD + "p,a,b,2026-01-01,,,\n", "line 2: at is not an ISO time"),
        (HEAD + "p,a,2026-01-01,,dental,more\n", "line 2: more cells than columns"),
        (HEAD + 'p,"a,2026-01-01,,\n', "not CSV: close each double quote"),
        (HEAD.encode() + b"p,caf\xe9,2026-01-01,,\n", "not UTF-8 text: save it as CSV UTF-8"),
        (HEAD + "".join(f"p,c{n},2026-01-01,,\n" for n in range(201)), "201 channels are more than the 200"),
    ],
)
def test_a_wrong_touches_file_is_refused_with_line_and_mend(tmp_path: Path, text: str | bytes, words: str) -> None:
    code, out, err = told(tmp_path, text)

    assert (code, out) == (1, "")
    assert "touches.csv" in err
    assert words in err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "column path is missing"),
        ("path,conversions\na,nan\n", "line 2: conversions and nulls must be numbers from 0"),
        ("path,conversions\na,inf\n", "line 2: conversions and nulls must be numbers from 0"),
        ("path,conversions,nulls\na,1,-3\n", "line 2: conversions and nulls must be numbers from 0"),
        ("path,conversions\na,9e14\na,9e14\n", "line 3: conversions and nulls must be numbers from 0"),
        ("path,conversions\n(start) > a,1\n", "line 2: a channel is named (start)"),
        ("path,conversions\na, b > c,1\n", "line 2: more cells than columns: put a text that holds a comma in double quotes"),
        (b"path,conversions\n\xff,1\n", "not UTF-8"),
    ],
)
def test_a_wrong_paths_file_is_refused(tmp_path: Path, text: str | bytes, words: str) -> None:
    code, out, err = told(tmp_path, text, kind="paths")

    assert (code, out) == (1, "")
    assert words in err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "column group is missing"),
        ("group,people,conversions\n", "no row below the first line"),
        ("group,people,conversions\ntreated,10,1\n", "all channels has no control group: add its row"),
        ("group,people,conversions\ntest,10,1\n", "line 2: group must be treated or control"),
        ("group,people,conversions\ntreated,10,1\ntreated,10,1\n", "line 3: this group stands twice"),
        ("group,people,conversions\ntreated,10,11\n", "line 2: people must be at least 1, and conversions from 0 to people"),
        ("group,people,conversions\ntreated,ten,1\n", "line 2: people and conversions must be whole numbers"),
        ("group,people,conversions,channel\ntreated,10,1,fax\ncontrol,10,1,fax\n", "channel fax is in none of the paths"),
    ],
)
def test_a_wrong_holdout_is_refused(tmp_path: Path, text: str, words: str) -> None:
    holdout = tmp_path / "holdout.csv"
    holdout.write_text(text)
    code, out, err = told(tmp_path, TOUCHES, holdout_file=holdout)

    assert (code, out) == (1, "")
    assert f"{holdout}: {words}" in err


def test_no_touch_at_all_is_no_credit_and_said(tmp_path: Path) -> None:
    for as_json in (True, False):
        code, _, err = told(tmp_path, HEAD, as_json=as_json, html=tmp_path / "empty.html")

        assert code == 0
        assert "no row below the first line" in err


@pytest.mark.parametrize("touches", [100_000, 1_300_000])
def test_a_path_of_a_line_of_ten_megabytes_is_credited(tmp_path: Path, touches: int) -> None:
    code, out, _ = told(tmp_path, "path,conversions\n" + " > ".join(["email", "ads"] * (touches // 2)) + ",3\n", kind="paths")

    assert code == 0
    assert json.loads(out)["credit"]["linear"] == pytest.approx({"ads": 1.5, "email": 1.5})


def test_the_command_takes_one_kind_of_file_and_known_models(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TOUCHES)
    file = str(tmp_path / "t.csv")
    run = CliRunner().invoke

    assert run(app, ["attribution", "--touches", file, "--now", "2026-06-01", "--json"]).exit_code == 0
    for words in (
        [],
        ["--paths", file, "--touches", file],
        ["--paths", file, "--window", "30"],
        ["--touches", file, "--window", "366"],
        ["--touches", file, "--model", "magic"],
    ):
        assert run(app, ["attribution", *words]).exit_code == 2
    assert tuple(AttributionModel) == tuple(ATTRIBUTION_MODELS.split(", "))
