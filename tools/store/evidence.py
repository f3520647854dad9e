"""Evidence: stored proofs that may clear a finding. Knows keys, subjects, scopes and dates; the document itself is only a hash here."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

from policies.actions import EvidenceRecord
from policies.rules.evidence import ABOUT_TEXT
from tools.store.action_tables import actions, evidence
from tools.store.tables import leads

PRACTICE = "practice"  # the subject of a proof that holds for the whole practice
CONTENT = "content"  # the part of a scope that binds a proof to one text, by its content hash


def add_evidence(connection: Connection, record: EvidenceRecord) -> None:
    connection.execute(insert(evidence).values(record.model_dump()))


def revoke_evidence(connection: Connection, evidence_id: str, *, at: datetime) -> bool:
    """False when there is no such record, or it is revoked already."""
    live = (evidence.c.id == evidence_id) & evidence.c.revoked_at.is_(None)
    return connection.execute(update(evidence).where(live).values(revoked_at=at)).rowcount == 1


def get_evidence(connection: Connection, evidence_id: str) -> EvidenceRecord | None:
    row = connection.execute(select(evidence).where(evidence.c.id == evidence_id)).one_or_none()
    return EvidenceRecord(**row._mapping) if row else None


def list_evidence(connection: Connection, *, subject: str | None = None) -> tuple[EvidenceRecord, ...]:
    """Every record, also expired and revoked ones, by date of issue."""
    statement = select(evidence).order_by(evidence.c.issued_at, evidence.c.id)
    if subject is not None:
        statement = statement.where(evidence.c.subject == subject)
    return tuple(EvidenceRecord(**row._mapping) for row in connection.execute(statement))


def valid_keys(connection: Connection, subjects: Iterable[str], *, at: datetime, scope: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Keys of the records that hold at `at` for one of `subjects`, within their own scope: `holding`, then `keys_within`."""
    asked = list(subjects)
    return keys_within(holding(connection, asked, at=at), asked, scope=scope)


def holding(connection: Connection, subjects: Collection[str], *, at: datetime) -> tuple[EvidenceRecord, ...]:
    """The records about one of `subjects` that hold at `at`: issued, not expired, not revoked."""
    statement = select(evidence).where(
        evidence.c.subject.in_(subjects),
        evidence.c.issued_at <= at,
        or_(evidence.c.expires_at.is_(None), evidence.c.expires_at > at),
        or_(evidence.c.revoked_at.is_(None), evidence.c.revoked_at > at),
    )
    return tuple(EvidenceRecord(**row._mapping) for row in connection.execute(statement))


def keys_within(records: Iterable[EvidenceRecord], subjects: Collection[str], *, scope: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Keys of those `records` about one of `subjects` whose own scope is met.

    A record with a scope holds only where `scope` has the same value for each of its names; an unknown value does not match. A proof about the words
    of an item holds for those words only, so one that names none never holds.
    """
    known = dict(scope or {})
    about = [one for one in records if one.subject in subjects and (one.key not in ABOUT_TEXT or CONTENT in one.scope)]
    return tuple(sorted({one.key for one in about if all(known.get(name) == value for name, value in one.scope.items())}))


def is_subject(connection: Connection, subject: str) -> bool:
    """Is there an action of this id, about this, or a lead of this id? Evidence for anything else could never clear a finding."""
    about = select(actions.c.id).where(or_(actions.c.id == subject, actions.c.subject == subject))
    return connection.execute(about.union_all(select(leads.c.id).where(leads.c.id == subject)).limit(1)).first() is not None
