"""Writes down how each node of both graphs went, around the node and in transactions of its own; a node knows nothing of it.

Not being able to write the trace is no reason to stop the work it is about: that is logged.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from agents.graph import Node
from agents.parts import Parts
from tools.errors import LiaisonError
from tools.store.trace import NodeStatus, begin_node, end_node

log = structlog.get_logger("liaison")


def traced(parts: Parts, nodes: Mapping[str, Node]) -> dict[str, Node]:
    """`nodes`, each writing an attempt into `node_attempts` when it begins and when it ends."""
    return {name: _traced(parts, name, node) for name, node in nodes.items()}


def _traced(parts: Parts, name: str, node: Node) -> Node:
    async def run(state: dict[str, Any]) -> dict[str, Any]:
        subject, channel = _subject(state)
        begun = await asyncio.to_thread(_begin, parts, subject, name, channel)
        try:
            update = await node(state)
        except BaseException as error:
            # Only our own errors may speak: another's text could hold content.
            reason = str(error) if isinstance(error, LiaisonError) else type(error).__name__
            await asyncio.to_thread(_end, parts, begun, NodeStatus.FAILED, {}, reason)
            raise
        await asyncio.to_thread(_end, parts, begun, *_outcome(update, name, channel))
        return update

    return run


def _subject(state: dict[str, Any]) -> tuple[str, str]:
    """(run or action, channel of this branch); no id yet is LangGraph Studio's first node."""
    if "run" in state:
        return str(state["run"].get("id", "")), str(state["run"].get("channel", ""))
    return str(state["action"]["id"]), ""


def _outcome(update: dict[str, Any], name: str, channel: str) -> tuple[NodeStatus, dict[str, Any], str | None]:
    if "action" in update:
        outcome = str(update["action"].get("outcome", ""))
        return NodeStatus.DONE, {"outcome": outcome}, None
    body = update["run"]
    if channel and "collected" in body:
        counts = dict(body["collected"][channel])
        reason, status = counts.pop("reason", ""), counts.pop("status", "ok")
        return NodeStatus.DEGRADED if status != "ok" else NodeStatus.DONE, counts, reason or None
    return NodeStatus.DONE, dict(body.get("counts", {}).get(name) or {}), None


def _begin(parts: Parts, subject: str, name: str, channel: str) -> int | None:
    if not subject:
        return None
    try:
        with parts.workspace.database.write() as connection:
            return begin_node(connection, subject, name, channel=channel, at=parts.workspace.clock())
    except SQLAlchemyError as error:
        log.error("trace:fail", subject=subject, node=name, reason=type(error).__name__)
        return None


def _end(parts: Parts, begun: int | None, status: NodeStatus, counts: dict[str, Any], error: str | None) -> None:
    if begun is None:
        return
    try:
        with parts.workspace.database.write() as connection:
            end_node(connection, begun, status=status, at=parts.workspace.clock(), counts=counts, error=error)
    except SQLAlchemyError as fault:
        log.error("trace:fail", attempt=begun, reason=type(fault).__name__)
