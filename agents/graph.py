"""The two graphs, in sentence order: nodes and edges only. `steps/` says what each node does, `trace.py` writes down how it went; `build.py`
compiles them with a saver.

The person waits in our own table, between the graphs: `channel_run` ends at `queue`, `action_run` starts after the decision row exists.
No graph calls interrupt(): two simultaneous resumes of one interrupt both execute (measured), a compare-and-set in a table does not.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from agents.state import ActionState, RunState

Node = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]

RUN_STEPS = ("scrub", "store", "score", "propose", "check", "queue")
ACTION_STEPS = ("recheck", "execute", "confirm", "record")


def channel_run(nodes: dict[str, Node]) -> StateGraph[RunState]:
    """plan → collect (one branch per channel) → join → scrub → store → score → propose → check → queue."""
    graph = StateGraph(RunState)
    graph.add_node("plan", nodes["plan"])  # type: ignore[call-overload]
    graph.add_node("collect", nodes["collect"])  # type: ignore[call-overload]
    graph.add_node("join", nodes["join"])  # type: ignore[call-overload]
    graph.add_edge(START, "plan")
    graph.add_conditional_edges("plan", _fan_out, ["collect"])
    graph.add_edge("collect", "join")
    _chain(graph, "join", RUN_STEPS, nodes)
    return graph


def action_run(nodes: dict[str, Node]) -> StateGraph[ActionState]:
    """recheck → execute → confirm → record; a recheck that fails puts the action back into the queue and ends."""
    graph = StateGraph(ActionState)
    graph.add_node("recheck", nodes["recheck"])  # type: ignore[call-overload]
    graph.add_edge(START, "recheck")
    graph.add_node("execute", nodes["execute"])  # type: ignore[call-overload]
    graph.add_conditional_edges("recheck", _go_on, {"execute": "execute", "end": END})
    _chain(graph, "execute", ACTION_STEPS[2:], nodes)
    return graph


def _chain(graph: StateGraph[Any], first: str, steps: tuple[str, ...], nodes: dict[str, Node]) -> None:
    for step in steps:
        graph.add_node(step, nodes[step])  # type: ignore[call-overload]
        graph.add_edge(first, step)
        first = step
    graph.add_edge(first, END)


def _fan_out(state: RunState) -> list[Send]:
    run = state["run"]
    return [Send("collect", {"run": {"id": run["id"], "channel": channel}}) for channel in run["channels"]]


def _go_on(state: ActionState) -> str:
    return "execute" if state["action"].get("outcome") == "ok" else "end"
