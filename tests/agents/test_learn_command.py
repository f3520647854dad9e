import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agents.cli import app
from agents.commands.learn import learn
from tests.tools.learning.made import made_leads, written
from tools.errors import DataError, SettingsError
from tools.packs.models import SHIPPED, load_model_file


def told(file: Path, **options: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    assert learn(file, **({"outcome": "converted", "time": "created", "id_": "lead_id"} | options), stdout=out, stderr=err) == 0
    return out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(made_leads(4000, leaks=True), tmp_path_factory.mktemp("leads"))


def test_what_was_learned_is_told_in_words_and_files_are_written(file: Path, tmp_path: Path) -> None:
    page, proposed = tmp_path / "report.html", tmp_path / "proposed.yaml"
    out, err = told(file, html=page, propose_to=proposed, base=SHIPPED / "dental.yaml")

    for words in ("The model may decide", "Tags: leak", "Patient Age: forbidden", "AUC: 0.", "payer accepted: +", "Nobody has signed it"):
        assert words in out
    assert [line.split(": ")[0] for line in err.splitlines()] == ["written", "written"]
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert set(load_model_file(proposed).fit_weights["payer"]) == {"accepted", "self_pay", "unknown_plan"}


def test_the_command_line_gives_one_json_object_and_the_same_bytes_twice(file: Path, tmp_path: Path) -> None:
    given = ["model", "learn", str(file), "--outcome", "converted", "--time", "created", "--id", "lead_id", "--json"]
    given += ["--drop", "city", "--keep", "Tags"]
    runs = [CliRunner().invoke(app, [*given, "--html", str(tmp_path / f"{number}.html")]) for number in range(2)]
    body = json.loads(runs[0].stdout)

    assert [run.exit_code for run in runs] == [0, 0]
    assert runs[0].stdout == runs[1].stdout
    assert (tmp_path / "0.html").read_bytes() == (tmp_path / "1.html").read_bytes()
    assert body["decision"] == "model"
    assert {out["column"]: out["why"] for out in body["left_out"]}["city"] == "dropped"
    assert "Tags" in {used["column"] for used in body["used"]}
    assert body["proposal"] is None


def test_too_few_leads_leave_the_rules_in_charge_and_propose_nothing(tmp_path: Path) -> None:
    few = written(made_leads(300), tmp_path)
    proposed = tmp_path / "proposed.yaml"
    out, err = told(few, as_json=True, propose_to=proposed, base=SHIPPED / "dental.yaml", html=tmp_path / "report.html")
    body = json.loads(out)

    assert (body["decision"], body["proposal"]) == ("rules", None)
    assert body["evaluation"]["slices"]
    assert "300 leads, 1,000 are needed" in body["reasons"]
    assert not proposed.exists()
    assert "is not written: the rules stay in charge" in err


def test_two_leads_are_an_answer_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "two.csv").write_text("converted,created,lead_id,visits\n1,2026-01-01,a,3\n0,2026-01-02,b,5\n")
    out, _ = told(tmp_path / "two.csv", as_json=True)

    assert json.loads(out)["decision"] == "rules"
    assert json.loads(out)["evaluation"] is None


def test_what_cannot_be_done_is_named(file: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="add --base"):
        told(file, propose_to=tmp_path / "m.yaml")
    with pytest.raises(SettingsError, match="cannot be written"):
        told(file, html=tmp_path / "none" / "report.html")
    with pytest.raises(DataError, match="nothing to propose"):
        told(file, propose_to=tmp_path / "m.yaml", base=SHIPPED / "physician_liaison.yaml")
    with pytest.raises(DataError, match="did you mean converted"):
        told(file, outcome="convertd")


def test_without_the_extra_the_error_says_how_to_add_it(file: Path) -> None:
    code = "import sys; sys.modules['polars'] = None; from agents.cli import main; main()"
    given = ["model", "learn", str(file), "--outcome", "converted", "--time", "created"]
    run = subprocess.run([sys.executable, "-c", code, *given], capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert "pip install 'liaison[learn]'" in run.stderr
    assert "make learn" in run.stderr
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize("absent", ["numpy", "sklearn"])
def test_thresholds_without_the_extra_are_left_out_unless_asked_for(absent: str) -> None:
    code = f"""import sys; sys.modules[{absent!r}] = None
from datetime import UTC, datetime
from agents.commands.thresholds import Asked, threshold_figures
from policies.leads.backtest import Outcome
some = [Outcome(at=datetime(2026, 1, day, tzinfo=UTC), predicted=True, good=day > 2, score=60 + day) for day in (1, 2, 3, 4)]
print(threshold_figures(some, Asked(), needed=False) is None)
threshold_figures(some, Asked(contact_cost=1, value=5), needed=True)"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert run.stdout.strip() == str(absent == "numpy")
    assert "SettingsError: thresholds, capacity and costs: needs numpy" in run.stderr
