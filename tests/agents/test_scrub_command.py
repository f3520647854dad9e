"""`liaison scrub`: the contract of the command line."""

import io
import json
from pathlib import Path

import pytest

from agents.commands.scrub import SOURCES, scrub


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIAISON_HOME", str(tmp_path))


def run(*lines: object, as_json: bool = True) -> tuple[int, list[dict[str, object]], str]:
    stdin = io.StringIO("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    stdout, stderr = io.StringIO(), io.StringIO()
    code = scrub(stdin, stdout, stderr, practice=None, as_json=as_json)
    return code, [json.loads(line) for line in stdout.getvalue().splitlines()], stderr.getvalue()


def test_a_text_comes_back_with_spans_of_the_input() -> None:
    text = "😀 My name is José Quispe, call 312-555-0142"

    code, rows, errors = run({"id": "a", "text": text})

    assert (code, errors) == (0, "")
    assert rows == [
        {
            "id": "a",
            "text": "😀 My name is [NAME_1], call [PHONE_1]",
            "spans": [{"start": 13, "end": 24, "label": "NAME"}, {"start": 31, "end": 43, "label": "PHONE"}],
        }
    ]
    assert text[13:24] == "José Quispe"


@pytest.mark.parametrize("source", SOURCES)
def test_a_payload_of_every_source_is_answered_without_what_it_hid(source: str) -> None:
    payload = {"event": "x", "mystery": "Jane Doe", "deep": {"ssn": "219-09-9999"}, "comment": "I am Jane Doe, 219-09-9999"}

    code, rows, _ = run({"id": 7, "source": source, "payload": payload})

    assert code == 0
    assert set(rows[0]) == {"id", "engagement", "refused", "spans"}
    assert "Jane" not in json.dumps(rows)
    assert "09-9999" not in json.dumps(rows)  # four digits alone may stand in a keyed hash


def test_a_payload_gives_the_same_record_twice() -> None:
    line = {"id": "r1", "source": "review", "payload": {"comment": "Great", "rating": 5}}

    assert run(line) == run(line)


@pytest.mark.parametrize(("source", "name"), [("review", "review_date"), ("ads", "date")])
def test_a_bare_date_is_the_start_of_its_day_and_an_unusable_one_is_refused(source: str, name: str) -> None:
    _, rows, _ = run(*({"id": 1, "source": source, "payload": {name: value, "rating": 5}} for value in ("2026-09-01", "sometime")))

    engagement = rows[0]["engagement"]
    assert isinstance(engagement, dict)
    assert str(engagement["occurred_at"]).startswith("2026-09-01T00:00:00")
    assert [f"/{name}" in row["refused"] for row in rows] == [False, True]  # type: ignore[operator]


@pytest.mark.parametrize(
    "bad",
    [
        "not json",
        "[1]",
        '{"text":"x"}',
        '{"id":"a"}',
        '{"id":"a","text":5}',
        '{"id":"a","text":"x","source":"crm","payload":{}}',
        '{"id":"a","source":"fax","payload":{}}',
        '{"id":"a","source":"crm","payload":"Jane"}',
        '{"id":true,"text":"x"}',
        "[" * 100_000,
    ],
)
def test_a_bad_line_is_named_by_number_and_the_next_is_read(bad: str) -> None:
    code, rows, errors = run({"id": 1, "text": "fine"}, bad, {"id": 3, "text": "fine"})

    assert code == 0
    assert [row["id"] for row in rows] == [1, 3]
    assert json.loads(errors)["line"] == 2
    assert "Jane" not in errors


def test_bytes_that_are_no_utf8_spoil_their_own_line_only() -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b'{"id":1,"text":"\xff"}\n{"id":2,"text":"ok"}\n'), encoding="utf-8")
    stdout, stderr = io.StringIO(), io.StringIO()

    code = scrub(stdin, stdout, stderr, practice=None, as_json=False)

    assert code == 0
    assert json.loads(stdout.getvalue())["id"] == 2
    assert stderr.getvalue().startswith("stdin, line 1: not UTF-8")


def test_an_unreadable_input_exits_1() -> None:
    assert scrub(_Broken(), io.StringIO(), io.StringIO(), practice=None, as_json=False) == 1


class _Broken(io.StringIO):
    """A pipe whose other end failed."""

    def __next__(self) -> str:
        raise OSError("broken")


def test_a_lone_surrogate_in_a_text_does_not_break_the_output() -> None:
    _, rows, _ = run('{"id":1,"text":"odd \\ud800 text"}')

    assert rows[0]["id"] == 1


def test_scrubbing_texts_writes_nothing(tmp_path: Path) -> None:
    run({"id": 1, "text": "My name is Jane Doe"})

    assert list(tmp_path.iterdir()) == []


def test_explain_report_and_diff(tmp_path: Path) -> None:
    stdin = io.StringIO(
        '{"id":"a","text":"Hi Jane Doe (312) 555-0142"}\nnot json\n{"id":"b","source":"crm","payload":{"ssn":"219-09-9999"}}\n'
    )
    stdout, stderr = io.StringIO(), io.StringIO()
    report, diff = tmp_path / "report.json", tmp_path / "diff.html"

    code = scrub(stdin, stdout, stderr, practice=None, as_json=True, explain=True, report=report, diff=diff)

    first = json.loads(stdout.getvalue().splitlines()[0])
    assert code == 0
    assert [(span["why"], span["confidence"] >= 0.5) for span in first["spans"]] == [("name", True), ("phone", True)]
    counted = json.loads(report.read_text())
    assert (counted["texts"], counted["payloads"], counted["lines_refused"]) == (1, 1, 1)
    assert counted["dropped_fields"] == {"crm: field not in the schema, sealed or not valid": 1}
    assert "Jane" not in report.read_text()
    assert "Jane Doe</mark>" in diff.read_text()
    assert diff.stat().st_mode & 0o077 == 0
