"""The picture: both graphs are the sentence, in its order, and LangGraph Studio can load them without opening anything."""

import asyncio
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from agents.graph import ACTION_STEPS, RUN_STEPS, action_run, channel_run
from agents.state import merge
from tests.journeys.support import ROOT, environment, small_practice


async def _node(state: dict[str, Any]) -> dict[str, Any]:
    return {}


def edges(graph: Any) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in graph.compile().get_graph().edges}


def test_channel_run_is_the_sentence_up_to_the_queue() -> None:
    names = ("plan", "collect", "join", *RUN_STEPS)
    graph = channel_run(dict.fromkeys(names, _node))

    chain = ["__start__", *names, "__end__"]
    assert edges(graph) == set(pairwise(chain))
    assert RUN_STEPS == ("scrub", "store", "score", "propose", "check", "queue")


def test_action_run_ends_at_once_when_the_recheck_holds_the_action() -> None:
    seen: list[str] = []

    def noting(name: str, outcome: str) -> Any:
        async def node(state: dict[str, Any]) -> dict[str, Any]:
            seen.append(name)
            return {"action": {"outcome": outcome}}

        return node

    for outcome, expected in (("ok", list(ACTION_STEPS)), ("held", ["recheck"])):
        seen.clear()
        graph = action_run({name: noting(name, outcome) for name in ACTION_STEPS}).compile()
        asyncio.run(graph.ainvoke({"action": {"id": "A-1"}}))
        assert seen == expected


def test_parallel_branches_do_not_overwrite_one_another() -> None:
    one = merge({"id": "R-1", "collected": {"search": {"seen": 1}}}, {"collected": {"email": {"seen": 2}}})

    assert one == {"id": "R-1", "collected": {"search": {"seen": 1}, "email": {"seen": 2}}}


def test_langgraph_json_names_factories_that_open_nothing_and_run_the_sample_offline(tmp_path: Path) -> None:
    named = json.loads((ROOT / "langgraph.json").read_text())["graphs"]
    script = """
import asyncio, importlib.util, json, sys
from pathlib import Path
for path in json.loads(sys.argv[1]).values():
    file, name = path.split(":")
    spec = importlib.util.spec_from_file_location("studio", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    graph = getattr(module, name)()
    assert not Path(sys.argv[2]).exists(), "a factory opened the home"
    if name == "channel_run_graph":
        runner = graph
state = asyncio.run(runner.ainvoke({"run": {}}))
print(json.dumps(state["run"]["counts"]["queue"]))
"""
    env = environment(tmp_path / "home", small_practice(tmp_path / "practice"))
    command = [sys.executable, "-c", script, json.dumps(named), str(tmp_path / "home")]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)

    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1])["queued"] > 0
