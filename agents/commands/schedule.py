"""`liaison schedule list | set | run`."""

import json
import sys
from typing import TextIO

from agents.parts import Parts
from tools.store import schedules
from tools.store.audit import Event


def list_schedules(parts: Parts, *, as_json: bool, stdout: TextIO) -> int:
    workspace = parts.workspace
    now = workspace.clock()
    with workspace.database.write() as connection:
        schedules.adopt(connection, workspace.practice, now=now)
        known = schedules.list_schedules(connection)
    rows = [
        {
            "id": schedule.id,
            "channels": [channel.value for channel in schedule.channels],
            "cron": schedule.cron,
            "timezone": schedule.timezone,
            "enabled": schedule.enabled,
            "next_at": at.isoformat() if (at := schedule.next_time(now)) else None,
        }
        for schedule in known
    ]
    if as_json:
        stdout.write(json.dumps(rows, indent=2) + "\n")
        return 0
    for row in rows:
        state = f"next {row['next_at']}" if row["enabled"] else "off"
        stdout.write(f"{row['id']:<10} {row['cron']:<16} {row['timezone']:<20} {state}\n")
    if not rows:
        stdout.write('No schedules: give a channel `schedule: "0 6 * * 1-5"` in practice.yaml.\n')
    return 0


def set_schedule(parts: Parts, schedule_id: str, *, cron: str | None, timezone: str | None, enabled: bool | None, stdout: TextIO) -> int:
    workspace = parts.workspace
    now = workspace.clock()
    with workspace.database.write() as connection:
        schedules.adopt(connection, workspace.practice, now=now)
        old = schedules.get_schedule(connection, schedule_id)
        new = old._replace(
            cron=cron if cron is not None else old.cron,
            timezone=timezone if timezone is not None else old.timezone,
            enabled=enabled if enabled is not None else old.enabled,
        )
        schedules.change(connection, new, now=now)
        detail = {"cron": new.cron, "timezone": new.timezone, "enabled": new.enabled}
        workspace.audit.append(connection, event=Event.SCHEDULE_SET, actor="cli", subject=schedule_id, detail=detail, at=now)
    at = new.next_time(now)
    stdout.write(f"{schedule_id}: {new.cron} ({new.timezone}), {f'next {at.isoformat()}' if at else 'off'}\n")
    return 0


def run_schedule(parts: Parts, schedule_id: str) -> int:
    from agents.commands.run import run

    workspace = parts.workspace
    with workspace.database.write() as connection:
        schedules.adopt(connection, workspace.practice, now=workspace.clock())
        schedule = schedules.get_schedule(connection, schedule_id)
    sys.stderr.write(f"Running {', '.join(schedule.channels)} now, as the schedule {schedule_id} would.\n")
    return run(parts, schedule.channels, as_json=False)
