"""Whom an action reaches, counted when the page is read: consent, suppression and recent mail. Opens no contact and returns no name."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, case, func, or_, select

from policies.actions import ExecutionStatus
from policies.kinds import Operation
from policies.records import EngagementKind, LeadId, Track
from tools.store.action_tables import actions, executions
from tools.store.contacts import surviving
from tools.store.tables import consents, engagements, leads, scores, suppressions

EMAIL = "email"


class Reach(NamedTuple):
    """An audience in three disjoint parts. Who is suppressed counts there, whatever else they said."""

    consented: int
    suppressed: int
    silent: int

    @property
    def total(self) -> int:
        return self.consented + self.suppressed + self.silent


class Recipient(NamedTuple):
    """One lead: the latest word on e-mail and the act it was said in, the suppression, and the mails since a moment.

    `granted` None = nobody said anything, which is no consent. `said_in` is the kind of the engagement that holds the word, "" when it is not
    on record here. `mailed_by_us` counts what this product sent, `mailed_by_others` what the mail tool's export shows.
    """

    lead: LeadId
    granted: bool | None
    said_at: datetime | None
    said_in: str
    proof: str
    suppressed_because: str
    suppressed_at: datetime | None
    mailed_by_us: int
    mailed_by_others: int
    last_mailed_at: datetime | None


def reach_of(connection: Connection, *, track: Track | None, service_line: str | None = None) -> Reach:
    """The leads of a track, or of both, and of one service line where it is named, by what they said about e-mail."""
    asked = and_(consents.c.lead == leads.c.id, consents.c.purpose == EMAIL)
    stopped = and_(suppressions.c.lead == leads.c.id, suppressions.c.channel == EMAIL)
    part = case((suppressions.c.lead.is_not(None), "suppressed"), (consents.c.granted.is_(True), "consented"), else_="silent")
    statement = (
        select(part, func.count())
        .select_from(leads.outerjoin(consents, asked).outerjoin(suppressions, stopped))
        .where(leads.c.merged_into.is_(None))
        .group_by(part)
    )
    if track is not None:
        statement = statement.where(leads.c.track == track)
    if service_line is not None:
        statement = statement.where(
            select(scores.c.lead).where(scores.c.lead == leads.c.id, scores.c.service_line == service_line).exists()
        )
    found = {row[0]: row[1] for row in connection.execute(statement)}
    return Reach(found.get("consented", 0), found.get("suppressed", 0), found.get("silent", 0))


def recipient_of(connection: Connection, lead: LeadId, *, since: datetime, until: datetime) -> Recipient:
    """What is known of writing to `lead`, or to the lead it lives on in; mails between `since` and `until`."""
    survivor = surviving(connection, lead)
    word = connection.execute(select(consents).where(consents.c.lead == survivor, consents.c.purpose == EMAIL)).one_or_none()
    stop = connection.execute(select(suppressions).where(suppressions.c.lead == survivor, suppressions.c.channel == EMAIL)).one_or_none()
    proof = connection.scalar(select(engagements.c.kind).where(engagements.c.id == word.engagement)) if word else None
    ours, last_ours = _sent(connection, survivor, since, until)
    theirs, last_theirs = _exported(connection, survivor, since, until)
    return Recipient(
        lead=survivor,
        granted=word.granted if word else None,
        said_at=word.at if word else None,
        said_in=proof or "",
        proof=word.engagement if word else "",
        suppressed_because=stop.reason if stop else "",
        suppressed_at=stop.at if stop else None,
        mailed_by_us=ours,
        mailed_by_others=theirs,
        last_mailed_at=max((at for at in (last_ours, last_theirs) if at), default=None),
    )


def _sent(connection: Connection, lead: LeadId, since: datetime, until: datetime) -> tuple[int, datetime | None]:
    """Mails of ours that are done, also to leads that live on in this one. One that may have been sent counts as sent."""
    gone = select(leads.c.id).where(leads.c.merged_into == lead)
    went = (ExecutionStatus.DONE.value, ExecutionStatus.UNKNOWN.value)
    statement = (
        select(func.count(), func.max(executions.c.finished_at))
        .join(actions, actions.c.id == executions.c.action)
        .where(
            or_(actions.c.lead == lead, actions.c.lead.in_(gone)),
            executions.c.operation == Operation.SMTP.value,
            executions.c.status.in_(went),
            executions.c.finished_at >= since,
            executions.c.finished_at <= until,
        )
    )
    count, last = connection.execute(statement).one()
    return count, last


def _exported(connection: Connection, lead: LeadId, since: datetime, until: datetime) -> tuple[int, datetime | None]:
    rows = engagements.c
    inside = and_(rows.lead == lead, rows.occurred_at >= since, rows.occurred_at <= until, rows.kind == EngagementKind.EMAIL_SENT.value)
    count, last = connection.execute(select(func.count(), func.max(rows.occurred_at)).where(inside)).one()
    return count, last
