"""`liaison queue`: its options may stand before `list` as well as after."""

import json
from pathlib import Path

from tests.journeys.support import NOW, environment, liaison, small_practice


def test_the_options_of_queue_may_stand_before_list(tmp_path: Path) -> None:
    env = environment(tmp_path / "home", small_practice(tmp_path / "practice"))
    liaison("run", "--json", "--now", NOW, env=env)

    found = [
        json.loads(liaison(*words, env=env).stdout)
        for words in (("queue", "--json", "list"), ("queue", "list", "--json"), ("queue", "--json"))
    ]

    assert found[0]
    assert found[0] == found[1] == found[2]


def test_a_practice_named_before_list_is_the_one_that_is_listed(tmp_path: Path) -> None:
    env = environment(tmp_path / "home", small_practice(tmp_path / "practice"))

    said = liaison("queue", "--practice", str(tmp_path / "absent"), "list", env=env, check=False)

    assert said.returncode == 1
    assert "absent" in said.stderr
