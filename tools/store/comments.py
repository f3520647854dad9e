"""Comments on items: rows in, records out. What they say is scrubbed before it comes here."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Connection, insert, select

from policies.records import ActionId, PersonId, Record
from tools.store.comment_tables import comment_mentions, comments


class Comment(Record):
    """One comment, about the version its writer saw. `text` is scrubbed; `mentions` are user names."""

    id: int
    action: ActionId
    version: int
    by: PersonId
    text: str
    mentions: tuple[PersonId, ...]
    at: AwareDatetime


def add_comment(
    connection: Connection, action: ActionId, *, version: int, by: str, text: str, mentions: tuple[PersonId, ...], at: datetime
) -> int:
    """Store it; returns its id."""
    row = {"action": action, "version": version, "by": by, "text": text, "mentions": list(mentions), "at": at}
    identity: int = connection.execute(insert(comments).values(row).returning(comments.c.id)).scalar_one()
    if mentions:
        connection.execute(insert(comment_mentions), [{"comment": identity, "person": person} for person in mentions])
    return identity


def comments_of(connection: Connection, action: ActionId) -> tuple[Comment, ...]:
    """Oldest first, as a conversation is read."""
    return tuple(map(_comment, connection.execute(select(comments).where(comments.c.action == action).order_by(comments.c.id))))


def mentions_of(connection: Connection, person: str, *, since: datetime | None, limit: int) -> tuple[Comment, ...]:
    """The comments that name this person, newest first."""
    statement = (
        select(comments)
        .join(comment_mentions, comment_mentions.c.comment == comments.c.id)
        .where(comment_mentions.c.person == person)
        .order_by(comments.c.id.desc())
        .limit(limit)
    )
    if since is not None:
        statement = statement.where(comments.c.at > since)
    return tuple(map(_comment, connection.execute(statement)))


def _comment(row: Any) -> Comment:
    return Comment(**row._mapping)
