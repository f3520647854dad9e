"""The task list: what a person must carry out, the oldest first, and what was done, the newest first; keyset pages from an index. Reads only."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, or_, select

from tools.store.action_tables import human_tasks

PAGE = 50
_TASK = human_tasks.c


class Listing(NamedTuple):
    """One page of rows of `human_tasks`; `after` is the cursor of the next page, None on the last."""

    rows: tuple[Row[Any], ...]
    after: str | None


def task_page(connection: Connection, status: str, *, where: str = "", after: str = "", limit: int = PAGE) -> Listing:
    """Open tasks from the oldest, done ones from the newest. `where`: only of this place; `after`: a cursor, a broken one starts again."""
    statement = select(human_tasks).where(_TASK.status == status)
    if where:
        statement = statement.where(_TASK.where == where)
    oldest_first, place = status == "open", _place(after)
    if place is not None:
        at, execution = place
        if oldest_first:
            statement = statement.where(and_(_TASK.created_at >= at, or_(_TASK.created_at > at, _TASK.execution > execution)))
        else:
            statement = statement.where(and_(_TASK.created_at <= at, or_(_TASK.created_at < at, _TASK.execution < execution)))
    order = (_TASK.created_at, _TASK.execution) if oldest_first else (_TASK.created_at.desc(), _TASK.execution.desc())
    rows = list(connection.execute(statement.order_by(*order).limit(limit + 1)))
    last = rows[limit - 1] if len(rows) > limit else None
    return Listing(tuple(rows[:limit]), f"{last.created_at.isoformat()}~{last.execution}" if last else None)


def task_places(connection: Connection, status: str) -> dict[str, int]:
    """Where the tasks of this state are to be done → how many, the most first."""
    count = func.count()
    rows = connection.execute(
        select(_TASK.where, count).where(_TASK.status == status).group_by(_TASK.where).order_by(count.desc(), _TASK.where)
    )
    return {row[0]: row[1] for row in rows}


def _place(cursor: str) -> tuple[datetime, str] | None:
    at, _, execution = cursor.partition("~")
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (found, execution) if found.tzinfo and len(execution) <= 40 else None
