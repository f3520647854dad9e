"""Runs and their steps, and the leases that keep two runs from working at once."""

import os
import secrets
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select, update

from policies.records import Channel, RunId
from tools.clock import Clock
from tools.errors import Busy, NotFound
from tools.store.database import Database, insert_once
from tools.store.tables import leases, run_steps, runs

LEASE_S = 600
_held_here: set[str] = set()  # holders of this process: a restarted container may have the pid that a dead one wrote down


class Run(NamedTuple):
    """One pass over some channels. `as_of` is the `now` of everything it does; a resumed run keeps it."""

    id: RunId
    channels: tuple[Channel, ...]
    as_of: datetime
    trigger: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    summary: dict[str, Any] | None
    error: str | None


def run_of(row: Any) -> Run:
    channels = tuple(Channel(channel) for channel in row.channels)
    return Run(RunId(row.id), channels, row.as_of, row.trigger, row.status, row.started_at, row.finished_at, row.summary, row.error)


def start_run(
    connection: Connection,
    channels: Sequence[Channel],
    *,
    as_of: datetime,
    trigger: str,
    schedule: str | None = None,
    planned_at: datetime | None = None,
) -> Run | None:
    """A new run; None when this schedule's tick has its run already, so a second leader or a replay cannot run it twice."""
    run = RunId(f"R-{as_of:%Y%m%d%H%M%S}-{secrets.token_hex(3)}")
    row = {
        "id": run,
        "channels": [channel.value for channel in channels],
        "trigger": trigger,
        "schedule": schedule,
        "planned_at": planned_at,
        "as_of": as_of,
        "status": "running",
        "started_at": as_of,
    }
    if not insert_once(connection, runs, row):
        return None
    return get_run(connection, run)


def get_run(connection: Connection, run: str) -> Run:
    row = connection.execute(select(runs).where(runs.c.id == run)).one_or_none()
    if row is None:
        raise NotFound(f"no run {run}: see the list on the runs page")
    return run_of(row)


def unfinished_run(connection: Connection) -> Run | None:
    """The oldest run that a crash left `running`."""
    row = connection.execute(select(runs).where(runs.c.status == "running").order_by(runs.c.started_at).limit(1)).one_or_none()
    return run_of(row) if row else None


def recent_runs(connection: Connection, *, limit: int = 50) -> list[Run]:
    return [run_of(row) for row in connection.execute(select(runs).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(limit))]


def finish_run(
    connection: Connection, run: str, *, status: str, at: datetime, summary: dict[str, Any] | None, error: str | None = None
) -> None:
    values = {"status": status, "finished_at": at, "summary": summary, "error": error}
    connection.execute(update(runs).where(runs.c.id == run).values(**values))


def finish_step(connection: Connection, run: str, step: str, *, started_at: datetime, at: datetime, detail: dict[str, Any]) -> bool:
    """Record a step once; False when it was recorded before (the step ran again after a crash), so its audit line is not written twice."""
    row = {"run": run, "step": step, "started_at": started_at, "finished_at": at, "detail": detail}
    return insert_once(connection, run_steps, row)


def steps_of(connection: Connection, run: str) -> list[Any]:
    """(step, started_at, finished_at, detail) in order of finishing."""
    columns = run_steps.c
    chosen = select(columns.step, columns.started_at, columns.finished_at, columns.detail)
    return list(connection.execute(chosen.where(columns.run == run).order_by(columns.finished_at, columns.step)))


@contextmanager
def lease(database: Database, name: str, *, clock: Clock) -> Iterator[int]:
    """Hold the lease `name` for the block; gives its epoch. Raises Busy when a living process holds it.

    A lease of a dead process on this host is taken over at once; one of another host when it expires (ten minutes without `renew`).
    """
    holder = f"{born(os.getpid())}:{secrets.token_hex(4)}"
    with database.write() as connection:
        epoch = _take(connection, name, holder=holder, now=clock())
    _held_here.add(holder)
    try:
        yield epoch
    finally:
        _held_here.discard(holder)
        with database.write() as connection:
            connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def _take(connection: Connection, name: str, *, holder: str, now: datetime) -> int:
    row = {
        "name": name,
        "holder": holder,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "epoch": 1,
        "expires_at": now + timedelta(seconds=LEASE_S),
    }
    if insert_once(connection, leases, row):
        return 1
    held = connection.execute(select(leases).where(leases.c.name == name).with_for_update()).one()
    if _is_alive(held, now):
        raise Busy(f"another {name} is under way (process {held.pid} on {held.host}): wait for it to finish, or stop that process")
    taken = update(leases).where(leases.c.name == name, leases.c.holder == held.holder).values(**{**row, "epoch": held.epoch + 1})
    if connection.execute(taken).rowcount != 1:
        raise Busy(f"another process has just taken {name}: try again")
    epoch: int = held.epoch + 1
    return epoch


def _is_alive(held: Any, now: datetime) -> bool:
    if held.host != socket.gethostname():
        return bool(held.expires_at > now)
    if held.pid == os.getpid():
        return held.holder in _held_here
    # A pid is given again after a restart: only the process that was born when the lease was taken holds it.
    return bool(held.holder.partition(":")[0] == born(held.pid))


def born(pid: int) -> str:
    """When a process of this host started, in ticks since boot and with the boot's id; "dead" when there is none, "?" where /proc is not known."""
    if not Path("/proc/self/stat").exists():
        return "?" if _exists(pid) else "dead"
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
    except OSError:
        return "dead"
    return f"{boot}-{stat.rpartition(')')[2].split()[19]}"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def renew(database: Database, name: str, *, epoch: int, now: datetime) -> bool:
    """Extend the lease; False when somebody else has taken it (the epoch moved), and the caller must stop."""
    with database.write() as connection:
        statement = update(leases).where(leases.c.name == name, leases.c.epoch == epoch).values(expires_at=now + timedelta(seconds=LEASE_S))
        return bool(connection.execute(statement).rowcount == 1)
