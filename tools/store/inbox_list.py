"""The sales inbox as a work list: whose response time runs out next, by index ranges and keyset pages, on both engines. Reads only.

A row holds the instant its running response time ends (`due_at`), so the most urgent of 100,000 is the first of an index range.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, Select, and_, func, literal, or_, select, union_all

from policies.records import LeadId
from tools.store.action_tables import sales_inbox
from tools.store.chunks import in_chunks
from tools.store.lifecycle import family

OPEN = ("new", "accepted")
"""The states in which a response time may run; `tests/tools/store/test_inbox_list.py` compares them with `approvals.response.OPEN`."""

PAGE = 50
COUNTED = 1000
"""A count stops here: nobody acts differently on 1,000 or 5,000."""

LEAD_MARKS = frozenset("0123456789abcdef")
_ROW = sales_inbox.c


class Sought(NamedTuple):
    """What a list is narrowed to. `statuses`: the states listed; `lead`: the beginning of a lead's id, which looks into every state."""

    statuses: tuple[str, ...] = OPEN
    track: str | None = None
    line: str | None = None
    location: str | None = None
    owner: str | None = None
    overdue_at: datetime | None = None
    lead: str = ""


class Listing(NamedTuple):
    """One page of rows of `sales_inbox`; `after` is the cursor of the next page, None on the last."""

    rows: tuple[Row[Any], ...]
    after: str | None


def inbox_page(connection: Connection, sought: Sought, *, after: str | None = None, limit: int = PAGE) -> Listing:
    """One page, the most urgent first: those whose time runs, the next due on top; then those that wait for no time, the oldest first.

    Closed states and a search by lead are listed from the newest. `after` is a cursor of an earlier page; a broken one starts again.
    """
    place = _place(after)
    rows: list[Row[Any]] = []
    if sought.lead or not set(sought.statuses) <= set(OPEN):
        newest = (_ROW.received_at.desc(), _ROW.execution.desc())
        beyond = _before(place.at, place.execution) if place and place.part == "n" else None
        rows = _some(connection, _narrowed(sought), beyond, newest, limit + 1)
        parts = ["n"] * len(rows)
    else:
        if place is None or place.part == "d":
            beyond = _after(_ROW.due_at, place.at, place.execution) if place else None
            rows = _some(connection, _timed(sought), beyond, (_ROW.due_at, _ROW.execution), limit + 1)
        parts = ["d"] * len(rows)
        if len(rows) <= limit and sought.overdue_at is None:
            beyond = _after(_ROW.received_at, place.at, place.execution) if place and place.part == "r" else None
            order = (_ROW.received_at, _ROW.execution)
            rows += _some(connection, [_ROW.due_at.is_(None), *_narrowed(sought)], beyond, order, limit + 1 - len(rows))
            parts += ["r"] * (len(rows) - len(parts))
    more = len(rows) > limit
    return Listing(tuple(rows[:limit]), _cursor(parts[limit - 1], rows[limit - 1]) if more else None)


def most_urgent(connection: Connection, sought: Sought) -> str | None:
    """The handoff nobody holds whose time runs out first; its row is locked until the transaction ends.

    A row that somebody else is taking at this moment is passed over, so two who ask at once get two leads.
    """
    free = [_ROW.status == "new", *_narrowed(sought._replace(statuses=("new",), owner=None, lead=""))]
    timed = select(_ROW.execution).where(_ROW.due_at.is_not(None), *free).order_by(_ROW.due_at, _ROW.execution)
    untimed = select(_ROW.execution).where(_ROW.due_at.is_(None), *free).order_by(_ROW.received_at, _ROW.execution)
    for statement in (timed, untimed):
        if found := connection.scalar(statement.limit(1).with_for_update(skip_locked=True)):
            return str(found)
    return None


def next_due(connection: Connection, *, after: datetime, execution: str) -> str | None:
    """The handoff whose time runs out next after this place in the work list."""
    later = select(_ROW.execution).where(_ROW.due_at.is_not(None), _after(_ROW.due_at, after, execution))
    return connection.scalar(later.order_by(_ROW.due_at, _ROW.execution).limit(1))


def stage_counts(connection: Connection, states: Iterable[str]) -> dict[str, int]:
    """How many handoffs are in each of `states`, counted no further than `COUNTED`: index ranges, whatever lies in the inbox."""
    parts = [select(literal(state).label("state"), _capped(_ROW.status == state).label("n")) for state in states]
    return {row.state: row.n for row in connection.execute(union_all(*parts))}


def overdue_count(connection: Connection, *, at: datetime) -> int:
    """How many handoffs' time has run out, counted no further than `COUNTED`."""
    return connection.scalar(select(_capped(_ROW.due_at < at))) or 0


def _capped(wanted: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(select(literal(1)).where(wanted).limit(COUNTED).subquery()).scalar_subquery()


def handoffs_of(connection: Connection, ids: Collection[LeadId]) -> list[Row[Any]]:
    """Every handoff of these leads and of those merged with them, the newest first."""
    statement = select(sales_inbox).where(_ROW.lead.in_(sorted(family(connection, ids)))).order_by(_ROW.received_at.desc(), _ROW.execution)
    return list(connection.execute(statement))


def latest_of(connection: Connection, ids: Collection[LeadId], line: str) -> dict[LeadId, Row[Any]]:
    """The newest handoff of each of these leads on one line, by the lead that holds it now."""
    found = in_chunks(connection, lambda part: select(sales_inbox).where(_ROW.lead.in_(part), _ROW.service_line == line), ids)
    return {LeadId(row.lead): row for row in sorted(found, key=lambda row: (row.received_at, row.execution))}


def _narrowed(sought: Sought) -> list[ColumnElement[bool]]:
    return [*_about(sought), *_in_states(sought)]


def _timed(sought: Sought) -> list[ColumnElement[bool]]:
    """Those whose time runs. All of them are open, so asking for all the open needs no state: the planner is left with the order's own index."""
    states = [] if set(sought.statuses) == set(OPEN) else _in_states(sought)
    return [_ROW.due_at.is_not(None), *_about(sought), *states]


def _about(sought: Sought) -> list[ColumnElement[bool]]:
    asked = {_ROW.track: sought.track, _ROW.service_line: sought.line, _ROW.location: sought.location, _ROW.by: sought.owner}
    wanted = [column == value for column, value in asked.items() if value is not None]
    if sought.overdue_at is not None:
        wanted.append(_ROW.due_at < sought.overdue_at)
    if sought.lead:
        # A range instead of LIKE: both engines answer it from the index, whatever the collation; ids end in lower-case hex digits.
        wanted += [_ROW.lead >= sought.lead, _ROW.lead < f"{sought.lead}g"]
    return wanted


def _in_states(sought: Sought) -> list[ColumnElement[bool]]:
    """A search for a lead finds it in any state."""
    if sought.lead:
        return []
    return [_ROW.status.in_(sought.statuses) if len(sought.statuses) > 1 else _ROW.status == sought.statuses[0]]


def _some(
    connection: Connection, wanted: list[ColumnElement[bool]], beyond: ColumnElement[bool] | None, order: tuple[Any, ...], limit: int
) -> list[Row[Any]]:
    statement: Select[Any] = select(sales_inbox).where(*wanted)
    return list(connection.execute((statement if beyond is None else statement.where(beyond)).order_by(*order).limit(limit)))


def _after(column: Any, at: datetime, execution: str) -> ColumnElement[bool]:
    # The first bound alone is a range of the index; the second decides among rows of one instant.
    return and_(column >= at, or_(column > at, _ROW.execution > execution))


def _before(at: datetime, execution: str) -> ColumnElement[bool]:
    return and_(_ROW.received_at <= at, or_(_ROW.received_at < at, _ROW.execution < execution))


class _Place(NamedTuple):
    part: str
    at: datetime
    execution: str


def _cursor(part: str, row: Row[Any]) -> str:
    return f"{part}~{(row.due_at if part == 'd' else row.received_at).isoformat()}~{row.execution}"


def _place(cursor: str | None) -> _Place | None:
    try:
        part, at, execution = (cursor or "").split("~")
        found = datetime.fromisoformat(at)
    except ValueError:
        return None
    return _Place(part, found, execution) if found.tzinfo and part in ("d", "r", "n") and len(execution) <= 40 else None
