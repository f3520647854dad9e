"""crontab(5) as a trigger, and which schedules are none. Knows nothing of channels or of the store."""

from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
EXAMPLE = 'write minute hour day month weekday, for example "0 6 * * 1-5", and an IANA zone such as America/Chicago'


def trigger(cron: str, timezone: str) -> CronTrigger:
    """The trigger of `cron` in the zone `timezone`. Raises ValueError saying how to write it.

    APScheduler counts weekdays from Monday = 0, crontab from Sunday = 0 (and 7), so numbers are turned into names first.
    """
    try:
        minute, hour, day, month, weekday = cron.split()
        days = ",".join(_weekdays(weekday))
        return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=days, timezone=ZoneInfo(timezone))
    except (ValueError, KeyError, IndexError, OSError):
        raise ValueError(f'"{cron}" in {timezone} is not a schedule: {EXAMPLE}') from None


DAY_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def in_words(cron: str) -> str:
    """The schedule as a person says it: "Monday to Friday at 06:00"; one that is more than a time and days stays as it is written."""
    try:
        minute, hour, day, month, weekday = cron.split()
        at = f"{int(hour):02}:{int(minute):02}"
    except ValueError:
        return _repeated(cron) or f"as crontab says: {cron}"
    if month != "*" or (day != "*" and weekday != "*"):
        return f"as crontab says: {cron}"
    if day != "*":
        return f"day {day} of each month at {at}" if day.isdigit() else f"as crontab says: {cron}"
    names = _weekdays(weekday)
    if names == ["*"]:
        return f"every day at {at}"
    places = [WEEKDAYS.index(name) for name in names]
    if len(places) > 2 and places == list(range(places[0], places[-1] + 1)):
        return f"{DAY_NAMES[places[0]]} to {DAY_NAMES[places[-1]]} at {at}"
    *first, last = [DAY_NAMES[place] for place in places]
    return f"{', '.join(first)} and {last} at {at}" if first else f"every {last} at {at}"


def _repeated(cron: str) -> str | None:
    minute, _, rest = cron.partition(" ")
    if rest == "* * * *" and minute.isdigit():
        return f"every hour at minute {int(minute)}"
    if rest == "* * * *" and minute.startswith("*/") and minute[2:].isdigit():
        return f"every {int(minute[2:])} minutes"
    hour, _, rest = rest.partition(" ")
    if rest == "* * *" and minute.isdigit() and hour.startswith("*/") and hour[2:].isdigit():
        return f"every {int(hour[2:])} hours at minute {int(minute)}"
    return None


def _weekdays(field: str) -> list[str]:
    chosen: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = 0 if span == "*" else _weekday(first)
        end = 6 if span == "*" else _weekday(last) if last else begin
        if end < begin:
            end += 7  # fri-mon goes over the week's end
        chosen.update(day % 7 for day in range(begin, end + 1, int(step or 1)))
    return ["*"] if len(chosen) == len(WEEKDAYS) else [WEEKDAYS[day] for day in sorted(chosen)]


def _weekday(name: str) -> int:
    return WEEKDAYS.index(name) if name in WEEKDAYS else range(8)[int(name)] % 7
