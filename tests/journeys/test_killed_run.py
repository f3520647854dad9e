"""kill -9 at any node and run again: the same final state as without the kill."""

import json
import signal
from pathlib import Path

import pytest

from tests.journeys.forked import forked
from tests.journeys.support import NOW, differences, environment, liaison, open_home, small_practice, state

STEPS = ("plan", "collect", "join", "scrub", "store", "score", "propose", "check", "queue")


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_practice(tmp_path_factory.mktemp("small") / "practice")


@pytest.fixture(scope="module")
def undisturbed(practice: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[str]], dict[str, object]]:
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    done = liaison("run", "--json", "--now", NOW, env=environment(home, practice, LIAISON_BATCH_SIZE="200"))
    database = open_home(home)
    final = state(database)
    database.close()
    report = json.loads(done.stdout)
    report.pop("run")
    return final, report


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "amid", "after"])
def test_a_run_killed_at_any_node_ends_as_if_it_had_not_been(
    when: str, step: str, practice: Path, undisturbed: tuple[dict[str, list[str]], dict[str, object]], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = environment(home, practice, LIAISON_BATCH_SIZE="200")
    killed = forked("run", "--json", "--now", NOW, env=env, folder=tmp_path, kill=(when, step))
    assert killed.code == -signal.SIGKILL, killed.stderr[-2000:]

    from_crash = forked("run", "--json", "--now", NOW, env=env, folder=tmp_path)
    assert from_crash.code == 0, from_crash.stderr[-2000:]

    database = open_home(home)
    final = state(database)
    database.close()
    before, report = undisturbed
    # The command first finishes the interrupted run, then makes its own, which finds nothing new: those rows are the difference.
    runs = [json.loads(row) for row in final["runs"]]
    assert [run["status"] for run in runs] == ["done", "done"]
    assert differences(before, final, ignore=("runs", "run_steps", "node_attempts", "audit", "jobs")) == {}
    again = json.loads(from_crash.stdout)
    assert {key: again[key] for key in ("leads", "mqls", "queued", "blocked")} == {
        key: report[key] for key in ("leads", "mqls", "queued", "blocked")
    }
    assert [entry for entry in final["audit"] if '"run-0"' in entry and "run:" not in entry] == [
        entry for entry in before["audit"] if '"run-0"' in entry and "run:" not in entry
    ]
