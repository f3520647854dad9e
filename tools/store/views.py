"""Views of the queue that people saved: a name for a queue's address. Knows nothing of what an address asks for."""

from datetime import datetime

from sqlalchemy import Connection, delete, or_, select

from policies.records import Record
from tools.store.database import insert_once
from tools.store.queue_tables import saved_views

NAME_MAX = 60
QUERY_MAX = 400


class View(Record):
    """`query` is the tail of the queue's address, with its question mark; a shared one is seen by everybody."""

    owner: str
    name: str
    query: str
    is_shared: bool


def views_of(connection: Connection, person: str) -> tuple[View, ...]:
    """This person's own views and those that others share, by name."""
    column = saved_views.c
    statement = select(column.owner, column.name, column.query, column.is_shared)
    statement = statement.where(or_(column.owner == person, column.is_shared)).order_by(column.name, column.owner)
    return tuple(View(**row._mapping) for row in connection.execute(statement))


def save_view(connection: Connection, view: View, *, at: datetime) -> bool:
    """False when this person has a view of that name already."""
    return insert_once(connection, saved_views, {**view.model_dump(), "created_at": at})


def delete_view(connection: Connection, *, owner: str, name: str) -> bool:
    """False when there is none of that name."""
    return connection.execute(delete(saved_views).where(saved_views.c.owner == owner, saved_views.c.name == name)).rowcount == 1
