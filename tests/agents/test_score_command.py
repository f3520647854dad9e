import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.commands.attribution import attribution
from agents.commands.score import score

AT = datetime(2026, 4, 2, 7, 30, tzinfo=UTC)
MODEL = """
track: b2c_patient
fit_weights: {in_area: {yes: 12, no: 0}, payer: {accepted: 8, "*": 3}}
fit_cap: 40
intent_points: {request: 60, page: 10}
max_counted: {page: 2}
intent_cap: 60
total_cap: 100
decay_per_quarter: 0.25
threshold: 60
f_min: 20
i_min: 25
hysteresis: 5
recency_days: 120
disqualify_events: [vendor]
"""
HISTORY = """{"lead":"L1","attributes":{"in_area":"yes","payer":"accepted"}}
{"lead":"L1","event_id":"e1","type":"request","occurred_at":"2026-01-01T00:00:00Z"}
{"lead":"L2","event_id":"e2","type":"page","occurred_at":"2026-03-01T08:00:00+02:00"}
"""


def run(tmp_path: Path, *, model: str = MODEL, history: str = HISTORY, as_json: bool = True, at: datetime = AT) -> tuple[int, str, str]:
    (tmp_path / "model.yaml").write_text(model)
    (tmp_path / "history.jsonl").write_text(history)
    out, err = io.StringIO(), io.StringIO()
    code = score(tmp_path / "model.yaml", tmp_path / "history.jsonl", at=at, as_json=as_json, stdout=out, stderr=err)
    return code, out.getvalue(), err.getvalue()


def test_one_json_object_per_lead_with_the_contracts_keys(tmp_path: Path) -> None:
    code, out, err = run(tmp_path)
    first, second = [json.loads(line) for line in out.splitlines()]

    assert (code, err) == (0, "")
    assert list(first) == ["lead", "fit", "intent", "total", "is_mql", "mql_since", "mql_until", "contributions"]
    assert first["lead"] == "L1"
    assert (first["fit"], first["intent"]) == (20, pytest.approx(45))
    assert first["is_mql"] is True
    assert (first["mql_since"], first["mql_until"]) == ("2026-01-01T00:00:00Z", "2026-05-01T00:00:00Z")
    assert first["contributions"] == [{"event_id": "e1", "type": "request", "points_now": pytest.approx(45)}]
    assert (second["is_mql"], second["mql_since"], second["mql_until"]) == (False, None, None)


def test_an_event_before_1970_and_a_type_without_points_are_named(tmp_path: Path) -> None:
    more = """{"lead":"L1","event_id":"e3","type":"page","occurred_at":"1969-12-31T23:59:59Z"}
{"lead":"L1","event_id":"e4","type":"requst","occurred_at":"2026-01-01T00:00:00Z"}
"""
    code, out, err = run(tmp_path, history=HISTORY + more)

    assert (code, json.loads(out.splitlines()[0])["intent"]) == (0, pytest.approx(45))
    assert "line 4: occurred_at: before 1970: mend the clock" in err
    assert "gives no points for requst (1): add them to intent_points, 0 if meant" in err


def test_words_for_people(tmp_path: Path) -> None:
    _, out, _ = run(tmp_path, as_json=False)

    assert "L1: total 65.0 = fit 20.0 + intent 45.0; MQL since 2026-01-01 00:00 UTC, until 2026-05-01 00:00 UTC if nothing happens" in out
    assert "L2:" in out
    assert "not an MQL" in out


def test_a_bad_line_is_named_and_the_rest_is_scored(tmp_path: Path) -> None:
    code, out, err = run(tmp_path, history="\ufeff" + HISTORY + '{"lead":"secret name","event_id":"e3","type":"page"}\n')

    assert code == 0
    assert len(out.splitlines()) == 2
    assert "history.jsonl, line 4: occurred_at: this key is missing" in err
    assert "secret" not in err


@pytest.mark.parametrize(
    ("model", "message"), [(MODEL.replace("0.25", "0.5"), "decay_per_quarter"), (MODEL + "colour: 1\n", "colour: unknown key")]
)
def test_a_wrong_model_is_refused_with_file_and_key(tmp_path: Path, model: str, message: str) -> None:
    code, out, err = run(tmp_path, model=model)

    assert (code, out) == (1, "")
    assert "model.yaml" in err
    assert message in err


def test_an_instant_without_a_time_zone_is_misuse(tmp_path: Path) -> None:
    assert run(tmp_path, at=datetime(2026, 4, 2))[0] == 2  # noqa: DTZ001 - the point of the test


def test_a_missing_history_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text(MODEL)
    err = io.StringIO()

    assert score(tmp_path / "model.yaml", tmp_path / "none.jsonl", at=AT, as_json=True, stdout=io.StringIO(), stderr=err) == 1
    assert "none.jsonl cannot be read" in err.getvalue()


def credit(tmp_path: Path, csv: str, *, as_json: bool = True) -> tuple[int, str, str]:
    (tmp_path / "paths.csv").write_text(csv)
    out, err = io.StringIO(), io.StringIO()
    code = attribution(tmp_path / "paths.csv", as_json=as_json, stdout=out, stderr=err)
    return code, out.getvalue(), err.getvalue()


def test_attribution_prints_every_model(tmp_path: Path) -> None:
    code, out, _ = credit(tmp_path, "path,conversions,nulls\na > b,3,1\na > c,1,1\n")
    body = json.loads(out)

    assert code == 0
    assert body["conversions"] == 4
    assert list(body["credit"]) == ["first", "last", "linear", "time_decay", "position", "markov", "shapley"]
    assert body["credit"]["markov"] == pytest.approx({"a": 2, "b": 1.5, "c": 0.5})
    assert "shapley" in credit(tmp_path, "path,conversions\na,1\n", as_json=False)[1]


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        ("way,conversions\na,1\n", "column path is missing"),
        ("path,conversions,nulls\na,1,0\na > ,1,0\n", "line 3: a path has an empty touch"),
        ("path,conversions,nulls\na,many,0\n", "line 2: conversions and nulls must be numbers"),
        ("path,conversions,nulls\na,-1,0\n", "line 2"),
    ],
)
def test_a_wrong_paths_file_is_refused_with_its_line(tmp_path: Path, csv: str, message: str) -> None:
    code, out, err = credit(tmp_path, csv)

    assert (code, out) == (1, "")
    assert message in err


def test_an_empty_paths_file_has_no_credit_to_give(tmp_path: Path) -> None:
    assert json.loads(credit(tmp_path, "path,conversions,nulls\n")[1])["conversions"] == 0
    assert credit(tmp_path, "path,conversions,nulls\n", as_json=False)[0] == 0
