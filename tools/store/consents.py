"""What leads agreed to, and whom we may no longer reach. The latest word on a purpose counts, whatever the order in which the words arrive."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, or_, select

from policies.records import Engagement, EngagementKind, LeadId
from tools.store.chunks import in_chunks
from tools.store.database import insert_statement
from tools.store.tables import consents, suppressions

EMAIL = "email"

STOPS = {EngagementKind.UNSUBSCRIBE: "unsubscribed", EngagementKind.SPAM_REPORT: "reported as spam"}
"""Acts that end emailing at once, without waiting for anybody's approval.  Source: 16 CFR 316.5, CAN-SPAM opt-out."""


def save_consents(connection: Connection, linked: Iterable[tuple[Engagement, LeadId]]) -> None:
    """Record what these engagements say about consent, and the suppressions they demand."""
    said, stops = [], []
    for act, lead in linked:
        said += [
            {"lead": lead, "purpose": purpose, "granted": granted, "at": act.occurred_at, "engagement": act.id}
            for purpose, granted in act.consent.items()
        ]
        if act.kind in STOPS:
            stops.append({"lead": lead, "channel": EMAIL, "reason": STOPS[act.kind], "at": act.occurred_at, "execution": None})
    write_consents(connection, said)
    write_stops(connection, stops)


def write_consents(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Of two words said at the same instant the refusal counts."""
    if not rows:
        return
    statement = insert_statement(connection, consents)
    new, old = statement.excluded, consents.c
    same = new.at == old.at
    later = or_(
        new.at > old.at,
        and_(same, old.granted.is_(True), new.granted.is_(False)),
        and_(same, new.granted == old.granted, new.engagement > old.engagement),
        and_(same, new.engagement == old.engagement),  # the same engagement, revised
    )
    names = ("granted", "at", "engagement")
    statement = statement.on_conflict_do_update(index_elements=["lead", "purpose"], set_={name: new[name] for name in names}, where=later)
    connection.execute(statement, list(rows))


def write_stops(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """A suppression stays; of two the earlier one is kept."""
    if not rows:
        return
    statement = insert_statement(connection, suppressions)
    new, old = statement.excluded, suppressions.c
    names = ("reason", "execution", "at")
    statement = statement.on_conflict_do_update(
        index_elements=["lead", "channel"], set_={name: new[name] for name in names}, where=new.at < old.at
    )
    connection.execute(statement, list(rows))


def move_consents(connection: Connection, merges: Mapping[LeadId, LeadId]) -> None:
    """Give what the merged leads (keys) said to the leads they are now part of (values)."""
    said = in_chunks(connection, lambda part: select(consents).where(consents.c.lead.in_(part)), merges)
    write_consents(connection, [{**row._mapping, "lead": merges[row.lead]} for row in said])
    write_stops(connection, [{**row, "lead": merges[row["lead"]]} for row in suppressions_of(connection, merges)])
    for table in (consents, suppressions):
        connection.execute(delete(table).where(table.c.lead == bindparam("gone")), [{"gone": lead} for lead in merges])


def suppressions_of(connection: Connection, leads: Collection[LeadId]) -> list[dict[str, Any]]:
    found = in_chunks(connection, lambda part: select(suppressions).where(suppressions.c.lead.in_(part)), leads)
    return [dict(row._mapping) for row in found]


def consent_flags(connection: Connection, leads: Collection[LeadId]) -> dict[LeadId, dict[str, bool]]:
    """Per lead and purpose (email, sms, phone) the latest word; a purpose nobody spoke of is missing, which is no consent."""
    flags: dict[LeadId, dict[str, bool]] = {}
    for row in in_chunks(connection, lambda part: select(consents).where(consents.c.lead.in_(part)), leads):
        flags.setdefault(row.lead, {})[row.purpose] = row.granted
    return flags


def suppressed(connection: Connection, leads: Collection[LeadId], *, channel: str = EMAIL) -> set[LeadId]:
    return {row["lead"] for row in suppressions_of(connection, leads) if row["channel"] == channel}
