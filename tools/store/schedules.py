"""When channels run by themselves: our table is the truth; the clock library only rings. A tick becomes a `run` job at most once."""

from datetime import datetime, timedelta
from typing import NamedTuple

from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Connection, select, update

from policies.records import Channel
from tools.cron import trigger
from tools.errors import NotFound, SettingsError
from tools.practice import Practice
from tools.store.database import insert_new
from tools.store.jobs import enqueue_job
from tools.store.tables import schedules

LOOK_BACK = timedelta(days=8)
"""How far back a missed tick is looked for: a weekly schedule is caught up after a week of downtime, once."""


class Schedule(NamedTuple):
    """`cron` is minute hour day month weekday, in the zone `timezone`."""

    id: str
    channels: tuple[Channel, ...]
    cron: str
    timezone: str
    enabled: bool
    last_planned_at: datetime | None

    def trigger(self) -> CronTrigger:
        return trigger(self.cron, self.timezone)

    def next_time(self, after: datetime) -> datetime | None:
        """The first planned time after `after`; None when it is switched off or never comes."""
        if not self.enabled:
            return None
        found: datetime | None = self.trigger().get_next_fire_time(None, after + timedelta(microseconds=1))
        return found

    def next_times(self, after: datetime, *, count: int) -> list[datetime]:
        """The first `count` planned times after `after`; fewer when it is switched off or ends."""
        found: list[datetime] = []
        while len(found) < count and (planned := self.next_time(found[-1] if found else after)) is not None:
            found.append(planned)
        return found

    def latest_planned(self, now: datetime) -> datetime | None:
        """The last planned time at or before `now`, not before what was planned already and at most eight days back."""
        rings, latest = self.trigger(), None
        cursor = max(now - LOOK_BACK, self.last_planned_at or now - LOOK_BACK)
        while (planned := rings.get_next_fire_time(None, cursor + timedelta(microseconds=1))) is not None and planned <= now:
            latest = cursor = planned
        return latest


def adopt(connection: Connection, practice: Practice, *, now: datetime) -> None:
    """Take over the schedules of `practice.yaml` that the table does not know yet; edits made since stay."""
    written = of_practice(practice, now=now)
    for one in written:
        _check(one.cron, one.timezone, where=f"practice.yaml, channels.{one.id}.schedule")
    if written:
        rows = [{**one._asdict(), "channels": [channel.value for channel in one.channels]} for one in written]
        connection.execute(insert_new(connection, schedules), rows)


def of_practice(practice: Practice, *, now: datetime) -> list[Schedule]:
    """The schedules as `practice.yaml` has them: what a table that knows nothing yet begins with."""
    return [
        Schedule(channel.value, (channel,), config.schedule, config.timezone, config.enabled, now)
        for channel, config in practice.channels.items()
        if config.schedule
    ]


def list_schedules(connection: Connection) -> list[Schedule]:
    return [
        Schedule(row.id, tuple(Channel(channel) for channel in row.channels), row.cron, row.timezone, row.enabled, row.last_planned_at)
        for row in connection.execute(select(schedules).order_by(schedules.c.id))
    ]


def get_schedule(connection: Connection, schedule_id: str) -> Schedule:
    known = list_schedules(connection)
    for schedule in known:
        if schedule.id == schedule_id:
            return schedule
    names = ", ".join(schedule.id for schedule in known) or "none: give a channel a schedule in practice.yaml"
    raise NotFound(f"no schedule {schedule_id}; there is: {names}")


def change(connection: Connection, schedule: Schedule, *, now: datetime) -> None:
    """Store an edited schedule; ticks count from now, so a change never fires for the past."""
    _check(schedule.cron, schedule.timezone, where=f"schedule {schedule.id}")
    values = {"cron": schedule.cron, "timezone": schedule.timezone, "enabled": schedule.enabled, "last_planned_at": now}
    connection.execute(update(schedules).where(schedules.c.id == schedule.id).values(**values))


def tick(connection: Connection, schedule_id: str, *, now: datetime) -> datetime | None:
    """If a planned time has come that has no run yet, enqueue its run job and return it. Missed times are caught up by one run, not many."""
    schedule = get_schedule(connection, schedule_id)
    planned = schedule.latest_planned(now) if schedule.enabled else None
    if planned is None:
        return None
    moved = update(schedules).where(
        schedules.c.id == schedule_id, schedules.c.last_planned_at.is_not_distinct_from(schedule.last_planned_at)
    )
    if connection.execute(moved.values(last_planned_at=planned)).rowcount != 1:
        return None  # another leader was faster
    payload = {"channels": [channel.value for channel in schedule.channels], "planned_at": planned.isoformat()}
    enqueue_job(connection, kind="run", subject=schedule_id, now=now, payload=payload)
    return planned


def _check(cron: str, timezone: str, *, where: str) -> None:
    try:
        trigger(cron, timezone)
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from None
