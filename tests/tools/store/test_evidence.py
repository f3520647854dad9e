"""Evidence holds from its issue until it expires or is revoked, and only within its scope."""

from datetime import datetime, timedelta

import pytest

from policies.actions import EvidenceRecord
from tools.store.database import Database
from tools.store.evidence import PRACTICE, add_evidence, get_evidence, list_evidence, revoke_evidence, valid_keys


def record(now: datetime, **changes: object) -> EvidenceRecord:
    given = {
        "id": "P-1",
        "key": "license_verified",
        "subject": PRACTICE,
        "issued_at": now,
        "document_hash": "a" * 64,
        "verified_by": "inez",
    }
    return EvidenceRecord.model_validate({**given, **changes})


@pytest.mark.parametrize(
    ("changes", "at", "holds"),
    [
        ({}, 0, True),
        ({}, -1, False),
        ({"expires": 10}, 9, True),
        ({"expires": 10}, 10, False),
        ({"revoked": 5}, 4, True),
        ({"revoked": 5}, 5, False),
        ({"subject": "A-2"}, 0, False),
        ({"scope": {"state": "TX"}}, 0, True),
        ({"scope": {"state": "FL"}}, 0, False),
        ({"scope": {"recipient": "crm"}}, 0, False),
    ],
)
def test_a_key_counts_only_while_and_where_it_holds(
    database: Database, now: datetime, changes: dict[str, object], at: int, holds: bool
) -> None:
    kept = {name: value for name, value in changes.items() if name in ("subject", "scope")}
    times = {f"{name}_at": now + timedelta(days=int(str(value))) for name, value in changes.items() if name not in kept}
    with database.write() as connection:
        add_evidence(connection, record(now, **kept, **times))

    with database.read() as connection:
        keys = valid_keys(connection, [PRACTICE, "A-1"], at=now + timedelta(days=at), scope={"state": "TX"})

    assert keys == (("license_verified",) if holds else ())


def test_a_record_is_revoked_once_and_stays_on_file(database: Database, now: datetime) -> None:
    with database.write() as connection:
        add_evidence(connection, record(now))
        assert revoke_evidence(connection, "P-1", at=now)
        assert not revoke_evidence(connection, "P-1", at=now)
        assert not revoke_evidence(connection, "P-none", at=now)

    with database.read() as connection:
        assert [one.revoked_at for one in list_evidence(connection, subject=PRACTICE)] == [now]
        assert get_evidence(connection, "P-none") is None
