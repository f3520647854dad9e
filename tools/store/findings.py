"""Findings as they were stored with action versions: when each rule last fired, and how often. Reads only; knows no rule and no law."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, column, func, select, true

from tools.store.action_tables import action_versions, actions
from tools.store.schema import Json

NEWEST = 10_000
"""Items looked at, newest first: a page must answer well under a second, however long the history is."""


class Fired(NamedTuple):
    """`last_at` is when the newest version with a finding of the rule was made; `versions` is how many of those looked at hold one."""

    last_at: datetime
    versions: int


def last_fired(connection: Connection, *, newest: int = NEWEST) -> dict[str, Fired]:
    """Rule id → when it last fired, over every version of the `newest` items. A rule that is not there fired in none of them."""
    # By the items' age, because the queue's index covers it: the versions have none of their own, and sorting them would read every text.
    items = select(actions.c.id).order_by(actions.c.created_at.desc(), actions.c.id).limit(newest).subquery("items")
    parts = func.json_each if connection.dialect.name == "sqlite" else func.jsonb_array_elements
    finding = parts(action_versions.c.findings).table_valued(column("value", Json), name="finding")
    rule = finding.c.value["rule"].as_string().label("rule")
    among = items.join(action_versions, action_versions.c.action == items.c.id).join(finding, true())
    statement = select(rule, func.max(action_versions.c.created_at), func.count()).select_from(among).group_by(rule)
    return {name: Fired(at, count) for name, at, count in connection.execute(statement)}
