"""Evidence: record and revoke the proofs that clear findings, each with its audit row; what new proof frees goes into the queue.

Who may record a key is the key's own (`policies/rules/evidence.py`); only a document's SHA-256 is kept, never the document.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from approvals.errors import NotAllowed, NotDecidable
from approvals.queue import every, findings_on, recheck_blocked, revise, subjects_of
from approvals.recheck import FAMILY
from approvals.reviewers import role_of
from policies.actions import ActionKind, EvidenceRecord, Finding, Gate, Status
from policies.records import ActionId, Channel
from policies.rules.browse import cleared_by
from policies.rules.evidence import ABOUT_ONE, ABOUT_TEXT, may_record
from policies.rules.rule import STATES
from tools.errors import Conflict, NotFound
from tools.store import evidence as store
from tools.store.actions import get_action
from tools.store.audit import Event
from tools.store.evidence import PRACTICE
from tools.workspace import Workspace

DESTINATION_MAX = 120
LONGEST = timedelta(days=36_525)
_KEY = re.compile(r"[a-z][a-z0-9_]{2,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SCOPE: dict[str, frozenset[str] | None] = {
    "state": STATES,
    "channel": frozenset(Channel),
    "kind": frozenset(ActionKind),
    "destination": None,
}
"""What evidence may be limited to, and the values each takes; None = any words."""


class State(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


def add(
    ws: Workspace,
    key: str,
    *,
    subject: str,
    document: Path,
    by: str,
    scope: Mapping[str, str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[EvidenceRecord, tuple[ActionId, ...]]:
    """`record` with the hash of the file `document`. Raises NotDecidable when it cannot be read."""
    try:
        with document.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise NotDecidable(f"evidence {_named(key)}: the document cannot be read; name a file that exists") from None
    return record(ws, key, subject=subject, document_hash=digest, by=by, scope=scope, expires_at=expires_at)


def record(
    ws: Workspace,
    key: str,
    *,
    subject: str,
    document_hash: str,
    by: str,
    scope: Mapping[str, str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[EvidenceRecord, tuple[ActionId, ...]]:
    """Record that `by` verified a document of this SHA-256; returns the record and the blocked actions it freed.

    `key` is one the catalogue's rules ask for; `subject` is "practice", a provider's key, an action's id or subject, or a lead. Waiting items
    with a finding of this key are checked again too: as a new version, because approvals are for what was seen. Raises NotAllowed for a person
    without the key's role, NotDecidable for a key, subject, scope or expiry that could never clear anything.
    """
    now, subject = ws.clock(), subject.strip()
    if key not in known_keys(ws):
        raise NotDecidable(f"no rule asks for evidence of that name: {_named(key)}; see liaison rules show for what clears a rule")
    if key in ABOUT_ONE and subject == PRACTICE:
        raise NotDecidable(
            f"evidence {key} is about one person or one text, never a whole practice: write the item's id, or the lead's or provider's"
        )
    _check_person(ws, key, by)
    limits = _limits(scope or {})
    if key in ABOUT_TEXT:
        limits[store.CONTENT] = _text_of(ws, key, subject)
    if expires_at is not None and expires_at <= now:
        raise NotDecidable(f"evidence {key} would be expired already: give a later date")
    if expires_at is not None and expires_at > now + LONGEST:
        raise NotDecidable(f"evidence {key} would expire in more than a hundred years: leave the date out, then it never does")
    if not _SHA256.fullmatch(document_hash):
        raise NotDecidable(f"evidence {key} needs the document that proves it: choose the file; only its hash is kept")
    made = EvidenceRecord(
        id=f"P-{secrets.token_hex(6)}",
        key=key,
        subject=subject,
        scope=limits,
        issued_at=now,
        expires_at=expires_at,
        document_hash=document_hash,
        verified_by=by,
    )
    with ws.database.write() as connection:
        if not (subject == PRACTICE or any(subject == one.key for one in ws.practice.providers) or store.is_subject(connection, subject)):
            raise NotDecidable(
                f"evidence {key}: its subject is none of ours, so it would clear nothing; write practice, a provider's key from "
                "practice.yaml, a lead's id, or an item's id or subject"
            )
        store.add_evidence(connection, made)
        detail = {"key": key, "for": subject, "scope": limits, "document": document_hash, "expires_at": expires_at}
        ws.audit.append(connection, event=Event.EVIDENCE_ADD, actor=by, subject=made.id, detail=detail, at=now)
    _recheck_queued(ws, made)
    return made, recheck_blocked(ws)


def revoke(ws: Workspace, evidence_id: str, *, by: str) -> EvidenceRecord:
    """From now on it clears nothing: waiting items that rest on it are blocked again, approved ones are held when their turn comes."""
    now = ws.clock()
    with ws.database.write() as connection:
        found = store.get_evidence(connection, evidence_id)
        if found is None:
            raise NotFound("there is no evidence of that id: run liaison evidence list for the ids")
        _check_person(ws, found.key, by)
        if not store.revoke_evidence(connection, found.id, at=now):
            raise Conflict(f"evidence {found.id} is revoked already: it clears nothing any more")
        ws.audit.append(connection, event=Event.EVIDENCE_REVOKE, actor=by, subject=found.id, at=now)
    _recheck_queued(ws, found)
    return found


def state_of(evidence: EvidenceRecord, now: datetime) -> State:
    if evidence.revoked_at is not None and evidence.revoked_at <= now:
        return State.REVOKED
    return State.EXPIRED if evidence.expires_at is not None and evidence.expires_at <= now else State.VALID


def known_keys(ws: Workspace) -> frozenset[str]:
    """Every key some rule can be cleared by."""
    return frozenset(cleared_by(ws.catalogue))


# --- who, about what, where


def _text_of(ws: Workspace, key: str, subject: str) -> str:
    """The content hash of the item `subject`: the proof is about its words as they stand. Raises NotDecidable for anything but an item's id."""
    with ws.database.read() as connection:
        action = get_action(connection, ActionId(subject))
    if action is None:
        raise NotDecidable(
            f"evidence {key} is about the words of one item, whoever they tell of: write that item's id, for example A-1b2c3d"
        )
    return action.content_hash


def _check_person(ws: Workspace, key: str, by: str) -> None:
    roles = may_record(key)
    person = ws.practice.person(by)
    if person is not None and not set(person.roles) & set(roles):
        needed = " or ".join(role.replace("_", " ") for role in roles)
        able = [one.username for one in ws.practice.people if set(one.roles) & set(roles)]
        ask = f"ask {' or '.join(able)}" if able else "nobody in practice.yaml has it yet, so add a person there"
        raise NotAllowed(f"evidence {key} is recorded and revoked by {needed}, and {by} is not: {ask}")
    role_of(ws.practice, by, roles)


def _limits(scope: Mapping[str, str]) -> dict[str, str]:
    """The scope in the form in which actions are compared with it. Raises NotDecidable for one that would match no action."""
    limits: dict[str, str] = {}
    for name, value in scope.items():
        if name not in _SCOPE:
            raise NotDecidable(f"evidence cannot be limited to that: write {', '.join(_SCOPE)}, each as name=value")
        plain = value.strip().upper().removeprefix("US-") if name == "state" else value.strip()
        allowed = _SCOPE[name]
        if not plain or len(plain) > DESTINATION_MAX or (allowed is not None and plain not in allowed):
            raise NotDecidable(
                f"evidence: that is no {name}; {'write a USPS code such as TX' if name == 'state' else 'see liaison queue show'}"
            )
        limits[name] = plain
    return limits


def _named(key: str) -> str:
    return key if _KEY.fullmatch(key) else "it is not a key"


# --- what it changes


def _recheck_queued(ws: Workspace, evidence: EvidenceRecord) -> None:
    """Check the waiting items this evidence is about again, and make a new version of each in which it clears more, or less, than before."""
    now = ws.clock()
    with ws.database.write() as connection:
        for action in every(connection, Status.QUEUED):
            if evidence.subject not in subjects_of(action):
                continue
            found = findings_on(ws, connection, action, gate=Gate.CHECK, now=now)
            if _asking(found, evidence.key) != _asking(action.findings, evidence.key):
                added = tuple(finding for finding in action.findings if finding.family == FAMILY)
                content, author = action.content, action.author
                revise(ws, connection, action, content, author=author, event=Event.ACTION_CHECK, actor="rules", now=now, added=added)


def _asking(findings: tuple[Finding, ...], key: str) -> set[str]:
    """The rules among the findings that evidence of this key would help to clear."""
    return {finding.rule for finding in findings if any(key in keys for keys in finding.cleared_by.values())}
