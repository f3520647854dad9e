"""Runs the graphs: one thread of LangGraph per run or action, resumed after a crash, deleted when final; and the loop that claims jobs.

The tables are the system of record. A checkpoint only says which node comes next; losing it repeats a node, and every node may be repeated.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from langgraph.graph import StateGraph
from langsmith import tracing_context

from agents.graph import Node, action_run, channel_run
from agents.parts import Parts
from agents.steps import collect as collecting
from agents.steps import nodes
from agents.trace import traced
from approvals import execute as execution
from policies.records import ActionId, Channel
from tools.checkpoints import open_saver
from tools.errors import LiaisonError, StoreError
from tools.store import runs
from tools.store.audit import Event
from tools.store.runs import Run

LEASE = "channel run"

log = structlog.get_logger("liaison")


# --- channel_run


def run_channels(
    parts: Parts,
    channels: Sequence[Channel] = (),
    *,
    trigger: str = "cli",
    schedule: str | None = None,
    planned_at: datetime | None = None,
) -> Run | None:
    """One pass over `channels` (none = all that are enabled); a run that a crash left unfinished is finished first.

    Returns the finished run; None when this schedule's tick was run already. Raises Busy while another process runs, and whatever a node
    raised that is not one channel's outage: the run is then `failed`, and what it had not done is done by the next run.
    """
    workspace = parts.workspace
    chosen = tuple(channels) or tuple(channel for channel, config in workspace.practice.channels.items() if config.enabled)
    with runs.lease(workspace.database, LEASE, clock=workspace.clock) as epoch:
        finish_interrupted(parts, epoch=epoch)
        with workspace.database.write() as connection:
            run = runs.start_run(connection, chosen, as_of=workspace.clock(), trigger=trigger, schedule=schedule, planned_at=planned_at)
            if run is None:
                return None
            detail = {"channels": [channel.value for channel in chosen], "trigger": trigger}
            workspace.audit.append(connection, event=Event.RUN_START, actor="agent", subject=run.id, detail=detail, at=run.as_of)
        return _drive(parts, run, epoch=epoch)


def finish_interrupted(parts: Parts, *, epoch: int) -> list[Run]:
    """Finish every run that a crash left `running`, from its last checkpoint."""
    finished: list[Run] = []
    while True:
        with parts.workspace.database.read() as connection:
            left = runs.unfinished_run(connection)
        if left is None:
            return finished
        finished.append(_drive(parts, left, epoch=epoch))


def _drive(parts: Parts, run: Run, *, epoch: int) -> Run:
    workspace = parts.workspace
    given = {"run": {"id": run.id, "channels": [channel.value for channel in run.channels]}}
    try:
        state = asyncio.run(_invoke(parts, channel_run(run_nodes(parts, epoch=epoch)), f"run:{run.id}", given))
    except Exception as error:
        reason = str(error) if isinstance(error, LiaisonError) else type(error).__name__
        _finish(parts, run, status="failed", summary=None, error=reason)
        raise
    with workspace.database.read() as connection:
        summary = nodes.summary(connection, run, state["run"]["collected"])
    return _finish(parts, run, status="done", summary=summary, error=None)


def _finish(parts: Parts, run: Run, *, status: str, summary: dict[str, Any] | None, error: str | None) -> Run:
    workspace = parts.workspace
    with workspace.database.write() as connection:
        runs.finish_run(connection, run.id, status=status, at=workspace.clock(), summary=summary, error=error)
        event = Event.RUN_FINISH if status == "done" else Event.RUN_FAIL
        workspace.audit.append(connection, event=event, actor="agent", subject=run.id, detail={"status": status}, at=workspace.clock())
        finished = runs.get_run(connection, run.id)
    asyncio.run(_forget(parts, f"run:{run.id}"))
    return finished


async def _invoke(parts: Parts, graph: StateGraph[Any], thread: str, given: dict[str, Any]) -> dict[str, Any]:
    """Run `graph` on `thread` to its end, from its last checkpoint when it has one."""
    workspace = parts.workspace
    config: Any = {"configurable": {"thread_id": thread}}
    async with open_saver(workspace.settings.home, workspace.ring, workspace.settings.database(), workspace.scrubber.find) as saver:
        compiled = graph.compile(checkpointer=saver)
        try:
            before = await compiled.aget_state(config)
        except StoreError as error:
            # A checkpoint that does not open is worth nothing, and every node may be repeated: start the thread afresh.
            log.error("checkpoint:refuse", thread=thread, reason=str(error))
            await saver.adelete_thread(thread)
            before = await compiled.aget_state(config)
        has_checkpoint = bool(before.config.get("configurable", {}).get("checkpoint_id"))
        if has_checkpoint and not before.next:
            return dict(before.values)  # killed between the last node and our own row
        # Tracing to a hosted service would carry our state out of the house, whatever the environment says.
        with tracing_context(enabled=False):
            values = await compiled.ainvoke(None if has_checkpoint else given, config, durability="sync")
        return dict(values)


async def _forget(parts: Parts, thread: str) -> None:
    workspace = parts.workspace
    async with open_saver(workspace.settings.home, workspace.ring, workspace.settings.database(), workspace.scrubber.find) as saver:
        await saver.adelete_thread(thread)


def run_nodes(parts: Parts, *, epoch: int | None = None) -> dict[str, Node]:
    """channel_run's nodes. Each runs in a thread, so that a slow database or file never blocks the loop and its timeouts."""

    def load(state: dict[str, Any]) -> Run:
        if epoch is not None:
            nodes.keep_lease(parts, LEASE, epoch)
        with parts.workspace.database.read() as connection:
            return runs.get_run(connection, state["run"]["id"])

    def sync_node(step: str) -> Node:
        def work(state: dict[str, Any]) -> dict[str, Any]:
            counts = nodes.STEPS[step](parts, load(state))
            return {"run": {"counts": {step: counts}}}

        return _in_thread(work)

    async def collect(state: dict[str, Any]) -> dict[str, Any]:
        run, channel = await asyncio.to_thread(load, state), Channel(state["run"]["channel"])
        result = await _collect(parts, run, channel)
        return {"run": {"collected": {channel.value: result.as_dict()}}}

    return traced(parts, {"collect": collect, **{step: sync_node(step) for step in nodes.STEPS}})


async def _collect(parts: Parts, run: Run, channel: Channel) -> collecting.Collected:
    """One branch of the fan-out: ends with a result, never an exception, so that one channel's outage cannot stop the others."""
    stop = threading.Event()
    work = partial(collecting.collect, parts, run, channel, stop=stop)
    try:
        return await asyncio.wait_for(asyncio.to_thread(work), parts.workspace.settings.collect_timeout_s)
    except Exception as error:
        stop.set()
        return collecting.degraded(error)


def _in_thread(work: Callable[[dict[str, Any]], dict[str, Any]]) -> Node:
    async def node(state: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(work, state)

    return node


# --- action_run


def run_action(parts: Parts, action: ActionId) -> None:
    """Execute one approved action: recheck → execute → confirm → record. Safe to call again; it never sends twice."""
    thread = f"act:{action}"
    asyncio.run(_invoke_action(parts, thread, action))


async def _invoke_action(parts: Parts, thread: str, action: ActionId) -> None:
    await _invoke(parts, action_run(action_nodes(parts)), thread, {"action": {"id": action}})
    await _forget(parts, thread)


def action_nodes(parts: Parts) -> dict[str, Node]:
    workspace = parts.workspace

    def node(step: Callable[..., Any]) -> Node:
        def work(state: dict[str, Any]) -> dict[str, Any]:
            return {"action": {"outcome": str(step(workspace, ActionId(state["action"]["id"])))}}

        return _in_thread(work)

    steps = {"recheck": execution.recheck, "execute": execution.execute, "confirm": execution.confirm, "record": execution.record}
    return traced(parts, {name: node(step) for name, step in steps.items()})


def demo_nodes(make: Callable[[Parts], dict[str, Node]]) -> dict[str, Node]:
    """Nodes that open the sample practice when they first run, so that LangGraph Studio can draw the graph without opening anything."""
    from agents.build import open_parts

    def node(name: str) -> Node:
        async def run(state: dict[str, Any]) -> dict[str, Any]:
            with open_parts() as parts:
                if name == "plan" and "id" not in state.get("run", {}):
                    with parts.workspace.database.write() as connection:
                        run = runs.start_run(connection, tuple(Channel), as_of=parts.workspace.clock(), trigger="studio")
                    if run is not None:
                        state = {"run": {"id": run.id, "channels": [channel.value for channel in Channel]}}
                        return {"run": {**state["run"], **(await make(parts)[name](state))["run"]}}
                return await make(parts)[name](state)

        return run

    return _Lazy(node)


class _Lazy(dict[str, Node]):
    def __init__(self, make: Callable[[str], Node]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, name: str) -> Node:
        return self.make(name)
