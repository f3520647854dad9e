"""What people say about an item to each other."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from tools.store.schema import Json, RowId, UtcTime, metadata

comments = Table(
    "comments",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("action", String(16), ForeignKey("actions.id"), nullable=False),
    Column("version", Integer, nullable=False),  # the version the writer had before them
    Column("by", String(64), nullable=False),
    Column("text", Text, nullable=False),  # scrubbed
    Column("mentions", Json, nullable=False),  # user names of people of practice.yaml
    Column("at", UtcTime, nullable=False),
    Index("ix_comments_action", "action", "id"),
)

comment_mentions = Table(
    "comment_mentions",
    metadata,
    Column("comment", RowId, ForeignKey("comments.id"), primary_key=True),
    Column("person", String(64), primary_key=True),
    Index("ix_comment_mentions_person", "person", "comment"),
)
