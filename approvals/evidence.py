"""Evidence: add and revoke the proofs that clear findings, each with its audit row; what new proof frees goes into the queue."""

import hashlib
import re
import secrets
from datetime import datetime
from pathlib import Path

from approvals.errors import NotDecidable
from approvals.queue import recheck_blocked
from approvals.reviewers import role_of
from policies.actions import EvidenceRecord
from policies.records import ActionId
from tools.errors import Conflict
from tools.store import evidence as store
from tools.store.audit import Event
from tools.workspace import Workspace

MAY_VERIFY = ("compliance", "clinical_reviewer", "privacy_officer", "admin")
_KEY = re.compile(r"[a-z][a-z0-9_]{2,63}")


def add(
    ws: Workspace,
    key: str,
    *,
    subject: str,
    document: Path,
    by: str,
    scope: dict[str, str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[EvidenceRecord, tuple[ActionId, ...]]:
    """Record that `by` verified `document` (only its SHA-256 is kept); returns the record and the blocked actions it freed.

    `key` is one the catalogue's rules ask for. Raises NotDecidable for a key no rule knows, a past expiry or a document that cannot be read.
    """
    now = ws.clock()
    role_of(ws.practice, by, MAY_VERIFY)
    if key not in known_keys(ws):
        raise NotDecidable(
            f"no rule asks for evidence of that name: {key[:64] if _KEY.fullmatch(key) else 'it is not a key'}; see liaison check"
        )
    if expires_at is not None and expires_at <= now:
        raise NotDecidable(f"evidence {key} would be expired already: give a later date")
    try:
        digest = hashlib.sha256(document.read_bytes()).hexdigest()
    except OSError:
        raise NotDecidable(f"evidence {key}: the document cannot be read; name a file that exists") from None
    record = EvidenceRecord(
        id=f"P-{secrets.token_hex(6)}",
        key=key,
        subject=subject,
        scope=scope or {},
        issued_at=now,
        expires_at=expires_at,
        document_hash=digest,
        verified_by=by,
    )
    with ws.database.write() as connection:
        store.add_evidence(connection, record)
        detail = {"key": key, "for": subject, "scope": record.scope, "document": digest, "expires_at": expires_at}
        ws.audit.append(connection, event=Event.EVIDENCE_ADD, actor=by, subject=record.id, detail=detail, at=now)
    return record, recheck_blocked(ws)


def revoke(ws: Workspace, evidence_id: str, *, by: str) -> None:
    """From now on it clears nothing; what was approved on its strength is held when its turn comes."""
    role_of(ws.practice, by, MAY_VERIFY)
    with ws.database.write() as connection:
        if not store.revoke_evidence(connection, evidence_id, at=ws.clock()):
            raise Conflict(f"evidence {evidence_id} is not there or was revoked already: run liaison evidence list")
        ws.audit.append(connection, event=Event.EVIDENCE_REVOKE, actor=by, subject=evidence_id, at=ws.clock())


def known_keys(ws: Workspace) -> frozenset[str]:
    """Every key some rule can be cleared by."""
    return frozenset(key for one in ws.catalogue.rules for key in (*one.rule.cleared_by.any_of, *one.rule.cleared_by.all_of))
