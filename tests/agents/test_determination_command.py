"""`liaison determination`: a sample of clean texts, and the figures of its review."""

import io
import json
from pathlib import Path

import pytest

from agents.build import open_parts
from agents.commands.determination import report, sample
from tests.journeys.support import NOW, environment, liaison, small_practice
from tools.errors import SettingsError


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("determination")
    practice = small_practice(folder / "practice")
    liaison("run", "--json", "--now", NOW, env=environment(folder / "home", practice))
    return folder / "home", practice


def test_a_sample_is_reviewed_and_reported(home: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = environment(*home)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    out, reviewed = io.StringIO(), tmp_path / "reviewed.jsonl"
    with open_parts(practice=home[1]) as parts:
        sample(parts.workspace, size=20, seed=3, stdout=out)
        lines = [json.loads(line) for line in out.getvalue().splitlines()]
        for line in lines:
            line["found"] = []
        lines[0]["found"] = ["NAME"]
        reviewed.write_text("".join(json.dumps(line) + "\n" for line in lines))
        said = io.StringIO()
        report(parts.workspace, reviewed=reviewed, as_json=True, stdout=said)
        shown = io.StringIO()
        report(parts.workspace, reviewed=reviewed, as_json=False, stdout=shown)
        (tmp_path / "untouched").write_text(out.getvalue())
        with pytest.raises(SettingsError, match="line 1: not reviewed yet"):
            report(parts.workspace, reviewed=tmp_path / "untouched", as_json=True, stdout=said)
        (tmp_path / "bad").write_text('{"id":"a","found":["MAYBE"]}\n')
        with pytest.raises(SettingsError, match="line 1"):
            report(parts.workspace, reviewed=tmp_path / "bad", as_json=True, stdout=said)

    found = json.loads(said.getvalue())
    assert (found["reviewed"], found["leaks_by_label"]) == (20, {"NAME": 1})
    assert found["wilson_95"][0] < 0.05 < found["wilson_95"][1]
    assert found["records"] > 0
    assert "95 % Wilson interval" in shown.getvalue()
