"""One run over a grown practice, measured from inside: `python -m bench.pipeline PRACTICE HOME`. Prints one JSON object.

The graph's share is what is left of the run's wall time when the time inside nodes is taken away (parallel branches counted once).
"""

import json
import os
import resource
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

NOW = "2026-11-02T09:30:00+00:00"


def main() -> None:
    practice, home = Path(sys.argv[1]), Path(sys.argv[2])
    os.environ.update(LIAISON_HOME=str(home))
    from datetime import datetime

    from agents import worker
    from agents.build import open_parts

    base_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    busy: list[tuple[str, float, float]] = []
    sizes: dict[str, float] = {}
    nodes = worker.run_nodes

    def timed_nodes(*args: Any, **kwargs: Any) -> Any:
        return {name: _timed(name, node, busy) for name, node in nodes(*args, **kwargs).items()}

    forget = worker._forget

    async def measured_forget(parts: Any, thread: str) -> None:
        sizes.update(_checkpoints(home / "checkpoints.db"))
        await forget(parts, thread)

    graph = [0.0]
    invoke = worker._invoke

    async def timed_invoke(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return await invoke(*args, **kwargs)
        finally:
            graph[0] += time.perf_counter() - started

    worker.run_nodes, worker._forget, worker._invoke = timed_nodes, measured_forget, timed_invoke  # type: ignore[assignment]
    with open_parts(practice=practice, now=datetime.fromisoformat(NOW)) as parts:
        started = time.perf_counter()
        run = worker.run_channels(parts)
        wall = time.perf_counter() - started
    assert run is not None
    assert run.summary is not None
    records = sum(row["collected"] for row in run.summary["channels"].values())
    inside = _union([(begin, end) for _, begin, end in busy])
    by_step: dict[str, float] = {}
    for name, begin, end in busy:
        by_step[name] = by_step.get(name, 0.0) + end - begin
    print(
        json.dumps(
            {
                "records": records,
                "wall_s": wall,
                "graph_s": graph[0],
                "nodes_s": inside,
                "steps_s": by_step,
                "base_mb": base_kb / 1024,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                **sizes,
            }
        )
    )


def _timed(name: str, node: Any, busy: list[tuple[str, float, float]]) -> Any:
    async def timed(state: dict[str, Any]) -> Any:
        begin = time.perf_counter()
        try:
            return await node(state)
        finally:
            busy.append((name, begin, time.perf_counter()))

    return timed


def _union(spans: list[tuple[float, float]]) -> float:
    total, reached = 0.0, float("-inf")
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total


def _checkpoints(path: Path) -> dict[str, float]:
    with sqlite3.connect(path) as connection:
        largest = connection.execute(
            "SELECT MAX(LENGTH(checkpoint) + LENGTH(COALESCE(metadata, ''))), COUNT(*) FROM checkpoints"
        ).fetchone()
        writes = connection.execute("SELECT COALESCE(MAX(LENGTH(value)), 0) FROM writes").fetchone()
    connection.close()
    return {"checkpoint_bytes": largest[0], "checkpoints": largest[1], "write_bytes": writes[0]}


if __name__ == "__main__":
    main()
