"""The trace of a graph: each attempt at each node, with times, counts and why it failed. Knows ids, names of nodes and numbers, never content.

A node that was begun and never ended was cut off by a crash: the next attempt calls it `interrupted`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Connection, func, select, update

from policies.records import Record
from tools.store.database import insert_statement
from tools.store.run_tables import node_attempts

COUNTS_KEPT = 40  # of one node: a table of figures, not a place to keep data


class NodeStatus(StrEnum):
    RUNNING = "running"
    DONE = "done"
    DEGRADED = "degraded"  # ended with a result that says what is missing
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # its process died; a later attempt took over


class NodeAttempt(Record):
    """One attempt at one node. `counts` are numbers, ids and words of closed sets; `error` is a message of ours or the name of a fault."""

    id: int
    subject: str
    node: str
    channel: str
    attempt: int
    status: NodeStatus
    started_at: AwareDatetime
    finished_at: AwareDatetime | None
    counts: dict[str, Any]
    error: str | None

    @property
    def took(self) -> timedelta | None:
        return self.finished_at - self.started_at if self.finished_at else None


def begin_node(connection: Connection, subject: str, node: str, *, channel: str = "", at: datetime) -> int:
    """A new attempt at `node`; gives its row. Attempts before it that never ended were cut off by a crash."""
    columns = node_attempts.c
    mine = (columns.subject == subject, columns.node == node, columns.channel == channel)
    cut_off = update(node_attempts).where(*mine, columns.status == NodeStatus.RUNNING)
    connection.execute(cut_off.values(status=NodeStatus.INTERRUPTED))
    attempt = (connection.scalar(select(func.max(columns.attempt)).where(*mine)) or 0) + 1
    row: dict[str, object] = {
        "subject": subject,
        "node": node,
        "channel": channel,
        "attempt": attempt,
        "status": NodeStatus.RUNNING,
        "started_at": at,
        "counts": {},
    }
    begun: int = connection.execute(insert_statement(connection, node_attempts).values(row).returning(columns.id)).scalar_one()
    return begun


def end_node(
    connection: Connection, begun: int, *, status: NodeStatus, at: datetime, counts: Mapping[str, Any], error: str | None = None
) -> None:
    """How the attempt ended. An attempt that somebody took over meanwhile keeps what they wrote."""
    kept = {name: value for name, value in list(counts.items())[:COUNTS_KEPT] if isinstance(value, bool | int | str) or value is None}
    ended = update(node_attempts).where(node_attempts.c.id == begun, node_attempts.c.status == NodeStatus.RUNNING)
    connection.execute(ended.values(status=status, finished_at=at, counts=kept, error=error))


def trace_of(connection: Connection, subject: str) -> list[NodeAttempt]:
    """Every attempt of a run or action, in order of beginning."""
    statement = select(node_attempts).where(node_attempts.c.subject == subject).order_by(node_attempts.c.started_at, node_attempts.c.id)
    return [NodeAttempt(**row._mapping) for row in connection.execute(statement)]
