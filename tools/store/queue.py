"""The queue, a page at a time: what lies on a shelf, narrowed and in order, at a cost that does not grow with the queue. Reads only.

A page is the first rows of a few index scans, merged: one per status where nothing narrows the list, else one per kind and channel that the tally
says is there. A search reads the words kept in the index.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal_column, not_, or_, select, tuple_, union_all

from policies.actions import ActionKind, DecisionVerdict, Risk, Status, Verdict
from policies.records import Channel, Record
from tools.store.action_tables import action_versions, actions, decisions
from tools.store.places import FINAL, of_risk, open_place, search_words
from tools.store.queue_tables import action_tally

PAGE = 25
MOST = 1000
"""How far a list is counted where no tally knows its number: what one person can still decide, or what a search finds."""

WINDOW = 1200
"""How many of each scan are looked at first when a list is counted."""

SHELVES: dict[str, tuple[Status, ...]] = {
    "waiting": (Status.QUEUED,),
    "blocked": (Status.BLOCKED,),
    "moving": (Status.APPROVED, Status.CLAIMED),
    "attention": (Status.UNKNOWN, Status.FAILED),
    "done": (Status.DONE,),
    "closed": (Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED),
}
"""The queue's tabs: which statuses lie on which shelf."""

_ORDER = (actions.c.place, actions.c.id)


class Decider(Record):
    """What one person may approve: `kinds`, and of them the `four_eyes` ones, which their author may not. No kinds: nothing is narrowed."""

    person: str
    kinds: tuple[str, ...]
    four_eyes: tuple[str, ...] = ()


class Filters(Record):
    """What the queue's address may ask for; None = all. `mine` narrows what waits to what that person can still approve."""

    shelf: str = "waiting"
    channel: Channel | None = None
    kind: str | None = None
    risk: Risk | None = None
    search: str = ""
    mine: Decider | None = None


class QueueRow(Record):
    id: str
    kind: str
    channel: Channel
    status: Status
    version: int
    content_hash: str
    verdict: Verdict
    risk: Risk
    money_usd: float
    title: str
    approvals: int
    place: int
    created_at: AwareDatetime
    updated_at: AwareDatetime
    expires_at: AwareDatetime


class Page(Record):
    """Rows in order; `after` is the cursor of the next page, None at the end."""

    rows: tuple[QueueRow, ...]
    after: str | None


class Cell(NamedTuple):
    """How many actions there are of one status, kind, channel, risk and verdict, and their dollars."""

    status: str
    kind: str
    channel: str
    risk: str
    verdict: str
    n: int
    money_usd: float


class Counts(Record):
    """`shelves` counts every tab; `kinds` and `channels` what lies on the shown one; the rest describes what waits for a decision. Dollars."""

    shelves: dict[str, int]
    kinds: dict[str, int]
    channels: dict[str, int]
    high_risk: int
    needs_review: int
    money_usd: float


class Listed(NamedTuple):
    """How many items a list holds; `or_more` when they were counted up to MOST only."""

    n: int
    or_more: bool


def queue_page(
    connection: Connection, filters: Filters, *, after: str | None = None, limit: int = PAGE, cells: Sequence[Cell] | None = None
) -> Page:
    """One page of the queue, in its order. `after` is a cursor of an earlier page; a broken one starts again. `cells`: from `tally_of`."""
    place = _place(after)
    beyond = [_beyond(*place)] if place else []
    listed = _listed(filters, tally_of(connection) if cells is None else cells, beyond, limit=limit + 1)
    if listed is None:
        return Page(rows=(), after=None)
    part = listed.order_by("place", "id").limit(limit + 1).subquery()
    rows = [
        row_of(row) for row in connection.execute(select_rows().join(part, part.c.id == actions.c.id).order_by(part.c.place, part.c.id))
    ]
    more = len(rows) > limit
    return Page(rows=tuple(rows[:limit]), after=f"{rows[limit - 1].place}~{rows[limit - 1].id}" if more else None)


def neighbours(connection: Connection, filters: Filters, action: str) -> tuple[str | None, str | None]:
    """The actions before and after this one in the same list, also when it has just left the list."""
    row = connection.execute(
        select(actions.c.place, actions.c.risk, actions.c.created_at, actions.c.kind).where(actions.c.id == action)
    ).one_or_none()
    if row is None:
        return None, None
    is_open = not FINAL.issuperset(SHELVES.get(filters.shelf, SHELVES["waiting"]))
    place = open_place(Risk(row.risk), row.created_at, ActionKind(row.kind)) if is_open else row.place
    cells = tally_of(connection)
    other = actions.c.id != action
    later = _listed(filters, cells, [other, _beyond(place, action)], limit=1)
    earlier = _listed(filters, cells, [other, not_(_beyond(place, action))], limit=1, backwards=True)
    after = connection.execute(later.order_by("place", "id").limit(1)).first() if later is not None else None
    backwards: list[ColumnElement[Any]] = [literal_column("place").desc(), literal_column("id").desc()]
    before = connection.execute(earlier.order_by(*backwards).limit(1)).first() if earlier is not None else None
    return before.id if before else None, after.id if after else None


def listed_count(connection: Connection, filters: Filters, *, cells: Sequence[Cell] | None = None) -> Listed:
    """How many items these filters list: exactly from the tally; where a person or a search narrows them, counted up to MOST."""
    cells = tally_of(connection) if cells is None else cells
    there = sum(cell.n for cell in _cells(filters, cells))
    if not filters.search and not _is_narrowed(filters):
        return Listed(there, False)
    # Nearly always enough of the first are still to be decided, and they are found without looking at the rest.
    is_long = not filters.search and there > WINDOW
    if is_long and _counted(connection, _listed(filters, cells, [], limit=WINDOW, window=WINDOW)) > MOST:
        return Listed(MOST, True)
    found = _counted(connection, _listed(filters, cells, [], limit=MOST + 1))
    return Listed(min(found, MOST), found > MOST)


def _counted(connection: Connection, listed: Any | None) -> int:
    """How many rows a list has, up to one more than MOST."""
    if listed is None:
        return 0
    return connection.scalar(select(func.count()).select_from(listed.limit(MOST + 1).subquery())) or 0


def counts(connection: Connection, shelf: str = "waiting", *, cells: Sequence[Cell] | None = None) -> Counts:
    """How much lies on every shelf, of which kinds and channels on `shelf`, and the weight of what waits. Reads the tally alone."""
    cells = tally_of(connection) if cells is None else cells
    waiting = [cell for cell in cells if cell.status == Status.QUEUED]
    shown = [cell for cell in cells if cell.status in SHELVES.get(shelf, SHELVES["waiting"])]
    return Counts(
        shelves={name: sum(cell.n for cell in cells if cell.status in statuses) for name, statuses in SHELVES.items()},
        kinds=_summed((cell.kind, cell.n) for cell in shown),
        channels=_summed((cell.channel, cell.n) for cell in shown),
        high_risk=sum(cell.n for cell in waiting if cell.risk == Risk.HIGH),
        needs_review=sum(cell.n for cell in waiting if cell.verdict == Verdict.NEEDS_REVIEW),
        money_usd=round(sum(cell.money_usd for cell in waiting), 2) + 0.0,
    )


def tally_of(connection: Connection) -> tuple[Cell, ...]:
    """Every combination there is at least one action of."""
    keys = [action_tally.c[name] for name in Cell._fields[:5]]
    n = func.sum(action_tally.c.n)
    statement = select(*keys, n, func.sum(action_tally.c.money_usd)).group_by(*keys).having(n > 0)
    return tuple(Cell(*tuple(row)) for row in connection.execute(statement))


def select_rows() -> Select[Any]:
    """Actions with how many have approved their present version; `row_of` reads a row."""
    approvals = (
        select(func.count())
        .where(
            decisions.c.action == actions.c.id,
            decisions.c.version == actions.c.version,
            decisions.c.verdict == DecisionVerdict.APPROVE,
        )
        .correlate(actions)
        .scalar_subquery()
    )
    return select(actions, approvals.label("approvals"))


def row_of(row: Any) -> QueueRow:
    return QueueRow(**{name: getattr(row, name) for name in QueueRow.model_fields})


def _listed(
    filters: Filters,
    cells: Sequence[Cell],
    beyond: Sequence[ColumnElement[bool]],
    *,
    limit: int,
    backwards: bool = False,
    window: int | None = None,
) -> Select[Any] | Any | None:
    """(id, place) of the first `limit` rows of every scan that may hold a row of the list; None where the tally says there is none.

    `window`: only the first so many rows of every scan are looked at, whether or not they belong to the list.
    """
    statuses = SHELVES.get(filters.shelf, SHELVES["waiting"])
    there = _cells(filters, cells)
    row = actions.c
    narrowed = [row.risk == filters.risk] if filters.risk and FINAL.issuperset(statuses) else []
    if filters.risk and not narrowed:
        first, end = of_risk(filters.risk)
        narrowed = [row.place >= first, row.place < end]
    if filters.search:
        narrowed.append(_found(filters.search))
    mine = filters.mine if _is_narrowed(filters) else None
    if filters.channel or filters.kind or mine:
        keys = sorted({(cell.status, cell.kind, cell.channel) for cell in there})
        scans = [(kind, [row.status == status, row.kind == kind, row.channel == channel]) for status, kind, channel in keys]
    else:
        scans = [("", [row.status == status]) for status in sorted({cell.status for cell in there})]
    order = [column.desc() for column in _ORDER] if backwards else list(_ORDER)
    parts = []
    for kind, scan in scans:
        near = select(row.id, row.place, row.version).where(*scan, *narrowed, *beyond).order_by(*order)
        if window is None:
            parts.append(near.where(*(_undecided_by(mine, kind, row) if mine else ())).limit(limit).subquery())
            continue
        looked = near.limit(window).subquery()
        parts.append(select(looked.c.id, looked.c.place).where(*(_undecided_by(mine, kind, looked.c) if mine else ())).subquery())
    selects = [select(part.c.id, part.c.place) for part in parts]
    return union_all(*selects) if len(selects) > 1 else selects[0] if selects else None


def _cells(filters: Filters, cells: Sequence[Cell]) -> list[Cell]:
    statuses = SHELVES.get(filters.shelf, SHELVES["waiting"])
    kinds: Collection[str] | None = filters.mine.kinds if filters.mine and _is_narrowed(filters) else None
    return [
        cell
        for cell in cells
        if cell.status in statuses
        and (filters.channel is None or cell.channel == filters.channel)
        and (filters.kind is None or cell.kind == filters.kind)
        and (filters.risk is None or cell.risk == filters.risk)
        and (kinds is None or cell.kind in kinds)
    ]


def _is_narrowed(filters: Filters) -> bool:
    return filters.mine is not None and bool(filters.mine.kinds) and filters.shelf == "waiting"


def _found(search: str) -> ColumnElement[bool]:
    """Every word of the search stands somewhere in the words of the action; or it is the id of the action or of its lead."""
    words = [actions.c.words.contains(word, autoescape=True) for word in search_words(search).split()]
    return or_(and_(*words), actions.c.id == search.strip(), actions.c.lead == search.strip())


def _undecided_by(decider: Decider, kind: str, row: Any) -> list[ColumnElement[bool]]:
    """Not approved by this person yet, and not their own text where two others must agree. `row`: the columns of what is listed.

    OFFSET 0 keeps PostgreSQL from turning the questions into joins: they are then asked of each listed item by its key, where a join may read all
    that this person ever decided.
    """
    about_this = and_(decisions.c.action == row.id, decisions.c.version == row.version)
    approved = select(decisions.c.id).where(about_this, decisions.c.by == decider.person, decisions.c.verdict == DecisionVerdict.APPROVE)
    written = select(action_versions.c.version).where(action_versions.c.action == row.id, action_versions.c.author == decider.person)
    asked = [approved, written] if kind in decider.four_eyes else [approved]
    # Inside another query's FROM these tables would be taken for its own, so they are correlated to what is listed alone.
    return [not_(one.limit(1).offset(0).correlate(row.id.table).exists()) for one in asked]


def _beyond(place: int, id_: str) -> ColumnElement[bool]:
    return tuple_(actions.c.place, actions.c.id) > tuple_(place, id_)


def _place(cursor: str | None) -> tuple[int, str] | None:
    place, mark, id_ = (cursor or "").partition("~")
    sign = place.removeprefix("-")
    return (int(place), id_) if mark and sign.isascii() and sign.isdigit() and len(sign) < 19 else None


def _summed(pairs: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, n in pairs:
        found[key] = found.get(key, 0) + n
    return found
